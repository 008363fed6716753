package torture_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/webhook"
	"github.com/checkoutd/checkoutd/webhook/torture"
	"github.com/checkoutd/checkoutd/webhook/torture/badshop"
)

// checking is a receiver that does nothing but to check messages.
func checking(check func(header http.Header, body []byte) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || !check(r.Header, body) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
}

// The signatures that receivers go by.
func lomi(h http.Header, body []byte) bool {
	return webhook.VerifyLomi(secret, body, h.Get("X-Lomi-Signature"))
}

func standard(h http.Header, body []byte) bool {
	return webhook.Verify(h, body, checkouttest.Start, secret) == nil
}

// TestKinds is about what receivers tell good messages by. Those that do not need
// the signature with the time cannot refuse what is sent again, which is no fault
// of theirs.
func TestKinds(t *testing.T) {
	const untimed = "warn refuses-stale, skipped refuses-changed-time, skipped refuses-changed-id"
	for _, c := range []struct {
		kind   torture.Kind
		check  func(http.Header, []byte) bool
		others string // what does not pass, but for what effects would show
	}{
		{torture.KindStandard, standard, ""},
		{torture.KindLomi, lomi, untimed},
		{torture.KindBoth, func(h http.Header, body []byte) bool { return lomi(h, body) && standard(h, body) }, ""},
		{torture.KindEither, func(h http.Header, body []byte) bool { return lomi(h, body) || standard(h, body) }, untimed},
		{torture.KindEither, func(h http.Header, body []byte) bool { // the better one if it is there
			if h.Get("Webhook-Signature") != "" {
				return standard(h, body)
			}
			return lomi(h, body)
		}, untimed},
		{torture.KindNone, func(_ http.Header, body []byte) bool { return json.Valid(body) }, ""},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			config := shop(t, checking(c.check))
			config.EffectsURL = ""
			report := run(t, config)
			var others []string
			for _, r := range results(report) {
				if name := strings.Fields(r)[1]; !strings.Contains(message(t, report, name), "say --effects URL") {
					others = append(others, r)
				}
			}
			if c.kind == torture.KindNone {
				if !slices.Contains(others, "FAIL refuses-forged") || !slices.Contains(others, "FAIL refuses-changed-body") {
					t.Errorf("found %q", others)
				}
			} else if got := strings.Join(others, ", "); got != c.others {
				t.Errorf("found %s, want %s", got, c.others)
			}
			if report.Kind != c.kind {
				t.Errorf("it is taken for %s", report.Kind)
			}
		})
	}
}

// TestWithoutEffectsNothingIsClaimed is about what answers alone do not show.
func TestWithoutEffectsNothingIsClaimed(t *testing.T) {
	t.Parallel()
	c := bad(t, badshop.Repeats, badshop.Undo)
	c.EffectsURL = ""
	checkResults(t, run(t, c), "skipped acts-on-valid", "skipped acts-only-on-good",
		"skipped once-in-a-row", "skipped once-retried", "skipped once-at-the-same-moment", "skipped once-later", "skipped once-per-payment",
		"skipped order-created-late", "skipped order-failed-late", "skipped order-refund-early", "skipped ignores-cut-off-body")
}

// TestAShopThatDoesNothingIsFound is also about a receiver's clock that is wrong
// by years.
func TestAShopThatDoesNothingIsFound(t *testing.T) {
	t.Parallel()
	c := shop(t, checking(standard))
	c.Effects = func(context.Context) ([]torture.Effect, error) { return nil, nil }
	report := run(t, c)
	if got := message(t, report, "acts-on-valid"); !strings.HasPrefix(got, "FAIL it took a good message and did nothing") || report.Count(torture.Fail) != 1 {
		t.Errorf("%s; %+v", got, report)
	}
	c.Clock = nil
	if report := run(t, c); len(report.Checks) != 1 || report.Count(torture.Fail) != 1 {
		t.Errorf("with the system's clock: %+v", report)
	}
}

// TestEffectsMayTakeTheirTime is about a receiver that acts after it answers.
func TestEffectsMayTakeTheirTime(t *testing.T) {
	t.Parallel()
	c := shop(t, checking(standard))
	now, asked := stopped(), make(chan struct{})
	c.Settle, c.Clock = time.Hour, now
	c.Effects = func(context.Context) ([]torture.Effect, error) {
		close(asked)
		return nil, errors.New("enough")
	}
	var waiting sync.WaitGroup
	c.Progress = func(check string) {
		if check != "acts-on-valid" {
			return
		}
		waiting.Go(func() {
			for {
				select {
				case <-asked:
					return
				default:
					now.Add(time.Minute)
				}
			}
		})
	}
	if _, err := torture.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("%v", err)
	}
	waiting.Wait()
	if passed := now.Now().Sub(checkouttest.Start); passed < time.Hour {
		t.Errorf("it waited for %v", passed)
	}
}

// TestABadStartEndsTheRun is about what makes everything else pointless.
func TestABadStartEndsTheRun(t *testing.T) {
	for _, c := range []struct {
		status int
		want   string
	}{
		{http.StatusUnauthorized, "is --secret the one shown when the webhook was created?"},
		{http.StatusMovedPermanently, "redirects are not followed"},
		{http.StatusNotFound, "is this the address of the receiver"},
		{http.StatusBadGateway, "its own log says why"},
	} {
		var requests atomic.Int32
		config := shop(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
		}))
		report := run(t, config)
		if got := message(t, report, "accepts-valid"); !strings.HasPrefix(got, "FAIL ") || !strings.Contains(got, c.want) || len(report.Checks) != 1 || requests.Load() != 1 {
			t.Errorf("%d: %s; %d requests", c.status, got, requests.Load())
		}
	}
}

func TestRunRefuses(t *testing.T) {
	base := shop(t, checking(standard))
	for _, c := range []struct {
		name   string
		change func(c *torture.Config)
		want   string
	}{
		{"no secret", func(c *torture.Config) { c.Secret = "" }, "Secret is required"},
		{"no URL", func(c *torture.Config) { c.URL = "" }, "is no URL"},
		{"another scheme", func(c *torture.Config) { c.URL = "ftp://127.0.0.1/" }, "is no URL"},
		{"a stranger's server", func(c *torture.Config) { c.URL = "https://192.0.2.1/webhooks" }, "torture only what is yours"},
		{"where clouds keep credentials", func(c *torture.Config) { c.URL = "http://169.254.169.254/" }, "torture only what is yours"},
		{"a stranger's effects", func(c *torture.Config) { c.EffectsURL = "https://[2001:db8::1]/" }, "torture only what is yours"},
		{"effects without a host", func(c *torture.Config) { c.EffectsURL = "effects" }, `effects: "effects" is no URL`},
		{"nobody there", func(c *torture.Config) { c.URL = "http://127.0.0.1:1/" }, "does the receiver run?"},
		{"no chance", func(c *torture.Config) { c.Random = iotest.ErrReader(io.ErrUnexpectedEOF) }, "no chance"},
		{"effects elsewhere", func(c *torture.Config) { c.EffectsURL = c.URL }, "read the effects: answered 401"},
		{"other effects", func(c *torture.Config) {
			c.EffectsURL = serve(t, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `[]`) })})
		}, "it must answer"},
		{"effects that fail", func(c *torture.Config) {
			c.Effects = func(context.Context) ([]torture.Effect, error) { return nil, errors.New("no database") }
		}, "no database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := base
			c.change(&config)
			if _, err := torture.Run(t.Context(), config); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// TestAReceiverThatFallsSilentEndsTheRun takes four timeouts.
func TestAReceiverThatFallsSilentEndsTheRun(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	config := shop(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if requests.Add(1) > 1 {
			<-r.Context().Done()
		}
	}))
	config.EffectsURL, config.Timeout = "", 100*time.Millisecond
	report, err := torture.Run(t.Context(), config)
	if err == nil || !strings.Contains(err.Error(), "does not answer any more") || report.Requests > 6 {
		t.Errorf("%v after %d requests", err, report.Requests)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	config := good(t)
	for _, at := range []string{"refuses-stale", "once-at-the-same-moment", "accepts-slow-body", "answers-beside-hung"} {
		config.Progress = func(check string) {
			if check == at {
				cancel()
			}
		}
		report, err := torture.Run(ctx, config)
		if !errors.Is(err, context.Canceled) || report.Count(torture.Fail) > 0 {
			t.Errorf("canceled at %s: %v, %+v", at, err, report)
		}
		ctx, cancel = context.WithCancel(t.Context())
	}
	cancel()
}

func TestSlowAndLongAnswersAreWarnings(t *testing.T) {
	t.Parallel()
	now := stopped()
	config := shop(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if webhook.Verify(r.Header, body, now.Now(), secret) != nil || r.Method != http.MethodPost {
			w.WriteHeader(http.StatusUnauthorized)
		}
		now.Add(1100 * time.Millisecond)
		_, _ = w.Write(make([]byte, 100<<10))
	}))
	config.EffectsURL, config.Clock = "", now
	report := run(t, config)
	for _, check := range []string{"answers-promptly", "answers-briefly"} {
		if got := message(t, report, check); !strings.HasPrefix(got, "warn ") {
			t.Errorf("%s: %s", check, got)
		}
	}
	if report.Count(torture.Fail) > 0 {
		t.Errorf("found %q", results(report))
	}
}

// TestPuttingOffIsAWarning is about a receiver that answers 409 while it works on
// a message, and 503 to refunds of what it does not know: both are sent again.
func TestPuttingOffIsAWarning(t *testing.T) {
	t.Parallel()
	inner := badshop.New(badshop.Config{Secret: secret, Clock: stopped()})
	var crowded, refunds atomic.Bool
	config := shop(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet:
			crowded.Store(false)
		case r.Header.Get("X-Lomi-Event") == "REFUND_COMPLETED" && refunds.CompareAndSwap(false, true):
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case crowded.Load() && !refunds.CompareAndSwap(false, true):
			w.WriteHeader(http.StatusConflict)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	config.Progress = func(check string) {
		refunds.Store(false) // also: nobody has been let in yet
		crowded.Store(check == "once-at-the-same-moment")
	}
	checkResults(t, run(t, config), "warn once-at-the-same-moment", "warn order-refund-early")
}

// TestMessagesAreAsTheDispatcherSendsThem compares one with the other.
func TestMessagesAreAsTheDispatcherSendsThem(t *testing.T) {
	type request struct {
		header http.Header
		body   map[string]any
	}
	var seen []request
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var fields map[string]any
		_ = json.Unmarshal(body, &fields)
		if len(seen) == 0 && !standard(r.Header, body) || !lomi(r.Header, body) && len(seen) == 0 {
			t.Error("torture's first message is not good")
		}
		seen = append(seen, request{r.Header, fields})
		w.WriteHeader(http.StatusGone) // so that one is enough
	})
	config := shop(t, handler)
	run(t, config)

	k := checkouttest.New(t)
	url := strings.TrimSuffix(config.URL, "/webhooks")
	if err := k.Store.Update(t.Context(), func(tx checkout.Tx) error {
		_, err := k.Service.CreateEndpointIn(tx, checkout.CreateEndpointParams{URL: url, Events: []checkout.EventType{checkout.EventPaymentSucceeded}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	s, err := k.Service.CreateSession(t.Context(), checkout.CreateSessionParams{Total: checkout.Money{Amount: 700, Currency: checkout.XOF}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Pay(s.ID, checkout.OutcomeSucceed); err != nil {
		t.Fatal(err)
	}
	client := webhook.NewClient(webhook.ClientOptions{Loopback: true})
	defer client.CloseIdleConnections()
	d, err := webhook.New(webhook.Config{Store: k.Store, Clock: k.Clock, Client: client, Rules: webhook.URLRules{Loopback: true}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 {
		t.Fatalf("%d messages", len(seen))
	}
	ours, real := seen[0], seen[1]
	for _, pair := range [][2][]string{
		{slices.Sorted(maps.Keys(ours.header)), slices.Sorted(maps.Keys(real.header))},
		{slices.Sorted(maps.Keys(ours.body)), slices.Sorted(maps.Keys(real.body))},
		{slices.Sorted(maps.Keys(ours.body["data"].(map[string]any))), slices.Sorted(maps.Keys(real.body["data"].(map[string]any)))},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("torture sends\n%v, the dispatcher\n%v", pair[0], pair[1])
		}
	}
	for _, name := range []string{"Content-Type", "User-Agent", "X-Lomi-Event"} {
		if a, b := ours.header.Get(name), real.header.Get(name); a != b {
			t.Errorf("%s is %q, the dispatcher's %q", name, a, b)
		}
	}
	for _, name := range []string{"X-Lomi-Delivery", "X-Lomi-Timestamp", "Webhook-Id"} {
		if a, b := ours.header.Get(name), real.header.Get(name); len(a) != len(b) || a == "" {
			t.Errorf("%s is %q, the dispatcher's %q", name, a, b)
		}
	}
}
