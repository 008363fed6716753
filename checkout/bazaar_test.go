package checkout_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/store"
)

// bazaar drives everything that a merchant, customers and providers can do to
// sessions, on a real database, and remembers what it did. Its rows are held to
// each other after each step, see bazaarRows.
type bazaar struct {
	t       *rapid.T
	file    string
	db      *store.DB
	kit     *checkouttest.Kit
	account checkout.Account
	policy  checkout.Policy

	products []checkout.Priced
	coupons  []string
	links    []string
	sessions []string
	attempts []string

	collected map[string]checkout.Money // by attempt: what the provider has said first
	excused   map[string]bool           // attempts of which people or the policy take more or less than is due
}

func (b *bazaar) reopen(tb testing.TB) {
	now := checkouttest.Start
	if b.db != nil {
		now = b.kit.Clock.Now()
		if err := b.db.Close(); err != nil {
			b.t.Fatal(err)
		}
	}
	var err error
	if b.db, err = store.Open(b.file); err != nil {
		b.t.Fatal(err)
	}
	b.kit = checkouttest.On(tb, b.db)
	b.kit.Clock.Set(now)
	b.kit.Service, err = checkout.New(checkout.Config{Store: b.db, Clock: b.kit.Clock, Providers: []checkout.Provider{b.kit.Sandbox}, Concurrency: 1})
	b.ok(err)
}

// ok fails unless err is nil.
func (b *bazaar) ok(err error) {
	if err != nil {
		b.t.Fatal(err)
	}
}

// no fails if err is anything but a refusal.
func (b *bazaar) no(err error) {
	switch checkout.CodeOf(err) {
	case checkout.CodeInternal, checkout.CodeUnavailable, checkout.CodeNotFound:
		b.t.Fatal(err)
	}
}

func (b *bazaar) setUp() {
	b.ok(b.db.Update(ctx, func(tx checkout.Tx) error {
		m := checkout.Merchant{ID: "mer_bazaar", Name: "Bazaar", CreatedAt: b.kit.Clock.Now()}
		if err := tx.InsertMerchant(m); err != nil {
			return err
		}
		number, err := tx.InsertAccount(m.ID, false)
		b.account = checkout.Account{Number: number, Merchant: m.ID, Name: m.Name}
		return err
	}))
	tea := b.makeProduct(cost(500), cost(450), openPrice(700, 100, 2000))
	b.makeProduct(openPrice(700, 100, 2000), cost(999))
	for _, c := range []checkout.Coupon{
		{Percent: 2000, MaxUses: 2},
		{Percent: 10_000, MaxUses: 2},
		{Fixed: 333, Frequency: checkout.FrequencyCustomer, Limit: 1},
		{Fixed: 100, Frequency: checkout.FrequencyCustomerAndProduct, Limit: 1, MaxUses: 3},
		{Percent: 1250, Frequency: checkout.FrequencyDay, Limit: 2, ExpiresAt: b.kit.Clock.Now().Add(30 * time.Hour)},
		{Percent: 5050, CustomerType: checkout.CustomersNew, MaxUses: 2},
		{Fixed: 700, CustomerType: checkout.CustomersReturning},
		{Percent: 9000, Scope: checkout.ScopeProducts, ProductIDs: []string{tea.ID}, MaxQuantity: 3, MaxUses: 2},
	} {
		b.makeCoupon(c)
	}
	for _, l := range []checkout.Link{
		{Type: checkout.LinkInstant, Title: "Ticket", Amount: 900, Currency: checkout.XOF, MaxUses: 1, AllowCouponCode: true},
		{Type: checkout.LinkProduct, Title: "Tea", ProductID: tea.ID, Currency: checkout.XOF, MaxUses: 2, AllowCouponCode: true, AllowQuantity: true},
	} {
		b.ok(b.db.Update(ctx, func(tx checkout.Tx) error {
			made, err := b.kit.Service.CreateLinkIn(tx, b.account, l)
			l = made.Link
			return err
		}))
		b.links = append(b.links, l.ID)
	}
}

func (b *bazaar) makeProduct(prices ...checkout.Price) (p checkout.Priced) {
	b.ok(b.db.Update(ctx, func(tx checkout.Tx) (err error) {
		p.Product, p.Prices, err = b.kit.Service.CreateProductIn(tx, b.account,
			checkout.Product{Name: "Thing", Type: checkout.ProductOneTime, Active: true}, prices, 0)
		return err
	}))
	b.products = append(b.products, p)
	return p
}

func (b *bazaar) makeCoupon(c checkout.Coupon) {
	c.Code, c.Active = fmt.Sprint("C", len(b.coupons)), true
	if c.CustomerType == "" {
		c.CustomerType = checkout.CustomersAll
	}
	if c.Frequency == "" {
		c.Frequency = checkout.FrequencyTotal
	}
	if c.Scope == "" {
		c.Scope = checkout.ScopeAll
	}
	b.ok(b.db.Update(ctx, func(tx checkout.Tx) (err error) {
		c, err = b.kit.Service.CreateCouponIn(tx, b.account, c)
		return err
	}))
	b.coupons = append(b.coupons, c.ID)
}

// one draws from a list, or skips the step if it is empty. Half of the time it is
// one of the last few: what is new has more to go through.
func one[T any](b *bazaar, list []T, label string) T {
	if len(list) == 0 {
		b.t.Skip("none yet")
	}
	if len(list) > 3 && rapid.Bool().Draw(b.t, "recent") {
		list = list[len(list)-3:]
	}
	return rapid.SampledFrom(list).Draw(b.t, label)
}

func (b *bazaar) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(b.t, label) }

func (b *bazaar) buyer() checkout.Contact {
	return rapid.SampledFrom([]checkout.Contact{
		{}, {Email: "awa@example.com"}, {Email: "AWA@example.com", Phone: "+2250700000002"}, {Email: "binta@example.com"}, {Phone: "+2250700000002"},
	}).Draw(b.t, "buyer")
}

func (b *bazaar) create(*rapid.T) {
	product := one(b, b.products, "product")
	p := checkout.CreateSessionParams{
		Account: b.account, Total: xof(0), AllowCouponCode: true, AllowQuantity: true, Customer: b.buyer(),
		Fee: rapid.SampledFrom([]int64{0, 0, 50}).Draw(b.t, "fee"),
		TTL: rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 48 * time.Hour}).Draw(b.t, "ttl"),
	}
	switch b.pick("kind", 6) {
	case 0:
		p.Total.Amount = rapid.Int64Range(1, 3000).Draw(b.t, "amount")
	case 1:
		p.ProductID, p.Quantity = product.ID, rapid.Int64Range(1, 4).Draw(b.t, "quantity")
	case 2:
		p.PriceID = one(b, product.Prices, "price").ID
	case 3:
		p.Items = []checkout.Item{{PriceID: b.products[0].Prices[0].ID, Quantity: rapid.Int64Range(1, 3).Draw(b.t, "teas")}, {PriceID: b.products[1].Prices[1].ID, Quantity: 1}, {Name: "Wrap", Unit: 77, Quantity: 2}}
	case 4:
		p.LinkID = one(b, b.links, "link")
	case 5:
		p.Total = checkout.Money{Amount: 1234, Currency: rapid.SampledFrom([]checkout.Currency{checkout.XOF, checkout.EUR}).Draw(b.t, "currency")}
	}
	if rapid.Bool().Draw(b.t, "exclusive") {
		p.Exclusive, p.ClientReference = true, rapid.SampledFrom([]string{"order 1", "order 2", "order 3"}).Draw(b.t, "order")
	}
	s, err := b.kit.Service.CreateSession(ctx, p)
	b.made(s, err)
}

func (b *bazaar) openLink(*rapid.T) {
	b.made(b.kit.Service.OpenLink(ctx, one(b, b.links, "link")))
}

func (b *bazaar) made(s checkout.Session, err error) {
	b.no(err)
	if err == nil {
		b.sessions = append(b.sessions, s.ID)
	}
}

func (b *bazaar) sell(*rapid.T) {
	p := one(b, b.products, "product")
	price := one(b, p.Prices, "price")
	on := rapid.Bool().Draw(b.t, "on")
	var err error
	switch b.pick("what", 3) {
	case 0:
		_, err = b.kit.Service.UpdateProduct(ctx, b.account, p.ID, func(p *checkout.Product) { p.Active = on })
	case 1:
		_, _, err = b.kit.Service.UpdatePrice(ctx, b.account, p.ID, price.ID, func(p *checkout.Price) { p.Active = on })
	case 2:
		_, err = b.kit.Service.UpdateProduct(ctx, b.account, p.ID, func(p *checkout.Product) { p.Default = price.ID })
		if checkout.CodeOf(err) == checkout.CodeNotFound {
			err = nil // it is not active
		}
	}
	b.no(err)
}

func (b *bazaar) changeCoupon(*rapid.T) {
	on, most := rapid.Bool().Draw(b.t, "on"), rapid.Int64Range(0, 4).Draw(b.t, "max uses")
	_, err := b.kit.Service.UpdateCoupon(ctx, b.account, one(b, b.coupons, "coupon"), func(c *checkout.Coupon) { c.Active, c.MaxUses = on, most })
	b.no(err)
}

func (b *bazaar) apply(*rapid.T) {
	_, err := b.kit.Service.ApplyCoupon(ctx, one(b, b.sessions, "session"), fmt.Sprint("c", b.pick("coupon", len(b.coupons))), b.buyer())
	b.no(err)
}

func (b *bazaar) remove(*rapid.T) {
	_, err := b.kit.Service.RemoveCoupon(ctx, one(b, b.sessions, "session"), fmt.Sprint("c", b.pick("coupon", len(b.coupons))))
	if checkout.CodeOf(err) != checkout.CodeNotFound { // it does not hold it
		b.no(err)
	}
}

func (b *bazaar) quantity(*rapid.T) {
	_, err := b.kit.Service.SetQuantity(ctx, one(b, b.sessions, "session"), rapid.Int64Range(0, 5).Draw(b.t, "quantity"))
	b.no(err)
}

func (b *bazaar) amount(*rapid.T) {
	_, err := b.kit.Service.SetAmount(ctx, one(b, b.sessions, "session"), rapid.Int64Range(0, 2500).Draw(b.t, "amount"))
	b.no(err)
}

// start begins a payment, whose outcome may come at once.
func (b *bazaar) start(*rapid.T) {
	id := one(b, b.sessions, "session")
	a, err := b.kit.Service.Start(ctx, checkout.StartParams{
		SessionID: id, Method: "wallet", Payer: b.buyer(), WithoutForm: true,
		Outcome: rapid.SampledFrom([]checkout.Outcome{
			"", checkout.OutcomeSucceed, checkout.OutcomeSucceed, checkout.OutcomeDecline, checkout.OutcomeCancel, checkout.OutcomeDelay, checkout.OutcomeSilent,
		}).Draw(b.t, "outcome"),
	})
	b.no(err)
	if a.ID != "" && !slices.Contains(b.attempts, a.ID) {
		b.attempts = append(b.attempts, a.ID)
	}
}

// tell has the provider say something of any attempt, however old: that it was
// paid, once or again, too little or too much, or that it was not.
func (b *bazaar) tell(*rapid.T) {
	id := one(b, b.attempts, "attempt")
	var a checkout.Attempt
	b.ok(b.db.View(ctx, func(tx checkout.Tx) (err error) { a, err = tx.Attempt(id); return err }))
	if a.Provider != "sandbox" {
		b.t.Skip("of nothing")
	}
	r := checkout.Report{State: rapid.SampledFrom([]checkout.State{
		checkout.StatePaid, checkout.StatePaid, checkout.StatePaid, checkout.StateFailed, checkout.StateExpired, checkout.StatePending,
	}).Draw(b.t, "state")}
	if r.State == checkout.StatePaid {
		r.Paid = a.Amount
		r.Paid.Amount += rapid.SampledFrom([]int64{0, 0, 0, -1, 1, 5000, -a.Amount.Amount + 1}).Draw(b.t, "more")
		r.At = b.kit.Clock.Now()
	}
	_, err := b.kit.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: id, Report: r})
	b.no(err)
}

func (b *bazaar) refund(*rapid.T) {
	id := one(b, b.attempts, "attempt")
	_, err := b.kit.Service.Refund(ctx, b.account, checkout.RefundParams{
		TransactionID: id, Amount: rapid.SampledFrom([]int64{0, 0, 1, 100, 400}).Draw(b.t, "amount"), Manual: rapid.Bool().Draw(b.t, "manual"),
	})
	b.no(err)
}

func (b *bazaar) accept(*rapid.T) {
	id := one(b, b.attempts, "attempt")
	_, err := b.kit.Service.Accept(ctx, b.account, id)
	b.no(err)
	if err == nil {
		b.excused[id] = true
	}
}

func (b *bazaar) setPolicy(*rapid.T) {
	b.policy = checkout.Policy{
		Late:    rapid.SampledFrom([]checkout.Rule{checkout.RuleAccept, checkout.RuleRefund, checkout.RuleHold}).Draw(b.t, "late"),
		Excess:  rapid.SampledFrom([]checkout.Rule{checkout.RuleAccept, checkout.RuleHold}).Draw(b.t, "excess"),
		Surplus: rapid.SampledFrom([]checkout.Rule{checkout.RuleRefund, checkout.RuleHold}).Draw(b.t, "surplus"),
	}
	b.ok(b.kit.Service.SetPolicy(ctx, "Bazaar", false, b.policy))
}

func (b *bazaar) expire(*rapid.T) {
	_, err := b.kit.Service.Expire(ctx, b.account, one(b, b.sessions, "session"))
	b.no(err)
}

func (b *bazaar) jump(*rapid.T) {
	b.kit.Clock.Add(rapid.SampledFrom([]time.Duration{
		time.Millisecond, time.Second, 31 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 25 * time.Hour,
	}).Draw(b.t, "time"))
}

// sweep does all that is due. Nothing is held afterwards by what is over.
func (b *bazaar) sweep(*rapid.T) {
	b.ok(checkout.NewSweeper(b.kit.Service, nil).RunOnce(ctx))
	b.read().checkNothingLeaks()
}

func (b *bazaar) check(*rapid.T) { b.read().check() }

// TestWhateverHappensInABazaar is TestWhateverHappensMoneyIsCountedOnce for all
// that can be bought, taken off, changed, held, refunded and accepted.
func TestWhateverHappensInABazaar(t *testing.T) {
	n := 0
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		n++
		b := &bazaar{t: rt, file: filepath.Join(dir, fmt.Sprint(n, ".db")), collected: map[string]checkout.Money{}, excused: map[string]bool{}}
		b.reopen(t)
		defer func() {
			if err := b.db.Close(); err != nil {
				rt.Error(err)
			}
		}()
		b.setUp()
		actions := map[string]func(*rapid.T){
			"open link": b.openLink, "sell": b.sell, "change coupon": b.changeCoupon, "remove": b.remove,
			"quantity": b.quantity, "amount": b.amount, "refund": b.refund, "accept": b.accept, "policy": b.setPolicy,
			"expire": b.expire, "jump": b.jump, "sweep": b.sweep, "restart": func(*rapid.T) { b.reopen(t) }, "": b.check,
		}
		// What most of the rest needs is done more often.
		for name, often := range map[string]func(*rapid.T){"create": b.create, "apply": b.apply, "start": b.start, "tell": b.tell} {
			for i := range 3 {
				actions[fmt.Sprint(name, i)] = often
			}
		}
		rt.Repeat(actions)
	})
}

// bazaarRows is all that is stored of a bazaar.
type bazaarRows struct {
	*bazaar
	sessions map[string]checkout.Session
	attempts map[string][]checkout.Attempt // by session
	uses     map[string][]checkout.Redemption
	coupons  []checkout.Coupon
	links    []checkout.Link
	balances map[checkout.Currency]int64
	now      time.Time
}

func (b *bazaar) read() bazaarRows {
	r := bazaarRows{
		bazaar: b, sessions: map[string]checkout.Session{}, attempts: map[string][]checkout.Attempt{},
		uses: map[string][]checkout.Redemption{}, balances: map[checkout.Currency]int64{}, now: b.kit.Clock.Now(),
	}
	b.ok(b.db.View(ctx, func(tx checkout.Tx) error {
		for _, id := range b.sessions {
			var err error
			if r.sessions[id], err = tx.Session(id); err != nil {
				return err
			}
			if r.attempts[id], err = tx.SessionAttempts(id); err != nil {
				return err
			}
			if r.uses[id], err = tx.Redemptions(id); err != nil {
				return err
			}
		}
		for _, id := range b.coupons {
			c, err := tx.Coupon(id)
			if err != nil {
				return err
			}
			r.coupons = append(r.coupons, c)
		}
		for _, id := range b.links {
			l, err := tx.Link(id)
			if err != nil {
				return err
			}
			r.links = append(r.links, l)
		}
		list, err := tx.Balances(b.account.Number)
		for _, x := range list {
			r.balances[x.Total.Currency] = x.Total.Amount
		}
		return err
	}))
	for _, id := range b.sessions { // those that failed at once are known by nobody yet
		for _, a := range r.attempts[id] {
			if !slices.Contains(b.attempts, a.ID) {
				b.attempts = append(b.attempts, a.ID)
			}
		}
	}
	return r
}

func (r bazaarRows) check() {
	for _, id := range r.bazaar.sessions {
		r.checkSession(r.sessions[id])
	}
	r.checkMoney()
	r.checkCoupons()
	r.checkLinksAndOrders()
	r.checkEvents()
}

func (r bazaarRows) checkSession(s checkout.Session) {
	held, err := s.Coupons.List()
	r.ok(err)
	var sum int64
	for _, h := range held {
		sum += h.Discount
		i := slices.IndexFunc(r.uses[s.ID], func(u checkout.Redemption) bool { return u.CouponID == h.ID })
		if i < 0 || r.uses[s.ID][i].Discount != (checkout.Money{Amount: h.Discount, Currency: s.Total.Currency}) {
			r.t.Fatalf("%s holds %+v, uses %+v", s.ID, h, r.uses[s.ID])
		}
		if u := r.uses[s.ID][i]; s.Status == checkout.StatusOpen && u.Status != checkout.RedemptionReserved ||
			s.Status == checkout.StatusCompleted && u.Status == checkout.RedemptionReserved {
			r.t.Fatalf("%s is %s, a use of it %s", s.ID, s.Status, u.Status)
		}
	}
	if s.Discount != sum || s.Discount < 0 || s.Discount > s.Total.Amount-s.Deferred || s.Due().Amount < 0 || s.Due().Amount > checkout.MaxAmount {
		r.t.Fatalf("%+v", s)
	}
	items, err := s.Items.List()
	r.ok(err)
	var total int64
	for _, i := range items {
		total += i.Unit * i.Quantity
	}
	if len(items) > 0 && total != s.Total.Amount {
		r.t.Fatalf("items of %d: %+v", total, s)
	}
	for _, u := range r.uses[s.ID] {
		if u.Status != checkout.RedemptionReleased && !slices.ContainsFunc(held, func(h checkout.AppliedCoupon) bool { return h.ID == u.CouponID }) {
			r.t.Fatalf("%s does not hold %+v", s.ID, u)
		}
	}
}

// live reports whether somebody may be paying a session.
func (r bazaarRows) live(session string) bool {
	return slices.ContainsFunc(r.attempts[session], checkout.Attempt.Live)
}

// checkMoney holds what was received to what became of it.
func (r bazaarRows) checkMoney() {
	want := map[checkout.Currency]int64{}
	for _, id := range r.bazaar.sessions {
		s, found := r.sessions[id], false
		for _, a := range r.attempts[id] {
			if before, known := r.collected[a.ID]; known && before != a.Received {
				r.t.Fatalf("%s received %v, and now %v", a.ID, before, a.Received)
			}
			if a.Received != (checkout.Money{}) {
				r.collected[a.ID] = a.Received
			}
			if a.Refunding < 0 || a.Refunded < 0 || a.Refunding+a.Refunded > a.Received.Amount {
				r.t.Fatalf("%+v", a)
			}
			ours := a.ID == s.TransactionID
			switch {
			case ours && (a.Status == checkout.AttemptPaid || a.Status == checkout.AttemptRefunded):
				found = true
				want[a.Received.Currency] += a.Received.Amount - a.Refunded
				if a.Received != s.Due() && !r.excused[a.ID] && !(a.Received.Amount > s.Due().Amount && r.everAccepted(a)) {
					r.t.Fatalf("%s is completed by %d, and %d is due", s.ID, a.Received.Amount, s.Due().Amount)
				}
			case ours || a.Status == checkout.AttemptPaid:
				r.t.Fatalf("%s of %s, which %s has completed", a.Status, s.ID, s.TransactionID)
			case (a.Received != checkout.Money{}) != (a.Held() || a.Status == checkout.AttemptRefunded):
				r.t.Fatalf("%d is lost: %+v", a.Received.Amount, a)
			}
		}
		if found != (s.Status == checkout.StatusCompleted) {
			r.t.Fatalf("%s is %s by %q", s.ID, s.Status, s.TransactionID)
		}
	}
	for c, n := range r.balances {
		if n == 0 && want[c] == 0 {
			delete(r.balances, c)
		}
	}
	maps.DeleteFunc(want, func(_ checkout.Currency, n int64) bool { return n == 0 })
	if !maps.Equal(r.balances, want) {
		r.t.Fatalf("balances %v, want %v", r.balances, want)
	}
}

// everAccepted reports whether the policy was to accept too much when a was paid.
func (r bazaarRows) everAccepted(a checkout.Attempt) bool {
	if r.policy.Excess == checkout.RuleAccept {
		r.excused[a.ID] = true
	}
	return r.excused[a.ID]
}

func (r bazaarRows) checkCoupons() {
	for _, c := range r.coupons {
		reserved, used := int64(0), int64(0)
		counts := map[string]int64{}
		for _, id := range r.bazaar.sessions {
			for _, u := range r.uses[id] {
				if u.CouponID != c.ID || u.Status == checkout.RedemptionReleased {
					continue
				}
				if u.Status == checkout.RedemptionReserved {
					reserved++
				} else {
					used++
				}
				switch c.Frequency {
				case checkout.FrequencyCustomer:
					counts[u.CustomerID]++
				case checkout.FrequencyCustomerAndProduct:
					counts[u.CustomerID+" "+u.ProductID]++
				case checkout.FrequencyDay:
					counts[u.AppliedAt.UTC().Format(time.DateOnly)]++
				}
				if (c.Frequency == checkout.FrequencyCustomer || c.CustomerType != checkout.CustomersAll) && u.CustomerID == "" {
					r.t.Fatalf("%s is used by nobody: %+v", c.Code, u)
				}
				if s := r.sessions[id]; u.Status == checkout.RedemptionReserved && s.Status != checkout.StatusOpen && !r.live(id) {
					r.t.Fatalf("%s is %s and holds %s", id, s.Status, c.Code)
				}
			}
		}
		if c.Reserved != reserved || c.Used != used || c.MaxUses > 0 && reserved+used > c.MaxUses {
			r.t.Fatalf("%s: %d reserved and %d used of %d; there are %d and %d", c.Code, c.Reserved, c.Used, c.MaxUses, reserved, used)
		}
		for whose, n := range counts {
			if n > c.Limit {
				r.t.Fatalf("%s is used %d times for %s, limit %d", c.Code, n, whose, c.Limit)
			}
		}
	}
}

// checkNothingLeaks is for after a sweep.
func (r bazaarRows) checkNothingLeaks() {
	for _, id := range r.bazaar.sessions {
		for _, u := range r.uses[id] {
			if u.Status == checkout.RedemptionReserved && r.sessions[id].At(r.now).Status != checkout.StatusOpen && !r.live(id) {
				r.t.Fatalf("%s is over and holds %s", id, u.CouponID)
			}
		}
	}
}

func (r bazaarRows) checkLinksAndOrders() {
	paid := map[string]int64{}
	payable := map[string]int64{}
	for _, s := range r.sessions {
		keys := []string{s.LinkID}
		if s.Exclusive {
			keys = append(keys, s.ClientReference)
		}
		for _, key := range keys {
			switch s.At(r.now).Status {
			case checkout.StatusCompleted:
				paid[key]++
			case checkout.StatusOpen:
				payable[key]++
			}
		}
	}
	for _, l := range r.links {
		if l.Uses != paid[l.ID] || l.Uses > l.MaxUses {
			r.t.Fatalf("%s: %d of %d uses, %d are paid", l.ID, l.Uses, l.MaxUses, paid[l.ID])
		}
	}
	for _, order := range []string{"order 1", "order 2", "order 3"} {
		if paid[order] > 1 || payable[order] > 1 || paid[order]+payable[order] > 1 {
			r.t.Fatalf("%s: %d sessions are paid, %d can be", order, paid[order], payable[order])
		}
	}
}

// checkEvents has each completed session told once, and money that is held too.
func (r bazaarRows) checkEvents() {
	succeeded, held := map[string]int{}, map[string]int{}
	for _, e := range r.kit.Events() {
		switch e.Type {
		case checkout.EventPaymentSucceeded:
			succeeded[e.Transaction.Session.ID]++
		case checkout.EventPaymentHeld:
			held[e.Transaction.Attempt.ID]++
		}
	}
	for id, s := range r.sessions {
		want := 0
		if s.Status == checkout.StatusCompleted {
			want = 1
		}
		if succeeded[id] != want {
			r.t.Fatalf("%s is %s and told %d times", id, s.Status, succeeded[id])
		}
		for _, a := range r.attempts[id] {
			if a.Held() && held[a.ID] != 1 {
				r.t.Fatalf("%s is %s and told %d times", a.ID, a.Status, held[a.ID])
			}
		}
	}
}
