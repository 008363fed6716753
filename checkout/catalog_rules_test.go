package checkout_test

import (
	"slices"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// TestWhatASessionCosts are the sums of sessions that refer to the catalogue, and
// why some are refused.
func TestWhatASessionCosts(t *testing.T) {
	s := newShop(t)
	euro := checkout.Price{Amount: checkout.Money{Amount: 300, Currency: checkout.EUR}}
	tea, mug := s.product(cost(1000), cost(900), euro), s.product(cost(2000))
	gift := s.product(openPrice(700, 100, 2000))
	most := s.product(openPrice(700, 100, 0), cost(checkout.MaxAmount))
	plan := s.product(checkout.Price{Amount: xof(5000), Interval: checkout.EveryMonth})
	gone, stale := s.product(cost(10)), s.product(cost(20), cost(30))
	_, err := s.Service.UpdateProduct(ctx, checkout.Account{}, gone.ID, func(p *checkout.Product) { p.Active = false })
	s.must(err)
	for _, p := range stale.Prices {
		_, _, err := s.Service.UpdatePrice(ctx, checkout.Account{}, stale.ID, p.ID, func(p *checkout.Price) { p.Active = false })
		s.must(err)
	}
	in := func(c checkout.Currency, amount int64) checkout.Money {
		return checkout.Money{Amount: amount, Currency: c}
	}
	items := func(list ...checkout.Item) []checkout.Item { return list }
	for _, c := range []struct {
		name   string
		params checkout.CreateSessionParams
		want   checkout.Code
		total  int64
	}{
		{"a product at its default price", checkout.CreateSessionParams{ProductID: tea.ID}, "", 1000},
		{"three of it", checkout.CreateSessionParams{ProductID: tea.ID, Quantity: 3}, "", 3000},
		{"at another price", checkout.CreateSessionParams{PriceID: tea.Prices[1].ID, Quantity: 2}, "", 1800},
		{"both are named", checkout.CreateSessionParams{ProductID: tea.ID, PriceID: tea.Prices[1].ID}, "", 900},
		{"in the session's currency", checkout.CreateSessionParams{ProductID: tea.ID, Total: in(checkout.EUR, 0)}, "", 300},
		{"with its amount", checkout.CreateSessionParams{ProductID: tea.ID, Quantity: 2, Total: xof(2000)}, "", 2000},
		{"with that of one", checkout.CreateSessionParams{ProductID: tea.ID, Quantity: 2, Total: xof(1000)}, checkout.CodeAmountMismatch, 0},
		{"one too little", checkout.CreateSessionParams{ProductID: tea.ID, Total: xof(999)}, checkout.CodeAmountMismatch, 0},
		{"one too much", checkout.CreateSessionParams{ProductID: tea.ID, Total: xof(1001)}, checkout.CodeAmountMismatch, 0},
		{"less than nothing", checkout.CreateSessionParams{ProductID: tea.ID, Total: xof(-1)}, checkout.CodeInvalid, 0},
		{"no such currency of the product", checkout.CreateSessionParams{ProductID: tea.ID, Total: in(checkout.USD, 0)}, checkout.CodeCurrency, 0},
		{"another currency than the price", checkout.CreateSessionParams{PriceID: tea.Prices[0].ID, Total: in(checkout.EUR, 0)}, checkout.CodeCurrency, 0},
		{"a price of another product", checkout.CreateSessionParams{ProductID: mug.ID, PriceID: tea.Prices[0].ID}, checkout.CodePriceOfOther, 0},
		{"an inactive product", checkout.CreateSessionParams{ProductID: gone.ID}, checkout.CodeProductInactive, 0},
		{"a price of an inactive product", checkout.CreateSessionParams{PriceID: gone.Prices[0].ID}, checkout.CodeProductInactive, 0},
		{"an inactive price", checkout.CreateSessionParams{PriceID: stale.Prices[0].ID}, checkout.CodePriceInactive, 0},
		{"no active price", checkout.CreateSessionParams{ProductID: stale.ID}, checkout.CodePriceInactive, 0},
		{"no such product", checkout.CreateSessionParams{ProductID: "prod_none"}, checkout.CodeNotFound, 0},
		{"no such price", checkout.CreateSessionParams{PriceID: "price_none"}, checkout.CodeNotFound, 0},
		{"the product of another account", checkout.CreateSessionParams{Account: checkout.LiveAccount, ProductID: tea.ID}, checkout.CodeNotFound, 0},
		{"an open price, as suggested", checkout.CreateSessionParams{ProductID: gift.ID, Quantity: 2}, "", 1400},
		{"at its least", checkout.CreateSessionParams{ProductID: gift.ID, Quantity: 2, Total: xof(200)}, "", 200},
		{"at its most", checkout.CreateSessionParams{ProductID: gift.ID, Quantity: 2, Total: xof(4000)}, "", 4000},
		{"below its least", checkout.CreateSessionParams{ProductID: gift.ID, Quantity: 2, Total: xof(198)}, checkout.CodeAmountLow, 0},
		{"above its most", checkout.CreateSessionParams{ProductID: gift.ID, Quantity: 2, Total: xof(4002)}, checkout.CodeAmountHigh, 0},
		{"not the same for each", checkout.CreateSessionParams{ProductID: gift.ID, Quantity: 2, Total: xof(401)}, checkout.CodeAmountParts, 0},
		{"an open price without a most", checkout.CreateSessionParams{ProductID: most.ID, Total: xof(checkout.MaxAmount)}, "", checkout.MaxAmount},
		{"the largest price", checkout.CreateSessionParams{PriceID: most.Prices[1].ID}, "", checkout.MaxAmount},
		{"two of it", checkout.CreateSessionParams{PriceID: most.Prices[1].ID, Quantity: 2}, checkout.CodeInvalid, 0},
		{"a fee beside it", checkout.CreateSessionParams{PriceID: most.Prices[1].ID, Fee: 1}, checkout.CodeInvalid, 0},
		{"a cart with it and more", checkout.CreateSessionParams{Items: items(checkout.Item{PriceID: most.Prices[1].ID, Quantity: 1}, checkout.Item{PriceID: tea.Default, Quantity: 1})}, checkout.CodeInvalid, 0},
		{"a recurring price, which quantity does not multiply", checkout.CreateSessionParams{ProductID: plan.ID, Quantity: 3}, "", 5000},
		{"and its amount neither", checkout.CreateSessionParams{ProductID: plan.ID, Quantity: 3, Total: xof(15000)}, checkout.CodeAmountMismatch, 0},
		{"a cart, whatever else is said", checkout.CreateSessionParams{
			ProductID: mug.ID, Quantity: 7, Total: xof(5),
			Items: items(checkout.Item{PriceID: tea.Default, Quantity: 2}, checkout.Item{PriceID: tea.Default, Quantity: 1}, checkout.Item{Name: "Wrap", Unit: 50, Quantity: 3}),
		}, "", 3150},
		{"a unit that is not that of the price", checkout.CreateSessionParams{Items: items(checkout.Item{PriceID: tea.Default, Unit: 1, Quantity: 1})}, "", 1000},
		{"a recurring price in a cart", checkout.CreateSessionParams{Items: items(checkout.Item{PriceID: plan.Default, Quantity: 1})}, checkout.CodeCartRecurring, 0},
		{"an open price in a cart", checkout.CreateSessionParams{Items: items(checkout.Item{PriceID: gift.Default, Quantity: 1})}, checkout.CodeCartOpen, 0},
		{"another currency in a cart", checkout.CreateSessionParams{Items: items(checkout.Item{PriceID: tea.Prices[2].ID, Quantity: 1})}, checkout.CodeCurrency, 0},
		{"an inactive price in a cart", checkout.CreateSessionParams{Items: items(checkout.Item{PriceID: stale.Default, Quantity: 1})}, checkout.CodePriceInactive, 0},
		{"an inactive product in a cart", checkout.CreateSessionParams{Items: items(checkout.Item{PriceID: gone.Default, Quantity: 1})}, checkout.CodeProductInactive, 0},
		{"none of an item", checkout.CreateSessionParams{Items: items(checkout.Item{PriceID: tea.Default})}, checkout.CodeInvalid, 0},
		{"an item that costs nothing", checkout.CreateSessionParams{Items: items(checkout.Item{Name: "Air", Quantity: 1})}, checkout.CodeInvalid, 0},
		{"an item that costs less", checkout.CreateSessionParams{Items: items(checkout.Item{Name: "Bribe", Unit: -5, Quantity: 1}, checkout.Item{PriceID: tea.Default, Quantity: 1})}, checkout.CodeInvalid, 0},
	} {
		if c.params.Total.Currency == "" {
			c.params.Total.Currency = checkout.XOF
		}
		got, err := s.Service.CreateSession(ctx, c.params)
		s.refused(c.name, err, c.want)
		if err == nil && (got.Total.Amount != c.total || got.Due().Amount != c.total+got.Fee) {
			t.Errorf("%s: %d", c.name, got.Total.Amount)
		}
	}
}

// TestDefaultPrice is what a session gets that names a product alone: the default
// while it is active, else the first that is.
func TestDefaultPrice(t *testing.T) {
	s := newShop(t)
	tea := s.product(cost(1000), cost(900), cost(800))
	costs := func(want int64) {
		t.Helper()
		if got := s.session(checkout.CreateSessionParams{ProductID: tea.ID}); got.Total != xof(want) {
			t.Errorf("%d, want %d", got.Total.Amount, want)
		}
	}
	set := func(i int, on bool) {
		t.Helper()
		_, _, err := s.Service.UpdatePrice(ctx, checkout.Account{}, tea.ID, tea.Prices[i].ID, func(p *checkout.Price) { p.Active = on })
		s.must(err)
	}
	if got, err := s.Service.Product(ctx, checkout.Account{}, tea.ID); err != nil || !slices.EqualFunc(got.Prices, tea.Prices, func(a, b checkout.Price) bool { return a.ID == b.ID }) {
		t.Errorf("prices are not in the order in which they were given: %v", err)
	}
	costs(1000)
	older := s.session(checkout.CreateSessionParams{ProductID: tea.ID})
	_, err := s.Service.UpdateProduct(ctx, checkout.Account{}, tea.ID, func(p *checkout.Product) { p.Default = tea.Prices[2].ID })
	s.must(err)
	costs(800)
	set(2, false)
	costs(1000)
	set(0, false)
	costs(900)
	set(2, true)
	costs(800)
	if got := s.pays(older.ID); got.Received != xof(1000) {
		t.Errorf("a session that was there costs %d", got.Received.Amount)
	}
	_, err = s.Service.UpdateProduct(ctx, checkout.Account{}, tea.ID, func(p *checkout.Product) { p.Default = tea.Prices[0].ID })
	s.refused("an inactive default", err, checkout.CodeNotFound)
	err = s.update(func(tx checkout.Tx) error {
		_, _, err := s.Service.AddPriceIn(tx, checkout.Account{}, tea.ID, cost(5), false)
		return err
	})
	s.must(err)
	_, _, err = s.Service.UpdatePrice(ctx, checkout.Account{}, tea.ID, tea.Prices[0].ID, func(p *checkout.Price) { p.Active = true })
	s.refused("a fourth active price", err, checkout.CodeConflict)
}

// TestCustomerChoosesTheAmount stays within the bounds of an open price, for the
// quantity that there is.
func TestCustomerChoosesTheAmount(t *testing.T) {
	s := newShop(t)
	gift := s.product(openPrice(700, 100, 2000))
	session := s.session(checkout.CreateSessionParams{ProductID: gift.ID, Quantity: 2, AllowQuantity: true})
	c := s.coupon(checkout.Coupon{Percent: 5000})
	s.holds(session.ID, c.Code)
	for _, step := range []struct {
		amount int64
		want   checkout.Code
	}{
		{200, ""}, {198, checkout.CodeAmountLow}, {4000, ""}, {4002, checkout.CodeAmountHigh}, {301, checkout.CodeAmountParts},
		{0, checkout.CodeInvalid}, {-200, checkout.CodeInvalid}, {checkout.MaxAmount, checkout.CodeAmountParts}, {1000, ""},
	} {
		before := s.seen(session.ID)
		got, err := s.Service.SetAmount(ctx, session.ID, step.amount)
		s.refused("", err, step.want)
		if err != nil && s.seen(session.ID) != before || err == nil && (got.Total != xof(step.amount) || got.Discount != step.amount/2) {
			t.Errorf("%d: %+v", step.amount, s.seen(session.ID))
		}
	}
	got, err := s.Service.SetQuantity(ctx, session.ID, 3)
	if err != nil || got.Total != xof(1500) || got.Due() != xof(750) {
		t.Errorf("three: %+v, %v", got, err)
	}
	fixed := s.session(checkout.CreateSessionParams{ProductID: gift.ID, Total: xof(500)})
	_, err = s.Service.SetAmount(ctx, fixed.ID, 600)
	s.refused("where the merchant has chosen", err, checkout.CodeInvalid)
	_, err = s.Service.SetQuantity(ctx, fixed.ID, 2)
	s.refused("where quantity is fixed", err, checkout.CodeInvalid)
	bare := s.session(checkout.CreateSessionParams{Total: xof(500), Quantity: 2, AllowQuantity: true})
	_, err = s.Service.SetQuantity(ctx, bare.ID, 1)
	s.refused("of a bare amount", err, checkout.CodeInvalid)
	big := s.product(cost(checkout.MaxAmount))
	session = s.session(checkout.CreateSessionParams{ProductID: big.ID, AllowQuantity: true})
	_, err = s.Service.SetQuantity(ctx, session.ID, 2)
	s.refused("more than there is money", err, checkout.CodeInvalid)
}

func TestClosedLinksOpenNothing(t *testing.T) {
	s := newShop(t)
	tea := s.product(cost(1000))
	until := s.Clock.Now().Add(time.Hour)
	expiring := s.link(checkout.Link{Type: checkout.LinkInstant, Title: "Now", Amount: 5, ExpiresAt: until})
	off := s.link(checkout.Link{Type: checkout.LinkInstant, Title: "Off", Amount: 5})
	sells := s.link(checkout.Link{Type: checkout.LinkProduct, Title: "Tea", ProductID: tea.ID})
	opens := func(what, link string, want checkout.Code) (session checkout.Session) {
		t.Helper()
		session, err := s.Service.OpenLink(ctx, link)
		s.refused(what, err, want)
		o, err := s.Service.Opening(ctx, link)
		if want != checkout.CodeNotFound && (err != nil || checkout.CodeOf(o.Err) != want) {
			t.Errorf("%s, seen: %v, %v", what, o.Err, err)
		}
		return session
	}
	s.at(until.Add(-time.Millisecond))
	early := opens("in the last millisecond", expiring.ID, "")
	s.at(until)
	opens("then", expiring.ID, checkout.CodeLinkClosed)
	if got := s.pays(early.ID); got.Status != checkout.AttemptPaid {
		t.Errorf("who had opened it: %s", got.Status)
	}
	if _, err := s.Service.UpdateLink(ctx, checkout.Account{}, off.ID, func(l *checkout.Link) { l.Active = false }); err != nil {
		t.Fatal(err)
	}
	opens("switched off", off.ID, checkout.CodeLinkClosed)
	opens("none", "plink_none", checkout.CodeNotFound)
	if got := opens("a product", sells.ID, ""); got.Total != xof(1000) || got.LinkID != sells.ID {
		t.Errorf("%+v", got)
	}
	_, err := s.Service.UpdateProduct(ctx, checkout.Account{}, tea.ID, func(p *checkout.Product) { p.Active = false })
	s.must(err)
	opens("a product that is gone", sells.ID, checkout.CodeProductInactive)
	_, err = s.Service.CreateSession(ctx, checkout.CreateSessionParams{Total: checkout.Money{Currency: checkout.EUR}, LinkID: expiring.ID})
	s.refused("closed comes first", err, checkout.CodeLinkClosed)
}
