package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// configFile writes a configuration file.
func configFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestFlagBeatsEnvironmentBeatsFileBeatsDefault reads which database the
// command looked for from its complaint.
func TestFlagBeatsEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	t.Chdir(t.TempDir())
	file := configFile(t, `{"db": "from-file.db"}`)
	for _, c := range []struct {
		name string
		env  variables
		args []string
		want string
	}{
		{"default", nil, nil, "checkoutd.db"},
		{"file", nil, []string{"--config", file}, "from-file.db"},
		{"file named by the environment", variables{"CHECKOUTD_CONFIG": file}, nil, "from-file.db"},
		{"environment", variables{"CHECKOUTD_DB": "from-env.db"}, []string{"--config", file}, "from-env.db"},
		{"flag", variables{"CHECKOUTD_DB": "from-env.db"}, []string{"--config", file, "--db", "from-flag.db"}, "from-flag.db"},
	} {
		_, _, err := runIn(c.env, "", append([]string{"keys", "list"}, c.args...)...)
		if err == nil || !strings.Contains(err.Error(), "no database "+c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestConfigurationFileIsChecked(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"wave_apikey": "hush-hush", "rate": 1}`, "there is no setting rate, wave_apikey"},
		{`{"config": "other.json"}`, "there is no setting config"},
		{`{"once": true}`, "there is no setting once"}, // a flag of demo that is local
		{`{"rate-limit": 5}`, "there is no setting rate-limit"},
		{`{"wave_api_key": {"hush-hush": 1}}`, "wave_api_key must be a text, a number, true or false"},
		{`{"wave_api_key": ["hush-hush"]}`, "wave_api_key must be a text"},
		{`{"rate_limit": "many"}`, "--rate-limit"},
		{`{"late": "maybe"}`, "--late"},
		{`{"test_clock": "maybe"}`, "--test-clock"},
		{`["hush-hush"]`, "it must hold one JSON object"},
		{`null`, "it must hold one JSON object"},
		{`{"db": "a.db"} {}`, "it must hold one JSON object"},
		{``, "it must hold one JSON object"},
	} {
		stdout, _, err := runIn(nil, "", "serve", "--addr", "127.0.0.1:0", "--config", configFile(t, c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush-hush") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
		if stdout != "" {
			t.Errorf("%s: it printed %q", c.text, stdout)
		}
	}
	_, _, err := runIn(nil, "", "serve", "--config", filepath.Join(t.TempDir(), "none.json"))
	if err == nil || !strings.Contains(err.Error(), "--config") || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("%v", err)
	}
}

// TestFileHoldsEveryKindOfValue serves with nothing but a file.
func TestFileHoldsEveryKindOfValue(t *testing.T) {
	db := filepath.Join(t.TempDir(), "file.db")
	_, url := listening(t, nil, "--config", configFile(t, `{
		"addr": "127.0.0.1:0", "db": "`+db+`", "rate_limit": 12.5, "test_clock": true, "allow_loopback_webhooks": false,
		"public_url": null, "late": "hold", "excess": "accept", "surplus": "hold"
	}`))
	c := newCaller(t, url, makeKey(t, db, "test"))
	if _, err := c.call(200, "POST", "/test/clock/advance", `{"seconds":1}`); err != nil {
		t.Error(err)
	}
}

// TestHelpShowsNoValues asks for help where secrets are set.
func TestHelpShowsNoValues(t *testing.T) {
	env := variables{"CHECKOUTD_WAVE_API_KEY": "hush-hush", "CHECKOUTD_ENCRYPTION_KEY": "hush-hush", "CHECKOUTD_KEY": "hush-hush", "CHECKOUTD_CONFIG": "nowhere.json"}
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"doctor", "--help"}, {"credentials", "set", "--help"}, {"listen", "--help"}, {"events", "list", "--help"}} {
		stdout, stderr, err := runIn(env, "", args...)
		if err != nil || strings.Contains(stdout+stderr, "hush-hush") {
			t.Errorf("%v: %v: %s%s", args, err, stdout, stderr)
		}
	}
	stdout, _, _ := runIn(env, "", "serve", "--help")
	for _, want := range []string{"--wave-api-key", "--mtn-refund-api-user", "MTN MoMo, or with -test", "--metrics-addr", "--late"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the help of serve lacks %s", want)
		}
	}
}
