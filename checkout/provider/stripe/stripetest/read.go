package stripetest

import (
	"fmt"
	"strings"
	"time"
)

// Session is a Checkout Session as somebody at the dashboard sees it.
type Session struct {
	ID            string
	URL           string // "" unless it is open
	Reference     string
	Status        string
	PaymentStatus string
	Amount        int64  // in minor units
	Currency      string // in upper case
	Payment       string // the PaymentIntent, "" until the first try
	Refunded      int64
	ExpiresAt     time.Time
}

// Sessions returns every Checkout Session, oldest first.
func (s *Server) Sessions() (all []Session) {
	_ = s.play(func() error {
		for _, x := range s.sessions {
			all = append(all, x.summary())
		}
		return nil
	})
	return all
}

// Session returns the Checkout Session with that identifier.
func (s *Server) Session(id string) (found Session, err error) {
	err = s.at(id, func(x *session) error {
		found = x.summary()
		return nil
	})
	return found, err
}

func (x *session) summary() Session {
	y := Session{
		ID: x.ID, Status: x.Status, PaymentStatus: x.PaymentStatus, Amount: x.AmountTotal,
		Currency: strings.ToUpper(x.Currency), ExpiresAt: time.Unix(x.ExpiresAt, 0).UTC(),
	}
	if x.URL != nil {
		y.URL = *x.URL
	}
	if x.ClientReferenceID != nil {
		y.Reference = *x.ClientReferenceID
	}
	if x.intent != nil {
		y.Payment = x.intent.ID
		if x.intent.charge != nil {
			y.Refunded = x.intent.charge.AmountRefunded
		}
	}
	return y
}

// Received returns the sums that were collected, by currency in upper case, and
// not less what was given back.
func (s *Server) Received() map[string]int64 {
	return s.sums(func(x Session) int64 { return x.Amount })
}

// Refunded returns the sums that were given back, by currency in upper case.
func (s *Server) Refunded() map[string]int64 {
	return s.sums(func(x Session) int64 { return x.Refunded })
}

func (s *Server) sums(of func(Session) int64) map[string]int64 {
	sums := map[string]int64{}
	for _, x := range s.Sessions() {
		if n := of(x); x.PaymentStatus == "paid" && n != 0 {
			sums[x.Currency] += n
		}
	}
	return sums
}

// String tells a Session in a line, for failures of tests.
func (x Session) String() string {
	return fmt.Sprintf("%s (%s): %s %s, %d %s, %d back", x.ID, x.Reference, x.Status, x.PaymentStatus, x.Amount, x.Currency, x.Refunded)
}
