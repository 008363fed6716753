package checkout_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

func TestTwoTabsCannotPayTwice(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		first := start(t, k.Service, s.ID, "wallet")
		if again := start(t, k.Service, s.ID, "wallet"); again.ID != first.ID {
			t.Errorf("the same choice made %s beside %s", again.ID, first.ID)
		}
		second, err := k.Service.Start(ctx, checkout.StartParams{
			SessionID: s.ID, Method: "card", WithoutForm: true,
			Card: checkout.Card{Number: "4000 0000 0000 3155", Expiry: "12/30", CVC: "123"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Service.Simulate(ctx, s.ID, first.ID, checkout.OutcomeSucceed); checkout.CodeOf(err) != checkout.CodeConflict {
			t.Errorf("the closed tab paid: %v", err)
		}
		if a, err := k.Service.Simulate(ctx, s.ID, second.ID, checkout.OutcomeSucceed); err != nil || a.Status != checkout.AttemptPaid {
			t.Errorf("%s, %v", a.Status, err)
		}
		if _, err := k.Pay(s.ID, checkout.OutcomeSucceed); checkout.CodeOf(err) != checkout.CodeNotOpen {
			t.Errorf("a third tab: %v", err)
		}
	})
}

func TestSimultaneousStartsLeaveOneLiveAttempt(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		var wait sync.WaitGroup
		for i := range 16 {
			wait.Go(func() {
				p := checkout.StartParams{SessionID: s.ID, Method: "wallet", WithoutForm: true}
				if i%2 == 0 {
					p.Method, p.Outcome = "phone", checkout.OutcomeSilent
				}
				if _, err := k.Service.Start(ctx, p); err != nil && checkout.CodeOf(err) != checkout.CodeConflict {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		c, err := k.Service.Checkout(ctx, s.ID)
		live := 0
		for _, a := range c.Attempts {
			if a.Live() {
				live++
			}
		}
		if err != nil || live != 1 {
			t.Errorf("%d live attempts of %d, %v", live, len(c.Attempts), err)
		}
	})
}

func TestFailedTryLeavesTheSessionOpen(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		for _, outcome := range []checkout.Outcome{checkout.OutcomeDecline, checkout.OutcomeCancel} {
			a, err := k.Pay(s.ID, outcome)
			if err != nil || a.Status != checkout.AttemptFailed || status(t, k, s.ID) != checkout.StatusOpen {
				t.Errorf("%s: %s, %v", outcome, a.Status, err)
			}
		}
		a, err := k.Service.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: "phone", Phone: "+46 733 123 450", WithoutForm: true})
		if checkout.CodeOf(err) != checkout.CodeDeclined || a.Status != checkout.AttemptFailed || a.Reason != "failed" {
			t.Errorf("%+v, %v", a, err)
		}
		if a, err := k.Pay(s.ID, checkout.OutcomeSucceed); err != nil || a.Status != checkout.AttemptPaid {
			t.Errorf("%s, %v", a.Status, err)
		}
		want := []checkout.EventType{
			checkout.EventPaymentCreated, checkout.EventPaymentFailed, checkout.EventPaymentCreated, checkout.EventPaymentFailed,
			checkout.EventPaymentCreated, checkout.EventPaymentFailed, checkout.EventPaymentCreated, checkout.EventPaymentSucceeded,
		}
		if got := types(k); !slices.Equal(got, want) {
			t.Errorf("events %v", got)
		}
	})
}

func TestProviderThatWasNotReachedIsACertainNo(t *testing.T) {
	k := checkouttest.New(t)
	svc := scriptedService(t, k, scripted{start: func(checkout.Order) (checkout.Started, error) {
		return checkout.Started{}, errors.Join(errors.New("dial"), checkout.ErrNotSent)
	}})
	a, err := svc.Start(ctx, checkout.StartParams{SessionID: open(t, k).ID, Method: "wave", WithoutForm: true})
	if checkout.CodeOf(err) != checkout.CodeDeclined || a.Status != checkout.AttemptFailed || a.Reason != "provider_unavailable" {
		t.Errorf("%+v, %v", a, err)
	}
}

// faulty is a store whose next updates fail, as on a full disk.
type faulty struct {
	checkout.Store
	faults int
}

func (s *faulty) Update(ctx context.Context, fn func(checkout.Tx) error) error {
	if s.faults > 0 {
		s.faults--
		return &checkout.Error{Code: checkout.CodeUnavailable, Message: "The disk is full"}
	}
	return s.Store.Update(ctx, fn)
}

func TestAnswerOfAProviderOutlivesAPassingFault(t *testing.T) {
	k := checkouttest.New(t)
	f := &faulty{Store: k.Store}
	svc, err := checkout.New(checkout.Config{Store: f, Clock: k.Clock, Random: checkouttest.Chance(4), Providers: []checkout.Provider{
		scripted{start: func(checkout.Order) (checkout.Started, error) {
			f.faults = 2
			return checkout.Started{Ref: "cos-1"}, nil
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if a := start(t, svc, open(t, k).ID, "wave"); a.Ref != "cos-1" || a.Status != checkout.AttemptOpen {
		t.Errorf("%+v", a)
	}
}

func TestRefusalThatOvertakesTheAnswerIsToldOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		var svc *checkout.Service
		svc = scriptedService(t, k, scripted{start: func(o checkout.Order) (checkout.Started, error) {
			_, err := svc.Settle(ctx, checkout.Signal{Provider: "scripted", AttemptID: o.Attempt.ID, Report: checkout.Report{State: checkout.StateFailed, Reason: "no"}})
			if err != nil {
				t.Error(err)
			}
			return checkout.Started{}, &checkout.Declined{Reason: "no"}
		}})
		a, err := svc.Start(ctx, checkout.StartParams{SessionID: open(t, k).ID, Method: "wave", WithoutForm: true})
		if checkout.CodeOf(err) != checkout.CodeDeclined || a.Reason != "no" {
			t.Errorf("%+v, %v", a, err)
		}
		if want := []checkout.EventType{checkout.EventPaymentCreated, checkout.EventPaymentFailed}; !slices.Equal(types(k), want) {
			t.Errorf("events %v", types(k))
		}
	})
}

func TestSessionIsTriedSoOftenAndNoMore(t *testing.T) {
	k := checkouttest.New(t)
	s := open(t, k)
	for range 50 {
		if _, err := k.Pay(s.ID, checkout.OutcomeDecline); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Pay(s.ID, checkout.OutcomeSucceed); checkout.CodeOf(err) != checkout.CodeTooMany {
		t.Errorf("%v", err)
	}
}

func TestMessageThatOvertakesTheAnswerStands(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		var svc *checkout.Service
		svc = scriptedService(t, k, scripted{start: func(o checkout.Order) (checkout.Started, error) {
			_, err := svc.Settle(ctx, checkout.Signal{Provider: "scripted", EventID: "ev_1", AttemptID: o.Attempt.ID, Report: paid(o.Attempt)})
			return checkout.Started{Ref: "cos-1"}, err
		}})
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		if a.Status != checkout.AttemptPaid || a.Ref != "cos-1" || status(t, k, s.ID) != checkout.StatusCompleted {
			t.Errorf("%+v", a)
		}
	})
}

func TestFormIsHeldToWhatTheSessionAsks(t *testing.T) {
	k := checkouttest.New(t)
	all := checkout.Form{Name: true, Email: true, Phone: true, BillingAddress: true}
	s, err := k.Service.CreateSession(ctx, checkout.CreateSessionParams{Total: checkout.Money{Amount: 1, Currency: checkout.USD}, Form: &all})
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.Service.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: "wallet", Payer: checkout.Contact{Email: "nobody"}})
	var e *checkout.Error
	if !errors.As(err, &e) || e.Code != checkout.CodeInvalid {
		t.Fatal(err)
	}
	var names []string
	for _, f := range e.Fields {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	if want := []string{"address", "city", "country", "email", "name", "phone"}; !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
	for method, field := range map[string]string{"phone": "phone", "card": "card_number", "wave": "method"} {
		_, err := k.Service.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: method, WithoutForm: true})
		if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Name != field {
			t.Errorf("%s: %v", method, err)
		}
	}
}
