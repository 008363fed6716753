package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
)

// fanBatch is how many events one transaction fans out.
const fanBatch = 100

// Config says what a [Dispatcher] is made of.
type Config struct {
	// Store holds what is owed. Required.
	Store checkout.Store

	// Clock tells when deliveries are due. Default: the system clock.
	Clock clock.Clock

	// Random is where jitter comes from. Default: crypto/rand. It must be safe
	// for concurrent use.
	Random io.Reader

	// Client sends. Its Timeout is how long one try may take. Default:
	// NewClient(false). Clients that were not made by NewClient follow redirects
	// and connect to private addresses.
	Client *http.Client

	// Log gets a line for each failed try and each fault of the store. Default:
	// slog.Default().
	Log *slog.Logger

	// Concurrency is how many tries Run has under way at most. Default: 32.
	Concurrency int

	// Lease is for how long a claimed delivery is out of the reach of other
	// dispatchers; if its sender dies, it is sent again after that. Default: 60
	// seconds; must be longer than the Client's Timeout.
	Lease time.Duration

	// Interval is how often Run looks for what has fallen due. Default: 1
	// second. Negative: only when woken, for a clock that stands still.
	Interval time.Duration
}

// Dispatcher delivers events to endpoints. Several of them, also in different
// processes, can share a store.
type Dispatcher struct {
	store       checkout.Store
	clock       clock.Clock
	random      io.Reader
	client      *http.Client
	log         *slog.Logger
	concurrency int
	lease       time.Duration
	interval    time.Duration

	wake  chan struct{} // of one: to be woken twice is to be woken
	tally tally
}

// New returns a Dispatcher, or an error that names the field of c at fault.
func New(c Config) (*Dispatcher, error) {
	d := &Dispatcher{
		store: c.Store, clock: c.Clock, random: c.Random, client: c.Client, log: c.Log,
		concurrency: c.Concurrency, lease: c.Lease, interval: c.Interval,
		wake: make(chan struct{}, 1),
	}
	if d.clock == nil {
		d.clock = clock.New()
	}
	if d.random == nil {
		d.random = rand.Reader
	}
	if d.client == nil {
		d.client = NewClient(false)
	}
	if d.log == nil {
		d.log = slog.Default()
	}
	if d.concurrency == 0 {
		d.concurrency = 32
	}
	if d.lease == 0 {
		d.lease = time.Minute
	}
	if d.interval == 0 {
		d.interval = time.Second
	}
	switch {
	case d.store == nil:
		return nil, errors.New("webhook: Config.Store is required")
	case d.concurrency < 0:
		return nil, errors.New("webhook: Config.Concurrency must be at least 1")
	case d.client.Timeout <= 0 || d.client.Timeout >= d.lease:
		return nil, errors.New("webhook: Config.Client must have a Timeout shorter than Config.Lease")
	}
	return d, nil
}

// Wake tells Run that something may be owed. It never blocks.
func (d *Dispatcher) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// RunOnce fans out what has not been fanned out and sends the one delivery that
// has been due longest. It reports whether it did anything. That a try failed
// is recorded and no error.
func (d *Dispatcher) RunOnce(ctx context.Context) (bool, error) {
	fanned, err := d.fanOut(ctx)
	if err != nil {
		return fanned, err
	}
	claims, err := d.claim(ctx, 1)
	if err != nil || len(claims) == 0 {
		return fanned, err
	}
	return true, d.deliver(ctx, claims[0])
}

// Drain sends everything that is due, one delivery after the other, until
// nothing is due now and no try of this dispatcher is under way, also of its Run.
func (d *Dispatcher) Drain(ctx context.Context) error {
	for {
		did, err := d.RunOnce(ctx)
		if err != nil {
			return err
		}
		if did {
			continue
		}
		idle, err := d.tally.wait(ctx)
		if err != nil || idle {
			return err
		}
	}
}

// fanOut makes deliveries of the events that have none yet, and reports whether
// there were any.
func (d *Dispatcher) fanOut(ctx context.Context) (did bool, err error) {
	for n := fanBatch; n == fanBatch; did = did || n > 0 {
		if n, err = d.fanOutBatch(ctx); err != nil {
			return did, fmt.Errorf("webhook: fan out: %w", err)
		}
	}
	return did, nil
}

func (d *Dispatcher) fanOutBatch(ctx context.Context) (n int, err error) {
	// A look that finds nothing, the usual one, need not wait for the writer.
	err = d.store.View(ctx, func(tx checkout.Tx) error {
		some, err := tx.UnfannedEvents(1)
		n = len(some)
		return err
	})
	if err != nil || n == 0 {
		return 0, err
	}
	err = d.store.Update(ctx, func(tx checkout.Tx) error {
		n, err = fanOutIn(tx, d.now())
		return err
	})
	return n, err
}

// fanOutIn fans out up to fanBatch events and returns how many.
func fanOutIn(tx checkout.Tx, now time.Time) (int, error) {
	events, err := tx.UnfannedEvents(fanBatch)
	if err != nil {
		return 0, err
	}
	endpoints := map[int64][]checkout.Endpoint{}
	for _, e := range events {
		account := e.Transaction.Account.Number
		if _, known := endpoints[account]; !known {
			if endpoints[account], err = tx.ListEndpoints(account); err != nil {
				return 0, err
			}
		}
		var to []checkout.Endpoint
		for _, p := range endpoints[account] {
			if p.Wants(e.Type) {
				to = append(to, p)
			}
		}
		if e.Body, err = Body(e); err != nil {
			return 0, err
		}
		if err := tx.FanOut(e, to, now); err != nil {
			return 0, err
		}
	}
	return len(events), nil
}

// claim is a delivery that nobody else may send before until.
type claim struct {
	checkout.Owed
	until time.Time
}

// claim takes up to n due deliveries, those due longest first. The caller owes
// d.tally one for each.
func (d *Dispatcher) claim(ctx context.Context, n int) ([]claim, error) {
	d.tally.add(1) // so that Drain does not think us idle while the claim commits
	defer d.tally.add(-1)
	var claims []claim
	err := d.store.Update(ctx, func(tx checkout.Tx) error {
		claims = nil
		now := d.now()
		until := now.Add(d.lease)
		for len(claims) < n {
			owed, err := tx.ClaimDelivery(now, until)
			if errors.Is(err, checkout.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			claims = append(claims, claim{owed, until})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("webhook: claim: %w", err)
	}
	d.tally.add(len(claims))
	return claims, nil
}

// now is the time of one operation, in the precision that is stored.
func (d *Dispatcher) now() time.Time { return d.clock.Now().UTC().Truncate(time.Millisecond) }
