package torture_test

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite"

	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/webhook/torture"
	"github.com/checkoutd/checkoutd/webhook/torture/badshop"
	"github.com/checkoutd/checkoutd/webhook/torture/goodshop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// stopped returns a clock that stands still.
func stopped() *clock.Mock {
	now := clock.NewMock()
	now.Set(checkouttest.Start)
	return now
}

// serve runs a server until the test ends and returns its URL.
func serve(t *testing.T, server *http.Server) string {
	t.Helper()
	s := httptest.NewUnstartedServer(server.Handler)
	server.ErrorLog = nil
	s.Config = server
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

// shop runs a receiver whose messages go to /webhooks and whose effects are at
// /effects, and returns how to torture it without waiting.
func shop(t *testing.T, handler http.Handler) torture.Config {
	t.Helper()
	url := serve(t, &http.Server{Handler: handler})
	return torture.Config{
		URL: url + "/webhooks", EffectsURL: url + "/effects", Secret: secret,
		Clock: stopped(), Random: checkouttest.Chance(1), Drip: time.Nanosecond,
	}
}

// good runs the good receiver.
func good(t *testing.T) torture.Config {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "shop.db")+"?_pragma=synchronous(OFF)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	s, err := goodshop.New(t.Context(), db, stopped(), secret)
	if err != nil {
		t.Fatal(err)
	}
	server := s.Server()
	c := shop(t, nil)
	url := serve(t, server)
	c.URL, c.EffectsURL = url+"/webhooks", url+"/effects"
	return c
}

// bad runs the other with faults.
func bad(t *testing.T, faults ...badshop.Fault) torture.Config {
	t.Helper()
	var meet meeting
	c := shop(t, badshop.New(badshop.Config{Secret: secret, Faults: faults, Clock: stopped(), Work: meet.work}))
	c.Progress = meet.progress
	if slices.Contains(faults, badshop.Serial) {
		c.Timeout = time.Second // which one message needs to be found hanging
	}
	return c
}

// meeting makes the race that Race is about happen whenever it can: while copies
// of one message are sent at the same moment, who works waits for another.
type meeting struct {
	mu      sync.Mutex
	crowded bool
	other   chan struct{}
}

func (m *meeting) progress(check string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.crowded, m.other = check == "once-at-the-same-moment", nil
}

func (m *meeting) work() {
	m.mu.Lock()
	if !m.crowded {
		m.mu.Unlock()
		return
	}
	if m.other != nil { // somebody waits
		close(m.other)
		m.crowded, m.other = false, nil
		m.mu.Unlock()
		return
	}
	other := make(chan struct{})
	m.other = other
	m.mu.Unlock()
	select {
	case <-other:
	case <-time.After(20 * time.Second):
	}
}

// run tortures a receiver, which must work.
func run(t *testing.T, c torture.Config) torture.Report {
	t.Helper()
	report, err := torture.Run(t.Context(), c)
	if err != nil {
		t.Fatalf("%v: %+v", err, report)
	}
	return report
}

// results returns the checks that did not pass, as "FAIL name".
func results(report torture.Report) (list []string) {
	for _, c := range report.Checks {
		if c.Result != torture.Pass {
			list = append(list, string(c.Result)+" "+c.Name)
		}
	}
	return list
}

// message returns what a report says of a check.
func message(t *testing.T, report torture.Report, check string) string {
	t.Helper()
	for _, c := range report.Checks {
		if c.Name == check {
			return string(c.Result) + " " + c.Message
		}
	}
	t.Errorf("there is no check %s in %+v", check, report)
	return ""
}

// checkResults fails unless exactly these checks did not pass.
func checkResults(t *testing.T, report torture.Report, want ...string) {
	t.Helper()
	if got := results(report); !slices.Equal(got, want) {
		t.Errorf("of %d checks\n%q did not pass, want\n%q\n%+v", len(report.Checks), got, want, report.Checks)
	}
}
