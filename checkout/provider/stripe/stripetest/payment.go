package stripetest

import "maps"

// intent is a PaymentIntent.
//
// Source: docs.stripe.com/api/payment_intents/object, read 2026-11-25.
type intent struct {
	ID               string            `json:"id"`
	Object           string            `json:"object"`
	Amount           int64             `json:"amount"`
	AmountReceived   int64             `json:"amount_received"`
	Created          int64             `json:"created"`
	Currency         string            `json:"currency"`
	LastPaymentError *cardError        `json:"last_payment_error"`
	LatestCharge     any               `json:"latest_charge"` // as shown: null, its id or all of it
	Livemode         bool              `json:"livemode"`
	Metadata         map[string]string `json:"metadata"`
	Status           string            `json:"status"`

	charge  *charge // the last one
	dispute *dispute
}

// show returns i as it stands, its last charge whole or only its identifier.
func (i *intent) show(whole bool) intent {
	j := *i
	j.Metadata = maps.Clone(i.Metadata)
	switch {
	case i.charge == nil:
	case whole:
		j.LatestCharge = i.charge.show()
	default:
		j.LatestCharge = i.charge.ID
	}
	return j
}

// cardError is why a card was refused.
type cardError struct {
	Charge      string `json:"charge,omitempty"`
	Code        string `json:"code"`
	DeclineCode string `json:"decline_code,omitempty"`
	Message     string `json:"message"`
	Type        string `json:"type"`
}

// charge is one try with one card.
//
// Source: docs.stripe.com/api/charges/object, read 2026-11-25.
type charge struct {
	ID                   string            `json:"id"`
	Object               string            `json:"object"`
	Amount               int64             `json:"amount"`
	AmountCaptured       int64             `json:"amount_captured"`
	AmountRefunded       int64             `json:"amount_refunded"`
	Captured             bool              `json:"captured"`
	Created              int64             `json:"created"`
	Currency             string            `json:"currency"`
	Disputed             bool              `json:"disputed"`
	FailureCode          *string           `json:"failure_code"`
	Livemode             bool              `json:"livemode"`
	Metadata             map[string]string `json:"metadata"`
	Paid                 bool              `json:"paid"`
	PaymentIntent        string            `json:"payment_intent"`
	PaymentMethodDetails methodDetails     `json:"payment_method_details"`
	Refunded             bool              `json:"refunded"`
	Status               string            `json:"status"`
}

type methodDetails struct {
	Card *cardDetails `json:"card,omitempty"`
	Type string       `json:"type"`
}

type cardDetails struct {
	Brand string `json:"brand"`
	Last4 string `json:"last4"`
}

// show returns c as it stands.
func (c *charge) show() charge {
	d := *c
	d.Metadata = maps.Clone(c.Metadata)
	return d
}

// confirm makes sure that x has a payment, as the first press of the button
// does.
func (s *Server) confirm(x *session) *intent {
	if x.intent == nil {
		x.intent = &intent{
			ID: newID("pi_"), Object: "payment_intent", Amount: x.AmountTotal, Created: s.unix(), Currency: x.Currency,
			Livemode: x.Livemode, Metadata: maps.Clone(x.intentMetadata), Status: "requires_payment_method",
		}
		s.emit("payment_intent.created", x.intent.show(false))
	}
	return x.intent
}

// try adds a charge to a payment, which succeeded unless failure says why not.
func (s *Server) try(i *intent, with methodDetails, failure *cardError) *charge {
	c := &charge{
		ID: newID("ch_"), Object: "charge", Amount: i.Amount, Created: s.unix(), Currency: i.Currency,
		Livemode: i.Livemode, Metadata: maps.Clone(i.Metadata), PaymentIntent: i.ID, PaymentMethodDetails: with,
		Status: "succeeded", Paid: true, Captured: true, AmountCaptured: i.Amount,
	}
	if failure != nil {
		c.Status, c.Paid, c.Captured, c.AmountCaptured, c.FailureCode = "failed", false, false, 0, &failure.Code
		failure.Charge = c.ID
	}
	i.charge = c
	return c
}

// succeed collects the money of x.
func (s *Server) succeed(x *session, with methodDetails) {
	i := s.confirm(x)
	c := s.try(i, with, nil)
	i.Status, i.AmountReceived, i.LastPaymentError = "succeeded", i.Amount, nil
	x.Status, x.PaymentStatus, x.URL = "complete", "paid", nil
	s.emit("payment_intent.succeeded", i.show(false))
	s.emit("charge.succeeded", c.show())
}

// refuse tells of a try that failed. Unless it failed before a bank was asked,
// there is a charge of it.
func (s *Server) refuse(x *session, with methodDetails, failure *cardError) {
	i := s.confirm(x)
	if failure.Code != unauthenticated {
		c := s.try(i, with, failure)
		s.emit("charge.failed", c.show())
	}
	i.Status, i.LastPaymentError = "requires_payment_method", failure
	s.emit("payment_intent.payment_failed", i.show(false))
}
