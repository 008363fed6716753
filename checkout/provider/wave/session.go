package wave

import (
	"cmp"
	"fmt"
	"net/url"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// session is Wave's checkout session, as far as we read it.
//
// Source: docs.wave.com/checkout, "Checkout Session", read 2026-11-22.
type session struct {
	ID              string    `json:"id"`
	Amount          string    `json:"amount"`
	Currency        string    `json:"currency"`
	CheckoutStatus  string    `json:"checkout_status"`
	PaymentStatus   string    `json:"payment_status"`
	ClientReference string    `json:"client_reference"`
	TransactionID   string    `json:"transaction_id"`
	LaunchURL       string    `json:"wave_launch_url"`
	LastError       lastError `json:"last_payment_error"`
	Created         string    `json:"when_created"`
	Completed       string    `json:"when_completed"`
	Expires         string    `json:"when_expires"`
}

// lastError is why the last try to pay a session failed; zero if none did.
type lastError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// standing is what Wave says of a session and of its payment.
type standing struct{ checkout, payment string }

// states translates what Wave says. A customer who went away can come back while
// the session is open. What is not listed is not understood.
var states = map[standing]checkout.State{
	{"open", "processing"}:    checkout.StatePending,
	{"open", "cancelled"}:     checkout.StatePending,
	{"complete", "succeeded"}: checkout.StatePaid,
	{"expired", "processing"}: checkout.StateExpired,
	{"expired", "cancelled"}:  checkout.StateExpired,
}

// reasons translates the codes of last_payment_error.
//
// Source: docs.wave.com/checkout, "Payment errors", read 2026-11-22.
var reasons = map[string]string{
	"blocked-account":                  checkout.ReasonPayerBlocked,
	"cross-border-payment-not-allowed": checkout.ReasonPayerBlocked,
	"customer-age-restricted":          checkout.ReasonPayerBlocked,
	"insufficient-funds":               checkout.ReasonFunds,
	"kyb-limits-exceeded":              checkout.ReasonLimit,
	"payer-mobile-mismatch":            checkout.ReasonPayerBlocked,
	"payment-failure":                  checkout.ReasonDeclined,
}

// reason returns why a try failed, "" if none did.
func (e lastError) reason() string {
	if e.Code == "" {
		return ""
	}
	return cmp.Or(reasons[e.Code], checkout.ReasonDeclined)
}

// report says how the session stands. Words that are not understood are an
// error.
func (s session) report() (checkout.Report, error) {
	at := standing{s.CheckoutStatus, s.PaymentStatus}
	state, ok := states[at]
	if !ok {
		return checkout.Report{}, fmt.Errorf("wave: session %.40q is %.40q and its payment %.40q, which is not understood", s.ID, at.checkout, at.payment)
	}
	r := checkout.Report{State: state, Charge: s.TransactionID}
	switch state {
	case checkout.StatePending:
		if r.Reason = s.LastError.reason(); r.Reason == "" && s.PaymentStatus == "cancelled" {
			r.Reason = checkout.ReasonCancelled
		}
	case checkout.StatePaid:
		paid, err := money(s.Amount, s.Currency)
		if err != nil {
			return checkout.Report{}, err
		}
		r.Paid, r.At = paid, instant(s.Completed)
	}
	return r, nil
}

// started says what Start says, of a session that was just made or found.
func (s session) started() (checkout.Started, error) {
	r, err := s.report()
	if err != nil {
		return checkout.Started{}, err
	}
	started := checkout.Started{Ref: s.ID, Until: instant(s.Expires), Report: r}
	if r.State != checkout.StatePending {
		return started, nil
	}
	if u, err := url.Parse(s.LaunchURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return checkout.Started{}, fmt.Errorf("wave: session %.40q has no address to pay at", s.ID)
	}
	started.Next = checkout.Next{Kind: checkout.NextRedirect, URL: s.LaunchURL, QR: s.LaunchURL}
	return started, nil
}

// of returns an error unless the session is that of a.
func (s session) of(a checkout.Attempt) error {
	if s.ID == "" || a.Ref != "" && s.ID != a.Ref || s.ClientReference != "" && s.ClientReference != a.ID {
		return fmt.Errorf("wave: answered with session %.40q of %.40q, asked for %q of %q", s.ID, s.ClientReference, a.Ref, a.ID)
	}
	return nil
}

// instant reads a time, zero if there is none that can be read.
func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
