package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

func TestAFreeSessionIsPaidWithoutAMethod(t *testing.T) {
	s := newShop(t)
	s.post("/discount-coupons", `{"code":"all","discount_percentage":100}`)
	id := s.create(`{"amount":5000,"currency_code":"XOF","allow_coupon_code":true}`)
	if got := s.want(http.StatusBadRequest, s.call("POST", "/checkout-sessions/"+id+"/pay", "")); s.field(got, "method") == "" {
		t.Errorf("%s", got.body)
	}
	s.want(http.StatusOK, s.call("POST", "/checkout-sessions/"+id+"/coupons", `{"code":"all"}`))
	paid := s.want(http.StatusCreated, s.call("POST", "/checkout-sessions/"+id+"/pay", "", "Idempotency-Key", "k"))
	if paid.json["status"] != "completed" || paid.json["next_action"] != nil {
		t.Errorf("%s", paid.body)
	}
	again := s.want(http.StatusCreated, s.call("POST", "/checkout-sessions/"+id+"/pay", "", "Idempotency-Key", "k"))
	if string(again.body) != string(paid.body) {
		t.Errorf("%s, first %s", again.body, paid.body)
	}
	got := s.want(http.StatusOK, s.call("GET", "/transactions/"+paid.json["transaction_id"].(string), "")).json
	for name, want := range map[string]any{"status": "completed", "provider_code": "FREE", "payment_method_code": "FREE", "gross_amount": 0.0, "discount_amount": 5000.0, "coupon_code": "ALL"} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if got := s.session(id); got["status"] != "completed" || got["amount"] != 5000.0 || got["amount_due"] != 0.0 || got["transaction_id"] != paid.json["transaction_id"] {
		t.Errorf("%v", got)
	}
	events := s.feed("/events")
	if !slices.ContainsFunc(events, func(e map[string]any) bool {
		data, _ := e["data"].(map[string]any)
		return e["event"] == "PAYMENT_SUCCEEDED" && data["checkout_session_id"] == id
	}) {
		t.Errorf("no event in %v", events)
	}
}

func TestDiscountsAndFeesOfATransaction(t *testing.T) {
	s := newShop(t)
	s.post("/discount-coupons", `{"code":"ten","discount_percentage":10}`)
	s.post("/discount-coupons", `{"code":"less","discount_type":"fixed","discount_fixed_amount":500}`)
	customer := s.post("/customers", `{"name":"Awa"}`)["id"].(string)
	id := s.create(`{"amount":10000,"currency_code":"XOF","fee_amount":1500,"allow_coupon_code":true,"customer_id":"` + customer + `"}`)
	for _, code := range []string{"ten", "less"} {
		s.want(http.StatusOK, s.call("POST", "/checkout-sessions/"+id+"/coupons", `{"code":"`+code+`"}`))
	}
	paid := s.pay(id, "")["id"].(string)
	got := s.want(http.StatusOK, s.call("GET", "/transactions/"+paid, "")).json
	for name, want := range map[string]any{"gross_amount": 10000.0, "fee_amount": 1500.0, "net_amount": 8500.0, "discount_amount": 1500.0, "coupon_code": "TEN,LESS", "customer_id": customer} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	unpaid := s.create(`{"amount":10,"currency_code":"XOF"}`)
	s.pay(unpaid, `{"outcome":"decline"}`)
	for target, want := range map[string]int{
		"/transactions": 2, "/transactions?customer_id=" + customer: 1, "/customers/" + customer + "/transactions": 1, "/transactions?customer_id=cus_1": 0,
		"/customers/" + customer + "/transactions?status=failed": 0, "/transactions?status=completed&customer_id=" + customer: 1,
		"/transactions?checkout_session_id=" + unpaid + "&customer_id=" + customer: 0, "/customers/" + customer + "/transactions?isPos=true": 0,
	} {
		if got := s.list(target); len(got) != want || want == 1 && got[0] != paid {
			t.Errorf("%s: %v, want %d", target, got, want)
		}
	}
}

func TestPerformanceOfACoupon(t *testing.T) {
	s := newShop(t)
	id := s.post("/discount-coupons", `{"code":"ten","discount_percentage":12.5}`)["id"].(string)
	performance := func() map[string]any {
		return s.want(http.StatusOK, s.call("GET", "/discount-coupons/"+id+"/performance", "")).json
	}
	if got := performance(); got["total_uses"] != 0.0 || got["currency_code"] != nil || len(got["by_currency"].([]any)) != 0 || got["average_discount"] != 0.0 {
		t.Errorf("%v", got)
	}
	for i, body := range []string{`"amount":1000,"currency_code":"XOF","customer_email":"a@b.example"`, `"amount":3001,"currency_code":"XOF","customer_email":"a@b.example"`, `"amount":800,"currency_code":"EUR"`, `"amount":8,"currency_code":"USD"`} {
		session := s.create(`{"allow_coupon_code":true,` + body + `}`)
		s.want(http.StatusOK, s.call("POST", "/checkout-sessions/"+session+"/coupons", `{"code":"ten"}`))
		if i < 3 {
			s.pay(session, `{"method":"card"}`)
		}
	}
	got := performance()
	for name, want := range map[string]any{
		"coupon_id": id, "currency_code": "XOF", "total_uses": 2.0, "total_discount_amount": 500.0, "total_discounts": 500.0, "total_revenue": 3501.0,
		"average_order_value": 1750.0, "average_discount": 250.0,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if n := got["unique_customers"].(float64); n < 1 || len(got["by_currency"].([]any)) != 2 {
		t.Errorf("%v", got)
	}
	one := s.want(http.StatusOK, s.call("GET", "/discount-coupons/"+id, "")).json
	if one["current_uses"] != 4.0 || one["reserved_uses"] != 1.0 || one["completed_redemptions"] != 3.0 || one["distinct_customers_completed"] != got["unique_customers"] || one["discount_percentage"] != 12.5 {
		t.Errorf("%v", one)
	}
	if got := s.want(http.StatusBadRequest, s.call("PATCH", "/discount-coupons/"+id, `{"max_uses":3}`)); s.field(got, "max_uses") == "" {
		t.Errorf("%s", got.body)
	}
	s.want(http.StatusOK, s.call("PATCH", "/discount-coupons/"+id, `{"max_uses":4}`))
}

// refundOf asks for a refund.
func (s *shop) refundOf(transaction, more string) answer {
	return s.call("POST", "/refunds", fmt.Sprintf(`{"transaction_id":%q%s}`, transaction, more))
}

func TestRacingRefundsNeverGiveBackMoreThanWasPaid(t *testing.T) {
	s := newShop(t)
	paid := s.pay(s.create(plain), "")["id"].(string)
	other := s.pay(s.create(plain), "")["id"].(string)
	s.want(http.StatusCreated, s.refundOf(other, ""))
	answers := make([]answer, 50)
	var done sync.WaitGroup
	for i := range answers {
		done.Go(func() { answers[i] = s.refundOf(paid, `,"amount":300,"refund_type":"partial"`) })
	}
	done.Wait()
	accepted := 0
	for _, got := range answers {
		if got.status == http.StatusCreated {
			accepted++
		} else if got.status != http.StatusBadRequest || s.field(got, "amount") == "" {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	got := s.want(http.StatusOK, s.call("GET", "/transactions/"+paid, "")).json
	if accepted != 33 || got["refunded_amount"] != 9900.0 || got["status"] != "completed" {
		t.Errorf("%d refunds of 300 were accepted; %v", accepted, got)
	}
	list := func(query string) []any {
		return s.want(http.StatusOK, s.call("GET", "/refunds?"+query, "")).json["data"].([]any)
	}
	all := list("limit=100&transaction_id=" + paid)
	for _, row := range all {
		if row.(map[string]any)["transaction_id"] != paid {
			t.Errorf("%v", row)
		}
	}
	for query, want := range map[string]int{
		"limit=100": 34, "transaction_id=" + other: 1, "transaction_id=txn_1": 0, "limit=5&transaction_id=" + paid: 5, "limit=5&offset=30&transaction_id=" + paid: 3, "offset=99&transaction_id=" + paid: 0,
		"status=failed&transaction_id=" + paid: 0, "status=completed&transaction_id=" + other: 1, "startDate=2026-03-02&transaction_id=" + other: 0, "endDate=2026-03-01&transaction_id=" + other: 1,
	} {
		if got := list(query); len(got) != want {
			t.Errorf("%s: %d, want %d", query, len(got), want)
		}
	}
	if len(all) != 33 || fmt.Sprint(list("limit=5&offset=2&transaction_id="+paid)) != fmt.Sprint(all[2:7]) {
		t.Errorf("%d", len(all))
	}
	for _, key := range []string{s.key("Other", false), s.live} {
		if got := s.call("GET", "/refunds?transaction_id="+paid, "", "X-API-KEY", key).json["data"].([]any); len(got) != 0 {
			t.Errorf("others see %v", got)
		}
	}
}

// giver is a scripted provider that gives back whole payments.
type giver struct{ *scripted }

func (p giver) Caps() checkout.Caps {
	c := p.scripted.Caps()
	c.Refunds = checkout.RefundFull
	return c
}

func (giver) Refund(context.Context, checkout.RefundOrder) (checkout.RefundReport, error) {
	return checkout.RefundReport{State: checkout.RefundSucceeded, Ref: "back"}, nil
}

func TestProvidersThatRefundLittleOrNothing(t *testing.T) {
	provider := func(name string) *scripted {
		return &scripted{name: name, method: checkout.Method{ID: name, Name: name, Code: "MOBILE_MONEY", Takes: []checkout.Range{{Currency: checkout.XOF}}},
			next: checkout.Next{Kind: checkout.NextRedirect, URL: "http://provider.example/"}, report: checkout.Report{State: checkout.StatePaid}}
	}
	kit := checkouttest.With(t, checkout.Config{Providers: []checkout.Provider{provider("orange"), giver{provider("wave")}}})
	api, err := New(Config{Service: kit.Service, Clock: kit.Clock})
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, service: kit.Service, api: api, handler: api.Front()}
	s.test = s.key("Boutique", false)
	pay := func(method string) string {
		id := s.create(`{"amount":10000,"currency_code":"XOF"}`)
		started := s.want(http.StatusCreated, s.call("POST", "/checkout-sessions/"+id+"/pay", `{"method":"`+method+`"}`)).json["transaction_id"].(string)
		kit.Clock.Add(6 * time.Second)
		if a, err := s.service.Refresh(t.Context(), id, started); err != nil || a.Status != checkout.AttemptPaid {
			t.Fatalf("%v, %v", a.Status, err)
		}
		return started
	}
	none, whole := pay("orange"), pay("wave")
	for _, c := range []struct{ of, more, code, why string }{
		{none, "", "refund_not_supported", "orange cannot refund"}, {none, `,"amount":5`, "refund_not_supported", "orange cannot refund"},
		{whole, `,"amount":5`, "partial_refund_not_supported", "whole payments only: 10000 XOF"},
	} {
		got := s.want(http.StatusUnprocessableEntity, s.refundOf(c.of, c.more))
		if s.field(got, ""); got.code() != c.code || !strings.Contains(got.json["message"].(string), c.why) {
			t.Errorf("%s", got.body)
		}
	}
	by := s.want(http.StatusCreated, s.refundOf(none, `,"amount":4000,"manual":true,"reference":"cash 7","reason":"returned"`)).json
	if by["status"] != "completed" || by["origin"] != "manual" || by["reference"] != "cash 7" || by["reason"] != "returned" || by["amount"] != 4000.0 {
		t.Errorf("%v", by)
	}
	if got := s.want(http.StatusBadRequest, s.refundOf(none, `,"amount":6001,"manual":true`)); s.field(got, "amount") == "" {
		t.Errorf("%s", got.body)
	}
	s.want(http.StatusCreated, s.refundOf(none, `,"manual":true`)) // what is left
	s.want(http.StatusCreated, s.refundOf(whole, ""))
	for _, id := range []string{none, whole} {
		if got := s.want(http.StatusOK, s.call("GET", "/transactions/"+id, "")).json; got["status"] != "refunded" || got["refunded_amount"] != 10000.0 {
			t.Errorf("%v", got)
		}
		if got := s.want(http.StatusBadRequest, s.refundOf(id, `,"manual":true`)); !strings.Contains(s.field(got, "amount"), "nothing is left") {
			t.Errorf("%s", got.body)
		}
	}
}
