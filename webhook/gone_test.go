package webhook_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// Whoever asks for a test or a retry may go away before the endpoint answers.
func TestACallerThatGoesAwayIsNoFaultOfTheEndpoint(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	w := newWorld(t)
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { leave() })
	w.endpoint("we_1", r.URL)
	account := checkout.Account{Number: 7}
	d := w.dispatcher(nil)
	try, err := d.Test(ctx, account, "we_1")
	if !try.OK() || err != nil {
		t.Fatalf("test: %+v, %v", try, err)
	}
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	w.drain(d)
	ctx, leave = context.WithCancel(t.Context())
	if try, err = d.Retry(ctx, account, "we_1", w.tries("we_1")[0].ID); !try.OK() || err != nil || ctx.Err() == nil {
		t.Errorf("retry: %+v, %v", try, err)
	}
	leave()
}
