package stripetest

import (
	"fmt"
	"maps"
	"slices"
)

// refund is a Refund.
//
// Source: docs.stripe.com/api/refunds/object, read 2026-11-25.
type refund struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	Amount        int64             `json:"amount"`
	Charge        string            `json:"charge"`
	Created       int64             `json:"created"`
	Currency      string            `json:"currency"`
	FailureReason string            `json:"failure_reason,omitempty"`
	Metadata      map[string]string `json:"metadata"`
	PaymentIntent string            `json:"payment_intent"`
	PendingReason string            `json:"pending_reason,omitempty"`
	Reason        *string           `json:"reason"`
	Status        string            `json:"status"`
}

func (r *refund) key() string { return r.ID }
func (r *refund) made() int64 { return r.Created }

// show returns r as it stands.
func (r *refund) show() refund {
	q := *r
	q.Metadata = maps.Clone(r.Metadata)
	return q
}

// createRefund is POST /v1/refunds.
func (s *Server) createRefund(c call) (any, *apiError) {
	f := c.form
	if fault := f.check("payment_intent", "charge", "amount", "reason", "metadata[*]"); fault != nil {
		return nil, fault
	}
	if reason, ok := f["reason"]; ok && !slices.Contains([]string{"duplicate", "fraudulent", "requested_by_customer"}, reason) {
		return nil, invalid("", "reason", "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer")
	}
	meta, fault := f.metadata("metadata")
	if fault != nil {
		return nil, fault
	}
	paid, fault := s.refundable(f)
	if fault != nil {
		return nil, fault
	}
	amount, fault := f.integer("amount", paid.Amount-paid.AmountRefunded)
	if fault != nil {
		return nil, fault
	}
	r, fault := s.giveBack(paid, amount, meta)
	if fault != nil {
		return nil, fault
	}
	r.Reason = f.optional("reason")
	s.tellRefund(r, paid)
	return r.show(), nil
}

// refundable returns the charge that f wants to be refunded.
func (s *Server) refundable(f form) (*charge, *apiError) {
	payment, ok := f["payment_intent"]
	name, id := "payment_intent", payment
	if !ok {
		if name, id = "charge", f["charge"]; id == "" {
			return nil, invalid("parameter_missing", "", "One of the following params should be provided for this request: payment_intent or charge.")
		}
	}
	for _, x := range s.sessions {
		i := x.intent
		if i == nil || i.ID != id && (i.charge == nil || i.charge.ID != id) {
			continue
		}
		if i.Status != "succeeded" {
			return nil, invalid("", name, "This PaymentIntent (%s) does not have a successful charge to refund.", i.ID)
		}
		return i.charge, nil
	}
	return nil, invalid("resource_missing", name, "No such %s: '%s'", name, id)
}

// giveBack makes a refund, of no more than is left.
func (s *Server) giveBack(c *charge, amount int64, meta map[string]string) (*refund, *apiError) {
	left := c.Amount - c.AmountRefunded
	switch {
	case c.Disputed:
		return nil, invalid("charge_disputed", "", "Charge %s has been charged back; cannot issue a refund.", c.ID)
	case left == 0:
		return nil, invalid("charge_already_refunded", "", "Charge %s has already been refunded.", c.ID)
	case amount < 1:
		return nil, invalid("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	case amount > left:
		return nil, invalid("", "amount", "Refund amount (%s %s) is greater than unrefunded amount on charge (%s %s)",
			decimal(amount, c.Currency), c.Currency, decimal(left, c.Currency), c.Currency)
	}
	r := &refund{
		ID: newID("re_"), Object: "refund", Amount: amount, Charge: c.ID, Created: s.unix(), Currency: c.Currency,
		Metadata: meta, PaymentIntent: c.PaymentIntent, Status: "succeeded",
	}
	if s.hold {
		r.Status, r.PendingReason = "pending", "processing"
	}
	s.refunds = append(s.refunds, r)
	c.AmountRefunded += amount
	c.Refunded = c.AmountRefunded == c.Amount
	return r, nil
}

// tellRefund emits what a new refund causes.
func (s *Server) tellRefund(r *refund, c *charge) {
	s.emit("refund.created", r.show())
	s.emit("charge.refunded", c.show())
}

// listRefunds is GET /v1/refunds.
func (s *Server) listRefunds(c call) (any, *apiError) {
	if fault := c.form.check(slices.Concat(paging, []string{"payment_intent", "charge"})...); fault != nil {
		return nil, fault
	}
	payment, charge := c.form["payment_intent"], c.form["charge"]
	pick := func(r *refund) bool {
		return (payment == "" || r.PaymentIntent == payment) && (charge == "" || r.Charge == charge)
	}
	return list(c.form, "/v1/refunds", s.refunds, pick, func(r *refund) any { return r.show() })
}

// readRefund is GET /v1/refunds/{id}.
func (s *Server) readRefund(c call, id string) (any, *apiError) {
	if fault := c.form.check(); fault != nil {
		return nil, fault
	}
	for _, r := range s.refunds {
		if r.ID == id {
			return r.show(), nil
		}
	}
	return nil, missing("refund", "id", id)
}

// RefundInPortal refunds amount of a payment as somebody at the dashboard would;
// 0 is all that is left. It returns the refund's identifier.
func (s *Server) RefundInPortal(id string, amount int64) (refundID string, err error) {
	err = s.at(id, func(x *session) error {
		if x.PaymentStatus != "paid" {
			return fmt.Errorf("stripetest: %s is not paid", x.ID)
		}
		c := x.intent.charge
		if amount == 0 {
			amount = c.Amount - c.AmountRefunded
		}
		r, fault := s.giveBack(c, amount, map[string]string{})
		if fault != nil {
			return fault
		}
		refundID = r.ID
		s.tellRefund(r, c)
		return nil
	})
	return refundID, err
}

// SettleRefund lets a refund that is pending arrive, or one that is pending or
// has arrived come back. It is named by its own identifier.
func (s *Server) SettleRefund(id string, ok bool) error {
	return s.play(func() error {
		at := slices.IndexFunc(s.refunds, func(r *refund) bool { return r.ID == id })
		if at < 0 {
			return fmt.Errorf("stripetest: no refund is %q", id)
		}
		r := s.refunds[at]
		if r.Status != "pending" && (ok || r.Status != "succeeded") {
			return fmt.Errorf("stripetest: refund %s is %s", id, r.Status)
		}
		r.PendingReason = ""
		if ok {
			r.Status = "succeeded"
			s.emit("refund.updated", r.show())
			return nil
		}
		r.Status, r.FailureReason = "failed", "lost_or_stolen_card"
		c := s.find(r.PaymentIntent).intent.charge
		c.AmountRefunded -= r.Amount
		c.Refunded = false
		s.emit("refund.updated", r.show())
		s.emit("refund.failed", r.show())
		return nil
	})
}
