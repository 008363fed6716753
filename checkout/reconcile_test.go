package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// schedule is one with every part.
var schedule = checkout.Schedule{
	Waits: []time.Duration{10 * time.Second, 20 * time.Second, time.Minute}, Life: 5 * time.Minute,
	Margin: 30 * time.Second, GiveUp: 10 * time.Minute, Late: []time.Duration{time.Hour, 24 * time.Hour},
}

// within reports whether got is want, a fifth more or less.
func within(got, want time.Duration) bool {
	return got >= want*8/10-time.Millisecond && got <= want*12/10
}

// TestAttemptsAreAskedAboutOnSchedule lets a provider say nothing but "pending"
// and looks at when it is asked, to the end and beyond.
func TestAttemptsAreAskedAboutOnSchedule(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		p.caps.Polls = schedule
		var asked []time.Duration
		p.poll = func(checkout.Attempt) (checkout.Report, error) {
			asked = append(asked, k.Clock.Now().Sub(checkouttest.Start))
			return checkout.Report{State: checkout.StatePending}, nil
		}
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		if !a.Until.Equal(checkouttest.Start.Add(schedule.Life)) {
			t.Errorf("until %v", a.Until)
		}
		sweeper := checkout.NewSweeper(svc, nil)
		if err := svc.Advance(ctx, k.Clock, 50*time.Minute, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		got := attempt(t, svc, s.ID, a.ID)
		end := got.UpdatedAt.Sub(checkouttest.Start)
		if got.Status != checkout.AttemptExpired || end < 15*time.Minute+30*time.Second || end > 17*time.Minute {
			t.Errorf("%s after %v", got.Status, end)
		}
		if len(asked) < 8 || !within(asked[0], 10*time.Second) || !within(asked[1]-asked[0], 20*time.Second) || !within(asked[2]-asked[1], time.Minute) {
			t.Errorf("asked after %v", asked)
		}
		exact := false
		for _, at := range asked {
			exact = exact || at == schedule.Life+schedule.Margin
		}
		if !exact {
			t.Errorf("not asked at the provider's own deadline: %v", asked)
		}
		n := len(asked)
		if err := svc.Advance(ctx, k.Clock, 72*time.Hour, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		if len(asked) != n+2 || asked[n]-end != time.Hour || asked[n+1]-end != 24*time.Hour || !attempt(t, svc, s.ID, a.ID).DueAt.IsZero() {
			t.Errorf("asked again after %v, of an end at %v", asked[n:], end)
		}
	})
}

func TestMoneyIsFoundByALateRecheck(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		p.caps.Polls = schedule
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		p.say(t, svc, checkout.Signal{EventID: "e1", Trust: checkout.TrustSigned, AttemptID: a.ID, Report: checkout.Report{State: checkout.StateFailed, Reason: "declined"}})
		answer := errors.New("down")
		p.poll = func(checkout.Attempt) (checkout.Report, error) { return paid(a), answer }
		sweeper := checkout.NewSweeper(svc, nil)
		_ = svc.Advance(ctx, k.Clock, 24*time.Hour, sweeper.RunOnce) // each recheck fails
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptFailed || got.DueAt.IsZero() {
			t.Fatalf("%s, due %v", got.Status, got.DueAt)
		}
		answer = nil
		if err := svc.Advance(ctx, k.Clock, 2*time.Hour, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptPaid || status(t, k, s.ID) != checkout.StatusCompleted {
			t.Errorf("%s, %s", got.Status, status(t, k, s.ID))
		}
	})
}

// TestLostStartIsFound loses the answer to Start and lets the provider know of
// it, or not.
func TestLostStartIsFound(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		p.start = func(checkout.Order) (checkout.Started, error) { return checkout.Started{}, errors.New("timeout") }
		svc := scriptedService(t, k, p)
		found, missing := open(t, k), open(t, k)
		a, b := start(t, svc, found.ID, "wave"), start(t, svc, missing.ID, "wave")
		p.find = func(q checkout.Attempt) (checkout.Started, error) {
			if q.ID == a.ID {
				return checkout.Started{Ref: "theirs", Next: redirect, Until: k.Clock.Now().Add(time.Hour)}, nil
			}
			return checkout.Started{Report: checkout.Report{State: checkout.StateMissing}}, nil
		}
		sweeper := checkout.NewSweeper(svc, nil)
		if err := svc.Advance(ctx, k.Clock, 3*time.Minute, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, found.ID, a.ID); got.Status != checkout.AttemptOpen || got.Ref != "theirs" || got.Next != redirect {
			t.Errorf("%+v", got)
		}
		if got := attempt(t, svc, missing.ID, b.ID); got.Status != checkout.AttemptFailed || got.Reason != checkout.ReasonNotSent {
			t.Errorf("%+v", got)
		}
		if count(k, checkout.EventPaymentFailed) != 1 {
			t.Errorf("%v", types(k))
		}
	})
}

// TestCrashBetweenRowAndCall leaves an attempt as a process does that died before
// or while it called the provider.
func TestCrashBetweenRowAndCall(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		dead := newAble()
		dead.start = func(checkout.Order) (checkout.Started, error) { panic(errDead) }
		s := open(t, k)
		func() {
			defer func() { _ = recover() }()
			svc := scriptedService(t, k, dead, func(c *checkout.Config) { c.Store = &mortal{Store: k.Store, left: 1} })
			_, _ = svc.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: "wave", WithoutForm: true})
		}()
		svc := scriptedService(t, k, p)
		c, err := svc.Checkout(ctx, s.ID)
		if err != nil || len(c.Attempts) != 1 || c.Attempts[0].Status != checkout.AttemptCreated {
			t.Fatalf("%+v, %v", c.Attempts, err)
		}
		a := c.Attempts[0]
		p.find = func(checkout.Attempt) (checkout.Started, error) {
			return checkout.Started{Ref: "theirs", Report: paid(a)}, nil
		}
		if err := svc.Advance(ctx, k.Clock, 2*time.Minute, checkout.NewSweeper(svc, nil).RunOnce); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptPaid || status(t, k, s.ID) != checkout.StatusCompleted {
			t.Errorf("%s, %s", got.Status, status(t, k, s.ID))
		}
	})
}

func TestProviderThatFailsIsHiddenForAWhile(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		for _, c := range []struct {
			name string
			err  error
			runs int // after so many it is hidden
		}{
			{"unknown faults", errors.New("500"), 5},
			{"not reached", fmt.Errorf("dial: %w", checkout.ErrNotSent), 5},
			{"bad credentials", &checkout.BadCredentials{Err: errors.New("401")}, 1},
			{"refusals", &checkout.Declined{Reason: "declined"}, 0},
			{"throttled", &checkout.Throttled{After: time.Second}, 0},
		} {
			p := newAble()
			good := p.start
			p.start = func(checkout.Order) (checkout.Started, error) { return checkout.Started{}, c.err }
			down := 0
			svc := scriptedService(t, k, p, func(cfg *checkout.Config) {
				cfg.Alert = func(a checkout.Alert) {
					if a.Kind == checkout.AlertProvider {
						down++
					}
				}
			})
			try := func() error {
				_, err := svc.Start(ctx, checkout.StartParams{SessionID: open(t, k).ID, Method: "wave", WithoutForm: true})
				return err
			}
			for n := range 7 {
				err := try()
				if hidden := checkout.CodeOf(err) == checkout.CodeNoMethod; hidden != (c.runs > 0 && n >= c.runs) {
					t.Errorf("%s, try %d: %v", c.name, n, err)
				}
			}
			if want := min(c.runs, 1); down != want {
				t.Errorf("%s: %d alerts, want %d", c.name, down, want)
			}
			page, err := svc.Checkout(ctx, open(t, k).ID)
			if err != nil || (len(page.Methods) == 0) != (c.runs > 0) {
				t.Errorf("%s: the page offers %v, %v", c.name, page.Methods, err)
			}
			k.Clock.Add(time.Minute)
			p.start = good
			if err := try(); err != nil {
				t.Errorf("%s, a minute later: %v", c.name, err)
			}
		}
	})
}

// TestProviderIsNotAskedFasterThanItsRate lets 100 attempts fall due at once.
func TestProviderIsNotAskedFasterThanItsRate(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	p.caps.Rate, p.caps.Polls = 5, checkout.Schedule{Waits: []time.Duration{20 * time.Minute}}
	var asked []time.Duration
	p.poll = func(checkout.Attempt) (checkout.Report, error) {
		asked = append(asked, k.Clock.Now().Sub(checkouttest.Start))
		return checkout.Report{State: checkout.StatePending}, nil
	}
	svc := scriptedService(t, k, p)
	for range 100 {
		start(t, svc, open(t, k).ID, "wave")
	}
	k.Clock.Add(30 * time.Minute)
	begin := k.Clock.Now().Sub(checkouttest.Start)
	if err := svc.Advance(ctx, k.Clock, time.Minute, func(c context.Context) error { _, err := svc.Reconcile(c); return err }); err != nil {
		t.Fatal(err)
	}
	if len(asked) != 100 {
		t.Fatalf("asked %d times", len(asked))
	}
	for i := range asked {
		if least := begin + time.Duration(i-6)*time.Second/5; asked[i] < least {
			t.Fatalf("question %d came after %v, not before %v", i, asked[i]-begin, least-begin)
		}
	}
	if last := asked[99] - begin; last > 25*time.Second {
		t.Errorf("the last question came after %v", last)
	}
}

// TestTwoReconcilersAskOnce has two services on one store, as two processes.
func TestTwoReconcilersAskOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		var asked atomic.Int64
		p := newAble()
		p.caps.Polls = checkout.Schedule{Waits: []time.Duration{time.Minute}}
		p.poll = func(checkout.Attempt) (checkout.Report, error) {
			asked.Add(1)
			return checkout.Report{State: checkout.StatePending}, nil
		}
		services := []*checkout.Service{scriptedService(t, k, p), scriptedService(t, k, p)}
		for range 20 {
			start(t, services[0], open(t, k).ID, "wave")
		}
		k.Clock.Add(2 * time.Minute)
		var wait sync.WaitGroup
		for _, svc := range services {
			wait.Go(func() {
				if _, err := svc.Reconcile(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if asked.Load() != 20 {
			t.Errorf("asked %d times about 20 attempts", asked.Load())
		}
	})
}

// TestOpenAttemptOfAnEndedSessionIsClosed has a provider that cannot close while
// the session ends, and can later.
func TestOpenAttemptOfAnEndedSessionIsClosed(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		p.caps.Polls = checkout.Schedule{Waits: []time.Duration{time.Minute}}
		down := errors.New("down")
		good := p.close
		p.close = func(a checkout.Attempt) (checkout.Report, error) {
			if down != nil {
				return checkout.Report{}, down
			}
			return good(a)
		}
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		k.Clock.Add(checkout.DefaultTTL)
		sweeper := checkout.NewSweeper(svc, nil)
		if err := sweeper.RunOnce(ctx); !errors.Is(err, down) || status(t, k, s.ID) != checkout.StatusExpired {
			t.Errorf("%v, %s", err, status(t, k, s.ID))
		}
		if got := attempt(t, svc, s.ID, a.ID); !got.Live() {
			t.Errorf("it is %s, and nobody knows", got.Status)
		}
		down = nil
		if err := svc.Advance(ctx, k.Clock, 2*time.Hour, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptExpired {
			t.Errorf("it is %s", got.Status)
		}
	})
}

// TestSwitchingClosesTheFirst also has a provider that does not answer, which
// must not keep the customer from paying another way.
func TestSwitchingClosesTheFirst(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		for _, fault := range []error{nil, errors.New("down")} {
			k.Clock.Add(time.Millisecond) // chance repeats with each service
			p := newAble()
			p.close = func(checkout.Attempt) (checkout.Report, error) {
				return checkout.Report{State: checkout.StateExpired}, fault
			}
			svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Providers = append(c.Providers, k.Sandbox) })
			s := open(t, k)
			first := start(t, svc, s.ID, "wave")
			if again := start(t, svc, s.ID, "wave"); again.ID != first.ID {
				t.Errorf("the open attempt does not serve: %s", again.ID)
			}
			second := start(t, svc, s.ID, "wallet")
			got := attempt(t, svc, s.ID, first.ID)
			if second.Status != checkout.AttemptOpen || got.Live() != (fault != nil) {
				t.Errorf("%v: first %s, second %s", fault, got.Status, second.Status)
			}
		}
	})
}

func TestStatementsAreReadEachHour(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := &listed{able: newAble()}
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		report := paid(a)
		report.Charge = "T_1"
		p.list = []checkout.Signal{
			{EventID: "s1", Trust: checkout.TrustSigned, AttemptID: a.ID, Report: report},
			{EventID: "s2", AttemptID: "txn_of_somebody_else", Report: report},
			{EventID: "s3", Kind: checkout.SignalNone},
		}
		sweeper := checkout.NewSweeper(svc, nil)
		if err := sweeper.RunOnce(ctx); err != nil {
			t.Fatal(err)
		}
		if status(t, k, s.ID) != checkout.StatusCompleted || len(p.since) != 1 {
			t.Errorf("%s, read %d times", status(t, k, s.ID), len(p.since))
		}
		p.list = append(p.list, checkout.Signal{EventID: "s4", Trust: checkout.TrustSigned, Kind: checkout.SignalRefund, Charge: "T_1",
			Refund: checkout.RefundReport{State: checkout.RefundSucceeded, Ref: "T_2", Amount: a.Amount}})
		for range 2 {
			k.Clock.Add(59 * time.Minute)
			if err := sweeper.RunOnce(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptRefunded || len(p.since) != 2 {
			t.Errorf("%s, read %d times", got.Status, len(p.since))
		}
		if want := checkouttest.Start.Add(-3 * time.Hour); !p.since[1].Equal(want) {
			t.Errorf("read since %v, want %v", p.since[1], want)
		}
	})
}

// TestStatementThatMayNotBeReadHidesNothing has a key that may collect, and no
// more.
func TestStatementThatMayNotBeReadHidesNothing(t *testing.T) {
	k := checkouttest.New(t)
	p := &listed{able: newAble(), fault: &checkout.BadCredentials{Err: errors.New("403")}}
	svc := scriptedService(t, k, p, func(c *checkout.Config) {
		c.Alert = func(a checkout.Alert) { t.Errorf("%+v", a) }
	})
	s := open(t, k)
	if err := checkout.NewSweeper(svc, nil).RunOnce(ctx); !errors.Is(err, p.fault) {
		t.Errorf("%v", err)
	}
	if a := start(t, svc, s.ID, "wave"); a.Status != checkout.AttemptOpen {
		t.Errorf("it is %s", a.Status)
	}
}
