package mtntest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestSandboxUserIsMadeByTheAPI(t *testing.T) {
	b := newBench(t, Config{})
	h := header("Ocp-Apim-Subscription-Key", SubscriptionKey, "X-Reference-Id", uuid(1), "Content-Type", "application/json")
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"host with scheme", "POST", "/v1_0/apiuser", `{"providerCallbackHost":"https://pay.example"}`, 400, "providerCallbackHost"},
		{"key of nobody", "POST", "/v1_0/apiuser/" + uuid(1) + "/apikey", "", 404, "RESOURCE_NOT_FOUND"},
		{"nobody", "GET", "/v1_0/apiuser/" + uuid(1), "", 404, "RESOURCE_NOT_FOUND"},
		{"new", "POST", "/v1_0/apiuser", `{"providerCallbackHost":"pay.example"}`, 201, ""},
		{"again", "POST", "/v1_0/apiuser", `{"providerCallbackHost":"pay.example"}`, 409, "RESOURCE_ALREADY_EXIST"},
		{"read", "GET", "/v1_0/apiuser/" + uuid(1), "", 200, `"targetEnvironment":"sandbox"`},
		{"key", "POST", "/v1_0/apiuser/" + uuid(1) + "/apikey", "", 201, "apiKey"},
	} {
		status, text := b.do(c.method, c.path, h.Clone(), c.body)
		if status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s: got %d %s, want %d %s", c.name, status, text, c.status, c.want)
		}
		if c.name != "key" {
			continue
		}
		var key struct{ APIKey string }
		if err := json.Unmarshal([]byte(text), &key); err != nil {
			t.Fatal(err)
		}
		if status, text := b.token("collection", SubscriptionKey, uuid(1), key.APIKey); status != 200 {
			t.Errorf("token: %d %s", status, text)
		}
	}
	if status, _ := newBench(t, Config{XOF: true}).do("POST", "/v1_0/apiuser", h.Clone(), `{"providerCallbackHost":"pay.example"}`); status != 404 {
		t.Errorf("production made an API user: %d", status)
	}
}

func TestTokensAreOfOneProductAndEnd(t *testing.T) {
	b := newBench(t, Config{})
	for _, c := range []struct {
		name, product, subscription, user, key string
		status                                 int
		want                                   string
	}{
		{"good", "collection", SubscriptionKey, APIUser, APIKey, 200, `"expires_in":3600`},
		{"subscription of the other product", "collection", DisbursementKey, APIUser, APIKey, 401, "invalid subscription key"},
		{"wrong key", "collection", SubscriptionKey, APIUser, "x", 401, "login_failed"},
		{"wrong user", "collection", SubscriptionKey, "x", APIKey, 401, "login_failed"},
	} {
		if status, text := b.token(c.product, c.subscription, c.user, c.key); status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s: got %d %s, want %d %s", c.name, status, text, c.status, c.want)
		}
	}
	h := b.auth("collection")
	balance := func(path string, h http.Header) int {
		status, _ := b.do("GET", path, h.Clone(), "")
		return status
	}
	const path = "/collection/v1_0/account/balance"
	if status := balance(path, h); status != 200 {
		t.Errorf("fresh token: %d", status)
	}
	crossed := h.Clone()
	crossed.Set("Ocp-Apim-Subscription-Key", DisbursementKey)
	if status := balance("/disbursement/v1_0/account/balance", crossed); status != 401 {
		t.Errorf("token of the other product: %d", status)
	}
	elsewhere := h.Clone()
	elsewhere.Set("X-Target-Environment", "mtnbenin")
	if status := balance(path, elsewhere); status != 500 {
		t.Errorf("other environment: %d", status)
	}
	b.now.Add(time.Hour - time.Second)
	if status := balance(path, h); status != 200 {
		t.Errorf("in its last second: %d", status)
	}
	b.now.Add(time.Second)
	if status := balance(path, h); status != 401 {
		t.Errorf("after an hour: %d", status)
	}
	h = b.auth("collection")
	b.RevokeTokens()
	if status := balance(path, h); status != 401 {
		t.Errorf("revoked: %d", status)
	}
	with := http.Request{Header: header("Ocp-Apim-Subscription-Key", SubscriptionKey)}
	with.SetBasicAuth(APIUser, APIKey)
	if status, _ := b.do("POST", "/collection/token/", with.Header, "{}"); status != 400 {
		t.Errorf("with a body: %d", status)
	}
}
