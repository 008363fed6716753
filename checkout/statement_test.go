package checkout_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// ledger is a provider whose statement says only what happened since the time
// that it is asked for, and that can be out of order.
type ledger struct {
	*able
	down bool
	rows []entry
}

type entry struct {
	at time.Time
	checkout.Signal
}

func (l *ledger) List(_ context.Context, since time.Time, yield func(checkout.Signal) error) error {
	if l.down {
		return errors.New("503")
	}
	for _, e := range l.rows {
		if e.at.Before(since) {
			continue
		}
		if err := yield(e.Signal); err != nil {
			return err
		}
	}
	return nil
}

func TestStatementThatCouldNotBeReadIsReadFromWhereItStopped(t *testing.T) {
	for _, c := range []struct {
		name  string
		first bool            // it has never been read before the outage
		waits []time.Duration // between the readings that fail
		back  time.Duration   // from the last of those to the one that works
	}{
		{"for six hours", false, []time.Duration{time.Hour, time.Hour, time.Hour, time.Hour, time.Hour, time.Hour}, time.Hour},
		{"at the first reading, and then the machine was off", true, nil, 26 * time.Hour},
		{"for hours from the first reading on, and then the machine was off", true, []time.Duration{time.Hour, 4 * time.Hour}, 26 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
				p := &ledger{able: newAble(), down: c.first}
				svc := scriptedService(t, k, p)
				s := open(t, k)
				a := p.pay(t, svc, s.ID)
				sweeper := checkout.NewSweeper(svc, nil)
				if err := sweeper.RunOnce(ctx); (err != nil) != c.first {
					t.Fatal(err)
				}
				p.down = true
				k.Clock.Add(10 * time.Minute)
				p.rows = append(p.rows, entry{k.Clock.Now(), checkout.Signal{
					Kind: checkout.SignalRefund, EventID: "s1", Trust: checkout.TrustSigned, AttemptID: a.ID,
					Refund: checkout.RefundReport{State: checkout.RefundSucceeded, Ref: "T_1", Amount: a.Amount, Total: true},
				}})
				for _, wait := range c.waits {
					k.Clock.Add(wait)
					if err := sweeper.RunOnce(ctx); err == nil {
						t.Fatal("the outage is told nobody")
					}
				}
				p.down = false
				k.Clock.Add(c.back)
				if err := sweeper.RunOnce(ctx); err != nil {
					t.Fatal(err)
				}
				if got := attempt(t, svc, s.ID, a.ID); got.Refunded != a.Amount.Amount || got.Status != checkout.AttemptRefunded || balance(t, svc) != 0 {
					t.Errorf("%s, %d back, balance %d", got.Status, got.Refunded, balance(t, svc))
				}
			})
		})
	}
}

// refundTotal is how a provider says how much of an attempt it has given back in
// all, as Stripe does in charge.refunded.
func refundTotal(n int64) checkout.RefundReport {
	return checkout.RefundReport{State: checkout.RefundSucceeded, Amount: checkout.Money{Amount: n, Currency: checkout.XOF}, Total: true}
}

// refundNamed is how a provider speaks of one refund by its own name.
func refundNamed(ref string, n int64, state checkout.RefundStatus) checkout.RefundReport {
	return checkout.RefundReport{State: state, Ref: ref, Amount: checkout.Money{Amount: n, Currency: checkout.XOF}}
}

// teller returns what delivers a provider's messages about refunds of an attempt.
func (p *able) teller(t *testing.T, s *checkout.Service, a checkout.Attempt) func(...checkout.RefundReport) {
	n := 0
	return func(said ...checkout.RefundReport) {
		t.Helper()
		for _, r := range said {
			n++
			p.say(t, s, checkout.Signal{
				Kind: checkout.SignalRefund, EventID: "refund_" + strconv.Itoa(n), Trust: checkout.TrustSigned, AttemptID: a.ID, Refund: r,
			})
		}
	}
}

func TestRefundThatFailedDoesNotComeBackThroughAnOlderTotal(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := p.pay(t, svc, s.ID)
		tell := p.teller(t, svc, a)
		first, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID, Amount: 500})
		if err != nil || first.Status != checkout.RefundSucceeded {
			t.Fatalf("%+v, %v", first, err)
		}
		r, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID})
		if err != nil || r.Status != checkout.RefundSucceeded || balance(t, svc) != 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		failed := refundNamed(r.Ref, r.Amount.Amount, checkout.RefundFailed)
		failed.RefundID = r.ID
		tell(failed, refundTotal(12500), refundTotal(500), refundTotal(12500))
		got := attempt(t, svc, s.ID, a.ID)
		all, err := svc.Refunds(ctx, checkout.Account{}, checkout.RefundQuery{Page: checkout.Page{Limit: 9}})
		if err != nil || got.Status != checkout.AttemptPaid || got.Refunded != 500 || got.Refunding != 0 || len(all) != 2 || balance(t, svc) != 12000 {
			t.Errorf("%s, %d back, %d on the way, in %d refunds, balance %d", got.Status, got.Refunded, got.Refunding, len(all), balance(t, svc))
		}
		if count(k, checkout.EventRefundCompleted) != 2 || count(k, checkout.EventRefundFailed) != 1 {
			t.Errorf("the merchant is told %v", types(k))
		}
		if _, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID}); err != nil || balance(t, svc) != 0 {
			t.Errorf("asked for again: %v, balance %d", err, balance(t, svc))
		}
		tell(refundTotal(12500))
		if got := attempt(t, svc, s.ID, a.ID); got.Refunded != 12500 || balance(t, svc) != 0 {
			t.Errorf("%d back, balance %d", got.Refunded, balance(t, svc))
		}
	})
}

// TestRefundThatFailedBeforeItWasHeardOfIsNoNews has a provider say that a refund
// from its portal has failed, and then in any order what it had said of it before.
func TestRefundThatFailedBeforeItWasHeardOfIsNoNews(t *testing.T) {
	late := []checkout.RefundReport{
		refundTotal(500), refundNamed("re_1", 500, checkout.RefundSucceeded), refundNamed("re_1", 500, checkout.RefundPending),
		refundNamed("re_1", 500, checkout.RefundFailed),
	}
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		var alerts []checkout.Alert
		svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Alert = func(a checkout.Alert) { alerts = append(alerts, a) } })
		taken := int64(0)
		for turn := range len(late) {
			for _, step := range []int{1, len(late) - 1} { // forwards and backwards
				s := open(t, k)
				a := p.pay(t, svc, s.ID)
				taken += a.Amount.Amount
				tell := p.teller(t, svc, a)
				tell(refundNamed("re_1", 500, checkout.RefundFailed))
				for i := range late {
					tell(late[(turn+i*step)%len(late)])
				}
				got := attempt(t, svc, s.ID, a.ID)
				if got.Status != checkout.AttemptPaid || got.Refunded != 0 || got.Refunding != 0 || balance(t, svc) != taken {
					t.Errorf("from %d by %d: %s, %d back, %d on the way, balance %d, want %d",
						turn, step, got.Status, got.Refunded, got.Refunding, balance(t, svc), taken)
				}
			}
		}
		if n := count(k, checkout.EventRefundCreated) + count(k, checkout.EventRefundCompleted) + count(k, checkout.EventRefundFailed); n != 0 || len(alerts) != 0 {
			t.Errorf("%d events, alerts %+v", n, alerts)
		}
	})
}

// TestRefundThatFailsBesideAnother has one of the portal come and fail while one of
// ours is pending.
func TestRefundThatFailsBesideAnother(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		p.refund = func(o checkout.RefundOrder) (checkout.RefundReport, error) {
			return checkout.RefundReport{State: checkout.RefundPending, Ref: "back_" + o.Refund.ID}, nil
		}
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := p.pay(t, svc, s.ID)
		r, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID, Amount: 500})
		if err != nil || r.Status != checkout.RefundPending {
			t.Fatalf("%+v, %v", r, err)
		}
		done := refundNamed(r.Ref, 500, checkout.RefundSucceeded)
		done.RefundID = r.ID
		tell := p.teller(t, svc, a)
		tell(refundTotal(3500), // of both
			refundNamed("re_1", 3000, checkout.RefundSucceeded), refundNamed("re_1", 3000, checkout.RefundFailed))
		late := checkout.Signal{Kind: checkout.SignalRefund, EventID: "late", Trust: checkout.TrustSigned, AttemptID: a.ID, Refund: refundTotal(3000)}
		if r := p.say(t, svc, late); r.Parked {
			t.Errorf("the total of what has failed waits for ours: %+v", r)
		}
		tell(done)
		got := attempt(t, svc, s.ID, a.ID)
		if got.Status != checkout.AttemptPaid || got.Refunded != 500 || got.Refunding != 0 || balance(t, svc) != 12000 {
			t.Errorf("%s, %d back, %d on the way, balance %d", got.Status, got.Refunded, got.Refunding, balance(t, svc))
		}
	})
}

func TestRefundTakenForFailedThatHasSucceededIsCounted(t *testing.T) {
	for _, amount := range []int64{500, 12500} {
		onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
			p := newAble()
			svc := scriptedService(t, k, p)
			s := open(t, k)
			a := p.pay(t, svc, s.ID)
			p.refund = func(checkout.RefundOrder) (checkout.RefundReport, error) {
				return checkout.RefundReport{}, &checkout.Declined{Reason: "not_allowed"}
			}
			r, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID, Amount: amount})
			if err != nil || r.Status != checkout.RefundFailed || balance(t, svc) != 12500 {
				t.Fatalf("%+v, %v", r, err)
			}
			done, back := refundNamed("re_1", amount, checkout.RefundSucceeded), refundNamed("re_1", amount, checkout.RefundFailed)
			done.RefundID, back.RefundID = r.ID, r.ID
			tell := p.teller(t, svc, a)
			tell(done, done, refundTotal(amount))
			want := checkout.AttemptPaid
			if amount == 12500 {
				want = checkout.AttemptRefunded
			}
			got := attempt(t, svc, s.ID, a.ID)
			if got.Status != want || got.Refunded != amount || got.Refunding != 0 || balance(t, svc) != 12500-amount {
				t.Errorf("%s, %d back, %d on the way, balance %d", got.Status, got.Refunded, got.Refunding, balance(t, svc))
			}
			if r, err = svc.RefundByID(ctx, checkout.Account{}, r.ID); err != nil || r.Status != checkout.RefundSucceeded || r.Ref != "re_1" || !r.DueAt.IsZero() {
				t.Errorf("%+v, %v", r, err)
			}
			if count(k, checkout.EventRefundFailed) != 1 || count(k, checkout.EventRefundCompleted) != 1 {
				t.Errorf("the merchant is told %v", types(k))
			}
			tell(back, done) // it comes back after all, and that is the end of it
			if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptPaid || got.Refunded != 0 || got.Refunding != 0 || balance(t, svc) != 12500 {
				t.Errorf("sent back: %s, %d back, %d on the way, balance %d", got.Status, got.Refunded, got.Refunding, balance(t, svc))
			}
		})
	}
}

// TestMoneyThatWentBackTwiceIsForPeople has a refund succeed that was taken for
// failed, after the money was given back another way.
func TestMoneyThatWentBackTwiceIsForPeople(t *testing.T) {
	for _, manual := range []bool{false, true} {
		onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
			p := newAble()
			var alerts []checkout.Alert
			svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Alert = func(a checkout.Alert) { alerts = append(alerts, a) } })
			s := open(t, k)
			a := p.pay(t, svc, s.ID)
			good := p.refund
			p.refund = func(checkout.RefundOrder) (checkout.RefundReport, error) {
				return checkout.RefundReport{}, &checkout.Declined{Reason: "not_allowed"}
			}
			r, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID})
			if err != nil || r.Status != checkout.RefundFailed {
				t.Fatalf("%+v, %v", r, err)
			}
			p.refund = good
			other, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID, Manual: manual, Reference: "cash book 7"})
			if err != nil || other.Status != checkout.RefundSucceeded || balance(t, svc) != 0 {
				t.Fatalf("%+v, %v", other, err)
			}
			before := len(alerts)
			done := refundNamed("re_1", 12500, checkout.RefundSucceeded)
			done.RefundID = r.ID
			p.teller(t, svc, a)(done, done)
			got := attempt(t, svc, s.ID, a.ID)
			if got.Status != checkout.AttemptRefunded || got.Refunded != 12500 || got.Refunding != 0 || got.Refundable() != 0 || balance(t, svc) != 0 {
				t.Errorf("%s, %d back, %d on the way, balance %d", got.Status, got.Refunded, got.Refunding, balance(t, svc))
			}
			if len(alerts) != before+1 || alerts[before].Kind != checkout.AlertRefund || alerts[before].AttemptID != a.ID {
				t.Errorf("alerts %+v", alerts[before:])
			}
		})
	}
}

// TestRefundTakenForFailedIsCountedOnceIfItsTotalComesFirst has the total make it
// one of the provider's own.
func TestRefundTakenForFailedIsCountedOnceIfItsTotalComesFirst(t *testing.T) {
	for _, amount := range []int64{500, 12500} {
		onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
			p := newAble()
			var alerts []checkout.Alert
			svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Alert = func(a checkout.Alert) { alerts = append(alerts, a) } })
			s := open(t, k)
			a := p.pay(t, svc, s.ID)
			p.refund = func(checkout.RefundOrder) (checkout.RefundReport, error) {
				return checkout.RefundReport{}, &checkout.Declined{Reason: "not_allowed"}
			}
			r, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID, Amount: amount})
			if err != nil || r.Status != checkout.RefundFailed {
				t.Fatal(r, err)
			}
			done := refundNamed("re_1", amount, checkout.RefundSucceeded)
			done.RefundID = r.ID
			n := len(alerts)
			p.teller(t, svc, a)(refundTotal(amount), done, done)
			if got := attempt(t, svc, s.ID, a.ID); got.Refunded != amount || balance(t, svc) != 12500-amount || len(alerts) != n {
				t.Errorf("%d went back once; recorded %d, balance %d, new alerts %+v", amount, got.Refunded, balance(t, svc), alerts[n:])
			}
		})
	}
}

func TestRowThatCannotBeReadIsNotReadForEver(t *testing.T) {
	k := checkouttest.New(t)
	p := &listed{able: newAble()}
	svc := scriptedService(t, k, p)
	sw := checkout.NewSweeper(svc, nil)
	sw.RunOnce(ctx)
	p.fault = checkout.Unreadable([]error{errors.New("row T_1")})
	for range 24 * 10 {
		k.Clock.Add(time.Hour)
		sw.RunOnce(ctx)
	}
	since := p.since[len(p.since)-1]
	if back := k.Clock.Now().Sub(since); back > 6*time.Hour {
		t.Errorf("ten days of a bad row, and the statement is read %v back", back)
	}
}
