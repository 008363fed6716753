package mtntest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// bench is a simulated MTN, a client of it, and who gets its callbacks.
type bench struct {
	*Server
	t    *testing.T
	now  *clock.Mock
	mail []*http.Request
	body []string // of mail
}

func newBench(t *testing.T, c Config) *bench {
	t.Helper()
	b := &bench{t: t, now: clock.NewMock()}
	b.now.Set(noon)
	c.Config = simulator.Config{Clock: b.now, Client: &http.Client{Transport: b}}
	b.Server = New(c)
	return b
}

// RoundTrip takes a callback.
func (b *bench) RoundTrip(r *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(r.Body)
	b.mail, b.body = append(b.mail, r), append(b.body, string(text))
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, err
}

// do makes a call and returns the status and the body.
func (b *bench) do(method, path string, header http.Header, body string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, "http://mtn.example"+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if header != nil {
		r.Header = header
	}
	res, err := simulator.Transport(b.Server).RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(text))
}

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// token asks for a token as a user.
func (b *bench) token(product, subscription, user, key string) (int, string) {
	r := http.Request{Header: header("Ocp-Apim-Subscription-Key", subscription)}
	r.SetBasicAuth(user, key)
	return b.do("POST", "/"+product+"/token/", r.Header, "")
}

// auth is the header of a call of a product.
func (b *bench) auth(product string) http.Header {
	b.t.Helper()
	subscription := map[string]string{"collection": SubscriptionKey, "disbursement": DisbursementKey}[product]
	status, text := b.token(product, subscription, APIUser, APIKey)
	var t struct {
		Text string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(text), &t); status != 200 || err != nil {
		b.t.Fatalf("%d %s", status, text)
	}
	target := "sandbox"
	if b.config.XOF {
		target = "mtnivorycoast"
	}
	return header("Ocp-Apim-Subscription-Key", subscription, "Authorization", "Bearer "+t.Text,
		"X-Target-Environment", target, "Content-Type", "application/json")
}

// uuid returns the nth reference.
func uuid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// request is a good body, with fields of its own where change says so.
func request(currency string, change map[string]any) string {
	body := map[string]any{
		"amount": "1000", "currency": currency, "externalId": "txn_1", "payerMessage": "Coffee", "payeeNote": "Coffee",
		"payer": map[string]any{"partyIdType": "MSISDN", "partyId": "2250504030201"},
	}
	maps.Copy(body, change)
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func payer(id string) map[string]any {
	return map[string]any{"payer": map[string]any{"partyIdType": "MSISDN", "partyId": id}}
}

// collect makes the nth request to pay.
func (b *bench) collect(n int, change map[string]any, more ...string) (int, string) {
	b.t.Helper()
	h := b.auth("collection")
	h.Set("X-Reference-Id", uuid(n))
	for i := 0; i < len(more); i += 2 {
		h.Set(more[i], more[i+1])
	}
	return b.do("POST", "/collection/v1_0/requesttopay", h, request(b.currency, change))
}

// status returns how the nth request to pay stands: status and reason.
func (b *bench) status(n int) string {
	b.t.Helper()
	code, text := b.do("GET", "/collection/v1_0/requesttopay/"+uuid(n), b.auth("collection"), "")
	var p Payment
	if err := json.Unmarshal([]byte(text), &p); code != 200 || err != nil {
		b.t.Fatalf("%d %s", code, text)
	}
	return strings.TrimSpace(p.Status + " " + p.Reason)
}
