package checkout_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// shop is a merchant with a catalogue, on SQLite.
type shop struct {
	*checkouttest.Kit
	t     *testing.T
	codes int
}

func newShop(t *testing.T) *shop {
	t.Helper()
	return &shop{Kit: checkouttest.On(t, openSQLite(t, filepath.Join(t.TempDir(), "shop.db"))), t: t}
}

// onShop runs f on a shop of its own.
func onShop(t *testing.T, name string, f func(t *testing.T, s *shop)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { f(t, newShop(t)) })
}

func (s *shop) update(f func(tx checkout.Tx) error) error {
	return s.Store.Update(ctx, f)
}

// must fails the test if err is not nil.
func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// refused fails the test unless err has this code.
func (s *shop) refused(what string, err error, want checkout.Code) {
	s.t.Helper()
	if checkout.CodeOf(err) != want {
		s.t.Errorf("%s: %v, want %q", what, err, want)
	}
}

// product makes a product with prices, the first of which is its default.
func (s *shop) product(prices ...checkout.Price) checkout.Priced {
	s.t.Helper()
	kind := checkout.ProductOneTime
	if prices[0].Interval != "" {
		kind = checkout.ProductRecurring
	}
	var p checkout.Priced
	s.must(s.update(func(tx checkout.Tx) (err error) {
		p.Product, p.Prices, err = s.Service.CreateProductIn(tx, checkout.Account{}, checkout.Product{Name: "Tea", Type: kind, Active: true}, prices, 0)
		return err
	}))
	return p
}

func xof(amount int64) checkout.Money { return checkout.Money{Amount: amount, Currency: checkout.XOF} }

// cost is a price in XOF.
func cost(amount int64) checkout.Price { return checkout.Price{Amount: xof(amount)} }

// openPrice is a price that the customer chooses.
func openPrice(suggested, least, most int64) checkout.Price {
	return checkout.Price{Amount: xof(suggested), Model: checkout.PriceOpen, Minimum: least, Maximum: most}
}

func (s *shop) coupon(c checkout.Coupon) checkout.Coupon {
	s.t.Helper()
	if c.Code == "" {
		s.codes++
		c.Code = fmt.Sprint("CODE", s.codes)
	}
	if c.Percent == 0 && c.Fixed == 0 {
		c.Percent = 1000
	}
	if c.CustomerType == "" {
		c.CustomerType = checkout.CustomersAll
	}
	if c.Frequency == "" {
		c.Frequency = checkout.FrequencyTotal
	}
	if c.Scope == "" {
		c.Scope = checkout.ScopeAll
	}
	c.Active = true
	s.must(s.update(func(tx checkout.Tx) (err error) {
		c, err = s.Service.CreateCouponIn(tx, checkout.Account{}, c)
		return err
	}))
	return c
}

// session creates a session that takes coupons.
func (s *shop) session(p checkout.CreateSessionParams) checkout.Session {
	s.t.Helper()
	p.AllowCouponCode = true
	if p.Total.Currency == "" {
		p.Total.Currency = checkout.XOF
	}
	made, err := s.Service.CreateSession(ctx, p)
	s.must(err)
	return made
}

func (s *shop) bare(amount int64) checkout.Session {
	s.t.Helper()
	return s.session(checkout.CreateSessionParams{Total: xof(amount)})
}

func (s *shop) apply(session, code string, buyer ...checkout.Contact) (checkout.Session, error) {
	who := checkout.Contact{}
	if len(buyer) > 0 {
		who = buyer[0]
	}
	return s.Service.ApplyCoupon(ctx, session, code, who)
}

// holds applies a coupon that is good.
func (s *shop) holds(session, code string, buyer ...checkout.Contact) checkout.Session {
	s.t.Helper()
	got, err := s.apply(session, code, buyer...)
	s.must(err)
	return got
}

// pays completes a session.
func (s *shop) pays(session string) checkout.Attempt {
	s.t.Helper()
	a := s.starts(session)
	if a.Status == checkout.AttemptPaid {
		return a
	}
	return s.settles(a, a.Amount.Amount)
}

func (s *shop) starts(session string) checkout.Attempt {
	s.t.Helper()
	return start(s.t, s.Service, session, "wallet")
}

// settles has the provider say that so much was paid.
func (s *shop) settles(a checkout.Attempt, amount int64) checkout.Attempt {
	s.t.Helper()
	got, err := s.say(a, checkout.Report{State: checkout.StatePaid, Paid: checkout.Money{Amount: amount, Currency: a.Amount.Currency}})
	s.must(err)
	return got
}

func (s *shop) say(a checkout.Attempt, r checkout.Report) (checkout.Attempt, error) {
	return s.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: a.ID, Report: r})
}

// uses fails the test unless so many uses of a coupon are reserved and used.
func (s *shop) uses(coupon string, reserved, used int64) {
	s.t.Helper()
	c, err := s.Service.Coupon(ctx, checkout.Account{}, coupon)
	s.must(err)
	if c.Reserved != reserved || c.Used != used {
		s.t.Errorf("coupon %s: %d reserved and %d used, want %d and %d", c.Code, c.Reserved, c.Used, reserved, used)
	}
}

// seen returns a session as it stands.
func (s *shop) seen(session string) checkout.Session {
	s.t.Helper()
	got, err := s.Service.Session(ctx, checkout.Account{}, session)
	s.must(err)
	return got
}

// at sets the clock.
func (s *shop) at(now time.Time) { s.Clock.Set(now) }

var (
	awa   = checkout.Contact{Email: "awa@example.com"}
	binta = checkout.Contact{Email: "binta@example.com"}
)
