package wavetest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavetest"
)

const key = "wave_sn_prod_test"

// wallet is a simulated Wave and what it has sent.
type wallet struct {
	*wavetest.Server
	now  *clock.Mock
	mail *providertest.Mailbox
}

func newWallet() wallet {
	w := wallet{now: clock.NewMock(), mail: &providertest.Mailbox{}}
	w.now.Set(providertest.Noon)
	w.Server = wavetest.New(wavetest.Config{
		Config: simulator.Config{Clock: w.now, Client: w.mail.Client()},
		APIKey: key, WebhookURL: "https://pay.example/webhooks/wave", WebhookSecret: "secret",
	})
	return w
}

// call sends a request with the key and returns the status and the JSON of the
// answer.
func (w wallet) call(t *testing.T, method, path, body string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+key)
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	answer := map[string]any{}
	if rec.Body.Len() > 0 {
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s %s: %v: %s", method, path, err, rec.Body)
		}
	}
	return rec.Code, answer
}

const valid = `{"amount":"2500","currency":"XOF","success_url":"https://shop.example/ok","error_url":"https://shop.example/ko","client_reference":"txn_1"}`

func (w wallet) create(t *testing.T) string {
	t.Helper()
	status, answer := w.call(t, "POST", "/v1/checkout/sessions", valid)
	if status != 200 {
		t.Fatalf("%d %v", status, answer)
	}
	return answer["id"].(string)
}

func TestOrdersAreChecked(t *testing.T) {
	w := newWallet()
	for name, c := range map[string]struct{ old, new string }{
		"amount as a number": {`"2500"`, `2500`},
		"decimals":           {`"2500"`, `"2500.00"`},
		"leading zero":       {`"2500"`, `"02500"`},
		"zero":               {`"2500"`, `"0"`},
		"negative":           {`"2500"`, `"-1"`},
		"another currency":   {`XOF`, `EUR`},
		"lower case":         {`XOF`, `xof`},
		"http":               {`https://shop.example/ok`, `http://shop.example/ok`},
		"no error_url":       {`"error_url"`, `"other_url"`},
		"long reference":     {`txn_1`, strings.Repeat("x", 256)},
		"local number":       {`"client_reference":"txn_1"`, `"restrict_payer_mobile":"771234567"`},
		"not JSON":           {`{`, `(`},
	} {
		status, answer := w.call(t, "POST", "/v1/checkout/sessions", strings.Replace(valid, c.old, c.new, 1))
		if status != 400 || answer["code"] != "request-validation-error" {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	if n := len(w.Sessions()); n != 0 {
		t.Errorf("%d sessions", n)
	}
	status, answer := w.call(t, "POST", "/v1/checkout/sessions", valid)
	if status != 200 || answer["checkout_status"] != "open" || answer["payment_status"] != "processing" || answer["amount"] != "2500" ||
		answer["when_expires"] != "2026-03-02T12:30:00Z" || answer["last_payment_error"] != nil || len(answer["id"].(string)) > 20 {
		t.Errorf("%d %v", status, answer)
	}
}

func TestKeyIsDemanded(t *testing.T) {
	w := newWallet()
	for header, want := range map[string]string{
		"": "missing-auth-header", "Basic x": "invalid-auth", "Bearer other": "no-matching-api-key", "Bearer ": "no-matching-api-key",
	} {
		r := httptest.NewRequest("GET", "/v1/balance", nil)
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if rec.Code != 401 || !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%q: %d %s, want %s", header, rec.Code, rec.Body, want)
		}
	}
}

// TestLifeOfASession lets half an hour pass, to the second.
func TestLifeOfASession(t *testing.T) {
	w := newWallet()
	first, second := w.create(t), w.create(t)
	w.now.Add(30*time.Minute - time.Second)
	if err := w.Pay(first); err != nil {
		t.Error(err)
	}
	w.now.Add(time.Second)
	for name, err := range map[string]error{"Pay": w.Pay(second), "Fail": w.Fail(second, "payment-failure"), "Cancel": w.Cancel(second), "again": w.Pay(first)} {
		if err == nil {
			t.Errorf("%s of what is over", name)
		}
	}
	for id, want := range map[string]string{first: "complete", second: "expired"} {
		if s, err := w.Session(id); err != nil || s.CheckoutStatus != want {
			t.Errorf("%+v, %v, want %s", s, err, want)
		}
		if status, answer := w.call(t, "POST", "/v1/checkout/sessions/"+id+"/expire", ""); status != 409 {
			t.Errorf("expire: %d %v", status, answer)
		}
	}
	if got := w.Received()[checkout.XOF]; got != 2500 {
		t.Errorf("received %d", got)
	}
}

func TestPathsOfTheAPI(t *testing.T) {
	w := newWallet()
	id := w.create(t)
	if err := w.Pay("txn_1"); err != nil {
		t.Fatal(err)
	}
	paid, err := w.Session(id)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path string
		status       int
		holds        string // a part of the answer
	}{
		{"GET", "/v1/checkout/sessions/" + id, 200, `"payment_status":"succeeded"`},
		{"GET", "/v1/checkout/sessions/cos-other", 404, "checkout-session-not-found"},
		{"GET", "/v1/checkout/sessions?transaction_id=" + paid.TransactionID, 200, id},
		{"GET", "/v1/checkout/sessions?transaction_id=T", 404, "checkout-session-not-found"},
		{"GET", "/v1/checkout/sessions", 400, "transaction_id"},
		{"GET", "/v1/checkout/sessions/search?client_reference=txn_1", 200, id},
		{"GET", "/v1/checkout/sessions/search?client_reference=txn_2", 200, `"result":[]`},
		{"GET", "/v1/checkout/sessions/search", 400, "client_reference"},
		{"POST", "/v1/checkout/sessions/cos-other/expire", 404, "checkout-session-not-found"},
		{"POST", "/v1/checkout/sessions/cos-other/refund", 404, "checkout-session-not-found"},
		{"GET", "/v1/balance", 200, `"amount":"2475"`},
		{"GET", "/v1/transactions?date=2026-03-02", 200, `"amount":"2475"`},
		{"GET", "/v1/transactions?date=2026-03-01", 200, `"items":[]`},
		{"GET", "/v1/transactions?date=today", 400, "YYYY-MM-DD"},
		{"GET", "/v1/transactions?after=x", 400, "end_cursor"},
		{"POST", "/v1/transactions/" + paid.TransactionID + "/refund", 200, ""},
		{"POST", "/v1/checkout/sessions/" + id + "/refund", 200, ""},
		{"GET", "/v1/balance", 200, `"amount":"0"`},
		{"GET", "/v1/transactions", 200, `"transaction_type":"api_checkout_refund"`},
	} {
		status, answer := w.call(t, c.method, c.path, "")
		text, _ := json.Marshal(answer)
		if status != c.status || !strings.Contains(string(text), c.holds) {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, status, text, c.status, c.holds)
		}
	}
	if got := w.Refunded()[checkout.XOF]; got != 2500 {
		t.Errorf("refunded %d, want 2500 once", got)
	}
	open := w.create(t)
	if status, answer := w.call(t, "POST", "/v1/checkout/sessions/"+open+"/refund", ""); status != 400 || answer["code"] != "checkout-refund-failed" {
		t.Errorf("refund of what was not paid: %d %v", status, answer)
	}
}

func TestRestrictedPayer(t *testing.T) {
	w := newWallet()
	body := strings.Replace(valid, `"client_reference"`, `"restrict_payer_mobile":"+221771234567","client_reference"`, 1)
	_, answer := w.call(t, "POST", "/v1/checkout/sessions", body)
	id := answer["id"].(string)
	if err := w.PayFrom(id, "+221761110000"); err == nil {
		t.Error("anybody may pay")
	}
	if s, _ := w.Session(id); s.FailureCode != "payer-mobile-mismatch" || s.CheckoutStatus != "open" {
		t.Errorf("%+v", s)
	}
	if err := w.PayFrom(id, "+221771234567"); err != nil {
		t.Error(err)
	}
}

// TestMessagesAreOwed counts what each move sends.
func TestMessagesAreOwed(t *testing.T) {
	w := newWallet()
	id := w.create(t)
	for _, c := range []struct {
		name string
		do   func() error
		want string // the types that are sent
	}{
		{"cancel", func() error { return w.Cancel(id) }, ""},
		{"fail", func() error { return w.Fail(id, "insufficient-funds") }, "checkout.session.payment_failed"},
		{"pay", func() error { return w.Pay(id) }, "checkout.session.completed"},
		{"refund", func() error { return w.Refund(id) }, ""},
		{"at the till", func() error { w.PayInPerson(checkout.Money{Amount: 100, Currency: checkout.XOF}); return nil }, "merchant.payment_received"},
		{"test", func() error { w.TestEvent(); return nil }, "test.test_event"},
		{"unknown code", func() error {
			if err := w.Fail(id, "bad-mood"); err == nil {
				return errors.New("a code that Wave does not have")
			}
			return nil
		}, ""},
	} {
		if err := errors.Join(c.do(), w.Deliver(t.Context())); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		got := ""
		for _, in := range w.mail.Take(w.now.Now()) {
			var event struct{ Type string }
			if err := json.Unmarshal(in.Body, &event); err != nil {
				t.Fatal(err)
			}
			got += event.Type
			if header := in.Header("Wave-Signature"); header != wavetest.Sign("secret", w.now.Now(), in.Body) {
				t.Errorf("%s: signed %q", c.name, header)
			}
		}
		if got != c.want {
			t.Errorf("%s: sent %q, want %q", c.name, got, c.want)
		}
	}
}

// TestPageForPeople presses each button, as a browser does.
func TestPageForPeople(t *testing.T) {
	for button, want := range map[string]struct{ back, status, payment string }{
		"pay":    {"https://shop.example/ok", "complete", "succeeded"},
		"fail":   {"https://shop.example/ko", "open", "cancelled"},
		"cancel": {"https://shop.example/ko", "open", "cancelled"},
	} {
		w := newWallet()
		id := w.create(t)
		s, _ := w.Session(id)
		page := httptest.NewRecorder()
		w.ServeHTTP(page, httptest.NewRequest("GET", s.LaunchURL, nil))
		if page.Code != 200 || !strings.Contains(page.Body.String(), "2500 XOF") || !strings.Contains(page.Body.String(), `value="`+button+`"`) {
			t.Errorf("page: %d %s", page.Code, page.Body)
		}
		press := func() *httptest.ResponseRecorder {
			r := httptest.NewRequest("POST", s.LaunchURL, strings.NewReader(url.Values{"do": {button}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			rec := httptest.NewRecorder()
			w.ServeHTTP(rec, r)
			return rec
		}
		if rec := press(); rec.Code != 303 || rec.Header().Get("Location") != want.back {
			t.Errorf("%s: %d to %q, want %q", button, rec.Code, rec.Header().Get("Location"), want.back)
		}
		if s, _ := w.Session(id); s.CheckoutStatus != want.status || s.PaymentStatus != want.payment {
			t.Errorf("%s: %+v", button, s)
		}
		w.now.Add(time.Hour)
		if rec := press(); rec.Header().Get("Location") != s.LaunchURL {
			t.Errorf("%s once it is over: to %q", button, rec.Header().Get("Location"))
		}
	}
	w := newWallet()
	for _, method := range []string{"GET", "POST"} {
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, httptest.NewRequest(method, "/c/cos-other", nil))
		if rec.Code != 404 {
			t.Errorf("%s of an unknown page: %d", method, rec.Code)
		}
	}
}

// TestControlOfOtherPrograms plays the customer over HTTP.
func TestControlOfOtherPrograms(t *testing.T) {
	w := newWallet()
	server := httptest.NewServer(w)
	defer server.Close()
	w.create(t)
	for _, c := range []struct {
		path   string
		status int
		want   string // the failure code, or the payment's status
	}{
		{"fail/txn_1", 200, "payment-failure"},
		{"fail/insufficient-funds/txn_1", 200, "insufficient-funds"},
		{"fail/txn_1/blocked-account", 200, "blocked-account"},
		{"fail/txn_1/owl", 400, "blocked-account"},
		{"cancel/txn_1", 200, "cancelled"},
		{"pay/txn_1", 200, "succeeded"},
		{"pay/txn_1", 400, "succeeded"},
		{"refund/txn_1", 200, "succeeded"},
		{"pay/txn_2", 400, "succeeded"},
	} {
		res, err := http.Post(server.URL+"/simulate/"+c.path, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		s, _ := w.Session("txn_1")
		if res.StatusCode != c.status || s.FailureCode != c.want && s.PaymentStatus != c.want {
			t.Errorf("%s: %d %s, %+v", c.path, res.StatusCode, body, s)
		}
	}
}

// TestPaidAnotherSum has a program pay another sum than was asked for.
func TestPaidAnotherSum(t *testing.T) {
	w := newWallet()
	id := w.create(t)
	if status, answer := w.call(t, "POST", "/simulate/pay/txn_1", `{"amount":500,"currency":"EUR","tip":1}`); status != 400 || !strings.Contains(fmt.Sprint(answer), "tip") {
		t.Errorf("%d %v", status, answer)
	}
	if status, answer := w.call(t, "POST", "/simulate/pay/txn_1", `{"amount":500,"currency":"EUR"}`); status != 200 {
		t.Errorf("%d %v", status, answer)
	}
	if _, answer := w.call(t, "GET", "/v1/checkout/sessions/"+id, ""); answer["amount"] != "5.00" || answer["currency"] != "EUR" || answer["payment_status"] != "succeeded" {
		t.Errorf("%v", answer)
	}
}

// TestNamesOfTheSimulator keeps what a customer reads from being taken for a
// merchant's name.
func TestNamesOfTheSimulator(t *testing.T) {
	w := newWallet()
	id := w.create(t)
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest("GET", "/c/"+id, nil))
	if page := rec.Body.String(); !strings.Contains(page, "Wave simulator asks for") {
		t.Errorf("%d %s", rec.Code, page)
	}
}
