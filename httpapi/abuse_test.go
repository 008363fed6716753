package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// ask sends a request of a browser at an address and returns the status.
func (s *shop) ask(method, target, from string, form url.Values, header ...string) int {
	s.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	r.RemoteAddr = from
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	browsing(r)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Code
}

func TestBuyersBehindAProxyAreToldApart(t *testing.T) {
	s := newShop(t, func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	l := s.instant(nil)
	open := func(from string, forwarded ...string) int {
		var header []string
		for _, f := range forwarded {
			header = append(header, "X-Forwarded-For", f)
		}
		return s.ask("GET", "/"+l.ID, from, nil, header...)
	}
	const proxy = "10.0.0.7:4711"
	for range openBurst {
		if code := open(proxy, "198.51.100.1"); code != http.StatusSeeOther {
			t.Fatalf("status %d, want 303", code)
		}
	}
	for _, c := range []struct {
		what      string
		from      string
		forwarded []string
		want      int
	}{
		{"the same buyer", proxy, []string{"198.51.100.1"}, http.StatusTooManyRequests},
		{"the same buyer, who lies", proxy, []string{"203.0.113.9, 198.51.100.1"}, http.StatusTooManyRequests},
		{"the same buyer, who lies in a header of their own", proxy, []string{"203.0.113.9", "198.51.100.1"}, http.StatusTooManyRequests},
		{"the same buyer through two proxies", proxy, []string{"198.51.100.1, 10.1.1.1"}, http.StatusTooManyRequests},
		{"the same buyer, mapped and with a port", proxy, []string{"[::ffff:198.51.100.1]:443"}, http.StatusTooManyRequests},
		{"another buyer", proxy, []string{"198.51.100.2"}, http.StatusSeeOther},
		{"a proxy that says nothing", proxy, nil, http.StatusSeeOther},
		{"a stranger who says to be another", "198.51.100.1:9", []string{"203.0.113.10"}, http.StatusTooManyRequests},
	} {
		if code := open(c.from, c.forwarded...); code != c.want {
			t.Errorf("%s: status %d, want %d", c.what, code, c.want)
		}
	}
}

func TestCouponCodesCannotBeGuessedThroughManySessions(t *testing.T) {
	s := newShop(t)
	price := s.product("T-shirt wax", francs(5000))
	guess := func(id, from string) int {
		return s.ask("POST", "/"+id+"/coupon", from, url.Values{"coupon": {"GUESS"}})
	}
	refused := 0
	for range guessBurst {
		id := s.sell(price, nil)
		for range 2 {
			if guess(id, "198.51.100.1:1") == http.StatusUnprocessableEntity {
				refused++
			}
		}
	}
	s.want(http.StatusOK, s.call("GET", "/me", ""))
	id := s.sell(price, nil)
	c := s.visitor("/" + id) // from another address
	c.to(id, "coupon", url.Values{"coupon": {"GUESS"}})
	c.reads(frenchWords.CouponUnknown)
	for range guessBurst {
		c.to(s.sell(price, nil), "coupon", url.Values{"coupon": {"GUESS"}})
	}
	c.reads(frenchWords.CouponTooOften)
}

func TestNobodyLearnsWhoseNumberBelongsToAnAddress(t *testing.T) {
	s := newShop(t)
	s.coupon(checkout.Coupon{Code: "once", Percent: 1000, Frequency: checkout.FrequencyCustomer, Limit: 9})
	s.post("/customers", `{"name":"Awa","email":"awa@example.com","phone_number":"+2250707070707"}`)
	id := s.sell(s.product("T-shirt wax", francs(5000)), func(p *checkout.CreateSessionParams) { p.Form = &checkout.Form{Phone: true, Email: false} })
	c := s.visitor("/" + id + "?locale=fr")
	c.to(id, "coupon", url.Values{"coupon": {"once"}, "email": {"awa@example.com"}})
	c.reads("−500 F CFA")
	pay := func(phone string) { c.to(id, "pay", url.Values{"method": {"wallet"}, "phone": {phone}}) }
	for i := range codeBurst - 1 {
		pay(fmt.Sprintf("+22507070700%02d", i))
		if c.status != http.StatusUnprocessableEntity {
			t.Fatalf("guess %d: status %d", i, c.status)
		}
	}
	pay("+2250707070707")
	c.reads(frenchWords.CouponTooOften)
	s.now.Add(time.Minute)
	pay("+2250707070707")
	if c.status != http.StatusOK || strings.Contains(c.body, frenchWords.CouponTooOften) {
		t.Errorf("the customer cannot pay: %d\n%s", c.status, c.body)
	}
}

func TestLinksOpenOnAStoppedClock(t *testing.T) {
	s := newShop(t, func(c *Config) {
		c.Advance = func(context.Context, time.Duration) (time.Time, error) { return time.Time{}, nil }
	})
	l := s.instant(nil)
	for range openBurst + 1 {
		if code := s.ask("GET", "/"+l.ID, "198.51.100.1:1", nil); code != http.StatusSeeOther {
			t.Fatalf("status %d, want 303", code)
		}
	}
}

func TestTooManyObjectsAreRefusedInAFewWords(t *testing.T) {
	s := newShop(t)
	for target, name := range map[string]string{"/products": "prices", "/checkout-sessions": "line_items"} {
		body := `{"name":"x","currency_code":"XOF","` + name + `":[` + strings.Repeat("{},", 20_000) + `{}]}`
		got := s.want(http.StatusBadRequest, s.call("POST", target, body))
		if s.field(got, name) == "" || len(got.body) > 4<<10 {
			t.Errorf("%s: %d bytes, which begin %.300s", target, len(got.body), got.body)
		}
	}
}

func TestAProductHasOnlySoManyPrices(t *testing.T) {
	s := newShop(t)
	made := s.post("/products", `{"name":"T-shirt","prices":[{"amount":5000,"currency_code":"XOF"}]}`)
	path := "/products/" + made["id"].(string) + "/prices"
	last := made["prices"].([]any)[0].(map[string]any)["id"].(string)
	for n := 1; n < 500; n++ {
		s.want(http.StatusOK, s.call("PATCH", path+"/"+last, `{"is_active":false}`))
		got := s.call("POST", path, `{"amount":5000,"currency_code":"XOF"}`)
		if got.status == http.StatusConflict {
			return
		}
		last = s.want(http.StatusCreated, got).json["id"].(string)
	}
	t.Error("500 prices, all of which each session of the product reads")
}
