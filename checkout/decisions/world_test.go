package decisions

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn/mtntest"
	"github.com/checkoutd/checkoutd/checkout/provider/orange"
	"github.com/checkoutd/checkoutd/checkout/provider/orange/orangetest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
	"github.com/checkoutd/checkoutd/checkout/provider/stripe"
	"github.com/checkoutd/checkoutd/checkout/provider/stripe/stripetest"
	"github.com/checkoutd/checkoutd/checkout/provider/wave"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavetest"
	"github.com/checkoutd/checkoutd/httpapi"
	"github.com/checkoutd/checkoutd/store"
	"github.com/checkoutd/checkoutd/webhook"
)

var ctx = context.Background()

// The addresses of the simulated network.
const (
	payURL  = "https://pay.example" // our server
	shopURL = "https://shop.example/hook"
)

// The secrets of the simulated providers, and the customer's number.
const (
	waveKey, waveSecret     = "wave_ci_prod_key", "wave_ci_WHS_one"
	waveNewSecret           = "wave_ci_WHS_two"
	stripeKey, stripeSecret = "sk_live_key", "whsec_live_one"
	payer                   = "+2250504030201"
)

// options say how a world differs from the usual one.
type options struct {
	store   checkout.Store // of a schedule; default: a database in a temporary file
	policy  checkout.Policy
	refunds bool // MTN has the product that gives money back

	// via is the way to a provider; default: straight there.
	via func(name string, to http.RoundTripper) http.RoundTripper
}

// world is our server, the providers, a merchant and a clock: a network without
// sockets.
type world struct {
	t     testing.TB
	opts  options
	clock *clock.Mock
	store checkout.Store

	wave   *wavetest.Server
	stripe *stripetest.Server
	mtn    *mtntest.Server
	orange *orangetest.Server

	service *checkout.Service
	sweeper *checkout.Sweeper
	sender  *webhook.Dispatcher
	front   http.Handler
	lives   uint64 // how often the server was started
	key     string // of the merchant, live
	account checkout.Account

	alerts []checkout.Alert
	told   []told // what the merchant's server has received
}

func newWorld(t testing.TB, o options) *world {
	t.Helper()
	w := &world{t: t, opts: o, clock: clock.NewMock(), store: o.store}
	w.clock.Set(checkouttest.Start)
	if w.store == nil {
		db, err := store.Open(filepath.Join(t.TempDir(), "world.db"))
		w.must(err)
		t.Cleanup(func() { w.must(db.Close()) })
		w.store = db
	}
	c := simulator.Config{Clock: w.clock, Client: &http.Client{Transport: simulator.Transport(http.HandlerFunc(w.inbound))}}
	w.wave = wavetest.New(wavetest.Config{Config: c, APIKey: waveKey, WebhookSecret: waveSecret, WebhookURL: payURL + "/webhooks/wave"})
	w.stripe = stripetest.New(stripetest.Config{Config: c, SecretKey: stripeKey, WebhookSecrets: []string{stripeSecret},
		WebhookURL: payURL + "/webhooks/stripe", PublicURL: "https://checkout.stripe.example", Livemode: true})
	w.mtn = mtntest.New(mtntest.Config{Config: c, XOF: true, Manual: true})
	w.orange = orangetest.New(orangetest.Config{Config: c, Country: "ci", Random: checkouttest.Chance(7)})
	w.boot()
	if o.store != nil {
		return w // a schedule, which needs no merchant
	}
	secret, _, err := w.service.CreateKey(ctx, "Boutique", true)
	w.must(err)
	key, err := w.service.Authenticate(ctx, secret)
	w.must(err)
	w.key, w.account = secret, key.Account
	w.post(http.StatusCreated, "/webhooks", map[string]any{"url": shopURL, "authorized_events": []string{
		"PAYMENT_SUCCEEDED", "PAYMENT_FAILED", "PAYMENT_HELD", "REFUND_CREATED", "REFUND_COMPLETED", "REFUND_FAILED",
		"DISPUTE_CREATED", "DISPUTE_UPDATED", "DISPUTE_CLOSED"}})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// boot starts the server, as after a crash: nothing but the store is left of the
// one before.
func (w *world) boot() {
	w.t.Helper()
	w.lives++
	var err error
	w.sender, err = webhook.New(webhook.Config{
		Store: w.store, Clock: w.clock, Random: checkouttest.Chance(1000 + w.lives), Interval: -1,
		Client: &http.Client{Transport: simulator.Transport(http.HandlerFunc(w.shop)), Timeout: time.Second},
	})
	w.must(err)
	w.service, err = checkout.New(checkout.Config{
		Store: w.store, Clock: w.clock, Random: checkouttest.Chance(w.lives), Providers: w.providers(),
		Policy: w.opts.policy, Concurrency: 1, Wake: w.sender.Wake,
		Alert: func(a checkout.Alert) { w.alerts = append(w.alerts, a) },
	})
	w.must(err)
	w.sweeper = checkout.NewSweeper(w.service, nil)
	if w.opts.store != nil {
		w.front = http.HandlerFunc(w.receive)
		return
	}
	api, err := httpapi.New(httpapi.Config{Service: w.service, Clock: w.clock, Random: checkouttest.Chance(2000 + w.lives), PublicURL: payURL, KeyTTL: -1})
	w.must(err)
	w.front = api.Front()
}

func (w *world) providers() []checkout.Provider {
	w.t.Helper()
	via := func(name string, h http.Handler) http.RoundTripper {
		rt := simulator.Transport(h)
		if w.opts.via != nil {
			rt = w.opts.via(name, rt)
		}
		return rt
	}
	wavep, err := wave.New(wave.Config{APIKey: waveKey, WebhookSecrets: []client.Secret{waveSecret, waveNewSecret},
		Livemode: true, Clock: w.clock, Transport: via("wave", w.wave)})
	w.must(err)
	stripep, err := stripe.New(stripe.Config{SecretKey: stripeKey, WebhookSecrets: []client.Secret{stripeSecret},
		Livemode: true, Clock: w.clock, Transport: via("stripe", w.stripe)})
	w.must(err)
	c := mtn.Config{SubscriptionKey: mtntest.SubscriptionKey, APIUser: mtntest.APIUser, APIKey: mtntest.APIKey,
		TargetEnvironment: "mtnivorycoast", Livemode: true, Clock: w.clock, Transport: via("mtn", w.mtn)}
	if w.opts.refunds {
		c.Disbursement = mtn.Credentials{SubscriptionKey: mtntest.DisbursementKey, APIUser: mtntest.APIUser, APIKey: mtntest.APIKey}
	}
	mtnp, err := mtn.New(c)
	w.must(err)
	orangep, err := orange.New(orange.Config{ClientID: orangetest.DefaultClientID, ClientSecret: orangetest.DefaultClientSecret,
		MerchantKey: orangetest.DefaultMerchantKey, Country: "ci", Livemode: true, Clock: w.clock,
		Random: checkouttest.Chance(3000 + w.lives), Transport: via("orange", w.orange)})
	w.must(err)
	return []checkout.Provider{wavep, stripep, mtnp, orangep}
}

// inbound is where the providers' messages arrive: our server, as it runs now.
func (w *world) inbound(rw http.ResponseWriter, r *http.Request) { w.front.ServeHTTP(rw, r) }

// work does what is due now, and sends the merchant what is owed.
func (w *world) work() error {
	err := w.sweeper.RunOnce(ctx)
	w.must(w.sender.Drain(ctx))
	return err
}

// pass lets time pass, with everything that falls due on the way.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	_ = w.service.Advance(ctx, w.clock, d, func(context.Context) error { return w.work() }) // faults are what is tested
}

// deliver lets the messages of the providers arrive.
func (w *world) deliver() {
	w.t.Helper()
	for _, f := range []interface{ Deliver(context.Context) error }{w.wave, w.stripe, w.mtn, w.orange} {
		w.must(f.Deliver(ctx))
	}
	w.must(w.sender.Drain(ctx))
}

// drop loses the messages of the providers.
func (w *world) drop() {
	for _, f := range []interface{ Drop() }{w.wave, w.stripe, w.mtn, w.orange} {
		f.Drop()
	}
}

// pay is the customer who pays an attempt at its provider.
func (w *world) pay(id string) {
	w.t.Helper()
	w.must(w.payAt(w.attempt(id)))
}

func (w *world) payAt(a checkout.Attempt) error {
	switch a.Provider {
	case "wave":
		return w.wave.Pay(a.ID)
	case "stripe":
		return w.stripe.Pay(a.ID)
	case "mtn":
		return w.mtn.Approve(a.ID)
	}
	return w.orange.Pay(a.ID)
}

// attempt returns an attempt as it is stored.
func (w *world) attempt(id string) (a checkout.Attempt) {
	w.t.Helper()
	w.must(w.store.View(ctx, func(tx checkout.Tx) (err error) {
		a, err = tx.Attempt(id)
		return err
	}))
	return a
}

// alerted returns how many alerts of a kind there were.
func (w *world) alerted(kind checkout.AlertKind) (n int) {
	for _, a := range w.alerts {
		if a.Kind == kind {
			n++
		}
	}
	return n
}
