// Package checkouttest is for tests of programs that take payments through
// package checkout: a service on a store in memory, a clock that stands still,
// providers that are simulated and chance that repeats. Nothing waits, and
// nothing leaves the process.
package checkouttest

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/sandbox"
)

// Start is when the clock of a [Kit] stands still at first.
var Start = time.Date(2026, time.March, 1, 9, 0, 0, 0, time.UTC)

// Kit is a service with everything that it is made of.
type Kit struct {
	Service *checkout.Service
	Store   checkout.Store
	Clock   *clock.Mock
	Sandbox *sandbox.Provider

	t       testing.TB
	sweeper *checkout.Sweeper
}

// New returns a Kit on a store in memory.
func New(t testing.TB) *Kit { return On(t, NewStore()) }

// On returns a Kit on a store of the caller's.
func On(t testing.TB, store checkout.Store) *Kit { return With(t, checkout.Config{Store: store}) }

// With returns a Kit of what c says; it fills in what c leaves out. Providers in
// c come before the sandbox. Questions to providers are asked one at a time, so
// that a test goes the same way each time.
func With(t testing.TB, c checkout.Config) *Kit {
	t.Helper()
	k := &Kit{Store: c.Store, t: t}
	if k.Store == nil {
		k.Store = NewStore()
	}
	var stopped bool
	if k.Clock, stopped = c.Clock.(*clock.Mock); !stopped {
		k.Clock = clock.NewMock()
		k.Clock.Set(Start)
	}
	if c.Random == nil {
		c.Random = Chance(1)
	}
	k.Sandbox = sandbox.New(sandbox.Config{Clock: k.Clock})
	c.Store, c.Clock, c.Concurrency = k.Store, k.Clock, 1
	c.Providers = append(slices.Clone(c.Providers), k.Sandbox)
	service, err := checkout.New(c)
	if err != nil {
		t.Fatal(err)
	}
	k.Service, k.sweeper = service, checkout.NewSweeper(service, nil)
	return k
}

// Chance returns a reader whose bytes are the same for the same seed. It is
// safe for concurrent use.
func Chance(seed uint64) io.Reader {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return &chance{source: rand.NewChaCha8(key)}
}

type chance struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func (c *chance) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.source.Read(b)
}

// Advance moves the clock by d and does what falls due on the way, each thing
// at its own instant. A fault on the way fails the test.
func (k *Kit) Advance(d time.Duration) {
	k.t.Helper()
	if err := k.Service.Advance(context.Background(), k.Clock, d, k.sweeper.RunOnce); err != nil {
		k.t.Fatal(err)
	}
}

// Pay starts an attempt to pay a session with the sandbox's wallet and lets the
// customer choose outcome. It returns the attempt as it stands then.
func (k *Kit) Pay(session string, outcome checkout.Outcome) (checkout.Attempt, error) {
	ctx := context.Background()
	a, err := k.Service.Start(ctx, checkout.StartParams{
		SessionID: session, Method: sandbox.MethodWallet, WithoutForm: true,
	})
	if err != nil {
		return a, err
	}
	return k.Service.Simulate(ctx, session, a.ID, outcome)
}

// Events returns everything that merchants have been owed so far and that no
// dispatcher has taken up, in order.
func (k *Kit) Events() (events []checkout.Event) {
	k.t.Helper()
	err := k.Store.View(context.Background(), func(tx checkout.Tx) (err error) {
		events, err = tx.UnfannedEvents(1 << 30)
		return err
	})
	if err != nil && !errors.Is(err, checkout.ErrNotFound) {
		k.t.Fatal(err)
	}
	return events
}
