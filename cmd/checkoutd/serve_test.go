package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/store"
	"github.com/checkoutd/checkoutd/webhook"
)

// command runs checkoutd in this process and returns what it printed.
func command(args ...string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	err = run(context.Background(), args, noEnv, nil, &out, &errs)
	return out.String(), errs.String(), err
}

func makeKey(t *testing.T, db, env string) string {
	t.Helper()
	secret, _, err := command("keys", "create", "--db", db, "--env", env)
	if err != nil || strings.Count(secret, "\n") != 1 || !strings.HasPrefix(secret, "lomi_sk_"+env+"_") {
		t.Fatalf("%q, %v", secret, err)
	}
	return strings.TrimSpace(secret)
}

// newer makes a database as a later version would leave it.
func newer(t *testing.T, file string) {
	t.Helper()
	db, err := store.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.Exec(`INSERT INTO checkoutd_migrations (version) VALUES (999)`); err != nil {
		t.Fatal(err)
	}
}

func TestBadSettingsAreOneLineThatSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	live, later, text := filepath.Join(dir, "live.db"), filepath.Join(dir, "later.db"), filepath.Join(dir, "text.db")
	makeKey(t, live, "live")
	newer(t, later)
	if err := os.WriteFile(text, bytes.Repeat([]byte("not a database\n"), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	db := filepath.Join(dir, "good.db")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"serve", "--db", later}, "newer version"},
		{[]string{"serve", "--db", text}, "not a database"},
		{[]string{"serve", "--db", filepath.Join(dir, "no", "such.db")}, "no such file or directory"},
		{[]string{"serve", "--db", db, "--addr", taken.Listener.Addr().String()}, "address already in use"},
		{[]string{"serve", "--db", db, "--addr", "nonsense"}, "--addr"},
		{[]string{"serve", "--db", db, "--proxies", "127.0.0.1,proxy.example"}, "--proxies"},
		{[]string{"serve", "--db", db, "--rate-limit", "-1"}, "--rate-limit"},
		{[]string{"serve", "--db", db, "--rate-limit", "many"}, "--rate-limit"},
		{[]string{"serve", "--db", db, "--rate-limit", "NaN"}, "--rate-limit"},
		{[]string{"serve", "--db", db, "--rate-limit", "1e-300"}, "--rate-limit"},
		{[]string{"serve", "--db", db, "--addr", ""}, "--addr"},
		{[]string{"serve", "--db", db, "--public-url", "https://h/?"}, "--public-url must be like https://pay.example"},
		{[]string{"serve", "--db", db, "--public-url", "pay.example"}, "--public-url must be like https://pay.example"},
		{[]string{"serve", "--db", db, "--wave-api-key", "k", "--wave-webhook-secret", "s"}, "--public-url: CHECKOUTD_WAVE_API_KEY is set, and real money needs CHECKOUTD_PUBLIC_URL"},
		{[]string{"serve", "--db", db, "--wave-api-key", "k", "--wave-webhook-secret", "s", "--public-url", "http://pay.example"}, "real money needs"},
		{[]string{"serve", "--db", live, "--test-clock"}, "live keys"},
		{[]string{"serve", "--nonsense"}, "--nonsense"},
		{[]string{"keys", "create", "--db", db}, "--env"},
		{[]string{"keys", "create", "--db", db, "--env", "prod"}, "--env"},
		{[]string{"keys", "create", "--db", db, "--env", "test", "--merchant", " "}, "merchant must be a name"},
		{[]string{"keys", "create", "--db", db, "--env", "test", "--merchant", "ev\x1b[31m"}, "control characters"},
		{[]string{"keys", "list", "--db", filepath.Join(dir, "none.db")}, "there is no database"},
		{[]string{"keys", "revoke", "key_none", "--db", live}, "not found"},
	} {
		stdout, _, err := command(c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v, want %q", c.args, err, c.want)
		}
		if strings.Contains(stdout, "listening") {
			t.Errorf("%v: it said %q", c.args, stdout)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none.db")); err == nil {
		t.Error("keys list made a database")
	}
}

func TestFlagsCanComeFromTheEnvironment(t *testing.T) {
	env := func(name string) string {
		return map[string]string{"CHECKOUTD_DB": filepath.Join(t.TempDir(), "env.db"), "CHECKOUTD_RATE_LIMIT": "-7"}[name]
	}
	err := run(context.Background(), []string{"serve", "--addr", "127.0.0.1:0"}, env, nil, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "--rate-limit") {
		t.Errorf("%v", err)
	}
}

func TestKeysAreListedWithoutSecretsAndRevoked(t *testing.T) {
	db := filepath.Join(t.TempDir(), "keys.db")
	test, live := makeKey(t, db, "test"), makeKey(t, db, "live")
	list, _, err := command("keys", "list", "--db", db)
	if err != nil || strings.Count(list, "\n") != 3 || strings.Contains(list, test) || strings.Contains(list, live) {
		t.Fatalf("%s, %v", list, err)
	}
	raw, err := os.ReadFile(db)
	if err != nil || bytes.Contains(raw, []byte(test)) || bytes.Contains(raw, []byte(live)) {
		t.Errorf("the file holds a secret, %v", err)
	}
	id := strings.Fields(strings.Split(list, "\n")[1])[0]
	for range 2 {
		if _, _, err := command("keys", "revoke", id, "--db", db); err != nil {
			t.Error(err)
		}
	}
	list, _, _ = command("keys", "list", "--db", db)
	if fields := strings.Fields(strings.Split(list, "\n")[1]); fields[len(fields)-1] == "-" {
		t.Errorf("not revoked: %s", list)
	}
}

// TestKeyOfAnotherProcessCountsAtOnceAndEndsWithinASecond makes and revokes a
// key with one process while another serves.
func TestKeyOfAnotherProcessCountsAtOnceAndEndsWithinASecond(t *testing.T) {
	program, db := binary(t), filepath.Join(t.TempDir(), "shared.db")
	p := launch(t, program, "--db", db, "--rate-limit", "0")
	key, err := exec.Command(program, "keys", "create", "--db", db, "--env", "test").Output()
	if err != nil {
		t.Fatal(err)
	}
	c := newCaller(t, p.url, strings.TrimSpace(string(key)))
	if _, err := c.call(200, "GET", "/me", ""); err != nil {
		t.Fatal(err)
	}
	list, err := exec.Command(program, "keys", "list", "--db", db).Output()
	if err != nil {
		t.Fatal(err)
	}
	id := strings.Fields(strings.Split(string(list), "\n")[1])[0]
	if out, err := exec.Command(program, "keys", "revoke", id, "--db", db).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	revoked := time.Now()
	for {
		_, err := c.call(200, "GET", "/me", "")
		switch {
		case err != nil && strings.Contains(err.Error(), "Invalid API Key"):
			return
		case err != nil:
			t.Fatal(err)
		case time.Since(revoked) > 5*time.Second:
			t.Fatal("the key is still good after five seconds")
		}
	}
}

// TestStopFinishesRequestsUnderWay sends SIGTERM while a request's body is still
// coming.
func TestStopFinishesRequestsUnderWay(t *testing.T) {
	program, db := binary(t), filepath.Join(t.TempDir(), "stop.db")
	key := makeKey(t, db, "test")
	p := launch(t, program, "--db", db)
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"amount":1,"currency_code":"XOF"}`
	fmt.Fprintf(conn, "POST /checkout-sessions HTTP/1.1\r\nHost: x\r\nX-API-KEY: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", key, len(body))
	answers := bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err) // the handler is reading now
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, body)
	if _, err := answers.ReadString('\n'); err != nil { // the end of 100 Continue
		t.Fatal(err)
	}
	line, err := answers.ReadString('\n')
	if err != nil || !strings.Contains(line, "201 Created") {
		t.Errorf("%q, %v", line, err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	for _, left := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(db + left); err == nil {
			t.Errorf("%s was left: the file was not closed", left)
		}
	}
}

// TestReceiverThatIsDownGetsItLater restarts the server in between, and moves
// its clock through the schedule.
func TestReceiverThatIsDownGetsItLater(t *testing.T) {
	program, db := binary(t), filepath.Join(t.TempDir(), "down.db")
	key := makeKey(t, db, "test")
	var mu sync.Mutex
	var bodies, signatures []string
	down := true
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		bodies, signatures = append(bodies, string(body)), append(signatures, r.Header.Get("X-Lomi-Signature"))
		if down {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer receiver.Close()
	serve := func() (*process, *caller) {
		p := launch(t, program, "--db", db, "--test-clock", "--allow-loopback-webhooks")
		return p, newCaller(t, p.url, key)
	}
	must := func(v map[string]any, err error) map[string]any {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	p, c := serve()
	made := must(c.call(201, "POST", "/webhooks", fmt.Sprintf(`{"url":%q,"authorized_events":"PAYMENT_SUCCEEDED"}`, receiver.URL)))
	id := must(c.call(201, "POST", "/checkout-sessions", `{"amount":700,"currency_code":"XOF"}`))["id"].(string)
	must(c.call(201, "POST", "/test/checkout-sessions/"+id+"/pay", ""))
	must(c.call(200, "POST", "/test/clock/advance", `{"seconds":3600}`))
	p.kill()
	_, c = serve()
	mu.Lock()
	tries := len(bodies)
	down = false
	mu.Unlock()
	if tries < 3 {
		t.Errorf("%d tries in an hour", tries)
	}
	must(c.call(200, "POST", "/test/clock/advance", `{"seconds":14400}`))
	mu.Lock()
	defer mu.Unlock()
	if len(bodies) != tries+1 {
		t.Errorf("%d tries, want one more than %d", len(bodies), tries)
	}
	for i, body := range bodies {
		if body != bodies[0] || !webhook.VerifyLomi(made["secret"].(string), []byte(body), signatures[i]) {
			t.Errorf("try %d: %s, signed %s", i+1, body, signatures[i])
		}
	}
}

func TestVersionAndHelp(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"--help"}, {"serve", "--help"}, {"keys", "create", "--help"}} {
		stdout, _, err := command(args...)
		if err != nil || !strings.Contains(stdout, "checkoutd") {
			t.Errorf("%v: %q, %v", args, stdout, err)
		}
	}
}
