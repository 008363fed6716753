package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestDemoOncePlaysTheWholeLifeOfAPayment(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out, errs bytes.Buffer
	if err := run(t.Context(), []string{"demo", "--once"}, noEnv, nil, &out, &errs); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	want := regexp.MustCompile(`^ 1  session created +(cs_\w+), open, 10000 XOF
 2  page fetched +200, shows 10 000 F CFA
 3  paid on the page +303 to http://127\.0\.0\.1:\d+/thanks\?session_id=cs_\w+
 4  webhook verified +PAYMENT_CREATED, txn_\w+, gross_amount 10000 XOF
 5  webhook verified +PAYMENT_SUCCEEDED, txn_\w+, gross_amount 10000 XOF
 6  session completed +completed, transaction_id txn_\w+
 7  transaction completed +completed, gross_amount 10000 XOF
 8  customer thanked +200, .*
 9  second session expired +cs_\w+, expired an hour later
10  its page says so +200, .*expiré.*
11  forged webhook refused +401, and the inbox still holds 2 messages
11 steps, all true
$`)
	if !want.MatchString(out.String()) {
		t.Errorf("it printed\n%s", &out)
	}
	if errs.Len() > 0 {
		t.Errorf("it logged\n%s", &errs)
	}
	wantNoFiles(t)
}

// lie is a transport that puts other words into answers. If what was said is the
// status, it makes it 200.
type lie struct {
	next       http.RoundTripper
	path       string // what the path of the request must contain
	said, says string
}

func (l lie) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(r)
	if err != nil || !strings.Contains(r.URL.Path, l.path) {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	res.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(body), l.said, l.says)))
	if l.said == res.Status {
		res.StatusCode = http.StatusOK
	}
	return res, err
}

func TestDemoOnceSaysWhichStepIsNotTrue(t *testing.T) {
	tests := []struct {
		step             string
		path, said, says string
	}{
		{"1, session created", "/checkout-sessions/", `"status":"open"`, `"status":"completed"`},
		{"1, session created", "/checkout-sessions/", `"amount":10000`, `"amount":9999`},
		{"1, session created", "/checkout-sessions/", `"checkout_url":"http`, `"checkout_url":"https`},
		{"2, page fetched", "/cs_", "10\u202f000", "100"},
		{"3, paid on the page", "/cs_", `<input id="name"`, `<input id="more" name="more" required><input id="name"`},
		{"3, paid on the page", "/simulate/", `value="succeed"`, `value="else"`},
		{"3, paid on the page", "/simulate/", "<form", "<p"},
		{"6, session completed", "/checkout-sessions/", `"status":"completed"`, `"status":"open"`},
		{"6, session completed", "/checkout-sessions/", `"transaction_id":"txn_`, `"transaction_id":"other_`},
		{"7, transaction completed", "/transactions/", `"gross_amount":10000`, `"gross_amount":1`},
		{"8, customer thanked", "/thanks", "txn_", ""},
		{"9, second session expired", "/checkout-sessions/", `"status":"expired"`, `"status":"open"`},
		{"10, its page says so", "/cs_", "expiré", "changé"},
		{"11, forged webhook refused", "/webhooks", "401 Unauthorized", ""},
	}
	for _, tt := range tests {
		t.Run(tt.step, func(t *testing.T) {
			onStage(t, true, func(ctx context.Context, d *demo) {
				d.api.client.Transport = lie{d.api.client.Transport, tt.path, tt.said, tt.says}
				err := d.once(ctx, io.Discard)
				if err == nil || !strings.HasPrefix(err.Error(), "demo: step "+tt.step+": not true: ") {
					t.Errorf("got %v, want step %s to fail", err, tt.step)
				}
			})
		})
	}
}

func TestDemoOnceWantsTheRightWebhooks(t *testing.T) {
	onStage(t, true, func(ctx context.Context, d *demo) {
		d.shop.inbox.add(letter{ID: "evt_1", Event: "PAYMENT_FAILED"})
		err := d.once(ctx, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "step 4, webhook verified") || !strings.Contains(err.Error(), "PAYMENT_FAILED") {
			t.Errorf("got %v, want it to name the step and what it saw", err)
		}
	})
	ended, end := context.WithCancel(t.Context())
	end()
	w := &walk{demo: &demo{shop: &shop{inbox: newInbox("whsec_1")}}}
	if _, err := w.hear("PAYMENT_CREATED", "pending")(ended); err == nil || !strings.Contains(err.Error(), "no PAYMENT_CREATED arrived") {
		t.Errorf("an inbox that stays empty: got %v", err)
	}
}

func TestDemoRunsUntilItIsInterrupted(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, interrupt := context.WithCancel(t.Context())
	stdout, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--addr", "127.0.0.1:0"}, noEnv, nil, write, io.Discard)
		write.Close()
	}()
	lines := bufio.NewScanner(stdout)
	shop := submatch(t, lines, `^open (http://127\.0\.0\.1:\d+)$`)
	api := submatch(t, lines, `^API  (http://127\.0\.0\.1:\d+) with the test key (lomi_sk_test_\w+)$`)
	try := submatch(t, lines, `^try  curl -sS (http://\S+) -H 'X-API-KEY: (\S+)' -H 'Content-Type: application/json' -d '(\{.*\})'$`)
	if try[1] != api[1]+"/checkout-sessions" || try[2] != api[2] {
		t.Errorf("the example goes to %s with %s, the API is %s with %s", try[1], try[2], api[1], api[2])
	}
	mine := &shopAPI{api[1], api[2], newShopClient()}
	defer mine.client.CloseIdleConnections()
	var s apiSession
	if err := mine.create(ctx, "/checkout-sessions", rawJSON(try[3]), &s); err != nil || s.Status != "open" {
		t.Errorf("the example made %+v, %v", s, err)
	}
	front, err := customer{mine.client}.open(ctx, shop[1]+"/")
	if err != nil || front.status != http.StatusOK || !strings.Contains(front.text, "10 000 F CFA") {
		t.Errorf("the shop answered %+v, %v", front, err)
	}
	// Somebody watches the inbox while it ends.
	res, err := http.Get(shop[1] + "/inbox")
	if err != nil {
		t.Fatal(err)
	}
	interrupt()
	if _, err := io.ReadAll(res.Body); err != nil {
		t.Errorf("the inbox broke off: %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("got %v, want a clean end", err)
	}
	if lines.Scan() {
		t.Errorf("it also printed %q", lines.Text())
	}
	wantNoFiles(t)
}

func TestDemoListensOnThisMachineAlone(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tests := []struct {
		addr string
		want string // part of the error, "" for none
	}{
		{"127.0.0.1:0", ""},
		{"localhost:0", ""},
		{"0.0.0.0:0", "must be an address of this machine alone"},
		{":0", "must be an address of this machine alone"},
		{"192.0.2.1:8090", "must be an address of this machine alone"},
		{"shop.example:8090", "must be an address of this machine alone"},
		{"8090", "must be an address of this machine alone"},
		{taken.Addr().String(), "address already in use"},
	}
	for _, tt := range tests {
		ln, err := (&demoCmd{Addr: tt.addr}).listen()
		if err == nil {
			ln.Close()
		}
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("--addr %s: got %v, want %q", tt.addr, err, tt.want)
		}
	}
}

func TestDemoTakesAnotherPortWhenItsOwnIsTaken(t *testing.T) {
	if ln, err := net.Listen("tcp", defaultShopAddr); err == nil { // else somebody else has it
		defer ln.Close()
	}
	ln, err := (&demoCmd{}).listen()
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if ln.Addr().String() == defaultShopAddr {
		t.Errorf("it listens on %s", ln.Addr())
	}
}

func TestDemoClosesConnectionsThatNobodyUses(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	ctx, end := context.WithCancel(t.Context())
	ln := promptListener{inner, ctx}
	pair := func() (here, there net.Conn) {
		if there, err = net.Dial("tcp", inner.Addr().String()); err == nil {
			here, err = ln.Accept()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { here.Close(); there.Close() })
		return here, there
	}
	used, user := pair()
	_, browser := pair()
	if _, err := user.Write([]byte("G")); err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	if _, err := used.Read(one); err != nil {
		t.Fatal(err)
	}
	end()
	if _, err := browser.Read(one); err == nil {
		t.Error("the unused connection is still open")
	}
	if _, err := used.Write([]byte("H")); err != nil {
		t.Errorf("the used connection: %v", err)
	}
	if _, err := user.Read(one); err != nil || one[0] != 'H' {
		t.Errorf("the used connection: %q, %v", one, err)
	}
}

// onStage calls play with a demo that is taken down afterwards.
func onStage(t *testing.T, stopped bool, play func(context.Context, *demo)) {
	t.Helper()
	ln, err := (&demoCmd{Once: true}).listen()
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	err = perform(t.Context(), slog.New(slog.DiscardHandler), ln, stopped, func(ctx context.Context, d *demo) error {
		play(ctx, d)
		return nil
	})
	if err != nil {
		t.Errorf("the end: %v", err)
	}
}

// rawJSON is JSON that is sent as it is.
type rawJSON string

func (j rawJSON) MarshalJSON() ([]byte, error) { return []byte(j), nil }

func noEnv(string) string { return "" }

// submatch reads the next line and returns what the groups of pattern match.
func submatch(t *testing.T, lines *bufio.Scanner, pattern string) []string {
	t.Helper()
	lines.Scan()
	m := regexp.MustCompile(pattern).FindStringSubmatch(lines.Text())
	if m == nil {
		t.Fatalf("it printed %q, want %s (%v)", lines.Text(), pattern, lines.Err())
	}
	return m
}

// wantNoFiles checks that nothing is left in the folder for temporary files.
func wantNoFiles(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
