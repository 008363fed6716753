package webhook_test

import (
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
	"github.com/checkoutd/checkoutd/checkout/provider/stripe"
	"github.com/checkoutd/checkoutd/checkout/provider/stripe/stripetest"
	"github.com/checkoutd/checkoutd/checkout/provider/wave"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavetest"
)

// market is a merchant whose customers pay with simulated providers. All of its
// chance repeats, so that what happens in it does, to the byte.
type market struct {
	*checkouttest.Kit
	t       *testing.T
	account checkout.Account
	wave    *wavetest.Server
	stripe  *stripetest.Server
	mail    map[string]*providertest.Mailbox // by the name of the provider
}

func newMarket(t *testing.T, policy checkout.Policy) *market {
	t.Helper()
	cryptotest.SetGlobalRandom(t, 1) // the simulated Stripe's identifiers
	now := clock.NewMock()
	now.Set(checkouttest.Start)
	m := &market{t: t, mail: map[string]*providertest.Mailbox{"wave": {}, "stripe": {}}}
	m.wave = wavetest.New(wavetest.Config{
		Config: simulator.Config{Clock: now, Client: m.mail["wave"].Client()},
		APIKey: "key", WebhookSecret: "secret", WebhookURL: "https://pay.example/webhooks/wave",
	})
	m.stripe = stripetest.New(stripetest.Config{
		Config:     simulator.Config{Clock: now, Client: m.mail["stripe"].Client()},
		WebhookURL: "https://pay.example/webhooks/stripe", Events: stripe.Events(),
	})
	w, err := wave.New(wave.Config{
		APIKey: "key", WebhookSecrets: []client.Secret{"secret"}, Clock: now, Transport: simulator.Transport(m.wave),
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := stripe.New(stripe.Config{
		SecretKey: "sk_test_stripetest", WebhookSecrets: []client.Secret{"whsec_stripetest"}, Clock: now, Transport: simulator.Transport(m.stripe),
	})
	if err != nil {
		t.Fatal(err)
	}
	m.Kit = checkouttest.With(t, checkout.Config{Clock: now, Providers: []checkout.Provider{w, s}, Policy: policy})
	_, key, err := m.Service.CreateKey(t.Context(), "Boutique Awa", false)
	if err != nil {
		t.Fatal(err)
	}
	m.account = key.Account
	return m
}

// session makes a session of 12 500 francs.
func (m *market) session() string {
	m.t.Helper()
	s, err := m.Service.CreateSession(m.t.Context(), checkout.CreateSessionParams{
		Account: m.account, Total: checkout.Money{Amount: 12500, Currency: checkout.XOF},
		Title: "Order 1042", Description: "Two books", ClientReference: "1042", IntegrationSource: "woocommerce",
		Customer: checkout.Contact{Name: "Awa Koné", Email: "awa@example.com", City: "Abidjan", Country: "CI"},
		Metadata: `{"order_id":"1042"}`,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return s.ID
}

// start begins to pay a session and returns the transaction's identifier.
func (m *market) start(session, method string) string {
	m.t.Helper()
	a, err := m.Service.Start(m.t.Context(), checkout.StartParams{
		SessionID: session, Method: method, WithoutForm: true,
		SuccessURL: "https://shop.example/thanks", CancelURL: "https://shop.example/basket",
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return a.ID
}

// then is a move of the customer's or of a bank's, half a minute after the last
// one, which the providers tell us of.
func (m *market) then(move func() error) {
	m.t.Helper()
	m.Clock.Add(30 * time.Second)
	if err := move(); err != nil {
		m.t.Fatal(err)
	}
	m.tell()
}

// tell lets the providers send what they have to say.
func (m *market) tell() {
	m.t.Helper()
	if err := m.wave.Deliver(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
	if err := m.stripe.Deliver(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
	for _, name := range []string{"wave", "stripe"} {
		for _, in := range m.mail[name].Take(m.Clock.Now()) {
			if _, err := m.Service.Receive(m.t.Context(), name, "", in); err != nil {
				m.t.Fatal(err)
			}
		}
	}
}

// refund asks for money of a transaction.
func (m *market) refund(p checkout.RefundParams) {
	m.t.Helper()
	if _, err := m.Service.Refund(m.t.Context(), m.account, p); err != nil {
		m.t.Fatal(err)
	}
}

// paid is a transaction by that method that completed its session.
func (m *market) paid(method string) string {
	m.t.Helper()
	id := m.start(m.session(), method)
	m.then(func() error { return m.pay(method, id) })
	return id
}

func (m *market) pay(method, id string) error {
	if method == "wave" {
		return m.wave.Pay(id)
	}
	return m.stripe.Pay(id)
}

// bodies returns the bodies of what the merchant is owed.
func (m *market) bodies() (bodies [][]byte) {
	m.t.Helper()
	for _, e := range m.Events() {
		bodies = append(bodies, body(m.t, e))
	}
	return bodies
}

// recurs has somebody sign up for a product that is paid each month, and pay the
// second month, but not the third, which ends it.
func (m *market) recurs() {
	m.t.Helper()
	var prices []checkout.Price
	err := m.Store.Update(m.t.Context(), func(tx checkout.Tx) (err error) {
		_, prices, err = m.Service.CreateProductIn(tx, m.account, checkout.Product{
			Name: "Book club", Type: checkout.ProductRecurring, Active: true, Plan: checkout.Plan{OnFailure: checkout.FailureCancel},
		}, []checkout.Price{{
			Amount: checkout.Money{Amount: 7500, Currency: checkout.XOF}, Interval: checkout.EveryMonth, Model: checkout.PriceStandard, Active: true,
		}}, 0)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	s, err := m.Service.CreateSession(m.t.Context(), checkout.CreateSessionParams{
		Account: m.account, Total: checkout.Money{Currency: checkout.XOF}, PriceID: prices[0].ID,
		Customer: checkout.Contact{Name: "Awa Koné", Email: "awa@example.com"}, Metadata: `{"member":"7"}`,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	first := m.start(s.ID, "wave")
	m.then(func() error { return m.wave.Pay(first) })
	sub := m.renew(31 * 24 * time.Hour)
	second := m.start(sub.SessionID, "wave")
	m.then(func() error { return m.wave.Pay(second) })
	m.renew(30 * 24 * time.Hour)
	m.renew(7 * 24 * time.Hour)
}

// renew lets time go by and does what is due of the one subscription.
func (m *market) renew(after time.Duration) checkout.Subscription {
	m.t.Helper()
	m.Clock.Add(after)
	if _, err := m.Service.RenewDue(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
	list, err := m.Service.Subscriptions(m.t.Context(), m.account, checkout.SubscriptionQuery{Page: checkout.Page{Limit: 1}})
	if err != nil || len(list) != 1 {
		m.t.Fatal(list, err)
	}
	return list[0]
}
