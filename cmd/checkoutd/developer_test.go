package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/webhook"
)

// developer is somebody with a server, a test key and a receiver of webhooks.
type developer struct {
	t        *testing.T
	v        variables
	api      *caller
	receiver *httptest.Server

	mu     sync.Mutex
	secret string
	status []int // of the next answers; then it is 200
	got    []string
}

func newDeveloper(t *testing.T, args ...string) *developer {
	t.Helper()
	db := filepath.Join(t.TempDir(), "listen.db")
	key := makeKey(t, db, "test")
	_, url := listening(t, nil, append([]string{"--addr", "127.0.0.1:0", "--db", db, "--rate-limit", "0", "--allow-loopback-webhooks"}, args...)...)
	d := &developer{t: t, v: variables{"CHECKOUTD_API": url, "CHECKOUTD_KEY": key}, api: newCaller(t, url, key)}
	d.receiver = httptest.NewServer(d)
	t.Cleanup(d.receiver.Close)
	return d
}

// ServeHTTP takes what is well signed.
func (d *developer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		err = webhook.Verify(r.Header, body, time.Now(), d.secret)
	}
	if err != nil {
		d.t.Errorf("%v: %s", err, body)
	}
	d.got = append(d.got, readEvent(body).Type+" "+r.Header.Get("Webhook-Id"))
	if len(d.status) > 0 {
		w.Header().Set("Location", "/elsewhere") // for a redirect, which nobody follows
		w.WriteHeader(d.status[0])
		_, _ = io.WriteString(w, "busy")
		d.status = d.status[1:]
	}
}

// answers sets what the receiver answers next.
func (d *developer) answers(status ...int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status = status
}

// received returns the messages that came, "PAYMENT_SUCCEEDED evt_…".
func (d *developer) received() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.got)
}

// run runs a command that must succeed.
func (d *developer) run(args ...string) string {
	d.t.Helper()
	stdout, stderr, err := runIn(d.v, "", args...)
	if err != nil {
		d.t.Fatalf("%v: %v: %s%s", args, err, stdout, stderr)
	}
	return stdout
}

// fails runs a command that must fail, and with what want says.
func (d *developer) fails(want string, args ...string) {
	d.t.Helper()
	stdout, _, err := runIn(d.v, "", args...)
	if err == nil || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\x1b") {
		d.t.Errorf("%v: %v, want %q; printed %q", args, err, want, stdout)
	}
}

// call calls the API and must succeed.
func (d *developer) call(want int, method, path, body string) map[string]any {
	d.t.Helper()
	v, err := d.api.call(want, method, path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

// running is a command whose lines are read as they come.
type running struct {
	*background
	lines chan string
}

func (d *developer) start(args ...string) *running {
	d.t.Helper()
	r := &running{start(d.t, d.v, args...), make(chan string, 1000)}
	go func() {
		defer close(r.lines)
		for {
			line, err := r.out.ReadString('\n')
			if err != nil {
				return
			}
			r.lines <- strings.TrimSuffix(line, "\n")
		}
	}()
	return r
}

// next returns the next line.
func (r *running) next() string {
	r.t.Helper()
	select {
	case line, ok := <-r.lines:
		if !ok {
			r.t.Fatalf("it ended: %s", r.logged())
		}
		return line
	case <-time.After(20 * time.Second):
		r.t.Fatalf("no further line: %s", r.logged())
	}
	return ""
}
