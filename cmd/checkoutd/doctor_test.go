package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// set gives flags of providers their values.
func (f providerFlags) set(t *testing.T, v variables) {
	t.Helper()
	for name, value := range v {
		found := false
		all := reflect.ValueOf(f.Plugins[0]).Elem()
		for i := range all.NumField() {
			if variable(all.Type().Field(i).Tag.Get("name")) == name {
				all.Field(i).SetString(value)
				found = true
			}
		}
		if !found {
			t.Fatalf("no flag has the variable %s", name)
		}
	}
}

// newDoctor returns a doctor for a healthy machine without a database.
func newDoctor(t *testing.T) *doctor {
	t.Helper()
	now := clock.NewMock()
	now.Set(time.Now())
	d := &doctor{
		clock: now, client: &http.Client{},
		free: func(string) (uint64, error) { return 50 << 30, nil },
		sync: func(string) (time.Duration, error) { return time.Millisecond, nil },
	}
	d.flags.DB = filepath.Join(t.TempDir(), "doctor.db")
	d.flags.Providers = newProviderFlags()
	return d
}

// wantFinding runs the doctor and looks for a line.
func wantFinding(t *testing.T, name string, d *doctor, l level, check, words string) {
	t.Helper()
	var out bytes.Buffer
	err := d.report(t.Context(), &out, false)
	if failed := strings.Contains("\n"+out.String(), "\nFAIL"); failed != (err != nil) {
		t.Errorf("%s: error %v with\n%s", name, err, &out)
	}
	for _, f := range d.findings {
		if f.Level == l && f.Check == check && strings.Contains(f.Message, words) {
			return
		}
	}
	t.Errorf("%s: no %s %s with %q in\n%s", name, l, check, words, &out)
}

func TestDoctorOnConfiguration(t *testing.T) {
	d := newDoctor(t)
	wantFinding(t, "flags", d, levelOK, "configuration", "flags and environment")
	for mode, want := range map[os.FileMode]level{0o600: levelOK, 0o640: levelWarn, 0o604: levelWarn} {
		d := newDoctor(t)
		d.flags.Config = configFile(t, "{}")
		if err := os.Chmod(d.flags.Config, mode); err != nil {
			t.Fatal(err)
		}
		wantFinding(t, mode.String(), d, want, "configuration", d.flags.Config)
	}
}

func TestDoctorOnProviders(t *testing.T) {
	date := true
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the doctor sent credentials")
		}
		if !date {
			w.Header()["Date"] = nil
		}
		w.WriteHeader(http.StatusUnauthorized) // it answers, and that is all that counts
	}))
	defer fake.Close()
	for _, c := range []struct {
		name  string
		env   variables
		ahead time.Duration
		date  bool
		level level
		words string
	}{
		{"good", nil, 0, true, levelOK, "the clocks agree"},
		{"no date", nil, time.Hour, false, levelOK, "answers"},
		{"20 s ahead", nil, 20 * time.Second, true, levelOK, "the clocks agree"},
		{"a minute ahead", nil, time.Minute, true, levelWarn, "ahead of that of"},
		{"a minute behind", nil, -time.Minute, true, levelWarn, "behind that of"},
		{"five minutes ahead", nil, 5 * time.Minute, true, levelFail, "set the clock by NTP"},
		{"incomplete", variables{"CHECKOUTD_WAVE_WEBHOOK_SECRET": ""}, 0, true, levelFail, "CHECKOUTD_WAVE_WEBHOOK_SECRET: "},
		{"not there", variables{"CHECKOUTD_WAVE_BASE_URL": "http://" + freeAddr(t)}, 0, true, levelFail, "nobody answers"},
		{"not safe", variables{"CHECKOUTD_WAVE_BASE_URL": "http://wave.example"}, 0, true, levelFail, "CHECKOUTD_WAVE_BASE_URL: "},
	} {
		d := newDoctor(t)
		d.flags.Providers.set(t, variables{
			"CHECKOUTD_WAVE_API_KEY": "hush", "CHECKOUTD_WAVE_WEBHOOK_SECRET": "hush", "CHECKOUTD_WAVE_BASE_URL": fake.URL,
		})
		d.flags.Providers.set(t, c.env)
		d.clock.(*clock.Mock).Add(c.ahead)
		if c.ahead < 0 {
			d.clock.(*clock.Mock).Set(time.Now().Add(c.ahead))
		}
		date = c.date
		wantFinding(t, c.name, d, c.level, "wave, live", c.words)
		for _, f := range d.findings {
			if strings.Contains(f.Message, "hush") {
				t.Errorf("%s shows a secret: %s", c.name, f.Message)
			}
		}
	}
}

func TestDoctorOnPublicURL(t *testing.T) {
	for _, c := range []struct {
		url, mode string // whether there is a key of live mode
		level     level
		words     string
	}{
		{"", "test", levelOK, "does for tests"},
		{"http://localhost:8080", "test", levelOK, "http://localhost:8080"},
		{"pay.example", "test", levelFail, "must be like"},
		{"https://pay.example/?a", "test", levelFail, "must be like"},
		{"", "live", levelFail, "CHECKOUTD_PUBLIC_URL is not set"},
		{"http://pay.example", "live", levelFail, "not https"},
		{"https://localhost", "live", levelFail, "only this machine or its network"},
		{"https://127.0.0.1", "live", levelFail, "only this machine or its network"},
		{"https://[::1]:8443", "live", levelFail, "only this machine or its network"},
		{"https://192.168.1.4", "live", levelFail, "only this machine or its network"},
		{"https://pay.internal", "live", levelFail, "only this machine or its network"},
		{"https://pay", "live", levelFail, "only this machine or its network"},
		{"https://pay.example", "live", levelOK, "https://pay.example"},
		{"https://8.8.8.8", "live", levelOK, "https://8.8.8.8"},
	} {
		d := newDoctor(t)
		d.flags.PublicURL = c.url
		makeKey(t, d.flags.DB, c.mode)
		wantFinding(t, c.url+" "+c.mode, d, c.level, "public URL", c.words)
	}
}

func TestDoctorSaysWhereWebhooksGo(t *testing.T) {
	fake := httptest.NewServer(http.NotFoundHandler())
	defer fake.Close()
	d := newDoctor(t)
	d.flags.DB, d.flags.PublicURL, d.flags.EncryptionKey = merchantDB(t), "https://pay.example", client.Secret(aKey(1))
	if _, err := setWave(t, d.flags.DB, "Chez Awa", "live", ownWave); err != nil {
		t.Fatal(err)
	}
	d.flags.Providers.set(t, variables{
		"CHECKOUTD_STRIPE_SECRET_KEY_TEST": "sk_test_1", "CHECKOUTD_STRIPE_WEBHOOK_SECRET_TEST": "whsec_1", "CHECKOUTD_STRIPE_BASE_URL_TEST": fake.URL,
	})
	wantFinding(t, "the server's", d, levelOK, "stripe, test", "must be sent to https://pay.example/webhooks/stripe;")
	wantFinding(t, "a merchant's", d, levelOK, "wave, live", "must be sent to https://pay.example/webhooks/wave/mer_")
}

func TestDoctorOnDisk(t *testing.T) {
	for _, c := range []struct {
		name  string
		free  uint64
		fault error
		level level
		words string
	}{
		{"plenty", 50 << 30, nil, levelOK, "50.0 GiB are free"},
		{"little", 500 << 20, nil, levelWarn, "only 500 MiB"},
		{"too little", 99 << 20, nil, levelFail, "only 99 MiB"},
		{"another system", 0, errors.ErrUnsupported, levelWarn, "cannot be told"},
		{"no such folder", 0, os.ErrNotExist, levelFail, "does not exist"},
	} {
		d := newDoctor(t)
		d.free = func(string) (uint64, error) { return c.free, c.fault }
		wantFinding(t, c.name, d, c.level, "disk", c.words)
	}
	for _, c := range []struct {
		name  string
		cost  time.Duration
		fault error
		level level
		words string
	}{
		{"fast", time.Millisecond, nil, levelOK, "waits 1ms"},
		{"slow", 25 * time.Millisecond, nil, levelWarn, "waits 25ms"},
		{"read-only", 0, os.ErrPermission, levelFail, "cannot be written to"},
	} {
		d := newDoctor(t)
		d.sync = func(string) (time.Duration, error) { return c.cost, c.fault }
		wantFinding(t, c.name, d, c.level, "disk", c.words)
	}
}

func TestMeasuresLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	if cost, err := syncCost(dir); err != nil || cost <= 0 {
		t.Errorf("%v, %v", cost, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	if free, err := freeSpace(dir); err != nil && !errors.Is(err, errors.ErrUnsupported) || err == nil && free == 0 {
		t.Errorf("%d, %v", free, err)
	}
	if _, err := syncCost(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there was measured")
	}
}

func TestDoctorOnLiveKeysWithoutProviders(t *testing.T) {
	const words = "live keys, but no provider"
	d := newDoctor(t)
	makeKey(t, d.flags.DB, "live")
	wantFinding(t, "none", d, levelWarn, "providers", words)
	d = newDoctor(t)
	d.flags.DB, d.flags.EncryptionKey = merchantDB(t), client.Secret(aKey(1))
	if _, err := setWave(t, d.flags.DB, "Chez Awa", "live", ownWave); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _ = d.report(t.Context(), &out, false); strings.Contains(out.String(), words) {
		t.Errorf("with credentials of a merchant: %s", &out)
	}
}

// edit runs statements on a database file.
func edit(t *testing.T, file string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDoctorOnDatabase(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(file string)
		level level
		words string
	}{
		{"none", nil, levelWarn, "serve and keys create make it"},
		{"good", func(file string) { makeKey(t, file, "test") }, levelOK, "is sound, schema"},
		{"another file", func(file string) { writeFile(t, file, strings.Repeat("not a database\n", 100)) }, levelFail, "not a database"},
		{"newer", func(file string) { newer(t, file) }, levelFail, "newer version"},
		{"older", func(file string) {
			edit(t, file, "CREATE TABLE checkoutd_migrations (version INTEGER)", "INSERT INTO checkoutd_migrations VALUES (1)")
		}, levelWarn, "has schema 1, and serve will move it"},
		{"somebody else's", func(file string) { edit(t, file, "CREATE TABLE t (x)") }, levelFail, "checkoutd_migrations"},
		{"damaged", func(file string) {
			makeKey(t, file, "test")
			edit(t, file, "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA journal_mode=DELETE")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			copy(text[len(text)-4096:], bytes.Repeat([]byte{0x55}, 4096))
			writeFile(t, file, string(text))
		}, levelFail, "restore a backup"},
		{"open to others", func(file string) {
			makeKey(t, file, "test")
			if err := os.Chmod(file, 0o644); err != nil {
				t.Fatal(err)
			}
		}, levelFail, "chmod 600"},
	} {
		d := newDoctor(t)
		if c.spoil != nil {
			c.spoil(d.flags.DB)
			if c.name != "open to others" {
				_ = os.Chmod(d.flags.DB, 0o600)
			}
		}
		before, _ := os.ReadFile(d.flags.DB)
		wantFinding(t, c.name, d, c.level, "database", c.words)
		if after, _ := os.ReadFile(d.flags.DB); !bytes.Equal(before, after) {
			t.Errorf("%s: the file was changed", c.name)
		}
	}
}

func writeFile(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorOnBacklog(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	pending := func(provider string, status checkout.AttemptStatus, age time.Duration) checkout.Backlog {
		return checkout.Backlog{Attempts: []checkout.PendingAttempts{{Provider: provider, Status: status, Count: 3, Oldest: now.Add(-age)}}}
	}
	for _, c := range []struct {
		name    string
		backlog checkout.Backlog
		level   level
		words   string
	}{
		{"nothing", checkout.Backlog{}, levelOK, "nothing has been pending for too long"},
		{"young", pending("sandbox", checkout.AttemptOpen, time.Hour), levelOK, "nothing"},
		{"open for days", pending("sandbox", checkout.AttemptOpen, 72*time.Hour), levelWarn, "3 open payments with sandbox, the oldest from 2026-02-26T09:00:00Z"},
		{"unsure for long", pending("sandbox", checkout.AttemptUnsure, 20*time.Minute), levelWarn, "3 unsure payments"},
		{"never sent", pending("sandbox", checkout.AttemptCreated, 10*time.Minute), levelWarn, "3 created payments"},
		{"asked about late", pending("sandbox", checkout.AttemptExpired, 72*time.Hour), levelOK, "nothing"},
		{"of a provider that is gone", pending("wave", checkout.AttemptOpen, time.Minute), levelFail, "not configured any more"},
		{"deliveries", checkout.Backlog{Deliveries: 4, OldestDelivery: now.Add(-10 * time.Minute)}, levelWarn, "of 4 webhooks that are owed, the first has been due for 10m0s"},
		{"deliveries to come", checkout.Backlog{Deliveries: 4, OldestDelivery: now.Add(time.Hour)}, levelOK, "nothing"},
		{"deliveries to a paused webhook", checkout.Backlog{Deliveries: 4}, levelOK, "nothing"},
		{"failing", checkout.Backlog{Failing: 2}, levelWarn, "2 webhooks have taken nothing"},
		{"disabled", checkout.Backlog{Disabled: 3}, levelWarn, "3 webhooks are disabled"},
		{"parked", checkout.Backlog{Parked: 2}, levelWarn, "2 messages"},
	} {
		d := newDoctor(t)
		d.clock.(*clock.Mock).Set(now)
		d.backlog(c.backlog)
		if len(d.findings) != 1 || d.findings[0].Level != c.level || !strings.Contains(d.findings[0].Message, c.words) {
			t.Errorf("%s: %+v, want %s %q", c.name, d.findings, c.level, c.words)
		}
	}
	d := newDoctor(t)
	d.credentials = []checkout.AccountCredentials{{Credentials: checkout.Credentials{Provider: "wave"}}}
	if !d.known("wave") || d.known("mtn") {
		t.Error("a provider that a merchant has credentials for is not known")
	}
}

func TestDoctorOnMerchantsCredentials(t *testing.T) {
	db := merchantDB(t)
	if _, err := setWave(t, db, "Chez Awa", "test", ownWave); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		db, key string
		level   level
		words   string
	}{
		{"", "", levelOK, "none"},
		{"", "short", levelFail, "CHECKOUTD_ENCRYPTION_KEY must be"},
		{db, "", levelFail, "CHECKOUTD_ENCRYPTION_KEY is not set"},
		{db, aKey(2), levelFail, "those of Chez Awa (test) for wave cannot be used: no key"},
		{db, aKey(1), levelOK, "all 1 can be opened"},
	} {
		d := newDoctor(t)
		if d.flags.EncryptionKey = client.Secret(c.key); c.db != "" {
			d.flags.DB = c.db
		}
		wantFinding(t, c.key, d, c.level, "merchants' credentials", c.words)
	}
}

// TestDoctorCommand is about what a shell sees.
func TestDoctorCommand(t *testing.T) {
	db := filepath.Join(t.TempDir(), "doctor.db")
	makeKey(t, db, "test")
	stdout, _, err := command("doctor", "--db", db)
	if err != nil || !strings.Contains(stdout, "ok    database") || strings.Contains(stdout, "FAIL") {
		t.Errorf("%v\n%s", err, stdout)
	}
	stdout, _, err = command("doctor", "--db", db, "--encryption-key", "short", "--json")
	var findings []finding
	if err == nil || err.Error() != "1 of 7 checks failed" || json.Unmarshal([]byte(stdout), &findings) != nil || len(findings) != 7 {
		t.Errorf("%v\n%s", err, stdout)
	}
	if _, _, err := command("doctor", "--db", db, "--config", configFile(t, `{"nonsense": 1}`)); err == nil || !strings.Contains(err.Error(), "no setting nonsense") {
		t.Errorf("%v", err)
	}
}
