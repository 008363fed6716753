package stripetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// TestSignsLikeStripe holds the signer to headers that others made.
func TestSignsLikeStripe(t *testing.T) {
	files, err := os.ReadDir("../testdata/vectors")
	do(t, err)
	held := 0
	for _, f := range files {
		text, err := os.ReadFile("../testdata/vectors/" + f.Name())
		do(t, err)
		head, body, _ := strings.Cut(string(text), "\n\n")
		var secrets []string
		header := ""
		for line := range strings.SplitSeq(head, "\n") {
			name, value, _ := strings.Cut(line, ": ")
			switch name {
			case "Secret":
				secrets = append(secrets, value)
			case "Stripe-Signature":
				header = value
			}
		}
		plain := f.Name() == "s1-good.txt" || strings.HasPrefix(f.Name(), "npm-") && strings.HasSuffix(head, "Expected: accept") && len(secrets) == 1 && strings.Count(header, "v1=") == 1
		if !plain {
			continue
		}
		held++
		if got := Sign([]byte(body), time.Unix(1700000000, 0), secrets...); got != header {
			t.Errorf("%s: got %s, want %s", f.Name(), got, header)
		}
	}
	if held < 6 {
		t.Errorf("held to %d vectors only", held)
	}
}

func TestEventsOfEachMove(t *testing.T) {
	type steps []func(s *shop, id string) error
	pay := func(s *shop, id string) error { return s.Pay(id) }
	fail := func(s *shop, id string) error { return s.Fail(id, "") }
	async := func(s *shop, id string) error { return s.PayAsync(id) }
	refund := func(s *shop, id string) error { _, err := s.RefundInPortal(id, 100); return err }
	for _, c := range []struct {
		name  string
		steps steps
		want  string
	}{
		{"pay", steps{pay}, "payment_intent.created payment_intent.succeeded charge.succeeded checkout.session.completed"},
		{"fail", steps{fail}, "payment_intent.created charge.failed payment_intent.payment_failed"},
		{"fail at 3-D Secure", steps{func(s *shop, id string) error { return s.Fail(id, unauthenticated) }}, "payment_intent.created payment_intent.payment_failed"},
		{"async", steps{async}, "payment_intent.created payment_intent.processing checkout.session.completed"},
		{"async, arrived", steps{async, func(s *shop, id string) error { return s.SettleAsync(id, true) }}, "payment_intent.created payment_intent.processing checkout.session.completed payment_intent.succeeded charge.succeeded checkout.session.async_payment_succeeded"},
		{"async, failed", steps{async, func(s *shop, id string) error { return s.SettleAsync(id, false) }}, "payment_intent.created payment_intent.processing checkout.session.completed charge.failed payment_intent.payment_failed checkout.session.async_payment_failed"},
		{"refund", steps{pay, refund}, "payment_intent.created payment_intent.succeeded charge.succeeded checkout.session.completed refund.created charge.refunded"},
		{"dispute won", steps{pay, func(s *shop, id string) error { return s.Dispute(id) }, func(s *shop, id string) error { return s.CloseDispute(id, true) }, refund},
			"payment_intent.created payment_intent.succeeded charge.succeeded checkout.session.completed charge.dispute.created charge.dispute.funds_withdrawn charge.dispute.closed charge.dispute.funds_reinstated refund.created charge.refunded"},
		{"expiry after a try", steps{fail, func(s *shop, id string) error { s.now.Add(24 * time.Hour); return nil }}, "payment_intent.created charge.failed payment_intent.payment_failed payment_intent.canceled checkout.session.expired"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, Config{})
			id := s.open(t)
			for _, step := range c.steps {
				do(t, step(s, id))
			}
			if got := strings.Join(s.Happened(), " "); got != c.want {
				t.Errorf("got\n%s, want\n%s", got, c.want)
			}
			do(t, s.Deliver(t.Context()))
			var sent []string
			for _, d := range s.received {
				var e struct{ ID, Object, Type string }
				do(t, json.Unmarshal([]byte(d.body), &e))
				if !strings.HasPrefix(e.ID, "evt_") || e.Object != "event" {
					t.Errorf("%+v", e)
				}
				sent = append(sent, e.Type)
			}
			if got := strings.Join(sent, " "); got != c.want {
				t.Errorf("sent\n%s, want\n%s", got, c.want)
			}
		})
	}
}

func v1(secret, at, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "." + body))
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

func TestDeliveriesAreSignedAsTheyAreSent(t *testing.T) {
	s := newShop(t, Config{WebhookSecrets: []string{"whsec_old", "whsec_new"}, Events: []string{"checkout.session.completed"}})
	id := s.open(t)
	do(t, s.Pay(id))
	s.status = http.StatusInternalServerError
	if s.Deliver(t.Context()) == nil {
		t.Error("no error of an endpoint that fails")
	}
	s.status = http.StatusOK
	s.now.Add(10 * time.Minute)
	do(t, s.Deliver(t.Context()))
	if len(s.received) != 2 || s.received[0].body != s.received[1].body {
		t.Fatalf("received %v", s.received)
	}
	for i, at := range []string{"1772452800", "1772453400"} {
		d := s.received[i]
		want := "t=" + at + "," + v1("whsec_old", at, d.body) + "," + v1("whsec_new", at, d.body)
		if got := d.header.Get("Stripe-Signature"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestForgedAndLateDeliveries(t *testing.T) {
	s := newShop(t, Config{Events: []string{"checkout.session.completed"}})
	s.Messages(simulator.Forged)
	do(t, s.Pay(s.open(t)))
	do(t, s.Deliver(t.Context()))
	d := s.received[0]
	if got := d.header.Get("Stripe-Signature"); !strings.HasPrefix(got, "t=1772452800,v1=") || strings.Contains(got, v1(secret, "1772452800", d.body)) {
		t.Errorf("forged as %s", got)
	}
	s.Messages(simulator.Late)
	do(t, s.Pay(s.open(t)))
	do(t, s.Deliver(t.Context()))
	s.now.Add(time.Hour)
	s.Release()
	do(t, s.Deliver(t.Context()))
	if d = s.received[1]; d.header.Get("Stripe-Signature") != "t=1772456400,"+v1(secret, "1772456400", d.body) {
		t.Errorf("late as %s", d.header.Get("Stripe-Signature"))
	}
}

// TestWhoeverReceivesMayCall delivers before the call that caused it is answered.
func TestWhoeverReceivesMayCall(t *testing.T) {
	s := newShop(t, Config{})
	s.Messages(simulator.First)
	id := s.open(t)
	before := len(s.received)
	s.call(t, "POST", "/v1/checkout/sessions/"+id+"/expire", "", nil)
	if len(s.received) != before+1 {
		t.Errorf("%d came first", len(s.received)-before)
	}
}

func TestEventsAreListed(t *testing.T) {
	s := newShop(t, Config{Events: []string{"none"}})
	do(t, s.Pay(s.open(t)))
	count := func(query string) int {
		t.Helper()
		status, o, _ := s.call(t, "GET", "/v1/events?"+query, "", nil)
		if status != 200 {
			t.Fatalf("%s: %d %v", query, status, o)
		}
		return len(o["data"].([]any))
	}
	for query, want := range map[string]int{
		"": 4, "type=charge.succeeded": 1, "types[]=charge.succeeded&types[]=checkout.session.completed": 2, "types[]=x.y": 0,
		"created[gte]=1772452800": 4, "created[gt]=1772452800": 0, "limit=2": 2,
	} {
		if got := count(query); got != want {
			t.Errorf("%s: %d events, want %d", query, got, want)
		}
	}
	for _, bad := range []string{"type=a.b&types[]=c.d", strings.Repeat("types[]=a.b&", 21), "delivery_success=false"} {
		if status, _, _ := s.call(t, "GET", "/v1/events?"+bad, "", nil); status != 400 {
			t.Errorf("%s: answered %d", bad, status)
		}
	}
	s.now.Add(31 * 24 * time.Hour)
	if got := count(""); got != 0 {
		t.Errorf("%d events are older than 30 days", got)
	}
}
