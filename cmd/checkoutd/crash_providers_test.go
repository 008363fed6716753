package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout/provider/kit"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// fakeProvider is a simulated provider that outlives the server.
type fakeProvider struct {
	name, url string
	server    interface {
		Inject(path string, f simulator.Fault)
		Messages(d simulator.Delivery)
	}
}

// fakeProviders serves all simulated providers on a clock, and returns them with
// the variables that lead test keys to them.
func fakeProviders(t *testing.T, now *clock.Mock) (list []fakeProvider, env []string) {
	t.Helper()
	for _, p := range providers {
		var served http.Handler
		ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { served.ServeHTTP(w, r) }))
		t.Cleanup(ts.Close)
		fake, settings := p.Simulate(kit.Simulation{Config: simulator.Config{Clock: now}, URL: ts.URL, WebhookURL: "http://127.0.0.1:1/webhooks/" + p.Name})
		served = fake
		settings["base-url"] = ts.URL
		for name, value := range settings {
			env = append(env, variable(p.flag(name, false))+"="+value)
		}
		f := fakeProvider{name: p.Name, url: ts.URL}
		f.server = fake.(interface {
			Inject(path string, f simulator.Fault)
			Messages(d simulator.Delivery)
		})
		f.server.Messages(simulator.Never)
		list = append(list, f)
	}
	return list, env
}

// startPaths is where each provider takes payments, and methods what customers
// call it.
var startPaths = map[string]string{"wave": "/v1/checkout/sessions", "stripe": "/v1/checkout/sessions", "mtn": "/requesttopay", "orange": "/webpayment"}

// TestPaymentsSurviveAKillOfTheServer starts a payment with each provider, loses
// every message, kills the real binary with kill -9 once while it waits for the
// answer to the start and once after the answer, starts it again, and lets the
// clock run. Orange is not asked for an answer that was lost: nobody was shown
// its page.
func TestPaymentsSurviveAKillOfTheServer(t *testing.T) {
	program := binary(t)
	for _, during := range []bool{false, true} {
		t.Run(fmt.Sprintf("during the start %v", during), func(t *testing.T) {
			now := clock.NewMock()
			now.Set(time.Now().UTC())
			fakes, env := fakeProviders(t, now)
			db := filepath.Join(t.TempDir(), "kill.db")
			out, err := exec.Command(program, "keys", "create", "--db", db, "--env", "test").Output()
			if err != nil {
				t.Fatal(err)
			}
			key := strings.TrimSpace(string(out))
			told := &sync.Map{} // session to how many PAYMENT_SUCCEEDED arrived
			receiver := httptest.NewServer(countSucceeded(told))
			defer receiver.Close()
			serve := func() (*process, *caller) {
				p := launchIn(t, env, program, "--db", db, "--rate-limit", "0", "--allow-loopback-webhooks", "--test-clock")
				return p, newCaller(t, p.url, key)
			}
			p, api := serve()
			must := mustCall(t)
			must(api.call(201, "POST", "/webhooks", fmt.Sprintf(`{"url":%q,"authorized_events":["PAYMENT_SUCCEEDED"]}`, receiver.URL)))
			sessions := map[string]string{}
			var waiting sync.WaitGroup
			for _, f := range fakes {
				id := must(api.call(201, "POST", "/checkout-sessions", `{"amount":1000,"currency_code":"XOF"}`))["id"].(string)
				sessions[f.name] = id
				lost := during && f.name != "orange"
				if lost {
					f.server.Inject(startPaths[f.name], simulator.Slow)
				}
				begin := func() (map[string]any, error) {
					method := map[string]string{"stripe": "card"}[f.name]
					return api.call(201, "POST", "/checkout-sessions/"+id+"/pay", fmt.Sprintf(`{"method":%q,"phone":"+2250504030201"}`, cmp.Or(method, f.name)))
				}
				if lost {
					waiting.Go(func() { _, _ = begin() }) // the kill ends it
				} else {
					must(begin())
				}
				payAtFake(t, api, f, id)
			}
			p.kill()
			waiting.Wait()
			checkIntegrity(t, db)
			_, api = serve()
			took := awaitCompleted(t, api, now, sessions)
			for name, id := range sessions {
				if n, _ := told.Load(id); n != 1 {
					t.Errorf("%s: the merchant was told %v times", name, n)
				}
			}
			t.Logf("completed after %v", took)
		})
	}
}

// payAtFake plays the customer as soon as the provider has heard of the payment
// of a session.
func payAtFake(t *testing.T, api *caller, f fakeProvider, session string) {
	t.Helper()
	customer := newCaller(t, f.url, "")
	for begun := time.Now(); time.Since(begun) < 20*time.Second; {
		for _, id := range attemptsOf(t, api, session) {
			if _, err := customer.call(200, "POST", "/simulate/pay/"+id, ""); err == nil {
				return
			}
		}
	}
	t.Fatalf("%s never heard of the payment", f.name)
}

// attemptsOf returns the transactions of a session that are pending.
func attemptsOf(t *testing.T, api *caller, session string) (ids []string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, api.url+"/attempts?checkout_session_id="+session, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-KEY", api.key)
	answer, err := api.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var list []struct{ ID string }
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	return ids
}

// awaitCompleted moves the clocks of the server and of the providers until every
// session is completed, and returns after how long each was.
func awaitCompleted(t *testing.T, api *caller, now *clock.Mock, sessions map[string]string) map[string]time.Duration {
	t.Helper()
	must := mustCall(t)
	took := map[string]time.Duration{}
	for passed := time.Duration(0); len(took) < len(sessions); passed += 10 * time.Second {
		if passed > 6*time.Minute {
			t.Fatalf("after %v only %v are completed, of %v", passed, took, sessions)
		}
		now.Add(10 * time.Second)
		must(api.call(200, "POST", "/test/clock/advance", `{"seconds":10}`))
		for name, id := range sessions {
			if got := must(api.call(200, "GET", "/checkout-sessions/"+id, "")); got["status"] == "completed" && took[name] == 0 {
				took[name] = passed + 10*time.Second
			}
		}
	}
	return took
}

func mustCall(t *testing.T) func(v map[string]any, err error) map[string]any {
	return func(v map[string]any, err error) map[string]any {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// countSucceeded is a merchant's receiver.
func countSucceeded(told *sync.Map) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var event struct {
			Data struct {
				Session string `json:"checkout_session_id"`
			}
		}
		if err != nil || json.Unmarshal(body, &event) != nil {
			return
		}
		n, _ := told.LoadOrStore(event.Data.Session, 0)
		told.Store(event.Data.Session, n.(int)+1)
	}
}
