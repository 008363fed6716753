package orange_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/orange"
	"github.com/checkoutd/checkoutd/checkout/provider/orange/orangetest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// TestTokenIsRenewedInTime asks at the last moment at which a token is kept, and
// at the first at which it is not.
func TestTokenIsRenewedInTime(t *testing.T) {
	for _, c := range []struct {
		expiresIn string // as in the answer
		kept      time.Duration
	}{
		{`3600`, 54 * time.Minute},
		{`"3600"`, 54 * time.Minute},
		{`299`, 269100 * time.Millisecond},
		{`"7776000"`, 90*24*time.Hour - 10*time.Minute},
		{`6000`, 90 * time.Minute},
		{`99999999999999`, 366*24*time.Hour - 10*time.Minute},
	} {
		t.Run(c.expiresIn, func(t *testing.T) {
			now := clock.NewMock()
			now.Set(noon)
			fetched := 0
			s := answers(http.StatusCreated, pageBody)
			s.token = func() (int, string) {
				fetched++
				return http.StatusOK, fmt.Sprintf(`{"access_token":"tok-%d","expires_in":%s}`, fetched, c.expiresIn)
			}
			p := newProvider(t, s, func(o *orange.Config) { o.Clock = now })
			for _, step := range []struct {
				wait time.Duration
				want int
			}{{0, 1}, {c.kept - time.Millisecond, 1}, {time.Millisecond, 2}, {0, 2}} {
				now.Add(step.wait)
				if _, err := p.Start(t.Context(), order()); err != nil || fetched != step.want {
					t.Errorf("after %v: %d tokens, %v, want %d", now.Now().Sub(noon), fetched, err, step.want)
				}
			}
			if last := s.calls[len(s.calls)-1].header.Get("Authorization"); last != "Bearer tok-2" {
				t.Errorf("the last call shows %s", last)
			}
		})
	}
}

// TestTokenWithoutALifeServesOnce is about answers that do not tell one.
func TestTokenWithoutALifeServesOnce(t *testing.T) {
	for _, body := range []string{
		`{"access_token":"tok-1"}`, `{"access_token":"tok-1","expires_in":0}`, `{"access_token":"tok-1","expires_in":null}`,
		`{"access_token":"tok-1","expires_in":-5}`, `{"access_token":"tok-1","expires_in":36.5}`,
	} {
		fetched := 0
		s := answers(http.StatusCreated, pageBody)
		s.token = func() (int, string) {
			fetched++
			return http.StatusOK, body
		}
		p := newProvider(t, s, nil)
		for want := 1; want <= 2; want++ {
			if _, err := p.Start(t.Context(), order()); err != nil || fetched != want {
				t.Errorf("%s: %d tokens, %v, want %d", body, fetched, err, want)
			}
		}
	}
}

// TestWithoutTokenNothingIsSent demands ErrNotSent whatever the token endpoint
// answers.
func TestWithoutTokenNothingIsSent(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   outcome
	}{
		{400, `{"error":"invalid_client"}`, bad},
		{400, `{"error":"unauthorized_client"}`, bad},
		{400, `{"error":"unsupported_grant_type"}`, notSent},
		{401, `{"error":"invalid_client"}`, bad},
		{403, ``, bad},
		{404, ``, notSent},
		{429, ``, throttle},
		{500, `oops`, notSent},
		{503, `<html>`, notSent},
		{302, ``, notSent},
		{200, ``, notSent},
		{200, `{"access_token":`, notSent},
		{200, `{"access_token":""}`, notSent},
		{200, `{"access_token":"a b"}`, notSent},
		{200, `{"access_token":"a\r\nX-Evil: 1"}`, notSent},
		{200, `{"access_token":"é"}`, notSent},
		{200, `{"access_token":"tok","expires_in":"soon"}`, notSent},
		{200, `{}`, notSent},
		{200, `null`, notSent},
		{200, `[]`, notSent},
		{201, `{"access_token":"tok","expires_in":3600}`, notSent},
	} {
		s := answers(http.StatusCreated, pageBody)
		s.token = func() (int, string) { return c.status, c.body }
		_, err := newProvider(t, s, nil).Start(t.Context(), order())
		if outcomeOf(err) != c.want || !errors.Is(err, checkout.ErrNotSent) || len(s.calls) != 1 {
			t.Errorf("%d %s: got %s (%v) after %d calls, want %s after one", c.status, c.body, outcomeOf(err), err, len(s.calls), c.want)
		}
	}
}

func TestTokenIsFetchedOnceForMany(t *testing.T) {
	now := clock.NewMock()
	now.Set(noon)
	fake := orangetest.New(orangetest.Config{Config: simulator.Config{Clock: now}})
	p := newProvider(t, simulator.Transport(fake), func(c *orange.Config) { c.Clock = now })
	many := func(first int) {
		var group sync.WaitGroup
		for i := range 16 {
			group.Go(func() {
				o := order()
				o.Attempt.ID = fmt.Sprintf("txn_%026d", first+i)
				if _, err := p.Start(t.Context(), o); err != nil {
					t.Errorf("Start: %v", err)
				}
			})
		}
		group.Wait()
	}
	many(0)
	if got := fake.Tokens(); got != 1 {
		t.Errorf("%d tokens, want 1", got)
	}
	now.Add(55 * time.Minute)
	many(100)
	if got := fake.Tokens(); got != 2 {
		t.Errorf("%d tokens after renewal, want 2", got)
	}
	fake.Revoke()
	many(200)
	if got := fake.Tokens(); got < 3 || got > 18 {
		t.Errorf("%d tokens after they were revoked", got)
	}
	if got := len(fake.Orders()); got != 48 {
		t.Errorf("%d orders, want 48", got)
	}
}

// TestWaitersOutliveWhoGaveUp lets the caller that fetches the token go away
// while another waits for it.
func TestWaitersOutliveWhoGaveUp(t *testing.T) {
	leads, waits := make(chan struct{}), make(chan struct{})
	fetched := 0
	s := answers(http.StatusCreated, pageBody)
	first, cancel := context.WithCancel(t.Context())
	rt := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/oauth/v3/token" {
			if fetched++; fetched == 1 {
				close(leads)
				<-waits
				cancel()
				return nil, r.Context().Err()
			}
		}
		return s.RoundTrip(r)
	})
	p := newProvider(t, rt, nil)
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := p.Start(first, order()); outcomeOf(err) != notSent {
			t.Errorf("who gave up: %v", err)
		}
	})
	<-leads
	group.Go(func() {
		if _, err := p.Start(waiting{t.Context(), sync.OnceFunc(func() { close(waits) })}, order()); err != nil {
			t.Errorf("who waited: %v", err)
		}
	})
	group.Wait()
	if fetched != 2 {
		t.Errorf("%d calls for a token, want 2", fetched)
	}
}

// TestPanicLeavesNobodyWaiting lets a call for a token panic, as a server
// survives it.
func TestPanicLeavesNobodyWaiting(t *testing.T) {
	fetched := 0
	s := answers(http.StatusCreated, pageBody)
	p := newProvider(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/oauth/v3/token" {
			if fetched++; fetched == 1 {
				panic("a bug")
			}
		}
		return s.RoundTrip(r)
	}), nil)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_, _ = p.Start(t.Context(), order())
	}()
	if _, err := p.Start(t.Context(), order()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// waiting is a context that tells when somebody waits for it.
type waiting struct {
	context.Context
	told func()
}

func (w waiting) Done() <-chan struct{} {
	w.told()
	return w.Context.Done()
}

// TestWaiterThatGivesUp does not wait for the token any longer than it may.
func TestWaiterThatGivesUp(t *testing.T) {
	leads, end := make(chan struct{}), make(chan struct{})
	s := answers(http.StatusCreated, pageBody)
	s.token = func() (int, string) {
		close(leads)
		<-end
		return http.StatusOK, `{"access_token":"tok-1","expires_in":3600}`
	}
	p := newProvider(t, s, nil)
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := p.Start(t.Context(), order()); err != nil {
			t.Errorf("who fetched: %v", err)
		}
	})
	<-leads
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Start(ctx, order()); outcomeOf(err) != notSent || !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up: %v", err)
	}
	close(end)
	group.Wait()
}

// TestTokenThatCannotBeRenewed serves until its end.
func TestTokenThatCannotBeRenewed(t *testing.T) {
	p, fake, now := withFake(t)
	if _, err := p.Start(t.Context(), order()); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		wait time.Duration
		want outcome
	}{{55 * time.Minute, fine}, {5*time.Minute - time.Second, fine}, {time.Second, notSent}} {
		now.Add(c.wait)
		fake.Inject("/oauth/v3/token", simulator.ErrorBefore)
		o := order()
		o.Attempt.ID = fmt.Sprintf("txn_%026d", i)
		if _, err := p.Start(t.Context(), o); outcomeOf(err) != c.want {
			t.Errorf("%v after it was fetched: got %s (%v), want %s", now.Now().Sub(noon), outcomeOf(err), err, c.want)
		}
	}
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	t.Run("revoked", func(t *testing.T) {
		p, fake, _ := withFake(t)
		a := begin(t, p, order())
		fake.Revoke()
		if r, err := p.Poll(t.Context(), a); err != nil || r.State != checkout.StatePending || fake.Tokens() != 2 {
			t.Errorf("Poll: %+v, %v with %d tokens", r, err, fake.Tokens())
		}
		fake.Revoke()
		o := order()
		o.Attempt.ID = "txn_01KB0000000000000000000002"
		if _, err := p.Start(t.Context(), o); err != nil || fake.Tokens() != 3 || len(fake.Orders()) != 2 {
			t.Errorf("Start: %v with %d tokens and %d orders", err, fake.Tokens(), len(fake.Orders()))
		}
	})
	t.Run("the same call", func(t *testing.T) {
		n := 0
		s := &script{answer: func(call) (int, string, error) {
			if n++; n == 1 {
				return http.StatusUnauthorized, `{"code":42,"message":"Expired credentials"}`, nil
			}
			return http.StatusCreated, pageBody, nil
		}}
		fetched := 0
		s.token = func() (int, string) {
			fetched++
			return http.StatusOK, fmt.Sprintf(`{"access_token":"tok-%d","expires_in":3600}`, fetched)
		}
		if _, err := newProvider(t, s, nil).Start(t.Context(), order()); err != nil {
			t.Fatal(err)
		}
		if len(s.calls) != 4 || s.calls[1].body != s.calls[3].body || s.calls[1].url != s.calls[3].url {
			t.Fatalf("calls %+v", s.calls)
		}
		if got := s.calls[3].header.Get("Authorization"); got != "Bearer tok-2" {
			t.Errorf("repeated with %s", got)
		}
	})
	t.Run("for ever", func(t *testing.T) {
		s := answers(http.StatusUnauthorized, `{"code":41,"message":"Invalid credentials"}`)
		_, err := newProvider(t, s, nil).Start(t.Context(), order())
		if outcomeOf(err) != bad || len(s.calls) != 4 {
			t.Errorf("got %v after %d calls, want bad credentials after 4", err, len(s.calls))
		}
	})
	t.Run("and not renewed", func(t *testing.T) {
		p, fake, _ := withFake(t)
		a := begin(t, p, order())
		fake.Revoke()
		fake.Inject("/oauth/v3/token", simulator.LostAnswer)
		if _, err := p.Poll(t.Context(), a); outcomeOf(err) != notSent {
			t.Errorf("got %v", err)
		}
	})
}
