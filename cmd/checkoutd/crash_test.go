package main

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/checkoutd/checkoutd/webhook"
)

// binary builds checkoutd as it is released.
func binary(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "checkoutd")
	build := exec.Command("go", "build", "-trimpath", "-o", file, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return file
}

// process is a running server.
type process struct {
	cmd *exec.Cmd
	url string
}

// launch starts the server and waits for the line that says where it listens.
func launch(t *testing.T, binary string, args ...string) *process {
	t.Helper()
	return launchIn(t, nil, binary, args...)
}

// launchIn is launch with more environment variables.
func launchIn(t *testing.T, env []string, binary string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(binary, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)}
	p.cmd.Env = append(os.Environ(), env...)
	var log bytes.Buffer
	p.cmd.Stderr = &log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	p.url = strings.TrimPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !strings.HasPrefix(p.url, "http://127.0.0.1:") {
		p.kill()
		t.Fatalf("the server says %q, %v: %s", line, err, &log)
	}
	return p
}

// kill ends the server as a power cut would.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// caller calls a server with a key. Its connections end with it.
type caller struct {
	http     *http.Client
	url, key string
}

func newCaller(t *testing.T, url, key string) *caller {
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(transport.CloseIdleConnections)
	return &caller{&http.Client{Transport: transport}, url, key}
}

// call returns an answer's JSON, and an error unless its status is want.
func (c *caller) call(want int, method, path, body string) (map[string]any, error) {
	r, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-API-KEY", c.key)
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != want {
		return nil, fmt.Errorf("%s %s: %d, want %d: %s", method, path, answer.StatusCode, want, text)
	}
	var v map[string]any
	return v, json.Unmarshal(text, &v)
}

// ledger is what the world outside the server knows.
type ledger struct {
	mu       sync.Mutex
	acked    map[string]string // session to what was last acknowledged of it
	told     map[string]int    // session to how many PAYMENT_SUCCEEDED arrived
	bodies   map[string]string // event to its first body
	problems []string
}

func (l *ledger) ack(session, status string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[session] = status
}

// receive is the merchant's webhook receiver. secret is known after the
// endpoint has been made.
func (l *ledger) receive(secret *string) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the server was killed
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		var event struct {
			ID, Event string
			Data      struct {
				Session string `json:"checkout_session_id"`
			}
		}
		if !webhook.VerifyLomi(*secret, body, r.Header.Get("X-Lomi-Signature")) || json.Unmarshal(body, &event) != nil {
			l.problems = append(l.problems, "bad delivery: "+string(body))
			return
		}
		if first, seen := l.bodies[event.ID]; seen && first != string(body) {
			l.problems = append(l.problems, "two bodies of "+event.ID)
		}
		l.bodies[event.ID] = string(body)
		if event.Event == "PAYMENT_SUCCEEDED" {
			l.told[event.Data.Session]++
		}
	}
}

// TestKillLosesNothingAcknowledged kills the real binary under load again and
// again. Every session that was acknowledged is there afterwards, as it was
// acknowledged, and every webhook that is owed arrives in the end.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	const kills = 20
	program := binary(t)
	db := filepath.Join(t.TempDir(), "crash.db")
	secretKey, err := exec.Command(program, "keys", "create", "--db", db, "--env", "test").Output()
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(string(secretKey))
	l := &ledger{acked: map[string]string{}, told: map[string]int{}, bodies: map[string]string{}}
	var secret string
	receiver := httptest.NewServer(l.receive(&secret))
	defer receiver.Close()
	serve := func() (*process, *caller) {
		p := launch(t, program, "--db", db, "--rate-limit", "0", "--allow-loopback-webhooks", "--test-clock")
		return p, newCaller(t, p.url, key)
	}
	p, c := serve()
	made, err := c.call(201, "POST", "/webhooks", fmt.Sprintf(`{"url":%q,"authorized_events":["PAYMENT_CREATED","PAYMENT_SUCCEEDED"]}`, receiver.URL))
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	secret = made["secret"].(string)
	l.mu.Unlock()
	for round := range kills {
		load(l, p, c, 5+rand.IntN(120))
		checkIntegrity(t, db)
		if p, c = serve(); t.Failed() {
			t.Fatalf("after kill %d", round+1)
		}
	}
	// A delivery that was under way at a kill is sent again when its lease ends.
	if _, err := c.call(200, "POST", "/test/clock/advance", `{"seconds":3000}`); err != nil {
		t.Fatal(err)
	}
	paid := 0
	for session, status := range l.acked {
		got, err := c.call(200, "GET", "/checkout-sessions/"+session, "")
		if err != nil || status == "completed" && got["status"] != "completed" {
			t.Errorf("acknowledged as %s: %v, %v", status, got["status"], err)
		}
		if got["status"] == "completed" {
			paid++
			if l.told[session] == 0 {
				t.Errorf("%s is completed and its merchant was never told", session)
			}
		}
	}
	for _, problem := range l.problems {
		t.Error(problem)
	}
	if paid < kills {
		t.Errorf("only %d payments under %d kills", paid, kills)
	}
	t.Logf("%d kills, %d sessions acknowledged, %d paid, %d distinct events", kills, len(l.acked), paid, len(l.bodies))
}

// load creates and pays sessions on several connections until so many have been
// acknowledged, and kills the server in the middle of the rest.
func load(l *ledger, p *process, c *caller, acks int) {
	enough := make(chan struct{})
	var once sync.Once
	var count sync.WaitGroup
	var mu sync.Mutex
	left := acks
	for range 8 {
		count.Go(func() {
			for {
				made, err := c.call(201, "POST", "/checkout-sessions", `{"amount":700,"currency_code":"XOF"}`)
				if err != nil {
					return // killed
				}
				id := made["id"].(string)
				l.ack(id, "open")
				if _, err := c.call(201, "POST", "/test/checkout-sessions/"+id+"/pay", ""); err != nil {
					return
				}
				l.ack(id, "completed")
				mu.Lock()
				if left--; left == 0 {
					once.Do(func() { close(enough) })
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	p.kill()
	count.Wait()
}

// checkIntegrity reads the file as the kill left it.
func checkIntegrity(t *testing.T, file string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: %s, %v", verdict, err)
	}
}
