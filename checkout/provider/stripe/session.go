package stripe

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// again is when to ask next about money that takes days.
const again = 24 * time.Hour

// metaAttempt and metaRefund are where our identifiers stand in metadata.
const (
	metaAttempt = "attempt"
	metaRefund  = "refund"
)

// session is a Checkout Session.
//
// Source: docs.stripe.com/api/checkout/sessions/object, read 2026-11-25.
type session struct {
	ID            string            `json:"id"`
	URL           string            `json:"url"` // null unless it is open
	Status        string            `json:"status"`
	PaymentStatus string            `json:"payment_status"`
	AmountTotal   *int64            `json:"amount_total"`
	Currency      string            `json:"currency"`
	ExpiresAt     int64             `json:"expires_at"`
	Livemode      bool              `json:"livemode"`
	Metadata      map[string]string `json:"metadata"`
	PaymentIntent intent            `json:"payment_intent"` // null until the first try
}

func (s session) id() string { return s.ID }

// intent is a PaymentIntent: the money of a Checkout Session, over all tries.
// Unless it was asked for whole, only its ID is set.
type intent struct {
	ID               string            `json:"id"`
	Status           string            `json:"status"`
	Metadata         map[string]string `json:"metadata"`
	LastPaymentError *cardError        `json:"last_payment_error"`
	LatestCharge     charge            `json:"latest_charge"`
}

// cardError is why a try failed.
type cardError struct {
	Code        string `json:"code"`
	DeclineCode string `json:"decline_code"`
}

// charge is one try.
type charge struct {
	ID      string `json:"id"`
	Created int64  `json:"created"`
	Details struct {
		Card struct {
			Last4 string `json:"last4"`
		} `json:"card"`
	} `json:"payment_method_details"`
}

// UnmarshalJSON reads an intent or its identifier.
func (i *intent) UnmarshalJSON(data []byte) error {
	type whole intent
	return unmarshal(data, &i.ID, (*whole)(i))
}

// UnmarshalJSON reads a charge or its identifier.
func (c *charge) UnmarshalJSON(data []byte) error {
	type whole charge
	return unmarshal(data, &c.ID, (*whole)(c))
}

// unmarshal reads what Stripe shortens to its identifier unless it is asked for
// the whole.
func unmarshal(data []byte, id *string, whole any) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, id)
	}
	return json.Unmarshal(data, whole)
}

// report says how the attempt of s stands. Pairs of words that are not in the
// table are errors.
//
// Source: docs.stripe.com/checkout/fulfillment and the object's page, read
// 2026-11-25.
func (s session) report() (checkout.Report, error) {
	r := checkout.Report{Charge: s.PaymentIntent.ID}
	switch s.Status + " " + s.PaymentStatus {
	case "open unpaid":
		r.State, r.Reason = checkout.StatePending, s.PaymentIntent.reason()
		return r, nil
	case "complete paid":
		return s.paid(r)
	case "complete unpaid":
		return s.awaited(r)
	case "expired unpaid":
		return s.expired(r)
	}
	return checkout.Report{}, s.strange()
}

func (s session) paid(r checkout.Report) (checkout.Report, error) {
	if s.AmountTotal == nil || s.Currency == "" {
		return checkout.Report{}, fmt.Errorf("stripe: %s is paid and states no sum", s.ID)
	}
	r.State, r.Paid = checkout.StatePaid, money(*s.AmountTotal, s.Currency)
	try := s.PaymentIntent.LatestCharge
	r.At = instant(try.Created)
	if try.Details.Card.Last4 != "" {
		r.Payer = "•••• " + try.Details.Card.Last4
	}
	return r, nil
}

// awaited is for a customer who has done their part: the page will not serve
// them again, so what failed now has failed for good.
func (s session) awaited(r checkout.Report) (checkout.Report, error) {
	switch s.PaymentIntent.Status {
	case "", "processing", "requires_action", "succeeded": // the session follows the payment a moment later
		r.State, r.Again = checkout.StatePending, again
	case "requires_payment_method":
		r.State, r.Reason = checkout.StateFailed, s.PaymentIntent.reason()
		if r.Reason == "" {
			r.Reason = checkout.ReasonDeclined
		}
	case "canceled":
		r.State, r.Reason = checkout.StateFailed, checkout.ReasonCancelled
	default:
		return checkout.Report{}, s.strange()
	}
	return r, nil
}

// expired is for a page that closed: money that was on its way then may still
// arrive.
func (s session) expired(r checkout.Report) (checkout.Report, error) {
	switch s.PaymentIntent.Status {
	case "", "requires_payment_method", "requires_confirmation", "requires_action", "canceled":
		r.State = checkout.StateExpired
	case "processing":
		r.State, r.Again = checkout.StatePending, again
	default:
		return checkout.Report{}, s.strange()
	}
	return r, nil
}

func (s session) strange() error {
	return fmt.Errorf("stripe: %s is %q and %q, its payment %q, which is not known", s.ID, s.Status, s.PaymentStatus, s.PaymentIntent.Status)
}

// reason says why the last try failed, "" if none did.
func (i intent) reason() string {
	if i.LastPaymentError == nil {
		return ""
	}
	return declineReason(i.LastPaymentError.Code, i.LastPaymentError.DeclineCode)
}

// money returns a sum as Stripe states it: in minor units, the currency in lower
// case.
func money(amount int64, currency string) checkout.Money {
	return checkout.Money{Amount: amount, Currency: checkout.Currency(strings.ToUpper(currency))}
}

// instant returns the time of Unix seconds, zero for 0.
func instant(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
