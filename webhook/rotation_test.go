package webhook_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// rotate gives the endpoint a new secret and returns it.
func (w *world) rotate(endpoint string, overlap time.Duration) (fresh string) {
	w.t.Helper()
	svc, err := checkout.New(checkout.Config{Store: w.store, Clock: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	w.update(func(tx checkout.Tx) error {
		e, err := svc.RotateSecretIn(tx, checkout.Account{Number: 7}, endpoint, overlap)
		fresh = e.Secret
		return err
	})
	return fresh
}

// TestARotatedSecretIsTakenWhicheverTheReceiverKnows has a receiver check messages
// with the old or the new secret, by either of the two signatures, while both are
// good, and has a dispatcher die in between.
func TestARotatedSecretIsTakenWhicheverTheReceiverKnows(t *testing.T) {
	for _, c := range []struct {
		name       string
		old, plain bool
		most       int
	}{
		{"old, Standard Webhooks", true, false, 1}, {"new, Standard Webhooks", false, false, 1},
		{"old, X-Lomi-Signature", true, true, 2}, {"new, X-Lomi-Signature", false, true, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			knows := secret
			var standard atomic.Int64 // messages that it can verify
			r := newReceiver(t, nil)
			r.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, q *http.Request) {
				body, _ := io.ReadAll(q.Body)
				r.mu.Lock()
				r.requests = append(r.requests, request{q.URL.Path, q.Header, string(body)})
				r.mu.Unlock()
				ok := webhook.Verify(q.Header, body, w.clock.Now(), knows) == nil
				if ok {
					standard.Add(1)
				}
				if c.plain {
					ok = webhook.VerifyLomi(knows, body, q.Header.Get("X-Lomi-Signature"))
				}
				if !ok {
					rw.WriteHeader(http.StatusUnauthorized)
				}
			})
			w.endpoint("we_1", r.URL)
			fresh := w.rotate("we_1", 24*time.Hour)
			if !c.old {
				knows = fresh
			}
			w.owe("cs_1", checkout.EventPaymentCreated)
			ctx, kill := context.WithCancel(t.Context())
			dying := w.dispatcher(func(c *webhook.Config) { c.Client = killer(kill) })
			if _, err := dying.RunOnce(ctx); !errors.Is(err, context.Canceled) {
				t.Fatalf("RunOnce = %v", err)
			}
			d := w.dispatcher(nil)
			w.clock.Add(time.Minute)
			w.drain(d)
			w.clock.Add(5 * time.Second)
			w.drain(d)
			if v := w.only("we_1"); v.Status != checkout.DeliveryDelivered || v.Tries > int64(c.most) || standard.Load() != v.Tries {
				t.Errorf("recorded %+v, of which %d carried a good Standard Webhooks signature", v, standard.Load())
			}
			w.clock.Add(25 * time.Hour)
			w.owe("cs_2", checkout.EventPaymentCreated)
			w.drain(d)
			after := r.got()
			last := after[len(after)-1].header
			if last.Get("X-Lomi-Signature") != webhook.SignLomi(fresh, []byte(after[len(after)-1].body)) || strings.Contains(last.Get("Webhook-Signature"), " ") {
				t.Errorf("after the overlap it is signed with %v", last["Webhook-Signature"])
			}
		})
	}
}

// TestARotationWithoutOverlapEndsTheOldSecretAtOnce is for a secret that has
// leaked.
func TestARotationWithoutOverlapEndsTheOldSecretAtOnce(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	r.answerWith(401)
	w.endpoint("we_1", r.URL)
	fresh := []string{w.rotate("we_1", 24*time.Hour), w.rotate("we_1", 0)}[1]
	w.owe("cs_1", checkout.EventPaymentCreated)
	d := w.dispatcher(nil)
	w.drain(d)
	w.clock.Add(5 * time.Second)
	w.drain(d)
	for i, q := range r.got() {
		if webhook.Verify(q.header, []byte(q.body), w.clock.Now(), secret) == nil || webhook.Verify(q.header, []byte(q.body), w.clock.Now(), fresh) != nil ||
			!webhook.VerifyLomi(fresh, []byte(q.body), q.header.Get("X-Lomi-Signature")) {
			t.Errorf("try %d is signed with %v", i+1, q.header["Webhook-Signature"])
		}
	}
}
