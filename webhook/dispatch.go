package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
)

// fanBatch is how many events one transaction fans out, and fanMost after how many
// deliveries it ends: payments wait for it.
const (
	fanBatch = 100
	fanMost  = 500
)

// Config says what a [Dispatcher] is made of.
type Config struct {
	// Store holds what is owed. Required.
	Store checkout.Store

	// Clock tells when deliveries are due. Default: the system clock.
	Clock clock.Clock

	// Random is where jitter comes from. Default: crypto/rand. It must be safe
	// for concurrent use.
	Random io.Reader

	// Client sends. Its Timeout is how long one try may take. Default: NewClient
	// with the Loopback and Allow of Rules. Clients that were not made by NewClient
	// follow redirects and connect to private addresses.
	Client *http.Client

	// Rules say what URLs are asked, and what the default Client may reach.
	Rules URLRules

	// SigningSeed makes the keys of asymmetric signatures, one for each endpoint,
	// see [EndpointKey]. Default: nil, there are none.
	SigningSeed *[32]byte

	// Retention is how old an event must be for its body to be dropped, and how
	// old a try to be forgotten. The body of an event that somebody is still owed
	// is kept. Default: 30 days. Negative: for ever.
	Retention time.Duration

	// Alert is told of endpoints that take nothing. It must not block. Default:
	// nothing.
	Alert func(checkout.Alert)

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
	rules       URLRules
	seed        *[32]byte
	retention   time.Duration
	alert       func(checkout.Alert)

	wake   chan struct{} // of one: to be woken twice is to be woken
	owed   broadcast     // something may be owed
	pruned atomic.Int64  // when prune last found nothing to do, in Unix milliseconds
	tally  tally

	fanning sync.Mutex // held by the one of those who fetch that fans out

	scan     chan struct{} // of one: held by a list that reads what it does not show
	released chan struct{} // closed by release
	release  func()
}

// New returns a Dispatcher, or an error that names the field of c at fault.
func New(c Config) (*Dispatcher, error) {
	d := &Dispatcher{
		store: c.Store, clock: c.Clock, random: c.Random, client: c.Client, log: c.Log,
		concurrency: c.Concurrency, lease: c.Lease, interval: c.Interval,
		rules: c.Rules, seed: c.SigningSeed, retention: c.Retention, alert: c.Alert,
		wake: make(chan struct{}, 1), released: make(chan struct{}),
		scan: make(chan struct{}, 1),
	}
	d.release = sync.OnceFunc(func() { close(d.released) })
	if d.clock == nil {
		d.clock = clock.New()
	}
	if d.random == nil {
		d.random = rand.Reader
	}
	if d.client == nil {
		d.client = NewClient(ClientOptions{Loopback: c.Rules.Loopback, Allow: c.Rules.Allow})
	}
	if d.log == nil {
		d.log = slog.Default()
	}
	if d.alert == nil {
		d.alert = func(checkout.Alert) {}
	}
	if d.retention == 0 {
		d.retention = 30 * 24 * time.Hour
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

// RunOnce does what is to be done about endpoints, fans out what has not been
// fanned out and sends the one delivery that has been due longest. It reports
// whether it did anything. That a try failed is recorded and no error.
func (d *Dispatcher) RunOnce(ctx context.Context) (bool, error) {
	probes, did, err := d.tend(ctx, tendMost)
	for _, c := range probes {
		err = errors.Join(err, d.deliver(ctx, c))
	}
	if err != nil {
		return did, err
	}
	claims, fanned, err := d.take(ctx, newPlan(1))
	if err != nil || len(claims) == 0 {
		return did || fanned, err
	}
	return true, d.deliver(ctx, claims[0])
}

// Drain sends everything that is due, one delivery after the other, until
// nothing is due now and no try of this dispatcher is under way, also of its Run.
// Whoever waits for events looks again: the clock may have been moved.
func (d *Dispatcher) Drain(ctx context.Context) error {
	defer d.owed.tellAll()
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

// claim is a delivery that nobody else may send before until.
type claim struct {
	checkout.Owed
	until time.Time
	extra bool // a try beside the schedule: if it fails, the delivery stays as it was
}

// take makes deliveries of events that have none yet and claims as many as p has
// room for, in one transaction. It reports whether it did anything. The caller
// owes d.tally one for each claim.
func (d *Dispatcher) take(ctx context.Context, p *plan) (claims []claim, did bool, err error) {
	d.tally.add(1) // so that Drain does not think us idle while the claims commit
	defer d.tally.add(-1)
	// A look that finds nothing, the usual one, need not wait for the writer.
	var todo bool
	var told []int64
	err = d.store.View(ctx, func(tx checkout.Tx) error {
		some, err := tx.UnfannedEvents(1)
		if err != nil || len(some) > 0 {
			todo = true
			return err
		}
		return p.claim(tx, d.now(), func(_ string, n int) (int, error) {
			todo = true
			return n, nil
		})
	})
	if err != nil || !todo {
		return nil, false, wrap("look for what is owed", err)
	}
	err = d.store.Update(ctx, func(tx checkout.Tx) error {
		claims = nil
		if told, err = fanOutIn(tx, d.now()); err != nil {
			return err
		}
		did = len(told) > 0
		now := d.now()
		return p.claim(tx, now, func(endpoint string, n int) (int, error) {
			some, dropped, err := d.claimIn(tx, endpoint, now, n)
			claims, did = append(claims, some...), did || dropped || len(some) > 0
			return len(some), err
		})
	})
	if err != nil {
		return nil, false, wrap("claim", err)
	}
	d.tally.add(len(claims))
	d.owed.tell(told...)
	return claims, did, nil
}

// claimIn claims up to n deliveries of an endpoint, inside a transaction. What
// the endpoint no longer asks for is dropped; there may be more behind it.
func (d *Dispatcher) claimIn(tx checkout.Tx, endpoint string, now time.Time, n int) (claims []claim, dropped bool, err error) {
	until := now.Add(d.lease)
	owed, err := tx.ClaimDeliveries(endpoint, now, until, n)
	if err != nil || len(owed) == 0 {
		return nil, false, err
	}
	account, err := accountIn(tx, owed[0].Endpoint.Account)
	if err != nil {
		return nil, false, err
	}
	for _, o := range owed {
		if o.Event, err = sendable(tx, o.Event, account); err != nil {
			return nil, false, err
		}
		if o.Endpoint.Wants(o.Event.Type) {
			claims = append(claims, claim{Owed: o, until: until})
			continue
		}
		o.Delivery.Status, o.Delivery.UpdatedAt = checkout.DeliveryDropped, now
		o.Delivery.LastError = "the webhook does not ask for this event any more"
		if err := tx.PutDelivery(o.Delivery, until); err != nil {
			return nil, false, err
		}
		dropped = true
	}
	return claims, dropped, nil
}

// sendable returns e, of a claim, with its account and with a body: that of an
// event which was delivered long ago was dropped, and whoever sent it once more may
// have died.
func sendable(tx checkout.Tx, e checkout.Event, account checkout.Account) (checkout.Event, error) {
	e.Transaction.Account = account
	if len(e.Body) > 0 {
		return e, nil
	}
	whole, err := tx.Event(e.ID)
	if err != nil {
		return e, err
	}
	whole, err = withBody(whole)
	e.Body = whole.Body
	return e, err
}

// accountIn returns the account with the given number, one in test mode if there
// is none: a store may be used without a table of accounts.
func accountIn(tx checkout.Tx, number int64) (checkout.Account, error) {
	account, err := checkout.AccountIn(tx, number)
	if errors.Is(err, checkout.ErrNotFound) {
		return checkout.Account{Number: number}, nil
	}
	return account, err
}

// fanOutIn fans out up to fanBatch events and returns the accounts whose they are.
func fanOutIn(tx checkout.Tx, now time.Time) (accounts []int64, err error) {
	events, err := tx.UnfannedEvents(fanBatch)
	if err != nil {
		return nil, err
	}
	endpoints := map[int64][]checkout.Endpoint{}
	owed := 0
	for _, e := range events {
		if owed >= fanMost {
			break
		}
		account := e.Transaction.Account.Number
		if _, known := endpoints[account]; !known {
			if endpoints[account], err = tx.ListEndpoints(account); err != nil {
				return nil, err
			}
			accounts = append(accounts, account)
		}
		var to []checkout.Endpoint
		for _, p := range endpoints[account] {
			if p.Wants(e.Type) {
				to = append(to, p)
			}
		}
		if e.Body, err = Body(e); err != nil {
			return nil, err
		}
		if err := tx.FanOut(e, to, now); err != nil {
			return nil, err
		}
		owed += len(to)
	}
	return accounts, nil
}

// wrap says what failed, if anything did.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("webhook: %s: %w", what, err)
}

// now is the time of one operation, in the precision that is stored.
func (d *Dispatcher) now() time.Time { return d.clock.Now().UTC().Truncate(time.Millisecond) }
