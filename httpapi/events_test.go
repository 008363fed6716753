package httpapi

import (
	"encoding/json"
	"testing"
)

// TestEventIsItsMessageAndItsDeliveries reads one event: it says what the feed
// says, and where it stands at each webhook.
func TestEventIsItsMessageAndItsDeliveries(t *testing.T) {
	s := newShop(t)
	s.want(201, s.call("POST", "/webhooks", `{"url":"http://127.0.0.1:1/hook","authorized_events":["PAYMENT_CREATED"]}`))
	s.want(201, s.call("POST", "/test/checkout-sessions/"+s.create(plain)+"/pay", ""))
	if err := s.webhooks.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	feed := s.want(200, s.call("GET", "/events?order=asc", "")).json["data"].([]any)
	created := feed[0].(map[string]any)
	got := s.want(200, s.call("GET", "/events/"+created["id"].(string), "")).json
	for _, name := range []string{"id", "event", "timestamp", "data", "lomi_environment"} {
		if a, b := marshal(t, got[name]), marshal(t, created[name]); a != b || a == "null" {
			t.Errorf("%s is %s, in the feed %s", name, a, b)
		}
	}
	at := got["deliveries"].([]any)[0].(map[string]any)
	if at["delivery_status"] != "pending" || at["attempts"] != 1.0 || at["next_retry_at"] == nil || at["last_error"] == nil {
		t.Errorf("it stands at %v", at)
	}
	succeeded := s.want(200, s.call("GET", "/events/"+feed[1].(map[string]any)["id"].(string), "")).json
	if marshal(t, succeeded["deliveries"]) != "[]" {
		t.Errorf("nobody asked for it, and it stands at %v", succeeded["deliveries"])
	}
	s.want(404, s.call("GET", "/events/evt_none", ""))
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
