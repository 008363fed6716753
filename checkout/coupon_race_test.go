package checkout_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// tally counts what goroutines were answered.
type tally struct {
	mu    sync.Mutex
	codes map[checkout.Code]int
}

func (l *tally) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.codes == nil {
		l.codes = map[checkout.Code]int{}
	}
	l.codes[checkout.CodeOf(err)]++
}

// TestRacingBuyersShareACappedCoupon has 64 apply a coupon that 10 can have; then
// half of the 10 pay while the others' time runs out, and as many can have it again.
func TestRacingBuyersShareACappedCoupon(t *testing.T) {
	s := newShop(t)
	c := s.coupon(checkout.Coupon{Percent: 5000, MaxUses: 10})
	race := func(want int) (held []string) {
		t.Helper()
		var sessions []string
		for range 64 {
			sessions = append(sessions, s.bare(1000).ID)
		}
		var got tally
		var wait sync.WaitGroup
		for _, id := range sessions {
			wait.Go(func() {
				_, err := s.apply(id, c.Code)
				got.note(err)
			})
		}
		wait.Wait()
		if got.codes[""] != want || got.codes[checkout.CodeCouponUsedUp] != 64-want {
			t.Fatalf("%v, want %d", got.codes, want)
		}
		for _, id := range sessions {
			if s.seen(id).Discount > 0 {
				held = append(held, id)
			}
		}
		if len(held) != want {
			t.Fatalf("%d hold it, want %d", len(held), want)
		}
		return held
	}
	held := race(10)
	s.uses(c.ID, 10, 0)
	for _, id := range held[:5] {
		s.pays(id)
	}
	s.uses(c.ID, 5, 5)
	s.Advance(checkout.DefaultTTL)
	s.uses(c.ID, 0, 5)
	race(5)
	s.uses(c.ID, 5, 5)
}

// TestCouponsUnderFire applies, removes, expires and pays the same sessions at
// once. What is counted is what is.
func TestCouponsUnderFire(t *testing.T) {
	s := newShop(t)
	c := s.coupon(checkout.Coupon{Percent: 2000, MaxUses: 5})
	var sessions []string
	for range 12 {
		sessions = append(sessions, s.bare(1000).ID)
	}
	var wait sync.WaitGroup
	do := func(f func(id string) error) {
		for _, id := range sessions {
			wait.Go(func() {
				switch err := f(id); checkout.CodeOf(err) {
				case checkout.CodeInternal, checkout.CodeUnavailable:
					t.Error(err)
				}
			})
		}
	}
	for range 3 {
		do(func(id string) error { _, err := s.apply(id, c.Code); return err })
		do(func(id string) error { _, err := s.Service.RemoveCoupon(ctx, id, c.Code); return err })
		do(func(id string) error {
			_, err := s.Service.Start(ctx, checkout.StartParams{SessionID: id, Method: "wallet", WithoutForm: true, Outcome: checkout.OutcomeSucceed})
			return err
		})
	}
	do(func(id string) error { _, err := s.Service.Expire(ctx, checkout.Account{}, id); return err })
	wait.Wait()
	used, sum := int64(0), int64(0)
	for _, id := range sessions {
		got := s.seen(id)
		if got.Status == checkout.StatusOpen {
			t.Errorf("%s is open still", id)
		}
		if got.Status == checkout.StatusCompleted {
			sum += got.Due().Amount
			if got.Discount > 0 {
				used++
			}
		}
		for _, a := range s.attemptsOf(id) {
			if a.Status == checkout.AttemptPaid && a.Received != got.Due() || a.Held() {
				t.Errorf("%s of %d, %d due", a.Status, a.Received.Amount, got.Due().Amount)
			}
		}
	}
	s.uses(c.ID, 0, used)
	if balances, err := s.Service.Balances(ctx, checkout.Account{}); err != nil || sum > 0 && balances[0].Total.Amount != sum {
		t.Errorf("balances %v, %v, want %d", balances, err, sum)
	}
}

func (s *shop) attemptsOf(session string) []checkout.Attempt {
	s.t.Helper()
	c, err := s.Service.Checkout(ctx, session)
	s.must(err)
	return c.Attempts
}

// statuses counts the attempts of sessions by status.
func (s *shop) statuses(sessions ...string) map[checkout.AttemptStatus]int {
	s.t.Helper()
	counts := map[checkout.AttemptStatus]int{}
	for _, id := range sessions {
		for _, a := range s.attemptsOf(id) {
			counts[a.Status]++
		}
	}
	return counts
}

// surplus sets what becomes of surplus money, of the program's own account.
func (s *shop) surplus(rule checkout.Rule) {
	s.t.Helper()
	service, err := checkout.New(checkout.Config{
		Store: s.Store, Clock: s.Clock, Providers: []checkout.Provider{s.Sandbox}, Policy: checkout.Policy{Surplus: rule},
	})
	s.must(err)
	s.Service = service
}

// settleAtOnce has the provider say of all of these at the same time that they are
// paid.
func (s *shop) settleAtOnce(attempts []checkout.Attempt) {
	s.t.Helper()
	var wait sync.WaitGroup
	for _, a := range attempts {
		wait.Go(func() {
			if _, err := s.say(a, checkout.Report{State: checkout.StatePaid, Paid: a.Amount, At: s.Clock.Now()}); err != nil {
				s.t.Error(err)
			}
		})
	}
	wait.Wait()
	for { // what is to be given back
		if n, err := s.Service.PayRefunds(ctx); err != nil || n == 0 {
			s.must(err)
			return
		}
	}
}

// TestOneOrderIsPaidOnce pays two sessions of an exclusive order at once. The money
// of one is surplus.
func TestOneOrderIsPaidOnce(t *testing.T) {
	for rule, want := range map[checkout.Rule]checkout.AttemptStatus{checkout.RuleRefund: checkout.AttemptRefunded, checkout.RuleHold: checkout.AttemptSurplus} {
		onShop(t, string(rule), func(t *testing.T, s *shop) {
			s.surplus(rule)
			order := checkout.CreateSessionParams{Total: xof(1000), Exclusive: true, ClientReference: "order 7"}
			var attempts []checkout.Attempt
			var sessions []string
			for range 2 {
				session := s.session(order)
				sessions, attempts = append(sessions, session.ID), append(attempts, s.starts(session.ID))
			}
			if got := s.seen(sessions[0]); got.Status != checkout.StatusExpired {
				t.Errorf("the older one is %s", got.Status)
			}
			s.settleAtOnce(attempts)
			if got := s.statuses(sessions...); got[checkout.AttemptPaid] != 1 || got[want] != 1 || balance(t, s.Service) != 1000 {
				t.Errorf("%v, balance %d", got, balance(t, s.Service))
			}
			_, err := s.Service.CreateSession(ctx, order)
			s.refused("once more", err, checkout.CodePaidOrder)
			for _, a := range attempts {
				_, err := s.Service.Accept(ctx, checkout.Account{}, a.ID)
				s.refused("the surplus", err, checkout.CodeConflict)
			}
			completed := 0
			for _, id := range sessions {
				switch s.seen(id).Status {
				case checkout.StatusCompleted:
					completed++
				case checkout.StatusOpen:
					t.Errorf("%s can be paid", id)
				}
			}
			if completed != 1 {
				t.Errorf("%d are completed", completed)
			}
		})
	}
}

// TestAnOrderIsPaidByWhatItCostsNow has an order come to another sum while its older
// session is being paid: the old sum does not pay it, unless people say so.
func TestAnOrderIsPaidByWhatItCostsNow(t *testing.T) {
	for name, c := range map[string]struct {
		before, now checkout.CreateSessionParams
		coupon      bool
		want        checkout.AttemptStatus
	}{
		"the same":         {checkout.CreateSessionParams{Total: xof(1000)}, checkout.CreateSessionParams{Total: xof(1000)}, false, checkout.AttemptPaid},
		"less with coupon": {checkout.CreateSessionParams{Total: xof(1000)}, checkout.CreateSessionParams{Total: xof(1000)}, true, checkout.AttemptPaid},
		"more now":         {checkout.CreateSessionParams{Total: xof(1000)}, checkout.CreateSessionParams{Total: xof(3000)}, false, checkout.AttemptLate},
		"less now":         {checkout.CreateSessionParams{Total: xof(3000)}, checkout.CreateSessionParams{Total: xof(1000)}, false, checkout.AttemptLate},
		"a fee now":        {checkout.CreateSessionParams{Total: xof(1000)}, checkout.CreateSessionParams{Total: xof(1000), Fee: 50}, false, checkout.AttemptLate},
	} {
		onShop(t, name, func(t *testing.T, s *shop) {
			c.before.Exclusive, c.before.ClientReference = true, "order 7"
			c.now.Exclusive, c.now.ClientReference = true, "order 7"
			older := s.session(c.before)
			if c.coupon {
				s.holds(older.ID, s.coupon(checkout.Coupon{}).Code)
			}
			a := s.starts(older.ID)
			newer := s.session(c.now)
			if a = s.settles(a, a.Amount.Amount); a.Status != c.want {
				t.Fatalf("%s", a.Status)
			}
			if c.want == checkout.AttemptPaid {
				return
			}
			if got := s.seen(newer.ID); got.Status != checkout.StatusOpen || s.seen(older.ID).Status != checkout.StatusExpired {
				t.Errorf("the newer one is %s", got.Status)
			}
			if c.now.Fee > 0 { // the customer pays what it costs
				s.pays(newer.ID)
				_, err := s.Service.Accept(ctx, checkout.Account{}, a.ID)
				s.refused("accepted too", err, checkout.CodeConflict)
				return
			}
			_, err := s.Service.Accept(ctx, checkout.Account{}, a.ID)
			s.must(err)
			if got := s.seen(newer.ID); got.Status != checkout.StatusExpired || balance(t, s.Service) != a.Received.Amount {
				t.Errorf("accepted, and the newer one is %s, balance %d", got.Status, balance(t, s.Service))
			}
		})
	}
}

// TestRefundedSurplusOfAnOrderStaysSurplus has its refund come back.
func TestRefundedSurplusOfAnOrderStaysSurplus(t *testing.T) {
	s := newShop(t)
	order := checkout.CreateSessionParams{Total: xof(1000), Exclusive: true, ClientReference: "order 7"}
	older := s.session(order)
	a := s.starts(older.ID)
	s.pays(s.session(order).ID)
	s.settles(a, 1000)
	if _, err := s.Service.PayRefunds(ctx); err != nil {
		t.Fatal(err)
	}
	refunds, err := s.Service.Refunds(ctx, checkout.Account{}, checkout.RefundQuery{Page: checkout.Page{Limit: 10}})
	if err != nil || len(refunds) != 1 || refunds[0].Status != checkout.RefundSucceeded {
		t.Fatalf("%+v, %v", refunds, err)
	}
	_, err = s.Service.Settle(ctx, checkout.Signal{
		Kind: checkout.SignalRefund, Provider: "sandbox", AttemptID: a.ID,
		Refund: checkout.RefundReport{State: checkout.RefundFailed, RefundID: refunds[0].ID, Ref: refunds[0].Ref, Reason: "account_closed"},
	})
	s.must(err)
	if got := attempt(t, s.Service, older.ID, a.ID); got.Status != checkout.AttemptSurplus || got.Refunded != 0 || balance(t, s.Service) != 1000 {
		t.Errorf("%s, refunded %d, balance %d", got.Status, got.Refunded, balance(t, s.Service))
	}
}

// TestLimitedLinkIsPaidAsOftenAsItMayBe has five pay a link at once that two can.
func TestLimitedLinkIsPaidAsOftenAsItMayBe(t *testing.T) {
	s := newShop(t)
	s.surplus(checkout.RuleHold)
	link := s.link(checkout.Link{Type: checkout.LinkInstant, Title: "Ticket", Amount: 700, MaxUses: 2})
	var attempts []checkout.Attempt
	var sessions []string
	for range 5 {
		session, err := s.Service.OpenLink(ctx, link.ID)
		s.must(err)
		sessions, attempts = append(sessions, session.ID), append(attempts, s.starts(session.ID))
	}
	sixth, err := s.Service.OpenLink(ctx, link.ID)
	s.must(err)
	s.settleAtOnce(attempts)
	if got := s.statuses(sessions...); got[checkout.AttemptPaid] != 2 || got[checkout.AttemptSurplus] != 3 || balance(t, s.Service) != 1400 {
		t.Errorf("%v, balance %d", got, balance(t, s.Service))
	}
	if got, err := s.Service.Link(ctx, checkout.Account{}, link.ID); err != nil || got.Uses != 2 {
		t.Errorf("%d uses, %v", got.Uses, err)
	}
	_, err = s.Service.OpenLink(ctx, link.ID)
	s.refused("opened again", err, checkout.CodeLinkClosed)
	_, err = s.Service.Start(ctx, checkout.StartParams{SessionID: sixth.ID, Method: "wallet", WithoutForm: true})
	s.refused("paid by who had opened it", err, checkout.CodeLinkClosed)
	_, err = s.Service.UpdateLink(ctx, checkout.Account{}, link.ID, func(l *checkout.Link) { l.MaxUses = 1 })
	s.refused("fewer than there were", err, checkout.CodeInvalid)
}

func (s *shop) link(l checkout.Link) checkout.Link {
	s.t.Helper()
	l.Currency, l.AllowCouponCode = checkout.XOF, true
	var made checkout.PricedLink
	s.must(s.update(func(tx checkout.Tx) (err error) {
		made, err = s.Service.CreateLinkIn(tx, checkout.Account{}, l)
		return err
	}))
	return made.Link
}

// TestQuantityNeverChangesUnderAPayment races changes with payments. Whatever wins,
// a session is completed by what it comes to.
func TestQuantityNeverChangesUnderAPayment(t *testing.T) {
	s := newShop(t)
	tea := s.product(cost(100))
	for range 8 {
		session := s.session(checkout.CreateSessionParams{ProductID: tea.ID, AllowQuantity: true})
		var wait sync.WaitGroup
		for n := range 6 {
			wait.Go(func() {
				if _, err := s.Service.SetQuantity(ctx, session.ID, int64(n+1)); errors.As(err, new(*checkout.Error)) == (err == nil) {
					t.Error(err)
				}
			})
			wait.Go(func() {
				a, err := s.Service.Start(ctx, checkout.StartParams{SessionID: session.ID, Method: "wallet", WithoutForm: true})
				if err != nil {
					return
				}
				if _, err := s.say(a, checkout.Report{State: checkout.StatePaid, Paid: a.Amount}); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		got := s.seen(session.ID)
		if got.Total.Amount != 100*got.Quantity {
			t.Errorf("%d for %d", got.Total.Amount, got.Quantity)
		}
		for _, a := range s.attemptsOf(session.ID) {
			if a.Status == checkout.AttemptPaid && (a.Received != got.Due() || a.ID != got.TransactionID) {
				t.Errorf("%d completed it, %d is due", a.Received.Amount, got.Due().Amount)
			}
		}
	}
}

// TestOldPaymentOfAnotherSumIsHeld changes what a session comes to after a payment
// of it has failed, and then that payment turns out to be paid.
func TestOldPaymentOfAnotherSumIsHeld(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *shop, session, code string)
		want   checkout.AttemptStatus
	}{
		"more is due": {func(s *shop, session, _ string) { _, err := s.Service.SetQuantity(ctx, session, 3); s.must(err) }, checkout.AttemptMismatch},
		"less is due": {func(s *shop, session, code string) { s.holds(session, code) }, checkout.AttemptMismatch},
		"nothing is due": {func(s *shop, session, _ string) {
			s.holds(session, s.coupon(checkout.Coupon{Percent: 10_000}).Code)
			s.pays(session)
		}, checkout.AttemptSurplus},
	} {
		onShop(t, name, func(t *testing.T, s *shop) {
			s.surplus(checkout.RuleHold)
			tea := s.product(cost(100))
			session := s.session(checkout.CreateSessionParams{ProductID: tea.ID, Quantity: 2, AllowQuantity: true})
			a := s.starts(session.ID)
			if _, err := s.say(a, checkout.Report{State: checkout.StateFailed}); err != nil {
				t.Fatal(err)
			}
			c.change(s, session.ID, s.coupon(checkout.Coupon{}).Code)
			if got := s.settles(a, 200); got.Status != c.want || got.Received != xof(200) {
				t.Errorf("%s of %d", got.Status, got.Received.Amount)
			}
			if balances, err := s.Service.Balances(ctx, checkout.Account{}); err != nil || len(balances) > 0 {
				t.Errorf("balances %v, %v", balances, err)
			}
		})
	}
}

// TestOpenPaymentIsClosedBeforeAChange starts a payment, and then applies a coupon.
func TestOpenPaymentIsClosedBeforeAChange(t *testing.T) {
	s := newShop(t)
	c := s.coupon(checkout.Coupon{})
	session := s.bare(1000)
	a := s.starts(session.ID)
	if got := s.holds(session.ID, c.Code); got.Discount != 100 {
		t.Errorf("%d off", got.Discount)
	}
	if got := attempt(t, s.Service, session.ID, a.ID); got.Status != checkout.AttemptExpired {
		t.Errorf("the payment is %s", got.Status)
	}
	_, err := s.apply(session.ID, "NONE")
	s.refused("one that is not there", err, checkout.CodeCouponUnknown)
	b := s.starts(session.ID)
	_, err = s.apply(session.ID, c.Code)
	s.refused("one that it holds", err, checkout.CodeCouponTwice)
	if got := attempt(t, s.Service, session.ID, b.ID); got.Status != checkout.AttemptOpen {
		t.Errorf("a change that is refused left the payment %s", got.Status)
	}
	s.Clock.Add(time.Second)
	s.settles(b, 900)
	s.uses(c.ID, 0, 1)
}

// TestAnOldPaymentThatComesBackDoesNotServe loses the answer to a payment, which is
// said to be over, and found all the same after the order has changed.
func TestAnOldPaymentThatComesBackDoesNotServe(t *testing.T) {
	s := newShop(t)
	p := newAble()
	answers := p.start
	p.start = func(checkout.Order) (checkout.Started, error) { return checkout.Started{}, errors.New("timeout") }
	s.Service = scriptedService(t, s.Kit, p)
	tea := s.product(cost(100))
	session := s.session(checkout.CreateSessionParams{ProductID: tea.ID, AllowQuantity: true})
	old := start(t, s.Service, session.ID, "wave")
	p.find = func(a checkout.Attempt) (checkout.Started, error) {
		p.say(t, s.Service, checkout.Signal{EventID: "evt_1", AttemptID: a.ID, Trust: checkout.TrustSigned, Report: checkout.Report{State: checkout.StateExpired}})
		_, err := s.Service.SetQuantity(ctx, session.ID, 3)
		s.must(err)
		return checkout.Started{Ref: "ref_" + a.ID, Next: redirect}, nil
	}
	s.Clock.Add(time.Minute)
	if _, err := s.Service.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	if got := attempt(t, s.Service, session.ID, old.ID); got.Status != checkout.AttemptOpen || got.Amount != xof(100) {
		t.Fatalf("%s of %d", got.Status, got.Amount.Amount)
	}
	p.start = answers
	if a := start(t, s.Service, session.ID, "wave"); a.ID == old.ID || a.Amount != xof(300) {
		t.Errorf("%d are asked for", a.Amount.Amount)
	}
}
