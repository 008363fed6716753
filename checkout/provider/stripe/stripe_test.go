package stripe

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
	"github.com/checkoutd/checkoutd/checkout/provider/stripe/stripetest"
)

const (
	testKey    = "sk_test_adapter"
	testSecret = "whsec_test_0123456789abcdef"
	attemptID  = "txn_01KB3Z8Y7QX4M2N6P9R0STVWXY"
	refundID   = "rfd_01KB3Z8Y7QX4M2N6P9R0STVWXZ"
)

// world is a provider and the Stripe it talks to.
type world struct {
	*Provider
	fake *stripetest.Server
	now  *clock.Mock
	mail *providertest.Mailbox
}

// newWorld returns a world at noon. events are the types that are sent; none
// for those of [Events].
func newWorld(t testing.TB, events ...string) world {
	t.Helper()
	w := world{now: clock.NewMock(), mail: &providertest.Mailbox{}}
	w.now.Set(providertest.Noon)
	if events == nil {
		events = Events()
	}
	w.fake = stripetest.New(stripetest.Config{
		Config:    simulator.Config{Clock: w.now, Client: w.mail.Client()},
		SecretKey: testKey, WebhookURL: "https://pay.example/webhooks/stripe", WebhookSecrets: []string{testSecret}, Events: events,
	})
	w.Provider = newProvider(t, Config{Transport: simulator.Transport(w.fake), Clock: w.now})
	return w
}

// newProvider returns a provider in test mode with what c leaves open.
func newProvider(t testing.TB, c Config) *Provider {
	t.Helper()
	c.SecretKey, c.WebhookSecrets = testKey, []client.Secret{testSecret}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// order returns an order of 2500 XOF, made at noon.
func order() checkout.Order {
	return checkout.Order{
		Attempt: checkout.Attempt{
			ID: attemptID, Provider: "stripe", Method: "card", CreatedAt: providertest.Noon,
			Amount: checkout.Money{Amount: 2500, Currency: checkout.XOF},
		},
		Title: "Thé à la menthe & co", Email: "awa@example.com", Locale: "fr",
		SuccessURL: "https://pay.example/done?s=1&t={CHECKOUT_SESSION_ID}", CancelURL: "https://pay.example/back",
		Deadline: providertest.Noon.Add(time.Hour),
	}
}

// begin starts an attempt and returns it as the service keeps it.
func (w world) begin(t testing.TB) checkout.Attempt {
	t.Helper()
	o := order()
	started, err := w.Start(t.Context(), o)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	a := o.Attempt
	a.Ref, a.Next, a.Until, a.Status = started.Ref, started.Next, started.Until, checkout.AttemptOpen
	return a
}

// do fails the test unless a move of the customer's was possible.
func do(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// told returns the signals of what was sent since the last time.
func (w world) told(t testing.TB) (signals []checkout.Signal) {
	t.Helper()
	do(t, w.fake.Deliver(t.Context()))
	for _, in := range w.mail.Take(w.now.Now()) {
		s, err := w.Parse(in)
		if err != nil {
			t.Fatalf("Parse: %v\n%s", err, in.Body)
		}
		signals = append(signals, s...)
	}
	return signals
}

var _ = []any{
	checkout.Provider(&Provider{}), checkout.Notifier(&Provider{}), checkout.Finder(&Provider{}), checkout.Closer(&Provider{}),
	checkout.Refunder(&Provider{}), checkout.RefundPoller(&Provider{}), checkout.Lister(&Provider{}),
}

func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Suite{New: func(t *testing.T) providertest.Harness {
		w := newWorld(t)
		return providertest.Harness{
			Provider: w.Provider, Clock: w.now, Trust: checkout.TrustSigned, Secrets: []string{testKey, testSecret},
			Order: func(id string) checkout.Order {
				o := order()
				o.Attempt.ID = id
				return o
			},
			Pay:  func(a checkout.Attempt) error { return w.fake.Pay(a.Ref) },
			Fail: func(a checkout.Attempt) error { return w.fake.Fail(a.Ref, "insufficient_funds") },
			PayAmount: func(a checkout.Attempt, m checkout.Money) error {
				return w.fake.PayAmount(a.Ref, m.Amount, string(m.Currency))
			},
			Fault: func(f string) { w.fake.Inject("/v1/", simulator.Fault(f)) },
			Messages: func() []checkout.Inbound {
				do(t, w.fake.Deliver(t.Context()))
				return w.mail.Take(w.now.Now())
			},
			Spoil: func(in *checkout.Inbound) {
				header := in.Header
				in.Header = func(name string) string { return strings.Replace(header(name), "v1=", "v0=", 1) }
			},
			GivenBack: func(a checkout.Attempt) checkout.Money {
				s, err := w.fake.Session(a.Ref)
				do(t, err)
				return checkout.Money{Amount: s.Refunded, Currency: checkout.Currency(s.Currency)}
			},
		}
	}})
}

func TestNewNamesTheFieldAtFault(t *testing.T) {
	good := Config{SecretKey: "sk_test_1", WebhookSecrets: []client.Secret{"whsec_1"}}
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string // in the error; "" for none
	}{
		{"all there", func(*Config) {}, ""},
		{"restricted key", func(c *Config) { c.SecretKey = "rk_test_1" }, ""},
		{"live", func(c *Config) { c.SecretKey, c.Livemode = "sk_live_1", true }, ""},
		{"live and restricted", func(c *Config) { c.SecretKey, c.Livemode = "rk_live_1", true }, ""},
		{"two secrets", func(c *Config) { c.WebhookSecrets = []client.Secret{"whsec_1", "whsec_2"} }, ""},
		{"this machine", func(c *Config) { c.BaseURL = "http://127.0.0.1:12111" }, ""},
		{"no key", func(c *Config) { c.SecretKey = "" }, "SecretKey is empty"},
		{"publishable key", func(c *Config) { c.SecretKey = "pk_test_1" }, "SecretKey must be"},
		{"key of nothing", func(c *Config) { c.SecretKey = "sk_test_" }, "SecretKey must be"},
		{"key with a line break", func(c *Config) { c.SecretKey = "sk_test_1\n" }, "SecretKey must be"},
		{"webhook secret as key", func(c *Config) { c.SecretKey = "whsec_1" }, "SecretKey must be"},
		{"live key in test mode", func(c *Config) { c.SecretKey = "sk_live_1" }, "SecretKey moves real money"},
		{"test key in live mode", func(c *Config) { c.Livemode = true }, "SecretKey is one of test mode"},
		{"test is not live_test_", func(c *Config) { c.SecretKey, c.Livemode = "sk_test_live_1", true }, "SecretKey is one of test mode"},
		{"no webhook secret", func(c *Config) { c.WebhookSecrets = nil }, "WebhookSecrets is empty"},
		{"empty webhook secret", func(c *Config) { c.WebhookSecrets = []client.Secret{"whsec_1", ""} }, "WebhookSecrets[1]"},
		{"prefix only", func(c *Config) { c.WebhookSecrets = []client.Secret{"whsec_"} }, "WebhookSecrets[0]"},
		{"key as webhook secret", func(c *Config) { c.WebhookSecrets = []client.Secret{"sk_test_1"} }, "WebhookSecrets[0]"},
		{"webhook secret with a space", func(c *Config) { c.WebhookSecrets = []client.Secret{"whsec_1 "} }, "WebhookSecrets[0]"},
		{"plain http", func(c *Config) { c.BaseURL = "http://api.stripe.com" }, "BaseURL"},
		{"no host", func(c *Config) { c.BaseURL = "api.stripe.com" }, "BaseURL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := good
			c.change(&config)
			p, err := New(config)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("%+v: %v", config, err)
			case c.want == "" && p.Livemode() != config.Livemode:
				t.Errorf("live mode %t, want %t", p.Livemode(), config.Livemode)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%+v: got error %v, want it to say %q", config, err, c.want)
			case err != nil && strings.Contains(err.Error(), "_1"):
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c := Config{SecretKey: testKey, WebhookSecrets: []client.Secret{testSecret}}
	p, err := New(c)
	do(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, thing := range []any{c, &c, p, *p} {
			text := fmt.Sprintf(verb, thing)
			if strings.Contains(text, testKey) || strings.Contains(text, testSecret) {
				t.Errorf("%s of %T: %s", verb, thing, text)
			}
		}
	}
}

// TestSecretsOfTheConfigAreCopied changes a secret after New.
func TestSecretsOfTheConfigAreCopied(t *testing.T) {
	secrets := []client.Secret{testSecret}
	p, err := New(Config{SecretKey: testKey, WebhookSecrets: secrets})
	do(t, err)
	secrets[0] = "whsec_other"
	body := []byte(`{"id":"evt_1","object":"event","type":"customer.created"}`)
	if _, err := p.Parse(inbound(body, providertest.Noon)); err != nil {
		t.Error(err)
	}
}

// inbound returns body as Stripe would send it now.
func inbound(body []byte, now time.Time) checkout.Inbound {
	return checkout.Inbound{
		Method: http.MethodPost, Body: body, Now: now,
		Header: http.Header{"Stripe-Signature": {stripetest.Sign(body, now, testSecret)}}.Get,
	}
}

// reply is a Stripe that answers every call with the same.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
	calls  []string // "METHOD path?query"
}

func (r *reply) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.calls = append(r.calls, q.Method+" "+q.URL.RequestURI())
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = w.Write([]byte(r.body))
}

// replies returns a provider that is always answered with r.
func replies(t testing.TB, r *reply) *Provider {
	t.Helper()
	now := clock.NewMock()
	now.Set(providertest.Noon)
	c := Config{Transport: simulator.Transport(r), Clock: now}
	if r.err != nil {
		c.Transport = broken{r.err}
	}
	return newProvider(t, c)
}

type broken struct{ err error }

func (b broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

// kind sorts an error as the service does.
func kind(err error) string {
	var declined *checkout.Declined
	var bad *checkout.BadCredentials
	var throttled *checkout.Throttled
	switch {
	case err == nil:
		return "none"
	case errors.As(err, &declined):
		return "declined " + declined.Reason
	case errors.As(err, &bad):
		return "bad credentials"
	case errors.As(err, &throttled):
		return fmt.Sprintf("throttled %v", throttled.After)
	case errors.Is(err, checkout.ErrNotSent):
		return "not sent"
	}
	return "unknown"
}
