package webhook_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"go.uber.org/goleak"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/store"
	"github.com/checkoutd/checkoutd/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// noJitter makes every wait exact, to the millisecond.
var noJitter = steady{checkouttest.Chance(1)}

// steady is chance whose four bytes are half of the most.
type steady struct{ chance io.Reader }

func (s steady) Read(b []byte) (int, error) {
	if len(b) == 4 {
		return copy(b, []byte{0x80, 0, 0, 0}), nil
	}
	return s.chance.Read(b)
}

// world is a store in a file and a clock that stands still.
type world struct {
	t     *testing.T
	store checkout.Store
	clock *clock.Mock
	seq   int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), "checkoutd.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	now := clock.NewMock()
	now.Set(start)
	return &world{t: t, store: db, clock: now}
}

// dispatcher returns a new dispatcher on the world's store and clock. change, if
// not nil, may adjust its configuration.
func (w *world) dispatcher(change func(*webhook.Config)) *webhook.Dispatcher {
	w.t.Helper()
	client := webhook.NewClient(webhook.ClientOptions{Loopback: true})
	w.t.Cleanup(client.CloseIdleConnections)
	c := webhook.Config{
		Store: w.store, Clock: w.clock, Random: noJitter, Client: client,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Interval: -1,
		Rules: webhook.URLRules{Loopback: true},
	}
	if change != nil {
		change(&c)
	}
	d, err := webhook.New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) update(fn func(tx checkout.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// endpoint adds an endpoint of account 7 that wants events of the given types,
// of every type of payment if none is given.
func (w *world) endpoint(id, url string, types ...checkout.EventType) {
	w.t.Helper()
	if len(types) == 0 {
		types = []checkout.EventType{checkout.EventPaymentCreated, checkout.EventPaymentSucceeded, checkout.EventPaymentFailed}
	}
	w.update(func(tx checkout.Tx) error {
		return tx.InsertEndpoint(checkout.Endpoint{ID: id, Account: 7, URL: url, Events: types, Secret: secret, Status: checkout.EndpointActive, CreatedAt: start, UpdatedAt: start})
	})
}

// drop deletes an endpoint.
func (w *world) drop(id string) {
	w.t.Helper()
	w.update(func(tx checkout.Tx) error {
		e, err := tx.Endpoint(id)
		if err != nil {
			return err
		}
		if err := tx.PutEndpoint(e.Deleted(w.clock.Now())); err != nil {
			return err
		}
		_, err = tx.PruneEndpoint(id, 1000)
		return err
	})
}

// owe appends an event of each type about one attempt at session.
func (w *world) owe(session string, types ...checkout.EventType) {
	w.t.Helper()
	w.seq++
	attempt := fmt.Sprintf("txn_%d", w.seq)
	w.update(func(tx checkout.Tx) error {
		for i, eventType := range types {
			e := succeeded(`{"order_id":"ORD-1"}`)
			e.ID, e.Type, e.CreatedAt = fmt.Sprintf("evt_%d_%d", w.seq, i), eventType, w.clock.Now().UTC()
			e.Transaction.Session.ID, e.Transaction.Attempt.ID = session, attempt
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// deliveries returns the endpoint's deliveries, newest first.
func (w *world) deliveries(endpoint string) (list []checkout.Delivery) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(tx checkout.Tx) (err error) {
		list, err = tx.Deliveries(endpoint, 100_000)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// tries returns the tries to the endpoint, newest first.
func (w *world) tries(endpoint string) (list []checkout.Try) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(tx checkout.Tx) (err error) {
		list, err = tx.ListTries(checkout.TryQuery{EndpointID: endpoint, Limit: 1000})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// only returns the endpoint's one delivery.
func (w *world) only(endpoint string) checkout.Delivery {
	w.t.Helper()
	list := w.deliveries(endpoint)
	if len(list) != 1 {
		w.t.Fatalf("%d deliveries to %s, want 1", len(list), endpoint)
	}
	return list[0]
}

// runOnce calls RunOnce and demands that it did something, or not.
func (w *world) runOnce(d *webhook.Dispatcher, want bool) {
	w.t.Helper()
	if did, err := d.RunOnce(w.t.Context()); did != want || err != nil {
		w.t.Fatalf("RunOnce at %v = %v, %v, want %v", w.clock.Now().Sub(start), did, err, want)
	}
}

func (w *world) drain(d *webhook.Dispatcher) {
	w.t.Helper()
	if err := d.Drain(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// request is what a receiver got.
type request struct {
	path   string
	header http.Header
	body   string
}

// receiver is a merchant's server. It answers with status, or as answer does.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	status   int
	requests []request
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.requests = append(r.requests, request{req.URL.Path, req.Header, string(body)})
		status := r.status
		r.mu.Unlock()
		if answer != nil {
			answer(w, req)
			return
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answerWith(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) got() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request{}, r.requests...)
}

// ids returns the identifiers of the events that came, in order.
func (r *receiver) ids() (ids []string) {
	for _, q := range r.got() {
		ids = append(ids, q.header.Get("X-Lomi-Delivery"))
	}
	return ids
}

// patience is how long a test waits for another goroutine before it fails.
const patience = 20 * time.Second

// receive returns the next value of c.
func receive[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("nothing happened")
	}
	return v
}
