package httpapi

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/sandbox"
)

// subscriber signs somebody up for a monthly price, as a customer of the test key's
// merchant, and returns the subscription's identifier.
func (s *shop) subscriber(email string) string {
	s.t.Helper()
	key, err := s.service.Authenticate(s.t.Context(), s.test)
	if err != nil {
		s.t.Fatal(err)
	}
	var id string
	_, err = s.service.Once(s.t.Context(), key.Account, nil, func(tx checkout.Tx) ([]byte, error) {
		_, prices, err := s.service.CreateProductIn(tx, key.Account, checkout.Product{
			Name: "Gym", Type: checkout.ProductRecurring, Active: true,
		}, []checkout.Price{{
			Amount: checkout.Money{Amount: 7500, Currency: checkout.XOF}, Interval: checkout.EveryMonth, Model: checkout.PriceStandard, Active: true,
		}}, 0)
		if err != nil {
			return nil, err
		}
		session, err := s.service.CreateSessionIn(tx, checkout.CreateSessionParams{
			Account: key.Account, Total: checkout.Money{Currency: checkout.XOF}, PriceID: prices[0].ID,
			Customer: checkout.Contact{Name: "Awa", Email: email}, Metadata: `{"member":7}`,
		})
		id = session.ID
		return nil, err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.paySession(id)
	session, err := s.service.Session(s.t.Context(), key.Account, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return session.SubscriptionID
}

// paySession has the customer pay in the sandbox.
func (s *shop) paySession(id string) {
	s.t.Helper()
	a, err := s.service.Start(s.t.Context(), checkout.StartParams{SessionID: id, Method: sandbox.MethodWallet, WithoutForm: true})
	if err == nil {
		_, err = s.service.Simulate(s.t.Context(), id, a.ID, checkout.OutcomeSucceed)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// renew lets time go by and bills what is due.
func (s *shop) renew(after time.Duration) {
	s.t.Helper()
	s.now.Add(after)
	if _, err := s.service.RenewDue(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func TestASubscriptionOnTheWire(t *testing.T) {
	s := newShop(t)
	id := s.subscriber("awa@example.com")
	row := s.want(http.StatusOK, s.call("GET", "/subscriptions/"+id, "")).json
	for name, want := range map[string]any{
		"id": id, "subscription_id": id, "status": "active", "amount": 7500.0, "currency_code": "XOF", "billing_interval": "month",
		"current_period_start": "2026-03-01T09:00:00.000Z", "current_period_end": "2026-04-01T09:00:00.000Z",
		"next_billing_date": "2026-04-01T09:00:00.000Z", "cycle": 1.0, "cancel_at_period_end": false, "cancelled_at": nil,
		"checkout_url": nil, "renewal_url": "http://example.com/" + id, "environment": "test", "transaction_id": nil,
	} {
		if row[name] != want {
			t.Errorf("%s is %v, want %v", name, row[name], want)
		}
	}
	if metadata, _ := row["metadata"].(map[string]any); metadata["member"] != 7.0 {
		t.Errorf("metadata %v", row["metadata"])
	}
	s.renew(31 * 24 * time.Hour)
	row = s.want(http.StatusOK, s.call("GET", "/v1/subscriptions/"+id, "")).json
	if row["cycle"] != 2.0 || row["checkout_url"] != "http://example.com/"+row["checkout_session_id"].(string) {
		t.Errorf("with a renewal to be paid %v", row)
	}
	for _, got := range []answer{
		s.call("GET", "/subscriptions/"+id, "", "X-API-KEY", s.live), s.call("GET", "/subscriptions/sub_none", ""),
		s.call("POST", "/subscriptions/"+id+"/cancel", "", "X-API-KEY", s.live),
	} {
		s.want(http.StatusNotFound, got)
		if message := got.json["message"].(string); !strings.HasSuffix(message, "not found or access denied") {
			t.Error(message)
		}
	}
}

func TestSubscriptionsAreListed(t *testing.T) {
	s := newShop(t)
	var ids []string
	for _, email := range []string{"awa@example.com", "jo@example.com", "awa@example.com"} {
		ids = append(ids, s.subscriber(email))
		s.now.Add(time.Hour)
	}
	s.want(http.StatusOK, s.call("POST", "/subscriptions/"+ids[1]+"/cancel", ""))
	awa := s.call("GET", "/subscriptions/"+ids[0], "").json["customer_id"].(string)
	for target, want := range map[string][]string{
		"":                                      {ids[2], ids[1], ids[0]},
		"?status=cancelled":                     {ids[1]},
		"?status=active,past_due":               {ids[2], ids[0]},
		"?customer_id=" + awa:                   {ids[2], ids[0]},
		"?customer_id=" + awa + "&limit=1":      {ids[2]},
		"?offset=2":                             {ids[0]},
		"?starting_after=" + ids[1]:             {ids[0]},
		"?ending_before=" + ids[0] + "&limit=1": {ids[1]},
		"?created[gte]=2026-03-01T11:00:00Z":    {ids[2]},
		"?created[lt]=2026-03-01T10:00:00Z":     {ids[0]},
	} {
		if got := s.list("/subscriptions" + target); !slices.Equal(got, want) {
			t.Errorf("%s lists %v, want %v", target, got, want)
		}
	}
	if got := s.list("/subscriptions", "X-API-KEY", s.live); len(got) != 0 {
		t.Errorf("with the live key %v", got)
	}
	for target, field := range map[string]string{
		"?status=running": "status", "?limit=0": "limit", "?starting_after=cs_1": "starting_after",
		"?starting_after=" + ids[0] + "&ending_before=" + ids[1]: "ending_before",
	} {
		if got := s.want(http.StatusBadRequest, s.call("GET", "/subscriptions"+target, "")); s.field(got, field) == "" {
			t.Errorf("%s: %s", target, got.body)
		}
	}
}

func TestSubscriptionsAreCancelled(t *testing.T) {
	s := newShop(t)
	now, later := s.subscriber("awa@example.com"), s.subscriber("jo@example.com")
	s.renew(31 * 24 * time.Hour)
	if got := s.want(http.StatusBadRequest, s.call("POST", "/subscriptions/"+now+"/cancel", `{"at_period_end":"yes"}`)); s.field(got, "at_period_end") == "" {
		t.Errorf("%s", got.body)
	}
	for range 2 { // the second time it is so already
		got := s.want(http.StatusOK, s.call("POST", "/subscriptions/"+now+"/cancel", "")).json
		if got["status"] != "cancelled" || got["cancelled_at"] != "2026-04-01T09:00:00.000Z" || got["checkout_url"] != nil || got["next_billing_date"] != nil {
			t.Errorf("%v", got)
		}
	}
	got := s.want(http.StatusOK, s.call("POST", "/subscriptions/"+later+"/cancel", `{"at_period_end":true}`)).json
	if got["status"] != "active" || got["cancel_at_period_end"] != true || got["checkout_url"] == nil || got["next_billing_date"] != nil {
		t.Errorf("%v", got)
	}
	got = s.want(http.StatusOK, s.call("POST", "/subscriptions/"+later+"/resume", "")).json
	if got["cancel_at_period_end"] != false || got["next_billing_date"] != "2026-05-01T09:00:00.000Z" {
		t.Errorf("%v", got)
	}
	s.want(http.StatusConflict, s.call("POST", "/subscriptions/"+now+"/resume", ""))
	s.want(http.StatusNotFound, s.call("POST", "/subscriptions/"+later+"/resume", "", "X-API-KEY", s.live))
}

func TestTheRenewalLink(t *testing.T) {
	s := newShop(t)
	id := s.subscriber("awa@example.com")
	for locale, word := range map[string]string{"en": "Nothing to pay right now", "fr": "Rien à payer pour le moment"} {
		got := s.want(http.StatusOK, s.call("GET", "/"+id+"?locale="+locale, "", "X-API-KEY", ""))
		if !strings.Contains(string(got.body), word) || !strings.Contains(string(got.body), "Gym") || got.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s", got.body)
		}
	}
	s.renew(31 * 24 * time.Hour)
	session := s.call("GET", "/subscriptions/"+id, "").json["checkout_session_id"].(string)
	for target, want := range map[string]string{
		"/" + id: session, "/" + id + "?locale=fr": session + "?locale=fr", "/" + id + "/": "../" + session, "/v1/" + id: session,
	} {
		if got := s.want(http.StatusSeeOther, s.call("GET", target, "", "X-API-KEY", "")); got.header.Get("Location") != want {
			t.Errorf("%s leads to %q, want %q", target, got.header.Get("Location"), want)
		}
	}
	s.paySession(session)
	s.want(http.StatusOK, s.call("GET", "/"+id, "", "X-API-KEY", ""))
	for _, target := range []string{"/sub_none", "/" + id + "/wait/txn_1"} {
		s.want(http.StatusNotFound, s.call("GET", target, "", "X-API-KEY", ""))
	}
}
