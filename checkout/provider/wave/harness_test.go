package wave_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
	"github.com/checkoutd/checkoutd/checkout/provider/wave"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavetest"
)

const (
	apiKey        = "wave_sn_prod_test0123456789"
	webhookSecret = "wave_sn_WHS_test_0123456789abcdef"
	signingSecret = "wave_sn_AKS_test_0123456789abcdef"
	attemptID     = "txn_01JQZ8X3M5N7P9R1S3T5V7W9X1"
)

var ctx = context.Background()

// kit is a provider, the simulated Wave behind it and their clock.
type kit struct {
	*wave.Provider
	fake *wavetest.Server
	now  *clock.Mock
	mail *providertest.Mailbox
}

// newKit returns a kit whose two sides agree on every secret; set may change
// that.
func newKit(t *testing.T, set ...func(*wave.Config, *wavetest.Config)) kit {
	t.Helper()
	k := kit{now: clock.NewMock(), mail: &providertest.Mailbox{}}
	k.now.Set(providertest.Noon)
	there := wavetest.Config{
		Config: simulator.Config{Clock: k.now, Client: k.mail.Client()},
		APIKey: apiKey, SigningSecret: signingSecret,
		WebhookURL: "https://pay.example/webhooks/wave", WebhookSecret: webhookSecret,
	}
	here := wave.Config{APIKey: apiKey, SigningSecret: signingSecret, WebhookSecrets: []client.Secret{"previous", webhookSecret}, Clock: k.now}
	for _, f := range set {
		f(&here, &there)
	}
	k.fake = wavetest.New(there)
	if here.Transport == nil {
		here.Transport = simulator.Transport(k.fake)
	}
	var err error
	if k.Provider, err = wave.New(here); err != nil {
		t.Fatal(err)
	}
	return k
}

// messages returns what Wave has sent since the last time.
func (k kit) messages() []checkout.Inbound {
	_ = k.fake.Deliver(ctx)
	return k.mail.Take(k.now.Now())
}

// order returns an order of 2500 francs.
func order(id string) checkout.Order {
	return checkout.Order{
		Attempt: checkout.Attempt{
			ID: id, Account: 1, SessionID: "cs_1", Provider: "wave", Method: "wave",
			Amount: checkout.Money{Amount: 2500, Currency: checkout.XOF},
		},
		Title: "Shoes", SuccessURL: "https://pay.example/cs_1?done=1&from=wave", CancelURL: "https://pay.example/cs_1",
	}
}

// begin starts an order and returns its attempt as the service keeps it.
func (k kit) begin(t *testing.T, o checkout.Order) checkout.Attempt {
	t.Helper()
	started, err := k.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	a := o.Attempt
	a.Ref, a.Next, a.Until = started.Ref, started.Next, started.Until
	return a
}

// tape answers every call the same and keeps what was asked.
type tape struct {
	status int
	header http.Header
	body   string
	err    error

	requests []*http.Request
	bodies   []string
}

// RoundTrip keeps r and answers.
func (p *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body.Close()
	}
	p.requests, p.bodies = append(p.requests, r), append(p.bodies, string(body))
	if p.err != nil {
		return nil, p.err
	}
	header := p.header
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: p.status, Header: header, Body: io.NopCloser(bytes.NewReader([]byte(p.body))), Request: r}, nil
}

// taped returns a provider whose calls p answers.
func taped(t *testing.T, p *tape, set ...func(*wave.Config)) *wave.Provider {
	t.Helper()
	now := clock.NewMock()
	now.Set(providertest.Noon)
	c := wave.Config{APIKey: apiKey, WebhookSecrets: []client.Secret{webhookSecret}, Clock: now, Transport: p}
	for _, f := range set {
		f(&c)
	}
	provider, err := wave.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return provider
}
