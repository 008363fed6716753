package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
	"github.com/checkoutd/checkoutd/webhook"
)

// process is a dispatcher with a connection to the file of its own, as in a
// process of its own. Its requests say whose they are.
func (w *world) process(name, file string) *webhook.Dispatcher {
	w.t.Helper()
	db, err := store.Open(file)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := db.Close(); err != nil {
			w.t.Error(err)
		}
	})
	w.store = db
	return w.dispatcher(func(c *webhook.Config) {
		base := c.Client.Transport
		c.Client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			r.Header.Set("X-Process", name)
			return base.RoundTrip(r)
		})
	})
}

// TestASurvivorTakesOverWhenTheLeasesEnd has one of two dispatchers on one file die
// while three of its requests hang. The other one sends the rest meanwhile, and the
// three when their leases end and not before.
func TestASurvivorTakesOverWhenTheLeasesEnd(t *testing.T) {
	w := &world{t: t, clock: clock.NewMock()}
	w.clock.Set(start)
	file := filepath.Join(t.TempDir(), "checkoutd.db")
	dying, survivor := w.process("dying", file), w.process("survivor", file)
	var mu sync.Mutex
	flying, got := map[string]int{}, map[string][]string{} // by event: under way; who sent it
	hanging := make(chan string, 9)
	r := newReceiver(t, func(_ http.ResponseWriter, q *http.Request) {
		id, by := q.Header.Get("X-Lomi-Delivery"), q.Header.Get("X-Process")
		mu.Lock()
		if flying[id]++; flying[id] > 1 {
			t.Errorf("%s is under way twice", id)
		}
		got[id] = append(got[id], by)
		mu.Unlock()
		if by == "dying" {
			hanging <- id
			<-q.Context().Done()
		}
		mu.Lock()
		flying[id]--
		mu.Unlock()
	})
	w.endpoint("we_1", r.URL)
	for n := range 10 {
		w.owe(fmt.Sprintf("cs_%d", n), checkout.EventPaymentCreated, checkout.EventPaymentSucceeded)
	}
	ctx, kill := context.WithCancel(t.Context())
	var held []string
	ended := make(chan error, 3)
	for range 3 {
		go func() {
			_, err := dying.RunOnce(ctx)
			ended <- err
		}()
		held = append(held, receive(t, hanging))
	}
	w.drain(survivor)
	kill()
	for range 3 {
		if err := receive(t, ended); !errors.Is(err, context.Canceled) {
			t.Errorf("RunOnce = %v", err)
		}
	}
	sent := func() int { return len(r.got()) }
	if sent() != 3+14 {
		t.Errorf("%d requests while the leases last", sent())
	}
	w.clock.Set(start.Add(time.Minute - time.Millisecond))
	w.drain(survivor)
	if sent() != 3+14 {
		t.Errorf("%d requests before the leases end", sent())
	}
	w.clock.Set(start.Add(time.Minute))
	w.drain(survivor)
	mu.Lock()
	defer mu.Unlock()
	for id, by := range got {
		want := []string{"survivor"}
		if slices.Contains(held, id) {
			want = []string{"dying", "survivor"}
		}
		if !slices.Equal(by, want) {
			t.Errorf("%s was sent by %v", id, by)
		}
	}
	if len(got) != 20 {
		t.Errorf("%d events arrived", len(got))
	}
}
