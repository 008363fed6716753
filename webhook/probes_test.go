package webhook_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// However many disabled endpoints are to be probed, and hang, the others are sent
// what they are owed.
func TestProbesThatHangStopNoOther(t *testing.T) {
	w := newWorld(t)
	bad, hanging := hung(t)
	arrived := make(chan struct{}, 1)
	good := newReceiver(t, func(http.ResponseWriter, *http.Request) { arrived <- struct{}{} })
	for i := range 20 {
		w.endpoint(fmt.Sprintf("we_%02d", i), fmt.Sprintf("%s/%d", bad.URL, i), checkout.EventPaymentFailed)
	}
	w.update(func(tx checkout.Tx) error {
		list, err := tx.ListEndpoints(7)
		for _, e := range list {
			e.Status, e.Reason = checkout.EndpointDisabled, checkout.ReasonFailing
			e.FailingSince, e.Down, e.CheckAt = start.Add(-6*24*time.Hour), true, start.Add(time.Second)
			err = errors.Join(err, tx.PutEndpoint(e))
		}
		return err
	})
	w.oweMany(1)
	d := w.dispatcher(func(c *webhook.Config) { c.Concurrency = 4 })
	w.drain(d) // owes it to all of them
	w.clock.Set(start.Add(time.Second))
	stop := run(t, d)
	for range 2 {
		receive(t, hanging)
	}
	w.endpoint("we_good", good.URL, checkout.EventPaymentSucceeded)
	w.owe("cs_good", checkout.EventPaymentSucceeded)
	d.Wake()
	receive(t, arrived)
	if n := len(bad.got()); n != 2 {
		t.Errorf("%d probes are under way, want half of the slots", n)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); stop() }()
	tick(t, w.clock, time.Second, ended)
}
