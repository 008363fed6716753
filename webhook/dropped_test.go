package webhook_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// Whoever sends an old event once more may die on the way: what is sent when the
// lease has run out has the same bytes, although they are not kept any more.
func TestARetryThatDiesSendsNoEmptyBody(t *testing.T) {
	w := newWorld(t)
	dying, die := context.WithCancel(t.Context())
	var hang atomic.Bool
	r := newReceiver(t, func(_ http.ResponseWriter, q *http.Request) {
		if hang.Load() {
			die()
			<-q.Context().Done()
		}
	})
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	d := w.dispatcher(nil)
	w.drain(d)
	w.clock.Add(31 * 24 * time.Hour)
	w.update(func(tx checkout.Tx) error {
		if n, err := tx.PruneBodies(w.clock.Now(), 9); n != 1 {
			t.Errorf("%d bodies were dropped, %v", n, err)
		}
		// What a retry commits before it sends.
		_, err := tx.ClaimDelivery("we_1", 1, w.clock.Now(), w.clock.Now().Add(time.Minute))
		return err
	})
	hang.Store(true)
	w.clock.Add(time.Minute)
	if _, err := d.RunOnce(dying); err == nil {
		t.Error("nobody died")
	}
	hang.Store(false)
	w.clock.Add(time.Minute)
	w.drain(d)
	got := r.got()
	if len(got) != 3 || got[1].body != got[0].body || got[2].body != got[0].body || got[0].body == "" {
		t.Errorf("sent %+v", got)
	}
}
