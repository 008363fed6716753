package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// make runs a command that creates and returns the row as JSON.
func (d *developer) make(args ...string) map[string]any {
	d.t.Helper()
	var row map[string]any
	text := d.run(append(args, "--json")...)
	if err := json.Unmarshal([]byte(text), &row); err != nil || strings.Count(text, "\n") != 1 {
		d.t.Fatalf("%v: %v: %q", args, err, text)
	}
	return row
}

func TestCatalogueFromTheCommandLine(t *testing.T) {
	d := newDeveloper(t)
	product := d.make("products", "create", "Bag of rice", "--amount", "10000", "--description", "25 kg", "--metadata", "sku=R25")
	id := product["product_id"].(string)
	price := product["prices"].([]any)[0].(map[string]any)["price_id"].(string)
	open := d.make("prices", "create", "--product", id, "--amount", "800", "--minimum", "500", "--maximum", "900", "--currency", "EUR")
	customer := d.make("customers", "create", "Awa", "--email", "Awa@example.com", "--phone", "00225 07 07 07 07 07")
	coupon := d.make("coupons", "create", "save", "--percent", "12.5", "--max-uses", "3", "--limit", "1", "--per", "customer", "--product", id)
	link := d.make("links", "create", "Rice", "--product", id, "--allow-coupons", "--no-billing", "--max-uses", "2")
	club := d.make("products", "create", "Club", "--amount", "5000", "--interval", "month", "--trial-days", "7", "--on-failure", "pause", "--cycles", "12")
	for _, c := range []struct {
		name string
		row  map[string]any
		want map[string]any
	}{
		{"product", product, map[string]any{"name": "Bag of rice", "description": "25 kg", "metadata": map[string]any{"sku": "R25"}, "product_type": "one_time"}},
		{"price", open, map[string]any{"pricing_model": "pay_what_you_want", "minimum_amount": 500.0, "maximum_amount": 900.0, "amount": 800.0, "currency_code": "EUR"}},
		{"customer", customer, map[string]any{"name": "Awa", "email": "Awa@example.com", "phone_number": "+2250707070707"}},
		{"coupon", coupon, map[string]any{"code": "SAVE", "discount_percentage": 12.5, "max_uses": 3.0, "usage_frequency_limit": "per_customer", "usage_limit_value": 1.0, "scope_type": "specific_products"}},
		{"link", link, map[string]any{"link_type": "product", "product_id": id, "amount": 10000.0, "allow_coupon_code": true, "require_billing_address": false, "max_uses": 2.0}},
		{"recurring product", club, map[string]any{"product_type": "recurring", "trial_enabled": true, "trial_period_days": 7.0, "failed_payment_action": "pause", "cycles": 12.0}},
	} {
		for name, want := range c.want {
			got, _ := json.Marshal(c.row[name])
			if text, _ := json.Marshal(want); string(got) != string(text) {
				t.Errorf("%s: %s is %s, want %s", c.name, name, got, text)
			}
		}
	}
	session := d.call(201, "POST", "/checkout-sessions", `{"price_id":"`+price+`","currency_code":"XOF","quantity":2}`)["id"].(string)
	paid := d.call(201, "POST", "/test/checkout-sessions/"+session+"/pay", "")["transaction_id"].(string)
	refund := d.make("refunds", "create", paid, "--amount", "500", "--reason", "one was torn")
	if refund["amount"] != 500.0 || refund["transaction_id"] != paid || refund["reason"] != "one was torn" {
		t.Errorf("refund: %v", refund)
	}
	for _, c := range []struct {
		kind string
		row  map[string]any
		want []string // in the table
	}{
		{"products", product, []string{"Bag of rice", "10000 XOF, 800 EUR", "Club", "5000 XOF every month"}},
		{"prices", open, []string{price, "pay_what_you_want", "month"}},
		{"customers", customer, []string{"Awa", "+2250707070707"}},
		{"coupons", coupon, []string{"SAVE", "12.5"}},
		{"links", link, []string{"Rice", "10000", "http://"}},
		{"refunds", refund, []string{paid, "500", "merchant"}},
	} {
		id := c.row["id"].(string)
		table := d.run(c.kind, "list")
		for _, want := range append(c.want, "ID ", id) {
			if !strings.Contains(table, want) {
				t.Errorf("%s list lacks %q:\n%s", c.kind, want, table)
			}
		}
		if rows := strings.Count(d.run(c.kind, "list", "--json", "--limit", "1"), "\n"); rows != 1 {
			t.Errorf("%s list --json --limit 1 has %d lines", c.kind, rows)
		}
		if shown := d.run(c.kind, "show", id); !strings.Contains(shown, "ID ") || !strings.Contains(shown, id) {
			t.Errorf("%s show: %s", c.kind, shown)
		}
		if shown := d.make(c.kind, "show", id); shown["id"] != id {
			t.Errorf("%s show --json: %v", c.kind, shown)
		}
		if _, _, err := runIn(d.v, "", c.kind, "show", "nothing"); err == nil || !strings.Contains(err.Error(), "not found") {
			t.Errorf("%s show of nothing: %v", c.kind, err)
		}
	}
	if found := d.run("prices", "list", "--filter", "product_id="+id, "--json"); strings.Count(found, "\n") != 2 {
		t.Errorf("prices of one product: %s", found)
	}
	_, _, err := runIn(d.v, "", "coupons", "create", "bad", "--percent", "ten")
	if err == nil || !strings.Contains(err.Error(), "discount_percentage") {
		t.Errorf("a coupon of ten percent: %v", err)
	}
}
