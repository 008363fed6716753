package checkout_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/store"
)

var ctx = context.Background()

// onEachStore runs f on the store in memory and on SQLite.
func onEachStore(t *testing.T, f func(t *testing.T, k *checkouttest.Kit)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { f(t, checkouttest.New(t)) })
	t.Run("sqlite", func(t *testing.T) { f(t, checkouttest.On(t, openSQLite(t, filepath.Join(t.TempDir(), "test.db")))) })
}

func openSQLite(t *testing.T, file string) *store.DB {
	t.Helper()
	db, err := store.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func open(t *testing.T, k *checkouttest.Kit) checkout.Session {
	t.Helper()
	s, err := k.Service.CreateSession(ctx, checkout.CreateSessionParams{Total: checkout.Money{Amount: 12500, Currency: checkout.XOF}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func start(t *testing.T, s *checkout.Service, session, method string) checkout.Attempt {
	t.Helper()
	a, err := s.Start(ctx, checkout.StartParams{SessionID: session, Method: method, WithoutForm: true})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func status(t *testing.T, k *checkouttest.Kit, session string) checkout.Status {
	t.Helper()
	c, err := k.Service.Checkout(ctx, session)
	if err != nil {
		t.Fatal(err)
	}
	return c.Session.Status
}

func types(k *checkouttest.Kit) (list []checkout.EventType) {
	for _, e := range k.Events() {
		list = append(list, e.Type)
	}
	return list
}

func paid(a checkout.Attempt) checkout.Report {
	return checkout.Report{State: checkout.StatePaid, Paid: a.Amount}
}

// scripted is a provider whose answers a test decides.
type scripted struct {
	start func(checkout.Order) (checkout.Started, error)
	poll  func(checkout.Attempt) (checkout.Report, error)
}

func (scripted) Name() string { return "scripted" }

func (scripted) Livemode() bool { return false }

func (scripted) Caps() checkout.Caps {
	return checkout.Caps{Methods: []checkout.Method{{ID: "wave", Code: "MOBILE_MONEY", Takes: []checkout.Range{{Currency: checkout.XOF}}}}}
}

func (p scripted) Start(_ context.Context, o checkout.Order) (checkout.Started, error) {
	return p.start(o)
}

func (p scripted) Poll(_ context.Context, a checkout.Attempt) (checkout.Report, error) {
	return p.poll(a)
}

func scriptedService(t *testing.T, k *checkouttest.Kit, p scripted) *checkout.Service {
	t.Helper()
	s, err := checkout.New(checkout.Config{
		Store: k.Store, Clock: k.Clock, Random: checkouttest.Chance(2), Providers: []checkout.Provider{p},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
