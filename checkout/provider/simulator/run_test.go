package simulator_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// busy is a merchant that refuses a number of messages, and notes when each came.
type busy struct {
	now *clock.Mock

	mu     sync.Mutex
	refuse int
	came   []string
}

func (b *busy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.came = append(b.came, b.now.Now().UTC().Format("15:04:05")+" "+r.Header.Get("Signed"))
	if b.refuse--; b.refuse >= 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// TestADayPasses moves the clock by a day at once, alone and while messages are
// being sent by themselves: all that falls due in it comes at its own time, before
// the answer.
func TestADayPasses(t *testing.T) {
	for _, runs := range []bool{false, true} {
		now := clock.NewMock()
		now.Set(noon)
		b := &busy{now: now, refuse: 4}
		s := simulator.New(simulator.Config{Clock: now, Client: &http.Client{Transport: simulator.Transport(b)}}, http.NotFoundHandler())
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		if runs {
			go func() { ended <- s.Run(ctx) }()
		}
		s.Owe(simulator.Message{Method: http.MethodPost, URL: "https://shop.example", Sign: func(h http.Header, at time.Time) {
			h.Set("Signed", at.UTC().Format("15:04:05"))
		}})
		begun := time.Now()
		if status, body := control(t, s)(http.MethodPost, "/simulate/clock/advance", `{"seconds":86400}`); status != 200 {
			t.Errorf("%d %s", status, body)
		}
		if took := time.Since(begun); took > 10*time.Second { // a tick each second takes longer than that
			t.Errorf("a day took %v", took)
		}
		b.mu.Lock()
		want := []string{"12:00:00 12:00:00", "12:00:01 12:00:01", "12:00:06 12:00:06", "12:00:36 12:00:36", "12:05:36 12:05:36"}
		if !slices.Equal(b.came, want) || s.Sent() != 1 || s.Owed() != 0 {
			t.Errorf("came at %v, want %v; %d sent, %d owed", b.came, want, s.Sent(), s.Owed())
		}
		b.mu.Unlock()
		if got := now.Now().Sub(noon); got != 24*time.Hour {
			t.Errorf("moved by %v", got)
		}
		cancel()
		if runs {
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("Run returned %v", err)
			}
		}
	}
}

// TestClockStopsWhereTimeMakesSomethingHappen has a provider whose payment times
// out in the middle of what one call moves, and sends the message of it.
func TestClockStopsWhereTimeMakesSomethingHappen(t *testing.T) {
	now := clock.NewMock()
	now.Set(noon)
	b := &busy{now: now}
	s := simulator.New(simulator.Config{Clock: now, Client: &http.Client{Transport: simulator.Transport(b)}}, http.NotFoundHandler())
	due := noon.Add(10 * time.Minute)
	s.Before(func() {
		if !due.IsZero() && !now.Now().Before(due) {
			due = time.Time{}
			s.Owe(simulator.Message{Method: http.MethodPost, URL: "https://shop.example"})
		}
	})
	s.Due(func() time.Time { return due })
	do := control(t, s)
	for _, step := range []struct{ seconds, want string }{{"599", ""}, {"0", ""}, {"3600", "12:10:00 "}, {"3600", "12:10:00 "}} {
		if status, body := do(http.MethodPost, "/simulate/clock/advance", `{"seconds":`+step.seconds+`}`); status != 200 {
			t.Errorf("%d %s", status, body)
		}
		if len(b.came) > 1 || len(b.came) == 1 && b.came[0] != step.want || len(b.came) == 0 && step.want != "" {
			t.Errorf("after %s s: came at %q, want %q", step.seconds, b.came, step.want)
		}
	}
}

// TestWhoWaitsForTheTurnMayGiveUp has one delivery that takes long, and others
// whose callers do not wait for its end.
func TestWhoWaitsForTheTurnMayGiveUp(t *testing.T) {
	came, on := make(chan bool), make(chan bool)
	now := clock.NewMock()
	s := simulator.New(simulator.Config{Clock: now, Client: &http.Client{Transport: simulator.Transport(http.HandlerFunc(
		func(http.ResponseWriter, *http.Request) { came <- true; <-on }))}}, http.NotFoundHandler())
	s.Owe(message("a"))
	ended := make(chan error)
	go func() { ended <- s.Deliver(t.Context()) }()
	<-came
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Deliver(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("Deliver: %v", err)
	}
	if err := s.Run(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	r, err := http.NewRequestWithContext(gone, http.MethodPost, "https://api.example/simulate/clock/advance", strings.NewReader(`{"seconds":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := simulator.Transport(s).RoundTrip(r); !errors.Is(err, context.Canceled) {
		t.Errorf("advance: %v", err)
	}
	close(on)
	if err := <-ended; err != nil || s.Sent() != 1 {
		t.Errorf("%v, %d sent", err, s.Sent())
	}
}
