package checkout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// TestCouponsTakeOffWhatTheySay are the worked examples, through a session.
func TestCouponsTakeOffWhatTheySay(t *testing.T) {
	s := newShop(t)
	p20, f1000, f5000 := s.coupon(checkout.Coupon{Percent: 2000}), s.coupon(checkout.Coupon{Fixed: 1000}), s.coupon(checkout.Coupon{Fixed: 5000})
	all := s.coupon(checkout.Coupon{Percent: 10_000})
	for _, c := range []struct {
		name          string
		total, fee    int64
		coupons       []checkout.Coupon
		discount, due int64
	}{
		{"percentage", 10000, 0, []checkout.Coupon{p20}, 2000, 8000},
		{"fixed", 10000, 0, []checkout.Coupon{f1000}, 1000, 9000},
		{"3000 of which 500 are a fee, and 5000 off", 2500, 500, []checkout.Coupon{f5000}, 2500, 500},
		{"20 % and then 1000", 10000, 0, []checkout.Coupon{p20, f1000}, 3000, 7000},
		{"1000 and then 20 %", 10000, 0, []checkout.Coupon{f1000, p20}, 2800, 7200},
		{"everything, but the fee", 10000, 300, []checkout.Coupon{all}, 10000, 300},
		{"half a franc", 12, 0, []checkout.Coupon{p20}, 2, 10},   // 2.4
		{"more than half", 13, 0, []checkout.Coupon{p20}, 3, 10}, // 2.6
		{"the largest amount", checkout.MaxAmount, 0, []checkout.Coupon{all}, checkout.MaxAmount, 0},
	} {
		session := s.session(checkout.CreateSessionParams{Total: xof(c.total), Fee: c.fee})
		for _, coupon := range c.coupons {
			session = s.holds(session.ID, coupon.Code)
		}
		if session.Discount != c.discount || session.Due() != xof(c.due) || session.Total != xof(c.total) || session != s.seen(session.ID) {
			t.Errorf("%s: %d off, %d due", c.name, session.Discount, session.Due().Amount)
		}
		a := s.pays(session.ID)
		if a.Received != xof(c.due) || s.seen(session.ID).Status != checkout.StatusCompleted {
			t.Errorf("%s: %d paid, %s", c.name, a.Received.Amount, s.seen(session.ID).Status)
		}
	}
	s.uses(p20.ID, 0, 5)
	s.uses(all.ID, 0, 2)
}

// TestRemovedCouponsChangeTheOthers has a percentage grow once what stood before
// it is gone.
func TestRemovedCouponsChangeTheOthers(t *testing.T) {
	s := newShop(t)
	f, p := s.coupon(checkout.Coupon{Fixed: 1000}), s.coupon(checkout.Coupon{Percent: 2000})
	session := s.bare(10000)
	s.holds(session.ID, f.Code)
	s.holds(session.ID, p.Code)
	got, err := s.Service.RemoveCoupon(ctx, session.ID, " "+strings.ToLower(f.Code))
	s.must(err)
	if got.Discount != 2000 {
		t.Errorf("%d off", got.Discount)
	}
	s.uses(f.ID, 0, 0)
	s.uses(p.ID, 1, 0)
	_, err = s.Service.RemoveCoupon(ctx, session.ID, f.Code)
	s.refused("removed twice", err, checkout.CodeNotFound)
	if got = s.holds(session.ID, f.Code); got.Discount != 3000 {
		t.Errorf("the other way round: %d off", got.Discount)
	}
	s.uses(f.ID, 1, 0)
}

// TestFirstRuleThatIsBrokenWins breaks every rule at once and mends one after the
// other.
func TestFirstRuleThatIsBrokenWins(t *testing.T) {
	s := newShop(t)
	tea, other := s.product(cost(1000)), s.product(cost(1))
	c := s.coupon(checkout.Coupon{
		Fixed: 100, Currency: checkout.EUR, StartsAt: s.Clock.Now().Add(time.Hour), MaxUses: 1, Frequency: checkout.FrequencyDay, Limit: 1,
		MaxQuantity: 1, CustomerType: checkout.CustomersReturning, Scope: checkout.ScopeProducts, ProductIDs: []string{other.ID},
	})
	session := s.session(checkout.CreateSessionParams{ProductID: tea.ID, Quantity: 2, TTL: 24 * time.Hour})
	elsewhere := s.session(checkout.CreateSessionParams{ProductID: tea.ID})
	rule := func(want checkout.Code, mend func(c *checkout.Coupon)) {
		t.Helper()
		_, err := s.apply(session.ID, c.Code)
		s.refused("", err, want)
		s.must(s.update(func(tx checkout.Tx) error {
			row, err := tx.Coupon(c.ID)
			if err == nil {
				mend(&row)
				err = tx.PutCoupon(row)
			}
			return err
		}))
	}
	s.must(s.update(func(tx checkout.Tx) error { // what another session holds
		row, err := tx.Coupon(c.ID)
		s.must(err)
		row.Active, row.Reserved = false, 1
		s.must(tx.PutRedemption(checkout.Redemption{
			SessionID: elsewhere.ID, CouponID: c.ID, Status: checkout.RedemptionReserved,
			Discount: xof(1), AppliedAt: s.Clock.Now().Add(2 * time.Hour), UpdatedAt: s.Clock.Now(),
		}))
		return tx.PutCoupon(row)
	}))
	rule(checkout.CodeCouponInactive, func(c *checkout.Coupon) { c.Active = true })
	rule(checkout.CodeCouponEarly, func(c *checkout.Coupon) { c.StartsAt = time.Time{}; c.ExpiresAt = s.Clock.Now() })
	rule(checkout.CodeCouponExpired, func(c *checkout.Coupon) { c.ExpiresAt = time.Time{} })
	rule(checkout.CodeCouponUsedUp, func(c *checkout.Coupon) { c.MaxUses = 0 })
	rule(checkout.CodeCouponFrequency, func(c *checkout.Coupon) { c.Limit = 2 })
	// A cart holds what the coupon is good for too, three of it.
	session = s.session(checkout.CreateSessionParams{Items: []checkout.Item{{PriceID: tea.Default, Quantity: 1}, {PriceID: other.Default, Quantity: 3}}})
	rule(checkout.CodeCouponQuantity, func(c *checkout.Coupon) { c.MaxQuantity = 3 })
	rule(checkout.CodeCouponWho, func(*checkout.Coupon) {})
	session = s.session(checkout.CreateSessionParams{Customer: awa, ProductID: tea.ID})
	rule(checkout.CodeCouponReturning, func(*checkout.Coupon) {})
	s.pays(session.ID)
	session = s.session(checkout.CreateSessionParams{Customer: awa, ProductID: tea.ID})
	rule(checkout.CodeCouponScope, func(c *checkout.Coupon) { c.CustomerType = checkout.CustomersNew })
	rule(checkout.CodeCouponNew, func(c *checkout.Coupon) { c.CustomerType = checkout.CustomersAll })
	rule(checkout.CodeCouponScope, func(c *checkout.Coupon) { c.ProductIDs = []string{tea.ID} })
	rule(checkout.CodeCouponCurrency, func(c *checkout.Coupon) { c.Currency = checkout.XOF })
	if got := s.holds(session.ID, c.Code); got.Discount != 100 {
		t.Errorf("%d off", got.Discount)
	}
	s.uses(c.ID, 2, 0)
}

// TestOneCouponThatFailsFailsAll keeps a session as it was.
func TestOneCouponThatFailsFailsAll(t *testing.T) {
	s := newShop(t)
	tea := s.product(cost(1000))
	good, three := s.coupon(checkout.Coupon{Percent: 5000}), s.coupon(checkout.Coupon{Fixed: 100, MaxQuantity: 3})
	soon := s.coupon(checkout.Coupon{Fixed: 1, ExpiresAt: s.Clock.Now().Add(time.Minute)})
	used := s.coupon(checkout.Coupon{Fixed: 5, MaxUses: 1})
	s.holds(s.bare(10).ID, used.Code)
	session := s.session(checkout.CreateSessionParams{ProductID: tea.ID, Quantity: 2, AllowQuantity: true})
	s.holds(session.ID, good.Code)
	s.holds(session.ID, three.Code)
	before := s.holds(session.ID, soon.Code)
	same := func(what string, err error, want checkout.Code) {
		t.Helper()
		s.refused(what, err, want)
		if got := s.seen(session.ID); got != before {
			t.Errorf("%s: %+v", what, got)
		}
		for _, c := range []checkout.Coupon{good, three, soon, used} {
			s.uses(c.ID, 1, 0)
		}
	}
	_, err := s.apply(session.ID, used.Code)
	same("a further one that is used up", err, checkout.CodeCouponUsedUp)
	_, err = s.Service.SetQuantity(ctx, session.ID, 4)
	same("a quantity that one is not good for", err, checkout.CodeCouponQuantity)
	s.Clock.Add(time.Minute)
	_, err = s.Service.SetQuantity(ctx, session.ID, 3)
	same("one that has expired since", err, checkout.CodeCouponExpired)
	if before, err = s.Service.RemoveCoupon(ctx, session.ID, soon.Code); err != nil || before.Discount != 1100 {
		t.Errorf("without it: %d, %v", before.Discount, err)
	}
	if got, err := s.Service.SetQuantity(ctx, session.ID, 3); err != nil || got.Discount != 1600 || got.Due() != xof(1400) {
		t.Errorf("three: %+v, %v", got, err)
	}
}

// TestExpiredCouponsCanBeRemoved has all that a session holds be no good any more:
// each can be taken out by itself.
func TestExpiredCouponsCanBeRemoved(t *testing.T) {
	s := newShop(t)
	a, b := s.coupon(checkout.Coupon{Fixed: 100, ExpiresAt: s.Clock.Now().Add(time.Minute)}), s.coupon(checkout.Coupon{Percent: 1000})
	session := s.bare(1000)
	s.holds(session.ID, a.Code)
	s.holds(session.ID, b.Code)
	s.Clock.Add(time.Minute)
	_, err := s.Service.UpdateCoupon(ctx, checkout.Account{}, b.ID, func(c *checkout.Coupon) { c.Active = false })
	s.must(err)
	got, err := s.Service.RemoveCoupon(ctx, session.ID, a.Code)
	if err != nil || got.Discount != 100 {
		t.Fatalf("%d off, %v", got.Discount, err)
	}
	if got, err = s.Service.RemoveCoupon(ctx, session.ID, b.Code); err != nil || got.Discount != 0 || got.Coupons != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	s.uses(a.ID, 0, 0)
	s.uses(b.ID, 0, 0)
}

func TestCouponIsValidToTheMillisecond(t *testing.T) {
	s := newShop(t)
	from := s.Clock.Now().Add(10 * time.Minute)
	until := from.Add(time.Minute)
	c := s.coupon(checkout.Coupon{StartsAt: from, ExpiresAt: until})
	session := s.bare(1000)
	for _, step := range []struct {
		at   time.Time
		want checkout.Code
	}{
		{from.Add(-time.Millisecond), checkout.CodeCouponEarly}, {from, ""}, {from.Add(time.Millisecond), ""},
		{until.Add(-time.Millisecond), ""}, {until, checkout.CodeCouponExpired}, {until.Add(time.Millisecond), checkout.CodeCouponExpired},
	} {
		s.at(step.at)
		_, err := s.apply(session.ID, c.Code)
		s.refused(step.at.String(), err, step.want)
		if err == nil {
			_, err := s.Service.RemoveCoupon(ctx, session.ID, c.Code)
			s.must(err)
		}
	}
	s.uses(c.ID, 0, 0)
}

func TestCouponsOfCustomers(t *testing.T) {
	s := newShop(t)
	fresh, back := s.coupon(checkout.Coupon{CustomerType: checkout.CustomersNew}), s.coupon(checkout.Coupon{CustomerType: checkout.CustomersReturning})
	try := func(what, code string, who checkout.Contact, want checkout.Code) string {
		t.Helper()
		session := s.bare(1000)
		_, err := s.apply(session.ID, code, who)
		s.refused(what, err, want)
		return session.ID
	}
	try("nobody is new", fresh.Code, checkout.Contact{}, checkout.CodeCouponWho)
	try("nobody is back", back.Code, checkout.Contact{}, checkout.CodeCouponWho)
	try("only a name", fresh.Code, checkout.Contact{Name: "Awa"}, checkout.CodeCouponWho)
	try("awa has never paid", back.Code, awa, checkout.CodeCouponReturning)
	first := try("awa is new", fresh.Code, awa, "")
	try("she is so only once", fresh.Code, checkout.Contact{Email: " AWA@Example.com "[1:16]}, checkout.CodeCouponNew)
	try("but she is not back yet", back.Code, awa, checkout.CodeCouponReturning)
	s.pays(first)
	try("she has paid", fresh.Code, awa, checkout.CodeCouponNew)
	second := try("she is back", back.Code, awa, "")
	s.pays(second)
	try("binta is another", fresh.Code, binta, "")
	failed := s.session(checkout.CreateSessionParams{Total: xof(10), Customer: checkout.Contact{Email: "c@example.com"}})
	a := s.starts(failed.ID)
	if _, err := s.say(a, checkout.Report{State: checkout.StateFailed}); err != nil {
		t.Fatal(err)
	}
	try("who tried to pay is new still", fresh.Code, failed.Customer, "")
	s.uses(fresh.ID, 2, 1)
	s.uses(back.ID, 0, 1)
}

func TestCouponsPerCustomer(t *testing.T) {
	s := newShop(t)
	tea, mug := s.product(cost(1000)), s.product(cost(2000))
	c := s.coupon(checkout.Coupon{Frequency: checkout.FrequencyCustomer, Limit: 2})
	each := s.coupon(checkout.Coupon{Frequency: checkout.FrequencyCustomerAndProduct, Limit: 1})
	try := func(what, code, product string, who checkout.Contact, want checkout.Code) string {
		t.Helper()
		session := s.session(checkout.CreateSessionParams{ProductID: product})
		_, err := s.apply(session.ID, code, who)
		s.refused(what, err, want)
		return session.ID
	}
	try("nobody", c.Code, tea.ID, checkout.Contact{}, checkout.CodeCouponWho)
	s.pays(try("once", c.Code, tea.ID, awa, ""))
	second := try("twice", c.Code, mug.ID, awa, "")
	try("three times", c.Code, tea.ID, awa, checkout.CodeCouponFrequency)
	try("somebody else", c.Code, tea.ID, binta, "")
	_, err := s.Service.Expire(ctx, checkout.Account{}, second)
	s.must(err)
	try("after one has expired", c.Code, mug.ID, awa, "")
	try("and no more", c.Code, mug.ID, awa, checkout.CodeCouponFrequency)
	s.uses(c.ID, 2, 1)

	try("nobody", each.Code, tea.ID, checkout.Contact{}, checkout.CodeCouponWho)
	try("a tea", each.Code, tea.ID, awa, "")
	try("another tea", each.Code, tea.ID, awa, checkout.CodeCouponFrequency)
	try("a mug", each.Code, mug.ID, awa, "")
	try("a tea for binta", each.Code, tea.ID, binta, "")
	s.uses(each.ID, 3, 0)
}

// TestCouponsPerCustomerAndProductInCarts uses a coupon for what is in a cart, and then
// for the same by itself, and the other way round.
func TestCouponsPerCustomerAndProductInCarts(t *testing.T) {
	s := newShop(t)
	tea, mug := s.product(cost(1000)), s.product(cost(2000))
	one := func(p checkout.Priced) checkout.CreateSessionParams {
		return checkout.CreateSessionParams{ProductID: p.ID}
	}
	cart := func(list ...checkout.Priced) (p checkout.CreateSessionParams) {
		p.Items = []checkout.Item{{Name: "Wrap", Unit: 50, Quantity: 1}}
		for _, of := range list {
			p.Items = append(p.Items, checkout.Item{PriceID: of.Prices[0].ID, Quantity: 1})
		}
		return p
	}
	for name, c := range map[string]struct {
		first, second checkout.CreateSessionParams
		scope         checkout.Scope
		want          checkout.Code
	}{
		"a cart of it, then it":     {cart(tea), one(tea), checkout.ScopeAll, checkout.CodeCouponFrequency},
		"it, then a cart of it":     {one(tea), cart(tea), checkout.ScopeAll, checkout.CodeCouponFrequency},
		"a cart of another, it":     {cart(mug), one(tea), checkout.ScopeAll, ""},
		"it, a cart of another":     {one(tea), cart(mug), checkout.ScopeAll, ""},
		"a cart of both, then it":   {cart(tea, mug), one(tea), checkout.ScopeAll, checkout.CodeCouponFrequency},
		"it, then a cart of both":   {one(mug), cart(tea, mug), checkout.ScopeAll, checkout.CodeCouponFrequency},
		"a cart with it, good for":  {cart(tea, mug), one(tea), checkout.ScopeProducts, checkout.CodeCouponFrequency},
		"a sum of money, then that": {checkout.CreateSessionParams{Total: xof(500)}, checkout.CreateSessionParams{Total: xof(500)}, checkout.ScopeAll, checkout.CodeCouponFrequency},
	} {
		coupon := checkout.Coupon{Frequency: checkout.FrequencyCustomerAndProduct, Limit: 1, Scope: c.scope}
		if c.scope == checkout.ScopeProducts {
			coupon.ProductIDs = []string{tea.ID}
		}
		coupon = s.coupon(coupon)
		s.holds(s.session(c.first).ID, coupon.Code, awa)
		_, err := s.apply(s.session(c.second).ID, coupon.Code, awa)
		s.refused(name, err, c.want)
	}
}

// TestCouponsPerPeriod counts in days, weeks and months of UTC.
func TestCouponsPerPeriod(t *testing.T) {
	for _, c := range []struct {
		name      string
		frequency checkout.Frequency
		first     string // a use
		last      string // the last instant of its period
	}{
		{"day", checkout.FrequencyDay, "2026-03-01T00:00:00.000Z", "2026-03-01T23:59:59.999Z"},
		{"leap day", checkout.FrequencyDay, "2028-02-29T12:00:00.000Z", "2028-02-29T23:59:59.999Z"},
		{"last day of a year", checkout.FrequencyDay, "2026-12-31T12:00:00.000Z", "2026-12-31T23:59:59.999Z"},
		{"week, on its Monday", checkout.FrequencyWeek, "2026-03-02T00:00:00.000Z", "2026-03-08T23:59:59.999Z"},
		{"week, on its Sunday", checkout.FrequencyWeek, "2026-03-01T09:00:00.000Z", "2026-03-01T23:59:59.999Z"},
		{"week over a year's end", checkout.FrequencyWeek, "2026-12-28T00:00:00.000Z", "2027-01-03T23:59:59.999Z"},
		{"month", checkout.FrequencyMonth, "2026-04-01T00:00:00.000Z", "2026-04-30T23:59:59.999Z"},
		{"February", checkout.FrequencyMonth, "2027-02-10T00:00:00.000Z", "2027-02-28T23:59:59.999Z"},
		{"February of a leap year", checkout.FrequencyMonth, "2028-02-10T00:00:00.000Z", "2028-02-29T23:59:59.999Z"},
		{"December", checkout.FrequencyMonth, "2026-12-15T00:00:00.000Z", "2026-12-31T23:59:59.999Z"},
	} {
		onShop(t, c.name, func(t *testing.T, s *shop) {
			at := func(text string, after time.Duration) {
				t.Helper()
				when, err := time.Parse(time.RFC3339, text)
				s.must(err)
				s.at(when.Add(after))
			}
			coupon := s.coupon(checkout.Coupon{Frequency: c.frequency, Limit: 1, StartsAt: s.Clock.Now().AddDate(-1, 0, 0)})
			at(c.first, 0)
			s.pays(s.holds(s.bare(1000).ID, coupon.Code).ID)
			_, err := s.apply(s.bare(1000).ID, coupon.Code)
			s.refused("at once", err, checkout.CodeCouponFrequency)
			at(c.last, 0)
			old := s.bare(1000).ID
			_, err = s.apply(old, coupon.Code)
			s.refused("at the end", err, checkout.CodeCouponFrequency)
			at(c.last, time.Millisecond)
			s.holds(old, coupon.Code)
			_, err = s.apply(s.bare(1000).ID, coupon.Code, binta)
			s.refused("anybody in the next one", err, checkout.CodeCouponFrequency)
			s.uses(coupon.ID, 1, 1)
		})
	}
}

// TestHeldCouponCountsInThePeriodOfItsUse lets midnight pass between the use of a
// coupon and a change of the session.
func TestHeldCouponCountsInThePeriodOfItsUse(t *testing.T) {
	s := newShop(t)
	tea := s.product(cost(1000))
	c := s.coupon(checkout.Coupon{Frequency: checkout.FrequencyDay, Limit: 1})
	midnight := time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)
	s.at(midnight.Add(-time.Millisecond))
	mine := s.session(checkout.CreateSessionParams{ProductID: tea.ID, AllowQuantity: true})
	s.holds(mine.ID, c.Code)
	s.at(midnight)
	s.holds(s.bare(500).ID, c.Code)
	if _, err := s.Service.SetQuantity(ctx, mine.ID, 2); err != nil {
		t.Errorf("what it holds of yesterday: %v", err)
	}
	_, err := s.Service.RemoveCoupon(ctx, mine.ID, c.Code)
	s.must(err)
	_, err = s.apply(mine.ID, c.Code)
	s.refused("once more, today", err, checkout.CodeCouponFrequency)
}

func TestCouponsOfWhatIsBought(t *testing.T) {
	s := newShop(t)
	tea, mug := s.product(cost(1000), cost(900)), s.product(cost(2000))
	cart := []checkout.Item{{PriceID: tea.Default, Quantity: 2}, {PriceID: mug.Default, Quantity: 1}, {Name: "Gift wrap", Unit: 300, Quantity: 1}}
	ofTea := checkout.Coupon{Percent: 5000, Scope: checkout.ScopeProducts, ProductIDs: []string{tea.ID}}
	ofPrice := checkout.Coupon{Percent: 5000, Scope: checkout.ScopePrices, PriceIDs: []string{tea.Prices[1].ID}}
	big := ofTea
	big.Percent, big.Fixed = 0, 99999
	few := ofTea
	few.MaxQuantity = 2
	one := ofTea
	one.MaxQuantity = 1
	for _, c := range []struct {
		name     string
		coupon   checkout.Coupon
		params   checkout.CreateSessionParams
		want     checkout.Code
		discount int64
	}{
		{"its product", ofTea, checkout.CreateSessionParams{ProductID: tea.ID, Quantity: 3}, "", 1500},
		{"its product at another price", ofTea, checkout.CreateSessionParams{PriceID: tea.Prices[1].ID}, "", 450},
		{"another product", ofTea, checkout.CreateSessionParams{ProductID: mug.ID}, checkout.CodeCouponScope, 0},
		{"a bare amount", ofTea, checkout.CreateSessionParams{Total: xof(1000)}, checkout.CodeCouponScope, 0},
		{"a part of a cart", ofTea, checkout.CreateSessionParams{Items: cart}, "", 1000},
		{"no part of a cart", ofTea, checkout.CreateSessionParams{Items: cart[1:]}, checkout.CodeCouponScope, 0},
		{"clamped to its part of a cart", big, checkout.CreateSessionParams{Items: cart}, "", 2000},
		{"few enough of its part", few, checkout.CreateSessionParams{Items: cart}, "", 1000},
		{"too many of its part", one, checkout.CreateSessionParams{Items: cart}, checkout.CodeCouponQuantity, 0},
		{"too many of a product", one, checkout.CreateSessionParams{ProductID: tea.ID, Quantity: 2}, checkout.CodeCouponQuantity, 0},
		{"its price", ofPrice, checkout.CreateSessionParams{PriceID: tea.Prices[1].ID}, "", 450},
		{"its product at the default price", ofPrice, checkout.CreateSessionParams{ProductID: tea.ID}, checkout.CodeCouponScope, 0},
		{"its price in a cart", ofPrice, checkout.CreateSessionParams{Items: []checkout.Item{cart[1], {PriceID: tea.Prices[1].ID, Quantity: 2}}}, "", 900},
		{"too many of a bare amount", checkout.Coupon{MaxQuantity: 1}, checkout.CreateSessionParams{Total: xof(1000), Quantity: 2}, checkout.CodeCouponQuantity, 0},
		{"too many in a cart", checkout.Coupon{MaxQuantity: 3}, checkout.CreateSessionParams{Items: cart}, checkout.CodeCouponQuantity, 0},
		{"its currency", checkout.Coupon{Fixed: 10, Currency: checkout.EUR}, checkout.CreateSessionParams{Total: checkout.Money{Amount: 100, Currency: checkout.EUR}}, "", 10},
		{"another currency", checkout.Coupon{Fixed: 10, Currency: checkout.EUR}, checkout.CreateSessionParams{Total: xof(100)}, checkout.CodeCouponCurrency, 0},
		{"any currency", checkout.Coupon{Fixed: 10}, checkout.CreateSessionParams{Total: checkout.Money{Amount: 100, Currency: checkout.USD}}, "", 10},
	} {
		session := s.session(c.params)
		got, err := s.apply(session.ID, s.coupon(c.coupon).Code)
		s.refused(c.name, err, c.want)
		if err == nil && (got.Discount != c.discount || got.Due().Amount != session.Total.Amount-c.discount) {
			t.Errorf("%s: %d off", c.name, got.Discount)
		}
	}
}

// TestCouponsOfOneThingNeverPayForAnother stacks coupons that are good for a part
// of a cart: together they take off what that part costs, and no more.
func TestCouponsOfOneThingNeverPayForAnother(t *testing.T) {
	s := newShop(t)
	tea, mug := s.product(cost(1000)), s.product(cost(9000))
	all := s.coupon(checkout.Coupon{Percent: 10_000, Scope: checkout.ScopeProducts, ProductIDs: []string{tea.ID}})
	much := s.coupon(checkout.Coupon{Fixed: 5000, Scope: checkout.ScopePrices, PriceIDs: []string{tea.Default}})
	session := s.session(checkout.CreateSessionParams{Items: []checkout.Item{{PriceID: tea.Default, Quantity: 1}, {PriceID: mug.Default, Quantity: 1}}})
	s.holds(session.ID, all.Code)
	if got := s.holds(session.ID, much.Code); got.Discount != 1000 || got.Due() != xof(9000) {
		t.Errorf("%d off, %d due", got.Discount, got.Due().Amount)
	}
}

func TestCouponsThatASessionCannotTake(t *testing.T) {
	s := newShop(t)
	c := s.coupon(checkout.Coupon{Code: " tea5 "})
	session := s.bare(1000)
	_, err := s.apply(session.ID, "TEA6")
	s.refused("unknown", err, checkout.CodeCouponUnknown)
	_, err = s.apply("cs_none", "TEA5")
	s.refused("of no session", err, checkout.CodeNotFound)
	s.holds(session.ID, " Tea5")
	_, err = s.apply(session.ID, "tea5 ")
	s.refused("twice", err, checkout.CodeCouponTwice)
	barred, err := s.Service.CreateSession(ctx, checkout.CreateSessionParams{Total: xof(1000)})
	s.must(err)
	_, err = s.apply(barred.ID, "TEA5")
	s.refused("where none is taken", err, checkout.CodeCouponBarred)
	for range 4 {
		s.holds(session.ID, s.coupon(checkout.Coupon{}).Code)
	}
	_, err = s.apply(session.ID, s.coupon(checkout.Coupon{}).Code)
	s.refused("a sixth", err, checkout.CodeCouponTooMany)
	_, err = s.apply(session.ID, "tea5")
	s.refused("twice comes before too many", err, checkout.CodeCouponTwice)
	live, err := s.Service.CreateSession(ctx, checkout.CreateSessionParams{Account: checkout.LiveAccount, Total: xof(1000), AllowCouponCode: true})
	s.must(err)
	_, err = s.apply(live.ID, "TEA5")
	s.refused("of another account", err, checkout.CodeCouponUnknown)
	once := s.coupon(checkout.Coupon{MaxUses: 1})
	s.pays(s.holds(s.bare(100).ID, once.Code).ID)
	_, err = s.apply(s.bare(100).ID, once.Code)
	s.refused("used up", err, checkout.CodeCouponUsedUp)
	_, err = s.Service.UpdateCoupon(ctx, checkout.Account{}, c.ID, func(c *checkout.Coupon) { c.Active = false })
	s.must(err)
	_, err = s.apply(s.bare(100).ID, "TEA5")
	s.refused("inactive", err, checkout.CodeCouponInactive)
	s.pays(session.ID)
	_, err = s.apply(session.ID, once.Code)
	s.refused("once it is paid", err, checkout.CodeNotOpen)
	_, err = s.Service.RemoveCoupon(ctx, session.ID, "TEA5")
	s.refused("removed once it is paid", err, checkout.CodeNotOpen)
}

// TestCouponCapsCannotBeSetBelowWhatIsUsed changes a coupon that is held and used.
func TestCouponCapsCannotBeSetBelowWhatIsUsed(t *testing.T) {
	s := newShop(t)
	c := s.coupon(checkout.Coupon{})
	s.pays(s.holds(s.bare(1000).ID, c.Code).ID)
	held := s.holds(s.bare(1000).ID, c.Code)
	set := func(n int64) error {
		_, err := s.Service.UpdateCoupon(ctx, checkout.Account{}, c.ID, func(c *checkout.Coupon) { c.MaxUses, c.Reserved, c.Used = n, 0, 0 })
		return err
	}
	s.refused("one", set(1), checkout.CodeInvalid)
	s.must(set(2))
	_, err := s.apply(s.bare(1000).ID, c.Code)
	s.refused("a third", err, checkout.CodeCouponUsedUp)
	s.pays(held.ID)
	s.uses(c.ID, 0, 2)
}

// TestCouponOfSomebodyElse applies a coupon that asks who pays, and has another
// one pay.
func TestCouponOfSomebodyElse(t *testing.T) {
	one, two := checkout.Contact{Phone: "+2250700000001"}, checkout.Contact{Phone: "+2250700000002"}
	for _, c := range []struct {
		name          string
		applies, pays checkout.Contact
		want          checkout.Code
	}{
		{"the same", awa, awa, ""},
		{"the same in other letters", awa, checkout.Contact{Email: "AWA@EXAMPLE.COM"}, ""},
		{"nobody says who", awa, checkout.Contact{}, ""},
		{"another address", awa, binta, checkout.CodeInvalid},
		{"the same address from another phone", awa, checkout.Contact{Email: awa.Email, Phone: two.Phone}, ""},
		{"the same phone", one, checkout.Contact{Phone: "00225 07 00 00 00 01"}, ""},
		{"another phone", one, two, checkout.CodeInvalid},
	} {
		onShop(t, c.name, func(t *testing.T, s *shop) {
			coupon := s.coupon(checkout.Coupon{Frequency: checkout.FrequencyCustomer, Limit: 1})
			session := s.holds(s.bare(1000).ID, coupon.Code, c.applies)
			_, err := s.Service.Start(ctx, checkout.StartParams{SessionID: session.ID, Method: "wallet", Payer: c.pays, WithoutForm: true})
			s.refused("it is paid", err, c.want)
		})
	}
}

// TestWhoUsesACouponIsChecked writes nothing that a form would refuse.
func TestWhoUsesACouponIsChecked(t *testing.T) {
	s := newShop(t)
	c := s.coupon(checkout.Coupon{CustomerType: checkout.CustomersNew})
	for _, who := range []checkout.Contact{
		{Email: "awa@", Phone: "+2250700000001"}, {Email: awa.Email, Name: strings.Repeat("a", 501)},
		{Email: awa.Email, City: "a\x00"}, {Email: awa.Email, Phone: strings.Repeat("1", 501)},
	} {
		session := s.bare(1000)
		_, err := s.apply(session.ID, c.Code, who)
		s.refused("", err, checkout.CodeInvalid)
		if got := s.seen(session.ID); got != session {
			t.Errorf("%+v", got)
		}
	}
	s.uses(c.ID, 0, 0)
}

// TestAcceptedMoneyKeepsCouponsWithinTheirBounds lets a session expire with a
// coupon, others use the coupon up, and then accepts the money of the first. It is
// completed; its coupon does not count.
func TestAcceptedMoneyKeepsCouponsWithinTheirBounds(t *testing.T) {
	for name, c := range map[string]checkout.Coupon{
		"in all":         {MaxUses: 1},
		"in a day":       {Frequency: checkout.FrequencyDay, Limit: 1},
		"by a customer":  {Frequency: checkout.FrequencyCustomer, Limit: 1},
		"for a product":  {Frequency: checkout.FrequencyCustomerAndProduct, Limit: 1},
		"there was room": {MaxUses: 2},
	} {
		onShop(t, name, func(t *testing.T, s *shop) {
			tea := s.product(cost(1000))
			c := s.coupon(c)
			session := s.session(checkout.CreateSessionParams{ProductID: tea.ID, Customer: awa})
			s.holds(session.ID, c.Code)
			a := s.starts(session.ID)
			_, err := s.Service.Expire(ctx, checkout.Account{}, session.ID)
			s.must(err)
			s.uses(c.ID, 0, 0)
			other := s.session(checkout.CreateSessionParams{ProductID: tea.ID, Customer: awa})
			s.pays(s.holds(other.ID, c.Code).ID)
			late := s.settles(a, a.Amount.Amount)
			if name == "there was room" {
				if late.Status != checkout.AttemptPaid {
					t.Errorf("%s", late.Status)
				}
				s.uses(c.ID, 0, 2)
				return
			}
			if late.Status != checkout.AttemptLate || s.seen(session.ID).Status != checkout.StatusExpired {
				t.Errorf("%s, %s", late.Status, s.seen(session.ID).Status)
			}
			s.uses(c.ID, 0, 1)
			_, err = s.Service.Accept(ctx, checkout.Account{}, a.ID)
			s.must(err)
			s.uses(c.ID, 0, 1)
			if got := s.seen(session.ID); got.Status != checkout.StatusCompleted || balance(t, s.Service) != 1800 {
				t.Errorf("%s, balance %d", got.Status, balance(t, s.Service))
			}
		})
	}
}
