package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// catalogue is one of each.
type catalogue struct{ product, price, customer, coupon, link, session, subscription string }

// stock makes one of each, with the test key.
func (s *shop) stock() (c catalogue) {
	s.t.Helper()
	made := s.post("/products", `{"name":"T-shirt","prices":[{"amount":5000,"currency_code":"XOF"}]}`)
	c.product, c.price = made["id"].(string), made["prices"].([]any)[0].(map[string]any)["id"].(string)
	c.customer = s.post("/customers", `{"name":"Awa"}`)["id"].(string)
	c.coupon = s.post("/discount-coupons", `{"code":"ten","discount_percentage":10}`)["id"].(string)
	c.link = s.post("/payment-links", `{"link_type":"instant","title":"Gift","amount":5000,"currency_code":"XOF"}`)["id"].(string)
	c.session = s.create(`{"amount":5000,"currency_code":"XOF","allow_coupon_code":true}`)
	c.subscription = s.subscriber("awa@example.com")
	return c
}

// TestOthersSeeNothingOfTheCatalogue has what is unknown, another merchant's and the
// other environment's look alike in every route with an identifier.
func TestOthersSeeNothingOfTheCatalogue(t *testing.T) {
	s := newShop(t)
	c := s.stock()
	stranger := s.key("Other", false)
	own := s.want(http.StatusCreated, s.call("POST", "/products", `{"name":"x","prices":[{"amount":1,"currency_code":"XOF"}]}`, "X-API-KEY", stranger)).json["id"].(string)

	for _, row := range []struct{ method, path, id, body string }{
		{"GET", "/products/%s", c.product, ""},
		{"PATCH", "/products/%s", c.product, `{"name":"x"}`},
		{"POST", "/products/%s/prices", c.product, `{"amount":1,"currency_code":"XOF"}`},
		{"PATCH", "/products/%s/prices/" + c.price, c.product, `{"is_active":false}`},
		{"POST", "/products/%s/prices/" + c.price + "/set-default", c.product, ""},
		{"PATCH", "/products/" + own + "/prices/%s", c.price, `{"is_active":false}`},
		{"POST", "/products/" + own + "/prices/%s/set-default", c.price, ""},
		{"GET", "/prices/%s", c.price, ""},
		{"GET", "/customers/%s", c.customer, ""},
		{"PATCH", "/customers/%s", c.customer, `{"name":"x"}`},
		{"DELETE", "/customers/%s", c.customer, ""},
		{"GET", "/customers/%s/transactions", c.customer, ""},
		{"GET", "/discount-coupons/%s", c.coupon, ""},
		{"PATCH", "/discount-coupons/%s", c.coupon, `{"is_active":false}`},
		{"GET", "/discount-coupons/%s/performance", c.coupon, ""},
		{"GET", "/payment-links/%s", c.link, ""},
		{"PATCH", "/payment-links/%s", c.link, `{"is_active":false}`},
		{"PATCH", "/checkout-sessions/%s", c.session, `{"quantity":2}`},
		{"POST", "/checkout-sessions/%s/coupons", c.session, `{"code":"ten"}`},
		{"DELETE", "/checkout-sessions/%s/coupons/ten", c.session, ""},
		{"POST", "/checkout-sessions/%s/pay", c.session, `{"method":"wallet"}`},
		{"GET", "/subscriptions/%s", c.subscription, ""},
		{"POST", "/subscriptions/%s/cancel", c.subscription, ""},
	} {

		prefix, _, _ := strings.Cut(row.id, "_")
		for _, key := range []string{stranger, s.live} {
			if key == s.live && strings.Contains(row.path, own) {
				continue // it is not theirs
			}
			theirs := s.want(http.StatusNotFound, s.call(row.method, fmt.Sprintf(row.path, row.id), row.body, "X-API-KEY", key, "X-Request-Id", "r"))
			for _, none := range []string{prefix + "_00000000000000000000000000", "unknown"} {
				got := s.want(http.StatusNotFound, s.call(row.method, fmt.Sprintf(row.path, none), row.body, "X-API-KEY", key, "X-Request-Id", "r"))
				if s.field(got, ""); strings.ReplaceAll(string(got.body), none, row.id) != string(theirs.body) || got.code() != "not_found" {
					t.Errorf("%s %s: %s, but for none %s", row.method, row.path, theirs.body, got.body)
				}
			}
		}
	}
	for _, target := range []string{"/prices?product_id=" + c.product, "/discount-coupons", "/transactions?customer_id=" + c.customer, "/subscriptions"} {
		for _, key := range []string{stranger, s.live} {
			if got := s.list(target, "X-API-KEY", key); len(got) != 0 {
				t.Errorf("%s shows %v to others", target, got)
			}
		}
	}
	if got := s.list("/products", "X-API-KEY", stranger); len(got) != 1 {
		t.Errorf("others see products %v", got)
	}
	for target, name := range map[string]string{"/customers": "customers", "/payment-links": "data"} {
		for _, key := range []string{stranger, s.live} {
			if got := s.call("GET", target, "", "X-API-KEY", key).json[name].([]any); len(got) != 0 {
				t.Errorf("%s shows %v to others", target, got)
			}
		}
	}
	// Nothing has changed.
	if got := s.want(http.StatusOK, s.call("GET", "/products/"+c.product, "")).json; got["name"] != "T-shirt" || len(got["prices"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
	s.want(http.StatusOK, s.call("GET", "/customers/"+c.customer, ""))
}

func TestWhatBelongsToOthersCannotBeReferredTo(t *testing.T) {
	s := newShop(t)
	c := s.stock()
	for _, row := range []struct{ target, body, id string }{
		{"/checkout-sessions", `{"currency_code":"XOF","product_id":"%s"}`, c.product},
		{"/checkout-sessions", `{"currency_code":"XOF","price_id":"%s"}`, c.price},
		{"/checkout-sessions", `{"currency_code":"XOF","line_items":[{"price_id":"%s"}]}`, c.price},
		{"/checkout-sessions", `{"currency_code":"XOF","line_items":[{"price":"%s"}]}`, c.price},
		{"/checkout-sessions", `{"currency_code":"XOF","amount":5,"customer_id":"%s"}`, c.customer},
		{"/checkout-sessions", `{"currency_code":"XOF","subscription_id":"%s"}`, c.subscription},
		{"/checkout-sessions", `{"currency_code":"XOF","payment_link_id":"%s"}`, c.link},
		{"/payment-links", `{"link_type":"product","title":"x","currency_code":"XOF","product_id":"%s"}`, c.product},
		{"/payment-links", `{"link_type":"product","title":"x","currency_code":"XOF","price_id":"%s"}`, c.price},
		{"/discount-coupons", `{"code":"x","discount_percentage":1,"scope_type":"specific_products","product_ids":["%s"]}`, c.product},
		{"/discount-coupons", `{"code":"y","discount_percentage":1,"scope_type":"specific_prices","price_ids":["%s"]}`, c.price},
	} {
		s.want(http.StatusCreated, s.call("POST", row.target, fmt.Sprintf(row.body, row.id)))
		prefix, _, _ := strings.Cut(row.id, "_")
		none := prefix + "_00000000000000000000000000"
		for _, key := range []string{s.key("Other", false), s.live} {
			theirs := s.want(http.StatusNotFound, s.call("POST", row.target, fmt.Sprintf(row.body, row.id), "X-API-KEY", key, "X-Request-Id", "r"))
			unknown := s.want(http.StatusNotFound, s.call("POST", row.target, fmt.Sprintf(row.body, none), "X-API-KEY", key, "X-Request-Id", "r"))
			if strings.ReplaceAll(string(unknown.body), none, row.id) != string(theirs.body) {
				t.Errorf("%s: %s, but for none %s", row.body, theirs.body, unknown.body)
			}
		}
	}
}

func TestRepeatedRequestsMakeOneOfEach(t *testing.T) {
	s := newShop(t)
	c := s.stock()
	for _, row := range []struct{ target, body, other string }{
		{"/products", `{"name":"Cap","prices":[{"amount":5,"currency_code":"XOF"}]}`, `{"name":"Hat","prices":[{"amount":5,"currency_code":"XOF"}]}`},
		{"/products/" + c.product + "/prices", `{"amount":7,"currency_code":"XOF"}`, `{"amount":8,"currency_code":"XOF"}`},
		{"/customers", `{"name":"Jo"}`, `{"name":"Joe"}`},
		{"/discount-coupons", `{"code":"one","discount_percentage":5}`, `{"code":"two","discount_percentage":5}`},
		{"/payment-links", `{"link_type":"instant","title":"x","amount":5,"currency_code":"XOF"}`, `{"link_type":"instant","title":"y","amount":5,"currency_code":"XOF"}`},
		{"/checkout-sessions", `{"currency_code":"XOF","product_id":"` + c.product + `"}`, plain},
	} {
		first := s.want(http.StatusCreated, s.call("POST", row.target, row.body, "Idempotency-Key", "k"))
		again := s.want(http.StatusCreated, s.call("POST", row.target, " "+row.body, "Idempotency-Key", "k"))
		if string(first.body) != string(again.body) || again.header.Get("Idempotency-Cache-Hit") != "true" || first.header.Get("Idempotency-Cache-Hit") != "" {
			t.Errorf("%s: first %s, then %s", row.target, first.body, again.body)
		}
		if got := s.want(http.StatusConflict, s.call("POST", row.target, row.other, "Idempotency-Key", "k")); got.code() != "idempotency_key_reused" {
			t.Errorf("%s: %s", row.target, got.body)
		}
	}
	// First uses at the same time make one, too.
	var done sync.WaitGroup
	answers := make([]answer, 8)
	for i := range answers {
		done.Go(func() {
			answers[i] = s.call("POST", "/discount-coupons", `{"code":"race","discount_percentage":5}`, "Idempotency-Key", "race")
		})
	}
	done.Wait()
	for _, got := range answers {
		if s.want(http.StatusCreated, got); string(got.body) != string(answers[0].body) {
			t.Errorf("%s, and %s", got.body, answers[0].body)
		}
	}
}

// rowsOf returns the identifiers of a list, in whatever envelope, and its header.
func (s *shop) rowsOf(target string) (ids []string, header http.Header) {
	s.t.Helper()
	got := s.want(http.StatusOK, s.call("GET", target, ""))
	raw := got.body
	for _, name := range []string{"customers", "data"} {
		if rows, ok := got.json[name]; ok {
			raw, _ = json.Marshal(rows)
		}
	}
	var rows []map[string]any
	if err := json.Unmarshal(raw, &rows); err != nil {
		s.t.Fatalf("GET %s: %v in %s", target, err, got.body)
	}
	for _, row := range rows {
		ids = append(ids, row["id"].(string))
	}
	return ids, got.header
}

// TestPagesOfEveryListJoinUp walks each list of the catalogue both ways, with rows
// of one instant among them.
func TestPagesOfEveryListJoinUp(t *testing.T) {
	s := newShop(t)
	made := map[string][]string{} // by list, in the order of their instants
	for i := range 7 {
		product := s.post("/products", `{"name":"T-shirt","prices":[{"amount":5000,"currency_code":"XOF"}]}`)
		for list, id := range map[string]any{
			"/products":         product["id"],
			"/prices":           product["prices"].([]any)[0].(map[string]any)["id"],
			"/customers":        s.post("/customers", `{"name":"Awa"}`)["id"],
			"/discount-coupons": s.post("/discount-coupons", fmt.Sprintf(`{"code":"c%d","discount_percentage":10}`, i))["id"],
			"/payment-links":    s.post("/payment-links", `{"link_type":"instant","title":"Gift","amount":5000,"currency_code":"XOF"}`)["id"],
		} {
			made[list] = append(made[list], id.(string))
		}
		if i%3 > 0 { // the third and the fourth, and the sixth and the seventh, are of one instant
			s.now.Add(time.Second)
		}
	}
	for list, ids := range made {
		all, header := s.rowsOf(list)
		if !slices.IsSortedFunc(all, func(a, b string) int { return strings.Compare(b, a) }) || len(all) != 7 || header.Get("Link") != "" {
			t.Errorf("%s: %v, Link %q", list, all, header.Get("Link"))
		}
		for _, id := range ids {
			if !slices.Contains(all, id) {
				t.Errorf("%s lacks %s", list, id)
			}
		}
		for _, size := range []int{1, 2, 3, 7, 100} {
			first := fmt.Sprintf("%s?limit=%d&created[gte]=2026-03-01", list, size)
			var got []string
			var last string
			for target := first; target != ""; {
				page, header := s.rowsOf(target)
				got = append(got, page...)
				last, target = target, rel(t, header.Get("Link"), "next")
			}
			if !slices.Equal(got, all) {
				t.Errorf("%s forward: %v, want %v", first, got, all)
			}
			got, header = s.rowsOf(last)
			for target := rel(t, header.Get("Link"), "prev"); target != ""; target = rel(t, header.Get("Link"), "prev") {
				var page []string
				page, header = s.rowsOf(target)
				got = append(slices.Clone(page), got...)
			}
			if !slices.Equal(got, all) {
				t.Errorf("%s back: %v, want %v", first, got, all)
			}
		}
		if got, _ := s.rowsOf(list + "?limit=2&offset=3"); !slices.Equal(got, all[3:5]) {
			t.Errorf("%s from an offset: %v, want %v", list, got, all[3:5])
		}
		if got, _ := s.rowsOf(list + "?created[gte]=2026-03-01T09:00:03Z"); len(got) == 0 || len(got) == 7 || !slices.Equal(got, all[:len(got)]) {
			t.Errorf("%s since an instant: %v of %v", list, got, all)
		}
		for query, field := range map[string]string{
			"limit=0": "limit", "limit=x": "limit", "offset=-1": "offset", "starting_after=x": "starting_after", "ending_before=cs_00000000000000000000000000": "ending_before",
			"created[gte]=soon": "created[gte]", "limit=1&limit=2": "limit",
			"starting_after=" + all[0] + "&ending_before=" + all[0]: "ending_before",
		} {
			if got := s.want(http.StatusBadRequest, s.call("GET", list+"?"+query, "")); s.field(got, field) == "" {
				t.Errorf("%s?%s: %s", list, query, got.body)
			}
		}
	}
}

func TestFiltersOfTheCatalogue(t *testing.T) {
	s := newShop(t)
	on := s.post("/products", `{"name":"On","prices":[{"amount":5,"currency_code":"XOF"},{"amount":6,"currency_code":"EUR"}]}`)
	off := s.post("/products", `{"name":"Off","is_active":false,"prices":[{"amount":5,"currency_code":"XOF"}]}`)
	first := on["prices"].([]any)[0].(map[string]any)["id"].(string)
	s.want(http.StatusOK, s.call("PATCH", "/products/"+on["id"].(string)+"/prices/"+first, `{"is_active":false}`))
	s.post("/customers", `{"name":"Awa Diop","email":"Awa@Example.com","phone_number":"+2250707070707"}`)
	s.post("/customers", `{"name":"Jo SARL","is_business":true}`)
	s.post("/discount-coupons", `{"code":"on","discount_percentage":5}`)
	s.post("/discount-coupons", `{"code":"off","discount_percentage":5,"is_active":false}`)
	s.post("/payment-links", `{"link_type":"instant","title":"x","amount":5,"currency_code":"XOF"}`)
	link := s.post("/payment-links", `{"link_type":"product","title":"y","product_id":"`+on["id"].(string)+`","currency_code":"EUR"}`)["id"].(string)
	s.want(http.StatusOK, s.call("PATCH", "/payment-links/"+link, `{"is_active":false}`))
	for target, want := range map[string]int{
		"/products": 2, "/products?isActive=true": 1, "/products?isActive=false": 1, "/products?is_active=false": 1, "/products?isActive=": 2, "/products?limit=1": 1,
		"/prices": 3, "/prices?isActive=true": 2, "/prices?isActive=false": 1, "/prices?product_id=" + on["id"].(string): 2,
		"/prices?isActive=true&product_id=" + on["id"].(string): 1, "/prices?product_id=" + off["id"].(string): 1, "/prices?product_id=x": 0,
		"/customers": 2, "/customers?type=business": 1, "/customers?type=individual": 1, "/customers?type=all": 2, "/customers?search=DIOP": 1, "/customers?search=awa@ex": 1,
		"/customers?search=%2B22507": 1, "/customers?search=%25": 0, "/customers?search=_": 0, "/customers?search=nobody": 0, "/customers?status=active": 2, "/customers?status=inactive": 0, "/customers?status=all&pageSize=1": 1,
		"/discount-coupons": 2, "/discount-coupons?isActive=true": 1, "/discount-coupons?is_active=false": 1,
		"/payment-links": 2, "/payment-links?linkType=instant": 1, "/payment-links?linkType=product": 1, "/payment-links?isActive=true": 1, "/payment-links?linkType=product&isActive=true": 0,
	} {
		if got, _ := s.rowsOf(target); len(got) != want {
			t.Errorf("%s: %v, want %d", target, got, want)
		}
	}
	for target, field := range map[string]string{
		"/products?isActive=maybe": "isActive", "/prices?is_active=2": "is_active", "/customers?type=robot": "type", "/customers?status=gone": "status",
		"/customers?page=0": "page", "/customers?pageSize=x": "pageSize", "/payment-links?linkType=x": "linkType", "/discount-coupons?isActive=x": "isActive",
	} {
		if got := s.want(http.StatusBadRequest, s.call("GET", target, "")); s.field(got, field) == "" {
			t.Errorf("%s: %s", target, got.body)
		}
	}
}

func TestEnvelopesOfLists(t *testing.T) {
	s := newShop(t)
	if got := s.call("GET", "/customers", ""); string(got.body) != `{"customers":[],"pagination":{"page":1,"pageSize":50,"totalCount":0,"totalPages":0}}`+"\n" {
		t.Errorf("%s", got.body)
	}
	if got := s.call("GET", "/payment-links", ""); string(got.body) != `{"data":[],"limit":20,"offset":0,"total":0}`+"\n" {
		t.Errorf("%s", got.body)
	}
	for range 5 {
		s.post("/customers", `{"name":"Awa"}`)
		s.post("/payment-links", `{"link_type":"instant","title":"x","amount":5,"currency_code":"XOF"}`)
	}
	all, _ := s.rowsOf("/customers")
	for query, want := range map[string]struct {
		page, size, pages float64
		rows              []string
	}{
		"": {1, 50, 1, all}, "pageSize=2": {1, 2, 3, all[:2]}, "page=2&pageSize=2": {2, 2, 3, all[2:4]}, "page=3&pageSize=2": {3, 2, 3, all[4:]}, "page=4&pageSize=2": {4, 2, 3, nil},
		"limit=2&offset=2": {2, 2, 3, all[2:4]}, "pageSize=1000": {1, 100, 1, all}, "page=2&limit=3": {2, 3, 2, all[3:]},
	} {
		got := s.want(http.StatusOK, s.call("GET", "/customers?"+query, "")).json["pagination"].(map[string]any)
		if rows, _ := s.rowsOf("/customers?" + query); got["page"] != want.page || got["pageSize"] != want.size || got["totalCount"] != 5.0 || got["totalPages"] != want.pages || !slices.Equal(rows, want.rows) {
			t.Errorf("%s: %v, %v", query, got, rows)
		}
	}
	got := s.want(http.StatusOK, s.call("GET", "/payment-links?limit=2&offset=1&linkType=instant", "")).json
	if got["total"] != 5.0 || got["limit"] != 2.0 || got["offset"] != 1.0 || len(got["data"].([]any)) != 2 {
		t.Errorf("%v", got)
	}
	gone := s.want(http.StatusOK, s.call("DELETE", "/customers/"+all[0], "")).json
	if gone["deleted"] != true || gone["id"] != all[0] || gone["message"] == "" {
		t.Errorf("%v", gone)
	}
	s.want(http.StatusNotFound, s.call("DELETE", "/customers/"+all[0], ""))
	if got, _ := s.rowsOf("/customers"); !slices.Equal(got, all[1:]) {
		t.Errorf("%v", got)
	}
}
