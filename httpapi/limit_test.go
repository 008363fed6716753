package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestKeyIsHeldToItsRate(t *testing.T) {
	s := newShop(t, func(c *Config) { c.RateLimit = 2 })
	for i := range 4 {
		got := s.want(http.StatusOK, s.call("GET", "/me", ""))
		if h := got.header; h.Get("X-RateLimit-Limit") != "4" || h.Get("X-RateLimit-Remaining") != fmt.Sprint(3-i) {
			t.Errorf("request %d: limit %s, remaining %s", i, h.Get("X-RateLimit-Limit"), h.Get("X-RateLimit-Remaining"))
		}
	}
	got := s.want(http.StatusTooManyRequests, s.call("GET", "/me", ""))
	s.field(got, "")
	if got.header.Get("Retry-After") != "1" || got.header.Get("X-RateLimit-Reset") != "2" || got.header.Get("X-RateLimit-Policy") == "" {
		t.Errorf("headers %v", got.header)
	}
	if details := got.json["error"].(map[string]any)["details"].(map[string]any); details["retry_after_seconds"] != 1.0 || details["limit"] != 4.0 {
		t.Errorf("details %v", details)
	}
	s.want(http.StatusOK, s.call("GET", "/me", "", "X-API-KEY", s.live)) // another bucket
	s.now.Add(499 * time.Millisecond)
	s.want(http.StatusTooManyRequests, s.call("GET", "/me", ""))
	s.now.Add(time.Millisecond)
	s.want(http.StatusOK, s.call("GET", "/me", ""))
}

func TestAddressWithoutAKeyIsHeldToTheSameRate(t *testing.T) {
	s := newShop(t, func(c *Config) { c.RateLimit = 1 })
	for range 2 {
		s.want(http.StatusUnauthorized, s.call("GET", "/me", "", "X-API-KEY", ""))
	}
	for target, method := range map[string]string{
		"/": "GET", "/me": "GET", "/nothing": "GET", "/openapi.yaml": "GET", "/checkout-sessions": "OPTIONS", "/webhooks": "PUT",
		"/cs_x": "GET", "/cs_x/y/z": "GET", "/cs_x/pay": "POST", "/cs_x/done": "DELETE",
	} {
		s.want(http.StatusTooManyRequests, s.call(method, target, "", "X-API-KEY", ""))
	}
	s.want(http.StatusOK, s.call("GET", "/me", "")) // a key has a rate of its own
}

func TestGuessingKeysIsHeldToTheSameRate(t *testing.T) {
	s := newShop(t, func(c *Config) { c.RateLimit = 1 })
	for range 2 {
		s.want(http.StatusUnauthorized, s.call("GET", "/me", "", "X-API-KEY", "lomi_sk_test_guess"))
	}
	s.want(http.StatusTooManyRequests, s.call("GET", "/me", "", "X-API-KEY", "lomi_sk_test_guess"))
	s.want(http.StatusTooManyRequests, s.call("GET", "/me", "", "X-API-KEY", s.test)) // it has not been seen yet
	s.want(http.StatusOK, s.call("GET", "/", ""))
}

func TestKnownKeyIsNotHeldUpByGuessesFromItsAddress(t *testing.T) {
	s := newShop(t, func(c *Config) { c.RateLimit = 1 }) // and no key is believed without a look
	s.want(http.StatusOK, s.call("GET", "/me", ""))
	for range 3 {
		s.call("GET", "/me", "", "X-API-KEY", "lomi_sk_test_guess")
		s.call("GET", "/", "")
	}
	s.want(http.StatusOK, s.call("GET", "/me", ""))
}

func TestNoLimitUnlessConfigured(t *testing.T) {
	s := newShop(t)
	for range 500 {
		if got := s.want(http.StatusOK, s.call("GET", "/me", "")); got.header.Get("X-RateLimit-Limit") != "" {
			t.Fatal("a limit is announced")
		}
	}
}

func TestFloodOfAddressesDoesNotUseUpMemory(t *testing.T) {
	l := newLimiter(1)
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for i := range 3 * maxBuckets {
		if err := l.allow(http.Header{}, fmt.Sprint(i), now); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d buckets", len(l.buckets))
	}
	r := httptest.NewRequest("GET", "/", nil)
	for remote, want := range map[string]string{
		"192.0.2.7:80": "192.0.2.7", "[::ffff:192.0.2.7]:80": "192.0.2.7", "[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64", "@": "@",
	} {
		if r.RemoteAddr = remote; new(API).address(r) != want {
			t.Errorf("%s counts as %s", remote, new(API).address(r))
		}
	}
}

// TestMessagesOfProvidersAreNotTurnedAway holds what strangers use up against
// what a provider says of money.
func TestMessagesOfProvidersAreNotTurnedAway(t *testing.T) {
	s := newShop(t, func(c *Config) { c.RateLimit = 1 })
	for range 4 {
		s.call("GET", "/nothing", "", "X-API-KEY", "")
	}
	s.want(http.StatusTooManyRequests, s.call("GET", "/", "", "X-API-KEY", ""))
	for range 10 {
		s.want(http.StatusNotFound, s.call("POST", "/webhooks/nobody", "{}", "X-API-KEY", ""))
	}
}

// TestLogHoldsLittleOfWhatStrangersSend looks for what could fill a disk, or prove
// a message of a provider to whoever reads the log.
func TestLogHoldsLittleOfWhatStrangersSend(t *testing.T) {
	var logged strings.Builder
	s := newShop(t, func(c *Config) { c.RateLimit, c.Log = 1, slog.New(slog.NewTextHandler(&logged, nil)) })
	s.call("GET", "/"+strings.Repeat("long", 2000), "", "X-API-KEY", "")
	s.call("POST", "/webhooks/mtn/mer_1/token-that-proves", "{}", "X-API-KEY", "")
	if n := logged.Len(); n > 1000 || strings.Contains(logged.String(), "proves") || strings.Count(logged.String(), "\n") != 2 {
		t.Errorf("%d bytes: %s", n, logged.String())
	}
	s.call("GET", "/", "", "X-API-KEY", "")
	before := logged.Len()
	for range 20 {
		s.want(http.StatusTooManyRequests, s.call("GET", "/", "", "X-API-KEY", ""))
	}
	if more := logged.Len() - before; more != 0 {
		t.Errorf("20 requests that were refused take %d bytes", more)
	}
}
