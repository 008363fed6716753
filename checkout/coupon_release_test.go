package checkout_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// TestCouponIsFreeOnceNobodyCanPayWithIt lets a session expire while its provider
// does not answer: the coupon stays reserved, since the customer may be paying, and
// is free when that payment has ended.
func TestCouponIsFreeOnceNobodyCanPayWithIt(t *testing.T) {
	p := newAble()
	p.close = func(checkout.Attempt) (checkout.Report, error) { return checkout.Report{}, errors.New("timeout") }
	s := &shop{t: t, Kit: checkouttest.With(t, checkout.Config{
		Store: openSQLite(t, filepath.Join(t.TempDir(), "shop.db")), Providers: []checkout.Provider{p},
	})}
	for _, end := range []checkout.State{checkout.StateFailed, checkout.StateExpired, checkout.StatePaid} {
		c := s.coupon(checkout.Coupon{MaxUses: 1})
		session := s.holds(s.bare(1000).ID, c.Code)
		a := start(t, s.Service, session.ID, "wave")
		if _, err := s.Service.Expire(ctx, checkout.Account{}, session.ID); err == nil {
			t.Error("that the provider does not answer is not told")
		}
		if got := s.seen(session.ID); got.Status != checkout.StatusExpired {
			t.Errorf("the session is %s", got.Status)
		}
		s.uses(c.ID, 1, 0)
		_, err := s.apply(s.bare(1000).ID, c.Code)
		s.refused("while somebody may be paying", err, checkout.CodeCouponUsedUp)
		r := checkout.Report{State: end}
		if end == checkout.StatePaid {
			r = paid(a)
		}
		if _, err := s.Service.Settle(ctx, checkout.Signal{Provider: "scripted", AttemptID: a.ID, Report: r}); err != nil {
			t.Fatal(err)
		}
		if end == checkout.StatePaid {
			s.uses(c.ID, 0, 1)
			continue
		}
		s.uses(c.ID, 0, 0)
		s.pays(s.holds(s.bare(1000).ID, c.Code).ID)
		s.uses(c.ID, 0, 1)
	}
}
