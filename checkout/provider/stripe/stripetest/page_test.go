package stripetest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// press submits the page of a Checkout Session.
func (s *shop) press(t *testing.T, id string, form url.Values) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest("POST", "https://api.stripe.com/c/pay/"+id, strings.NewReader(form.Encode()))
	do(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.browse(t, r)
}

func (s *shop) browse(t *testing.T, r *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := simulator.Transport(s).RoundTrip(r)
	do(t, err)
	var text strings.Builder
	do(t, res.Write(&text))
	return res, text.String()
}

func TestThePage(t *testing.T) {
	for _, c := range []struct {
		name, do, number string
		says             string // "" if the customer is sent on
		status           string
	}{
		{"pays", "pay", visa, "", "complete paid"},
		{"declined card", "pay", "4000000000009995", "insufficient funds", "open unpaid"},
		{"declined by button", "decline", visa, "Your card was declined.", "open unpaid"},
		{"3-D Secure is asked", "pay", "4000002760003184", "Complete authentication", "open unpaid"},
		{"3-D Secure is passed", "authenticate", "4000002760003184", "", "complete paid"},
		{"3-D Secure is failed", "fail", "4000002760003184", "failed authentication", "open unpaid"},
		{"3-D Secure, then declined", "authenticate", "4000008260003178", "insufficient funds", "open unpaid"},
		{"bank debit", "debit", visa, "", "complete unpaid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, Config{})
			id := s.open(t)
			res, text := s.press(t, id, url.Values{"do": {c.do}, "number": {c.number}})
			if c.says != "" && (res.StatusCode != 200 || !strings.Contains(text, c.says)) {
				t.Errorf("answered %s, want it to say %q", text, c.says)
			}
			if c.says == "" && (res.StatusCode != 303 || res.Header.Get("Location") != "https://shop.example/ok?s="+id) {
				t.Errorf("answered %s", text)
			}
			if x, err := s.Session(id); err != nil || x.Status+" "+x.PaymentStatus != c.status {
				t.Errorf("%v, %v, want %s", x, err, c.status)
			}
		})
	}
}

func TestThePageShowsWhatIsBought(t *testing.T) {
	s := newShop(t, Config{})
	v := fields()
	v.Set("line_items[0][price_data][product_data][name]", "<b>Tea</b>")
	v.Set("line_items[0][price_data][currency]", "eur")
	_, o, _ := s.call(t, "POST", "/v1/checkout/sessions", v.Encode(), nil)
	r, err := http.NewRequest("GET", o.text("url"), http.NoBody)
	do(t, err)
	res, text := s.browse(t, r)
	for _, want := range []string{"&lt;b&gt;Tea&lt;/b&gt;", "25.00 EUR", `href="https://shop.example/no"`, visa} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %s:\n%s", want, text)
		}
	}
	if !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") || strings.Contains(text, "<script") {
		t.Errorf("%v", res.Header)
	}
	do(t, s.Pay(o.text("id")))
	if _, text = s.browse(t, r); !strings.Contains(text, "is complete") || strings.Contains(text, "<form") {
		t.Errorf("a page that is done:\n%s", text)
	}
	if _, text = s.press(t, o.text("id"), url.Values{"do": {"pay"}, "number": {visa}}); !strings.Contains(text, "is complete") {
		t.Errorf("pressed twice:\n%s", text)
	}
	if res, _ := s.press(t, "cs_other", nil); res.StatusCode != 404 {
		t.Errorf("answered %d", res.StatusCode)
	}
}
