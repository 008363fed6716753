package stripetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

func TestWhoMayCall(t *testing.T) {
	s := newShop(t, Config{})
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		want   int
	}{
		{"bearer", nil, 200},
		{"basic", func(r *http.Request) { r.SetBasicAuth(key, "") }, 200},
		{"nobody", func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		{"another key", func(r *http.Request) { r.Header.Set("Authorization", "Bearer sk_test_other") }, 401},
		{"key without a scheme", func(r *http.Request) { r.Header.Set("Authorization", key) }, 401},
		{"bad version", func(r *http.Request) { r.Header.Set("Stripe-Version", "latest") }, 400},
		{"JSON", func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 400},
		{"endless key", func(r *http.Request) { r.Header.Set("Idempotency-Key", strings.Repeat("k", 256)) }, 400},
	} {
		if status, o, _ := s.call(t, "POST", "/v1/checkout/sessions", fields().Encode(), c.change); status != c.want {
			t.Errorf("%s: got %d, want %d: %v", c.name, status, c.want, o)
		} else if status == 401 && strings.Contains(o.text("error", "message"), "sk_test_other") {
			t.Errorf("%s: the key is repeated: %v", c.name, o)
		}
	}
	for _, path := range []string{"/v1/", "/v1/charges", "/v1/checkout", "/v1/checkout/sessions/a/b/c", "/v1/refunds/a/b", "/v1/events/a"} {
		if status, o, _ := s.call(t, "GET", path, "", nil); status != http.StatusNotFound || o.text("error", "type") != "invalid_request_error" {
			t.Errorf("%s: %d %v", path, status, o)
		}
	}
}

func TestAKeyRepeatsItsAnswer(t *testing.T) {
	s := newShop(t, Config{})
	with := func(k string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Idempotency-Key", k) }
	}
	create := func(k, form string) (int, object, http.Header) {
		return s.call(t, "POST", "/v1/checkout/sessions", form, with(k))
	}
	_, first, _ := create("k1", fields().Encode())
	do(t, s.Pay(first.text("id"))) // the answer is the old one, not how it stands
	_, again, h := create("k1", fields().Encode())
	if fmt.Sprint(first) != fmt.Sprint(again) || h.Get("Idempotent-Replayed") != "true" || len(s.Sessions()) != 1 {
		t.Errorf("got %v, want %v", again, first)
	}
	other := fields()
	other.Set("metadata[a]", "3")
	if status, o, _ := create("k1", other.Encode()); status != 400 || o.text("error", "type") != "idempotency_error" {
		t.Errorf("%d %v", status, o)
	}
	if status, o, _ := s.call(t, "POST", "/v1/refunds", fields().Encode(), with("k1")); status != 400 || o.text("error", "type") != "idempotency_error" {
		t.Errorf("another endpoint: %d %v", status, o)
	}
	// What is wrong with the parameters is not kept.
	bad := fields()
	bad.Del("mode")
	if status, _, _ := create("k2", bad.Encode()); status != 400 {
		t.Errorf("answered %d", status)
	}
	if status, _, h := create("k2", fields().Encode()); status != 200 || h.Get("Idempotent-Replayed") != "" {
		t.Errorf("answered %d", status)
	}
	// A crash is.
	s.Crash(1)
	before := len(s.Sessions())
	for range 3 {
		if status, o, _ := create("k3", fields().Encode()); status != 500 || o.text("error", "type") != "api_error" {
			t.Errorf("%d %v", status, o)
		}
	}
	if n := len(s.Sessions()); n != before+1 {
		t.Errorf("%d sessions, want %d: it crashed after its effect", n, before+1)
	}
	// After a day the key is forgotten.
	s.now.Add(24 * time.Hour)
	if _, o, _ := create("k1", fields().Encode()); o.text("id") == first.text("id") {
		t.Error("a day later the key is still known")
	}
}

func TestListsArePaged(t *testing.T) {
	s := newShop(t, Config{})
	var made []string
	for range 7 {
		made = append(made, s.open(t))
		s.now.Add(time.Second)
	}
	slices.Reverse(made)
	page := func(query string) (ids []string, more string) {
		status, o, _ := s.call(t, "GET", "/v1/checkout/sessions?"+query, "", nil)
		if status != 200 {
			t.Fatalf("%s: %d %v", query, status, o)
		}
		for _, x := range o["data"].([]any) {
			ids = append(ids, object(x.(map[string]any)).text("id"))
		}
		return ids, o.text("has_more")
	}
	for _, c := range []struct {
		query string
		want  []string
		more  string
	}{
		{"", made, "false"},
		{"limit=3", made[:3], "true"},
		{"limit=3&starting_after=" + made[2], made[3:6], "true"},
		{"limit=3&starting_after=" + made[5], made[6:], "false"},
		{"limit=7", made, "false"},
		{"created[gte]=1772452802&created[lt]=1772452804", made[3:5], "false"},
		{"created[gt]=1772452802&created[lte]=1772452804", made[2:4], "false"},
		{"created=1772452800", made[6:], "false"},
		{"status=expired", nil, "false"},
	} {
		if got, more := page(c.query); !slices.Equal(got, c.want) || more != c.more {
			t.Errorf("%s: got %v and more %s, want %v and %s", c.query, got, more, c.want, c.more)
		}
	}
	for _, bad := range []string{"limit=0", "limit=101", "limit=x", "starting_after=cs_other", "created[gte]=x", "page=2"} {
		if status, o, _ := s.call(t, "GET", "/v1/checkout/sessions?"+bad, "", nil); status != 400 {
			t.Errorf("%s: %d %v", bad, status, o)
		}
	}
}

func TestControl(t *testing.T) {
	s := newShop(t, Config{})
	play := func(move, id string) int {
		t.Helper()
		r, err := http.NewRequest("POST", "http://localhost/simulate/"+move+"/"+id, http.NoBody)
		do(t, err)
		res, err := simulator.Transport(s).RoundTrip(r)
		do(t, err)
		return res.StatusCode
	}
	a, b := s.open(t), ""
	for _, move := range []string{"fail", "pay", "dispute", "dispute-won", "refund"} {
		if got := play(move, a); got != 200 {
			t.Errorf("%s: %d", move, got)
		}
	}
	b = s.open(t)
	for _, move := range []string{"pay-async", "settle", "dispute", "dispute-lost"} {
		if got := play(move, b); got != 200 {
			t.Errorf("%s: %d", move, got)
		}
	}
	if got := play("settle-failed", b); got != 400 {
		t.Errorf("answered %d", got)
	}
	if fmt.Sprint(s.Received()) != "map[XOF:5000]" || fmt.Sprint(s.Refunded()) != "map[XOF:2500]" {
		t.Errorf("%v, %v", s.Received(), s.Refunded())
	}
}

// TestControlWithMore has programs pay another sum, and fail for a reason.
func TestControlWithMore(t *testing.T) {
	s := newShop(t, Config{})
	id := s.open(t)
	for _, c := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"fail/" + id + "/lost_card", "", 200, "ok"},
		{"fail/" + id + "/owl", "", 400, "code must be one of generic_decline, card_velocity_exceeded, expired_card, fraudulent, "},
		{"pay/" + id, `{"amount":500,"currency":"EUR","tip":1}`, 400, "tip"},
		{"pay/" + id, `{"amount":500,"currency":"EUR"}`, 200, "ok"},
		{"pay/" + id, `{"amount":500,"currency":"EUR"}`, 400, "is complete"},
	} {
		r, err := http.NewRequest("POST", "http://localhost/simulate/"+c.path, strings.NewReader(c.body))
		do(t, err)
		res, err := simulator.Transport(s).RoundTrip(r)
		do(t, err)
		body, err := io.ReadAll(res.Body)
		do(t, err)
		if res.StatusCode != c.status || !strings.Contains(string(body), c.want) {
			t.Errorf("%s %s: %d %s, want %d with %s", c.path, c.body, res.StatusCode, body, c.status, c.want)
		}
	}
	if fmt.Sprint(s.Received()) != "map[EUR:500]" {
		t.Errorf("%v", s.Received())
	}
}

// TestExpiryIsSentOnTheWay has the clock moved over the end of a page.
func TestExpiryIsSentOnTheWay(t *testing.T) {
	s := newShop(t, Config{})
	s.open(t)
	r, err := http.NewRequest("POST", "http://localhost/simulate/clock/advance", strings.NewReader(`{"seconds":172800}`))
	do(t, err)
	res, err := simulator.Transport(s).RoundTrip(r)
	do(t, err)
	if res.StatusCode != 200 || len(s.received) != 1 || !strings.Contains(s.received[0].body, "checkout.session.expired") || !s.nextExpiry().IsZero() {
		t.Fatalf("%d, %v", res.StatusCode, s.received)
	}
	var event struct{ Created int64 }
	do(t, json.Unmarshal([]byte(s.received[0].body), &event))
	if got := time.Unix(event.Created, 0).Sub(noon); got <= 0 || got > 24*time.Hour {
		t.Errorf("sent after %v", got)
	}
}
