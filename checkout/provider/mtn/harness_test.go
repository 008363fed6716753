package mtn_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn"
)

const (
	attemptID = "txn_01KAZ3M5N7Q9R1S3T5V7W9X1Y3"
	refundID  = "rfd_01KAZ3M5N7Q9R1S3T5V7W9X1Y3"

	// What the identifiers above are at MTN, computed apart from this package.
	attemptRef = "75ae652b-4b13-4a42-988c-71b4f38221f1"
	refundRef  = "8a1e50b0-2900-4a67-b959-01c9db39a968"
	callback   = attemptID + ".c21f1a5914ca9916fa182c12af3c8dad" // with the key mtn_api_key_1
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// request is one that the adapter sent.
type request struct {
	method, path string
	header       http.Header
	body         string
}

// double answers calls as a test wants, and remembers them. Tokens are granted
// unless token says otherwise.
type double struct {
	answer func(r *http.Request) (*http.Response, error)
	token  func(r *http.Request) (*http.Response, error)
	sent   []request
}

// RoundTrip answers r.
func (d *double) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body.Close()
	}
	d.sent = append(d.sent, request{r.Method, r.URL.Path, r.Header.Clone(), string(body)})
	if !strings.HasSuffix(r.URL.Path, "/token/") {
		return d.answer(r)
	}
	if d.token != nil {
		return d.token(r)
	}
	return reply(http.StatusOK, `{"access_token":"token_1","token_type":"access_token","expires_in":3600}`), nil
}

func reply(status int, body string) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte(body))), ContentLength: -1,
	}
}

// always answers every call so.
func always(status int, body string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return reply(status, body), nil }
}

// config is a complete one, in test mode, of a simulated country.
func config(environment string, rt http.RoundTripper) mtn.Config {
	now := clock.NewMock()
	now.Set(noon)
	return mtn.Config{
		SubscriptionKey: "mtn_subscription_1", APIUser: "mtn_user_1", APIKey: "mtn_api_key_1",
		Disbursement:      mtn.Credentials{SubscriptionKey: "mtn_subscription_2", APIUser: "mtn_user_2", APIKey: "mtn_api_key_2"},
		TargetEnvironment: environment, BaseURL: "http://127.0.0.1:1", Transport: rt, Clock: now,
	}
}

func newProvider(t *testing.T, c mtn.Config) *mtn.Provider {
	t.Helper()
	p, err := mtn.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func order(amount checkout.Money) checkout.Order {
	return checkout.Order{
		Attempt: checkout.Attempt{ID: attemptID, Provider: "mtn", Method: mtn.Method, Amount: amount, CreatedAt: noon},
		Title:   "Panier", Phone: "+225 05 04 03 02 01", NotifyURL: "https://pay.example/webhooks/mtn",
	}
}

func refundOrder(amount checkout.Money) checkout.RefundOrder {
	return checkout.RefundOrder{
		Attempt: order(amount).Attempt,
		Refund:  checkout.Refund{ID: refundID, AttemptID: attemptID, Amount: amount, Reason: "Rendu à l'acheteur"},
	}
}

func xof(amount int64) checkout.Money {
	return checkout.Money{Amount: amount, Currency: checkout.XOF}
}
