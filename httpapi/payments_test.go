package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func (s *shop) pay(id, body string) map[string]any {
	s.t.Helper()
	return s.want(http.StatusCreated, s.call("POST", "/test/checkout-sessions/"+id+"/pay", body)).json
}

func (s *shop) session(id string) map[string]any {
	s.t.Helper()
	return s.want(http.StatusOK, s.call("GET", "/checkout-sessions/"+id, "")).json
}

func TestEveryMethodComesToEveryOutcome(t *testing.T) {
	s := newShop(t)
	sweep := func() {
		for _, step := range []func(context.Context) (int, error){s.service.Reconcile, s.service.ExpireDue} {
			if _, err := step(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, method := range []string{"wallet", "phone", "card"} {
		for outcome, want := range map[string][3]string{ // transaction at once, transaction and session after a minute
			"succeed": {"completed", "completed", "completed"},
			"decline": {"failed", "failed", "open"},
			"cancel":  {"failed", "failed", "open"},
			"delay":   {"pending", "completed", "completed"},
			"silent":  {"pending", "pending", "open"},
		} {
			t.Run(method+" "+outcome, func(t *testing.T) {
				s := *s
				s.t = t
				id := s.create(plain)
				txn := s.pay(id, fmt.Sprintf(`{"method":%q,"outcome":%q}`, method, outcome))
				if txn["status"] != want[0] || txn["checkout_session_id"] != id {
					t.Errorf("at once the transaction is %v", txn["status"])
				}
				s.now.Add(time.Minute)
				sweep()
				later := s.want(http.StatusOK, s.call("GET", "/transactions/"+txn["id"].(string), "")).json
				if got := s.session(id); later["status"] != want[1] || got["status"] != want[2] {
					t.Errorf("later the transaction is %v, the session %v", later["status"], got["status"])
				}
				if want[2] == "completed" {
					if got := s.session(id); got["transaction_id"] != txn["id"] || later["gross_amount"] != 10000.0 {
						t.Errorf("transaction_id is %v, gross_amount %v", got["transaction_id"], later["gross_amount"])
					}
					return
				}
				again := s.pay(id, "")
				if got := s.session(id); got["status"] != "completed" || got["transaction_id"] != again["id"] {
					t.Errorf("after another try the session is %v", got["status"])
				}
			})
		}
	}
}

func TestPaidSessionCannotBePaidAgain(t *testing.T) {
	s := newShop(t)
	id := s.create(plain)
	s.pay(id, "")
	got := s.want(http.StatusConflict, s.call("POST", "/test/checkout-sessions/"+id+"/pay", ""))
	if got.json["error"].(map[string]any)["code"] != "session_not_open" {
		t.Errorf("%s", got.body)
	}
	if n := len(s.list("/transactions?checkout_session_id=" + id)); n != 1 {
		t.Errorf("%d transactions", n)
	}
}

func TestTestPaymentsNeedATestKeyAndGoodWords(t *testing.T) {
	s := newShop(t)
	id := s.create(plain, "X-API-KEY", s.live)
	s.want(http.StatusForbidden, s.call("POST", "/test/checkout-sessions/"+id+"/pay", "", "X-API-KEY", s.live))
	id = s.create(plain)
	for body, name := range map[string]string{
		`{"method":"wave"}`: "method", `{"method":7}`: "method", `{"outcome":"win"}`: "outcome", `{"outcome":true}`: "outcome",
	} {
		got := s.want(http.StatusBadRequest, s.call("POST", "/test/checkout-sessions/"+id+"/pay", body))
		if s.field(got, name) == "" {
			t.Errorf("%s: %s", body, got.body)
		}
	}
}

func TestLiveKeyWithoutAProviderNeverReachesTheSandbox(t *testing.T) {
	s := newShop(t)
	id := s.create(plain, "X-API-KEY", s.live)
	for _, method := range []string{"wallet", "phone", "card"} {
		_, err := s.service.Start(context.Background(), checkout.StartParams{SessionID: id, Method: method, WithoutForm: true, Outcome: checkout.OutcomeSucceed})
		if checkout.CodeOf(err) != checkout.CodeNoMethod || !strings.Contains(err.Error(), "No payment provider takes live payments of") {
			t.Errorf("%s: %v", method, err)
		}
	}
	page := s.want(http.StatusOK, s.call("GET", "/"+id, ""))
	if strings.Contains(string(page.body), "<form") {
		t.Errorf("the page can be paid: %s", page.body)
	}
}

func TestTransactionsAreListedAsAskedFor(t *testing.T) {
	s := newShop(t)
	cs1, cs2 := s.create(plain), s.create(`{"amount":500,"currency_code":"EUR"}`)
	failed := s.pay(cs1, `{"method":"card","outcome":"decline"}`)["id"].(string)
	s.now.Add(25 * time.Hour / 50)
	paid := s.pay(cs1, `{"method":"card"}`)["id"].(string)
	s.now.Add(time.Second)
	silent := s.pay(cs2, `{"method":"phone","outcome":"silent"}`)["id"].(string)
	for target, want := range map[string][]string{
		"":                                    {silent, paid, failed},
		"checkout_session_id=" + cs1:          {paid, failed},
		"status=completed":                    {paid},
		"status=failed,pending":               {silent, failed},
		"status=refunded":                     nil,
		"provider=SANDBOX":                    {silent, paid, failed},
		"provider=WAVE":                       nil,
		"currency=eur":                        {silent},
		"paymentMethod=CARDS":                 {paid, failed},
		"paymentMethod=MOBILE_MONEY":          {silent},
		"paymentMethod=BNPL":                  nil,
		"type=payment":                        {silent, paid, failed},
		"type=instalment":                     nil,
		"isPos=true":                          nil,
		"limit=1":                             {silent},
		"page=2&pageSize=2":                   {failed},
		"limit=1&offset=1":                    {paid},
		"startDate=2026-03-01T09:30:00Z":      {silent, paid},
		"endDate=2026-03-01T09:00:00Z":        {failed},
		"endDate=2026-03-01":                  {silent, paid, failed},
		"startDate=2026-03-02":                nil,
		"status=completed&page=1&pageSize=25": {paid},
	} {
		if got := s.list("/transactions?" + target); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", target, got, want)
		}
	}
	for target, name := range map[string]string{"status=odd": "status", "page=0": "page", "currency=GBP": "currency", "startDate=x": "startDate", "limit=a": "limit"} {
		if got := s.want(http.StatusBadRequest, s.call("GET", "/transactions?"+target, "")); s.field(got, name) == "" {
			t.Errorf("%s: %s", target, got.body)
		}
	}
}

func TestClockThatStandsStillIsMovedByTestKeysOnly(t *testing.T) {
	var s *shop
	s = newShop(t, func(c *Config) {
		c.Advance = func(ctx context.Context, d time.Duration) (time.Time, error) {
			err := s.service.Advance(ctx, s.now, d, func(ctx context.Context) error {
				_, err := s.service.ExpireDue(ctx)
				return err
			})
			return s.now.Now(), err
		}
	})
	id := s.create(plain)
	got := s.want(http.StatusOK, s.call("POST", "/test/clock/advance", `{"seconds":3599}`))
	if got.json["now"] != "2026-03-01T09:59:59.000Z" || s.session(id)["status"] != "open" {
		t.Errorf("%s, %v", got.body, s.session(id)["status"])
	}
	s.want(http.StatusOK, s.call("POST", "/test/clock/advance", `{"seconds":1}`))
	if s.session(id)["status"] != "expired" {
		t.Errorf("status is %v", s.session(id)["status"])
	}
	for _, body := range []string{"", `{"seconds":-1}`, `{"seconds":"1"}`, `{"seconds":1.5}`, `{"seconds":315360001}`} {
		if got := s.want(http.StatusBadRequest, s.call("POST", "/test/clock/advance", body)); s.field(got, "seconds") == "" {
			t.Errorf("%s: %s", body, got.body)
		}
	}
	s.want(http.StatusForbidden, s.call("POST", "/test/clock/advance", `{"seconds":1}`, "X-API-KEY", s.live))
	s.want(http.StatusForbidden, s.call("POST", "/checkout-sessions", plain, "X-API-KEY", s.live))
}

func TestAnAccountHasSoManyEndpointsAndNoMore(t *testing.T) {
	s := newShop(t)
	hook := func(n int) string {
		return fmt.Sprintf(`{"url":"https://a.example/%d","authorized_events":["PAYMENT_FAILED","PAYMENT_FAILED"]}`, n)
	}
	for n := range 50 {
		got := s.want(http.StatusCreated, s.call("POST", "/webhooks", hook(n)))
		if events := got.json["data"].(map[string]any)["events"].([]any); len(events) != 1 {
			t.Errorf("events %v", events)
		}
	}
	if got := s.want(http.StatusBadRequest, s.call("POST", "/webhooks", hook(50))); s.field(got, "url") == "" {
		t.Errorf("%s", got.body)
	}
	s.want(http.StatusCreated, s.call("POST", "/webhooks", hook(50), "X-API-KEY", s.live))
}

func TestAddressOfTheFormLeadsBackToThePage(t *testing.T) {
	s := newShop(t)
	id := s.create(plain)
	got := s.want(http.StatusSeeOther, s.call("GET", "/"+id+"/pay", ""))
	if got.header.Get("Location") != "../"+id {
		t.Errorf("Location %s", got.header.Get("Location"))
	}
}

func TestEndpointsAreMadeShownAndForgotten(t *testing.T) {
	s := newShop(t)
	for body, name := range map[string]string{
		`{"authorized_events":["PAYMENT_SUCCEEDED"]}`:                                       "url",
		`{"url":"https://a.example/"}`:                                                      "authorized_events",
		`{"url":"https://a.example/","authorized_events":[]}`:                               "authorized_events",
		`{"url":"https://a.example/","authorized_events":["checkout.session.completed"]}`:   "authorized_events",
		`{"url":"https://a.example/","authorized_events":{"a":1}}`:                          "authorized_events",
		`{"url":"https://a.example/","authorized_events":[7]}`:                              "authorized_events",
		`{"url":"ftp://a.example/","authorized_events":["PAYMENT_FAILED"]}`:                 "url",
		`{"url":"https://10.0.0.1/","authorized_events":["PAYMENT_FAILED"]}`:                "url",
		`{"url":"https://a.example/","authorized_events":["PAYMENT_FAILED"],"metadata":[]}`: "metadata",
		`{"url":7,"authorized_events":["PAYMENT_FAILED"]}`:                                  "url",
	} {
		if got := s.want(http.StatusBadRequest, s.call("POST", "/webhooks", body)); s.field(got, name) == "" {
			t.Errorf("%s: %s", body, got.body)
		}
	}
	made := s.want(http.StatusCreated, s.call("POST", "/webhooks",
		`{"url":"https://a.example/h","authorized_events":["PAYMENT_SUCCEEDED","REFUND_COMPLETED"],"description":"shop"}`)).json
	secret, row := made["secret"].(string), made["data"].(map[string]any)
	if !strings.HasPrefix(secret, "whsec_") || len(secret) != 6+44 {
		t.Errorf("secret is %q", secret)
	}
	for name, want := range map[string]any{
		"webhook_id": row["id"], "url": "https://a.example/h", "is_active": true, "active": true, "environment": "test",
		"last_triggered_at": nil, "metadata": map[string]any{"description": "shop"}, "events": []any{"PAYMENT_SUCCEEDED", "REFUND_COMPLETED"},
	} {
		if fmt.Sprint(row[name]) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v", name, row[name], want)
		}
	}
	id := row["id"].(string)
	got := s.want(http.StatusOK, s.call("GET", "/webhooks/"+id, ""))
	if strings.Contains(string(got.body), secret) {
		t.Error("the secret is shown again")
	}
	if list := s.list("/webhooks"); !slices.Equal(list, []string{id}) {
		t.Errorf("list is %v", list)
	}
	if got := s.want(http.StatusOK, s.call("DELETE", "/webhooks/"+id, "")); got.json["deleted"] != true {
		t.Errorf("%s", got.body)
	}
	s.want(http.StatusNotFound, s.call("DELETE", "/webhooks/"+id, ""))
	s.want(http.StatusNotFound, s.call("GET", "/webhooks/"+id, ""))
}

// Test keys may name endpoints without TLS, on the public internet; live ones
// may not.
func TestEndpointsOfRealMoneyAreReachedByHTTPSOnly(t *testing.T) {
	s := newShop(t, func(c *Config) { c.Webhooks = nil }) // the rules of a server without webhooks are the strict ones
	body := `{"url":"http://a.example/","authorized_events":["PAYMENT_FAILED"]}`
	s.want(http.StatusCreated, s.call("POST", "/webhooks", body))
	if got := s.want(http.StatusBadRequest, s.call("POST", "/webhooks", body, "X-API-KEY", s.live)); s.field(got, "url") == "" {
		t.Errorf("got %s", got.body)
	}
	s.want(http.StatusCreated, s.call("POST", "/webhooks", strings.Replace(body, "http:", "https:", 1), "X-API-KEY", s.live))
}
