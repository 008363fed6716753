package decisions

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
	"github.com/checkoutd/checkoutd/checkout/provider/stripe"
	"github.com/checkoutd/checkoutd/checkout/provider/stripe/stripetest"
	"github.com/checkoutd/checkoutd/checkout/provider/wave"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavetest"
)

// Row 21: callbacks of senders that sign nothing, forged and in a flood.
func Test21ForgedCallback(t *testing.T) {
	for _, method := range []string{"mtn", "orange"} {
		t.Run(method, func(t *testing.T) {
			asked, callback := 0, ""
			w := newWorld(t, options{via: func(name string, to http.RoundTripper) http.RoundTripper {
				if name != method {
					return to
				}
				return counted{to, &asked, &callback}
			}})
			id := w.create(2500)
			a := w.start(id, method)
			path, body := strings.TrimPrefix(callback, payURL), `{"status":"SUCCESSFUL","amount":"2500","currency":"XOF"}`
			if method == "orange" { // somebody has learnt the shared secret
				path, body = "/webhooks/orange", `{"status":"SUCCESS","notif_token":"`+w.orange.Orders()[0].NotifToken+`","txnid":"MP1"}`
			}
			before := asked
			for range 100 {
				if status, _, _ := w.send(http.MethodPost, path, body); status != http.StatusOK {
					t.Fatalf("answered %d", status)
				}
				w.must(w.work())
			}
			if asked-before > 1 {
				t.Errorf("100 forged callbacks caused %d questions", asked-before)
			}
			w.want(id, "open", a, checkout.AttemptOpen)
			for _, unknown := range []string{"/webhooks/mtn/txn_0.ff", "/webhooks/mtn", "/webhooks/orange"} {
				if status, _, _ := w.send(http.MethodPut, unknown, `{"status":"SUCCESS","notif_token":"nobody's","txnid":"x"}`); status != http.StatusOK {
					t.Errorf("%s answered %d", unknown, status)
				}
			}
			w.pay(a)
			w.drop()
			w.clock.Add(5 * time.Second)
			if status, _, _ := w.send(http.MethodPost, path, body); status != http.StatusOK {
				t.Errorf("answered %d", status)
			}
			w.must(w.work())
			w.want(id, "completed", a, checkout.AttemptPaid)
		})
	}
}

// Row 22: without a secret there is no adapter.
func Test22SecretMissing(t *testing.T) {
	if _, err := wave.New(wave.Config{APIKey: waveKey, Livemode: true}); err == nil || !strings.Contains(err.Error(), "WebhookSecrets") {
		t.Errorf("wave: %v", err)
	}
	if _, err := stripe.New(stripe.Config{SecretKey: stripeKey, Livemode: true}); err == nil || !strings.Contains(err.Error(), "WebhookSecrets") {
		t.Errorf("stripe: %v", err)
	}
	w := newWorld(t, options{})
	id := w.create(2500)
	a := w.start(id, "wave")
	w.wave.Messages(simulator.Forged)
	w.pay(a)
	if err := w.wave.Deliver(ctx); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a forged message: %v", err)
	}
	w.want(id, "open", a, checkout.AttemptOpen)
	for _, name := range []string{"wave", "stripe"} {
		want := map[string]int{"wave": http.StatusUnauthorized, "stripe": http.StatusBadRequest}[name]
		if status, _, _ := w.send(http.MethodPost, "/webhooks/"+name, `{"id":"x","type":"checkout.session.completed"}`); status != want {
			t.Errorf("an unsigned message of %s: %d", name, status)
		}
	}
	if status, _, _ := w.send(http.MethodPost, "/webhooks/paypal", "{}"); status != http.StatusNotFound {
		t.Errorf("a provider that is not configured: %d", status)
	}
}

// Row 23: a test event that is signed with the live secret.
func Test23TestAndLiveMix(t *testing.T) {
	w := newWorld(t, options{})
	other := stripetest.New(stripetest.Config{
		Config:    simulator.Config{Clock: w.clock, Client: &http.Client{Transport: simulator.Transport(http.HandlerFunc(w.inbound))}},
		SecretKey: "sk_test_key", WebhookSecrets: []string{stripeSecret}, WebhookURL: payURL + "/webhooks/stripe",
	})
	id := w.create(2500)
	a := w.start(id, "card")
	p, err := stripe.New(stripe.Config{SecretKey: "sk_test_key", WebhookSecrets: []client.Secret{stripeSecret}, Transport: simulator.Transport(other), Clock: w.clock})
	w.must(err)
	_, err = p.Start(ctx, checkout.Order{Attempt: w.attempt(a), SuccessURL: payURL, CancelURL: payURL, Deadline: w.clock.Now().Add(time.Hour)})
	w.must(err)
	w.must(other.Pay(a))
	w.must(other.Deliver(ctx)) // 200: it need not be sent again
	w.want(id, "open", a, checkout.AttemptOpen)
	if w.alerted(checkout.AlertMode) == 0 {
		t.Error("nobody was alerted")
	}
}

// Rows 24 and 25: the customer comes back before the message, having paid or not.
func Test24CustomerReturnsFirst(t *testing.T) {
	for _, method := range []string{"wave", "card", "orange"} {
		w := newWorld(t, options{})
		id := w.create(2500)
		a := w.start(id, method)
		w.clock.Add(10 * time.Second)
		w.pay(a)
		w.drop()
		status, _, location := w.browse("/"+id+"/return", nil)
		if status != http.StatusSeeOther {
			t.Errorf("%s: answered %d, to %s", method, status, location)
		}
		w.want(id, "completed", a, checkout.AttemptPaid)
	}
}

func Test25ReturnForged(t *testing.T) {
	w := newWorld(t, options{})
	id := w.create(2500)
	a := w.start(id, "wave")
	for _, path := range []string{"/return", "/return?status=success&paid=1", "/return?cancelled=1", "/done", "/done?status=complete"} {
		w.clock.Add(6 * time.Second)
		if status, body, location := w.browse("/"+id+path, nil); status >= 500 || strings.Contains(location, "shop.example") || strings.Contains(body, "Thank you") {
			t.Errorf("%s: %d, to %s", path, status, location)
		}
		w.want(id, "open", a, checkout.AttemptOpen)
	}
}

// Row 26: the key was revoked.
func Test26CredentialsRefused(t *testing.T) {
	w := newWorld(t, options{})
	old := w.create(2500)
	open := w.start(old, "wave")
	id := w.create(2500)
	w.wave.Inject("", simulator.Refuse)
	got := w.post(http.StatusPaymentRequired, "/checkout-sessions/"+id+"/pay", startBody("wave"))
	if details := got["error"].(map[string]any)["details"].(map[string]any); details["failure_reason"] != checkout.ReasonUnavailable {
		t.Errorf("%v", details)
	}
	if _, body, _ := w.browse("/"+id, nil); strings.Contains(body, `value="wave"`) || !strings.Contains(body, `value="mtn"`) || w.alerted(checkout.AlertProvider) != 1 {
		t.Errorf("Wave is still offered, or MTN is not; %d alerts", w.alerted(checkout.AlertProvider))
	}
	w.pay(open)
	w.drop()
	w.pass(2 * time.Minute) // the key works again
	w.want(old, "completed", open, checkout.AttemptPaid)
	if _, body, _ := w.browse("/"+id, nil); !strings.Contains(body, `value="wave"`) {
		t.Error("Wave is not offered again")
	}
}

// Row 27: the provider is asked too often.
func Test27Throttled(t *testing.T) {
	w := newWorld(t, options{})
	id := w.create(2500)
	w.wave.Inject("", simulator.Throttle)
	w.post(http.StatusPaymentRequired, "/checkout-sessions/"+id+"/pay", startBody("wave"))
	w.clock.Add(3 * time.Second)
	a := w.start(id, "wave") // another try is safe at once
	w.pay(a)
	w.drop()
	for range 3 {
		w.wave.Inject("", simulator.Throttle)
	}
	w.pass(10 * time.Minute)
	w.want(id, "completed", a, checkout.AttemptPaid)
	if len(w.wave.Sessions()) != 1 || w.alerted(checkout.AlertProvider) != 0 {
		t.Errorf("%d sessions at Wave, %d alerts", len(w.wave.Sessions()), w.alerted(checkout.AlertProvider))
	}
}

// Row 28: the clocks of the provider and of the server differ.
func Test28ClockSkew(t *testing.T) {
	for _, skew := range []time.Duration{-6 * time.Minute, 6 * time.Minute} {
		w := newWorld(t, options{})
		id := w.create(2500)
		a := w.start(id, "card")
		body, header := stripeEvent(w.attempt(a), w.clock.Now().Add(skew))
		if status, _, _ := w.send(http.MethodPost, "/webhooks/stripe", body, "Stripe-Signature", header); status != http.StatusBadRequest {
			t.Errorf("%v off: answered %d", skew, status)
		}
		w.want(id, "open", a, checkout.AttemptOpen)
		body, header = stripeEvent(w.attempt(a), w.clock.Now())
		if status, _, _ := w.send(http.MethodPost, "/webhooks/stripe", body, "Stripe-Signature", header); status != http.StatusOK {
			t.Errorf("on time: answered %d", status)
		}
		w.want(id, "completed", a, checkout.AttemptPaid)
	}
}

// stripeEvent returns what Stripe says once a is paid, signed at that time.
func stripeEvent(a checkout.Attempt, at time.Time) (body, header string) {
	body = fmt.Sprintf(`{"id":"evt_%s","object":"event","livemode":true,"type":"checkout.session.completed","data":{"object":{`+
		`"id":%[2]q,"object":"checkout.session","client_reference_id":%[3]q,"metadata":{"attempt":%[3]q},"status":"complete","payment_status":"paid","amount_total":%[4]d,"currency":"xof","payment_intent":"pi_1"}}}`,
		a.ID, a.Ref, a.ID, a.Amount.Amount)
	h := hmac.New(sha256.New, []byte(stripeSecret))
	fmt.Fprintf(h, "%d.%s", at.Unix(), body)
	return body, fmt.Sprintf("t=%d,v1=%x", at.Unix(), h.Sum(nil))
}

// Row 29: the session's price is another by the time the money comes: it waits for
// people.
func Test29PriceChanged(t *testing.T) {
	w := newWorld(t, options{})
	id := w.create(2500)
	a := w.start(id, "wave")
	w.must(w.store.Update(ctx, func(tx checkout.Tx) error {
		s, err := tx.Session(id)
		if err != nil {
			return err
		}
		s.Total.Amount = 2000
		return tx.PutSession(s)
	}))
	w.pay(a)
	w.deliver()
	w.want(id, "open", a, checkout.AttemptMismatch)
	if _, err := w.service.Accept(ctx, w.account, a); err != nil {
		t.Fatal(err)
	}
	w.want(id, "completed", a, checkout.AttemptPaid)
	if w.balance() != 2500 {
		t.Errorf("the balance is %d", w.balance())
	}
}

// Row 30: messages that are signed with the new secret, while the old one is
// still good.
func Test30SecretRotation(t *testing.T) {
	w := newWorld(t, options{})
	for _, secret := range []string{waveSecret, waveNewSecret} {
		w.clock.Add(time.Second) // a server's identifiers are made of when it began
		w.wave = wavetest.New(wavetest.Config{
			Config: simulator.Config{Clock: w.clock, Client: &http.Client{Transport: simulator.Transport(http.HandlerFunc(w.inbound))}},
			APIKey: waveKey, WebhookSecret: secret, WebhookURL: payURL + "/webhooks/wave",
		})
		w.boot()
		id := w.create(2500)
		a := w.start(id, "wave")
		w.pay(a)
		w.deliver()
		w.want(id, "completed", a, checkout.AttemptPaid)
	}
}

// Row 31: a message about another business that shares the endpoint.
func Test31AnotherBusiness(t *testing.T) {
	w := newWorld(t, options{})
	other := newWorld(t, options{})
	id := other.create(2500)
	other.wave.Messages(simulator.Never)
	a := other.start(id, "wave")
	other.pay(a)
	w.wave = wavetest.New(wavetest.Config{
		Config: simulator.Config{Clock: w.clock, Client: &http.Client{Transport: simulator.Transport(http.HandlerFunc(w.inbound))}},
		APIKey: waveKey, WebhookSecret: waveSecret, WebhookURL: payURL + "/webhooks/wave",
	})
	p, err := wave.New(wave.Config{APIKey: waveKey, WebhookSecrets: []client.Secret{waveSecret}, Livemode: true, Transport: simulator.Transport(w.wave), Clock: w.clock})
	w.must(err)
	_, err = p.Start(ctx, checkout.Order{Attempt: other.attempt(a), SuccessURL: payURL, CancelURL: payURL})
	w.must(err)
	w.must(w.wave.Pay(a))
	w.deliver() // 200
	var backlog checkout.Backlog
	w.must(w.store.View(ctx, func(tx checkout.Tx) (err error) {
		backlog, err = tx.Backlog()
		return err
	}))
	if backlog.Parked != 1 || w.alerted(checkout.AlertUnknown) != 1 {
		t.Errorf("%d parked, %d alerts", backlog.Parked, w.alerted(checkout.AlertUnknown))
	}
}

// Row 32: a relative pays, from another number.
func Test32AnotherNumberPays(t *testing.T) {
	w := newWorld(t, options{})
	id := w.create(2500)
	a := w.start(id, "wave")
	w.must(w.wave.PayFrom(a, "+2250102030405"))
	w.deliver()
	w.want(id, "completed", a, checkout.AttemptPaid)
}
