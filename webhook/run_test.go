package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"go.uber.org/goleak"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// run starts d.Run and returns what stops it and waits for its end.
func run(t *testing.T, d *webhook.Dispatcher) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := receive(t, ended); !errors.Is(err, context.Canceled) {
				t.Errorf("Run = %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// tick moves the clock by d, again and again, until done is closed.
func tick(t *testing.T, now *clock.Mock, d time.Duration, done <-chan struct{}) {
	t.Helper()
	end := time.After(patience)
	for {
		select {
		case <-done:
			return
		case <-end:
			t.Fatal("nothing happened")
		default:
			now.Add(d)
		}
	}
}

func TestRunSendsWhenWoken(t *testing.T) {
	w := newWorld(t)
	arrived := make(chan string, 10)
	r := newReceiver(t, func(_ http.ResponseWriter, q *http.Request) { arrived <- q.Header.Get("X-Lomi-Delivery") })
	w.endpoint("we_1", r.URL)
	d := w.dispatcher(nil)
	w.owe("cs_1", checkout.EventPaymentCreated)
	stop := run(t, d) // looks once by itself: the process may have died owing something
	if id := receive(t, arrived); id != "evt_1_0" {
		t.Errorf("got %s", id)
	}
	w.owe("cs_1", checkout.EventPaymentSucceeded, checkout.EventPaymentFailed)
	for range 1000 {
		d.Wake() // never blocks
	}
	for i := range 2 {
		if id := receive(t, arrived); id != fmt.Sprintf("evt_2_%d", i) {
			t.Errorf("got %s", id)
		}
	}
	w.drain(d)
	stop()
	for _, v := range w.deliveries("we_1") {
		if v.Status != checkout.DeliveryDelivered || v.Tries != 1 {
			t.Errorf("recorded %+v", v)
		}
	}
}

func TestRunLooksAtIntervals(t *testing.T) {
	w := newWorld(t)
	arrived := make(chan struct{})
	var tries atomic.Int64
	r := newReceiver(t, func(rw http.ResponseWriter, _ *http.Request) {
		if tries.Add(1) == 1 {
			rw.WriteHeader(http.StatusInternalServerError)
			return
		}
		close(arrived)
	})
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	stop := run(t, w.dispatcher(func(c *webhook.Config) { c.Interval = time.Second }))
	tick(t, w.clock, time.Second, arrived)
	stop()
	if v := w.only("we_1"); v.Status != checkout.DeliveryDelivered || v.Tries != 2 {
		t.Errorf("recorded %+v", v)
	}
}

// hung is a receiver that does not answer until the test is over. arrived is
// told of each request.
func hung(t *testing.T) (r *receiver, arrived chan struct{}) {
	t.Helper()
	release := make(chan struct{})
	arrived = make(chan struct{}, 10_000)
	r = newReceiver(t, func(_ http.ResponseWriter, q *http.Request) {
		arrived <- struct{}{}
		select {
		case <-release:
		case <-q.Context().Done():
		}
	})
	t.Cleanup(func() { close(release) })
	return r, arrived
}

// oweMany appends n events, each of a session of its own, in one transaction.
func (w *world) oweMany(n int) {
	w.t.Helper()
	w.update(func(tx checkout.Tx) error {
		for i := range n {
			e := succeeded("")
			e.ID, e.Type = fmt.Sprintf("evt_many_%d", i), checkout.EventPaymentFailed
			e.Transaction.Session.ID, e.Transaction.Attempt.ID = fmt.Sprintf("cs_many_%d", i), fmt.Sprintf("txn_many_%d", i)
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestAHangingEndpointStopsNoOther(t *testing.T) {
	w := newWorld(t)
	bad, hanging := hung(t)
	var count atomic.Int64
	all := make(chan struct{})
	good := newReceiver(t, func(http.ResponseWriter, *http.Request) {
		if count.Add(1) == 40 {
			close(all)
		}
	})
	w.endpoint("we_bad", bad.URL, checkout.EventPaymentFailed)
	w.oweMany(700) // due before all others
	d := w.dispatcher(func(c *webhook.Config) { c.Concurrency = 4 })
	stop := run(t, d)
	receive(t, hanging)
	w.endpoint("we_good", good.URL, checkout.EventPaymentSucceeded)
	for range 40 {
		w.owe("cs_good", checkout.EventPaymentSucceeded)
	}
	d.Wake()
	receive(t, all)

	taken := 0
	for _, v := range w.deliveries("we_bad") {
		if v.Held {
			taken++
		}
	}
	if taken != 2 || len(bad.got()) != 2 {
		t.Errorf("%d of the one that hangs are taken, %d under way", taken, len(bad.got()))
	}
	w.clock.Set(start.Add(time.Second))
	ended := make(chan struct{})
	go func() { defer close(ended); stop() }()
	tick(t, w.clock, time.Second, ended)
	for _, v := range w.deliveries("we_bad") {
		if v.Tries != 0 || v.Status != checkout.DeliveryPending {
			t.Fatalf("what was cut off is recorded: %+v", v)
		}
	}
}

func TestABusyEndpointGetsEverything(t *testing.T) {
	w := newWorld(t)
	var count atomic.Int64
	all := make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) {
		if count.Add(1) == 200 {
			close(all)
		}
	})
	w.endpoint("we_1", r.URL)
	w.oweMany(200)
	stop := run(t, w.dispatcher(func(c *webhook.Config) { c.Concurrency = 8; c.Interval = time.Second }))
	tick(t, w.clock, time.Second, all)
	stop()
	if count.Load() != 200 {
		t.Errorf("%d requests", count.Load())
	}
}

func TestRunLetsTriesEndWhenItIsStopped(t *testing.T) {
	w := newWorld(t)
	release, arrived := make(chan struct{}), make(chan struct{}, 1)
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release })
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentCreated, checkout.EventPaymentSucceeded)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	d := w.dispatcher(nil)
	go func() { ended <- d.Run(ctx) }()
	receive(t, arrived)
	cancel()
	close(release)
	if err := receive(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v", err)
	}
	got := w.deliveries("we_1")
	if got[1].Status != checkout.DeliveryDelivered || got[0].Tries != 0 || len(r.got()) != 1 {
		t.Errorf("recorded %+v after %d requests", got, len(r.got()))
	}
}

func TestRunLeavesNoGoroutineBehind(t *testing.T) {
	w := newWorld(t)
	arrived := make(chan struct{}, 1)
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { arrived <- struct{}{} })
	w.endpoint("we_1", r.URL)
	before := goleak.IgnoreCurrent()
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	stop := run(t, w.dispatcher(nil))
	receive(t, arrived)
	stop()
	r.CloseClientConnections()
	goleak.VerifyNone(t, before)
}

func TestDrainWaitsForWhatRunHasTaken(t *testing.T) {
	w := newWorld(t)
	release, arrived := make(chan struct{}), make(chan struct{}, 1)
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release })
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	d := w.dispatcher(nil)
	run(t, d)
	receive(t, arrived)

	given, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Drain(given); !errors.Is(err, context.Canceled) {
		t.Errorf("Drain with an ended context = %v", err)
	}
	drained := make(chan error, 1)
	go func() { drained <- d.Drain(t.Context()) }()
	close(release)
	if err := receive(t, drained); err != nil {
		t.Error(err)
	}
	if v := w.only("we_1"); v.Status != checkout.DeliveryDelivered {
		t.Errorf("Drain returned before the try was recorded: %+v", v)
	}
}

// faulty fails each transaction while broken is set, and tells of it.
type faulty struct {
	checkout.Store
	broken atomic.Bool
	failed chan struct{}
}

func (f *faulty) View(ctx context.Context, fn func(tx checkout.Tx) error) error {
	if f.broken.Load() {
		f.failed <- struct{}{}
		return errors.New("disk I/O error")
	}
	return f.Store.View(ctx, fn)
}

func (f *faulty) Update(ctx context.Context, fn func(tx checkout.Tx) error) error {
	if f.broken.Load() {
		f.failed <- struct{}{}
		return errors.New("disk I/O error")
	}
	return f.Store.Update(ctx, fn)
}

func TestRunOutlivesFaultsOfTheStore(t *testing.T) {
	w := newWorld(t)
	f := &faulty{Store: w.store, failed: make(chan struct{}, 1000)}
	f.broken.Store(true)
	arrived := make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { close(arrived) })
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	d := w.dispatcher(func(c *webhook.Config) { c.Store = f })
	stop := run(t, d)
	receive(t, f.failed)
	for range 1000 {
		d.Wake() // being woken is no reason to ask a broken store at once
	}
	if n := len(f.failed); n != 0 {
		t.Errorf("asked %d more times without a wait", n)
	}
	f.broken.Store(false)
	tick(t, w.clock, time.Second, arrived)
	stop()
	if v := w.only("we_1"); v.Status != checkout.DeliveryDelivered {
		t.Errorf("recorded %+v", v)
	}
}

func TestAnAnswerThatCannotBeRecordedMeansAnotherTry(t *testing.T) {
	w := newWorld(t)
	f := &faulty{Store: w.store, failed: make(chan struct{}, 1000)}
	var first sync.Once
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { first.Do(func() { f.broken.Store(true) }) })
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	d := w.dispatcher(func(c *webhook.Config) { c.Store = f })
	if _, err := d.RunOnce(t.Context()); err == nil || !strings.Contains(err.Error(), "disk I/O error") || !strings.Contains(err.Error(), "evt_1_0") {
		t.Errorf("RunOnce = %v", err)
	}
	if _, err := d.RunOnce(t.Context()); err == nil {
		t.Error("RunOnce on a broken store = nil")
	}
	if err := d.Drain(t.Context()); err == nil {
		t.Error("Drain on a broken store = nil")
	}
	f.broken.Store(false)
	w.clock.Set(start.Add(time.Minute))
	w.runOnce(d, true)
	if got := r.got(); len(got) != 2 || got[0].body != got[1].body {
		t.Errorf("%d requests", len(got))
	}
}
