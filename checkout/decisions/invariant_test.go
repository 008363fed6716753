package decisions

import (
	"context"
	"fmt"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// look holds what must be true at every moment.
func (s *schedule) look() {
	succeeded := map[string]int{}
	s.must(s.disk.View(ctx, func(tx checkout.Tx) error {
		events, err := tx.UnfannedEvents(1 << 30)
		for _, e := range events {
			if e.Type == checkout.EventPaymentSucceeded {
				succeeded[e.Transaction.Session.ID]++
			}
		}
		return err
	}))
	completing := map[string]int{} // attempts that completed a session, refunded or not
	for _, a := range s.attempts() {
		if was := s.was[a.ID]; was == checkout.AttemptPaid && a.Status != checkout.AttemptPaid && a.Status != checkout.AttemptRefunded {
			s.fail("%s was paid and is %s", a.ID, a.Status)
		}
		s.was[a.ID] = a.Status
		if a.Refunding < 0 || a.Refunded < 0 || a.Refunding+a.Refunded > max(a.Received.Amount, 0) {
			s.fail("%s: %d refunded and %d on the way, of %d", a.ID, a.Refunded, a.Refunding, a.Received.Amount)
		}
		var session checkout.Session
		s.must(s.disk.View(ctx, func(tx checkout.Tx) (err error) {
			session, err = tx.Session(a.SessionID)
			return err
		}))
		if session.TransactionID == a.ID {
			completing[a.SessionID]++
		}
		if a.Status == checkout.AttemptPaid && (session.TransactionID != a.ID || session.Status != checkout.StatusCompleted) {
			s.fail("%s is paid, and its session is %s by %q", a.ID, session.Status, session.TransactionID)
		}
	}
	for _, id := range s.ids {
		if completing[id] > 1 || succeeded[id] != completing[id] {
			s.fail("%s was completed %d times and told %d times", id, completing[id], succeeded[id])
		}
	}
}

// settle heals everything, lets two days pass, and holds what is recorded to what
// the providers took and gave back.
func (s *schedule) settle() {
	if s.failure != "" {
		return
	}
	s.store = s.disk
	s.wave.Heal()
	s.stripe.Heal()
	s.mtn.Heal()
	s.orange.Heal()
	s.boot()
	err := s.service.Advance(ctx, s.clock, 26*time.Hour, func(context.Context) error { return s.sweeper.RunOnce(ctx) })
	fmt.Fprintf(s.out, "in the end: %v\n", err)
	s.look()
	took, back, held, balance := int64(0), int64(0), int64(0), int64(0)
	for _, a := range s.attempts() {
		fmt.Fprintf(s.out, "%s %s %s: received %d, refunded %d, %s\n", a.ID, a.Provider, a.Status, a.Received.Amount, a.Refunded, a.Reason)
		took += a.Received.Amount
		back += a.Refunded
		if a.Live() || !a.DueAt.IsZero() || a.Refunding != 0 {
			s.fail("%s is %s in the end, due %v, %d on the way back", a.ID, a.Status, a.DueAt, a.Refunding)
		}
		switch left := a.Received.Amount - a.Refunded; {
		case a.Status == checkout.AttemptPaid:
			balance += left
		case a.Held():
			held += left
		}
	}
	atProviders := s.wave.Received()["XOF"] + s.stripe.Received()["XOF"] + s.mtn.Received()["XOF"] + s.orange.Received()["XOF"]
	givenBack := s.wave.Refunded()["XOF"] + s.stripe.Refunded()["XOF"] + s.mtn.Refunded()["XOF"]
	if took != atProviders || back != givenBack {
		s.fail("recorded %d received and %d refunded; the providers took %d and gave back %d", took, back, atProviders, givenBack)
	}
	if took != balance+held+back {
		s.fail("received %d, of which %d completed, %d held and %d refunded", took, balance, held, back)
	}
	list, err := s.service.Balances(ctx, checkout.LiveAccount)
	s.must(err)
	shown := int64(0)
	for _, b := range list {
		shown += b.Total.Amount
	}
	if shown != balance {
		s.fail("the balance is %d, want %d", shown, balance)
	}
}
