package wavetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// life is how long a session can be paid.
//
// Source: a callback of 2025, created 16:55:44 and to expire 17:25:44.
const life = 30 * time.Minute

// FailureCodes are the codes of a try to pay that failed, first the one that says
// no more than that.
//
// Source: docs.wave.com/checkout, "Payment errors", read 2026-11-22.
var FailureCodes = []string{
	"payment-failure", "blocked-account", "cross-border-payment-not-allowed", "customer-age-restricted",
	"insufficient-funds", "kyb-limits-exceeded", "payer-mobile-mismatch",
}

// Session is a checkout session as it stands.
type Session struct {
	ID                 string
	Amount             checkout.Money // what is asked for, and once it is complete what was paid
	CheckoutStatus     string         // open, complete, expired
	PaymentStatus      string         // processing, cancelled, succeeded
	ClientReference    string
	SuccessURL         string
	ErrorURL           string
	TransactionID      string // "" until it is paid
	AggregatedMerchant string
	RestrictPayer      string // the only number that may pay, "" for any
	LaunchURL          string
	FailureCode        string // of the last try, "" if none failed
	Refunded           checkout.Money
	Created            time.Time
	Completed          time.Time
	Expires            time.Time
}

var (
	errUnknown = errors.New("wavetest: there is no such session")
	errOver    = errors.New("wavetest: the session is complete or expired")
)

// at returns the session as it stands at now.
func (p *Session) at(now time.Time) Session {
	q := *p
	if q.CheckoutStatus == "open" && !now.Before(q.Expires) {
		q.CheckoutStatus = "expired"
	}
	return q
}

// Pay is the customer who pays what is asked for. If the session restricts the
// payer, it is that number.
func (s *Server) Pay(id string) error { return s.pay(id, "", nil) }

// PayFrom is the customer who pays from a number, in E.164.
func (s *Server) PayFrom(id, number string) error { return s.pay(id, number, nil) }

// PayAmount is a payment of another sum than is asked for, or in another
// currency, which the real one does not do.
func (s *Server) PayAmount(id string, m checkout.Money) error { return s.pay(id, "", &m) }

// anybody is the number of a customer who gives none.
const anybody = "+221761110000"

func (s *Server) pay(id, number string, other *checkout.Money) error {
	mismatch := errors.New("wavetest: another number may pay this session")
	err := s.move(id, "checkout.session.completed", func(p *Session) error {
		if number != "" && p.RestrictPayer != "" && p.RestrictPayer != number {
			return mismatch
		}
		if number == "" {
			number = anybody
			if p.RestrictPayer != "" {
				number = p.RestrictPayer
			}
		}
		if other != nil {
			p.Amount = *other
		}
		p.CheckoutStatus, p.PaymentStatus, p.FailureCode = "complete", "succeeded", ""
		p.Completed, p.TransactionID = s.Now(), s.id("T")
		s.rows = append(s.rows, payment(p, number))
		return nil
	})
	if errors.Is(err, mismatch) {
		return errors.Join(err, s.Fail(id, "payer-mobile-mismatch"))
	}
	return err
}

// Fail is a try to pay that fails with one of [FailureCodes]. The session stays
// open.
func (s *Server) Fail(id, code string) error {
	if !slices.Contains(FailureCodes, code) {
		return fmt.Errorf("wavetest: code must be one of %s", strings.Join(FailureCodes, ", "))
	}
	return s.move(id, "checkout.session.payment_failed", func(p *Session) error {
		p.PaymentStatus, p.FailureCode = "cancelled", code
		return nil
	})
}

// Cancel is the customer who goes away. The session stays open, and no message
// is sent.
func (s *Server) Cancel(id string) error {
	return s.move(id, "", func(p *Session) error {
		p.PaymentStatus = "cancelled"
		return nil
	})
}

// Refund gives a payment back, as somebody does in the business portal. It shows
// in the statement, and no message is sent.
func (s *Server) Refund(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.find(id)
	if err != nil {
		return err
	}
	return s.refund(p)
}

// refund gives a payment back, once. s.mu must be held.
func (s *Server) refund(p *Session) error {
	if p.CheckoutStatus != "complete" {
		return errors.New("wavetest: the session was not paid")
	}
	if p.Refunded.Amount == 0 {
		p.Refunded = p.Amount
		s.rows = append(s.rows, repayment(p, s.id("T"), s.Now()))
	}
	return nil
}

// move does what a customer does to an open session, and owes the event of that
// type if it is not "".
func (s *Server) move(id, event string, do func(p *Session) error) error {
	s.mu.Lock()
	p, err := s.find(id)
	if err == nil && p.at(s.Now()).CheckoutStatus != "open" {
		err = errOver
	}
	if err == nil {
		err = do(p)
	}
	if err != nil || event == "" {
		s.mu.Unlock()
		return err
	}
	data, name := s.wire(*p), s.id("EV_")
	s.mu.Unlock()
	s.owe(name, event, data) // it may be sent at once, and answered by a question
	return nil
}

// id returns a new identifier. s.mu must be held.
func (s *Server) id(prefix string) string {
	s.made++
	return fmt.Sprintf("%s%s%06d", prefix, s.series, s.made)
}

// wire is the session as the API and the messages show it.
func (s *Server) wire(p Session) json.RawMessage {
	p = p.at(s.Now())
	fields := map[string]any{
		"id": p.ID, "amount": decimal(p.Amount), "currency": p.Amount.Currency,
		"checkout_status": p.CheckoutStatus, "payment_status": p.PaymentStatus,
		"client_reference": orNull(p.ClientReference), "business_name": s.config.Business,
		"success_url": p.SuccessURL, "error_url": p.ErrorURL, "wave_launch_url": p.LaunchURL,
		"transaction_id": orNull(p.TransactionID), "last_payment_error": nil,
		"aggregated_merchant_id": orNull(p.AggregatedMerchant), "restrict_payer_mobile": orNull(p.RestrictPayer),
		"when_created": stamp(p.Created), "when_completed": stamp(p.Completed), "when_expires": stamp(p.Expires),
	}
	if p.FailureCode != "" {
		fields["last_payment_error"] = map[string]string{"code": p.FailureCode, "message": "The payment failed: " + p.FailureCode}
	}
	return encode(fields)
}

// launchURL is where a customer pays.
func (s *Server) launchURL(id string, m checkout.Money) string {
	query := url.Values{"a": {decimal(m)}, "c": {string(m.Currency)}, "m": {s.config.Business}}
	return s.config.URL + "/c/" + id + "?" + query.Encode()
}

// encode returns v as JSON. v is made here of texts, numbers and maps.
func encode(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// decimal spells an amount as Wave does: "2500" francs, "25.00" euros.
func decimal(m checkout.Money) string {
	sign, n := "", m.Amount
	if n < 0 {
		sign, n = "-", -n
	}
	places := m.Currency.Exponent()
	digits := fmt.Sprintf("%0*d", places+1, n)
	whole, fraction := digits[:len(digits)-places], digits[len(digits)-places:]
	return strings.TrimSuffix(sign+whole+"."+fraction, ".")
}
