package checkout_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

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

// attempt returns an attempt of a session as it stands.
func attempt(t *testing.T, s *checkout.Service, session, id string) checkout.Attempt {
	t.Helper()
	c, err := s.Checkout(ctx, session)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range c.Attempts {
		if a.ID == id {
			return a
		}
	}
	t.Fatalf("%s has no attempt %s", session, id)
	return checkout.Attempt{}
}

func types(k *checkouttest.Kit) (list []checkout.EventType) {
	for _, e := range k.Events() {
		list = append(list, e.Type)
	}
	return list
}

// count returns how many events of a type there are.
func count(k *checkouttest.Kit, t checkout.EventType) (n int) {
	for _, e := range types(k) {
		if e == t {
			n++
		}
	}
	return n
}

func paid(a checkout.Attempt) checkout.Report {
	return checkout.Report{State: checkout.StatePaid, Paid: a.Amount}
}

// scripted is a provider whose answers a test decides.
type scripted struct {
	caps  checkout.Caps // its own default if it has no methods
	start func(checkout.Order) (checkout.Started, error)
	poll  func(checkout.Attempt) (checkout.Report, error)
}

func (scripted) Name() string { return "scripted" }

func (scripted) Livemode() bool { return false }

func (p scripted) Caps() checkout.Caps {
	if len(p.caps.Methods) == 0 {
		p.caps.Methods = []checkout.Method{{ID: "wave", Code: "MOBILE_MONEY", Takes: []checkout.Range{{Currency: checkout.XOF}}}}
	}
	return p.caps
}

func (p scripted) Start(_ context.Context, o checkout.Order) (checkout.Started, error) {
	return p.start(o)
}

func (p scripted) Poll(_ context.Context, a checkout.Attempt) (checkout.Report, error) {
	return p.poll(a)
}

// able is a scripted provider that can do everything a provider can.
type able struct {
	scripted
	find   func(checkout.Attempt) (checkout.Started, error)
	close  func(checkout.Attempt) (checkout.Report, error)
	refund func(checkout.RefundOrder) (checkout.RefundReport, error)
	parse  func(checkout.Inbound) ([]checkout.Signal, error)
	list   []checkout.Signal
}

func (p *able) Find(_ context.Context, a checkout.Attempt) (checkout.Started, error) {
	return p.find(a)
}

func (p *able) Close(_ context.Context, a checkout.Attempt) (checkout.Report, error) {
	return p.close(a)
}

func (p *able) Refund(_ context.Context, o checkout.RefundOrder) (checkout.RefundReport, error) {
	return p.refund(o)
}

func (p *able) Parse(in checkout.Inbound) ([]checkout.Signal, error) { return p.parse(in) }

// newAble returns a provider that accepts, is pending, closes, refunds at once
// and trusts every message to be the JSON-free word of the test.
func newAble() *able {
	p := &able{scripted: scripted{
		caps: checkout.Caps{Refunds: checkout.RefundPartial, Rate: 1000},
		start: func(o checkout.Order) (checkout.Started, error) {
			return checkout.Started{Ref: "ref_" + o.Attempt.ID, Next: redirect}, nil
		},
		poll: func(checkout.Attempt) (checkout.Report, error) {
			return checkout.Report{State: checkout.StatePending}, nil
		},
	}}
	p.find = func(checkout.Attempt) (checkout.Started, error) {
		return checkout.Started{Report: checkout.Report{State: checkout.StateMissing}}, nil
	}
	p.close = func(checkout.Attempt) (checkout.Report, error) {
		return checkout.Report{State: checkout.StateExpired}, nil
	}
	p.refund = func(o checkout.RefundOrder) (checkout.RefundReport, error) {
		return checkout.RefundReport{State: checkout.RefundSucceeded, Ref: "back_" + o.Refund.ID}, nil
	}
	return p
}

var redirect = checkout.Next{Kind: checkout.NextRedirect, URL: "https://wallet.example/pay"}

func scriptedService(t *testing.T, k *checkouttest.Kit, p checkout.Provider, change ...func(*checkout.Config)) *checkout.Service {
	t.Helper()
	c := checkout.Config{
		Store: k.Store, Clock: k.Clock, Random: checkouttest.Chance(2), Providers: []checkout.Provider{p}, Concurrency: 1,
	}
	for _, f := range change {
		f(&c)
	}
	s, err := checkout.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// say delivers a message as a provider would.
func (p *able) say(t *testing.T, s *checkout.Service, sig checkout.Signal) checkout.Receipt {
	t.Helper()
	p.parse = func(checkout.Inbound) ([]checkout.Signal, error) { return []checkout.Signal{sig}, nil }
	r, err := s.Receive(ctx, "scripted", "", checkout.Inbound{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// listed is a provider that keeps a statement.
type listed struct {
	*able
	since []time.Time
	fault error
}

func (p *listed) List(_ context.Context, since time.Time, yield func(checkout.Signal) error) error {
	p.since = append(p.since, since)
	if p.fault != nil {
		return p.fault
	}
	for _, sig := range p.list {
		if err := yield(sig); err != nil {
			return err
		}
	}
	return nil
}

var errDead = errors.New("the process is dead")

// mortal is a store of a process that dies after some updates: everything fails
// from then on.
type mortal struct {
	checkout.Store
	left int
}

func (m *mortal) Update(ctx context.Context, fn func(tx checkout.Tx) error) error {
	if m.left--; m.left < 0 {
		return errDead
	}
	return m.Store.Update(ctx, fn)
}
