package stripetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

const (
	key    = "sk_test_shop"
	secret = "whsec_shop"
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// shop is a caller of the API and an endpoint for events.
type shop struct {
	*Server
	now      *clock.Mock
	received []delivery
	status   int // what the endpoint answers
}

type delivery struct {
	header http.Header
	body   string
}

func newShop(t testing.TB, c Config) *shop {
	t.Helper()
	s := &shop{now: clock.NewMock(), status: http.StatusOK}
	s.now.Set(noon)
	c.Config = simulator.Config{Clock: s.now, Client: &http.Client{Transport: s}}
	c.SecretKey, c.WebhookURL = key, "https://shop.example/hook"
	if c.WebhookSecrets == nil {
		c.WebhookSecrets = []string{secret}
	}
	s.Server = New(c)
	return s
}

// RoundTrip is the endpoint.
func (s *shop) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.received = append(s.received, delivery{r.Header.Clone(), string(body)})
	return &http.Response{StatusCode: s.status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// object is what the API answered.
type object map[string]any

func (o object) text(path ...string) string {
	var v any = map[string]any(o)
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[name]
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// call calls the API. change may alter the request.
func (s *shop) call(t testing.TB, method, path, form string, change func(*http.Request)) (int, object, http.Header) {
	t.Helper()
	r, err := http.NewRequest(method, "https://api.stripe.com"+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(r)
	}
	res, err := simulator.Transport(s).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	var o object
	if err := json.NewDecoder(res.Body).Decode(&o); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return res.StatusCode, o, res.Header
}

// fields are those of a Checkout Session that is taken.
func fields() url.Values {
	return url.Values{
		"mode": {"payment"}, "success_url": {"https://shop.example/ok?s={CHECKOUT_SESSION_ID}"}, "cancel_url": {"https://shop.example/no"},
		"client_reference_id": {"order_1"}, "metadata[a]": {"1"}, "payment_intent_data[metadata][b]": {"2"},
		"line_items[0][quantity]": {"1"}, "line_items[0][price_data][currency]": {"xof"}, "line_items[0][price_data][unit_amount]": {"2500"},
		"line_items[0][price_data][product_data][name]": {"Tea"},
	}
}

// open makes a Checkout Session and returns its identifier.
func (s *shop) open(t testing.TB) string {
	t.Helper()
	status, o, _ := s.call(t, "POST", "/v1/checkout/sessions", fields().Encode(), nil)
	if status != http.StatusOK {
		t.Fatalf("answered %d: %v", status, o)
	}
	return o.text("id")
}

func do(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
