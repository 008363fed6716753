package stripe

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

func TestListReadsAllPages(t *testing.T) {
	w := newWorld(t)
	a := w.begin(t)
	const tries = 2*pageSize + 7
	for range tries {
		do(t, w.fake.Fail(a.Ref, ""))
	}
	seen := map[string]bool{}
	do(t, w.List(t.Context(), providertest.Noon, func(sig checkout.Signal) error {
		seen[sig.EventID] = true
		return nil
	}))
	if len(seen) != tries {
		t.Errorf("%d events, want %d", len(seen), tries)
	}
}

func TestListBeginsAtSince(t *testing.T) {
	w := newWorld(t)
	a := w.begin(t)
	do(t, w.fake.Fail(a.Ref, ""))
	w.now.Add(time.Minute)
	since := w.now.Now()
	do(t, w.fake.Pay(a.Ref))
	var got []checkout.Signal
	do(t, w.List(t.Context(), since.Add(500*time.Millisecond), func(sig checkout.Signal) error {
		got = append(got, sig)
		return nil
	}))
	if len(got) != 1 || got[0].Report.State != checkout.StatePaid {
		t.Errorf("listed %+v", got)
	}
}

// TestListGoesOnPastWhatItCannotRead has an event in the middle that says a word
// nobody knows.
func TestListGoesOnPastWhatItCannotRead(t *testing.T) {
	events := []string{
		wrap("checkout.session.completed", paidSession),
		wrap("charge.dispute.updated", with(disputed, "frozen")),
		strings.Replace(wrap("checkout.session.completed", paidSession), `"livemode":false`, `"livemode":true`, 1),
		wrap("customer.created", "{}"),
		wrap("charge.dispute.closed", with(disputed, "won")),
	}
	p := replies(t, &reply{status: 200, body: `{"object":"list","has_more":false,"data":[` + strings.Join(events, ",") + `]}`})
	var got []string
	err := p.List(t.Context(), providertest.Noon, func(sig checkout.Signal) error {
		got = append(got, sig.Type)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "frozen") || strings.Join(got, " ") != "checkout.session.completed charge.dispute.closed" {
		t.Errorf("listed %v, %v", got, err)
	}
}

func TestListStopsWhenToldTo(t *testing.T) {
	w := newWorld(t)
	a := w.begin(t)
	do(t, w.fake.Fail(a.Ref, ""))
	do(t, w.fake.Pay(a.Ref))
	stop, n := errors.New("stop"), 0
	err := w.List(t.Context(), providertest.Noon, func(checkout.Signal) error { n++; return stop })
	if err != stop || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
}

func TestErrorsOfList(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		fault simulator.Fault
		want  string
	}{
		{simulator.ErrorBefore, "unknown"}, {simulator.Throttle, "throttled 2s"}, {simulator.Refuse, "bad credentials"},
		{simulator.LostAnswer, "unknown"}, {simulator.Truncated, "unknown"},
	} {
		w.fake.Inject("/v1/events", c.fault)
		if err := w.List(t.Context(), providertest.Noon, func(checkout.Signal) error { return nil }); kind(err) != c.want {
			t.Errorf("%s: got %v, want %s", c.fault, err, c.want)
		}
	}
	for _, body := range []string{"", "null", "{}", "[]", `{"data":null}`, `{"data":{}}`} {
		if err := replies(t, &reply{status: 200, body: body}).List(t.Context(), providertest.Noon, func(checkout.Signal) error { return nil }); err == nil {
			t.Errorf("%q is taken for a list", body)
		}
	}
}

// TestListTellsWhatMessagesTell compares the two ways to learn of the same.
func TestListTellsWhatMessagesTell(t *testing.T) {
	w := newWorld(t)
	a := w.begin(t)
	do(t, w.fake.Fail(a.Ref, "insufficient_funds"))
	do(t, w.fake.PayCard(a.Ref, "4000000000000259")) // and it is disputed
	do(t, w.fake.CloseDispute(a.Ref, true))
	if _, err := w.Refund(t.Context(), w.refundOrder(a, refundID, 700)); err != nil {
		t.Fatal(err)
	}
	told := map[string]checkout.Signal{}
	for _, sig := range w.told(t) {
		told[sig.EventID] = sig
	}
	if len(told) != 8 {
		t.Errorf("%d messages, want 8: %v", len(told), w.fake.Happened())
	}
	p, sent := w.record(t)
	do(t, p.List(t.Context(), providertest.Noon, func(sig checkout.Signal) error {
		if told[sig.EventID] != sig {
			t.Errorf("listed %+v, told %+v", sig, told[sig.EventID])
		}
		delete(told, sig.EventID)
		return nil
	}))
	if len(told) != 0 {
		t.Errorf("not listed: %+v", told)
	}
	if line := sent.requests[0].line; !strings.HasPrefix(line, "GET https://api.stripe.com/v1/events?created%5Bgte%5D=1772452800&limit=50&types%5B%5D=checkout.session.completed&types%5B%5D=") {
		t.Errorf("asked %s", line)
	}
}
