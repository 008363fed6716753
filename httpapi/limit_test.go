package httpapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
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
		s.want(http.StatusUnauthorized, s.call("GET", "/me", "", "X-API-KEY", "lomi_sk_test_guess"))
	}
	s.want(http.StatusTooManyRequests, s.call("GET", "/me", "", "X-API-KEY", "lomi_sk_test_guess"))
	s.want(http.StatusTooManyRequests, s.call("GET", "/", ""))
	s.want(http.StatusTooManyRequests, s.call("GET", "/cs_x", ""))
	s.want(http.StatusTooManyRequests, s.call("GET", "/me", "", "X-API-KEY", ""))
}

func TestKnownKeyIsNotHeldUpByGuessesFromItsAddress(t *testing.T) {
	s := newShop(t, func(c *Config) { c.RateLimit, c.KeyTTL = 1, time.Minute })
	s.want(http.StatusOK, s.call("GET", "/me", ""))
	for range 3 {
		s.call("GET", "/me", "", "X-API-KEY", "lomi_sk_test_guess")
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
	r.RemoteAddr = "[2001:db8::1]:80"
	if got := address(r); got != "2001:db8::1" {
		t.Errorf("address is %s", got)
	}
}
