package stripe

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/checkoutd/checkoutd/checkout"
)

// event is an Event: what a message holds, and what is listed.
//
// Source: docs.stripe.com/api/events/object, read 2026-11-25.
type event struct {
	ID       string `json:"id"`
	Object   string `json:"object"`
	Type     string `json:"type"`
	Created  int64  `json:"created"`
	Livemode bool   `json:"livemode"`
	Data     struct {
		Object json.RawMessage `json:"object"`
	} `json:"data"`
}

func (e event) id() string { return e.ID }

// Parse verifies a message and reads the event in it.
func (p *Provider) Parse(in checkout.Inbound) ([]checkout.Signal, error) {
	if err := p.keys().verify(in.Header("Stripe-Signature"), in.Body, in.Now); err != nil {
		return nil, err
	}
	var e event
	if err := json.Unmarshal(in.Body, &e); err != nil || e.Type == "" {
		return nil, invalid("The body is not an event", err)
	}
	if e.ID == "" {
		sum := sha256.Sum256(in.Body)
		e.ID = "sha256:" + hex.EncodeToString(sum[:])
	}
	if e.Livemode != p.livemode {
		return nil, checkout.ErrOtherMode
	}
	sig, err := e.signal()
	if err != nil {
		return nil, invalid("The event cannot be read", err)
	}
	return []checkout.Signal{sig}, nil
}

// signal says what e is about. An event whose object is not "event" is a
// notification of another API that holds nothing to act upon.
func (e event) signal() (checkout.Signal, error) {
	none := checkout.Signal{Kind: checkout.SignalNone, Type: e.Type, EventID: e.ID, Trust: checkout.TrustSigned}
	read := e.reader()
	if e.Object != "event" || read == nil {
		return none, nil
	}
	sig := checkout.Signal{Type: e.Type, EventID: e.ID, Trust: checkout.TrustSigned}
	if err := read(&sig); err != nil {
		return checkout.Signal{}, fmt.Errorf("stripe: event %s, %s: %w", e.ID, e.Type, err)
	}
	if foreign(sig) {
		return none, nil
	}
	return sig, nil
}

// foreign reports whether sig is of other business of the same account. Our
// metadata is on every Checkout Session, payment and charge of ours; refunds and
// disputes that begin at Stripe have none, and are known by their payment.
func foreign(sig checkout.Signal) bool {
	single := sig.Kind == checkout.SignalDispute || sig.Kind == checkout.SignalRefund && !sig.Refund.Total
	return sig.AttemptID == "" && (!single || sig.Charge == "")
}

// reader returns what reads events of e's type, nil if none concerns us.
//
// Source: docs.stripe.com/api/events/types, read 2026-11-25.
func (e event) reader() func(*checkout.Signal) error {
	switch e.Type {
	case "checkout.session.completed",
		"checkout.session.async_payment_succeeded",
		"checkout.session.async_payment_failed",
		"checkout.session.expired",
		"checkout.session.payment_failed": // not one of Stripe's, but of relays that speak as it does
		return e.session
	case "payment_intent.payment_failed",
		"payment_intent.succeeded",
		"payment_intent.processing",
		"payment_intent.canceled":
		return e.intent
	case "refund.created", "refund.updated", "refund.failed":
		return e.refund
	case "charge.refunded":
		return e.refunded
	case "charge.dispute.created",
		"charge.dispute.updated",
		"charge.dispute.closed",
		"charge.dispute.funds_withdrawn",
		"charge.dispute.funds_reinstated":
		return e.dispute
	}
	return nil
}

// session reads an event about a Checkout Session. The event's type says more
// than the status, which older versions of the API leave out.
func (e event) session(sig *checkout.Signal) (err error) {
	var s session
	if err := json.Unmarshal(e.Data.Object, &s); err != nil {
		return err
	}
	if s.Metadata[metaAttempt] == "" {
		return nil // foreign, and perhaps of a kind of which we know no words
	}
	sig.AttemptID, sig.Ref, sig.Charge = s.Metadata[metaAttempt], s.ID, s.PaymentIntent.ID
	sig.Report.Charge = s.PaymentIntent.ID
	switch e.Type {
	case "checkout.session.async_payment_failed":
		sig.Report.State, sig.Report.Reason = checkout.StateFailed, checkout.ReasonDeclined
	case "checkout.session.expired":
		sig.Report.State = checkout.StateExpired
	case "checkout.session.payment_failed":
		sig.Report.State, sig.Report.Reason, sig.Report.Try = checkout.StatePending, checkout.ReasonDeclined, e.ID
	default:
		if s.AmountTotal == nil || s.Currency == "" {
			sig.Trust = checkout.TrustNone // without a sum it says too little: Stripe is asked
			return nil
		}
		s.Status = "complete"
		if sig.Report, err = s.report(); sig.Report.State == checkout.StatePaid {
			sig.Report.At = instant(e.Created)
		}
	}
	return err
}

// intent reads an event about a payment. Only that a try failed is told by
// nothing else; the others are hints to ask how the Checkout Session stands.
func (e event) intent(sig *checkout.Signal) error {
	var i intent
	if err := json.Unmarshal(e.Data.Object, &i); err != nil {
		return err
	}
	sig.AttemptID, sig.Charge = i.Metadata[metaAttempt], i.ID
	if e.Type != "payment_intent.payment_failed" {
		sig.Trust = checkout.TrustNone
		return nil
	}
	sig.Report = checkout.Report{State: checkout.StatePending, Charge: i.ID, Reason: i.reason(), Try: e.ID}
	if sig.Report.Reason == "" {
		sig.Report.Reason = checkout.ReasonDeclined
	}
	return nil
}

// refund reads an event about one refund.
func (e event) refund(sig *checkout.Signal) (err error) {
	var r refund
	if err := json.Unmarshal(e.Data.Object, &r); err != nil {
		return err
	}
	sig.Kind = checkout.SignalRefund
	sig.AttemptID, sig.Charge = r.Metadata[metaAttempt], r.PaymentIntent.ID
	sig.Refund, err = r.report()
	return err
}

// refunded reads how much of a charge was given back so far.
func (e event) refunded(sig *checkout.Signal) error {
	var c struct {
		ID             string            `json:"id"`
		AmountRefunded *int64            `json:"amount_refunded"`
		Currency       string            `json:"currency"`
		PaymentIntent  intent            `json:"payment_intent"`
		Metadata       map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(e.Data.Object, &c); err != nil {
		return err
	}
	if c.AmountRefunded == nil || c.Currency == "" {
		return fmt.Errorf("charge %q does not say what was given back", c.ID)
	}
	sig.Kind = checkout.SignalRefund
	sig.AttemptID, sig.Charge = c.Metadata[metaAttempt], c.PaymentIntent.ID
	sig.Refund = checkout.RefundReport{
		State: checkout.RefundSucceeded, Amount: money(*c.AmountRefunded, c.Currency), Total: true,
	}
	return nil
}

// disputes says how a dispute with that status stands. One that ends as an
// inquiry, or before the bank has filed it, takes no money from the merchant.
//
// Source: docs.stripe.com/api/disputes/object, status, read 2026-11-25.
var disputes = map[string]checkout.DisputeState{
	"warning_needs_response": checkout.DisputeOpen,
	"warning_under_review":   checkout.DisputeOpen,
	"needs_response":         checkout.DisputeOpen,
	"under_review":           checkout.DisputeOpen,
	"appeal_needs_response":  checkout.DisputeOpen,
	"appeal_under_review":    checkout.DisputeOpen,
	"warning_closed":         checkout.DisputeWon,
	"prevented":              checkout.DisputeWon,
	"won":                    checkout.DisputeWon,
	"lost":                   checkout.DisputeLost,
}

// dispute reads an event about a dispute.
func (e event) dispute(sig *checkout.Signal) error {
	var d struct {
		ID            string            `json:"id"`
		Amount        int64             `json:"amount"`
		Currency      string            `json:"currency"`
		Reason        string            `json:"reason"`
		Status        string            `json:"status"`
		PaymentIntent intent            `json:"payment_intent"`
		Metadata      map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(e.Data.Object, &d); err != nil {
		return err
	}
	state, ok := disputes[d.Status]
	if !ok {
		return fmt.Errorf("dispute %q is %q, which is not known", d.ID, d.Status)
	}
	sig.Kind = checkout.SignalDispute
	sig.AttemptID, sig.Charge = d.Metadata[metaAttempt], d.PaymentIntent.ID
	sig.Dispute = checkout.Dispute{
		ID: d.ID, State: state, New: e.Type == "charge.dispute.created",
		Amount: money(d.Amount, d.Currency), Reason: d.Reason,
	}
	return nil
}
