package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// page returns what is answered at a URL.
func page(t *testing.T, url string) (status int, text string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line) {
			t.Errorf("no line begins with %s in\n%s", line, text)
		}
	}
}

func TestMetricsShowTheBacklogAsItIsNow(t *testing.T) {
	db := filepath.Join(t.TempDir(), "metrics.db")
	addr := freeAddr(t)
	_, url := listening(t, nil, "--addr", "127.0.0.1:0", "--db", db, "--test-clock", "--metrics-addr", addr)
	_, text := page(t, "http://"+addr+"/metrics")
	wantLines(t, text, "checkoutd_deliveries_pending 0", "checkoutd_parked_messages 0",
		`checkoutd_alerts_total{kind="payment_held"} 0`, `checkoutd_alerts_total{kind="credentials"} 0`,
		"go_goroutines ", "process_start_time_seconds ")
	if strings.Contains(text, "\ncheckoutd_attempts_pending") {
		t.Errorf("attempts that nobody made: %s", text)
	}
	api := newCaller(t, url, makeKey(t, db, "test"))
	session, err := api.call(201, "POST", "/checkout-sessions", `{"amount":1000,"currency_code":"XOF"}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.call(201, "POST", fmt.Sprintf("/test/checkout-sessions/%s/pay", session["id"]), `{"method":"phone","outcome":"silent"}`); err != nil {
		t.Fatal(err)
	}
	if _, err := api.call(200, "POST", "/test/clock/advance", `{"seconds":7}`); err != nil {
		t.Fatal(err)
	}
	_, text = page(t, "http://"+addr+"/metrics")
	wantLines(t, text, `checkoutd_attempts_pending{provider="sandbox",status="open"} 1`, `checkoutd_attempt_oldest_seconds{provider="sandbox",status="open"} 7`)
	if status, _ := page(t, "http://"+addr+"/checkout-sessions"); status != http.StatusNotFound {
		t.Errorf("the API is served beside the metrics: %d", status)
	}
	if status, _ := page(t, url+"/metrics"); status == http.StatusOK {
		t.Error("the metrics are served beside the API")
	}
}

func TestAlertsAreLoggedAndCounted(t *testing.T) {
	var log strings.Builder
	s, err := newServer(t.Context(), &serveCmd{serverFlags: serverFlags{fileFlags: fileFlags{DB: filepath.Join(t.TempDir(), "alerts.db")}}},
		slog.New(slog.NewJSONHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.alert(checkout.Alert{
		Kind: checkout.AlertHeld, Provider: "wave", Account: checkout.Account{Name: "Chez Awa"},
		AttemptID: "txn_1", Message: "Too little", Err: errors.New("500 of 1000"),
	})
	const want = `"level":"ERROR","msg":"alert","kind":"payment_held","provider":"wave","merchant":"Chez Awa","transaction":"txn_1","message":"Too little","err":"500 of 1000"}`
	if !strings.Contains(log.String(), want) {
		t.Errorf("%s, want %s", &log, want)
	}
	families, err := s.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "checkoutd_alerts_total" && m.GetLabel()[0].GetValue() == "payment_held" && m.GetCounter().GetValue() == 1 {
				return
			}
		}
	}
	t.Error("it was not counted")
}

// TestScrapeOfABrokenDatabaseFails: no numbers are better than wrong ones.
func TestScrapeOfABrokenDatabaseFails(t *testing.T) {
	m := newMetrics(brokenStore{}, nil)
	ctx, stop := context.WithCancel(t.Context())
	ln := httptest.NewUnstartedServer(nil).Listener
	ended := make(chan error, 1)
	go func() { ended <- m.serve(ctx, ln) }()
	if status, text := page(t, "http://"+ln.Addr().String()+"/metrics"); status != http.StatusInternalServerError || !strings.Contains(text, "no disk") {
		t.Errorf("%d %s", status, text)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

type brokenStore struct{ checkout.Store }

func (brokenStore) View(context.Context, func(checkout.Tx) error) error { return errors.New("no disk") }
