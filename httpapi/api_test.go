package httpapi

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/checkoutd/checkoutd/checkout"
)

func TestConfigIsChecked(t *testing.T) {
	s := newShop(t)
	for _, c := range []Config{
		{},
		{Service: s.service, PublicURL: "pay.example"},
		{Service: s.service, PublicURL: "https://pay.example/"},
		{Service: s.service, PublicURL: "https://pay.example/?x=1"},
		{Service: s.service, PublicURL: "ftp://pay.example"},
	} {
		if _, err := New(c); err == nil || !strings.HasPrefix(err.Error(), "httpapi: Config.") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestPublicURLIsWhatPagesStandUnder(t *testing.T) {
	s := newShop(t, func(c *Config) { c.PublicURL = "https://shop.example/pay" })
	got := s.want(http.StatusCreated, s.call("POST", "/checkout-sessions", plain)).json
	if want := "https://shop.example/pay/" + got["id"].(string); got["checkout_url"] != want {
		t.Errorf("checkout_url is %v, want %s", got["checkout_url"], want)
	}
}

func TestKeysAreFoundInEachHeader(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		header  []string
		status  int
		message string
	}{
		{[]string{"X-Api-Key", s.test}, 200, ""},
		{[]string{"X-API-KEY", "", "X-Lomi-API-Key", s.test}, 200, ""},
		{[]string{"X-API-KEY", "", "Authorization", "Bearer " + s.test}, 200, ""},
		{[]string{"X-API-KEY", "", "Authorization", "bearer " + s.test}, 200, ""},
		{[]string{"X-API-KEY", ""}, 401, "API Key is missing"},
		{[]string{"X-API-KEY", " "}, 401, "API Key is missing"},
		{[]string{"X-API-KEY", "", "Authorization", "Basic " + s.test}, 401, "API Key is missing"},
		{[]string{"X-API-KEY", s.test + "x"}, 401, "Invalid API Key"},
		{[]string{"X-API-KEY", strings.ToLower(s.test)}, 401, "Invalid API Key"},
		{[]string{"X-API-KEY", "lomi_pk_test_1"}, 401, "Invalid API Key"},
	} {
		got := s.want(c.status, s.call("GET", "/me", "", c.header...))
		if c.message != "" {
			s.field(got, "")
			if got.json["message"] != c.message || got.json["error"].(map[string]any)["code"] != "unauthorized" {
				t.Errorf("%v: %s", c.header, got.body)
			}
		}
	}
}

func TestRevokedKeyEndsWithinItsTTL(t *testing.T) {
	s := newShop(t, func(c *Config) { c.KeyTTL = 500 * time.Millisecond })
	s.want(http.StatusOK, s.call("GET", "/me", ""))
	s.revoke(s.test)
	s.now.Add(499 * time.Millisecond)
	s.want(http.StatusOK, s.call("GET", "/me", ""))
	s.now.Add(time.Millisecond)
	s.want(http.StatusUnauthorized, s.call("GET", "/me", ""))
	s.want(http.StatusOK, s.call("GET", "/me", "", "X-API-KEY", s.live))
}

func TestClockSetBackMakesNoKeyLastLonger(t *testing.T) {
	s := newShop(t, func(c *Config) { c.KeyTTL = 500 * time.Millisecond })
	s.want(http.StatusOK, s.call("GET", "/me", ""))
	s.revoke(s.test)
	s.now.Set(s.now.Now().Add(-time.Hour))
	s.want(http.StatusUnauthorized, s.call("GET", "/me", ""))
}

// TestOthersSeeNothing compares, byte for byte, what a stranger and the other
// environment are told of a session with what they are told of none.
func TestOthersSeeNothing(t *testing.T) {
	s := newShop(t)
	id := s.create(plain)
	paid := s.want(http.StatusCreated, s.call("POST", "/test/checkout-sessions/"+id+"/pay", "")).json["id"].(string)
	hook := s.want(http.StatusCreated, s.call("POST", "/webhooks", `{"url":"https://a.example/h","authorized_events":["PAYMENT_SUCCEEDED"]}`))
	we := hook.json["data"].(map[string]any)["id"].(string)
	stranger := s.key("Other", false)
	for _, c := range []struct{ method, path, id, none string }{
		{"GET", "/checkout-sessions/%s", id, "cs_00000000000000000000000000"},
		{"POST", "/checkout-sessions/%s/expire", id, "cs_00000000000000000000000000"},
		{"POST", "/test/checkout-sessions/%s/pay", id, "cs_00000000000000000000000000"},
		{"GET", "/transactions/%s", paid, "txn_00000000000000000000000000"},
		{"GET", "/webhooks/%s", we, "we_00000000000000000000000000"},
		{"DELETE", "/webhooks/%s", we, "we_00000000000000000000000000"},
	} {
		for _, key := range []string{stranger, s.live} {
			if key == s.live && strings.HasPrefix(c.path, "/test/") {
				continue
			}
			theirs := s.want(http.StatusNotFound, s.call(c.method, fmt.Sprintf(c.path, c.id), "", "X-API-KEY", key, "X-Request-Id", "r"))
			none := s.call(c.method, fmt.Sprintf(c.path, c.none), "", "X-API-KEY", key, "X-Request-Id", "r")
			if got, want := string(theirs.body), strings.ReplaceAll(string(none.body), c.none, c.id); got != want {
				t.Errorf("%s %s: %s, but for none %s", c.method, c.path, got, want)
			}
		}
	}
	for _, target := range []string{"/checkout-sessions", "/transactions", "/webhooks", "/checkout-sessions?starting_after=cs_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"} {
		for _, key := range []string{stranger, s.live} {
			if got := s.list(target, "X-API-KEY", key); len(got) != 0 {
				t.Errorf("%s shows %v to others", target, got)
			}
		}
	}
}

func TestEveryFailureIsTheEnvelope(t *testing.T) {
	s := newShop(t)
	id := s.create(plain)
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for _, c := range []struct {
		name, method, target, body string
		status                     int
		code, names                string
	}{
		{"unknown route", "GET", "/nothing", "", 404, "not_found", ""},
		{"unknown route below", "GET", "/checkout-sessions/a/b", "", 404, "not_found", ""},
		{"wrong method", "PUT", "/checkout-sessions", "{}", 405, "method_not_allowed", ""},
		{"wrong method on one", "DELETE", "/checkout-sessions/" + id, "", 405, "method_not_allowed", ""},
		{"too large", "POST", "/checkout-sessions", `{"title":"` + strings.Repeat("x", 65<<10) + `"}`, 413, "payload_too_large", ""},
		{"not JSON", "POST", "/checkout-sessions", "amount=1", 400, "bad_request", ""},
		{"cut off", "POST", "/checkout-sessions", `{"amount":1`, 400, "bad_request", ""},
		{"array", "POST", "/checkout-sessions", `[{"amount":1}]`, 400, "bad_request", ""},
		{"two objects", "POST", "/checkout-sessions", `{}{}`, 400, "bad_request", ""},
		{"deep", "POST", "/checkout-sessions", `{"metadata":` + deep + `}`, 400, "validation_failed", "metadata" + strings.Repeat(".a", 31)},
		{"deep array", "POST", "/checkout-sessions", `{"metadata":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, 400, "validation_failed", "metadata"},
		{"duplicate", "POST", "/checkout-sessions", `{"amount":1,"currency_code":"XOF","amount":2}`, 400, "validation_failed", "amount"},
		{"duplicate among many", "POST", "/checkout-sessions", `{` + manyKeys(100) + `"k7":1}`, 400, "validation_failed", "k7"},
		{"escaped duplicate", "POST", "/checkout-sessions", `{"amount":1,"currency_code":"XOF","\u0061mount":2}`, 400, "validation_failed", "amount"},
		{"duplicate within", "POST", "/checkout-sessions", `{"metadata":{"k":1,"k":2}}`, 400, "validation_failed", "metadata.k"},
		{"invalid UTF-8", "POST", "/checkout-sessions", "{\"title\":\"\xff\"}", 400, "bad_request", ""},
		{"half a surrogate", "POST", "/checkout-sessions", `{"title":"\ud800"}`, 400, "validation_failed", "title"},
		{"NaN", "POST", "/checkout-sessions", `{"amount": NaN}`, 400, "validation_failed", "amount"},
		{"unknown session", "GET", "/checkout-sessions/cs_x", "", 404, "not_found", ""},
		{"unknown transaction", "GET", "/transactions/txn_x", "", 404, "not_found", ""},
		{"options", "OPTIONS", "/checkout-sessions", "", 405, "method_not_allowed", ""},
		{"clock that runs", "POST", "/test/clock/advance", `{"seconds":1}`, 404, "not_found", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := *s
			s.t = t
			got := s.want(c.status, s.call(c.method, c.target, c.body))
			message := s.field(got, c.names)
			if code := got.json["error"].(map[string]any)["code"]; code != c.code || c.names != "" && message == "" {
				t.Errorf("code %v, want %s; message %q: %s", code, c.code, message, got.body)
			}
			if got.header.Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("content type %s", got.header.Get("Content-Type"))
			}
		})
	}
}

func TestPanicsAndInnerErrorsTellNothing(t *testing.T) {
	s := newShop(t)
	var logged strings.Builder
	s.api.log = slog.New(slog.NewTextHandler(&logged, nil))
	for name, handle := range map[string]handler{
		"panic": func(http.ResponseWriter, *request) error { panic("secret of /var/db") },
		"error": func(http.ResponseWriter, *request) error { return errors.New("disk I/O error /var/db") },
		"domain": func(http.ResponseWriter, *request) error {
			return &checkout.Error{Code: checkout.CodeInternal, Message: "/var/db"}
		},
		"encode": func(w http.ResponseWriter, _ *request) error { return reply(w, 200, func() { _ = "/var/db" }) },
	} {
		w := httptest.NewRecorder()
		s.api.serve(w, httptest.NewRequest("GET", "/", nil), route{"GET", "/", anyone, handle}, nil)
		if body := w.Body.String(); w.Code != 500 || !strings.Contains(body, "An unexpected error occurred") || strings.Contains(body, "/var/db") {
			t.Errorf("%s: %d %s", name, w.Code, body)
		}
	}
	if !strings.Contains(logged.String(), "secret of /var/db") || !strings.Contains(logged.String(), "disk I/O error") {
		t.Errorf("log says %s", &logged)
	}
}

// TestEveryCodeHasAStatus reads the codes out of the domain's source.
func TestEveryCodeHasAStatus(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../checkout/errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && strings.HasPrefix(spec.Names[0].Name, "Code") {
			found++
			code := checkout.Code(strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
			if statusOf[code] == 0 {
				t.Errorf("%s has no status", spec.Names[0].Name)
			}
		}
		return true
	})
	if found != len(statusOf) || found == 0 {
		t.Errorf("%d codes, %d statuses", found, len(statusOf))
	}
}

var parameter = regexp.MustCompile(`:(\w+)`)

func TestContractNamesEveryRoute(t *testing.T) {
	contract, err := openapi3.NewLoader().LoadFromData(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := contract.Validate(context.Background()); err != nil {
		t.Error(err)
	}
	s := newShop(t, func(c *Config) {
		c.Advance = func(context.Context, time.Duration) (time.Time, error) { return time.Time{}, nil }
	})
	served := map[string]bool{}
	for _, row := range s.api.routes() {
		path := parameter.ReplaceAllString(row.path, "{$1}")
		served[row.method+" "+path] = true
		item := contract.Paths.Find(path)
		if item == nil || item.GetOperation(row.method) == nil {
			t.Errorf("openapi.yaml lacks %s %s", row.method, path)
		}
	}
	for path, item := range contract.Paths.Map() {
		for method := range item.Operations() {
			inbound := s.call(method, path, "{}")
			if !served[method+" "+path] && !strings.Contains(string(inbound.body), "is configured here that sends messages") {
				t.Errorf("openapi.yaml has %s %s, which is not served", method, path)
			}
		}
	}
}

func TestRequestIDsAreEchoedIfTheyCanStandInALog(t *testing.T) {
	s := newShop(t)
	if got := s.call("GET", "/me", "", "X-Request-Id", "abc-1_2.3").header.Get("X-Request-Id"); got != "abc-1_2.3" {
		t.Errorf("got %q", got)
	}
	for _, bad := range []string{"a b", "a\"b", strings.Repeat("x", 65), "é"} {
		got := s.call("GET", "/me", "", "X-Request-Id", bad).header.Get("X-Request-Id")
		if len(got) != 36 || strings.Count(got, "-") != 4 {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	s := newShop(t)
	for _, target := range []string{"/me", "/nothing", "/"} {
		h := s.call("GET", target, "").header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-site", "Cache-Control": "no-store",
			"Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", target, name, got, want)
			}
		}
	}
}

func TestHeadAnswersLikeGet(t *testing.T) {
	s := newShop(t)
	id := s.create(plain)
	for _, target := range []string{"/", "/me", "/checkout-sessions", "/checkout-sessions/" + id, "/" + id} {
		s.want(http.StatusOK, s.call("HEAD", target, ""))
	}
}

func TestOldSpellingsOfPaths(t *testing.T) {
	for path, want := range map[string]string{
		"/": "/", "/me/": "/me", "/v1/me": "/me", "/v1": "/", "": "/", "/v1/checkout_sessions/x": "/checkout-sessions/x",
		"/checkout_sessions": "/checkout-sessions", "/checkout_sessionsx": "/checkout_sessionsx",
		"/checkout/cs_1/wait/t": "/cs_1/wait/t", "/checkout/x": "/checkout/x", "/cs_1/": "/cs_1",
	} {
		if got := canonicalPath(path); got != want {
			t.Errorf("%s became %s, want %s", path, got, want)
		}
	}
	s := newShop(t)
	id := s.create(plain)
	for _, target := range []string{"/checkout/" + id, "/v1/checkout-sessions/" + id, "/v1/checkout_sessions", "/checkout_sessions/" + id + "/"} {
		s.want(http.StatusOK, s.call("GET", target, ""))
	}
}

func TestIdentityAndBalances(t *testing.T) {
	s := newShop(t)
	me := s.want(http.StatusOK, s.call("GET", "/me", "")).json
	if me["organization_name"] != "Boutique" || me["environment"] != "test" || me["merchant_id"] == "" || me["merchant_id"] != me["organization_id"] {
		t.Errorf("me is %v", me)
	}
	for range 2 {
		s.want(http.StatusCreated, s.call("POST", "/test/checkout-sessions/"+s.create(plain)+"/pay", ""))
	}
	for _, target := range []string{"/accounts", "/accounts/balance", "/accounts/balance?currency=xof"} {
		got := string(s.want(http.StatusOK, s.call("GET", target, "")).body)
		if !strings.Contains(got, `"currency_code":"XOF","balance":20000`) {
			t.Errorf("%s: %s", target, got)
		}
	}
	s.want(http.StatusNotFound, s.call("GET", "/accounts/balance?currency=GBP", ""))
	if got := s.want(http.StatusOK, s.call("GET", "/health", "", "X-API-KEY", "")).json; got["ok"] != true {
		t.Errorf("health is %v", got)
	}
}

func TestAnswerAfterTheCallerHasGoneIsNoFault(t *testing.T) {
	s := newShop(t)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			r := httptest.NewRequest("POST", "/checkout-sessions", strings.NewReader(plain)).WithContext(ctx)
			r.Header.Set("X-API-KEY", s.test)
			s.handler.ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	wait.Wait()
	s.want(http.StatusOK, s.call("GET", "/checkout-sessions", ""))
}
