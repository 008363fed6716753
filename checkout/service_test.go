package checkout_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

func TestConfigIsChecked(t *testing.T) {
	k := checkouttest.New(t)
	if _, err := checkout.New(checkout.Config{}); err == nil {
		t.Error("a service without a store")
	}
	if _, err := checkout.New(checkout.Config{Store: k.Store, Providers: []checkout.Provider{k.Sandbox, k.Sandbox}}); err == nil {
		t.Error("a provider twice")
	}
}

func TestClosureThatRunsTwiceLeavesOneAnswer(t *testing.T) {
	k := checkouttest.New(t)
	svc, err := checkout.New(checkout.Config{Store: twice{k.Store}, Clock: k.Clock, Random: checkouttest.Chance(3), Providers: []checkout.Provider{k.Sandbox}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := svc.CreateSession(ctx, checkout.CreateSessionParams{Total: checkout.Money{Amount: 5, Currency: checkout.EUR}})
	if err != nil {
		t.Fatal(err)
	}
	a := start(t, svc, s.ID, "wallet")
	if _, err := svc.Simulate(ctx, s.ID, a.ID, checkout.OutcomeSucceed); err != nil {
		t.Fatal(err)
	}
	if got, err := svc.Session(ctx, checkout.Account{}, s.ID); err != nil || got.Status != checkout.StatusCompleted || got.TransactionID != a.ID {
		t.Errorf("%+v, %v", got, err)
	}
	if want := []checkout.EventType{checkout.EventPaymentCreated, checkout.EventPaymentSucceeded}; !slices.Equal(types(k), want) {
		t.Errorf("events %v", types(k))
	}
}

// twice is a store that runs each update once for nothing first, as a database
// does that has to repeat it.
type twice struct{ checkout.Store }

func (s twice) Update(ctx context.Context, fn func(checkout.Tx) error) error {
	again := errors.New("again")
	err := s.Store.Update(ctx, func(tx checkout.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return again
	})
	if !errors.Is(err, again) {
		return err
	}
	return s.Store.Update(ctx, fn)
}
