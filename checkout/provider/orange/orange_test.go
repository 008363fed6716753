package orange_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/orange"
	"github.com/checkoutd/checkoutd/checkout/provider/orange/orangetest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

const attemptID = "txn_01KB0000000000000000000001"

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// sandboxConfig returns a Config that New accepts.
func sandboxConfig() orange.Config {
	return orange.Config{
		ClientID:     orangetest.DefaultClientID,
		ClientSecret: orangetest.DefaultClientSecret,
		MerchantKey:  orangetest.DefaultMerchantKey,
		Country:      "dev",
	}
}

// newProvider returns a Provider that calls rt.
func newProvider(t *testing.T, rt http.RoundTripper, change func(*orange.Config)) *orange.Provider {
	t.Helper()
	c := sandboxConfig()
	c.Transport = rt
	if change != nil {
		change(&c)
	}
	p, err := orange.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// withFake returns a Provider and the simulated Orange that it calls.
func withFake(t *testing.T) (*orange.Provider, *orangetest.Server, *clock.Mock) {
	t.Helper()
	now := clock.NewMock()
	now.Set(noon)
	fake := orangetest.New(orangetest.Config{Config: simulator.Config{Clock: now}})
	p := newProvider(t, simulator.Transport(fake), func(c *orange.Config) { c.Clock = now })
	return p, fake, now
}

func order() checkout.Order {
	return checkout.Order{
		Attempt: checkout.Attempt{
			ID: attemptID, Provider: "orange", Method: "orange", Status: checkout.AttemptCreated,
			Amount: checkout.Money{Amount: 1200, Currency: checkout.XOF},
		},
		Title:      "Chez Awa",
		Locale:     "fr",
		SuccessURL: "https://pay.example/s/1",
		CancelURL:  "https://pay.example/c/1",
		NotifyURL:  "https://pay.example/webhooks/orange",
	}
}

// begin starts o and returns its attempt as the service would keep it.
func begin(t *testing.T, p *orange.Provider, o checkout.Order) checkout.Attempt {
	t.Helper()
	started, err := p.Start(t.Context(), o)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	a := o.Attempt
	a.Status, a.Ref, a.Secret, a.Next, a.Until = checkout.AttemptOpen, started.Ref, started.Secret, started.Next, started.Until
	return a
}

// call is one request that was sent.
type call struct {
	method, url string
	header      http.Header
	body        string
}

// script is a transport that answers with what it is told, and a token first.
type script struct {
	token  func() (int, string)              // default: a token for an hour
	answer func(c call) (int, string, error) // of all other calls

	mu    sync.Mutex
	calls []call
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	c := call{r.Method, r.URL.String(), r.Header.Clone(), string(body)}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	status, text, err := http.StatusOK, `{"token_type":"Bearer","access_token":"tok-1","expires_in":"3600"}`, error(nil)
	switch {
	case !strings.HasSuffix(c.url, "/oauth/v3/token"):
		status, text, err = s.answer(c)
	case s.token != nil:
		status, text = s.token()
	}
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

// answers returns a script that answers everything with status and body.
func answers(status int, body string) *script {
	return &script{answer: func(call) (int, string, error) { return status, body, nil }}
}

func TestNewSaysWhichFieldIsWrong(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*orange.Config)
		want   string // in the error, "" for none
	}{
		{"sandbox", func(*orange.Config) {}, ""},
		{"live", func(c *orange.Config) { c.Country, c.Livemode = "ci", true }, ""},
		{"base URL of this machine", func(c *orange.Config) { c.BaseURL = "http://127.0.0.1:8080" }, ""},
		{"no client", func(c *orange.Config) { c.ClientID = "" }, "ClientID"},
		{"client with a colon", func(c *orange.Config) { c.ClientID = "a:b" }, "ClientID"},
		{"no client secret", func(c *orange.Config) { c.ClientSecret = "" }, "ClientSecret"},
		{"no merchant key", func(c *orange.Config) { c.MerchantKey = "" }, "MerchantKey"},
		{"no country", func(c *orange.Config) { c.Country = "" }, "Country"},
		{"upper case", func(c *orange.Config) { c.Country, c.Livemode = "CI", true }, "Country"},
		{"a path", func(c *orange.Config) { c.Country, c.Livemode = "c/", true }, "Country"},
		{"three letters", func(c *orange.Config) { c.Country, c.Livemode = "civ", true }, "Country"},
		{"two letters of three bytes", func(c *orange.Config) { c.Country, c.Livemode = "cé", true }, "Country"},
		{"live sandbox", func(c *orange.Config) { c.Livemode = true }, "Country"},
		{"country in test mode", func(c *orange.Config) { c.Country = "ci" }, "Country"},
		{"plain http", func(c *orange.Config) { c.BaseURL = "http://api.orange.com" }, "BaseURL"},
		{"no URL", func(c *orange.Config) { c.BaseURL = "api.orange.com" }, "BaseURL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := sandboxConfig()
			c.change(&config)
			p, err := orange.New(config)
			switch {
			case c.want == "" && (err != nil || p == nil):
				t.Errorf("%v", err)
			case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "orange: "+c.want)):
				t.Errorf("got %v, want an error about %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), orangetest.DefaultClientSecret) {
				t.Errorf("the error holds a secret: %v", err)
			}
		})
	}
}

func TestWhatItSaysOfItself(t *testing.T) {
	p := newProvider(t, nil, nil)
	if p.Name() != "orange" || p.Livemode() {
		t.Errorf("name %q, livemode %t", p.Name(), p.Livemode())
	}
	live := newProvider(t, nil, func(c *orange.Config) { c.Country, c.Livemode = "sn", true })
	if !live.Livemode() {
		t.Error("sn is not live")
	}
	want := checkout.Caps{
		Methods: []checkout.Method{{
			ID: "orange", Name: "Orange Money", Code: "MOBILE_MONEY", Takes: []checkout.Range{{Currency: checkout.XOF}},
		}},
		Polls: checkout.Schedule{
			Waits: []time.Duration{20 * time.Second, 40 * time.Second, 80 * time.Second, 2 * time.Minute},
			Life:  10 * time.Minute, Margin: time.Minute, GiveUp: 5 * time.Minute,
			Late: []time.Duration{time.Hour, 24 * time.Hour},
		},
	}
	if got := p.Caps(); !reflect.DeepEqual(got, want) {
		t.Errorf("caps %+v, want %+v", got, want)
	}
	var any checkout.Provider = p
	if _, ok := any.(checkout.Notifier); !ok {
		t.Error("is no Notifier")
	}
	for what, ok := range map[string]bool{
		"Finder": is[checkout.Finder](p), "Closer": is[checkout.Closer](p), "Refunder": is[checkout.Refunder](p), "Lister": is[checkout.Lister](p),
	} {
		if ok {
			t.Errorf("is a %s, which WebPay cannot be", what)
		}
	}
}

func is[T any](p checkout.Provider) bool {
	_, ok := p.(T)
	return ok
}

func TestSecretsAreNotPrinted(t *testing.T) {
	secrets := []string{"s3cr3t-of-client", "s3cr3t-of-merchant", "s3cr3t-token"}
	c := sandboxConfig()
	c.ClientSecret, c.MerchantKey = client.Secret(secrets[0]), client.Secret(secrets[1])
	c.Transport = &script{
		token:  func() (int, string) { return http.StatusOK, `{"access_token":"s3cr3t-token","expires_in":3600}` },
		answer: func(call) (int, string, error) { return http.StatusInternalServerError, "", nil },
	}
	p, err := orange.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Start(context.Background(), order()); err == nil { // the token is kept now
		t.Fatal("started")
	}
	c.Transport = nil // its own business
	var log strings.Builder
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("started", "provider", p, "config", c)
	}
	printed := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed += fmt.Sprintf(verb, p) + fmt.Sprintf(verb, *p) + fmt.Sprintf(verb, c) + fmt.Sprintf(verb, &c)
	}
	c.Clock, c.Random = nil, nil
	for _, v := range []any{p, c} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		printed += string(text)
	}
	for _, secret := range secrets {
		if strings.Contains(printed, secret) || strings.Contains(printed, fmt.Sprintf("%x", secret)) {
			t.Errorf("%s is printed: %.2000s", secret, printed)
		}
	}
}
