package stripetest

import "fmt"

// dispute is a Dispute.
//
// Source: docs.stripe.com/api/disputes/object, read 2026-11-25.
type dispute struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	Amount        int64             `json:"amount"`
	Charge        string            `json:"charge"`
	Created       int64             `json:"created"`
	Currency      string            `json:"currency"`
	Livemode      bool              `json:"livemode"`
	Metadata      map[string]string `json:"metadata"`
	PaymentIntent string            `json:"payment_intent"`
	Reason        string            `json:"reason"`
	Status        string            `json:"status"`
}

// Dispute lets the customer's bank take a payment back, as fraudulent.
func (s *Server) Dispute(id string) error { return s.at(id, s.dispute) }

func (s *Server) dispute(x *session) error {
	if x.PaymentStatus != "paid" || x.intent.dispute != nil {
		return fmt.Errorf("stripetest: %s is not paid, or disputed already", x.ID)
	}
	c := x.intent.charge
	c.Disputed = true
	d := &dispute{
		ID: newID("du_"), Object: "dispute", Amount: c.Amount, Charge: c.ID, Created: s.unix(), Currency: c.Currency,
		Livemode: c.Livemode, Metadata: map[string]string{}, PaymentIntent: x.intent.ID,
		Reason: "fraudulent", Status: "needs_response",
	}
	x.intent.dispute = d
	s.emit("charge.dispute.created", *d)
	s.emit("charge.dispute.funds_withdrawn", *d)
	return nil
}

// CloseDispute decides a dispute.
func (s *Server) CloseDispute(id string, won bool) error {
	return s.at(id, func(x *session) error {
		if x.intent == nil || x.intent.dispute == nil || x.intent.dispute.Status != "needs_response" {
			return fmt.Errorf("stripetest: %s has no open dispute", x.ID)
		}
		d := x.intent.dispute
		d.Status = "lost"
		if won {
			d.Status, x.intent.charge.Disputed = "won", false // can be refunded again
		}
		s.emit("charge.dispute.closed", *d)
		if won {
			s.emit("charge.dispute.funds_reinstated", *d)
		}
		return nil
	})
}
