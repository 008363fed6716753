package main

import (
	"bufio"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/checkoutd/checkoutd/webhook/torture"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

func getenv(name string) string { return map[string]string{"WEBHOOK_SECRET": secret}[name] }

// start runs the command until the test ends and returns its address.
func start(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), getenv, write, io.Discard)
		write.CloseWithError(err)
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(read).ReadString('\n')
	url, _, ok := strings.Cut(strings.TrimPrefix(line, "messages go to "), "/webhooks")
	if err != nil || !ok {
		t.Fatalf("it printed %q: %v", line, err)
	}
	return url
}

func TestTheReceiverIsGoodUnlessItHasFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		fail string
	}{
		{"good", []string{"-db", filepath.Join(t.TempDir(), "shop of mine?.db")}, ""},
		{"bad", []string{"-fault", "timeless,reset"}, "refuses-stale, order-created-late"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := start(t, c.args...)
			report, err := torture.Run(t.Context(), torture.Config{
				URL: url + "/webhooks", EffectsURL: url + "/effects", Secret: secret, Drip: time.Nanosecond, Prompt: time.Minute,
			})
			if err != nil {
				t.Fatal(err)
			}
			var failed []string
			for _, check := range report.Checks {
				if check.Result != torture.Pass {
					failed = append(failed, check.Name)
				}
			}
			if got := strings.Join(failed, ", "); got != c.fail {
				t.Errorf("%s did not pass, want %s", got, c.fail)
			}
		})
	}
}

func TestTheReceiverRefusesToStart(t *testing.T) {
	for _, c := range []struct {
		args   []string
		getenv func(string) string
		want   string
	}{
		{nil, func(string) string { return "" }, "WEBHOOK_SECRET"},
		{[]string{"-fault", "timeless,unheard"}, getenv, `no "unheard"`},
		{[]string{"-db", filepath.Join(t.TempDir(), "none", "shop.db")}, getenv, "-db"},
		{[]string{"-addr", "nowhere", "-fault", "all"}, getenv, "nowhere"},
		{[]string{"-unheard"}, getenv, "unheard"},
	} {
		if err := run(t.Context(), c.args, c.getenv, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %s", c.args, err, c.want)
		}
	}
}
