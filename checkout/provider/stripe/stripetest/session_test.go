package stripetest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestACheckoutSessionIsAnsweredWhole(t *testing.T) {
	s := newShop(t, Config{})
	_, o, h := s.call(t, "POST", "/v1/checkout/sessions", fields().Encode(), func(r *http.Request) { r.Header.Set("Stripe-Version", "2026-07-29.dahlia") })
	for name, want := range map[string]string{
		"object": "checkout.session", "status": "open", "payment_status": "unpaid", "amount_total": "2500", "currency": "xof",
		"client_reference_id": "order_1", "payment_intent": "", "livemode": "false", "created": "1772452800", "expires_at": "1772539200",
		"url": "https://api.stripe.com/c/pay/" + o.text("id"), "customer_email": "", "mode": "payment",
	} {
		if got := o.text(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if o.text("metadata", "a") != "1" || h.Get("Request-Id") == "" || h.Get("Stripe-Version") != "2026-07-29.dahlia" {
		t.Errorf("%v %v", o, h)
	}
}

func TestWhatStripeRefuses(t *testing.T) {
	set := func(name, value string) func(url.Values) { return func(v url.Values) { v.Set(name, value) } }
	del := func(name string) func(url.Values) { return func(v url.Values) { v.Del(name) } }
	price := "line_items[0][price_data]"
	in := func(d time.Duration) string { return strconv.FormatInt(noon.Add(d).Unix(), 10) }
	for _, c := range []struct {
		name        string
		change      func(url.Values)
		code, param string // "ok" if it is taken
	}{
		{"all there", func(url.Values) {}, "ok", ""},
		{"two lines", func(v url.Values) {
			v.Set("line_items[1][quantity]", "2")
			v.Set("line_items[1][price_data][currency]", "xof")
			v.Set("line_items[1][price_data][unit_amount]", "1")
			v.Set("line_items[1][price_data][product_data][name]", "Milk")
		}, "ok", ""},
		{"30 minutes", set("expires_at", in(30*time.Minute)), "ok", ""},
		{"24 hours", set("expires_at", in(24*time.Hour)), "ok", ""},
		{"least sum", set(price+"[unit_amount]", "328"), "ok", ""},
		{"largest sum", set(price+"[unit_amount]", "99999999"), "ok", ""},
		{"no mode", del("mode"), "parameter_missing", "mode"},
		{"other mode", set("mode", "subscription"), "", "mode"},
		{"no success_url", del("success_url"), "parameter_missing", "success_url"},
		{"empty success_url", set("success_url", ""), "parameter_invalid_empty", "success_url"},
		{"relative success_url", set("success_url", "/ok"), "url_invalid", "success_url"},
		{"cancel_url of script", set("cancel_url", "javascript:alert(1)"), "url_invalid", "cancel_url"},
		{"no lines", del("line_items[0][quantity]"), "parameter_missing", "line_items[0][quantity]"},
		{"no name", del(price + "[product_data][name]"), "parameter_missing", price + "[product_data][name]"},
		{"empty name", set(price+"[product_data][name]", ""), "parameter_invalid_empty", price + "[product_data][name]"},
		{"upper case", set(price+"[currency]", "XOF"), "", price + "[currency]"},
		{"decimals", set(price+"[unit_amount]", "2500.00"), "parameter_invalid_integer", price + "[unit_amount]"},
		{"negative", set(price+"[unit_amount]", "-1"), "parameter_invalid_integer", price + "[unit_amount]"},
		{"nothing bought", set("line_items[0][quantity]", "0"), "parameter_invalid_integer", "line_items[0][quantity]"},
		{"too small", set(price+"[unit_amount]", "327"), "amount_too_small", ""},
		{"too large", set(price+"[unit_amount]", "100000000"), "amount_too_large", ""},
		{"overflow", func(v url.Values) {
			v.Set(price+"[unit_amount]", "9223372036854775807")
			v.Set("line_items[0][quantity]", "3")
		}, "amount_too_large", ""},
		{"29 minutes", set("expires_at", in(29*time.Minute)), "", "expires_at"},
		{"25 hours", set("expires_at", in(25*time.Hour)), "", "expires_at"},
		{"bad email", set("customer_email", "awa"), "email_invalid", "customer_email"},
		{"bad locale", set("locale", "wo"), "", "locale"},
		{"bad boolean", set("adaptive_pricing[enabled]", "no"), "", "adaptive_pricing[enabled]"},
		{"long reference", set("client_reference_id", strings.Repeat("x", 201)), "", "client_reference_id"},
		{"long metadata", set("metadata[a]", strings.Repeat("x", 501)), "", "metadata[a]"},
		{"unknown parameter", set("line_items[0][colour]", "red"), "parameter_unknown", "line_items[0][colour]"},
		{"unknown expansion", set("expand[]", "customer"), "", "expand"},
		{"bad brackets", set("metadata[a", "1"), "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, Config{})
			v := fields()
			c.change(v)
			status, o, h := s.call(t, "POST", "/v1/checkout/sessions", v.Encode(), nil)
			if c.code == "ok" {
				if status != http.StatusOK {
					t.Errorf("answered %d: %v", status, o)
				}
				return
			}
			if status != http.StatusBadRequest || o.text("error", "type") != "invalid_request_error" || o.text("error", "message") == "" || h.Get("Request-Id") == "" {
				t.Errorf("answered %d: %v", status, o)
			}
			if o.text("error", "code") != c.code || o.text("error", "param") != c.param {
				t.Errorf("got code %q for %q, want %q for %q", o.text("error", "code"), o.text("error", "param"), c.code, c.param)
			}
			if len(s.Sessions()) != 0 {
				t.Error("it was made all the same")
			}
		})
	}
}

func TestSessionsExpireOnTheClock(t *testing.T) {
	s := newShop(t, Config{Events: []string{"checkout.session.expired"}})
	id := s.open(t)
	s.now.Add(24*time.Hour - time.Second)
	if x, err := s.Session(id); err != nil || x.Status != "open" || x.URL == "" {
		t.Errorf("%v, %v", x, err)
	}
	s.now.Add(time.Second)
	do(t, s.Deliver(t.Context()))
	if x, err := s.Session(id); err != nil || x.Status != "expired" || x.URL != "" {
		t.Errorf("%v, %v", x, err)
	}
	if len(s.received) != 1 || !strings.Contains(s.received[0].body, id) {
		t.Errorf("received %v", s.received)
	}
	for name, err := range map[string]error{
		"Pay": s.Pay(id), "Fail": s.Fail(id, ""), "PayAsync": s.PayAsync(id), "SettleAsync": s.SettleAsync(id, true),
		"PayAmount": s.PayAmount(id, 1, "xof"), "Dispute": s.Dispute(id), "CloseDispute": s.CloseDispute(id, true),
	} {
		if err == nil {
			t.Errorf("%s is possible", name)
		}
	}
	status, o, _ := s.call(t, "POST", "/v1/checkout/sessions/"+id+"/expire", "", nil)
	if want := "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `expired`."; status != 400 || o.text("error", "message") != want {
		t.Errorf("%d %v", status, o)
	}
}

func TestLookUps(t *testing.T) {
	s := newShop(t, Config{})
	id := s.open(t)
	do(t, s.Fail("order_1", "")) // by reference
	x, err := s.Session(id)
	do(t, err)
	do(t, s.Pay(x.Payment)) // by payment
	if got := s.Received(); len(got) != 1 || got["XOF"] != 2500 {
		t.Errorf("received %v", got)
	}
	for name, err := range map[string]error{
		"Pay": s.Pay("cs_other"), "PayCard": s.PayCard("", visa), "SettleRefund": s.SettleRefund("re_other", true),
		"Fail": s.Fail("cs_other", ""), "code": s.Fail(id, "No Way"),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := s.Session("cs_other"); err == nil {
		t.Error("found what does not exist")
	}
	if status, o, _ := s.call(t, "GET", "/v1/checkout/sessions/cs_other", "", nil); status != 404 || o.text("error", "code") != "resource_missing" {
		t.Errorf("%d %v", status, o)
	}
}

func TestExpansion(t *testing.T) {
	s := newShop(t, Config{})
	id := s.open(t)
	do(t, s.PayCard(id, "5555 5555 5555 4444"))
	path := "/v1/checkout/sessions/" + id
	_, short, _ := s.call(t, "GET", path, "", nil)
	_, half, _ := s.call(t, "GET", path+"?expand[]=payment_intent", "", nil)
	_, whole, _ := s.call(t, "GET", path+"?expand[0]=payment_intent.latest_charge", "", nil)
	payment := short.text("payment_intent")
	if !strings.HasPrefix(payment, "pi_") || half.text("payment_intent", "id") != payment || !strings.HasPrefix(half.text("payment_intent", "latest_charge"), "ch_") {
		t.Errorf("%v\n%v", short, half)
	}
	if whole.text("payment_intent", "latest_charge", "payment_method_details", "card", "last4") != "4444" ||
		whole.text("payment_intent", "latest_charge", "metadata", "b") != "2" || whole.text("payment_intent", "amount_received") != "2500" {
		t.Errorf("%v", whole)
	}
	_, o, _ := s.call(t, "GET", "/v1/checkout/sessions?expand[]=data.payment_intent.latest_charge&status=complete&payment_intent="+payment, "", nil)
	if !strings.Contains(fmt.Sprint(o), "last4:4444") {
		t.Errorf("%v", o)
	}
}
