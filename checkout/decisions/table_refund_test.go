package decisions

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// dead is a store of a process that has died.
type dead struct {
	checkout.Store
	after int // updates that still succeed
}

var errDead = errors.New("the process is dead")

func (d *dead) Update(ctx context.Context, fn func(tx checkout.Tx) error) error {
	if d.after--; d.after < 0 {
		return errDead
	}
	return d.Store.Update(ctx, fn)
}

// Row 14: the process dies between the row and the call, or between the call and
// its answer.
func Test14ProcessDies(t *testing.T) {
	for _, method := range methods {
		for _, called := range []bool{false, true} {
			w := newWorld(t, options{})
			id := w.create(2500)
			disk := w.store
			w.store = &dead{disk, 1} // the row is written, and nothing after it
			if !called {
				w.opts.via = func(string, http.RoundTripper) http.RoundTripper { return unplugged{} }
			}
			w.boot()
			if status, _ := w.call(http.MethodPost, "/checkout-sessions/"+id+"/pay", startBody(method)); status != http.StatusInternalServerError {
				t.Fatalf("%s: a dead process answered %d", method, status)
			}
			w.store, w.opts.via = disk, nil
			w.boot()
			c, err := w.service.Checkout(ctx, id)
			if err != nil || len(c.Attempts) != 1 || c.Attempts[0].Status != checkout.AttemptCreated {
				t.Fatalf("%s: %+v, %v", method, c.Attempts, err)
			}
			a := c.Attempts[0].ID
			if called && method != "orange" { // nobody was shown Orange's page
				w.pay(a)
				w.drop()
				w.pass(2 * time.Minute)
				w.want(id, "completed", a, checkout.AttemptPaid)
				w.wantTold(id, "PAYMENT_SUCCEEDED")
				continue
			}
			w.pass(20 * time.Minute)
			w.want(id, "open", a, checkout.AttemptFailed)
		}
	}
}

// unplugged is a way to nowhere.
type unplugged struct{}

func (unplugged) RoundTrip(*http.Request) (*http.Response, error) { return nil, errDead }

// Row 15: the answer to a refund is lost.
func Test15RefundTimedOut(t *testing.T) {
	for method, path := range map[string]string{"wave": "/refund", "card": "/v1/refunds", "mtn": "/refund"} {
		for _, fault := range []simulator.Fault{simulator.LostAnswer, simulator.ErrorAfter, simulator.ErrorBefore, simulator.Truncated} {
			t.Run(method+" "+string(fault), func(t *testing.T) {
				w := newWorld(t, options{refunds: true})
				id := w.create(2500)
				a := w.start(id, method)
				w.pay(a)
				w.deliver()
				w.pass(time.Minute)
				map[string]func(string, simulator.Fault){"wave": w.wave.Inject, "card": w.stripe.Inject, "mtn": w.mtn.Inject}[method](path, fault)
				w.stripe.Messages(simulator.Never)
				w.post(http.StatusCreated, "/refunds", map[string]any{"transaction_id": a})
				w.pass(3 * time.Hour)
				w.want(id, "completed", a, checkout.AttemptRefunded)
				w.wantTold(id, "PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED")
				back := w.wave.Refunded()["XOF"] + w.stripe.Refunded()["XOF"] + w.mtn.Refunded()["XOF"]
				if back != 2500 || w.balance() != 0 {
					t.Errorf("%d were given back, balance %d", back, w.balance())
				}
			})
		}
	}
}

// Row 16: a provider that gives nothing back by API.
func Test16RefundNotSupported(t *testing.T) {
	for _, method := range []string{"orange", "mtn"} {
		w := newWorld(t, options{})
		id := w.create(2500)
		a := w.start(id, method)
		w.pay(a)
		w.deliver()
		w.pass(time.Minute)
		got := w.post(http.StatusUnprocessableEntity, "/refunds", map[string]any{"transaction_id": a})
		if code := got["error"].(map[string]any)["code"]; code != "refund_not_supported" {
			t.Errorf("%s: the code is %v", method, code)
		}
		got = w.post(http.StatusCreated, "/refunds", map[string]any{"transaction_id": a, "manual": true, "reference": "by hand"})
		if got["status"] != "completed" {
			t.Errorf("%s: by hand it is %v", method, got["status"])
		}
		w.want(id, "completed", a, checkout.AttemptRefunded)
		w.wantTold(id, "PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED")
	}
}

// Row 17: Wave gives back all or nothing.
func Test17PartialRefundOnWave(t *testing.T) {
	w := newWorld(t, options{})
	id := w.create(2500)
	a := w.start(id, "wave")
	w.pay(a)
	w.deliver()
	got := w.post(http.StatusUnprocessableEntity, "/refunds", map[string]any{"transaction_id": a, "amount": 500})
	if code := got["error"].(map[string]any)["code"]; code != "partial_refund_not_supported" {
		t.Errorf("the code is %v", code)
	}
	if len(w.wave.Refunded()) != 0 {
		t.Error("Wave was called")
	}
}

// Row 18: refunds made in the provider's own portal.
func Test18RefundInThePortal(t *testing.T) {
	w := newWorld(t, options{})
	part, whole := w.create(2500), w.create(2500)
	card, link := w.start(part, "card"), w.start(whole, "wave")
	w.pay(card)
	w.pay(link)
	w.deliver()
	_, err := w.stripe.RefundInPortal(card, 500)
	w.must(err)
	w.must(w.wave.Refund(link))
	w.deliver()
	if got := w.attempt(card); got.Refunded != 500 || got.Refunding != 0 {
		t.Errorf("%+v", got)
	}
	w.drop()
	w.pass(2 * time.Hour) // Wave's statement
	w.want(whole, "completed", link, checkout.AttemptRefunded)
	w.wantTold(part, "PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED")
	w.wantTold(whole, "PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED")
	if w.balance() != 2000 || w.alerted(checkout.AlertRefund) != 0 {
		t.Errorf("balance %d, %d alerts", w.balance(), w.alerted(checkout.AlertRefund))
	}
}

// Row 19: a try fails, and the session lives on.
func Test19FailedTry(t *testing.T) {
	for method, fail := range map[string]func(w *world, a string) error{
		"wave": func(w *world, a string) error { return w.wave.Fail(a, "insufficient-funds") },
		"card": func(w *world, a string) error { return w.stripe.Fail(a, "insufficient_funds") },
	} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t, options{})
			id := w.create(2500)
			a := w.start(id, method)
			w.must(fail(w, a))
			w.deliver()
			w.want(id, "open", a, checkout.AttemptOpen)
			w.wantTold(id, "PAYMENT_FAILED")
			if got := w.attempt(a); got.Reason != checkout.ReasonFunds {
				t.Errorf("the reason is %q", got.Reason)
			}
			w.must(fail(w, a))
			w.deliver()
			w.pay(a)
			w.deliver()
			w.want(id, "completed", a, checkout.AttemptPaid)
			w.wantTold(id, "PAYMENT_FAILED", "PAYMENT_FAILED", "PAYMENT_SUCCEEDED")
		})
	}
}

// Row 20: a dispute after the session was completed.
func Test20Dispute(t *testing.T) {
	w := newWorld(t, options{})
	id := w.create(2500)
	a := w.start(id, "card")
	w.pay(a)
	w.deliver()
	w.must(w.stripe.Dispute(a))
	w.deliver()
	w.must(w.stripe.CloseDispute(a, false))
	w.deliver()
	w.want(id, "completed", a, checkout.AttemptPaid)
	created, closed := 0, 0
	for _, told := range w.told {
		switch told.event {
		case "DISPUTE_CREATED":
			created++
		case "DISPUTE_CLOSED":
			closed++
			if *told.data.DisputeStatus != "lost" {
				t.Errorf("closed as %s", *told.data.DisputeStatus)
			}
		}
	}
	if created != 1 || closed != 1 || w.alerted(checkout.AlertDispute) < 2 {
		t.Errorf("%d created, %d closed, %d alerts", created, closed, w.alerted(checkout.AlertDispute))
	}
}

// counted counts the questions that go through it, and notes where MTN is told to
// send its messages.
type counted struct {
	to       http.RoundTripper
	calls    *int
	callback *string
}

func (c counted) RoundTrip(r *http.Request) (*http.Response, error) {
	if to := r.Header.Get("X-Callback-Url"); to != "" {
		*c.callback = to
	}
	if r.Method == http.MethodGet || strings.Contains(r.URL.Path, "transactionstatus") {
		*c.calls++
	}
	return c.to.RoundTrip(r)
}
