package webhook_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/store"
	"github.com/checkoutd/checkoutd/webhook"
)

var (
	schedules = flag.Int("schedules", 3, "how many random outages to play")
	seed      = flag.Uint64("seed", 0, "play the one outage with this seed, and print it")
)

const (
	outageTime = 72 * time.Hour // for how long receivers fail
	longTime   = 6 * day        // for how long in some outages, of which one receiver takes nothing
	repairTime = 60 * time.Hour // what they get to catch up: more than twice the longest wait
)

// TestThreeDaysOfOutage plays random outages of three days, and some of six: receivers that fail
// in every way, change their minds, say that they are gone and are paused, while
// events go on, dispatchers are killed in the middle of a send and the store fails.
// A model is told of each transaction and each request, see [watch]: it knows when
// every try is due. When the receivers are well again everything arrives.
func TestThreeDaysOfOutage(t *testing.T) {
	if *seed != 0 {
		o := playOutage(t, *seed, os.Stdout)
		if o.failure != "" {
			t.Error(o.failure)
		}
		t.Log(o.String())
		return
	}
	first := uint64(time.Now().UnixNano())
	var next, failed atomic.Uint64
	var workers sync.WaitGroup
	var mu sync.Mutex
	var total counts
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for failed.Load() == 0 {
				n := next.Add(1)
				if n > uint64(*schedules) {
					return
				}
				o := playOutage(t, first+n, io.Discard)
				mu.Lock()
				total.add(o.counts)
				mu.Unlock()
				if o.failure != "" && failed.Add(1) == 1 {
					t.Errorf("seed %d: %s\nreplay: go test ./webhook -run ThreeDays -seed %d", first+n, o.failure, first+n)
				}
			}
		})
	}
	workers.Wait()
	t.Logf("seeds from %d: %s", first+1, total.String())
	if *schedules >= 50 && (total.gone == 0 || total.caught == 0 || total.kills == 0 || total.faults == 0 || total.died == 0) {
		t.Errorf("something never happened: %s", total.String())
	}
}

// counts say what an outage came to, so that a test which tests nothing is
// noticed.
type counts struct {
	outages, events, owed, tries, kills, faults, gone, caught, died, warnings int
	simulated, slowest                                                        time.Duration // slowest: until all had caught up
}

func (c *counts) add(o counts) {
	c.outages, c.events, c.owed, c.tries = c.outages+o.outages, c.events+o.events, c.owed+o.owed, c.tries+o.tries
	c.kills, c.faults, c.gone, c.caught = c.kills+o.kills, c.faults+o.faults, c.gone+o.gone, c.caught+o.caught
	c.died, c.warnings = c.died+o.died, c.warnings+o.warnings
	c.simulated, c.slowest = c.simulated+o.simulated, max(c.slowest, o.slowest)
}

func (c *counts) String() string {
	return fmt.Sprintf("%d outages in %v; %d events, %d deliveries in %d tries; %d kills, %d faults of the store, %d times gone, %d hastened, %d dead for a while, %d warnings; all caught up after %v at most",
		c.outages, c.simulated, c.events, c.owed, c.tries, c.kills, c.faults, c.gone, c.caught, c.died, c.warnings, c.slowest)
}

// outage is one random run. Everything happens in one goroutine, but for the
// handlers of the receivers.
type outage struct {
	counts
	t       *testing.T
	chance  *rand.Rand
	out     io.Writer
	clock   *clock.Mock
	db      *store.DB
	service *checkout.Service
	watch   *watch
	wire    *wire
	sick    []*patient

	dispatcher *webhook.Dispatcher
	ctx        context.Context
	kill       context.CancelFunc
	lasts      time.Duration
	armed      bool // kills and faults happen
	happenings []happening
	seq        int
	failure    string
}

// happening is something that happens at a time.
type happening struct {
	at   time.Time
	name string
	do   func() error
}

// patient is a receiver that fails.
type patient struct {
	id     string
	faults []fault // of which each request draws one; what is drawn changes over time
	dead   bool    // it takes nothing until the end
}

func playOutage(t *testing.T, seed uint64, out io.Writer) *outage {
	dir, err := os.MkdirTemp("", "outage")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	o := &outage{t: t, chance: rand.New(rand.NewPCG(seed, 7)), out: out, clock: clock.NewMock(), lasts: outageTime}
	o.clock.Set(start)
	if o.odds(4) {
		o.lasts = longTime
	}
	if o.db, err = store.Open(filepath.Join(dir, "checkoutd.db")); err != nil {
		t.Fatal(err)
	}
	o.watch = &watch{Store: o.db, o: o, debts: map[debtKey]*debt{}, endpoints: map[string]*ward{}}
	o.wire = newWire(o)
	if o.service, err = checkout.New(checkout.Config{Store: o.watch, Clock: o.clock}); err != nil {
		t.Fatal(err)
	}
	random := checkouttest.Chance(seed)
	o.endpoints()
	o.script()
	o.armed = true
	o.boot(random)
	o.until(start.Add(o.lasts), random)
	o.recover()
	o.until(start.Add(o.lasts+repairTime), random)
	o.verdict()
	o.simulated = o.clock.Now().Sub(start)
	o.wire.close()
	o.kill()
	if err := o.db.Close(); err != nil {
		t.Error(err)
	}
	return o
}

func (o *outage) odds(n int) bool { return o.chance.IntN(n) == 0 }

func (o *outage) between(low, high time.Duration) time.Duration {
	return low + time.Duration(o.chance.Int64N(int64(high-low))).Truncate(time.Millisecond)
}

func (o *outage) fail(format string, args ...any) {
	if o.failure == "" {
		o.failure = fmt.Sprintf("after %v: ", o.clock.Now().Sub(start)) + fmt.Sprintf(format, args...)
		o.printf("FAILURE %s", o.failure)
	}
}

func (o *outage) printf(format string, args ...any) {
	fmt.Fprintf(o.out, "%12v %s\n", o.clock.Now().Sub(start), fmt.Sprintf(format, args...))
}

func (o *outage) must(err error) {
	if err != nil {
		o.fail("%v", err)
	}
}

// boot starts a dispatcher, as a new process does.
func (o *outage) boot(random io.Reader) {
	o.ctx, o.kill = context.WithCancel(context.Background())
	var err error
	o.dispatcher, err = webhook.New(webhook.Config{
		Store: o.watch, Clock: o.clock, Random: random, Client: o.wire.client, Interval: -1,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Rules: webhook.URLRules{Loopback: true},
		Alert: func(a checkout.Alert) { o.warnings++; o.printf("ALERT %s", a.Message) },
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// endpoints makes three receivers that will fail, of two accounts, and one of
// each account that will not.
func (o *outage) endpoints() {
	all := []checkout.EventType{checkout.EventPaymentCreated, checkout.EventPaymentSucceeded, checkout.EventPaymentFailed}
	for _, e := range []struct {
		id      string
		account int64
		types   []checkout.EventType
		sick    bool
	}{
		{"we_sick", 7, all, true}, {"we_picky", 7, all[1:], true}, {"we_well", 7, all, false},
		{"we_other", 8, all, true}, {"we_fine", 8, all, false},
	} {
		if e.sick {
			o.sick = append(o.sick, &patient{id: e.id})
		}
		o.must(o.watch.Update(context.Background(), func(tx checkout.Tx) error {
			return tx.InsertEndpoint(checkout.Endpoint{
				ID: e.id, Account: e.account, URL: o.wire.url(e.id), Events: e.types, Secret: secret,
				Status: checkout.EndpointActive, CreatedAt: start, UpdatedAt: start,
			})
		}))
	}
}

// script decides what will happen, but for faults of single requests.
func (o *outage) script() {
	for n := range 6 + o.chance.IntN(30) {
		session, account := fmt.Sprintf("cs_%d", n), int64(7)
		if n%3 == 0 {
			account = 8
		}
		at := start.Add(o.between(0, o.lasts-time.Hour))
		for tries := o.chance.IntN(3); tries >= 0; tries-- {
			last := checkout.EventPaymentFailed
			if tries == 0 {
				last = checkout.EventPaymentSucceeded
			}
			o.plan(at, "events of "+session, func() error { return o.owe(account, session, checkout.EventPaymentCreated, last) })
			at = at.Add(o.between(time.Second, 20*time.Minute))
		}
	}
	o.sick[0].dead = o.lasts == longTime
	for _, p := range o.sick {
		for at := start; at.Before(start.Add(o.lasts)); at = at.Add(o.between(2*time.Minute, 9*time.Hour)) {
			o.plan(at, p.id+" changes", func() error { return o.change(p) })
		}
	}
	slices.SortStableFunc(o.happenings, func(a, b happening) int { return a.at.Compare(b.at) })
}

func (o *outage) plan(at time.Time, name string, do func() error) {
	o.happenings = append(o.happenings, happening{at, name, do})
}

// owe appends an event of each type about one attempt.
func (o *outage) owe(account int64, session string, types ...checkout.EventType) error {
	o.seq++
	return o.watch.Update(context.Background(), func(tx checkout.Tx) error {
		for i, eventType := range types {
			e := succeeded(`{"order_id":"ORD-1"}`)
			e.ID, e.Type, e.CreatedAt = fmt.Sprintf("evt_%d_%d", o.seq, i), eventType, o.clock.Now().UTC()
			e.Transaction.Account.Number = account
			e.Transaction.Session.ID, e.Transaction.Attempt.ID = session, fmt.Sprintf("txn_%d", o.seq)
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// change gives a receiver another illness, or its health back for a while. Its
// merchant makes it active again, or pauses it.
func (o *outage) change(p *patient) error {
	p.faults = nil
	for range 1 + o.chance.IntN(3) {
		p.faults = append(p.faults, fault(o.chance.IntN(int(faults))))
	}
	if o.odds(3) {
		p.faults = []fault{faultNone}
	}
	if p.dead {
		p.faults = []fault{faultRefuse + fault(o.chance.IntN(5)), fault500, fault404}
	}
	o.printf("%s now has %v", p.id, p.faults)
	if p.dead {
		return nil // nobody does anything about it
	}
	active := !o.odds(10)
	if active && o.watch.endpoints[p.id].Status == checkout.EndpointActive {
		return nil
	}
	return o.activate(p.id, active)
}

func (o *outage) activate(id string, active bool) error {
	account := checkout.Account{Number: o.watch.endpoints[id].Account}
	_, err := o.service.UpdateEndpoint(context.Background(), account, id, checkout.UpdateEndpointParams{Active: &active})
	return err
}

// recover makes everything well.
func (o *outage) recover() {
	o.printf("all is well from now on")
	o.armed = false
	for _, p := range o.sick {
		p.faults = []fault{faultNone}
		if o.watch.endpoints[p.id].Status != checkout.EndpointActive {
			o.must(o.activate(p.id, true))
		}
	}
}

// until plays what happens before end, each thing at its own instant.
func (o *outage) until(end time.Time, random io.Reader) {
	for o.failure == "" {
		o.drain(random)
		o.watch.audit()
		now := o.clock.Now()
		next := end
		if len(o.happenings) > 0 && o.happenings[0].at.Before(next) {
			next = o.happenings[0].at
		}
		o.must(o.db.View(context.Background(), func(tx checkout.Tx) error {
			due, err := tx.NextDue(now)
			if !due.IsZero() && due.Before(next) {
				next = due
			}
			return err
		}))
		o.clock.Set(next)
		for len(o.happenings) > 0 && !o.happenings[0].at.After(next) {
			h := o.happenings[0]
			o.happenings = o.happenings[1:]
			armed := o.armed
			o.armed = false // what fails is the dispatcher's
			o.printf("%s", h.name)
			o.must(h.do())
			o.armed = armed
		}
		if !next.Before(end) {
			return
		}
	}
}

// drain has the dispatcher do what is due, and another one if it dies.
func (o *outage) drain(random io.Reader) {
	for n := 0; o.failure == ""; n++ {
		if n > 2000 {
			o.fail("there is always something to do")
		}
		faults := o.faults
		did, err := o.dispatcher.RunOnce(o.ctx)
		switch {
		case o.ctx.Err() != nil:
			o.kills++
			o.printf("the dispatcher was killed")
			o.boot(random)
		case (err != nil) != (o.faults > faults):
			o.fail("RunOnce = %v after %d faults", err, o.faults-faults)
		case err != nil && o.odds(2):
			o.kill()
			o.boot(random)
		case err == nil && !did:
			return
		}
	}
}

// verdict demands that everything has arrived.
func (o *outage) verdict() {
	o.watch.mu.Lock()
	defer o.watch.mu.Unlock()
	o.outages, o.events = 1, len(o.watch.events)
	for _, e := range o.watch.events {
		for id, p := range o.watch.endpoints {
			d := o.watch.debts[debtKey{id, e.Seq}]
			wants := p.Account == e.Transaction.Account.Number && p.Wants(e.Type)
			if wants != (d != nil) {
				o.fail("%s is owed %s: %v, want %v", id, e.ID, d != nil, wants)
			}
			if d == nil {
				continue
			}
			o.owed++
			if d.Status != checkout.DeliveryDelivered || d.taken == 0 {
				o.fail("%s never took %s: %+v", id, e.ID, d.Delivery)
			}
		}
	}
}

var errDisk = errors.New("disk I/O error")
