package mtn_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn/mtntest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// tokens counts how often a token was asked for.
func (d *double) tokens() (n int) {
	for _, r := range d.sent {
		if strings.HasSuffix(r.path, "/token/") {
			n++
		}
	}
	return n
}

func TestTokenIsKeptUntilTenMinutesBeforeItsEnd(t *testing.T) {
	for _, c := range []struct {
		name, expires string
		renewed       time.Duration
	}{
		{"an hour", "3600", 50 * time.Minute},
		{"as a string", `"3600"`, 50 * time.Minute},
		{"ten minutes", "600", 5 * time.Minute},
		{"a minute", "60", 30 * time.Second},
		{"longer than anybody believes", "9000000000", 24*time.Hour - 10*time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &double{
				answer: always(http.StatusOK, `{"status":"PENDING"}`),
				token:  always(http.StatusOK, `{"access_token":"token_1","expires_in":`+c.expires+`}`),
			}
			conf := config("mtnivorycoast", d)
			p, now := newProvider(t, conf), conf.Clock.(*clock.Mock)
			for _, step := range []struct {
				at   time.Duration
				want int
			}{{0, 1}, {c.renewed - time.Second, 1}, {c.renewed, 2}, {c.renewed + time.Second, 2}} {
				now.Set(noon.Add(step.at))
				if _, err := p.Poll(context.Background(), order(xof(1)).Attempt); err != nil {
					t.Fatal(err)
				}
				if got := d.tokens(); got != step.want {
					t.Errorf("after %v: %d tokens, want %d", step.at, got, step.want)
				}
			}
		})
	}
}

// TestOneTokenForManyCallers is for the race detector too.
func TestOneTokenForManyCallers(t *testing.T) {
	fake := mtntest.New(mtntest.Config{XOF: true})
	asked := make(chan string, 100)
	c := config("mtnivorycoast", observer{simulator.Transport(fake), asked})
	c.SubscriptionKey, c.APIUser, c.APIKey = mtntest.SubscriptionKey, mtntest.APIUser, mtntest.APIKey
	p := newProvider(t, c)
	for range 2 {
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				o := order(xof(100))
				o.Attempt.ID = fmt.Sprintf("txn_%026d", i)
				if _, err := p.Start(context.Background(), o); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		fake.RevokeTokens() // all callers learn of it at once
	}
	close(asked)
	tokens := 0
	for path := range asked {
		if strings.HasSuffix(path, "/token/") {
			tokens++
		}
	}
	if tokens != 2 {
		t.Errorf("%d tokens, want 2", tokens)
	}
}

type observer struct {
	http.RoundTripper
	asked chan string
}

// RoundTrip notes the path of r.
func (o observer) RoundTrip(r *http.Request) (*http.Response, error) {
	o.asked <- r.URL.Path
	return o.RoundTripper.RoundTrip(r)
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	for _, refusals := range []int{1, 2} {
		left := refusals
		d := &double{answer: func(*http.Request) (*http.Response, error) {
			if left--; left >= 0 {
				return reply(http.StatusUnauthorized, `{"error":"invalid_token"}`), nil
			}
			return reply(http.StatusAccepted, ""), nil
		}}
		serial := 0
		d.token = func(*http.Request) (*http.Response, error) {
			serial++
			return reply(http.StatusOK, fmt.Sprintf(`{"access_token":"token_%d","expires_in":3600}`, serial)), nil
		}
		_, err := newProvider(t, config("mtnivorycoast", d)).Start(context.Background(), order(xof(1000)))
		if want := map[int]string{1: "accepted", 2: "credentials"}[refusals]; describeCall(err) != want {
			t.Errorf("%d refusals: %v, want %s", refusals, err, want)
		}
		if len(d.sent) != 4 || d.tokens() != 2 {
			t.Fatalf("%d refusals: %d calls, %d of them for tokens, want 4 and 2", refusals, len(d.sent), d.tokens())
		}
		first, second := d.sent[1], d.sent[3]
		if second.header.Get("Authorization") != "Bearer token_2" {
			t.Errorf("repeated with %s", second.header.Get("Authorization"))
		}
		first.header.Del("Authorization")
		second.header.Del("Authorization")
		same(t, second, first.method, first.path, first.body, first.header)
	}
}

// TestWithoutTokenNothingIsSent demands that whatever happens to the question
// for a token, the customer may try again.
func TestWithoutTokenNothingIsSent(t *testing.T) {
	broken := func(err error) func(*http.Request) (*http.Response, error) {
		return func(*http.Request) (*http.Response, error) { return nil, err }
	}
	for _, c := range []struct {
		name  string
		token func(*http.Request) (*http.Response, error)
		want  string
	}{
		{"dial", broken(&net.OpError{Op: "dial", Err: errors.New("refused")}), "not sent"},
		{"time out", broken(context.DeadlineExceeded), "not sent"},
		{"wrong key", always(401, `{"error":"login_failed"}`), "credentials"},
		{"forbidden", always(403, ""), "credentials"},
		{"throttled", always(429, ""), "throttled"},
		{"bad request", always(400, ""), "not sent"},
		{"fault", always(500, ""), "not sent"},
		{"redirect", always(302, ""), "not sent"},
		{"empty", always(200, ""), "not sent"},
		{"html", always(200, "<html>"), "not sent"},
		{"cut", always(200, `{"access_token":"top_secret","expi`), "not sent"},
		{"no token", always(200, `{"expires_in":3600}`), "not sent"},
		{"no life", always(200, `{"access_token":"top_secret"}`), "not sent"},
		{"no life left", always(200, `{"access_token":"top_secret","expires_in":0}`), "not sent"},
		{"odd life", always(200, `{"access_token":"top_secret","expires_in":"soon"}`), "not sent"},
		{"not for a header", always(200, `{"access_token":"top_secret\r\nX: y","expires_in":3600}`), "not sent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &double{token: c.token}
			_, err := newProvider(t, config("mtnivorycoast", d)).Start(context.Background(), order(xof(1000)))
			if got := describeCall(err); got != c.want || len(d.sent) != 1 || !errors.Is(err, checkout.ErrNotSent) {
				t.Errorf("got %s (%v) after %d calls, want %s", got, err, len(d.sent), c.want)
			}
			if strings.Contains(err.Error(), "top_secret") {
				t.Errorf("%v holds the token", err)
			}
		})
	}
}

// TestWaitingForATokenEnds demands that a caller who waits for another one's
// token can give up.
func TestWaitingForATokenEnds(t *testing.T) {
	waiting, release := make(chan struct{}), make(chan struct{})
	d := &blocked{waiting, release}
	p := newProvider(t, config("mtnivorycoast", d))
	done := make(chan error)
	go func() {
		_, err := p.Poll(context.Background(), order(xof(1)).Attempt)
		done <- err
	}()
	<-waiting
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Start(ctx, order(xof(1))); !errors.Is(err, checkout.ErrNotSent) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want one that is not sent", err)
	}
	close(release)
	if err := <-done; err == nil {
		t.Error("no error")
	}
}

type blocked struct{ waiting, release chan struct{} }

// RoundTrip answers 500 once it is let go.
func (b *blocked) RoundTrip(*http.Request) (*http.Response, error) {
	close(b.waiting)
	<-b.release
	return reply(http.StatusInternalServerError, ""), nil
}

// TestTransportFaults holds the other ways in which a call can end.
func TestTransportFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
		want   string
	}{
		{"dial", func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		}, "not sent"},
		{"reset", func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "read", Err: errors.New("reset")}
		}, "unknown"},
		{"time out", func(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded }, "unknown"},
		{"huge", always(200, strings.Repeat(" ", 2<<20)), "unknown"},
		{"huge refusal", always(400, strings.Repeat(" ", 2<<20)), "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvider(t, config("mtnivorycoast", &double{answer: c.answer}))
			if _, err := p.Start(context.Background(), order(xof(1000))); describeCall(err) != c.want {
				t.Errorf("Start: %v, want %s", err, c.want)
			}
			if _, err := p.Refund(context.Background(), refundOrder(xof(1000))); describeCall(err) != c.want {
				t.Errorf("Refund: %v, want %s", err, c.want)
			}
			if r, err := p.Poll(context.Background(), order(xof(1000)).Attempt); err == nil {
				t.Errorf("Poll: %+v", r)
			}
		})
	}
}

func TestErrorsDoNotHoldTheNumber(t *testing.T) {
	for _, body := range []string{
		`{"status":"REVERSED","payer":{"partyId":"2250504030201"}}`,
		`{"status":"SUCCESSFUL","amount":"x","currency":"XOF","payer":{"partyId":"2250504030201"}}`,
		`{"payer":{"partyId":"2250504030201"}`,
	} {
		p := newProvider(t, config("mtnivorycoast", &double{answer: always(200, body)}))
		if _, err := p.Poll(context.Background(), order(xof(1)).Attempt); err == nil || strings.Contains(err.Error(), "2250504030201") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

var _ interface {
	checkout.Provider
	checkout.Finder
	checkout.Notifier
	checkout.RefundPoller
	checkout.Refunder
} = (*mtn.Provider)(nil)
