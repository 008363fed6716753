package webhook_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

func TestNewNamesTheFieldAtFault(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		field  string
		config webhook.Config
	}{
		{"Config.Store", webhook.Config{}},
		{"Config.Concurrency", webhook.Config{Store: w.store, Concurrency: -1}},
		{"Config.Lease", webhook.Config{Store: w.store, Lease: 15 * time.Second}},
		{"Config.Client", webhook.Config{Store: w.store, Client: &http.Client{}}},
	} {
		if _, err := webhook.New(c.config); err == nil || !strings.Contains(err.Error(), c.field) {
			t.Errorf("New without a good %s: %v", c.field, err)
		}
	}
	if _, err := webhook.New(webhook.Config{Store: w.store}); err != nil {
		t.Error(err)
	}
}

func TestEventsGoToTheEndpointsThatWantThem(t *testing.T) {
	w := newWorld(t)
	all, some := newReceiver(t, nil), newReceiver(t, nil)
	w.endpoint("we_all", all.URL)
	w.endpoint("we_some", some.URL, checkout.EventPaymentFailed)
	w.update(func(tx checkout.Tx) error {
		return tx.InsertEndpoint(checkout.Endpoint{
			ID: "we_other", Account: 8, URL: some.URL, Events: []checkout.EventType{checkout.EventPaymentCreated}, Secret: secret, Status: checkout.EndpointActive,
		})
	})
	w.owe("cs_1", checkout.EventPaymentCreated, checkout.EventPaymentFailed)
	w.drain(w.dispatcher(nil))
	if got := all.ids(); !slices.Equal(got, []string{"evt_1_0", "evt_1_1"}) {
		t.Errorf("who wants all got %v", got)
	}
	if got := some.ids(); !slices.Equal(got, []string{"evt_1_1"}) {
		t.Errorf("who wants failures got %v", got)
	}
	if got := all.got()[1].body; got != some.got()[0].body {
		t.Errorf("two endpoints got different bytes of one event:\n%s\n%s", got, some.got()[0].body)
	}
	if got := w.deliveries("we_other"); len(got) != 0 {
		t.Errorf("another account's endpoint is owed %v", got)
	}
}

func TestAnEndpointIsNotOwedWhatHappenedBeforeIt(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	d := w.dispatcher(nil)
	w.drain(d)
	w.endpoint("we_1", r.URL)
	w.drain(d)
	if got := r.ids(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestManyEventsAreFannedOutInBatches(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	w.endpoint("we_1", r.URL)
	for range 205 {
		w.owe("cs_1", checkout.EventPaymentCreated)
	}
	d := w.dispatcher(nil)
	w.runOnce(d, true)
	if owed := len(w.deliveries("we_1")); owed != 100 || len(r.got()) != 1 {
		t.Errorf("%d deliveries and %d requests, want 100 and 1", owed, len(r.got()))
	}
	w.drain(d)
	if owed := len(w.deliveries("we_1")); owed != 205 || len(r.got()) != 205 {
		t.Errorf("%d deliveries and %d requests, want 205", owed, len(r.got()))
	}
}

func TestAReceiverThatWasDownGetsTheSameBytesLater(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	for _, c := range []struct {
		status int
		after  time.Duration
	}{{503, 0}, {404, 5 * time.Second}, {302, 5 * time.Minute}, {200, 30 * time.Minute}} {
		r.answerWith(c.status)
		w.clock.Set(w.clock.Now().Add(c.after))
		w.drain(w.dispatcher(nil)) // each time a new one: what is owed survives a restart
	}
	got := r.got()
	if len(got) != 4 || w.only("we_1").Status != checkout.DeliveryDelivered {
		t.Fatalf("%d requests, %+v", len(got), w.only("we_1"))
	}
	for _, q := range got {
		if q.body != got[0].body {
			t.Errorf("the bytes have changed:\n%s\n%s", got[0].body, q.body)
		}
		for _, name := range []string{"X-Lomi-Delivery", "X-Lomi-Signature", "X-Lomi-Timestamp"} {
			if q.header.Get(name) != got[0].header.Get(name) || q.header.Get(name) == "" {
				t.Errorf("%s was %q and is %q", name, got[0].header.Get(name), q.header.Get(name))
			}
		}
		if !webhook.VerifyLomi(secret, []byte(q.body), q.header.Get("X-Lomi-Signature")) {
			t.Error("the signature does not verify")
		}
	}
}

func TestTriesFollowTheScheduleToTheMillisecond(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	r.answerWith(500)
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	d := w.dispatcher(nil)
	due := start
	for tries := range 10 {
		wait, _ := webhook.Backoff(tries, 0)
		due = due.Add(wait)
		if wait > 0 {
			w.clock.Set(due.Add(-time.Millisecond))
			w.drain(d)
		}
		if got := len(r.got()); got != tries {
			t.Fatalf("%d requests before try %d", got, tries+1)
		}
		w.clock.Set(due)
		w.drain(d)
		if got := len(r.got()); got != tries+1 {
			t.Fatalf("%d requests after try %d", got, tries+1)
		}
	}
	if v := w.only("we_1"); v.Status != checkout.DeliveryDead || v.Tries != 10 || v.LastStatus != 500 {
		t.Errorf("recorded %+v", v)
	}
	w.clock.Set(due.Add(24 * time.Hour))
	w.drain(d)
	if got := len(r.got()); got != 10 {
		t.Errorf("%d requests in the end", got)
	}
}

func TestJitterComesFromTheGivenRandomness(t *testing.T) {
	for _, c := range []struct {
		random string
		want   time.Duration
	}{{"\x00\x00\x00\x00", 4 * time.Second}, {"\xff\xff\xff\xff", 6 * time.Second}} {
		w := newWorld(t)
		r := newReceiver(t, nil)
		r.answerWith(500)
		w.endpoint("we_1", r.URL)
		w.owe("cs_1", checkout.EventPaymentSucceeded)
		w.drain(w.dispatcher(func(config *webhook.Config) { config.Random = strings.NewReader(c.random) }))
		if got := w.only("we_1").DueAt.Sub(start); got != c.want {
			t.Errorf("with %q due after %v, want %v", c.random, got, c.want)
		}
	}
}

func TestEventsOfASessionArriveInOrder(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	r.answerWith(500)
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentCreated, checkout.EventPaymentSucceeded)
	d := w.dispatcher(nil)
	w.drain(d)
	r.answerWith(200)
	w.owe("cs_2", checkout.EventPaymentCreated)
	w.drain(d)
	if got := r.ids(); !slices.Equal(got, []string{"evt_1_0", "evt_2_0"}) {
		t.Fatalf("while the first fails: %v", got)
	}
	w.clock.Add(5 * time.Second)
	w.drain(d)
	if got := r.ids(); !slices.Equal(got, []string{"evt_1_0", "evt_2_0", "evt_1_0", "evt_1_1"}) {
		t.Errorf("in the end: %v", got)
	}
}

func TestWhatIsGivenUpHoldsNothingBack(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(rw http.ResponseWriter, q *http.Request) {
		if q.Header.Get("X-Lomi-Event") == "PAYMENT_CREATED" {
			rw.WriteHeader(500)
		}
	})
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentCreated, checkout.EventPaymentSucceeded)
	d := w.dispatcher(nil)
	for tries := range 10 {
		wait, _ := webhook.Backoff(tries, 0)
		w.clock.Set(w.clock.Now().Add(wait))
		w.runOnce(d, true)
	}
	w.runOnce(d, true)
	if got := w.deliveries("we_1"); got[0].Status != checkout.DeliveryDelivered || got[1].Status != checkout.DeliveryDead {
		t.Errorf("recorded %+v", got)
	}
}

func TestWhatAReceiverRefusesHoldsNothingBackForLong(t *testing.T) {
	for _, c := range []struct {
		status int
		want   bool
	}{{400, true}, {409, true}, {422, true}, {401, false}, {404, false}, {429, false}, {500, false}, {302, false}} {
		w := newWorld(t)
		r := newReceiver(t, func(rw http.ResponseWriter, q *http.Request) {
			if q.Header.Get("X-Lomi-Event") == "PAYMENT_CREATED" {
				rw.WriteHeader(c.status)
			}
		})
		w.endpoint("we_1", r.URL)
		w.owe("cs_1", checkout.EventPaymentCreated, checkout.EventPaymentSucceeded)
		d := w.dispatcher(nil)
		w.drain(d)
		w.clock.Add(5 * time.Second)
		w.drain(d)
		if got := w.deliveries("we_1")[0]; got.Tries != 0 {
			t.Errorf("%d: passed after two tries: %+v", c.status, got)
		}
		w.clock.Add(5 * time.Minute)
		w.drain(d)
		got := w.deliveries("we_1")
		if (got[0].Status == checkout.DeliveryDelivered) != c.want || got[1].Status != checkout.DeliveryPending {
			t.Errorf("%d: recorded %+v", c.status, got)
		}
	}
}

func TestTwoDispatchersSendEachDeliveryOnce(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	w.endpoint("we_1", r.URL)
	want := 60
	for i := range want {
		w.owe([]string{"cs_1", "cs_2", "cs_3"}[i%3], checkout.EventPaymentCreated)
	}
	var both sync.WaitGroup
	for range 2 {
		d := w.dispatcher(nil)
		both.Go(func() {
			if err := d.Drain(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	w.drain(w.dispatcher(nil)) // an event may have waited for one that the other was sending
	ids := r.ids()
	slices.Sort(ids)
	if n := len(slices.Compact(slices.Clone(ids))); len(ids) != want || n != want {
		t.Errorf("%d requests of %d events, want %d of each", len(ids), n, want)
	}
}

func TestALateAnswerDoesNotOverrideTheNextSender(t *testing.T) {
	w := newWorld(t)
	arrived, release := make(chan struct{}, 2), make(chan int, 2)
	r := newReceiver(t, func(rw http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		rw.WriteHeader(<-release)
	})
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	slow := make(chan error, 1)
	d := w.dispatcher(nil)
	go func() { _, err := d.RunOnce(t.Context()); slow <- err }()
	receive(t, arrived)
	w.clock.Set(start.Add(time.Minute)) // the lease ends while the first is under way
	second := make(chan error, 1)
	other := w.dispatcher(nil)
	go func() { _, err := other.RunOnce(t.Context()); second <- err }()
	receive(t, arrived)
	release <- http.StatusInternalServerError
	release <- http.StatusInternalServerError
	if err := receive(t, slow); err != nil {
		t.Error(err)
	}
	if err := receive(t, second); err != nil {
		t.Error(err)
	}
	if v := w.only("we_1"); v.Tries != 1 || v.Status != checkout.DeliveryPending {
		t.Errorf("recorded %+v, want the second try only", v)
	}
}

func TestADeletedEndpointIsNoFault(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) {
		w.drop("we_1")
	})
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentCreated, checkout.EventPaymentSucceeded)
	w.drain(w.dispatcher(nil))
	if len(r.got()) != 1 {
		t.Errorf("%d requests", len(r.got()))
	}
}

// activate has the merchant of an endpoint pause it or make it active, and ask for
// other events.
func (w *world) activate(endpoint string, active bool, types ...checkout.EventType) {
	w.t.Helper()
	svc, err := checkout.New(checkout.Config{Store: w.store, Clock: w.clock})
	if err == nil {
		_, err = svc.UpdateEndpoint(w.t.Context(), checkout.Account{Number: 7}, endpoint, checkout.UpdateEndpointParams{Active: &active, Events: types})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestWhatIsNotWantedAnyMoreDelaysNothing(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	w.endpoint("we_1", r.URL)
	w.activate("we_1", false)
	w.oweMany(120)
	d := w.dispatcher(nil)
	w.drain(d) // nothing but deliveries are made
	w.activate("we_1", true, checkout.EventPaymentSucceeded)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	w.drain(d)
	if ids := r.ids(); !slices.Equal(ids, []string{"evt_1_0"}) {
		t.Errorf("got %v", ids)
	}
}

// TestWhatMustWaitTakesNoSlot has an endpoint catch up while a sender that has died
// still holds the first event of a session. What comes behind that is not brought
// forward, and another endpoint gets its turn.
func TestWhatMustWaitTakesNoSlot(t *testing.T) {
	w := newWorld(t)
	first, other := newReceiver(t, nil), newReceiver(t, nil)
	first.answerWith(500)
	w.endpoint("we_1", first.URL)
	w.endpoint("we_2", other.URL, checkout.EventPaymentSucceeded)
	w.owe("cs_1", checkout.EventPaymentCreated, checkout.EventPaymentFailed)
	w.owe("cs_2", checkout.EventPaymentCreated)
	d := w.dispatcher(nil)
	w.drain(d)
	w.clock.Add(5 * time.Second)
	ctx, kill := context.WithCancel(t.Context())
	dying := w.dispatcher(func(c *webhook.Config) { c.Client, c.Lease = killer(kill), 10*time.Minute })
	if _, err := dying.RunOnce(ctx); !errors.Is(err, context.Canceled) { // it holds evt_1_0 from now on
		t.Fatalf("RunOnce = %v", err)
	}
	w.drain(d)
	first.answerWith(200)
	w.clock.Add(time.Minute)
	w.owe("cs_3", checkout.EventPaymentFailed)
	w.drain(d)
	w.clock.Add(time.Second)
	w.owe("cs_4", checkout.EventPaymentSucceeded)
	w.drain(d)
	if got := other.ids(); !slices.Equal(got, []string{"evt_4_0"}) {
		t.Errorf("the other got %v while the first waits", got)
	}
	w.clock.Add(10 * time.Minute)
	w.drain(d)
	want := []string{"evt_1_0", "evt_2_0", "evt_2_0", "evt_3_0", "evt_2_0", "evt_4_0", "evt_1_0", "evt_1_1"}
	if got := first.ids(); !slices.Equal(got, want) {
		t.Errorf("the first got %v", got)
	}
}

// killer is a client that kills its dispatcher instead of sending.
func killer(kill func()) *http.Client {
	return &http.Client{Timeout: time.Second, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		kill()
		return nil, r.Context().Err()
	})}
}

type roundTripper func(r *http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
