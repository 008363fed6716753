package main

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/kit"
)

// complete returns the variables of p that make test keys work, from what its
// simulation asks for.
func complete(p provider) variables {
	_, settings := p.Simulate(kit.Simulation{URL: "http://127.0.0.1:1", WebhookURL: "http://127.0.0.1:2"})
	settings["base-url"] = "http://127.0.0.1:1"
	v := variables{}
	for name, value := range settings {
		v[variable(p.flag(name, false))] = value
	}
	return v
}

// serveFails returns the error of a server that cannot start.
func serveFails(t *testing.T, v variables, args ...string) string {
	t.Helper()
	db := filepath.Join(t.TempDir(), "refused.db")
	stdout, stderr, err := runIn(v, "", append([]string{"serve", "--addr", "127.0.0.1:0", "--metrics-addr", "nonsense", "--db", db}, args...)...)
	if err == nil || stdout != "" {
		t.Fatalf("it started: %s%s", stdout, stderr)
	}
	return err.Error()
}

// TestEachMissingSettingIsNamed leaves out one setting after the other.
func TestEachMissingSettingIsNamed(t *testing.T) {
	for _, p := range providers {
		all := complete(p)
		if got := serveFails(t, all); !strings.Contains(got, "--metrics-addr") {
			t.Errorf("%s: with all settings: %s", p.Name, got)
		}
		for name, value := range all {
			optional := strings.HasSuffix(name, "_BASE_URL_TEST") && p.Name != "wave" || strings.HasSuffix(name, "_TARGET_ENVIRONMENT_TEST")
			less := maps.Clone(all)
			delete(less, name)
			got := serveFails(t, less)
			if found := strings.HasPrefix(got, name+": "); found == optional {
				t.Errorf("without %s: %s", name, got)
			}
			if value != all[variable(p.flag("base-url", false))] && strings.Contains(got, value) {
				t.Errorf("without %s the error shows its value: %s", name, got)
			}
		}
	}
}

func TestBadSettingsNameTheVariable(t *testing.T) {
	for _, c := range []struct {
		env  variables
		want string
	}{
		{variables{"CHECKOUTD_WAVE_API_KEY": "k"}, "CHECKOUTD_WAVE_WEBHOOK_SECRET: "},
		{variables{"CHECKOUTD_WAVE_WEBHOOK_SECRET": "s"}, "CHECKOUTD_WAVE_API_KEY: "},
		{variables{"CHECKOUTD_WAVE_BASE_URL": "https://wave.example"}, "CHECKOUTD_WAVE_API_KEY: "},
		{variables{"CHECKOUTD_WAVE_API_KEY": "k", "CHECKOUTD_WAVE_WEBHOOK_SECRET": "s", "CHECKOUTD_WAVE_BASE_URL": "http://wave.example"}, "CHECKOUTD_WAVE_BASE_URL: "},
		{variables{"CHECKOUTD_WAVE_API_KEY": "k", "CHECKOUTD_WAVE_WEBHOOK_SECRET": "s", "CHECKOUTD_WAVE_SIGNING_SECRET": "a b"}, "CHECKOUTD_WAVE_SIGNING_SECRET: "},
		{variables{"CHECKOUTD_WAVE_API_KEY": "k", "CHECKOUTD_WAVE_WEBHOOK_SECRET": "s, a b"}, "CHECKOUTD_WAVE_WEBHOOK_SECRET: "},
		{variables{"CHECKOUTD_WAVE_API_KEY_TEST": "k", "CHECKOUTD_WAVE_WEBHOOK_SECRET_TEST": "s", "CHECKOUTD_WAVE_BASE_URL_TEST": "https://API.wave.com/"}, "CHECKOUTD_WAVE_BASE_URL_TEST: "},
		{variables{"CHECKOUTD_STRIPE_SECRET_KEY": "sk_test_1", "CHECKOUTD_STRIPE_WEBHOOK_SECRET": "whsec_1"}, "CHECKOUTD_STRIPE_SECRET_KEY: "},
		{variables{"CHECKOUTD_STRIPE_SECRET_KEY_TEST": "sk_live_1", "CHECKOUTD_STRIPE_WEBHOOK_SECRET_TEST": "whsec_1"}, "CHECKOUTD_STRIPE_SECRET_KEY_TEST: "},
		{variables{"CHECKOUTD_STRIPE_SECRET_KEY": "sk_live_1", "CHECKOUTD_STRIPE_WEBHOOK_SECRET": "whsec_1", "CHECKOUTD_STRIPE_BASE_URL": "http://10.0.0.1"}, "CHECKOUTD_STRIPE_BASE_URL: "},
		{variables{"CHECKOUTD_MTN_SUBSCRIPTION_KEY": "k"}, "CHECKOUTD_MTN_TARGET_ENVIRONMENT: "},
		{variables{"CHECKOUTD_MTN_TARGET_ENVIRONMENT_TEST": "mtnbenin"}, "CHECKOUTD_MTN_TARGET_ENVIRONMENT_TEST: "},
		{variables{"CHECKOUTD_ORANGE_CLIENT_ID": "a:b"}, "CHECKOUTD_ORANGE_CLIENT_ID: "},
		{variables{"CHECKOUTD_ORANGE_CLIENT_ID": "a", "CHECKOUTD_ORANGE_CLIENT_SECRET": "b", "CHECKOUTD_ORANGE_MERCHANT_KEY": "c"}, "CHECKOUTD_ORANGE_COUNTRY: "},
		{variables{"CHECKOUTD_ENCRYPTION_KEY": "short"}, "CHECKOUTD_ENCRYPTION_KEY must be 32 bytes"},
	} {
		if got := serveFails(t, c.env); !strings.HasPrefix(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%v: %s, want %s", c.env, got, c.want)
		}
	}
}

func TestAllFaultsAreSaidAtOnce(t *testing.T) {
	got := serveFails(t, variables{"CHECKOUTD_WAVE_API_KEY": "k", "CHECKOUTD_STRIPE_SECRET_KEY_TEST": "sk_test_1"})
	for _, want := range []string{"CHECKOUTD_WAVE_WEBHOOK_SECRET: ", "CHECKOUTD_STRIPE_WEBHOOK_SECRET_TEST: "} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}

func TestStoppedClockRefusesLiveProviders(t *testing.T) {
	env := variables{"CHECKOUTD_WAVE_API_KEY": "k", "CHECKOUTD_WAVE_WEBHOOK_SECRET": "s"}
	if got := serveFails(t, env, "--test-clock"); !strings.HasPrefix(got, "--test-clock: CHECKOUTD_WAVE_API_KEY is set") {
		t.Error(got)
	}
}

// TestRowsFitTheirAdapters holds the table to the adapters.
func TestRowsFitTheirAdapters(t *testing.T) {
	for _, p := range providers {
		env := complete(p)
		get := func(name string) string { return env[variable(p.flag(name, false))] }
		adapter, err := p.open(get, false, clock.NewMock(), entry)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		if adapter.Name() != p.Name || adapter.Livemode() {
			t.Errorf("row %s makes %s, live %v", p.Name, adapter.Name(), adapter.Livemode())
		}
		if _, listens := adapter.(checkout.Notifier); p.Portal != "" && !listens {
			t.Errorf("%s has a portal for messages that it does not send", p.Name)
		}
		if p.Base(get, false) != "http://127.0.0.1:1" || !strings.HasPrefix(p.Base(func(string) string { return "" }, true), "https://") {
			t.Errorf("%s is at %s", p.Name, p.Base(get, false))
		}
	}
	if _, err := findProvider("paypal"); err == nil || !strings.Contains(err.Error(), "wave,orange,mtn,stripe") {
		t.Errorf("%v", err)
	}
}

// TestBothModesBesideTheSandbox reads what the server says at its start.
func TestBothModesBesideTheSandbox(t *testing.T) {
	db := filepath.Join(t.TempDir(), "modes.db")
	server, _ := listening(t, variables{
		"CHECKOUTD_WAVE_API_KEY": "hush-hush", "CHECKOUTD_WAVE_WEBHOOK_SECRET": "hush-one,hush-two", "CHECKOUTD_WAVE_BASE_URL": "http://127.0.0.1:1",
	}, "--addr", "127.0.0.1:0", "--db", db, "--public-url", "https://pay.example", "--config", configFile(t, `{"stripe_secret_key_test": "sk_test_hush",
		"stripe_webhook_secret_test": "whsec_hush, whsec_old", "stripe_base_url_test": "http://127.0.0.1:1"}`))
	server.stop()
	log := server.logged()
	if !strings.Contains(log, `"msg":"providers","live":["wave"],"test":["stripe","sandbox"]`) || strings.Contains(log, "hush") {
		t.Error(log)
	}
}
