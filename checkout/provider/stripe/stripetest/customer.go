package stripetest

import (
	"cmp"
	"fmt"
	"strings"
)

// The number of a card that pays.
const visa = "4242424242424242"

// Pay pays with a card that works.
func (s *Server) Pay(id string) error { return s.PayCard(id, visa) }

// PayCard types a card's number and gets through 3-D Secure if the card asks for
// it. A card that is refused is no error: the page asks for another one.
func (s *Server) PayCard(id, number string) error {
	return s.at(id, func(x *session) error {
		_, err := s.charge(x, number)
		return err
	})
}

// PayAmount pays another sum than was asked for, which Stripe would not do.
func (s *Server) PayAmount(id string, amount int64, currency string) error {
	return s.at(id, func(x *session) error {
		if err := x.payable(); err != nil {
			return err
		}
		x.AmountTotal, x.Currency = amount, strings.ToLower(currency)
		i := s.confirm(x)
		i.Amount, i.Currency = x.AmountTotal, x.Currency
		_, err := s.charge(x, visa)
		return err
	})
}

// Fail tries a card that is refused with that decline code; "" is
// generic_decline.
func (s *Server) Fail(id, declineCode string) error {
	declineCode = cmp.Or(declineCode, "generic_decline")
	if !declineShape.MatchString(declineCode) {
		return fmt.Errorf("stripetest: %q is no decline code", declineCode)
	}
	return s.at(id, func(x *session) error {
		if err := x.payable(); err != nil {
			return err
		}
		_, with := cardOf("4000000000000002")
		s.refuse(x, with, refusal(declineCode))
		return nil
	})
}

// PayAsync pays by a bank debit: the Checkout Session is complete and not paid
// until [Server.SettleAsync].
func (s *Server) PayAsync(id string) error {
	return s.at(id, s.debit)
}

func (s *Server) debit(x *session) error {
	if err := x.payable(); err != nil {
		return err
	}
	i := s.confirm(x)
	i.Status, i.LastPaymentError = "processing", nil
	x.Status, x.URL = "complete", nil
	s.emit("payment_intent.processing", i.show(false))
	s.emit("checkout.session.completed", x.show(0))
	return nil
}

// SettleAsync lets a bank debit arrive, or fail.
func (s *Server) SettleAsync(id string, ok bool) error {
	return s.at(id, func(x *session) error {
		if x.intent == nil || x.intent.Status != "processing" {
			return fmt.Errorf("stripetest: %s is not being processed", x.ID)
		}
		debit := methodDetails{Type: "sepa_debit"}
		if ok {
			s.succeed(x, debit)
			s.emit("checkout.session.async_payment_succeeded", x.show(0))
			return nil
		}
		s.refuse(x, debit, refusal("insufficient_funds"))
		s.emit("checkout.session.async_payment_failed", x.show(0))
		return nil
	})
}

// charge tries a card and returns why it was refused, nil if it was not.
func (s *Server) charge(x *session, number string) (*cardError, error) {
	if err := x.payable(); err != nil {
		return nil, err
	}
	c, with := cardOf(number)
	if c.decline != "" {
		failure := refusal(c.decline)
		s.refuse(x, with, failure)
		return failure, nil
	}
	s.succeed(x, with)
	s.emit("checkout.session.completed", x.show(0))
	if c.disputed {
		return nil, s.dispute(x)
	}
	return nil, nil
}

func (x *session) payable() error {
	if x.Status != "open" {
		return fmt.Errorf("stripetest: %s is %s", x.ID, x.Status)
	}
	return nil
}

// at does something to the Checkout Session with that identifier: its own, its
// payment's or the reference it was made with.
func (s *Server) at(id string, do func(x *session) error) error {
	return s.play(func() error {
		x := s.find(id)
		if x == nil {
			return fmt.Errorf("stripetest: no Checkout Session, payment or reference is %q", id)
		}
		return do(x)
	})
}

// find returns the newest that fits, nil if none does.
func (s *Server) find(id string) (found *session) {
	for _, x := range s.sessions {
		if x.ID == id || x.intent != nil && x.intent.ID == id || x.ClientReferenceID != nil && *x.ClientReferenceID == id {
			found = x
		}
	}
	return found
}
