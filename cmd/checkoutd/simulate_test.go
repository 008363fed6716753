package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout/provider/kit"
)

// TestSimulatedProvidersArePaidEndToEnd starts each simulated provider, gives
// the server what it prints, and plays the customer.
func TestSimulatedProvidersArePaidEndToEnd(t *testing.T) {
	for _, c := range []struct{ provider, pay string }{
		{"wave", `{"method":"wave"}`},
		{"orange", `{"method":"orange"}`},
		{"mtn", `{"method":"mtn","phone":"05 54 32 12 34"}`},
		{"mtn", `{"method":"mtn","phone":"0554321234"}`},
		{"mtn", `{"method":"mtn","phone":"+225 05 54 32 12 34"}`},
		{"stripe", `{"method":"card"}`},
	} {
		t.Run(c.provider, func(t *testing.T) {
			addr, db := freeAddr(t), filepath.Join(t.TempDir(), "simulated.db")
			fake, exported := simulateProvider(t, c.provider, "--webhook-url", "http://"+addr+"/webhooks/"+c.provider)
			server, url := listening(t, exported, "--addr", addr, "--db", db, "--rate-limit", "0")
			payOnce(t, newCaller(t, url, makeKey(t, db, "test")), fake, c.pay, server)
			log := server.logged()
			if !strings.Contains(log, fmt.Sprintf(`"msg":"providers","live":[],"test":[%q,"sandbox"]`, c.provider)) {
				t.Errorf("the log does not say who is configured: %s", log)
			}
			for name, value := range exported {
				if !strings.HasSuffix(name, "_BASE_URL_TEST") && !strings.HasSuffix(name, "_TARGET_ENVIRONMENT_TEST") && strings.Contains(log, value) {
					t.Errorf("the log shows %s", name)
				}
			}
		})
	}
}

func TestSimulateRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"paypal"}, "wave"},
		{[]string{"wave", "--addr", "0.0.0.0:0"}, "must be an address of this machine alone"},
		{[]string{"wave", "--webhook-url", "nonsense"}, "--webhook-url"},
		{[]string{"wave", "--secret", "two words"}, "--secret"},
		{[]string{"stripe", "--secret", "plain"}, "--secret"},
	} {
		stdout, _, err := runIn(nil, "", append([]string{"simulate"}, c.args...)...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(stdout, "export") {
			t.Errorf("%v: %v, want %q; printed %q", c.args, err, c.want, stdout)
		}
	}
}

func TestSimulatedClockMoves(t *testing.T) {
	fake, exported := simulateProvider(t, "stripe", "--test-clock", "--secret", "whsec_mine")
	if exported["CHECKOUTD_STRIPE_WEBHOOK_SECRET_TEST"] != "whsec_mine" {
		t.Errorf("printed %v", exported)
	}
	move := newCaller(t, fake, "")
	if _, err := move.call(200, "POST", "/simulate/clock/advance", `{"seconds":86400}`); err != nil {
		t.Error(err)
	}
	runs, _ := simulateProvider(t, "stripe")
	if _, err := newCaller(t, runs, "").call(http.StatusBadRequest, "POST", "/simulate/clock/advance", `{"seconds":60}`); err != nil {
		t.Error(err)
	}
}

// TestSimulationSaysWhatItCanDo is about the last line that simulate prints, and
// about MTN, which is simulated as in Côte d'Ivoire.
func TestSimulationSaysWhatItCanDo(t *testing.T) {
	for _, p := range providers {
		s := kit.Simulation{URL: "http://127.0.0.1:1"}
		fake, settings := p.Simulate(s)
		text := simulationText(p, s, settings, movesOf(fake))
		want := map[string]string{
			"wave":   "pay/TRANSACTION, or in the place of pay: fail, cancel, refund\n",
			"orange": "pay/TRANSACTION, or in the place of pay: fail, confirm, cancel, notify\n",
			"mtn":    "pay/TRANSACTION, or in the place of pay: fail, cancel, expire, refund/pay, refund/fail\n",
			"stripe": "pay/TRANSACTION, or in the place of pay: fail, pay-async, settle, settle-failed, refund, dispute, dispute-won, dispute-lost\n",
		}[p.Name]
		if !strings.HasSuffix(text, want) || want == "" {
			t.Errorf("%s ends with another line: %s", p.Name, text)
		}
		if country := strings.Contains(text, "export CHECKOUTD_MTN_TARGET_ENVIRONMENT_TEST=mtnivorycoast\n"); country != (p.Name == "mtn") {
			t.Errorf("%s: %s", p.Name, text)
		}
	}
	p := providers[0]
	for want, moves := range map[string][]string{"simulate/settle/TRANSACTION\n": {"settle"}, "test keys use it:\n": nil} {
		if text := simulationText(p, kit.Simulation{}, nil, moves); !strings.HasSuffix(text, want) {
			t.Errorf("%v: %s, want %q", moves, text, want)
		}
	}
	if moves := movesOf(nothing{}); moves != nil {
		t.Errorf("moves %v of what has none", moves)
	}
}

// nothing is a simulated provider that can do nothing.
type nothing struct{ kit.Simulated }

// TestQuotedTextIsOneWord is about what a shell makes of an export line.
func TestQuotedTextIsOneWord(t *testing.T) {
	for text, want := range map[string]string{
		"whsec_1": "whsec_1", "http://127.0.0.1:80": "http://127.0.0.1:80",
		"$HOME": "'$HOME'", "it's": `'it'\''s'`, "": "",
	} {
		if got := quoted(text); got != want {
			t.Errorf("quoted(%q) = %s, want %s", text, got, want)
		}
	}
}
