package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// merchantDB makes a database with two merchants who have test and live keys.
func merchantDB(t *testing.T) string {
	t.Helper()
	db := filepath.Join(t.TempDir(), "merchants.db")
	for _, name := range []string{"Chez Awa", "Bar Koffi"} {
		for _, mode := range []string{"test", "live"} {
			if _, _, err := command("keys", "create", "--db", db, "--env", mode, "--merchant", name); err != nil {
				t.Fatal(err)
			}
		}
	}
	return db
}

// setWave stores credentials of Wave for a merchant, from standard input.
func setWave(t *testing.T, db, merchant, mode, settings string, args ...string) (string, error) {
	t.Helper()
	stdout, _, err := runIn(variables{"CHECKOUTD_ENCRYPTION_KEY": aKey(1)}, settings, append([]string{
		"credentials", "set", "wave", "--db", db, "--merchant", merchant, "--env", mode, "--stdin"}, args...)...)
	return stdout, err
}

const ownWave = `{"api_key": "hush-key", "webhook_secret": "hush-secret", "base_url": "http://127.0.0.1:1"}`

func TestCredentialsAreSetListedAndRemoved(t *testing.T) {
	db := merchantDB(t)
	stdout, err := setWave(t, db, "Chez Awa", "live", ownWave, "--public-url", "https://pay.example/")
	if err != nil || !regexp.MustCompile(`business portal: https://pay\.example/webhooks/wave/mer_\w+\n$`).MatchString(stdout) {
		t.Fatalf("%s, %v", stdout, err)
	}
	raw, err := os.ReadFile(db)
	if err != nil || bytes.Contains(raw, []byte("hush")) {
		t.Errorf("the file holds a secret, %v", err)
	}
	list, _, err := command("credentials", "list", "--db", db)
	if err != nil || !regexp.MustCompile(`(?m)^Chez Awa +live +wave +\d{4}-\d\d-\d\dT\S+$`).MatchString(list) || strings.Count(list, "\n") != 2 || strings.Contains(list, "hush") {
		t.Errorf("%s, %v", list, err)
	}
	remove := []string{"credentials", "remove", "wave", "--db", db, "--merchant", "Chez Awa", "--env", "live"}
	if _, _, err := command(remove...); err != nil {
		t.Error(err)
	}
	if _, _, err := command(remove...); err == nil || !strings.Contains(err.Error(), "no credentials of its own") {
		t.Errorf("a second time: %v", err)
	}
}

func TestCredentialsComeFromTheEnvironmentToo(t *testing.T) {
	db := merchantDB(t)
	env := variables{
		"CHECKOUTD_ENCRYPTION_KEY": aKey(1), "CHECKOUTD_DB": db,
		"CHECKOUTD_STRIPE_SECRET_KEY": "sk_test_hush", "CHECKOUTD_STRIPE_WEBHOOK_SECRET": "whsec_hush",
	}
	stdout, _, err := runIn(env, "", "credentials", "set", "stripe", "--merchant", "Chez Awa", "--env", "test")
	if err != nil || !strings.Contains(stdout, "test payments of Chez Awa with Stripe") || !strings.Contains(stdout, "/webhooks/stripe/mer_") {
		t.Errorf("%s, %v", stdout, err)
	}
	if list, _, _ := command("credentials", "list", "--db", db); !strings.Contains(list, "stripe") {
		t.Error(list)
	}
}

func TestCredentialsAreRefused(t *testing.T) {
	db := merchantDB(t)
	for _, c := range []struct{ merchant, mode, settings, want string }{
		{"Chez Awa", "live", `{"api_key": "hush"}`, "webhook_secret: "},
		{"Chez Awa", "live", `{"webhook_secret": "hush"}`, "api_key: "},
		{"Chez Awa", "live", `{}`, "api_key: "},
		{"Chez Awa", "live", `{"api_key": "hush", "webhook_secret": "hush", "base_url": "http://wave.example"}`, "base_url: "},
		{"Chez Awa", "test", `{"api_key": "hush", "webhook_secret": "hush"}`, "base_url: "},
		{"Chez Awa", "live", `{"apikey": "hush"}`, "wave has no setting apikey"},
		{"Chez Awa", "live", `{"api_key": ["hush"]}`, "api_key must be a text"},
		{"Chez Awa", "live", `hush`, "standard input"},
		{"Chez Awa", "live", ``, "standard input"},
		{"Nobody", "live", ownWave, `no merchant "Nobody"`},
	} {
		stdout, err := setWave(t, db, c.merchant, c.mode, c.settings)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(stdout+err.Error(), "hush") {
			t.Errorf("%s: %v, want %s", c.settings, err, c.want)
		}
	}
	for _, c := range []struct {
		env  variables
		args []string
		want string
	}{
		{nil, []string{"wave", "--stdin"}, "CHECKOUTD_ENCRYPTION_KEY is not set"},
		{variables{"CHECKOUTD_ENCRYPTION_KEY": "hush"}, []string{"wave", "--stdin"}, "CHECKOUTD_ENCRYPTION_KEY must be"},
		{variables{"CHECKOUTD_ENCRYPTION_KEY": aKey(1)}, []string{"wave"}, "CHECKOUTD_WAVE_API_KEY: "},
		{variables{"CHECKOUTD_ENCRYPTION_KEY": aKey(1), "CHECKOUTD_WAVE_API_KEY": "hush"}, []string{"wave"}, "CHECKOUTD_WAVE_WEBHOOK_SECRET: "},
		{variables{"CHECKOUTD_ENCRYPTION_KEY": aKey(1)}, []string{"paypal", "--stdin"}, "wave"},
	} {
		_, _, err := runIn(c.env, ownWave, append([]string{"credentials", "set", "--db", db, "--merchant", "Chez Awa", "--env", "live"}, c.args...)...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%v %v: %v, want %s", c.env, c.args, err, c.want)
		}
	}
	if list, _, _ := command("credentials", "list", "--db", db); strings.Count(list, "\n") != 1 {
		t.Errorf("something was stored: %s", list)
	}
}

func TestServeWantsTheKeyOfStoredCredentials(t *testing.T) {
	db := merchantDB(t)
	if _, err := setWave(t, db, "Chez Awa", "live", ownWave); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ key, want string }{
		{"", "1 credentials of merchants are stored, and none can be opened: set CHECKOUTD_ENCRYPTION_KEY to the key that they were set with"},
		{aKey(2), "no key in CHECKOUTD_ENCRYPTION_KEY opens it"},
		{aKey(2) + "," + aKey(1), "--public-url: live wave credentials of Chez Awa are set"}, // that is next
	} {
		if got := serveFails(t, variables{"CHECKOUTD_ENCRYPTION_KEY": c.key}, "--db", db); !strings.Contains(got, c.want) {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// TestSwappedCredentialsAreNotUsed puts what was sealed for one merchant into
// the row of another, as somebody could who can write to the file.
func TestSwappedCredentialsAreNotUsed(t *testing.T) {
	db := merchantDB(t)
	for _, name := range []string{"Chez Awa", "Bar Koffi"} {
		if _, err := setWave(t, db, name, "test", ownWave); err != nil {
			t.Fatal(err)
		}
	}
	err := withStore(db, false, func(s checkout.Store, _ *checkout.Service) error {
		return s.Update(t.Context(), func(tx checkout.Tx) error {
			list, err := tx.ListCredentials()
			if err != nil {
				return err
			}
			list[1].Sealed = list[0].Sealed
			return tx.PutCredentials(list[1])
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := command("keys", "create", "--db", db, "--env", "test", "--merchant", "Bar Koffi")
	if err != nil {
		t.Fatal(err)
	}
	server, url := listening(t, variables{"CHECKOUTD_ENCRYPTION_KEY": aKey(1)}, "--addr", "127.0.0.1:0", "--db", db)
	api := newCaller(t, url, strings.TrimSpace(key))
	made, err := api.call(201, "POST", "/checkout-sessions", `{"amount":1000,"currency_code":"XOF"}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.call(400, "POST", fmt.Sprintf("/checkout-sessions/%s/pay", made["id"]), `{"method":"wave"}`); err != nil {
		t.Error(err)
	}
	log := server.logged()
	if !strings.Contains(log, `"msg":"alert","kind":"credentials","provider":"wave","merchant":"Bar Koffi"`) {
		t.Errorf("no alert: %s", log)
	}
}

// TestOwnWalletIsPaid lets one merchant be paid into a wallet of its own, told
// so at an address of its own.
func TestOwnWalletIsPaid(t *testing.T) {
	addr, db := freeAddr(t), merchantDB(t)
	list, _, err := command("keys", "create", "--db", db, "--env", "test", "--merchant", "Chez Awa")
	if err != nil {
		t.Fatal(err)
	}
	var merchant string
	err = withStore(db, false, func(s checkout.Store, _ *checkout.Service) error {
		return s.View(t.Context(), func(tx checkout.Tx) error {
			m, err := tx.MerchantByName("Chez Awa")
			merchant = m.ID
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	fake, exported := simulateProvider(t, "wave", "--webhook-url", webhookAddress("http://"+addr, "wave", merchant))
	settings := fmt.Sprintf(`{"api_key": %q, "webhook_secret": %q, "base_url": %q}`,
		exported["CHECKOUTD_WAVE_API_KEY_TEST"], exported["CHECKOUTD_WAVE_WEBHOOK_SECRET_TEST"], fake)
	if _, err := setWave(t, db, "Chez Awa", "test", settings); err != nil {
		t.Fatal(err)
	}
	server, url := listening(t, variables{"CHECKOUTD_ENCRYPTION_KEY": aKey(1)}, "--addr", addr, "--db", db, "--rate-limit", "0")
	payOnce(t, newCaller(t, url, strings.TrimSpace(list)), fake, `{"method":"wave"}`, server)
}

func TestPrintedKeyIsAKey(t *testing.T) {
	first, _, err := command("credentials", "key")
	if err != nil {
		t.Fatal(err)
	}
	second, _, _ := command("credentials", "key")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(first))
	if err != nil || len(raw) != 32 || first == second {
		t.Errorf("%q, %q, %v", first, second, err)
	}
}
