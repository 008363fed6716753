package main

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/webhook/torture"
	"github.com/checkoutd/checkoutd/webhook/torture/badshop"
)

// badShop runs a receiver with faults and returns its address and its secret.
func badShop(t *testing.T, faults ...badshop.Fault) (url string, v variables) {
	t.Helper()
	const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	s := httptest.NewServer(badshop.New(badshop.Config{Secret: secret, Faults: faults, Clock: clock.New()}))
	t.Cleanup(s.Close)
	return s.URL, variables{tortureSecret: secret}
}

func TestTorturePrintsATable(t *testing.T) {
	t.Parallel() // the slow body takes its two seconds
	url, v := badShop(t, badshop.Timeless)
	stdout, stderr, err := runIn(v, "", "torture", url+"/webhooks", "--effects", url+"/effects")
	if err == nil || !strings.HasSuffix(err.Error(), "of 37 checks failed") || !strings.HasPrefix(err.Error(), "1 of") {
		t.Errorf("ended with %v", err)
	}
	for _, want := range []string{"pass  accepts-valid ", "\nFAIL  refuses-stale ", "\nit checks Webhook-Signature; ", " passed, 1 failed, "} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if !strings.Contains(stderr, "refuses-stale…\n") || strings.Contains(stdout+stderr, v[tortureSecret]) {
		t.Errorf("on the way it printed %s", stderr)
	}
}

func TestTorturePrintsJSON(t *testing.T) {
	t.Parallel()
	url, v := badShop(t)
	stdout, _, err := runIn(nil, "", "torture", url+"/webhooks", "--json", "--secret", v[tortureSecret], "--metadata", `{"order_id":"test-{n}"}`)
	var report torture.Report
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	if err != nil || report.Kind != torture.KindStandard || report.Count(torture.Skipped) == 0 || report.Count(torture.Fail) > 0 {
		t.Errorf("%v: %+v", err, report)
	}
}

func TestTortureSaysThatTheSecretIsWrong(t *testing.T) {
	url, _ := badShop(t)
	stdout, _, err := runIn(variables{tortureSecret: "whsec_b3RoZXI="}, "", "torture", url+"/webhooks")
	if err == nil || err.Error() != "1 of 1 checks failed" || !strings.Contains(stdout, "is --secret the one shown when the webhook was created?") {
		t.Errorf("ended with %v; printed %s", err, stdout)
	}
}

func TestTortureRefuses(t *testing.T) {
	v := variables{tortureSecret: "whsec_1"}
	for _, c := range []struct {
		v    variables
		args []string
		want string
	}{
		{nil, []string{"http://127.0.0.1:1/"}, tortureSecret},
		{v, []string{"http://192.0.2.1/"}, "--remote"},
		{v, []string{"nonsense"}, "is no URL"},
		{v, []string{"http://127.0.0.1:1/", "--metadata", "[]"}, "--metadata"},
		{v, []string{"http://" + freeAddr(t) + "/"}, "does the receiver run?"},
	} {
		stdout, _, err := runIn(c.v, "", append([]string{"torture"}, c.args...)...)
		if err == nil || !strings.Contains(err.Error(), c.want) || stdout != "" {
			t.Errorf("%v: %v, want %q; printed %q", c.args, err, c.want, stdout)
		}
	}
}
