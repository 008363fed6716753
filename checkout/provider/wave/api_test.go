package wave_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
	"github.com/checkoutd/checkoutd/checkout/provider/wave"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavetest"
)

// opened is an answer to an order, as the real one has it.
const opened = `{"id":"cos-1b01sghpg100j","amount":"2500","checkout_status":"open","client_reference":"` + attemptID + `","currency":"XOF",
"error_url":"https://pay.example/cs_1","last_payment_error":null,"business_name":"Annas Apiaries","payment_status":"processing",
"success_url":"https://pay.example/cs_1","wave_launch_url":"https://pay.wave.com/c/cos-1b01sghpg100j?a=2500&c=XOF&m=Annas%20Apiaries",
"when_completed":null,"when_created":"2026-03-02T12:00:00Z","when_expires":"2026-03-02T12:30:00Z","transaction_id":null}`

func TestRequestsAreAsWaveWantsThem(t *testing.T) {
	attempt := order(attemptID).Attempt
	attempt.Ref, attempt.Charge, attempt.Received = "cos-1b01sghpg100j", "TCN4Y4ZC3FM", attempt.Amount
	foreign := attempt
	foreign.Ref = "a/b?c"
	byCharge := attempt
	byCharge.Ref = ""
	whole := checkout.Refund{ID: "rfd_1", Amount: attempt.Amount}
	for _, c := range []struct {
		name string
		do   func(p *wave.Provider) error
		want string // method, path and body
	}{
		{"start", func(p *wave.Provider) error { _, err := p.Start(ctx, order(attemptID)); return err },
			`POST /v1/checkout/sessions {"amount":"2500","currency":"XOF","success_url":"https://pay.example/cs_1?done=1\u0026from=wave","error_url":"https://pay.example/cs_1","client_reference":"` + attemptID + `"}`},
		{"poll", func(p *wave.Provider) error { _, err := p.Poll(ctx, attempt); return err }, "GET /v1/checkout/sessions/cos-1b01sghpg100j "},
		{"poll by an odd reference", func(p *wave.Provider) error { _, err := p.Poll(ctx, foreign); return err }, "GET /v1/checkout/sessions/a%2Fb%3Fc "},
		{"find", func(p *wave.Provider) error { _, err := p.Find(ctx, attempt); return err }, "GET /v1/checkout/sessions/search?client_reference=" + attemptID + " "},
		{"close", func(p *wave.Provider) error { _, err := p.Close(ctx, attempt); return err }, "POST /v1/checkout/sessions/cos-1b01sghpg100j/expire "},
		{"refund", func(p *wave.Provider) error {
			_, err := p.Refund(ctx, checkout.RefundOrder{Attempt: attempt, Refund: whole})
			return err
		}, "POST /v1/checkout/sessions/cos-1b01sghpg100j/refund "},
		{"refund by transaction", func(p *wave.Provider) error {
			_, err := p.Refund(ctx, checkout.RefundOrder{Attempt: byCharge, Refund: whole})
			return err
		}, "POST /v1/transactions/TCN4Y4ZC3FM/refund "},
		{"list", func(p *wave.Provider) error {
			return p.List(ctx, time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC), func(checkout.Signal) error { return nil })
		}, "GET /v1/transactions?date=2026-03-02 "},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &tape{status: 200, body: opened}
			_ = c.do(taped(t, p))
			if len(p.requests) != 1 {
				t.Fatalf("%d calls, want 1", len(p.requests))
			}
			r := p.requests[0]
			if got := r.Method + " " + r.URL.RequestURI() + " " + p.bodies[0]; got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if got := r.Header.Get("Authorization"); got != "Bearer "+apiKey || r.URL.Host != "api.wave.com" || r.URL.Scheme != "https" {
				t.Errorf("to %s with %q", r.URL, got)
			}
			if got, want := r.Header.Get("Content-Type"), p.bodies[0] != ""; (got == "application/json") != want {
				t.Errorf("Content-Type %q", got)
			}
			if _, signed := r.Header["Wave-Signature"]; signed {
				t.Error("signed without a secret for it")
			}
		})
	}
}

func TestOptionsOfAnOrder(t *testing.T) {
	p := &tape{status: 200, body: opened}
	provider := taped(t, p, func(c *wave.Config) { c.RestrictPayer, c.AggregatedMerchant = true, "am-123" })
	if !provider.Caps().Methods[0].NeedsPhone {
		t.Error("restricts the payer and does not ask for the number")
	}
	o := order(attemptID)
	o.Phone = "+221 77 123 45 67"
	if _, err := provider.Start(ctx, o); err != nil {
		t.Fatal(err)
	}
	if want := `"restrict_payer_mobile":"+221771234567","aggregated_merchant_id":"am-123"}`; !strings.HasSuffix(p.bodies[0], want) {
		t.Errorf("sent %s, want …%s", p.bodies[0], want)
	}
	o.Phone = "771234567"
	var declined *checkout.Declined
	if _, err := provider.Start(ctx, o); !errors.As(err, &declined) || declined.Reason != checkout.ReasonPayerUnknown || len(p.requests) != 1 {
		t.Errorf("%v after %d calls", err, len(p.requests))
	}
	o = order(attemptID)
	o.Attempt.Amount.Currency = checkout.EUR
	if _, err := taped(t, p).Start(ctx, o); !errors.As(err, &declined) || len(p.requests) != 1 {
		t.Errorf("EUR: %v after %d calls", err, len(p.requests))
	}
}

func TestStartedIsWhatWaveSays(t *testing.T) {
	got, err := taped(t, &tape{status: 200, body: opened}).Start(ctx, order(attemptID))
	const address = "https://pay.wave.com/c/cos-1b01sghpg100j?a=2500&c=XOF&m=Annas%20Apiaries"
	want := checkout.Started{
		Ref: "cos-1b01sghpg100j", Until: time.Date(2026, 3, 2, 12, 30, 0, 0, time.UTC),
		Next:   checkout.Next{Kind: checkout.NextRedirect, URL: address, QR: address},
		Report: checkout.Report{State: checkout.StatePending},
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for name, change := range map[string][2]string{
		"no address":        {`"https://pay.wave.com/c/cos-1b01sghpg100j?a=2500&c=XOF&m=Annas%20Apiaries"`, `null`},
		"a script":          {`https://pay.wave.com/`, `javascript:alert(1)//`},
		"another attempt's": {attemptID, "txn_OTHER"},
		"no identifier":     {`"cos-1b01sghpg100j"`, `""`},
		"unknown words":     {`"open"`, `"draft"`},
		"amount a number":   {`"2500"`, `2500`},
	} {
		answer := &tape{status: 200, body: strings.Replace(opened, change[0], change[1], 1)}
		got, err := taped(t, answer).Start(ctx, order(attemptID))
		class(t, name, err, "unknown")
		if got != (checkout.Started{}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// class demands that err is of a class: "declined REASON", "credentials",
// "throttled", "not sent" or "unknown".
func class(t *testing.T, what string, err error, want string) {
	t.Helper()
	var declined *checkout.Declined
	var bad *checkout.BadCredentials
	var throttled *checkout.Throttled
	got := "unknown"
	switch {
	case err == nil:
		got = "no error"
	case errors.As(err, &declined):
		got = "declined " + declined.Reason
	case errors.As(err, &bad):
		got = "credentials"
	case errors.As(err, &throttled):
		got = fmt.Sprintf("throttled %v", throttled.After)
	case errors.Is(err, checkout.ErrNotSent):
		got = "not sent"
	}
	if got != want {
		t.Errorf("%s: %v is %q, want %q", what, err, got, want)
	}
}

func TestErrorsAreClassified(t *testing.T) {
	flat := func(code string) string { return `{"code":"` + code + `","message":"no"}` }
	nested := func(code string) string { return `{"error":{"code":"` + code + `","message":"no","httpcode":400}}` }
	for _, c := range []struct {
		name                 string
		tape                 tape
		start, refund, query string // the class of each call's error; query is Poll, Find and Close
	}{
		{"no connection", tape{err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, "not sent", "not sent", "not sent"},
		{"no such host", tape{err: &net.DNSError{Err: "no such host", Name: "api.wave.com"}}, "not sent", "not sent", "not sent"},
		{"broken off", tape{err: io.ErrUnexpectedEOF}, "unknown", "unknown", "unknown"},
		{"no answer in time", tape{err: context.DeadlineExceeded}, "unknown", "unknown", "unknown"},
		{"reset", tape{err: &net.OpError{Op: "read", Err: errors.New("reset")}}, "unknown", "unknown", "unknown"},
		{"400", tape{status: 400, body: flat("request-validation-error")}, "declined merchant_setup", "declined declined", "unknown"},
		{"400 about the payer", tape{status: 400, body: nested("blocked-account")}, "declined payer_not_allowed", "declined payer_not_allowed", "unknown"},
		{"400 refund failed", tape{status: 400, body: flat("checkout-refund-failed")}, "declined merchant_setup", "declined declined", "unknown"},
		{"401", tape{status: 401, body: flat("api-key-revoked")}, "credentials", "credentials", "credentials"},
		{"403", tape{status: 403, body: flat("ip-not-allowed")}, "credentials", "credentials", "credentials"},
		{"404 of another server", tape{status: 404, body: "<html>not found</html>"}, "declined merchant_setup", "declined declined", "unknown"},
		{"408", tape{status: 408}, "unknown", "unknown", "unknown"},
		{"422", tape{status: 422, body: nested("request-validation-error")}, "declined merchant_setup", "declined declined", "unknown"},
		{"429", tape{status: 429, header: http.Header{"Retry-After": {"7"}}, body: flat("too-many-requests")}, "throttled 7s", "throttled 7s", "throttled 7s"},
		{"500", tape{status: 500, body: flat("internal-server-error")}, "unknown", "unknown", "unknown"},
		{"503", tape{status: 503, body: nested("service-unavailable")}, "unknown", "unknown", "unknown"},
		{"redirect", tape{status: 302, header: http.Header{"Location": {"https://elsewhere.example/"}}}, "unknown", "unknown", "unknown"},
		{"half of the JSON", tape{status: 200, body: opened[:200]}, "unknown", "no error", "unknown"},
		{"nothing", tape{status: 200}, "unknown", "no error", "unknown"},
		{"HTML", tape{status: 200, body: "<html>login</html>"}, "unknown", "no error", "unknown"},
		{"an array", tape{status: 200, body: "[]"}, "unknown", "no error", "unknown"},
		{"null", tape{status: 200, body: "null"}, "unknown", "no error", "unknown"},
		{"too much", tape{status: 200, body: strings.Repeat(" ", 2<<20) + opened}, "unknown", "unknown", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := order(attemptID).Attempt
			_, err := taped(t, &c.tape).Start(ctx, order(attemptID))
			class(t, "Start", err, c.start)
			a.Ref, a.Received = "cos-1b01sghpg100j", a.Amount
			_, err = taped(t, &c.tape).Poll(ctx, a)
			class(t, "Poll", err, c.query)
			_, err = taped(t, &c.tape).Find(ctx, a)
			class(t, "Find", err, c.query)
			_, err = taped(t, &c.tape).Refund(ctx, checkout.RefundOrder{Attempt: a, Refund: checkout.Refund{Amount: a.Amount}})
			class(t, "Refund", err, c.refund)
			if c.tape.status != 200 { // whose body Close does not read
				_, err = taped(t, &c.tape).Close(ctx, a)
				class(t, "Close", err, c.query)
			}
			if err != nil && strings.Contains(err.Error(), apiKey) {
				t.Errorf("%v tells the key", err)
			}
		})
	}
}

func TestMissingSessions(t *testing.T) {
	a := order(attemptID).Attempt
	a.Ref = "cos-unknown"
	for _, body := range []string{`{"code":"checkout-session-not-found","message":""}`, `{"error":{"code":"checkout-session-not-found"}}`} {
		p := taped(t, &tape{status: 404, body: body})
		if r, err := p.Poll(ctx, a); err != nil || r.State != checkout.StateMissing {
			t.Errorf("Poll: %+v, %v", r, err)
		}
		if r, err := p.Close(ctx, a); err != nil || r.State != checkout.StateMissing {
			t.Errorf("Close: %+v, %v", r, err)
		}
		if f, err := p.Find(ctx, a); err == nil {
			t.Errorf("Find: %+v, want an error: only an empty result says that there is none", f)
		}
	}
	if f, err := taped(t, &tape{status: 200, body: `{"result":[]}`}).Find(ctx, a); err != nil || f.Report.State != checkout.StateMissing {
		t.Errorf("Find: %+v, %v", f, err)
	}
	if f, err := taped(t, &tape{status: 200, body: `{}`}).Find(ctx, a); err == nil {
		t.Errorf("Find without a result: %+v, want an error", f)
	}
}

// TestFindTakesTheSessionThatCounts searches where one reference has several
// sessions.
func TestFindTakesTheSessionThatCounts(t *testing.T) {
	k := newKit(t)
	refs := map[string]string{}
	for _, name := range []string{"first", "second", "third"} {
		refs[name] = k.begin(t, order(attemptID)).Ref
		k.now.Add(time.Minute)
	}
	a := order(attemptID).Attempt
	for _, c := range []struct {
		name  string
		do    func() error
		want  string
		state checkout.State
	}{
		{"the newest", func() error { return nil }, "third", checkout.StatePending},
		{"the newest that is open", func() error { _, err := k.Close(ctx, checkout.Attempt{ID: attemptID, Ref: refs["third"]}); return err }, "second", checkout.StatePending},
		{"the one that is paid", func() error { return k.fake.Pay(refs["first"]) }, "first", checkout.StatePaid},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		got, err := k.Find(ctx, a)
		if err != nil || got.Ref != refs[c.want] || got.Report.State != c.state {
			t.Errorf("%s: %+v, %v, want %s", c.name, got, err, refs[c.want])
		}
		if r, err := k.Poll(ctx, a); err != nil || r != got.Report {
			t.Errorf("%s: Poll without Ref says %+v, %v, want %+v", c.name, r, err, got.Report)
		}
	}
}

// TestCloseWhenTheCustomerWasFaster expires a session that is over already.
func TestCloseWhenTheCustomerWasFaster(t *testing.T) {
	k := newKit(t)
	a := k.begin(t, order(attemptID))
	if err := k.fake.Pay(a.Ref); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{a.Ref, ""} {
		b := a
		b.Ref = ref
		if r, err := k.Close(ctx, b); err != nil || r.State != checkout.StatePaid || r.Paid != a.Amount {
			t.Errorf("Ref %q: %+v, %v", ref, r, err)
		}
	}
	lost := k.begin(t, order("txn_2")) // whose Ref is not known
	lost.Ref = ""
	if r, err := k.Close(ctx, lost); err != nil || r.State != checkout.StateExpired {
		t.Errorf("by reference: %+v, %v", r, err)
	}
	if r, err := k.Close(ctx, checkout.Attempt{ID: "txn_3"}); err != nil || r.State != checkout.StateMissing {
		t.Errorf("unknown: %+v, %v", r, err)
	}
}

// TestCallsAreSignedIfTheKeyDemandsIt lets the simulated Wave judge.
func TestCallsAreSignedIfTheKeyDemandsIt(t *testing.T) {
	newKit(t).begin(t, order(attemptID))
	for name, set := range map[string]func(*wave.Config, *wavetest.Config){
		"no signature":   func(c *wave.Config, _ *wavetest.Config) { c.SigningSecret = "" },
		"another secret": func(c *wave.Config, _ *wavetest.Config) { c.SigningSecret = "wave_sn_AKS_other" },
		"another key":    func(c *wave.Config, _ *wavetest.Config) { c.APIKey = "wave_sn_prod_other" },
	} {
		_, err := newKit(t, set).Start(ctx, order(attemptID))
		class(t, name, err, "credentials")
	}
	k := newKit(t)
	a := k.begin(t, order(attemptID))
	behind := clock.NewMock()
	behind.Set(k.now.Now().Add(-10 * time.Minute))
	slow, err := wave.New(wave.Config{
		APIKey: apiKey, SigningSecret: signingSecret, WebhookSecrets: []client.Secret{webhookSecret},
		Clock: behind, Transport: simulator.Transport(k.fake),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = slow.Poll(ctx, a)
	class(t, "a clock that is behind", err, "credentials")
}

func TestRefundTakesAllOrNothing(t *testing.T) {
	k := newKit(t)
	a := k.begin(t, order(attemptID))
	wrong := checkout.Money{Amount: 2600, Currency: checkout.XOF}
	if err := k.fake.PayAmount(a.Ref, wrong); err != nil {
		t.Fatal(err)
	}
	a.Received = wrong
	refund := func(m checkout.Money) error {
		_, err := k.Refund(ctx, checkout.RefundOrder{Attempt: a, Refund: checkout.Refund{ID: "rfd_1", Amount: m}})
		return err
	}
	class(t, "what was asked for", refund(a.Amount), "declined partial_refund_not_supported")
	class(t, "another currency", refund(checkout.Money{Amount: 2600, Currency: checkout.EUR}), "declined partial_refund_not_supported")
	class(t, "what was paid", refund(wrong), "no error")
	class(t, "once more", refund(wrong), "no error")
	if got := k.fake.Refunded()[checkout.XOF]; got != 2600 {
		t.Errorf("%d given back, want 2600", got)
	}
	a.Ref = ""
	class(t, "nothing to name it by", refund(wrong), "unknown")
}
