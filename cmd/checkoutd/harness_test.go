package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// variables is an environment.
type variables map[string]string

func (v variables) get(name string) string { return v[name] }

// runIn runs checkoutd in this process with an environment and a standard input.
func runIn(v variables, stdin string, args ...string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	err = run(context.Background(), args, v.get, strings.NewReader(stdin), &out, &errs)
	return out.String(), errs.String(), err
}

// background is a command that runs until it is stopped.
type background struct {
	t      *testing.T
	out    *bufio.Reader
	cancel context.CancelFunc
	ended  chan error

	mu  sync.Mutex
	log bytes.Buffer
}

// start runs a command that goes on by itself until the test ends.
func start(t *testing.T, v variables, args ...string) *background {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	read, write := io.Pipe()
	b := &background{t: t, out: bufio.NewReader(read), cancel: cancel, ended: make(chan error, 1)}
	go func() {
		err := run(ctx, args, v.get, nil, write, b)
		write.CloseWithError(io.EOF)
		b.ended <- err
	}()
	t.Cleanup(b.stop)
	return b
}

// Write takes what is logged.
func (b *background) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.Write(line)
}

func (b *background) logged() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

// line returns the next line that is printed.
func (b *background) line() string {
	b.t.Helper()
	line, err := b.out.ReadString('\n')
	if err != nil {
		b.cancel() // for stop, there is nothing left to do
		b.cancel = nil
		b.t.Fatalf("it ended: %v: %s", <-b.ended, b.logged())
	}
	return strings.TrimSuffix(line, "\n")
}

// stop ends the command as SIGTERM would.
func (b *background) stop() {
	if b.cancel == nil {
		return
	}
	b.cancel()
	b.cancel = nil
	if err := <-b.ended; err != nil {
		b.t.Errorf("it ended with %v", err)
	}
}

// listening starts the server and returns its URL.
func listening(t *testing.T, v variables, args ...string) (*background, string) {
	t.Helper()
	b := start(t, v, append([]string{"serve"}, args...)...)
	url, ok := strings.CutPrefix(b.line(), "listening on ")
	if !ok {
		t.Fatalf("it printed something else: %s", b.logged())
	}
	return b, url
}

// freeAddr returns an address on which nobody listens.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 1000 {
		// Below what systems give to connections that go out: whatever runs beside
		// this test cannot be given the port before it is listened on.
		addr := fmt.Sprintf("127.0.0.1:%d", 20_000+(os.Getpid()*64+int(portsUsed.Add(1)))%10_000)
		if ln, err := net.Listen("tcp", addr); err == nil {
			ln.Close()
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}

// portsUsed counts the ports that tests have tried.
var portsUsed atomic.Int64

// simulateProvider starts a simulated provider and returns its URL and the
// variables that it prints.
func simulateProvider(t *testing.T, args ...string) (string, variables) {
	t.Helper()
	b := start(t, nil, append([]string{"simulate"}, args...)...)
	_, url, _ := strings.Cut(b.line(), " is simulated at ")
	exported := variables{}
	for {
		line := b.line()
		if pair, ok := strings.CutPrefix(line, "export "); ok {
			name, value, _ := strings.Cut(pair, "=")
			exported[name] = strings.Trim(value, "'")
		}
		if strings.Contains(line, "curl") {
			return url, exported
		}
	}
}

// payOnce makes a session, starts a payment, plays the customer and waits for
// the session to be completed.
func payOnce(t *testing.T, api *caller, fake, pay string, server *background) {
	t.Helper()
	must := func(v map[string]any, err error) map[string]any {
		t.Helper()
		if err != nil {
			t.Fatalf("%v\n%s", err, server.logged())
		}
		return v
	}
	session := must(api.call(201, "POST", "/checkout-sessions", `{"amount":1000,"currency_code":"XOF"}`))["id"].(string)
	payment := must(api.call(201, "POST", "/checkout-sessions/"+session+"/pay", pay))
	must(newCaller(t, fake, "").call(200, "POST", fmt.Sprintf("/simulate/pay/%s", payment["transaction_id"]), ""))
	begun := time.Now()
	for must(api.call(200, "GET", "/checkout-sessions/"+session, ""))["status"] != "completed" {
		if time.Since(begun) > 20*time.Second {
			t.Fatalf("not completed: %s", server.logged())
		}
	}
}
