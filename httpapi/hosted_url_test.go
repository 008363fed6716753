package httpapi

import (
	"net/http/httptest"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPlaceholderIsFilledInAllItsSpellings(t *testing.T) {
	for given, want := range map[string]string{
		"https://a.example/ok":                                                      "https://a.example/ok",
		"https://a.example/ok?s={CHECKOUT_SESSION_ID}":                              "https://a.example/ok?s=cs_1",
		"https://a.example/ok?s={{checkout_session_id}}":                            "https://a.example/ok?s=cs_1",
		"https://a.example/ok?s=%7BCHECKOUT_SESSION_ID%7D":                          "https://a.example/ok?s=cs_1",
		"https://a.example/ok?s=%7b%7BCheckout_Session_Id%7D%7d#{}":                 "https://a.example/ok?s=cs_1#{}",
		"https://a.example/{CHECKOUT_SESSION_ID}/{CHECKOUT_SESSION_ID}?b=%20&a=É#f": "https://a.example/cs_1/cs_1?b=%20&a=É#f",
		"https://a.example/{CHECKOUT_SESSION}?s=CHECKOUT_SESSION_ID":                "https://a.example/{CHECKOUT_SESSION}?s=CHECKOUT_SESSION_ID",
		"https://a.example/{CHEC\u212aOUT_SESSION_ID}":                              "https://a.example/{CHEC\u212aOUT_SESSION_ID}",
	} {
		if got := fillURL(given, "cs_1"); got != want {
			t.Errorf("%s becomes %s, want %s", given, got, want)
		}
	}
}

func TestEveryOtherByteOfAnAddressStays(t *testing.T) {
	forms := []string{"{CHECKOUT_SESSION_ID}", "{{Checkout_Session_ID}}", "%7bCHECKOUT_SESSION_ID%7D", "%7B%7Bcheckout_session_id%7D%7D"}
	rapid.Check(t, func(t *rapid.T) {
		var given, want strings.Builder
		for range rapid.IntRange(0, 5).Draw(t, "parts") {
			part := string(rapid.SliceOf(rapid.Byte()).Draw(t, "part"))
			// A brace before a placeholder would belong to it.
			part = strings.TrimRight(part, "{%7bB") + "/"
			given.WriteString(part)
			want.WriteString(part)
			if rapid.Bool().Draw(t, "placeholder") {
				given.WriteString(rapid.SampledFrom(forms).Draw(t, "form") + "&")
				want.WriteString("cs_0DXB&")
			}
		}
		if got := fillURL(given.String(), "cs_0DXB"); got != want.String() {
			t.Fatalf("%q becomes %q, want %q", given.String(), got, want.String())
		}
	})
}

func TestTheWorldsNameOfAPageIsFound(t *testing.T) {
	for _, c := range []struct {
		public, target, host string
		page, messages       string
	}{
		{"", "/cs_1/pay", "pay.example", "http://pay.example", "http://pay.example/webhooks"},
		{"", "/cs_1/pay?locale=fr", "pay.example:8080", "http://pay.example:8080", "http://pay.example:8080/webhooks"},
		{"", "/shop/pay/cs_1/pay", "shop.example", "http://shop.example/shop/pay", "http://shop.example/webhooks"},
		{"", "/caf%C3%A9%20x/cs_1/pay", "shop.example", "http://shop.example/caf%C3%A9%20x", "http://shop.example/webhooks"},
		{"", "/checkout/cs_1/pay", "pay.example", "http://pay.example/checkout", "http://pay.example/webhooks"},
		{"", "http://other.example/p/cs_1/pay", "other.example", "http://other.example/p", "http://other.example/webhooks"},
		{"", "//evil.example/cs_1/pay", "pay.example", "http://pay.example//evil.example", "http://pay.example/webhooks"},
		{"", "/cs_%31/pay", "pay.example", "http://pay.example", "http://pay.example/webhooks"},
		{"https://shop.example/pay", "/cs_1/pay", "10.0.0.7:8080", "https://shop.example/pay", "https://shop.example/pay/webhooks"},
		{"https://shop.example/pay", "/pay/cs_1/pay", "evil.example", "https://shop.example/pay", "https://shop.example/pay/webhooks"},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.RequestURI, r.Host = c.target, c.host
		page, messages := (&API{publicURL: c.public}).urls(r, "cs_1")
		if page != c.page || messages != c.messages {
			t.Errorf("%q, %s at %s: %s and %s, want %s and %s", c.public, c.target, c.host, page, messages, c.page, c.messages)
		}
	}
}
