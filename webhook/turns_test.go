package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// What one merchant gives us to do must not keep the writer from payments.
func TestFanningOutTakesTurns(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	for i := range 50 {
		w.endpoint(fmt.Sprintf("we_%d", i), fmt.Sprintf("%s/%d", r.URL, i), checkout.EventPaymentFailed)
	}
	w.oweMany(25)
	d := w.dispatcher(nil)
	for _, want := range []int{10, 20, 25} {
		w.runOnce(d, true)
		if n := len(w.deliveries("we_0")); n != want {
			t.Fatalf("%d events are fanned out, want %d", n, want)
		}
	}
}

// However many endpoints catch up, the others are looked at.
func TestEndpointsThatCatchUpAreInNobodysWay(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	for i := range 230 {
		w.endpoint(fmt.Sprintf("we_%03d", i), fmt.Sprintf("%s/%d", r.URL, i), checkout.EventPaymentFailed)
	}
	w.oweMany(2)
	d := w.dispatcher(nil)
	w.runOnce(d, true)
	w.update(func(tx checkout.Tx) error {
		list, err := tx.ListEndpoints(7)
		for _, e := range list {
			e.CatchUp, e.CheckAt = start, start.Add(-time.Hour)
			if e.ID == "we_229" {
				e = e.Deleted(start)
			}
			err = errors.Join(err, tx.PutEndpoint(e))
		}
		return err
	})
	w.runOnce(d, true)
	err := w.store.View(t.Context(), func(tx checkout.Tx) error {
		_, err := tx.Endpoint("we_229")
		return err
	})
	if !errors.Is(err, checkout.ErrNotFound) {
		t.Errorf("the deleted one is not dropped: %v", err)
	}
}

func TestALongRangeIsResentInTurns(t *testing.T) {
	w := newWorld(t)
	w.oweMany(250)
	d := w.dispatcher(nil)
	w.drain(d)
	w.endpoint("we_1", "http://127.0.0.1:1", checkout.EventPaymentFailed)
	account := checkout.Account{Number: 7}
	r := webhook.Range{From: start.Add(-time.Hour), Limit: 230}
	n, last, err := d.ResendRange(t.Context(), account, "we_1", r)
	if n != 230 || last != "evt_many_229" || err != nil || len(w.deliveries("we_1")) != 230 {
		t.Errorf("%d up to %q, %v, %d owed", n, last, err, len(w.deliveries("we_1")))
	}
	r.After, r.Limit = last, 20
	for _, want := range []string{"evt_many_249", ""} { // there may be more until it has looked
		if n, last, err = d.ResendRange(t.Context(), account, "we_1", r); last != want || err != nil {
			t.Errorf("%d up to %q, %v, want %q", n, last, err, want)
		}
		r.After = last
	}
	if n := len(w.deliveries("we_1")); n != 250 {
		t.Errorf("%d owed", n)
	}
}

// writes counts the updates of a store.
type writes struct {
	checkout.Store
	n atomic.Int64
}

func (w *writes) Update(ctx context.Context, fn func(tx checkout.Tx) error) error {
	w.n.Add(1)
	return w.Store.Update(ctx, fn)
}

// All who wait look whenever something happens to anybody.
func TestAListenerWithNothingToFetchDoesNotWrite(t *testing.T) {
	w := newWorld(t)
	w.update(func(tx checkout.Tx) error {
		return tx.InsertEndpoint(checkout.Endpoint{
			ID: "we_1", Account: 7, URL: "listen:laptop", Listener: true, Secret: secret, Status: checkout.EndpointActive,
			Events: []checkout.EventType{checkout.EventPaymentFailed}, CreatedAt: start, UpdatedAt: start,
		})
	})
	count := &writes{Store: w.store}
	d := w.dispatcher(func(c *webhook.Config) { c.Store = count })
	for _, c := range []struct {
		what    string
		before  func()
		parcels int
		writes  int64
	}{
		{"nothing has happened", func() {}, 0, 0},
		{"two events", func() { w.oweMany(2) }, 2, 2},
		{"both are held", func() {}, 0, 0},
		{"the lease has run out", func() { w.clock.Add(time.Minute) }, 2, 1},
		{"it is noted that it fetches", func() { w.clock.Add(time.Hour) }, 2, 1},
	} {
		c.before()
		count.n.Store(0)
		parcels, err := d.Fetch(t.Context(), checkout.Account{Number: 7}, "we_1", 0)
		if len(parcels) != c.parcels || count.n.Load() != c.writes || err != nil {
			t.Errorf("%s: %d parcels after %d writes, %v", c.what, len(parcels), count.n.Load(), err)
		}
	}
}
