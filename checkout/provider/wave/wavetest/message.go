package wavetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// owe sends an event, each try with a signature of its own.
func (s *Server) owe(id, event string, data json.RawMessage) {
	if s.config.WebhookURL == "" {
		return
	}
	body := encode(map[string]any{"id": id, "type": event, "data": data})
	prove := func(secret string) func(http.Header, time.Time) {
		return func(h http.Header, at time.Time) {
			if s.config.Shared {
				h.Set("Authorization", "Bearer "+secret)
				return
			}
			h.Set("Wave-Signature", Sign(secret, at, body))
		}
	}
	s.Owe(simulator.Message{
		Method: http.MethodPost, URL: s.config.WebhookURL, Header: http.Header{"Content-Type": {"application/json"}}, Body: body,
		Sign: prove(s.config.WebhookSecret), Forge: prove("forged"),
	})
}

// PayInPerson is a payment at the till: a message and a transaction that concern
// no session.
func (s *Server) PayInPerson(m checkout.Money) {
	s.mu.Lock()
	till := transaction{at: s.Now(), id: s.id("T_"), kind: "merchant_payment", money: m, fee: fee(m), mobile: anybody}
	s.rows = append(s.rows, till)
	event := s.id("EV_")
	s.mu.Unlock()
	s.owe(event, "merchant.payment_received", encode(map[string]any{
		"id": till.id, "amount": decimal(m), "fee": decimal(till.fee), "currency": m.Currency,
		"sender_mobile": anybody, "merchant_name": s.config.Business, "custom_fields": nil, "when_created": stamp(till.at),
	}))
}

// TestEvent sends the event that the portal's test button does.
func (s *Server) TestEvent() {
	s.mu.Lock()
	id := s.id("EV_")
	s.mu.Unlock()
	s.owe(id, "test.test_event", encode(map[string]any{"test_key": "test_value"}))
}

// Sign returns the Wave-Signature header of body at now: the HMAC of the Unix
// time directly followed by the body.
//
// Source: docs.wave.com/webhook, read 2026-11-22.
func Sign(secret string, now time.Time, body []byte) string {
	t := strconv.FormatInt(now.Unix(), 10)
	return "t=" + t + ",v1=" + digest(secret, t, body)
}

func digest(secret, t string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(append([]byte(t), body...))
	return hex.EncodeToString(mac.Sum(nil))
}

// check returns the code of what is wrong with the signature of a request, "" if
// nothing is.
func check(secret, header string, body []byte, now time.Time) (code string) {
	if header == "" {
		return "missing-signature"
	}
	first, second, _ := strings.Cut(header, ",")
	t, timed := strings.CutPrefix(first, "t=")
	got, signed := strings.CutPrefix(second, "v1=")
	seconds, err := strconv.ParseInt(t, 10, 64)
	if !timed || !signed || err != nil {
		return "invalid-signature-format"
	}
	if !hmac.Equal([]byte(got), []byte(digest(secret, t, body))) {
		return "invalid-signature"
	}
	switch age := now.Sub(time.Unix(seconds, 0)); {
	case age > 5*time.Minute:
		return "expired-signature-timestamp"
	case age < -30*time.Second:
		return "invalid-signature-timestamp"
	}
	return ""
}
