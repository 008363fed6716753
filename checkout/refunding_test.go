package checkout_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// pay starts an attempt and lets it be paid.
func (p *able) pay(t *testing.T, s *checkout.Service, session string) checkout.Attempt {
	t.Helper()
	a := start(t, s, session, "wave")
	report := paid(a)
	report.Charge = "charge_" + a.ID
	p.say(t, s, checkout.Signal{EventID: "paid_" + a.ID, Trust: checkout.TrustSigned, AttemptID: a.ID, Report: report})
	return attempt(t, s, session, a.ID)
}

func balance(t *testing.T, s *checkout.Service) int64 {
	t.Helper()
	list, err := s.Balances(ctx, checkout.Account{})
	if err != nil || len(list) == 0 {
		t.Fatalf("%v, %v", list, err)
	}
	return list[0].Total.Amount
}

func TestRefundsNeverExceedWhatWasPaid(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := p.pay(t, svc, s.ID)
		var wait sync.WaitGroup
		var mu sync.Mutex
		done := 0
		for range 50 {
			wait.Go(func() {
				_, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID, Amount: 1000})
				if code := checkout.CodeOf(err); code != "" && code != checkout.CodeInvalid {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					done++
				}
			})
		}
		wait.Wait()
		got := attempt(t, svc, s.ID, a.ID)
		if done != 12 || got.Refunded != 12000 || got.Refunding != 0 || got.Status != checkout.AttemptPaid || balance(t, svc) != 500 {
			t.Errorf("%d refunds, %+v, balance %d", done, got, balance(t, svc))
		}
		r, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID})
		if err != nil || r.Amount.Amount != 500 || r.Status != checkout.RefundSucceeded {
			t.Errorf("the rest: %+v, %v", r, err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptRefunded || balance(t, svc) != 0 || status(t, k, s.ID) != checkout.StatusCompleted {
			t.Errorf("%s, balance %d", got.Status, balance(t, svc))
		}
		if n := count(k, checkout.EventRefundCompleted); n != 13 || count(k, checkout.EventRefundCreated) != 13 {
			t.Errorf("%d refunds were told", n)
		}
	})
}

func TestRefundsThatAreNotPossible(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		svc := scriptedService(t, k, p)
		paidOne := p.pay(t, svc, open(t, k).ID)
		unpaid := start(t, svc, open(t, k).ID, "wave")
		for _, c := range []struct {
			name    string
			ability checkout.RefundAbility
			params  checkout.RefundParams
			account checkout.Account
			want    checkout.Code
		}{
			{"of another account", checkout.RefundPartial, checkout.RefundParams{TransactionID: paidOne.ID}, checkout.LiveAccount, checkout.CodeNotFound},
			{"of nothing", checkout.RefundPartial, checkout.RefundParams{TransactionID: "txn_none"}, checkout.Account{}, checkout.CodeNotFound},
			{"of what was not paid", checkout.RefundPartial, checkout.RefundParams{TransactionID: unpaid.ID}, checkout.Account{}, checkout.CodeConflict},
			{"of too much", checkout.RefundPartial, checkout.RefundParams{TransactionID: paidOne.ID, Amount: 12501}, checkout.Account{}, checkout.CodeInvalid},
			{"of less than nothing", checkout.RefundPartial, checkout.RefundParams{TransactionID: paidOne.ID, Amount: -1}, checkout.Account{}, checkout.CodeInvalid},
			{"where there is none", checkout.RefundNone, checkout.RefundParams{TransactionID: paidOne.ID}, checkout.Account{}, checkout.CodeNoRefund},
			{"of a part where there is none", checkout.RefundFull, checkout.RefundParams{TransactionID: paidOne.ID, Amount: 1}, checkout.Account{}, checkout.CodeNoPartial},
		} {
			p.caps.Refunds = c.ability
			if _, err := svc.Refund(ctx, c.account, c.params); checkout.CodeOf(err) != c.want {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		p.caps.Refunds = checkout.RefundNone
		r, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: paidOne.ID, Amount: 500, Manual: true, Reference: "cash book 7"})
		if err != nil || r.Status != checkout.RefundSucceeded || r.Ref != "cash book 7" || balance(t, svc) != 12000 {
			t.Errorf("by hand: %+v, %v", r, err)
		}
	})
}

// TestRefundWhoseAnswerIsLostIsAskedForAgain repeats with the same key, and the
// money goes back once.
func TestRefundWhoseAnswerIsLostIsAskedForAgain(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := p.pay(t, svc, s.ID)
		keys := map[string]int{}
		answer := errors.New("timeout")
		good := p.refund
		p.refund = func(o checkout.RefundOrder) (checkout.RefundReport, error) {
			keys[o.Refund.ID]++
			if answer != nil {
				return checkout.RefundReport{}, answer
			}
			return good(o)
		}
		r, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID})
		if err == nil || r.Status != checkout.RefundCreated || attempt(t, svc, s.ID, a.ID).Refunding != 12500 {
			t.Fatalf("%+v, %v", r, err)
		}
		if _, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID}); checkout.CodeOf(err) != checkout.CodeInvalid {
			t.Errorf("a second one beside it: %v", err)
		}
		sweeper := checkout.NewSweeper(svc, nil)
		if err := sweeper.RunOnce(ctx); err != nil || keys[r.ID] != 1 {
			t.Errorf("asked again at once: %v, %v", keys, err)
		}
		k.Clock.Add(time.Minute)
		answer = nil
		if err := sweeper.RunOnce(ctx); err != nil {
			t.Fatal(err)
		}
		if len(keys) != 1 || keys[r.ID] != 2 || attempt(t, svc, s.ID, a.ID).Status != checkout.AttemptRefunded || balance(t, svc) != 0 {
			t.Errorf("%v, %s", keys, attempt(t, svc, s.ID, a.ID).Status)
		}
	})
}

func TestRefusedRefundGivesTheMoneyBackToTheMerchant(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		var alerts []checkout.Alert
		svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Alert = func(a checkout.Alert) { alerts = append(alerts, a) } })
		s := open(t, k)
		a := p.pay(t, svc, s.ID)
		p.refund = func(checkout.RefundOrder) (checkout.RefundReport, error) {
			return checkout.RefundReport{}, &checkout.Declined{Reason: "insufficient_funds"}
		}
		r, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID})
		got := attempt(t, svc, s.ID, a.ID)
		if err != nil || r.Status != checkout.RefundFailed || r.Failure != "insufficient_funds" || got.Refunding != 0 || got.Refunded != 0 ||
			got.Status != checkout.AttemptPaid || balance(t, svc) != 12500 || count(k, checkout.EventRefundFailed) != 1 || len(alerts) != 1 {
			t.Errorf("%+v, %v, %+v, %v", r, err, got, alerts)
		}
	})
}

// TestRefundsMadeInThePortal has a provider tell of refunds that nobody asked for
// here, as single ones and as totals, in any order and twice.
func TestRefundsMadeInThePortal(t *testing.T) {
	xof := func(n int64) checkout.Money { return checkout.Money{Amount: n, Currency: checkout.XOF} }
	single := func(ref string, n int64) checkout.RefundReport {
		return checkout.RefundReport{State: checkout.RefundSucceeded, Ref: ref, Amount: xof(n)}
	}
	total := func(n int64) checkout.RefundReport {
		return checkout.RefundReport{State: checkout.RefundSucceeded, Amount: xof(n), Total: true}
	}
	for _, c := range []struct {
		name    string
		said    []checkout.RefundReport
		back    int64
		refunds int
	}{
		{"one", []checkout.RefundReport{single("re_1", 500)}, 500, 1},
		{"one, told twice", []checkout.RefundReport{single("re_1", 500), single("re_1", 500)}, 500, 1},
		{"two of the same sum", []checkout.RefundReport{single("re_1", 500), single("re_2", 500)}, 1000, 2},
		{"one and the total of it", []checkout.RefundReport{single("re_1", 500), total(500)}, 500, 1},
		{"the total first", []checkout.RefundReport{total(500), single("re_1", 500)}, 500, 1},
		{"the total of two first, then each", []checkout.RefundReport{total(800), single("re_2", 300), total(500), single("re_1", 500)}, 800, 2},
		{"two totals, then one for both and more", []checkout.RefundReport{total(300), total(500), single("re_1", 700)}, 700, 3},
		{"only totals", []checkout.RefundReport{total(500), total(700)}, 700, 2},
		{"totals late and out of order", []checkout.RefundReport{total(700), total(500)}, 700, 1},
		{"all of it", []checkout.RefundReport{total(12500)}, 12500, 1},
		{"more than all", []checkout.RefundReport{single("re_1", 12600)}, 12500, 1},
		{"pending, then failed", []checkout.RefundReport{
			{State: checkout.RefundPending, Ref: "re_1", Amount: xof(500)}, {State: checkout.RefundFailed, Ref: "re_1", Amount: xof(500)}}, 0, 1},
		{"succeeded, and sent back by the bank", []checkout.RefundReport{
			single("re_1", 12500), {State: checkout.RefundFailed, Ref: "re_1", Amount: xof(12500)}}, 0, 1},
		{"failed before it was heard of", []checkout.RefundReport{{State: checkout.RefundFailed, Ref: "re_1", Amount: xof(500)}}, 0, 1},
		{"failed before it was heard of, and then the rest in any order", []checkout.RefundReport{
			{State: checkout.RefundFailed, Ref: "re_1", Amount: xof(500)}, total(500), single("re_1", 500)}, 0, 1},
		{"an old total of what has failed since", []checkout.RefundReport{
			single("re_1", 500), {State: checkout.RefundFailed, Ref: "re_1", Amount: xof(500)}, total(500)}, 0, 1},
		{"of another currency", []checkout.RefundReport{{State: checkout.RefundSucceeded, Ref: "re_1", Amount: checkout.Money{Amount: 5, Currency: checkout.EUR}}}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
				p := newAble()
				svc := scriptedService(t, k, p)
				s := open(t, k)
				a := p.pay(t, svc, s.ID)
				for i, r := range c.said {
					p.say(t, svc, checkout.Signal{Kind: checkout.SignalRefund, EventID: string(rune('a' + i)), Trust: checkout.TrustSigned, Charge: a.Charge, Refund: r})
				}
				got := attempt(t, svc, s.ID, a.ID)
				all, err := svc.Refunds(ctx, checkout.Account{}, checkout.RefundQuery{Page: checkout.Page{Limit: 9}})
				want := checkout.AttemptPaid
				if c.back == 12500 {
					want = checkout.AttemptRefunded
				}
				if err != nil || got.Refunded != c.back || got.Refunding != 0 || len(all) != c.refunds || got.Status != want || balance(t, svc) != 12500-c.back {
					t.Errorf("%d back and %d on the way in %d refunds, %s, balance %d; want %d in %d, %s",
						got.Refunded, got.Refunding, len(all), got.Status, balance(t, svc), c.back, c.refunds, want)
				}
			})
		})
	}
}

func TestRefundHeardOfBeforeThePaymentWaits(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		back := checkout.Signal{Kind: checkout.SignalRefund, EventID: "e2", Trust: checkout.TrustSigned, AttemptID: a.ID,
			Refund: checkout.RefundReport{State: checkout.RefundSucceeded, Ref: "re_1", Amount: a.Amount}}
		if r := p.say(t, svc, back); !r.Parked {
			t.Errorf("%+v", r)
		}
		p.say(t, svc, checkout.Signal{EventID: "e1", Trust: checkout.TrustSigned, AttemptID: a.ID, Report: paid(a)})
		got := attempt(t, svc, s.ID, a.ID)
		if got.Status != checkout.AttemptRefunded || status(t, k, s.ID) != checkout.StatusCompleted || balance(t, svc) != 0 {
			t.Errorf("%s, %s", got.Status, status(t, k, s.ID))
		}
		if r := p.say(t, svc, back); !r.Duplicate {
			t.Errorf("told again: %+v", r)
		}
	})
}

func TestDisputesAreTold(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := p.pay(t, svc, s.ID)
		for i, d := range []checkout.Dispute{
			{ID: "dp_1", State: checkout.DisputeOpen, New: true, Amount: a.Amount},
			{ID: "dp_1", State: checkout.DisputeOpen, Amount: a.Amount},
			{ID: "dp_1", State: checkout.DisputeLost, Amount: a.Amount},
			{ID: "dp_1", State: checkout.DisputeOpen, Amount: a.Amount}, // late
		} {
			p.say(t, svc, checkout.Signal{Kind: checkout.SignalDispute, EventID: string(rune('a' + i)), Trust: checkout.TrustSigned, Charge: a.Charge, Dispute: d})
		}
		got := attempt(t, svc, s.ID, a.ID)
		if got.Dispute != checkout.DisputeLost || got.Status != checkout.AttemptPaid || status(t, k, s.ID) != checkout.StatusCompleted {
			t.Errorf("%+v", got)
		}
		if count(k, checkout.EventDisputeCreated) != 1 || count(k, checkout.EventDisputeUpdated) != 2 || count(k, checkout.EventDisputeClosed) != 1 {
			t.Errorf("%v", types(k))
		}
	})
}
