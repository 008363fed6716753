package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func TestExamplesOfTheSpecification(t *testing.T) {
	s := newShop(t)
	created := s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", example)).json
	id := created["id"].(string)
	want := map[string]any{
		"checkout_url": "http://example.com/" + id, "status": "open", "amount": 10000.0, "currency_code": "XOF",
		"title": "Order #12345", "customer_email": "customer@example.com",
		"expires_at": "2026-03-01T10:00:00.000Z", "created_at": "2026-03-01T09:00:00.000Z",
		// more fields
		"checkout_session_id": id, "url": "http://example.com/" + id, "description": "Payment for items in cart",
		"customer_id": nil, "product_id": nil, "transaction_id": nil, "quantity": 1.0, "allow_quantity": false,
		"allow_coupon_code": false, "require_billing_address": true, "environment": "test",
		"success_url": "https://your-site.com/success", "cancel_url": "https://your-site.com/cancel",
		"integration_source": "system", "is_pos": false, "is_spi": false,
	}
	for name, value := range want {
		if got, ok := created[name]; !ok || got != value {
			t.Errorf("%s is %v, want %v", name, got, value)
		}
	}
	if got := created["metadata"].(map[string]any)["order_id"]; got != "ORD-12345" {
		t.Errorf("metadata.order_id is %v", got)
	}
	one := s.want(http.StatusOK, s.call("GET", "/checkout-sessions/"+id, ""))
	list := s.want(http.StatusOK, s.call("GET", "/checkout-sessions?status=open&limit=20", ""))
	if got, want := string(list.body), "["+strings.TrimSpace(string(one.body))+"]\n"; got != want {
		t.Errorf("list is %s, want %s", got, want)
	}
	for name, value := range created {
		if fmt.Sprint(one.json[name]) != fmt.Sprint(value) {
			t.Errorf("GET says %s is %v, POST said %v", name, one.json[name], value)
		}
	}
}

// TestFieldsOfASession walks every field: its type, its default, what it makes
// of good values, and which are refused with an error that names it.
func TestFieldsOfASession(t *testing.T) {
	s := newShop(t)
	long := func(n int) string { return `"` + strings.Repeat("x", n) + `"` }
	texts := func(most int) []string { return []string{`7`, `true`, `[]`, `{}`, long(most + 1), `"a\u0000b"`} }
	flags := []string{`"yes"`, `1`, `[]`, `{}`}
	product, link := s.product("T-shirt", francs(10000)), s.link(checkout.Link{Type: checkout.LinkInstant, Title: "Gift", Amount: 500, Currency: checkout.XOF})
	customer := s.want(http.StatusCreated, s.call("POST", "/customers", `{"name":"Awa"}`)).json["id"].(string)
	subscription := s.subscriber("awa@example.com")
	for _, c := range []struct {
		name   string
		absent any            // what the answer says when the field is absent
		good   map[string]any // JSON to what the answer says
		bad    []string
	}{
		{"amount", nil, map[string]any{`1`: 1.0, `10000.0`: 10000.0, `1e4`: 10000.0, `12.50e2`: 1250.0, `9007199254740991`: 9007199254740991.0},
			[]string{`10.5`, `-1`, `0`, `-0`, `NaN`, `"10000"`, `9007199254740992`, `1e400`, `1e-1`, `99999999999999999999`, `true`, `[1]`, `{}`, `null`, `""`, `Infinity`, `01`, `+1`, `1.`}},
		{"currency_code", nil, map[string]any{`"XOF"`: "XOF", `"usd"`: "USD", `"Eur"`: "EUR"}, []string{`"GBP"`, `"XO"`, `5`, `null`, `""`, `["XOF"]`}},
		{"title", nil, map[string]any{`"Café <b>"`: "Café <b>", `""`: nil, `null`: nil}, texts(500)},
		{"description", nil, map[string]any{`"two\nlines"`: "two\nlines"}, texts(5000)},
		{"customer_email", nil, map[string]any{`"a@b.example"`: "a@b.example", `""`: nil}, append(texts(254), `"nobody"`, `"a b@c"`, `"@b"`, `"a@"`, `"a@b@c"`)},
		{"customer_name", nil, map[string]any{`"Awa"`: "Awa"}, texts(500)},
		{"customer_phone", nil, map[string]any{`"+221 77 000 00 00"`: "+221 77 000 00 00"}, texts(500)},
		{"customer_city", nil, map[string]any{`"Dakar"`: "Dakar", `""`: nil}, texts(500)},
		{"customer_country", nil, map[string]any{`"SN"`: "SN"}, texts(500)},
		{"customer_address", nil, map[string]any{`"Rue 1"`: "Rue 1"}, texts(500)},
		{"customer_postal_code", nil, map[string]any{`"10000"`: "10000"}, texts(500)},
		{"quantity", 1.0, map[string]any{`2`: 2.0, `3.0`: 3.0, `null`: 1.0}, []string{`0`, `-1`, `1.5`, `"2"`, `true`, `1000001`, `1e300`}},
		{"allow_quantity", false, map[string]any{`true`: true, `null`: false}, flags},
		{"allow_coupon_code", false, map[string]any{`true`: true}, flags},
		{"require_billing_address", true, map[string]any{`false`: false, `null`: true, `""`: true}, flags},
		{"require_name", true, map[string]any{`false`: false}, flags},
		{"require_email", true, map[string]any{`false`: false}, flags},
		{"require_phone", false, map[string]any{`true`: true}, flags},
		{"success_url", nil, map[string]any{`"https://a.example/x?s={CHECKOUT_SESSION_ID}#f"`: "https://a.example/x?s={CHECKOUT_SESSION_ID}#f", `"http://localhost:3000"`: "http://localhost:3000"},
			append(texts(2048), `"/relative"`, `"ftp://a.example"`, `"javascript:alert(1)"`, `"https://"`, `"https://a b"`, `"//a.example"`, `"https://a.example/\r\nX: y"`, `"https://:80/"`, `"https://a:99999/"`, `"https://a:0/"`)},
		{"cancel_url", nil, map[string]any{`"https://a.example/c"`: "https://a.example/c"}, append(texts(2048), `"cancel"`)},
		{"client_reference_id", nil, map[string]any{`"order 7"`: "order 7"}, texts(200)},
		{"integration_source", "system", map[string]any{`"woocommerce"`: "woocommerce", `"anything"`: "anything"}, texts(200)},
		{"metadata", map[string]any{}, map[string]any{
			`{"b":1,"a":{"z":[true,null],"y":"é"}}`: map[string]any{"a": map[string]any{"y": "é", "z": []any{true, nil}}, "b": 1.0},
			`{}`:                                    map[string]any{},
		}, []string{`[]`, `"x"`, `7`, `{"k":` + long(17<<10) + `}`, `{` + strings.TrimSuffix(strings.Repeat(`"k`, 0)+manyKeys(51), ",") + `}`}},
		{"expires_in", nil, map[string]any{`60`: nil, `2592000`: nil}, []string{`59`, `2592001`, `"60"`, `60.5`, `-1`}},
		{"expires_at", "2026-03-01T10:00:00.000Z", map[string]any{`"2026-03-01T12:00:00+02:00"`: "2026-03-01T10:00:00.000Z", `"2026-03-31T09:00:00.0007Z"`: "2026-03-31T09:00:00.000Z"},
			[]string{`"2026-03-01T09:00:59Z"`, `"2026-03-31T09:00:01Z"`, `"tomorrow"`, `1772359200`, `"2026-13-01T00:00:00Z"`}},
		{"product_id", nil, map[string]any{`""`: nil, `"` + product.ProductID + `"`: product.ProductID}, []string{`7`, `[]`, `{}`, `true`}},
		{"price_id", nil, map[string]any{`null`: nil, `"` + product.ID + `"`: product.ID}, []string{`7`, `[]`, `{}`, `true`}},
		{"customer_id", nil, map[string]any{`""`: nil, `"` + customer + `"`: customer}, []string{`7`, `[]`, `{}`, `true`}},
		{"subscription_id", nil, map[string]any{`""`: nil, `"` + subscription + `"`: subscription}, []string{`7`, `[]`, `{}`, `true`}},
		{"payment_link_id", nil, map[string]any{`""`: nil, `"` + link.ID + `"`: link.ID}, []string{`7`, `[]`, `{}`, `true`}},
		{"fee_amount", 0.0, map[string]any{`0`: 0.0, `1500`: 1500.0, `null`: 0.0}, []string{`-1`, `1.5`, `"5"`, `true`, `9007199254740992`, `9007199254740991`}},
		{"exclusive", false, map[string]any{`false`: false, `null`: false}, flags},
		{"line_items", nil, map[string]any{`[]`: nil, `[ ]`: nil, `null`: nil}, []string{`7`, `"x"`, `{}`, `[7]`, `[[]]`, `[{},7]`, `[{}]`, `[{"name":"a"}]`,
			`[{"unit_amount":5}]`, `[{"name":"a","unit_amount":0}]`, `[{"name":"a","unit_amount":-5}]`, `[{"name":7,"unit_amount":5}]`, `[{"name":"a","unit_amount":"5"}]`,
			`[{"name":"a","unit_amount":5,"quantity":0}]`, `[{"name":"a","unit_amount":5,"quantity":1.5}]`, `[{"name":"a","unit_amount":5,"quantity":1000001}]`,
			`[{"price_id":"price_1","unit_amount":5}]`, `[{"price_id":7}]`, `[{"name":` + long(501) + `,"unit_amount":5}]`, `[` + strings.TrimSuffix(strings.Repeat(`{"name":"a","unit_amount":5},`, 101), ",") + `]`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := *s
			s.t = t
			request := func(value string) string {
				fields := map[string]json.RawMessage{"amount": []byte("10000"), "currency_code": []byte(`"XOF"`)}
				var b strings.Builder
				for _, name := range []string{"amount", "currency_code"} {
					if name != c.name {
						fmt.Fprintf(&b, `%q:%s,`, name, fields[name])
					}
				}
				return fmt.Sprintf(`{%s%q:%s}`, b.String(), c.name, value)
			}
			if c.name != "amount" && c.name != "currency_code" && c.name != "expires_in" && c.name != "line_items" {
				got := s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", plain)).json
				if fmt.Sprint(got[c.name]) != fmt.Sprint(c.absent) {
					t.Errorf("absent, it is %v, want %v", got[c.name], c.absent)
				}
			}
			for value, want := range c.good {
				got := s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", request(value))).json
				if fmt.Sprint(got[c.name]) != fmt.Sprint(want) {
					t.Errorf("%s: it is %v, want %v", value, got[c.name], want)
				}
			}
			for _, value := range c.bad {
				got := s.call("POST", "/checkout-sessions", request(value))
				message := s.field(got, c.name)
				if c.name == "line_items" && message == "" { // what is wrong is named below it
					message = fmt.Sprint(got.json["error"].(map[string]any)["details"].([]any)[0])
				}
				if got.status != http.StatusBadRequest || !strings.HasPrefix(message, c.name) {
					t.Errorf("%.40s: status %d, message %q in %s", value, got.status, message, got.body)
				}
			}
		})
	}
	for name, id := range map[string]string{"product_id": "prod_1", "price_id": "price_1", "customer_id": "cus_1", "subscription_id": "sub_1", "payment_link_id": "plink_1"} {
		for _, id := range []string{id, "x", strings.Repeat("x", 1000), "a'b/../%00"} {
			got := s.want(http.StatusNotFound, s.call("POST", "/checkout-sessions", fmt.Sprintf(`{"amount":10000,"currency_code":"XOF",%q:%q}`, name, id)))
			if s.field(got, ""); !strings.Contains(got.json["message"].(string), id+" not found or access denied") {
				t.Errorf("%s: %s", name, got.body)
			}
		}
	}
	got := s.want(http.StatusNotFound, s.call("POST", "/checkout-sessions", `{"currency_code":"XOF","line_items":[{"price_id":"price_1"}]}`))
	if got.json["message"] != "Price with ID price_1 not found or access denied" {
		t.Errorf("%s", got.body)
	}
	if n := len(s.list("/checkout-sessions?client_reference_id=order%207")); n != 1 {
		t.Errorf("%d sessions with the reference, want 1", n)
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"k%d":1,`, i)
	}
	return b.String()
}

func TestRequiredFieldsAreAllNamedAtOnce(t *testing.T) {
	s := newShop(t)
	for _, body := range []string{"", "{}", `{"amount":null,"currency_code":""}`} {
		got := s.want(http.StatusBadRequest, s.call("POST", "/checkout-sessions", body))
		if s.field(got, "amount") != "amount is required" || s.field(got, "currency_code") != "currency_code is required" {
			t.Errorf("%q: %s", body, got.body)
		}
		details := got.json["error"].(map[string]any)["details"].([]any)
		if len(details) != 2 || got.json["message"] != "Validation failed" {
			t.Errorf("%q: %s", body, got.body)
		}
	}
}

func TestOldSpellingOfCurrencyCounts(t *testing.T) {
	s := newShop(t)
	s.create(`{"amount":1,"currency":"eur"}`)
	got := s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", `{"amount":1,"currency":"eur","currency_code":"XOF"}`))
	if got.json["currency_code"] != "XOF" {
		t.Errorf("currency_code is %v", got.json["currency_code"])
	}
}

func TestUnknownFieldsAreIgnored(t *testing.T) {
	s := newShop(t)
	s.create(`{"amount":1,"currency_code":"XOF","merchant_id":"m","fields":[{"key":"x"}],"anything":{"deep":[1]}}`)
}

func TestExpiryIsExactWithoutASweep(t *testing.T) {
	s := newShop(t)
	id := s.create(`{"amount":1,"currency_code":"XOF","expires_in":60}`)
	other := s.create(plain)
	for _, c := range []struct {
		after  time.Duration
		status string
		open   []string
	}{
		{60*time.Second - time.Millisecond, "open", []string{other, id}},
		{60 * time.Second, "expired", []string{other}},
		{60*time.Second + time.Millisecond, "expired", []string{other}},
	} {
		s.now.Set(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).Add(c.after))
		got := s.want(http.StatusOK, s.call("GET", "/checkout-sessions/"+id, ""))
		if got.json["status"] != c.status {
			t.Errorf("after %v it is %v, want %s", c.after, got.json["status"], c.status)
		}
		open, expired := s.list("/checkout-sessions?status=open"), s.list("/checkout-sessions?status=expired")
		slices.Sort(open)
		slices.Sort(c.open)
		if !slices.Equal(open, c.open) || len(open)+len(expired) != 2 {
			t.Errorf("after %v open are %v and expired %v", c.after, open, expired)
		}
	}
}

func TestExpireEndsASessionOnce(t *testing.T) {
	s := newShop(t)
	id := s.create(plain)
	for range 2 {
		got := s.want(http.StatusOK, s.call("POST", "/checkout-sessions/"+id+"/expire", ""))
		if got.json["status"] != "expired" {
			t.Errorf("status is %v", got.json["status"])
		}
	}
	got := s.want(http.StatusConflict, s.call("POST", "/test/checkout-sessions/"+id+"/pay", ""))
	if code := got.json["error"].(map[string]any)["code"]; code != "session_not_open" {
		t.Errorf("code is %v", code)
	}
	paid := s.create(plain)
	s.want(http.StatusCreated, s.call("POST", "/test/checkout-sessions/"+paid+"/pay", ""))
	s.want(http.StatusConflict, s.call("POST", "/checkout-sessions/"+paid+"/expire", ""))
}

func TestPagesOfAListJoinUp(t *testing.T) {
	s := newShop(t)
	var want []string
	for range 7 {
		want = append([]string{s.create(plain)}, want...)
		s.now.Add(time.Second)
	}
	for _, first := range []string{"/checkout-sessions?limit=3", "/v1/checkout_sessions/?limit=3&status=open&created[gte]=2026-03-01"} {
		var got []string
		var last string
		for target := first; target != ""; {
			page := s.want(http.StatusOK, s.call("GET", target, ""))
			got = append(got, s.list(target)...)
			last, target = target, rel(t, page.header.Get("Link"), "next")
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: forward %v, want %v", first, got, want)
		}
		got = s.list(last)
		for target := rel(t, s.call("GET", last, "").header.Get("Link"), "prev"); target != ""; {
			got = append(s.list(target), got...)
			target = rel(t, s.call("GET", target, "").header.Get("Link"), "prev")
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: backward %v, want %v", first, got, want)
		}
	}
	if got := s.list("/checkout-sessions?limit=2&offset=3"); !slices.Equal(got, want[3:5]) {
		t.Errorf("offset 3: %v, want %v", got, want[3:5])
	}
}

// rel returns the target of a link, "" if there is none of that relation.
func rel(t *testing.T, link, name string) string {
	t.Helper()
	for part := range strings.SplitSeq(link, ", ") {
		if target, ok := strings.CutSuffix(part, `>; rel="`+name+`"`); ok {
			u, err := url.Parse(strings.TrimPrefix(target, "<"))
			if err != nil {
				t.Fatal(err)
			}
			return u.RequestURI()
		}
	}
	return ""
}

func TestFiltersOfAList(t *testing.T) {
	s := newShop(t)
	a := s.create(`{"amount":1,"currency_code":"XOF","customer_email":"Awa@Example.com","metadata":{"order":"7","n":12,"ok":true}}`)
	s.now.Add(1500 * time.Millisecond)
	b := s.create(`{"amount":2,"currency_code":"XOF","client_reference_id":"R7","metadata":{"order":"8"}}`)
	s.now.Add(time.Hour)
	c := s.create(`{"amount":3,"currency_code":"EUR","client_reference_id":"R7"}`)
	s.want(http.StatusCreated, s.call("POST", "/test/checkout-sessions/"+c+"/pay", ""))
	for target, want := range map[string][]string{
		"":                                              {c, b, a},
		"status=":                                       {c, b, a},
		"status=completed":                              {c},
		"status=expired":                                {b, a},
		"status=open":                                   nil,
		"customer_email=awa%40example.COM":              {a},
		"client_reference_id=R7":                        {c, b},
		"client_reference_id=r7":                        nil,
		"client_reference_id=R7&status=expired":         {b},
		"metadata[order]=7":                             {a},
		"metadata[order]=7&metadata[n]=12":              {a},
		"metadata[ok]=true":                             {a},
		"metadata[order]=9":                             nil,
		"created[gte]=2026-03-01T09:00:01.5Z":           {c, b},
		"created[gt]=2026-03-01T09:00:01.5Z":            {c},
		"created[lte]=2026-03-01T09:00:01.5Z":           {b, a},
		"created[lt]=2026-03-01T09:00:01.5Z":            {a},
		"created[gt]=1772355601&created[lt]=1772355602": {b},
		"limit=1&offset=1":                              {b},
		"limit=1000":                                    {c, b, a},
	} {
		if got := s.list("/checkout-sessions?" + strings.NewReplacer("[", "%5B", "]", "%5D").Replace(target)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", target, got, want)
		}
	}
}

func TestBadListParametersAreNamed(t *testing.T) {
	s := newShop(t)
	for target, name := range map[string]string{
		"status=pending": "status", "limit=x": "limit", "limit=0": "limit", "limit=-1": "limit", "offset=-1": "offset",
		"offset=1.5": "offset", "created[gte]=soon": "created[gte]", "starting_after=cs_1": "starting_after",
		"ending_before=%00": "ending_before", "status=open&status=expired": "status", "metadata[a]=1&metadata[a]=2": "metadata[a]",
		"created[lt]=0001-01-01": "created[lt]", "created[gte]=562949953422": "created[gte]",
	} {
		got := s.want(http.StatusBadRequest, s.call("GET", "/checkout-sessions?"+target, ""))
		if s.field(got, name) == "" {
			t.Errorf("%s: %s", target, got.body)
		}
	}
}

func TestQueryThatCannotBeDecodedIsRefused(t *testing.T) {
	s := newShop(t)
	s.create(plain)
	for _, target := range []string{"status=%zz", "status=expired;limit=1", "customer_email=100%"} {
		for _, path := range []string{"/checkout-sessions?", "/transactions?"} {
			r := httptest.NewRequest("GET", path, nil)
			r.URL.RawQuery = target
			r.Header.Set("X-API-KEY", s.test)
			w := httptest.NewRecorder()
			if s.handler.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
				t.Errorf("%s%s: %d %s", path, target, w.Code, w.Body)
			}
		}
	}
}

// TestLongListIsSentInPieces holds a list that is larger than a buffer to what
// its rows are by themselves.
func TestLongListIsSentInPieces(t *testing.T) {
	s := newShop(t)
	large := fmt.Sprintf(`{"amount":1,"currency_code":"XOF","description":%q,"metadata":{"k":%q}}`, strings.Repeat("d", 4000), strings.Repeat("m", 15000))
	var rows []string
	for range 20 {
		id := s.create(large)
		s.now.Add(time.Second)
		rows = append(rows, strings.TrimSpace(string(s.call("GET", "/checkout-sessions/"+id, "").body)))
	}
	slices.Reverse(rows)
	got := s.want(http.StatusOK, s.call("GET", "/checkout-sessions", ""))
	if want := "[" + strings.Join(rows, ",") + "]\n"; string(got.body) != want {
		t.Errorf("%d bytes, want %d", len(got.body), len(want))
	}
	if got.header.Get("Content-Length") != "" || got.header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%v", got.header)
	}
}

func TestPlaceholderInsteadOfAnIdentifierIsExplained(t *testing.T) {
	s := newShop(t)
	got := s.want(http.StatusBadRequest, s.call("GET", "/checkout-sessions/%7BCHECKOUT_SESSION_ID%7D", ""))
	if !strings.Contains(got.json["message"].(string), "placeholder") {
		t.Errorf("%s", got.body)
	}
}
