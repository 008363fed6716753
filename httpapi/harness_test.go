package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/sandbox"
	"github.com/checkoutd/checkoutd/store"
	"github.com/checkoutd/checkoutd/webhook"
)

// shop is a server on a real database and a stopped clock, and a merchant with
// keys of both environments.
type shop struct {
	t          *testing.T
	service    *checkout.Service
	webhooks   *webhook.Dispatcher
	now        *clock.Mock
	api        *API
	handler    http.Handler
	test, live string
}

func newShop(t *testing.T, change ...func(*Config)) *shop {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), "shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &shop{t: t, now: clock.NewMock()}
	s.now.Set(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	s.webhooks, err = webhook.New(webhook.Config{
		Store: db, Clock: s.now, Rules: webhook.URLRules{Loopback: true}, Interval: -1, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.service, err = checkout.New(checkout.Config{
		Store: db, Clock: s.now, Wake: s.webhooks.Wake, Providers: []checkout.Provider{sandbox.New(sandbox.Config{Clock: s.now})},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Service: s.service, Clock: s.now, KeyTTL: -1, Webhooks: s.webhooks}
	for _, f := range change {
		f(&c)
	}
	if s.api, err = New(c); err != nil {
		t.Fatal(err)
	}
	s.handler = s.api.Front()
	s.test, s.live = s.key("Boutique", false), s.key("Boutique", true)
	return s
}

func (s *shop) key(merchant string, live bool) string {
	s.t.Helper()
	secret, _, err := s.service.CreateKey(context.Background(), merchant, live)
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

// revoke makes a key useless, as another process would.
func (s *shop) revoke(secret string) {
	s.t.Helper()
	k, err := s.service.Authenticate(context.Background(), secret)
	if err == nil {
		err = s.service.RevokeKey(context.Background(), k.ID)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   []byte
	json   map[string]any
}

// call sends a request with the test key; header holds pairs of names and
// values, and an empty X-API-KEY sends none.
func (s *shop) call(method, target, body string, header ...string) answer {
	s.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("X-API-KEY", s.test)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	got := answer{status: w.Code, header: w.Result().Header}
	got.body, _ = io.ReadAll(w.Result().Body)
	if bytes.HasPrefix(got.body, []byte("{")) {
		if err := json.Unmarshal(got.body, &got.json); err != nil {
			s.t.Fatalf("%s %s: %v in %s", method, target, err, got.body)
		}
	}
	return got
}

// want fails the test unless the answer has that status.
func (s *shop) want(status int, got answer) answer {
	s.t.Helper()
	if got.status != status {
		s.t.Fatalf("status %d, want %d: %s", got.status, status, got.body)
	}
	return got
}

// create makes a session and returns its identifier.
func (s *shop) create(body string, header ...string) string {
	s.t.Helper()
	got := s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", body, header...))
	return got.json["id"].(string)
}

// list returns the identifiers of a list.
func (s *shop) list(target string, header ...string) (ids []string) {
	s.t.Helper()
	got := s.want(http.StatusOK, s.call("GET", target, "", header...))
	var rows []map[string]any
	if err := json.Unmarshal(got.body, &rows); err != nil {
		s.t.Fatalf("GET %s: %v in %s", target, err, got.body)
	}
	for _, row := range rows {
		ids = append(ids, row["id"].(string))
	}
	return ids
}

// field returns the message about a field in an error, failing the test if the
// answer is not an error in the whole envelope.
func (s *shop) field(got answer, name string) string {
	s.t.Helper()
	inner, _ := got.json["error"].(map[string]any)
	if inner == nil || got.json["message"] == "" || got.json["message"] != inner["message"] ||
		got.json["request_id"] != got.header.Get("X-Request-Id") || inner["code"] == "" {
		s.t.Fatalf("not the error envelope: %s", got.body)
	}
	fields, _ := inner["fields"].(map[string]any)
	message, _ := fields[name].(string)
	return message
}

const (
	plain = `{"amount":10000,"currency_code":"XOF"}`
	// example is the request of the owner's specification.
	example = `{
    "amount": 10000,
    "currency_code": "XOF",
    "title": "Order #12345",
    "description": "Payment for items in cart",
    "customer_email": "customer@example.com",
    "success_url": "https://your-site.com/success",
    "cancel_url": "https://your-site.com/cancel",
    "metadata": {
      "order_id": "ORD-12345"
    }
  }`
)
