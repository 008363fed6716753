package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
)

// listen starts a listener and gives its secret to the receiver.
func (d *developer) listen(args ...string) *running {
	d.t.Helper()
	r := d.start(append([]string{"listen", "--forward", d.receiver.URL + "/hook", "--name", "laptop"}, args...)...)
	if line := r.next(); !strings.HasPrefix(line, "Listener laptop forwards to "+d.receiver.URL+"/hook.") {
		d.t.Fatalf("it said %q", line)
	}
	secret, ok := strings.CutPrefix(r.next(), "WEBHOOK_SECRET=")
	if !ok || !strings.HasPrefix(secret, "whsec_") {
		d.t.Fatalf("the secret is %q", secret)
	}
	d.mu.Lock()
	d.secret = secret
	d.mu.Unlock()
	return r
}

// until asks until something is so.
func (d *developer) until(what string, so func() bool) {
	d.t.Helper()
	for begun := time.Now(); !so(); {
		if time.Since(begun) > 20*time.Second {
			d.t.Fatalf("never: %s", what)
		}
	}
}

// tried reads a line about a try, "PAYMENT_SUCCEEDED try 2 → 200", and returns
// it without what differs each time, and the event.
func (r *running) tried() (line, event string) {
	r.t.Helper()
	text := r.next()
	f := strings.Fields(text)
	if len(f) < 9 || len(f[0]) != len("12:31:04") || !strings.HasPrefix(f[2], "evt_") || f[len(f)-1] != "ms" {
		r.t.Fatalf("the line of a try is %q", text)
	}
	return f[1] + " " + strings.Join(f[3:len(f)-3], " "), f[2]
}

// tries reads such lines.
func (r *running) tries(want ...string) (events []string) {
	r.t.Helper()
	for _, line := range want {
		got, event := r.tried()
		if got != line {
			r.t.Fatalf("the try is %q, want %q", got, line)
		}
		events = append(events, event)
	}
	return events
}

func TestListenForwardsInOrderAndTriesAgain(t *testing.T) {
	d := newDeveloper(t, "--test-clock")
	d.answers(302)
	l := d.listen()
	d.run("trigger", "payment_succeeded")
	created := l.tries("PAYMENT_CREATED try 1 → 302")[0]
	d.until("the try is recorded", func() bool {
		return strings.Contains(d.run("events", "show", created, "--json"), `"attempts":1,`)
	})
	d.call(200, "POST", "/test/clock/advance", `{"seconds":10}`)
	succeeded := l.tries("PAYMENT_CREATED try 2 → 200", "PAYMENT_SUCCEEDED try 1 → 200")[1]
	want := []string{"PAYMENT_CREATED " + created, "PAYMENT_CREATED " + created, "PAYMENT_SUCCEEDED " + succeeded}
	if got := d.received(); !slices.Equal(got, want) {
		t.Errorf("received %v, want %v", got, want)
	}
	d.until("all is delivered", func() bool {
		return strings.Contains(d.run("events", "show", succeeded), "succeeded  1")
	})
	listener := d.call(200, "GET", "/events/"+created, "")["deliveries"].([]any)[0].(map[string]any)["webhook_id"].(string)
	log := d.run("deliveries", "list", "--webhook", listener, "--failed")
	if !strings.Contains(log, "PAYMENT_CREATED  "+created+"  1    302") || strings.Count(log, "\n") != 2 {
		t.Errorf("the log is\n%s", log)
	}
}

// TestListenBeginsInThePast starts when something has happened, and has it sent
// once more.
func TestListenBeginsInThePast(t *testing.T) {
	d := newDeveloper(t)
	d.run("trigger", "Payment_Failed")
	l := d.listen("--since", "1h", "--events", "payment_failed,refund_created")
	if line := l.next(); !strings.HasPrefix(line, "1 events since ") {
		t.Errorf("it said %q", line)
	}
	first := l.tries("PAYMENT_FAILED try 1 → 200")[0]
	d.until("it is reported", func() bool { return strings.Contains(d.run("events", "show", first), "succeeded  1") })
	hook := d.call(200, "GET", "/events/"+first, "")["deliveries"].([]any)[0].(map[string]any)["webhook_id"].(string)
	d.run("events", "resend", first, "--webhook", hook)
	if again := l.tries("PAYMENT_FAILED try 2 → 200")[0]; again != first {
		t.Errorf("%s came again as %s", first, again)
	}
	l.stop() // as Ctrl-C does: it must end without an error
	if got := d.received(); len(got) != 2 || got[0] != got[1] {
		t.Errorf("received %v", got)
	}
}

func TestListenGivesWayToOneOfTheSameName(t *testing.T) {
	d := newDeveloper(t)
	old := d.listen()
	secret := d.secret
	d.listen()
	if d.secret != secret {
		t.Error("the secret changed")
	}
	err := <-old.ended
	old.cancel()
	old.cancel = nil
	if err == nil || !strings.Contains(err.Error(), "the listener is gone: has somebody else started one that is called laptop") {
		t.Errorf("it ended with %v", err)
	}
}

func TestListenRefuses(t *testing.T) {
	d := newDeveloper(t)
	const to = "http://127.0.0.1:1/"
	d.fails("--forward", "listen")
	d.fails("--forward must be like", "listen", "--forward", "localhost:3000")
	d.fails("--since must be how long ago", "listen", "--forward", to, "--since", "yesterday")
	d.fails("name must be 1 to 64 letters", "listen", "--forward", to, "--name", "my laptop")
	d.fails("events has an unknown event; see /events/catalogue", "listen", "--forward", to, "--events", "paid")
	d.v["CHECKOUTD_KEY"] = "lomi_sk_test_nobody"
	d.fails("Invalid API Key: the server does not know this key; check CHECKOUTD_KEY and --api", "listen", "--forward", to)
	d.v["CHECKOUTD_KEY"] = ""
	d.fails("give an API key as CHECKOUTD_KEY", "listen", "--forward", to)
	d.v["CHECKOUTD_API"], d.v["CHECKOUTD_KEY"] = "http://"+freeAddr(t), "hush-hush"
	d.fails("connection refused; does the server run, and is --api right?", "listen", "--forward", to)
	for _, url := range []string{"nonsense", "http://", "ftp://h/", "http://u:hush-hush@h/"} {
		d.v["CHECKOUTD_API"] = url
		d.fails("--api must be like https://pay.example", "events", "list")
	}
	d.v["CHECKOUTD_API"], d.v["CHECKOUTD_KEY"] = "http://pay.example", "lomi_sk_live_hush"
	d.fails("a live key must not be sent there", "events", "list")
}

// outage is a server that answers a listener as a test has written down.
type outage struct {
	fetches atomic.Int64
	answers []string // "503 body", in order
	reports atomic.Int64
	report  int // status of reports
}

func (o *outage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/report") {
		o.reports.Add(1)
		w.WriteHeader(o.report)
		fmt.Fprint(w, `{"recorded":true}`)
		return
	}
	var status int
	answer := o.answers[o.fetches.Add(1)-1]
	fmt.Sscan(answer[:3], &status)
	w.WriteHeader(status)
	fmt.Fprint(w, answer[4:])
}

// waits is a listener's waits and words.
type waits struct {
	mu   sync.Mutex
	took []time.Duration
	said []string
}

func (w *waits) wait(_ context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.took = append(w.took, d)
	return nil
}

func (w *waits) say(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, text)
}

// listenTo returns a listener to a server of a test.
func listenTo(t *testing.T, server http.Handler, receiver http.Handler) (*listener, *waits) {
	api, to := httptest.NewServer(server), httptest.NewServer(receiver)
	t.Cleanup(to.Close)
	t.Cleanup(api.Close)
	w, r := &waits{}, newRemote(api.URL, "k")
	t.Cleanup(r.close)
	l := newListener(&persistent{remote: r, clock: clock.NewMock(), wait: w.wait, say: w.say}, to.URL, io.Discard)
	l.id, l.name = "we_1", "laptop"
	return l, w
}

const someParcel = `{"data":[{"event_id":"evt_1","event_type":"PAYMENT_SUCCEEDED","attempt_number":1,"headers":{},"body":"{}","held_until":"2026-03-01T09:00:00Z"}]}`

func TestListenOutlivesAnOutage(t *testing.T) {
	server := &outage{report: 200, answers: []string{
		"502 ", "503 {}", "503 {}", "429 {}", "500 {}", "500 {}", "500 {}", "200 " + someParcel,
		`200 {"data":[]}`, "503 {}", `200 {"data":[]}`, `401 {"message":"Invalid API Key"}`,
	}}
	var received atomic.Int64
	l, w := listenTo(t, server, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { received.Add(1) }))
	err := l.run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "Invalid API Key") {
		t.Errorf("it ended with %v", err)
	}
	if received.Load() != 1 || server.reports.Load() != 1 {
		t.Errorf("%d received, %d reported", received.Load(), server.reports.Load())
	}
	var seconds []int
	for _, d := range w.took {
		seconds = append(seconds, int(d.Seconds()))
	}
	// The pause of a second is for a server that answers a long poll at once.
	if want := []int{1, 2, 4, 8, 16, 30, 30, 1, 1, 1}; !slices.Equal(seconds, want) {
		t.Errorf("waited %v, want %v", seconds, want)
	}
	want := []string{
		"the server answered 502 Bad Gateway (trying again until it answers)", "the server answers again",
		"the server answered 503 Service Unavailable (trying again until it answers)", "the server answers again",
	}
	if !slices.Equal(w.said, want) {
		t.Errorf("it said %q, want %q", w.said, want)
	}
}

// TestListenGivesUpAReport has a server that takes none: the message comes again.
func TestListenGivesUpAReport(t *testing.T) {
	server := &outage{report: 404, answers: []string{"200 " + someParcel, "404 {}"}}
	l, w := listenTo(t, server, http.NotFoundHandler())
	if err := l.run(t.Context()); err == nil {
		t.Error("no error")
	}
	if len(w.said) != 1 || !strings.HasPrefix(w.said[0], "evt_1 was not reported, and comes again: ") {
		t.Errorf("it said %q", w.said)
	}
	server = &outage{report: 503, answers: []string{"200 " + someParcel, "404 {}"}}
	l, _ = listenTo(t, server, http.NotFoundHandler())
	if err := l.run(t.Context()); err == nil || server.reports.Load() != reports {
		t.Errorf("%v, after %d reports", err, server.reports.Load())
	}
}

// TestListenFinishesWhatIsOnItsWay ends it while the receiver works.
func TestListenFinishesWhatIsOnItsWay(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var reported outcome
	asked := make(chan struct{})
	server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/report"):
			if err := json.NewDecoder(r.Body).Decode(&reported); err != nil {
				t.Error(err)
			}
			fmt.Fprint(w, `{}`)
		case ctx.Err() == nil:
			select {
			case <-asked: // the second time: wait until it is over
				<-r.Context().Done()
			default:
				close(asked)
				fmt.Fprint(w, someParcel)
			}
		}
	})
	l, _ := listenTo(t, server, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stop()
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, strings.Repeat("x", 5000))
	}))
	if err := l.run(ctx); err != nil {
		t.Error(err)
	}
	if reported.Status != 418 || len(reported.Response) != 4096 || reported.Error != "answered 418" || reported.EventID != "evt_1" || reported.HeldUntil != "2026-03-01T09:00:00Z" {
		t.Errorf("reported %+v", reported)
	}
}

// TestListenTakesALateAnswerForNone is about a server whose clock stands still.
func TestListenTakesALateAnswerForNone(t *testing.T) {
	var asked atomic.Int64
	l, w := listenTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}), http.NotFoundHandler())
	l.http.Timeout = 20 * time.Millisecond
	if err := l.run(t.Context()); err == nil || !strings.Contains(err.Error(), "the listener is gone") || len(w.said) > 0 {
		t.Errorf("%v; it said %q", err, w.said)
	}
}
