package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestTheContractNamesEveryCode has clients find each error.code in openapi.yaml.
func TestTheContractNamesEveryCode(t *testing.T) {
	for code := range statusOf {
		if code == "invalid_request" {
			continue // it is bad_request or validation_failed on the wire
		}
		if !strings.Contains(string(openAPI), string(code)) {
			t.Errorf("openapi.yaml lacks %s", code)
		}
	}
}

func TestCodesOfWhatASessionIsFor(t *testing.T) {
	s := newShop(t)
	made := func(body string) (product, price string) {
		p := s.post("/products", body)
		return p["id"].(string), p["prices"].([]any)[0].(map[string]any)["id"].(string)
	}
	shirt, price := made(`{"name":"T-shirt","prices":[{"amount":5000,"currency_code":"XOF"}]}`)
	_, open := made(`{"name":"Gift","prices":[{"amount":2000,"currency_code":"XOF","pricing_model":"pay_what_you_want","minimum_amount":1000,"maximum_amount":3000}]}`)
	_, monthly := made(`{"name":"Gym","product_type":"recurring","prices":[{"amount":5000,"currency_code":"XOF","billing_interval":"month"}]}`)
	gone, of := made(`{"name":"Gone","is_active":false,"prices":[{"amount":5000,"currency_code":"XOF"}]}`)
	bare, old := made(`{"name":"Bare","prices":[{"amount":5000,"currency_code":"XOF"}]}`)
	s.want(http.StatusOK, s.call("PATCH", "/products/"+bare+"/prices/"+old, `{"is_active":false}`))
	for body, want := range map[string]string{
		`"amount":9999,"quantity":2,"price_id":"` + price + `"`:         "amount_mismatch",
		`"amount":7000,"price_id":"` + monthly + `"`:                    "amount_mismatch",
		`"amount":999,"price_id":"` + open + `"`:                        "amount_below_minimum",
		`"amount":3001,"price_id":"` + open + `"`:                       "amount_above_maximum",
		`"amount":2001,"quantity":2,"price_id":"` + open + `"`:          "amount_not_divisible",
		`"currency_code":"EUR","price_id":"` + price + `"`:              "currency_mismatch",
		`"currency_code":"EUR","product_id":"` + shirt + `"`:            "currency_mismatch",
		`"product_id":"` + gone + `"`:                                   "product_inactive",
		`"price_id":"` + of + `"`:                                       "product_inactive",
		`"line_items":[{"price_id":"` + of + `"}]`:                      "product_inactive",
		`"price_id":"` + old + `"`:                                      "price_inactive",
		`"product_id":"` + bare + `"`:                                   "price_inactive",
		`"product_id":"` + bare + `","price_id":"` + price + `"`:        "price_of_another_product",
		`"line_items":[{"price_id":"` + monthly + `"}]`:                 "line_items_recurring_not_supported",
		`"line_items":[{"price_id":"` + open + `"}]`:                    "line_items_pwyw_not_supported",
		`"line_items":[{"price_id":"` + price + `","unit_amount":5}]`:   "validation_failed",
		`"amount":5,"exclusive":true`:                                   "validation_failed",
		`"amount":5,"exclusive":true,"client_reference_id":"sub_1/1"`:   "validation_failed",
		`"fee_amount":9007199254740991,"amount":1`:                      "validation_failed",
		`"quantity":1000000,"price_id":"` + price + `","fee_amount":-1`: "validation_failed",
	} {
		if !strings.Contains(body, "currency_code") {
			body += `,"currency_code":"XOF"`
		}
		got := s.want(http.StatusBadRequest, s.call("POST", "/checkout-sessions", "{"+body+"}"))
		if s.field(got, ""); got.code() != want {
			t.Errorf("%s: %s, want %s", body, got.body, want)
		}
	}
	// The customer's choice has the same bounds.
	id := s.create(`{"currency_code":"XOF","price_id":"` + open + `"}`)
	for amount, want := range map[string]string{"999": "amount_below_minimum", "3001": "amount_above_maximum"} {
		if got := s.want(http.StatusBadRequest, s.call("PATCH", "/checkout-sessions/"+id, `{"amount":`+amount+`}`)); got.code() != want {
			t.Errorf("%s", got.body)
		}
	}
	if got := s.want(http.StatusOK, s.call("PATCH", "/checkout-sessions/"+id, `{"amount":1500}`)).json; got["amount"] != 1500.0 || got["amount_due"] != 1500.0 {
		t.Errorf("%v", got)
	}
	for _, body := range []string{`{}`, `{"amount":1500,"quantity":1}`, `{"quantity":2}`, `{"amount":"x"}`} {
		s.want(http.StatusBadRequest, s.call("PATCH", "/checkout-sessions/"+id, body))
	}
}

func TestCartsAreSummedUp(t *testing.T) {
	s := newShop(t)
	price := s.post("/products", `{"name":"T-shirt","prices":[{"amount":5000,"currency_code":"XOF"}]}`)["prices"].([]any)[0].(map[string]any)["id"].(string)
	got := s.post("/checkout-sessions", `{"currency_code":"XOF","amount":1,"quantity":9,"fee_amount":700,"line_items":[{"price":"`+price+`","quantity":2},{"name":"Wrap","unit_amount":250,"quantity":3}]}`)
	if got["amount"] != 10750.0 || got["amount_due"] != 11450.0 || got["fee_amount"] != 700.0 || got["line_item_count"] != 2.0 || got["quantity"] != 1.0 {
		t.Errorf("%v", got)
	}
	first, second := got["line_items"].([]any)[0].(map[string]any), got["line_items"].([]any)[1].(map[string]any)
	if first["price_id"] != price || first["name"] != "T-shirt" || first["amount"] != 10000.0 || second["price_id"] != nil || second["product_id"] != nil || second["amount"] != 750.0 || second["unit_amount"] != 250.0 {
		t.Errorf("%v, %v", first, second)
	}
}

func TestClosedLinksAndPaidOrders(t *testing.T) {
	s := newShop(t)
	link := `{"link_type":"instant","title":"x","amount":5,"currency_code":"XOF"`
	off, late, full := s.post("/payment-links", link+`}`), s.post("/payment-links", link+`,"expires_at":"2026-03-01T10:00:00Z"}`), s.post("/payment-links", link+`,"max_uses":1}`)
	s.want(http.StatusOK, s.call("PATCH", "/payment-links/"+off["id"].(string), `{"is_active":false}`))
	s.pay(s.create(`{"currency_code":"XOF","payment_link_id":"`+full["id"].(string)+`"}`), "")
	s.now.Add(time.Hour)
	for _, l := range []map[string]any{off, late, full} {
		got := s.want(http.StatusGone, s.call("POST", "/checkout-sessions", `{"currency_code":"XOF","payment_link_id":"`+l["id"].(string)+`"}`))
		if s.field(got, ""); got.code() != "payment_link_closed" {
			t.Errorf("%s", got.body)
		}
	}
	if got := s.want(http.StatusOK, s.call("GET", "/payment-links/"+full["id"].(string), "")).json; got["uses"] != 1.0 {
		t.Errorf("%v", got)
	}
	order := `{"amount":5,"currency_code":"XOF","exclusive":true,"client_reference_id":"order-7"}`
	older, newer := s.create(order), s.create(order)
	if got := s.session(older); got["status"] != "expired" || got["exclusive"] != true {
		t.Errorf("%v", got)
	}
	s.pay(newer, "")
	got := s.want(http.StatusConflict, s.call("POST", "/checkout-sessions", order))
	if s.field(got, ""); got.code() != "order_already_paid" || !strings.Contains(got.json["message"].(string), newer) {
		t.Errorf("%s", got.body)
	}
	s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", order, "X-API-KEY", s.live))
}

func TestCodesOfCoupons(t *testing.T) {
	s := newShop(t)
	price := s.product("T-shirt", francs(5000))
	other := s.product("Cap", francs(100))
	s.pay(s.create(`{"amount":10,"currency_code":"XOF","customer_email":"old@example.com"}`), "")
	coupon := func(code, more string) {
		s.t.Helper()
		s.post("/discount-coupons", fmt.Sprintf(`{"code":%q,"discount_percentage":10%s}`, code, more))
	}
	coupon("off", `,"is_active":false`)
	coupon("early", `,"valid_from":"2026-03-02T00:00:00Z"`)
	coupon("late", `,"expires_at":"2026-03-01T09:00:00Z"`)
	coupon("once", `,"max_uses":1`)
	coupon("daily", `,"usage_frequency_limit":"per_day","usage_limit_value":1`)
	coupon("few", `,"max_quantity_per_use":1`)
	coupon("new", `,"customer_type":"new"`)
	coupon("again", `,"customer_type":"existing"`)
	coupon("cap", `,"scope_type":"specific_prices","price_ids":["`+other.ID+`"]`)
	s.post("/discount-coupons", `{"code":"euro","discount_type":"fixed","discount_fixed_amount":5,"currency_code":"EUR"}`)
	session := func(more string) string {
		return s.create(`{"currency_code":"XOF","quantity":2,"allow_quantity":true,"allow_coupon_code":true,"price_id":"` + price.ID + `"` + more + `}`)
	}
	apply := func(id, code, more string) answer {
		return s.call("POST", "/checkout-sessions/"+id+"/coupons", fmt.Sprintf(`{"code":%q%s}`, code, more))
	}
	taker := session("")
	for _, code := range []string{"once", "daily"} {
		s.want(http.StatusOK, apply(taker, code, ""))
	}
	id := session("")
	refused := func(got answer, want string) {
		s.t.Helper()
		if s.field(got, ""); got.status != http.StatusBadRequest || got.code() != want {
			s.t.Errorf("%d %s, want %s", got.status, got.body, want)
		}
	}
	for _, c := range []struct{ code, more, want string }{
		{"nothing", "", "coupon_not_found"}, {"off", "", "coupon_inactive"}, {"early", "", "coupon_not_started"}, {"late", "", "coupon_expired"},
		{"once", "", "coupon_used_up"}, {"daily", "", "coupon_usage_limit_reached"}, {"few", "", "coupon_quantity_exceeded"}, {"new", "", "coupon_customer_required"},
		{"new", `,"customer_email":"old@example.com"`, "coupon_for_new_customers"}, {"again", `,"customer_email":"first@example.com"`, "coupon_for_returning_customers"},
		{"cap", "", "coupon_not_applicable"}, {"euro", "", "coupon_currency_mismatch"},
		{"", "", "validation_failed"}, {"new", `,"customer_email":"x"`, "validation_failed"},
	} {
		refused(apply(id, c.code, c.more), c.want)
	}
	refused(apply(s.create(plain), "once", ""), "coupon_not_allowed")
	for i := range 6 {
		coupon(fmt.Sprint("c", i), "")
		got := apply(id, fmt.Sprint(" C", i), "")
		if i == 5 {
			refused(got, "too_many_coupons")
			break
		}
		s.want(http.StatusOK, got)
		refused(apply(id, fmt.Sprint("c", i), ""), "coupon_already_applied")
	}
	got := s.want(http.StatusOK, s.call("DELETE", "/checkout-sessions/"+id+"/coupons/c3", "")).json
	if fmt.Sprint(got["coupon_codes"]) != "[C0 C1 C2 C4]" || got["amount"] != 10000.0 || got["discount_amount"] != 3439.0 || got["amount_due"] != 6561.0 {
		t.Errorf("%v", got)
	}
	s.want(http.StatusNotFound, s.call("DELETE", "/checkout-sessions/"+id+"/coupons/c3", ""))
	coupon("50%?é", "") // what is escaped in a path
	s.want(http.StatusOK, apply(id, "50%?é", ""))
	if got := s.want(http.StatusOK, s.call("DELETE", "/checkout-sessions/"+id+"/coupons/50%25%3F%C3%A9", "")).json; got["discount_amount"] != 3439.0 {
		t.Errorf("%v", got)
	}
	s.want(http.StatusOK, s.call("POST", "/checkout-sessions/"+id+"/expire", ""))
	if got := apply(id, "c3", ""); got.status != http.StatusConflict || got.code() != "session_not_open" {
		t.Errorf("%s", got.body)
	}
}

// TestTheProductExampleOfTheSpecification is the owner's, but for the identifier.
func TestTheProductExampleOfTheSpecification(t *testing.T) {
	s := newShop(t)
	id := s.post("/products", `{"name":"T-shirt","description":"Wax","prices":[{"amount":5000,"currency_code":"XOF"}]}`)["id"].(string)
	got := s.post("/checkout-sessions", strings.ReplaceAll(`{
  "product_id": "prod_abc123...",
  "currency_code": "XOF",
  "quantity": 2,
  "allow_coupon_code": true,
  "success_url": "https://your-site.com/success"
}`, "prod_abc123...", id))
	for name, want := range map[string]any{
		"product_id": id, "amount": 10000.0, "amount_due": 10000.0, "quantity": 2.0, "allow_coupon_code": true, "allow_quantity": false, "title": "T-shirt", "description": "Wax",
		"status": "open", "currency_code": "XOF", "success_url": "https://your-site.com/success",
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
}
