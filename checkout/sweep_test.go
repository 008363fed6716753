package checkout_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/checkout/provider/sandbox"
)

// TestCompletionsRaceSweeps lets the last millisecond be fought over.
func TestCompletionsRaceSweeps(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		for range 10 {
			s := open(t, k)
			a := start(t, k.Service, s.ID, "wallet")
			at := k.Clock.Now()
			k.Clock.Add(checkout.DefaultTTL)
			var wait sync.WaitGroup
			for range 8 {
				wait.Go(func() {
					report := paid(a)
					report.At = at
					if _, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: a.ID, Report: report}); err != nil {
						t.Error(err)
					}
				})
				wait.Go(func() {
					if _, err := k.Service.ExpireDue(ctx); err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			c, err := k.Service.Checkout(ctx, s.ID)
			if err != nil || c.Session.Status != checkout.StatusCompleted || c.Session.Late || c.Attempts[0].Status != checkout.AttemptPaid {
				t.Fatalf("%+v, %v", c.Session, err)
			}
		}
	})
}

func TestDelayedSuccessIsFoundByTheSweep(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		if _, err := k.Pay(s.ID, checkout.OutcomeDelay); err != nil {
			t.Fatal(err)
		}
		k.Advance(sandbox.DefaultDelay - time.Millisecond)
		if got := status(t, k, s.ID); got != checkout.StatusOpen {
			t.Errorf("a millisecond early it is %s", got)
		}
		k.Advance(time.Millisecond)
		if got := status(t, k, s.ID); got != checkout.StatusCompleted {
			t.Errorf("in time it is %s", got)
		}
	})
}

// TestMoneyPaidInTimeCompletesAnExpiringSession jumps over both instants at
// once, as a server does that was down.
func TestMoneyPaidInTimeCompletesAnExpiringSession(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		if _, err := k.Pay(s.ID, checkout.OutcomeDelay); err != nil {
			t.Fatal(err)
		}
		k.Clock.Add(2 * checkout.DefaultTTL)
		if got := status(t, k, s.ID); got != checkout.StatusExpired {
			t.Errorf("before the sweep it is %s", got)
		}
		if _, err := k.Service.ExpireDue(ctx); err != nil {
			t.Fatal(err)
		}
		c, err := k.Service.Checkout(ctx, s.ID)
		if err != nil || c.Session.Status != checkout.StatusCompleted || c.Session.Late {
			t.Errorf("%s, late %v, %v", c.Session.Status, c.Session.Late, err)
		}
	})
}

func TestUnansweredAttemptEndsWithItsSession(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		a, err := k.Pay(s.ID, checkout.OutcomeSilent)
		if err != nil {
			t.Fatal(err)
		}
		k.Advance(checkout.DefaultTTL)
		c, err := k.Service.Checkout(ctx, s.ID)
		if err != nil || c.Session.Status != checkout.StatusExpired || c.Attempts[0].Status != checkout.AttemptExpired {
			t.Errorf("%s, %s, %v", c.Session.Status, c.Attempts[0].Status, err)
		}
		k.Clock.Add(2 * time.Minute) // beyond what clocks may differ by
		late, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: a.ID, Report: paid(a)})
		if c, _ = k.Service.Checkout(ctx, s.ID); err != nil || late.Status != checkout.AttemptPaid || c.Session.Status != checkout.StatusCompleted || !c.Session.Late {
			t.Errorf("late money: %s, %s, late %v, %v", late.Status, c.Session.Status, c.Session.Late, err)
		}
	})
}

func TestLostAnswerIsAskedFor(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		answer := checkout.Report{State: checkout.StatePending}
		var fault error
		svc := scriptedService(t, k, scripted{
			start: func(checkout.Order) (checkout.Started, error) { return checkout.Started{}, errors.New("timeout") },
			poll:  func(checkout.Attempt) (checkout.Report, error) { return answer, fault },
		})
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		if a.Status != checkout.AttemptUnsure {
			t.Fatalf("at first it is %s", a.Status)
		}
		if _, err := svc.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: "wave", WithoutForm: true}); checkout.CodeOf(err) != checkout.CodeConflict {
			t.Errorf("another attempt at once: %v", err)
		}
		fault = errors.New("still down")
		k.Clock.Add(5 * time.Second)
		if _, err := svc.Reconcile(ctx); !errors.Is(err, fault) {
			t.Errorf("%v", err)
		}
		if n, err := svc.Reconcile(ctx); n != 0 || err != nil {
			t.Errorf("asked again at once: %d, %v", n, err)
		}
		fault, answer = nil, paid(a)
		k.Clock.Add(time.Minute)
		if _, err := svc.Reconcile(ctx); err != nil {
			t.Fatal(err)
		}
		if got := status(t, k, s.ID); got != checkout.StatusCompleted {
			t.Errorf("in the end it is %s", got)
		}
	})
}

func TestProviderMayBeSlowToHearOfAnAttempt(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		answer := checkout.Report{State: checkout.StateMissing}
		svc := scriptedService(t, k, scripted{
			start: func(checkout.Order) (checkout.Started, error) { return checkout.Started{}, errors.New("timeout") },
			poll:  func(checkout.Attempt) (checkout.Report, error) { return answer, nil },
		})
		reconcile := func(after time.Duration) {
			t.Helper()
			k.Clock.Add(after)
			if _, err := svc.Reconcile(ctx); err != nil {
				t.Fatal(err)
			}
		}
		s, lost := open(t, k), open(t, k)
		a, b := start(t, svc, s.ID, "wave"), start(t, svc, lost.ID, "wave")
		reconcile(5 * time.Second)
		answer = paid(a)
		if _, err := svc.Settle(ctx, checkout.Signal{Provider: "scripted", AttemptID: a.ID, Report: answer}); err != nil {
			t.Fatal(err)
		}
		if got := status(t, k, s.ID); got != checkout.StatusCompleted {
			t.Errorf("heard of late, it is %s", got)
		}
		answer = checkout.Report{State: checkout.StateMissing}
		reconcile(11 * time.Minute)
		c, err := svc.Checkout(ctx, lost.ID)
		if err != nil || c.Attempts[0].ID != b.ID || c.Attempts[0].Status != checkout.AttemptFailed || c.Attempts[0].Reason != checkout.ReasonNotSent {
			t.Errorf("never heard of, it is %+v, %v", c.Attempts[0], err)
		}
	})
}

// TestSessionThatEndsWhileItsPaymentIsStarted lets the merchant expire a session
// between the row and the provider's answer, and the customer pay all the same.
func TestSessionThatEndsWhileItsPaymentIsStarted(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		var svc *checkout.Service
		answer := checkout.Report{State: checkout.StateMissing}
		svc = scriptedService(t, k, scripted{
			start: func(o checkout.Order) (checkout.Started, error) {
				k.Clock.Add(checkout.DefaultTTL)
				_, err := svc.ExpireDue(ctx)
				return checkout.Started{Ref: "cos-1", Next: checkout.Next{Kind: checkout.NextPrompt}}, err
			},
			poll: func(checkout.Attempt) (checkout.Report, error) { return answer, nil },
		})
		a := start(t, svc, s.ID, "wave")
		if a.Status != checkout.AttemptOpen || a.DueAt.IsZero() {
			t.Fatalf("once the provider has answered it is %+v", a)
		}
		answer = paid(a)
		k.Clock.Add(time.Minute)
		if _, err := svc.Reconcile(ctx); err != nil {
			t.Fatal(err)
		}
		if got := status(t, k, s.ID); got != checkout.StatusCompleted {
			t.Errorf("with the money collected it is %s", got)
		}
	})
}

func TestPanicOfAnAdapterIsAFaultLikeAnother(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		svc := scriptedService(t, k, scripted{
			start: func(checkout.Order) (checkout.Started, error) { panic("nil map in adapter") },
			poll:  func(checkout.Attempt) (checkout.Report, error) { panic("nil map in adapter") },
		})
		s := open(t, k)
		if a := start(t, svc, s.ID, "wave"); a.Status != checkout.AttemptUnsure {
			t.Errorf("it is %s", a.Status)
		}
		k.Clock.Add(checkout.DefaultTTL)
		if _, err := svc.ExpireDue(ctx); err == nil {
			t.Error("the fault is told nobody")
		}
		if n, err := svc.ExpireDue(ctx); n != 0 || err != nil {
			t.Errorf("the session is still due: %d, %v", n, err)
		}
	})
}

// TestClockThatRanAheadPutsNothingOffForEver polls once in a far future, and
// then again after the clock was put right.
func TestClockThatRanAheadPutsNothingOffForEver(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		answer := checkout.Report{State: checkout.StatePending}
		svc := scriptedService(t, k, scripted{
			start: func(checkout.Order) (checkout.Started, error) { return checkout.Started{Ref: "cos-1"}, nil },
			poll:  func(checkout.Attempt) (checkout.Report, error) { return answer, nil },
		})
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		k.Clock.Add(20 * 24 * time.Hour)
		if _, err := svc.Reconcile(ctx); err != nil {
			t.Fatal(err)
		}
		k.Clock.Set(checkouttest.Start.Add(time.Minute))
		answer = paid(a)
		sweeper := checkout.NewSweeper(svc, nil)
		if err := sweeper.RunOnce(ctx); err != nil {
			t.Fatal(err)
		}
		k.Clock.Add(31 * time.Hour)
		if err := sweeper.RunOnce(ctx); err != nil {
			t.Fatal(err)
		}
		if got := status(t, k, s.ID); got != checkout.StatusCompleted {
			t.Errorf("two days later it is %s", got)
		}
	})
}
