package orange_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/orange"
)

// statusBody is the answer of the documents, about our attempt.
//
// Source: Getting started, section 4, read 2026-11-25.
const statusBody = `{"status": "SUCCESS", "order_id": "` + attemptID + `", "txnid": "MP150709.1341.A00073"}`

// started returns an attempt that was started against answers of its own.
func started(t *testing.T) checkout.Attempt {
	t.Helper()
	return begin(t, newProvider(t, answers(http.StatusCreated, pageBody), nil), order())
}

func TestPollSendsWhatIsDocumented(t *testing.T) {
	sent := answers(http.StatusCreated, statusBody)
	p := newProvider(t, sent, nil) // another one than started the attempt
	got, err := p.Poll(t.Context(), started(t))
	if want := (checkout.Report{State: checkout.StatePaid, Bound: true, Charge: "MP150709.1341.A00073"}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if len(sent.calls) != 2 {
		t.Fatalf("%d calls", len(sent.calls))
	}
	ask := sent.calls[1]
	for what, pair := range map[string][2]string{
		"method": {ask.method, "POST"},
		"url":    {ask.url, "https://api.orange.com/orange-money-webpay/dev/v1/transactionstatus"},
		"bearer": {ask.header.Get("Authorization"), "Bearer tok-1"},
		"type":   {ask.header.Get("Content-Type"), "application/json"},
		"body": {ask.body, `{"order_id":"` + attemptID + `","amount":1200,` +
			`"pay_token":"f5720dd906203c62033ffe64ed75614785878b0ab2231d9c582b2908fca0ab9a"}`},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %s, want %s", what, pair[0], pair[1])
		}
	}
}

func TestStatuses(t *testing.T) {
	a := started(t)
	for word, want := range map[string]checkout.Report{
		"INITIATED": {State: checkout.StatePending},
		"PENDING":   {State: checkout.StatePending},
		"SUCCESS":   {State: checkout.StatePaid, Bound: true},
		"FAILED":    {State: checkout.StateFailed, Reason: checkout.ReasonDeclined},
		"EXPIRED":   {State: checkout.StateExpired, Reason: checkout.ReasonTimeout},
	} {
		for _, txn := range []string{"", "MP150709.1341.A00073"} {
			body := `{"status":"` + word + `","order_id":"` + attemptID + `","txnid":"` + txn + `"}`
			want.Charge = txn
			if got, err := newProvider(t, answers(200, body), nil).Poll(t.Context(), a); err != nil || got != want {
				t.Errorf("%s: got %+v, %v, want %+v", body, got, err, want)
			}
		}
	}
}

func TestAnswersThatSayNothing(t *testing.T) {
	a := started(t)
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   outcome
	}{
		{"unknown word", 201, strings.Replace(statusBody, "SUCCESS", "SUCCESSFUL", 1), unclear},
		{"another case", 201, strings.Replace(statusBody, "SUCCESS", "success", 1), unclear},
		{"no word", 201, strings.Replace(statusBody, "SUCCESS", "", 1), unclear},
		{"a number for a word", 201, strings.Replace(statusBody, `"SUCCESS"`, "200", 1), unclear},
		{"another order", 201, strings.Replace(statusBody, attemptID, "txn_01KB0000000000000000000002", 1), unclear},
		{"no order", 201, strings.Replace(statusBody, "order_id", "order", 1), unclear},
		{"half of it", 201, statusBody[:40], unclear},
		{"empty", 200, "", unclear},
		{"null", 200, "null", unclear},
		{"HTML", 200, "<html>", unclear},
		{"huge", 200, strings.Repeat(" ", 1<<20) + statusBody, unclear},
		{"redirect", 307, statusBody, unclear},
		{"accepted", 202, statusBody, unclear},
		{"400", 400, statusBody, unclear},
		{"401", 401, statusBody, bad},
		{"403", 403, statusBody, bad},
		{"404", 404, statusBody, unclear},
		{"429", 429, statusBody, throttle},
		{"500", 500, statusBody, unclear},
		{"503", 503, statusBody, unclear},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := newProvider(t, answers(c.status, c.body), nil).Poll(t.Context(), a)
			if outcomeOf(err) != c.want || got != (checkout.Report{}) {
				t.Errorf("%d %.200s: got %+v, %s (%v), want %s", c.status, c.body, got, outcomeOf(err), err, c.want)
			}
		})
	}
}

// TestLostStartIsMissing polls what has no secret, without a call.
func TestLostStartIsMissing(t *testing.T) {
	sent := answers(http.StatusCreated, statusBody)
	got, err := newProvider(t, sent, nil).Poll(t.Context(), order().Attempt)
	if want := (checkout.Report{State: checkout.StateMissing}); err != nil || got != want || len(sent.calls) != 0 {
		t.Errorf("got %+v, %v after %d calls, want %+v", got, err, len(sent.calls), want)
	}
}

func TestSecretIsSealed(t *testing.T) {
	good := started(t)
	if again := started(t); again.Secret == good.Secret {
		t.Error("the same token is sealed the same way twice")
	}
	for name, c := range map[string]struct {
		change func(*checkout.Attempt)
		config func(*orange.Config)
	}{
		"another attempt's":    {func(a *checkout.Attempt) { a.ID = "txn_01KB0000000000000000000002" }, nil},
		"another merchant key": {func(*checkout.Attempt) {}, func(c *orange.Config) { c.MerchantKey = "ffffffff" }},
		"a letter is another": {func(a *checkout.Attempt) {
			other := "A"
			if a.Secret[40] == 'A' {
				other = "B"
			}
			a.Secret = a.Secret[:40] + other + a.Secret[41:]
		}, nil},
		"shorter":    {func(a *checkout.Attempt) { a.Secret = a.Secret[:len(a.Secret)-4] }, nil},
		"too short":  {func(a *checkout.Attempt) { a.Secret = "AAAA" }, nil},
		"not base64": {func(a *checkout.Attempt) { a.Secret = "never sealed" }, nil},
		"the token":  {func(a *checkout.Attempt) { a.Secret = "f5720dd906203c62033ffe64ed75614785878b0a" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a, sent := good, answers(http.StatusCreated, statusBody)
			c.change(&a)
			got, err := newProvider(t, sent, c.config).Poll(t.Context(), a)
			if err == nil || got != (checkout.Report{}) || len(sent.calls) != 0 {
				t.Errorf("got %+v, %v after %d calls, want an error and none", got, err, len(sent.calls))
			}
			if err != nil && strings.Contains(err.Error(), a.Secret) {
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
}

// sealedBefore is the documents' pay_token as the first version sealed it with
// the nonce "a nonce of 1", computed by Python's hmac and cryptography.
const sealedBefore = "YSBub25jZSBvZiAx6dcer2npCnvUA0OBwVCdt7ivq-N3ixfFueLpyCeBEokvqbAc0Dxn64OcbmodaFeraqVIkjC2IwzYzH1q3IhX11CTmguFVYVUw4vb3fhgX08"

// TestSealStaysReadable opens what an earlier version sealed: open attempts must
// survive an update.
func TestSealStaysReadable(t *testing.T) {
	a := order().Attempt
	a.Secret = sealedBefore
	sent := answers(http.StatusCreated, statusBody)
	if got, err := newProvider(t, sent, nil).Poll(t.Context(), a); err != nil || got.State != checkout.StatePaid {
		t.Fatalf("got %+v, %v", got, err)
	}
	if !strings.Contains(sent.calls[1].body, `"pay_token":"f5720dd906203c62033ffe64ed75614785878b0ab2231d9c582b2908fca0ab9a"`) {
		t.Errorf("asked with %s", sent.calls[1].body)
	}
}

func TestLifeOfAPayment(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(id string, fake player) error
		want checkout.State
	}{
		{"paid", func(id string, f player) error { return f.Pay(id) }, checkout.StatePaid},
		{"failed", func(id string, f player) error { return f.Fail(id, "") }, checkout.StateFailed},
		{"confirmed", func(id string, f player) error { return f.Confirm(id) }, checkout.StatePending},
		{"cancelled", func(id string, f player) error { return f.Cancel(id) }, checkout.StatePending},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, fake, _ := withFake(t)
			a := begin(t, p, order())
			if r, err := p.Poll(t.Context(), a); err != nil || r.State != checkout.StatePending {
				t.Fatalf("at first %+v, %v", r, err)
			}
			if err := c.play(a.ID, fake); err != nil {
				t.Fatal(err)
			}
			if r, err := p.Poll(t.Context(), a); err != nil || r.State != c.want {
				t.Errorf("then %+v, %v, want %s", r, err, c.want)
			}
		})
	}
	t.Run("expired", func(t *testing.T) {
		p, _, now := withFake(t)
		a := begin(t, p, order())
		now.Add(10*time.Minute - time.Second)
		if r, err := p.Poll(t.Context(), a); err != nil || r.State != checkout.StatePending {
			t.Errorf("a second before: %+v, %v", r, err)
		}
		now.Add(time.Second)
		if r, err := p.Poll(t.Context(), a); err != nil || r.State != checkout.StateExpired {
			t.Errorf("in time: %+v, %v", r, err)
		}
	})
	t.Run("another sum is not answered", func(t *testing.T) {
		p, fake, _ := withFake(t)
		a := begin(t, p, order())
		if err := fake.Pay(a.ID); err != nil {
			t.Fatal(err)
		}
		a.Amount.Amount++
		if r, err := p.Poll(t.Context(), a); err == nil {
			t.Errorf("got %+v", r)
		}
	})
}

// player is who decides about a simulated payment.
type player interface {
	Pay(id string) error
	Fail(id, code string) error
	Confirm(id string) error
	Cancel(id string) error
}
