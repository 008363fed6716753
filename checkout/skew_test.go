package checkout_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// TestClockThatIsSetBackDelaysNoQuestion asks once and sets the clock back by five
// hours. Nothing but what is named wakes the attempt.
func TestClockThatIsSetBackDelaysNoQuestion(t *testing.T) {
	for _, c := range []struct {
		name string
		wake func(t *testing.T, p *able, svc *checkout.Service, a checkout.Attempt) error
	}{
		{"a message that proves nothing", func(t *testing.T, p *able, svc *checkout.Service, a checkout.Attempt) error {
			p.say(t, svc, checkout.Signal{Trust: checkout.TrustNone, AttemptID: a.ID})
			_, err := svc.Reconcile(ctx)
			return err
		}},
		{"a page that waits", func(_ *testing.T, _ *able, svc *checkout.Service, a checkout.Attempt) error {
			_, err := svc.Refresh(ctx, a.SessionID, a.ID)
			return err
		}},
		{"the sweeper", func(_ *testing.T, _ *able, svc *checkout.Service, _ checkout.Attempt) error {
			return checkout.NewSweeper(svc, nil).RunOnce(ctx)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
				p := newAble()
				asked, answer := 0, checkout.Report{State: checkout.StatePending}
				p.poll = func(checkout.Attempt) (checkout.Report, error) { asked++; return answer, nil }
				svc := scriptedService(t, k, p)
				s := open(t, k)
				a := start(t, svc, s.ID, "wave")
				k.Clock.Add(10 * time.Second)
				if err := checkout.NewSweeper(svc, nil).RunOnce(ctx); err != nil || asked != 1 {
					t.Fatalf("asked %d times, %v", asked, err)
				}
				k.Clock.Set(k.Clock.Now().Add(-5 * time.Hour))
				answer = paid(a)
				for range 2 { // at once and a minute later
					if err := c.wake(t, p, svc, a); err != nil {
						t.Fatal(err)
					}
					k.Clock.Add(time.Minute)
				}
				if err := c.wake(t, p, svc, a); err != nil {
					t.Fatal(err)
				}
				if asked != 2 || status(t, k, s.ID) != checkout.StatusCompleted {
					t.Errorf("asked %d times, %s", asked, status(t, k, s.ID))
				}
			})
		})
	}
}

// TestClockThatRanAheadIsPutRight lets five hours pass that never were: all that
// was put off by them is due again once the sweeper sees the clock go back.
func TestClockThatRanAheadIsPutRight(t *testing.T) {
	for _, polls := range []checkout.Schedule{{}, schedule} {
		onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
			p := newAble()
			p.caps.Polls = polls
			asked, answer := 0, checkout.Report{State: checkout.StatePending}
			p.poll = func(checkout.Attempt) (checkout.Report, error) { asked++; return answer, nil }
			p.close = p.poll
			refund := p.refund
			p.refund = func(checkout.RefundOrder) (checkout.RefundReport, error) {
				return checkout.RefundReport{}, errors.New("timeout")
			}
			svc := scriptedService(t, k, p)
			back := p.pay(t, svc, open(t, k).ID)
			s := open(t, k)
			a := start(t, svc, s.ID, "wave")
			sweeper := checkout.NewSweeper(svc, nil)
			k.Clock.Add(5 * time.Hour)
			if _, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: back.ID}); err == nil {
				t.Fatal("the answer was not lost")
			}
			for range 2 {
				_ = sweeper.RunOnce(ctx)
			}
			right := k.Clock.Now().Add(-5 * time.Hour)
			k.Clock.Set(right)
			before := asked
			answer, p.refund = paid(a), refund
			if err := svc.Advance(ctx, k.Clock, 2*time.Minute, sweeper.RunOnce); err != nil {
				t.Fatal(err)
			}
			got := attempt(t, svc, s.ID, a.ID)
			if asked != before+1 || got.Status != checkout.AttemptPaid || status(t, k, s.ID) != checkout.StatusCompleted {
				t.Errorf("asked %d times: %s, %s", asked-before, got.Status, status(t, k, s.ID))
			}
			if got.PaidAt.Before(right) || got.PaidAt.After(k.Clock.Now()) {
				t.Errorf("paid at %v, between %v and %v", got.PaidAt, right, k.Clock.Now())
			}
			if got := attempt(t, svc, back.SessionID, back.ID); got.Status != checkout.AttemptRefunded || got.Refunding != 0 {
				t.Errorf("the refund: %s, %d on the way", got.Status, got.Refunding)
			}
		})
	}
}

// TestAttemptThatItsProviderForgetsComesToAnEnd has a provider accept an attempt
// and from then on say that it never heard of it.
func TestAttemptThatItsProviderForgetsComesToAnEnd(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		p.caps.Polls = schedule
		asked := 0
		p.poll = func(checkout.Attempt) (checkout.Report, error) {
			asked++
			return checkout.Report{State: checkout.StateMissing}, nil
		}
		p.close = p.poll
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		sweeper := checkout.NewSweeper(svc, nil)
		end := schedule.Life + schedule.Margin + schedule.GiveUp
		if err := svc.Advance(ctx, k.Clock, end-time.Second, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptOpen {
			t.Errorf("before its time is up it is %s", got.Status)
		}
		if err := svc.Advance(ctx, k.Clock, 5*time.Minute, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptExpired {
			t.Errorf("then it is %s", got.Status)
		}
		before := asked
		if err := svc.Advance(ctx, k.Clock, 30*24*time.Hour, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptExpired || !got.DueAt.IsZero() || asked != before+len(schedule.Late) {
			t.Errorf("a month later it is %s, due %v, asked %d times more", got.Status, got.DueAt, asked-before)
		}
	})
}

// flaky is a store that is busy for a while.
type flaky struct {
	checkout.Store
	fail int
}

func (f *flaky) Update(ctx context.Context, fn func(tx checkout.Tx) error) error {
	if f.fail > 0 {
		f.fail--
		return &checkout.Error{Code: checkout.CodeUnavailable, Message: "busy"}
	}
	return f.Store.Update(ctx, fn)
}

func TestClockThatIsSetBackWhileTheStoreIsBusy(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	asked := 0
	p.poll = func(checkout.Attempt) (checkout.Report, error) {
		asked++
		return checkout.Report{State: checkout.StatePending}, nil
	}
	f := &flaky{Store: k.Store}
	svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Store = f })
	start(t, svc, open(t, k).ID, "wave")
	sw := checkout.NewSweeper(svc, nil)
	sw.RunOnce(ctx)
	k.Clock.Set(k.Clock.Now().Add(-5 * time.Hour))
	f.fail = 1
	sw.RunOnce(ctx)
	for range 120 {
		k.Clock.Add(time.Minute)
		sw.RunOnce(ctx)
	}
	if asked == 0 {
		t.Error("two hours after the clock was set back nobody has asked")
	}
}

func TestStartThatNeverArrivedIsToldAfterALongOutage(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	p.caps.Polls = checkout.Schedule{Waits: []time.Duration{time.Minute}, Life: 10 * time.Minute, Margin: time.Minute, GiveUp: time.Hour}
	p.start = func(checkout.Order) (checkout.Started, error) { return checkout.Started{}, errors.New("timeout") }
	svc := scriptedService(t, k, p)
	s := open(t, k)
	a := start(t, svc, s.ID, "wave")
	k.Clock.Add(3 * time.Hour)
	sw := checkout.NewSweeper(svc, nil)
	for range 180 {
		sw.RunOnce(ctx)
		k.Clock.Add(time.Minute)
	}
	got := attempt(t, svc, s.ID, a.ID)
	if got.Status != checkout.AttemptFailed || count(k, checkout.EventPaymentFailed) != 1 {
		t.Errorf("%s %q, %d payment.failed", got.Status, got.Reason, count(k, checkout.EventPaymentFailed))
	}
}
