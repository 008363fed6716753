package httpapi

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRepeatedRequestGetsTheFirstAnswer(t *testing.T) {
	s := newShop(t)
	first := s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", plain, "Idempotency-Key", "k1"))
	if first.header.Get("Idempotency-Cache-Hit") != "" {
		t.Error("the first answer claims to be a repeat")
	}
	s.now.Add(23*time.Hour + 59*time.Minute)
	for _, body := range []string{plain, `{ "currency_code" : "XOF", "amount" : 10000 }`} {
		again := s.want(http.StatusCreated, s.call("POST", "/v1/checkout_sessions", body, "Idempotency-Key", " k1 "))
		if !bytes.Equal(again.body, first.body) || again.header.Get("Idempotency-Cache-Hit") != "true" {
			t.Errorf("repeat: %s, first %s", again.body, first.body)
		}
	}
	if n := len(s.list("/checkout-sessions")); n != 1 {
		t.Errorf("%d sessions", n)
	}
	s.now.Add(2 * time.Minute)
	later := s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", plain, "Idempotency-Key", "k1"))
	if bytes.Equal(later.body, first.body) {
		t.Error("the key was kept for more than 24 hours")
	}
}

func TestKeyWithAnotherRequestIsRefused(t *testing.T) {
	s := newShop(t)
	s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", plain, "Idempotency-Key", "k1"))
	got := s.want(http.StatusConflict, s.call("POST", "/checkout-sessions", `{"amount":10001,"currency_code":"XOF"}`, "Idempotency-Key", "k1"))
	s.field(got, "")
	if got.json["error"].(map[string]any)["code"] != "idempotency_key_reused" ||
		got.json["message"] != "Idempotency-Key was reused with a different request payload" {
		t.Errorf("%s", got.body)
	}
	// Keys of other routes, environments and merchants are other keys.
	hook := `{"url":"https://a.example/h","authorized_events":"PAYMENT_SUCCEEDED"}`
	s.want(http.StatusCreated, s.call("POST", "/webhooks", hook, "Idempotency-Key", "k1"))
	for _, key := range []string{s.live, s.key("Other", false)} {
		s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", `{"amount":1,"currency_code":"EUR"}`, "Idempotency-Key", "k1", "X-API-KEY", key))
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	s := newShop(t)
	s.want(http.StatusBadRequest, s.call("POST", "/checkout-sessions", `{"amount":0,"currency_code":"XOF"}`, "Idempotency-Key", "k1"))
	s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", plain, "Idempotency-Key", "k1"))
	got := s.want(http.StatusBadRequest, s.call("POST", "/checkout-sessions", plain, "Idempotency-Key", strings.Repeat("k", 256)))
	if s.field(got, "Idempotency-Key") == "" {
		t.Errorf("%s", got.body)
	}
	s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", plain, "Idempotency-Key", strings.Repeat("k", 255)))
}

func TestSecretOfAnEndpointIsShownAgainOnlyToItsOwnRetry(t *testing.T) {
	s := newShop(t)
	hook := `{"url":"https://a.example/h","authorized_events":["PAYMENT_SUCCEEDED"]}`
	first := s.want(http.StatusCreated, s.call("POST", "/webhooks", hook, "Idempotency-Key", "k1"))
	again := s.want(http.StatusCreated, s.call("POST", "/webhooks", hook, "Idempotency-Key", "k1"))
	if !bytes.Equal(first.body, again.body) {
		t.Errorf("%s, then %s", first.body, again.body)
	}
	s.want(http.StatusConflict, s.call("POST", "/webhooks", hook))
	s.want(http.StatusConflict, s.call("POST", "/webhooks", hook, "Idempotency-Key", "k2"))
}

func TestRepeatedTestPaymentPaysOnce(t *testing.T) {
	s := newShop(t)
	path := "/test/checkout-sessions/" + s.create(plain) + "/pay"
	first := s.want(http.StatusCreated, s.call("POST", path, `{"outcome":"decline"}`, "Idempotency-Key", "p1"))
	again := s.want(http.StatusCreated, s.call("POST", path, `{"outcome":"decline"}`, "Idempotency-Key", "p1"))
	if !bytes.Equal(first.body, again.body) || again.header.Get("Idempotency-Cache-Hit") != "true" {
		t.Errorf("%s, then %s", first.body, again.body)
	}
	s.want(http.StatusConflict, s.call("POST", path, `{"outcome":"succeed"}`, "Idempotency-Key", "p1"))
	if n := len(s.list("/transactions")); n != 1 {
		t.Errorf("%d transactions", n)
	}
}

func TestSimultaneousFirstUsesCreateOne(t *testing.T) {
	s := newShop(t)
	answers := make([]answer, 32)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() { answers[i] = s.call("POST", "/checkout-sessions", plain, "Idempotency-Key", "k1") })
	}
	wait.Wait()
	fresh := 0
	for _, got := range answers {
		if got.status != http.StatusCreated || !bytes.Equal(got.body, answers[0].body) {
			t.Errorf("%d %s, want %s", got.status, got.body, answers[0].body)
		}
		if got.header.Get("Idempotency-Cache-Hit") == "" {
			fresh++
		}
	}
	if n := len(s.list("/checkout-sessions")); n != 1 || fresh != 1 {
		t.Errorf("%d sessions, %d first answers", n, fresh)
	}
}
