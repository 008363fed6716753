package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/sandbox"
	"github.com/checkoutd/checkoutd/cmd/bench/internal/load"
	"github.com/checkoutd/checkoutd/store"
	"github.com/checkoutd/checkoutd/webhook"
)

const (
	// singles is how many events are sent one at a time.
	singles = 400

	// many is how many endpoints merchants have, and owed what they are owed
	// together when the rate is measured.
	many = 100
	owed = 10_000
)

// silent is where the dispatcher logs to: a line a try would be measured too.
var silent = slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError + 1}))

// webhooks measures how fast merchants hear of what they are owed.
func (b *bench) webhooks(ctx context.Context) error {
	for _, m := range []func(context.Context) error{b.firstByte, b.rate, b.backlog} {
		if err := m(ctx); err != nil {
			return fmt.Errorf("webhooks: %w", err)
		}
	}
	return nil
}

// dispatching runs a dispatcher on db while f runs. done is called before the
// dispatcher is told to stop, so that it waits for no receiver that hangs.
func dispatching(ctx context.Context, db checkout.Store, f func(d *webhook.Dispatcher) error, done func() error) error {
	d, err := webhook.New(webhook.Config{Store: db, Log: silent, Rules: webhook.URLRules{Loopback: true}})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = d.Run(running) // it says that it was stopped
	}()
	err = errors.Join(f(d), done())
	stop()
	<-ended
	return err
}

// stamped is a store that remembers when its last update was on disk.
type stamped struct {
	*store.DB
	mu   sync.Mutex
	last time.Time
}

func (s *stamped) Update(ctx context.Context, fn func(tx checkout.Tx) error) error {
	err := s.DB.Update(ctx, fn)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
	return err
}

func (s *stamped) committed() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// firstByte measures how long after the commit of a payment its merchant hears
// of it, when there is nothing else to do.
func (b *bench) firstByte(ctx context.Context) error {
	name := "webhook: commit to first byte at the receiver, idle"
	if !b.wants(name) {
		return nil
	}
	came := make(chan time.Time, 1)
	r := &receivers{got: func(_ int, first time.Time) { came <- first }}
	if err := r.listen(ctx, 1); err != nil {
		return err
	}
	file := filepath.Join(b.dir, "first.db")
	if err := addEndpoints(ctx, file, r.urls); err != nil {
		return errors.Join(err, r.close())
	}
	var took []time.Duration
	err := with(file, func(db *store.DB) error {
		return dispatching(ctx, db, func(d *webhook.Dispatcher) (err error) {
			took, err = pay(ctx, db, d, came)
			return err
		}, r.close)
	})
	if err != nil {
		return err
	}
	slices.Sort(took)
	b.table.add(
		row{name: name, unit: "p50 ms", measured: millis(load.Percentile(took, 50)), target: atMost(5)},
		row{name: name, unit: "p99 ms", measured: millis(load.Percentile(took, 99))},
	)
	return nil
}

// pay has sessions paid one after the other and returns how long each message
// took.
func pay(ctx context.Context, db *store.DB, d *webhook.Dispatcher, came <-chan time.Time) (took []time.Duration, err error) {
	clocked := &stamped{DB: db}
	svc, err := checkout.New(checkout.Config{Store: clocked, Providers: []checkout.Provider{sandbox.New(sandbox.Config{})}, Wake: d.Wake})
	if err != nil {
		return nil, err
	}
	for range singles {
		s, err := svc.CreateSession(ctx, checkout.CreateSessionParams{
			Total: checkout.Money{Amount: 10000, Currency: checkout.XOF},
		})
		if err != nil {
			return nil, err
		}
		a, err := svc.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: sandbox.MethodWallet, WithoutForm: true})
		if err != nil {
			return nil, err
		}
		if err := pause(ctx, 3*time.Millisecond); err != nil { // what the start has caused is done
			return nil, err
		}
		if _, err := svc.Simulate(ctx, s.ID, a.ID, checkout.OutcomeSucceed); err != nil {
			return nil, err
		}
		committed := clocked.committed()
		select {
		case first := <-came:
			took = append(took, first.Sub(committed))
		case <-time.After(patience):
			return nil, errors.New("a message did not come")
		}
	}
	return took, nil
}

// rate measures how fast what is due is sent, and whether an endpoint that hangs
// makes the others wait.
func (b *bench) rate(ctx context.Context) error {
	each := fmt.Sprintf("webhook: %s due to %d endpoints", number(owed), many)
	name := each + ", one hangs, until the others have theirs"
	if !b.wants(each) && !b.wants(name) {
		return nil
	}
	file := filepath.Join(b.dir, "due.db")
	var all, healthy, beside []float64
	for range b.runs {
		for _, hung := range []int{-1, many / 2} {
			whole, others, err := b.deliver(ctx, file, hung)
			if err != nil {
				return err
			}
			if hung < 0 {
				all, healthy = append(all, owed/whole.Seconds()), append(healthy, millis(others))
			} else {
				beside = append(beside, millis(others))
			}
		}
	}
	b.table.add(
		row{name: each, unit: "sent/s", measured: median(all)},
		row{name: name, unit: "ms", measured: median(beside), beside: median(healthy), target: atMost(1.15)},
	)
	return nil
}

// deliver sends what is owed, to endpoints one of which may hang, and returns how
// long it took until all that do not hang had theirs, and until all had it but
// the one in the middle, which is the one that hangs.
func (b *bench) deliver(ctx context.Context, file string, hung int) (whole, others time.Duration, err error) {
	c := newCount(many / 2)
	r := &receivers{got: c.add, hangs: func(i int) bool { return i == hung }}
	if err := r.listen(ctx, many); err != nil {
		return 0, 0, err
	}
	if err := b.fillDue(ctx, file, r.urls, owed); err != nil {
		return 0, 0, errors.Join(err, r.close())
	}
	start := time.Now()
	err = with(file, func(db *store.DB) error {
		return dispatching(ctx, db, func(*webhook.Dispatcher) error { return c.wait(ctx, hung < 0) }, r.close)
	})
	if err != nil {
		return 0, 0, err
	}
	return c.whole.Sub(start), c.others.Sub(start), nil
}

// fillDue makes a database whose endpoints at urls are owed n events.
func (b *bench) fillDue(ctx context.Context, file string, urls []string, n int) error {
	if err := remove(file); err != nil {
		return err
	}
	if err := addEndpoints(ctx, file, urls); err != nil {
		return err
	}
	body, err := sampleBody()
	if err != nil {
		return err
	}
	at := time.Now().Add(-time.Minute)
	return outboxOf(file, func(o outbox) error {
		return errors.Join(o.events(ctx, n, body, at), o.owe(ctx, n, 0, len(urls), at))
	})
}

// count waits until everybody has what they are owed.
type count struct {
	apart int // the endpoint that may hang

	mu            sync.Mutex
	left, leftOf  int // of the others, and of that one
	whole, others time.Time
	all, but      chan struct{} // closed when all have it, and when the others have
}

func newCount(apart int) *count {
	return &count{apart: apart, left: owed - owed/many, leftOf: owed / many, all: make(chan struct{}), but: make(chan struct{})}
}

func (c *count) add(i int, first time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i == c.apart {
		c.leftOf--
	} else if c.left--; c.left == 0 {
		c.others = first
		close(c.but)
	}
	if c.left+c.leftOf == 0 {
		c.whole = first
		close(c.all)
	}
}

func (c *count) wait(ctx context.Context, all bool) error {
	done := c.but
	if all {
		done = c.all
	}
	select {
	case <-done:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("%d events did not come", c.left)
	case <-ctx.Done():
		return ctx.Err()
	}
}
