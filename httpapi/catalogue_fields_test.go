package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// code returns the code of an error.
func (a answer) code() string {
	inner, _ := a.json["error"].(map[string]any)
	code, _ := inner["code"].(string)
	return code
}

// post makes something and returns it.
func (s *shop) post(target, body string) map[string]any {
	s.t.Helper()
	return s.want(http.StatusCreated, s.call("POST", target, body)).json
}

// fieldCase is one field of a request.
type fieldCase struct {
	name   string
	with   string         // more members, such as `"pricing_model":"pay_what_you_want"`
	absent any            // what the answer says when the field is absent
	good   map[string]any // JSON to what the answer says
	bad    []string       // refused with an error that names the field
}

// object returns a JSON object of base, with more in the place of what it names.
func objectOf(base map[string]string, more string) string {
	fields := maps.Clone(base)
	var b strings.Builder
	for name := range base {
		if strings.Contains(more, `"`+name+`":`) {
			delete(fields, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(&b, `%q:%s,`, name, fields[name])
	}
	return "{" + strings.TrimSuffix(b.String()+more, ",") + "}"
}

// walk posts every value of every field to target. within wraps a body and unwrap
// takes the answer apart, if the fields are below another object.
func walk(t *testing.T, s *shop, target string, base map[string]string, cases []fieldCase, prefix string, within func(string) string, unwrap func(map[string]any) map[string]any) {
	for _, c := range cases {
		t.Run(strings.TrimPrefix(target, "/")+"/"+c.name, func(t *testing.T) {
			s := *s
			s.t = t
			post := func(more string) answer { return s.call("POST", target, within(objectOf(base, more))) }
			with := c.with
			if with != "" {
				with += ","
			}
			if _, required := base[c.name]; !required && c.with == "" {
				got := unwrap(s.want(http.StatusCreated, post("")).json)
				if fmt.Sprint(got[c.name]) != fmt.Sprint(c.absent) {
					t.Errorf("absent, it is %v, want %v", got[c.name], c.absent)
				}
			}
			for value, want := range c.good {
				got := unwrap(s.want(http.StatusCreated, post(with+fmt.Sprintf(`%q:%s`, c.name, value))).json)
				if fmt.Sprint(got[c.name]) != fmt.Sprint(want) {
					t.Errorf("%.60s: it is %v, want %v", value, got[c.name], want)
				}
			}
			for _, value := range c.bad {
				got := post(with + fmt.Sprintf(`%q:%s`, c.name, value))
				if message := s.field(got, prefix+c.name); got.status != http.StatusBadRequest || !strings.Contains(message, c.name) {
					t.Errorf("%.60s: status %d, message %q in %s", value, got.status, message, got.body)
				}
			}
		})
	}
}

func same[T any](v T) T { return v }

func longText(n int) string { return `"` + strings.Repeat("x", n) + `"` }

// notTexts are what a text of at most so many bytes refuses.
func notTexts(most int) []string {
	return []string{`7`, `true`, `[]`, `{}`, longText(most + 1), `"a\u0000b"`}
}

var (
	notFlags    = []string{`"yes"`, `1`, `[]`, `{}`}
	notIntegers = []string{`1.5`, `"2"`, `true`, `[]`, `{}`, `1e300`}
	metadata    = fieldCase{"metadata", "", map[string]any{}, map[string]any{
		`{"b":1,"a":{"z":[true,null]}}`: map[string]any{"a": map[string]any{"z": []any{true, nil}}, "b": 1.0}, `{}`: map[string]any{}, `null`: map[string]any{},
	}, []string{`[]`, `"x"`, `7`, `{"k":` + longText(17<<10) + `}`, `{` + strings.TrimSuffix(manyKeys(51), ",") + `}`}}
)

// flagCase is a field that is true or false.
func flagCase(name string, absent bool) fieldCase {
	return fieldCase{name, "", absent, map[string]any{`true`: true, `false`: false, `null`: absent, `""`: absent}, notFlags}
}

// textCase is a field that is a text of at most so many bytes, or null.
func textCase(name string, most int) fieldCase {
	return fieldCase{name, "", nil, map[string]any{`"Café <b>"`: "Café <b>", `""`: nil, `null`: nil, longText(most): strings.Repeat("x", most)}, notTexts(most)}
}

func TestFieldsOfAProduct(t *testing.T) {
	s := newShop(t)
	base := map[string]string{"name": `"T-shirt"`, "prices": `[{"amount":5000,"currency_code":"XOF"}]`}
	monthly := `"product_type":"recurring","prices":[{"amount":5000,"currency_code":"XOF","billing_interval":"month"}]`
	images := strings.TrimSuffix(strings.Repeat(`"https://a.example/i",`, 9), ",")
	walk(t, s, "/products", base, []fieldCase{
		{"name", "", nil, map[string]any{`"Chemise"`: "Chemise", longText(200): strings.Repeat("x", 200)}, append(notTexts(200), `null`, `""`)},
		textCase("description", 5000),
		{"product_type", "", "one_time", map[string]any{`"one_time"`: "one_time", `null`: "one_time"}, []string{`"usage_based"`, `"one-time"`, `7`}},
		{"product_type", `"prices":[{"amount":5000,"currency_code":"XOF","billing_interval":"month"}]`, nil, map[string]any{`"recurring"`: "recurring"}, nil},
		{"images", "", []any{}, map[string]any{`["https://a.example/1","https://a.example/2"]`: []any{"https://a.example/1", "https://a.example/2"}, `"https://a.example/1"`: []any{"https://a.example/1"}, `[]`: []any{}},
			[]string{`7`, `{}`, `[7]`, `["no"]`, `["javascript:alert(1)"]`, `[` + images + `]`, `["https://a.example/` + strings.Repeat("x", 2048) + `"]`}},
		flagCase("is_active", true), flagCase("display_on_storefront", true), metadata,
		{"prices", "", nil, nil, []string{`null`, `[]`, `{}`, `7`, `[7]`, `[` + strings.TrimSuffix(strings.Repeat(`{"amount":5,"currency_code":"XOF"},`, 4), ",") + `]`}},
		{"first_payment_type", monthly, nil, map[string]any{`"initial"`: "initial", `"non_initial"`: "non_initial", `"prorated"`: "prorated", `null`: nil}, []string{`"later"`, `7`}},
		{"failed_payment_action", monthly, nil, map[string]any{`"cancel"`: "cancel", `"pause"`: "pause", `"continue"`: "continue", `""`: nil}, []string{`"stop"`, `7`}},
		{"trial_period_days", monthly, nil, map[string]any{`14`: 14.0, `730`: 730.0, `0`: nil, `null`: nil}, append([]string{`-1`, `731`}, notIntegers...)},
		{"trial_enabled", monthly + `,"trial_period_days":14`, nil, map[string]any{`true`: true, `null`: true}, append([]string{`false`}, notFlags...)},
		{"charge_day", monthly, nil, map[string]any{`1`: 1.0, `28`: 28.0, `null`: nil}, append([]string{`-1`, `29`}, notIntegers...)},
		{"cycles", monthly, nil, map[string]any{`12`: 12.0, `1200`: 1200.0, `0`: nil, `null`: nil}, append([]string{`-1`, `1201`}, notIntegers...)},
	}, "", same, same)
	for more, field := range map[string]string{
		`"cycles":3`: "product_type", `"charge_day":3`: "product_type", `"first_payment_type":"initial"`: "product_type", `"trial_period_days":3`: "product_type",
		`"product_type":"recurring","trial_enabled":true,"prices":[{"amount":1,"currency_code":"XOF","billing_interval":"month"}]`: "trial_period_days",
		`"product_type":"recurring","charge_day":3,"prices":[{"amount":1,"currency_code":"XOF","billing_interval":"week"}]`:        "prices[0].billing_interval",
		`"product_type":"recurring","prices":[{"amount":1,"currency_code":"XOF"}]`:                                                 "prices[0].billing_interval",
		`"prices":[{"amount":1,"currency_code":"XOF"},{"amount":1,"currency_code":"GBP"}]`:                                         "prices[1].currency_code",
		`"prices":[{"amount":1,"currency_code":"XOF"},{"amount":-1,"currency_code":"XOF"}]`:                                        "prices[1].amount",
	} {
		if got := s.want(http.StatusBadRequest, s.call("POST", "/products", objectOf(base, more))); s.field(got, field) == "" || got.code() != "validation_failed" {
			t.Errorf("%s: %s", more, got.body)
		}
	}
}

func TestFieldsOfAPrice(t *testing.T) {
	s := newShop(t)
	base := map[string]string{"amount": `5000`, "currency_code": `"XOF"`}
	open := `"pricing_model":"pay_what_you_want","minimum_amount":1000`
	once := []fieldCase{
		{"amount", "", nil, map[string]any{`1`: 1.0, `1e4`: 10000.0, `9007199254740991`: 9007199254740991.0}, append([]string{`0`, `-1`, `null`, `""`}, notIntegers...)},
		{"amount", open, nil, map[string]any{`null`: 1000.0, `0`: 1000.0, `1000`: 1000.0, `2000`: 2000.0}, append([]string{`999`, `-1`}, notIntegers...)},
		{"currency_code", "", nil, map[string]any{`"XOF"`: "XOF", `"usd"`: "USD", `"Eur"`: "EUR"}, []string{`"GBP"`, `5`, `null`, `""`, `["XOF"]`}},
		{"pricing_model", "", "standard", map[string]any{`"standard"`: "standard", `null`: "standard"}, []string{`"tiered"`, `"volume"`, `7`}},
		{"pricing_model", `"minimum_amount":1`, nil, map[string]any{`"pay_what_you_want"`: "pay_what_you_want"}, nil},
		{"billing_interval", "", nil, map[string]any{`null`: nil, `""`: nil}, []string{`"month"`, `"monthly"`, `7`}},
		{"minimum_amount", "", nil, map[string]any{`null`: nil, `0`: nil}, append([]string{`5`, `-5`}, notIntegers...)},
		{"minimum_amount", `"pricing_model":"pay_what_you_want"`, nil, map[string]any{`1`: 1.0, `5000`: 5000.0}, append([]string{`0`, `-1`, `null`}, notIntegers...)},
		{"maximum_amount", open, nil, map[string]any{`5000`: 5000.0, `null`: nil, `0`: nil}, append([]string{`-1`}, notIntegers...)},
		metadata,
	}
	walk(t, s, "/products", base, append(once, fieldCase{"is_default", "", true, map[string]any{`true`: true, `null`: true}, notFlags}), "prices[0].", func(price string) string {
		return `{"name":"T-shirt","prices":[` + price + `]}`
	}, func(made map[string]any) map[string]any {
		price := made["prices"].([]any)[0].(map[string]any)
		if price["is_default"] != true || price["product_id"] != made["id"] {
			t.Errorf("%v", price)
		}
		return price
	})
	for _, interval := range []string{"day", "week", "bi-weekly", "month", "bi-monthly", "quarterly", "semi-annual", "year"} {
		made := s.post("/products", fmt.Sprintf(`{"name":"Gym","product_type":"recurring","prices":[{"amount":1,"currency_code":"XOF","billing_interval":%q}]}`, interval))
		if got := made["prices"].([]any)[0].(map[string]any)["billing_interval"]; got != interval {
			t.Errorf("billing_interval is %v, want %s", got, interval)
		}
	}
	// Another price of a product, one after the other.
	for _, c := range once {
		product := s.post("/products", `{"name":"T-shirt","prices":[{"amount":1,"currency_code":"XOF"}]}`)["id"].(string)
		for _, value := range c.bad {
			with := strings.TrimPrefix(c.with+fmt.Sprintf(`,%q:%s`, c.name, value), ",")
			got := s.call("POST", "/products/"+product+"/prices", objectOf(base, with))
			if s.field(got, c.name) == "" || got.status != http.StatusBadRequest {
				t.Errorf("%s: %.300s", with, got.body)
			}
		}
	}
	for more, field := range map[string]string{
		open + `,"amount":5000,"maximum_amount":4000`:                   "amount",
		`"product_type":"recurring",` + open + `,"billing_interval":""`: "billing_interval",
	} {
		product := s.post("/products", `{"name":"T-shirt","prices":[{"amount":1,"currency_code":"XOF"}]}`)["id"].(string)
		if field == "billing_interval" {
			product = s.post("/products", `{"name":"Gym","product_type":"recurring","prices":[{"amount":1,"currency_code":"XOF","billing_interval":"day"}]}`)["id"].(string)
		}
		if got := s.want(http.StatusBadRequest, s.call("POST", "/products/"+product+"/prices", objectOf(base, more))); s.field(got, field) == "" {
			t.Errorf("%s: %s", more, got.body)
		}
	}
}

func TestFieldsOfACustomer(t *testing.T) {
	s := newShop(t)
	phone := map[string]any{`"+225 07 07 07 07 07"`: "+2250707070707", `"002250707070707"`: "+2250707070707", `null`: nil, `""`: nil}
	notPhones := []string{`7`, `[]`, `"0707070707"`, `"+12"`, `"+0123456789"`, `"phone"`, `"+1234567890123456"`}
	walk(t, s, "/customers", map[string]string{"name": `"Awa"`}, []fieldCase{
		{"name", "", nil, map[string]any{`"Awa Diop"`: "Awa Diop", longText(500): strings.Repeat("x", 500)}, append(notTexts(500), `null`, `""`)},
		{"email", "", nil, map[string]any{`"Awa@Example.com"`: "Awa@Example.com", `""`: nil, `null`: nil}, append(notTexts(254), `"nobody"`, `"a@"`, `"@b"`, `"a b@c.d"`)},
		{"phone_number", "", nil, phone, notPhones}, {"whatsapp_number", "", nil, phone, notPhones},
		textCase("address", 500), textCase("city", 500), textCase("postal_code", 500), textCase("country", 500),
		flagCase("is_business", false), metadata,
	}, "", same, same)
	id := s.post("/customers", `{"name":"Awa","email":"a@b.example","phone_number":"+2250707070707","city":"Dakar","metadata":{"k":1},"is_business":true}`)["id"].(string)
	got := s.want(http.StatusOK, s.call("PATCH", "/customers/"+id, `{"email":null,"phone_number":"","city":null,"metadata":null,"is_business":null,"country":"SN"}`)).json
	for name, want := range map[string]any{"name": "Awa", "email": nil, "phone_number": nil, "city": nil, "metadata": map[string]any{}, "is_business": true, "country": "SN", "id": id} {
		if fmt.Sprint(got[name]) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	for body, field := range map[string]string{`{"name":null}`: "name", `{"name":""}`: "name", `{"email":"x"}`: "email", `{"phone_number":"x"}`: "phone_number", `{"is_business":1}`: "is_business", `{"metadata":[]}`: "metadata"} {
		if got := s.want(http.StatusBadRequest, s.call("PATCH", "/customers/"+id, body)); s.field(got, field) == "" {
			t.Errorf("%s: %s", body, got.body)
		}
	}
	if again := s.want(http.StatusOK, s.call("GET", "/customers/"+id, "")); fmt.Sprint(again.json) != fmt.Sprint(got) {
		t.Errorf("%s, PATCH said %v", again.body, got)
	}
}

// TestWhoPaidWithoutANameCanBeChanged is about customers who made themselves, by
// paying.
func TestWhoPaidWithoutANameCanBeChanged(t *testing.T) {
	s := newShop(t)
	s.pay(s.create(`{"amount":10,"currency_code":"XOF","customer_email":"awa@example.com"}`), "")
	made := s.want(http.StatusOK, s.call("GET", "/customers", "")).json["customers"].([]any)[0].(map[string]any)
	if made["name"] != "awa@example.com" {
		t.Fatalf("%v", made)
	}
	path := "/customers/" + made["id"].(string)
	got := s.want(http.StatusOK, s.call("PATCH", path, `{"city":"Dakar","email":"awa@b.example"}`)).json
	if got["city"] != "Dakar" || got["name"] != "awa@b.example" {
		t.Errorf("%v", got)
	}
	if got := s.want(http.StatusOK, s.call("PATCH", path, `{"name":"Awa"}`)).json; got["name"] != "Awa" {
		t.Errorf("%v", got)
	}
	s.want(http.StatusBadRequest, s.call("PATCH", path, `{"name":""}`)) // it has one now
}

func TestFieldsOfACoupon(t *testing.T) {
	s := newShop(t)
	n := 0
	price := s.product("T-shirt", francs(100))
	base := map[string]string{"code": `"%code"`, "discount_percentage": `10`}
	number := func(name string) fieldCase {
		return fieldCase{name, "", nil, map[string]any{`1`: 1.0, `9007199254740991`: 9007199254740991.0, `null`: nil}, append([]string{`0`, `-1`}, notIntegers...)}
	}
	fixed := `"discount_percentage":null,"discount_type":"fixed"`
	walk(t, s, "/discount-coupons", base, []fieldCase{
		{"code", "", nil, map[string]any{`"welcome-10"`: "WELCOME-10", `" été "`: "ÉTÉ", `"50%?#"`: "50%?#", longText(64): strings.Repeat("X", 64)}, append(notTexts(64), `null`, `""`, `" "`, `"a b"`, `"a\tb"`, `"a/b"`)},
		textCase("description", 5000), flagCase("is_active", true),
		{"discount_type", "", "percentage", map[string]any{`"percentage"`: "percentage", `null`: "percentage"}, []string{`"percent"`, `7`, `"fixed"`}},
		// A percentage is a JSON number: one that is a text is refused, as any number.
		{"discount_percentage", "", nil, map[string]any{`12.5`: 12.5, `0.01`: 0.01, `100`: 100.0, `33.33`: 33.33, `20.00`: 20.0, `7.250`: 7.25},
			[]string{`12.345`, `0`, `0.00`, `101`, `100.01`, `-5`, `"10"`, `1e1`, `true`, `[]`, `{}`, `null`, `""`, `0.001`, `99999999999999999999`}},
		{"discount_fixed_amount", fixed, nil, map[string]any{`500`: 500.0, `9007199254740991`: 9007199254740991.0}, append([]string{`0`, `-1`, `null`}, notIntegers...)},
		{"currency_code", fixed + `,"discount_fixed_amount":5`, nil, map[string]any{`"eur"`: "EUR", `null`: nil}, []string{`"GBP"`, `7`}},
		{"currency_code", "", nil, map[string]any{`null`: nil}, []string{`"XOF"`, `"GBP"`}},
		number("max_uses"), number("max_quantity_per_use"),
		{"usage_limit_value", "", nil, map[string]any{`null`: nil}, append([]string{`0`, `-1`, `5`}, notIntegers...)},
		{"usage_limit_value", `"usage_frequency_limit":"per_day"`, nil, map[string]any{`5`: 5.0}, []string{`0`, `null`, `"5"`}},
		{"usage_frequency_limit", "", "total", map[string]any{`"total"`: "total", `null`: "total"}, []string{`"hourly"`, `7`}},
		{"usage_frequency_limit", `"usage_limit_value":1`, "total", map[string]any{`"per_customer"`: "per_customer", `"per_customer_per_product"`: "per_customer_per_product", `"per_day"`: "per_day", `"per_week"`: "per_week", `"per_month"`: "per_month"}, []string{`"hourly"`}},
		{"valid_from", "", nil, map[string]any{`"2026-03-02T00:00:00+01:00"`: "2026-03-01T23:00:00.000Z", `null`: nil}, []string{`"tomorrow"`, `1772359200`, `"2026-13-01T00:00:00Z"`}},
		{"expires_at", `"valid_from":"2026-03-02T00:00:00Z"`, nil, map[string]any{`"2026-03-03T00:00:00Z"`: "2026-03-03T00:00:00.000Z", `null`: nil}, []string{`"2026-03-02T00:00:00Z"`, `"2026-03-01T00:00:00Z"`, `"x"`, `7`}},
		{"customer_type", "", "all", map[string]any{`"all"`: "all", `"new"`: "new", `"returning"`: "returning", `"existing"`: "returning", `null`: "all"}, []string{`"old"`, `7`}},
		{"scope_type", "", "organization_wide", map[string]any{`"organization_wide"`: "organization_wide", `null`: "organization_wide"}, []string{`"some"`, `7`}},
		{"scope_type", `"product_ids":["` + price.ProductID + `"]`, nil, map[string]any{`"specific_products"`: "specific_products"}, []string{`null`, `"organization_wide"`}},
		{"product_ids", `"scope_type":"specific_products"`, nil, map[string]any{`["` + price.ProductID + `"]`: []any{price.ProductID}}, []string{`null`, `[]`, `7`, `[7]`}},
		{"price_ids", `"scope_type":"specific_prices"`, nil, map[string]any{`["` + price.ID + `"]`: []any{price.ID}}, []string{`null`, `[]`, `7`, `[7]`}},
	}, "", func(body string) string {
		n++
		return strings.Replace(body, "%code", fmt.Sprint("c", n), 1)
	}, same)
	taken := s.call("POST", "/discount-coupons", `{"code":"Welcome-10","discount_percentage":5}`)
	if s.field(taken, "code") == "" || taken.status != http.StatusBadRequest {
		t.Errorf("%s", taken.body)
	}
	s.want(http.StatusCreated, s.call("POST", "/discount-coupons", `{"code":"Welcome-10","discount_percentage":5}`, "X-API-KEY", s.live))
	id := s.post("/discount-coupons", `{"code":"patched","discount_type":"fixed","discount_fixed_amount":5,"description":"d","max_uses":3,"expires_at":"2026-04-01T00:00:00Z"}`)["id"].(string)
	got := s.want(http.StatusOK, s.call("PATCH", "/discount-coupons/"+id, `{"description":"","max_uses":null,"expires_at":null,"is_active":false}`)).json
	for name, want := range map[string]any{"description": nil, "max_uses": nil, "expires_at": nil, "is_active": false, "discount_fixed_amount": 5.0, "code": "PATCHED"} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	for field, value := range map[string]string{
		"code": `"x"`, "discount_type": `"percentage"`, "discount_percentage": `5`, "discount_fixed_amount": `6`, "customer_type": `"new"`, "usage_frequency_limit": `"per_day"`,
		"usage_limit_value": `2`, "scope_type": `"specific_products"`, "product_ids": `[]`, "price_ids": `[]`, "max_quantity_per_use": `2`, "valid_from": `"2026-04-01T00:00:00Z"`,
		"currency_code": `"XOF"`, "max_uses": `0`, "is_active": `"no"`, "expires_at": `"soon"`, "description": `7`,
	} {
		if got := s.want(http.StatusBadRequest, s.call("PATCH", "/discount-coupons/"+id, fmt.Sprintf(`{%q:%s}`, field, value))); s.field(got, field) == "" {
			t.Errorf("%s: %s", field, got.body)
		}
	}
}

func TestFieldsOfAPaymentLink(t *testing.T) {
	s := newShop(t)
	base := map[string]string{"link_type": `"instant"`, "title": `"Gift"`, "amount": `5000`, "currency_code": `"XOF"`}
	price := s.product("T-shirt", francs(100))
	urls := fieldCase{"success_url", "", nil, map[string]any{`"https://a.example/{CHECKOUT_SESSION_ID}"`: "https://a.example/{CHECKOUT_SESSION_ID}", `null`: nil}, append(notTexts(2048), `"/relative"`, `"ftp://a.example"`)}
	cancels := urls
	cancels.name = "cancel_url"
	sells := `"link_type":"product","amount":null`
	walk(t, s, "/payment-links", base, []fieldCase{
		{"link_type", "", nil, map[string]any{`"instant"`: "instant"}, []string{`null`, `"open"`, `7`}},
		{"link_type", `"amount":null,"product_id":"` + price.ProductID + `"`, nil, map[string]any{`"product"`: "product"}, nil},
		{"title", "", nil, map[string]any{`"Cadeau"`: "Cadeau"}, append(notTexts(500), `null`, `""`)},
		textCase("description", 5000), urls, cancels, metadata,
		{"amount", "", nil, map[string]any{`1`: 1.0, `1e4`: 10000.0}, append([]string{`0`, `-1`, `null`}, notIntegers...)},
		{"amount", `"link_type":"product","product_id":"` + price.ProductID + `"`, nil, map[string]any{`null`: 100.0}, []string{`100`, `-1`}},
		{"currency_code", "", nil, map[string]any{`"eur"`: "EUR"}, []string{`"GBP"`, `null`, `7`}},
		{"product_id", sells, nil, map[string]any{`"` + price.ProductID + `"`: price.ProductID}, []string{`null`, `7`, `[]`}},
		{"price_id", sells, nil, map[string]any{`"` + price.ID + `"`: price.ID}, []string{`7`, `[]`}},
		{"product_id", "", nil, map[string]any{`null`: nil}, []string{`"` + price.ProductID + `"`}},
		flagCase("allow_quantity", false), flagCase("allow_coupon_code", false), flagCase("require_billing_address", true),
		flagCase("require_name", true), flagCase("require_email", true), flagCase("require_phone", false),
		{"expires_at", "", nil, map[string]any{`"2027-01-01T00:00:00Z"`: "2027-01-01T00:00:00.000Z", `null`: nil}, []string{`"x"`, `7`}},
		{"max_uses", "", nil, map[string]any{`1`: 1.0, `null`: nil}, append([]string{`0`, `-1`}, notIntegers...)},
	}, "", same, same)
	got := s.want(http.StatusBadRequest, s.call("POST", "/payment-links", objectOf(base, `"amount":10.5`)))
	if details := got.json["error"].(map[string]any)["details"].([]any); len(details) != 1 {
		t.Errorf("%s", got.body)
	}
	made := s.post("/payment-links", objectOf(base, `"description":"d","success_url":"https://a.example","cancel_url":"https://a.example","metadata":{"k":1},"expires_at":"2027-01-01T00:00:00Z","max_uses":3,"allow_quantity":true`))
	path := "/payment-links/" + made["id"].(string)
	if made["url"] != "http://example.com/"+made["id"].(string) || made["link_id"] != made["id"] || made["uses"] != 0.0 || made["is_active"] != true {
		t.Errorf("%v", made)
	}
	changed := s.want(http.StatusOK, s.call("PATCH", path, `{"description":null,"success_url":"","cancel_url":null,"metadata":null,"expires_at":null,"max_uses":null,"allow_quantity":null,"is_active":false,"amount":7,"title":"Other"}`)).json
	for name, want := range map[string]any{"description": nil, "success_url": nil, "cancel_url": nil, "expires_at": nil, "max_uses": nil, "allow_quantity": true, "is_active": false, "amount": 7.0, "title": "Other", "currency_code": "XOF"} {
		if changed[name] != want {
			t.Errorf("%s is %v, want %v", name, changed[name], want)
		}
	}
	for field, value := range map[string]string{"link_type": `"product"`, "currency_code": `"EUR"`, "title": `null`, "amount": `null`, "max_uses": `0`, "success_url": `"x"`, "is_active": `1`, "product_id": `"` + price.ProductID + `"`} {
		if got := s.want(http.StatusBadRequest, s.call("PATCH", path, fmt.Sprintf(`{%q:%s}`, field, value))); s.field(got, field) == "" {
			t.Errorf("%s: %s", field, got.body)
		}
	}
}

func TestProductsAndPricesAreChanged(t *testing.T) {
	s := newShop(t)
	made := s.post("/products", `{"name":"T-shirt","description":"d","images":["https://a.example/i"],"metadata":{"k":1},"prices":[{"amount":5,"currency_code":"XOF"},{"amount":6,"currency_code":"XOF","is_default":true,"metadata":{"k":1}}]}`)
	path, prices := "/products/"+made["id"].(string), made["prices"].([]any)
	first, second := prices[0].(map[string]any), prices[1].(map[string]any)
	if first["is_default"] != false || second["is_default"] != true || second["amount"] != 6.0 || made["product_id"] != made["id"] || first["price_id"] != first["id"] {
		t.Fatalf("%v", made)
	}
	got := s.want(http.StatusOK, s.call("PATCH", path, `{"description":null,"images":null,"metadata":"","display_on_storefront":false,"is_active":null}`)).json
	for name, want := range map[string]any{"name": "T-shirt", "description": nil, "images": []any{}, "metadata": map[string]any{}, "display_on_storefront": false, "is_active": true} {
		if fmt.Sprint(got[name]) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	for field, value := range map[string]string{
		"name": `null`, "description": `7`, "images": `["x"]`, "metadata": `[]`, "is_active": `1`, "display_on_storefront": `"x"`, "product_type": `"recurring"`, "prices": `[]`,
		"first_payment_type": `"initial"`, "trial_enabled": `true`, "trial_period_days": `3`, "charge_day": `3`, "failed_payment_action": `"pause"`, "cycles": `3`,
	} {
		if got := s.want(http.StatusBadRequest, s.call("PATCH", path, fmt.Sprintf(`{%q:%s}`, field, value))); s.field(got, field) == "" {
			t.Errorf("%s: %s", field, got.body)
		}
	}
	price := path + "/prices/" + second["id"].(string)
	for field, value := range map[string]string{"amount": `7`, "currency_code": `"EUR"`, "billing_interval": `"day"`, "pricing_model": `"standard"`, "minimum_amount": `1`, "maximum_amount": `1`, "is_active": `"x"`, "metadata": `7`} {
		if got := s.want(http.StatusBadRequest, s.call("PATCH", price, fmt.Sprintf(`{%q:%s}`, field, value))); s.field(got, field) == "" {
			t.Errorf("%s: %s", field, got.body)
		}
	}
	if got := s.want(http.StatusOK, s.call("PATCH", price, `{"is_active":false,"metadata":null}`)).json; got["is_active"] != false || len(got["metadata"].(map[string]any)) != 0 || got["amount"] != 6.0 {
		t.Errorf("%v", got)
	}
	got = s.want(http.StatusOK, s.call("POST", path+"/prices/"+first["id"].(string)+"/set-default", "")).json
	if prices := got["prices"].([]any); prices[0].(map[string]any)["is_default"] != true || prices[1].(map[string]any)["is_default"] != false {
		t.Errorf("%v", got)
	}
	s.want(http.StatusNotFound, s.call("POST", price+"/set-default", "")) // it is not active
	for range 2 {                                                         // with the first one
		s.post(path+"/prices", `{"amount":7,"currency_code":"XOF"}`)
	}
	for _, got := range []answer{s.call("POST", path+"/prices", `{"amount":8,"currency_code":"XOF"}`), s.call("PATCH", price, `{"is_active":true}`)} {
		if got.status != http.StatusConflict || got.code() != "conflict" {
			t.Errorf("%s", got.body)
		}
	}
	s.want(http.StatusOK, s.call("PATCH", path+"/prices/"+first["id"].(string), `{"is_active":false}`))
	added := s.post(path+"/prices", `{"amount":8,"currency_code":"EUR","is_default":true}`)
	if added["is_default"] != true || added["product_id"] != made["id"] {
		t.Errorf("%v", added)
	}
	if got := s.want(http.StatusOK, s.call("GET", "/prices/"+added["id"].(string), "")).json; fmt.Sprint(got) != fmt.Sprint(added) {
		t.Errorf("%v, made was %v", got, added)
	}
}
