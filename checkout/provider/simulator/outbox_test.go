package simulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// merchant takes messages. It notes each as its signature and body.
type merchant struct {
	mu     sync.Mutex
	status int // default 200
	got    []string
	told   chan string // of each message, if not nil
}

func (m *merchant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got = append(m.got, r.Header.Get("Signature")+" "+string(body))
	if m.status != 0 {
		w.WriteHeader(m.status)
	}
	if m.told != nil {
		m.told <- string(body)
	}
}

func (m *merchant) take() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	got := strings.Join(m.got, ", ")
	m.got = nil
	return got
}

func (m *merchant) answer(status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status = status
}

func message(text string) simulator.Message {
	return simulator.Message{
		Method: http.MethodPost, URL: "https://pay.example/webhooks/x", Header: http.Header{"Signature": {"good"}}, Body: []byte(text),
		Forge: func(h http.Header, _ time.Time) { h.Set("Signature", "bad") },
	}
}

// newOutbox returns a Server whose messages go to a merchant.
func newOutbox(t *testing.T) (*simulator.Server, *merchant, *clock.Mock) {
	t.Helper()
	m, now := &merchant{}, clock.NewMock()
	now.Set(noon)
	s := simulator.New(simulator.Config{Clock: now, Client: &http.Client{Transport: simulator.Transport(m)}}, http.NotFoundHandler())
	return s, m, now
}

func TestDeliveries(t *testing.T) {
	for _, c := range []struct {
		delivery simulator.Delivery
		atOnce   string // what has arrived before Deliver
		then     string // what Deliver brings
		released string // what it brings after Release
		sent     int
	}{
		{simulator.Once, "", "good a, good b", "", 2},
		{simulator.Twice, "", "good a, good a, good b, good b", "", 4},
		{simulator.Never, "", "", "", 0},
		{simulator.Late, "", "", "good a, good b", 2},
		{simulator.Forged, "", "bad a, bad b", "", 2},
		{simulator.First, "good a, good b", "", "", 2},
	} {
		t.Run(string(c.delivery), func(t *testing.T) {
			s, m, _ := newOutbox(t)
			s.Messages(c.delivery)
			a := message("a")
			s.Owe(a)
			s.Owe(message("b"))
			if a.Header.Get("Signature") != "good" {
				t.Error("the header of the message itself was forged")
			}
			deliver := func(what, want string) {
				t.Helper()
				if err := s.Deliver(t.Context()); err != nil {
					t.Errorf("%s: %v", what, err)
				}
				if got := m.take(); got != want {
					t.Errorf("%s: got %q, want %q", what, got, want)
				}
			}
			if got := m.take(); got != c.atOnce {
				t.Errorf("at once: got %q, want %q", got, c.atOnce)
			}
			deliver("then", c.then)
			s.Release()
			deliver("released", c.released)
			deliver("again", "")
			if s.Sent() != c.sent || s.Owed() != 0 {
				t.Errorf("%d sent and %d owed, want %d and 0", s.Sent(), s.Owed(), c.sent)
			}
		})
		if !slices.Contains(simulator.Deliveries, c.delivery) {
			t.Errorf("%s is not listed", c.delivery)
		}
	}
	if len(simulator.Deliveries) != 6 {
		t.Errorf("%d deliveries are listed", len(simulator.Deliveries))
	}
}

func TestForging(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*simulator.Message)
		want   string
	}{
		"nothing to forge": {func(m *simulator.Message) { m.Forge = nil }, "good a"},
		"no header":        {func(m *simulator.Message) { m.Header = nil }, "bad a"},
		"the body":         {func(m *simulator.Message) { m.Forge, m.ForgedBody = nil, []byte("f") }, "good f"},
		"both":             {func(m *simulator.Message) { m.ForgedBody = []byte("f") }, "bad f"},
	} {
		t.Run(name, func(t *testing.T) {
			s, m, _ := newOutbox(t)
			s.Messages(simulator.Forged)
			letter := message("a")
			c.change(&letter)
			s.Owe(letter)
			if err := s.Deliver(t.Context()); err != nil || m.take() != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	s, m, _ := newOutbox(t)
	letter := message("a")
	letter.ForgedBody = []byte("f")
	s.Owe(letter)
	if err := s.Deliver(t.Context()); err != nil || m.take() != "good a" {
		t.Errorf("not forged: %v", err)
	}
}

// TestRedelivery walks through the tries of a message that nobody accepts.
func TestRedelivery(t *testing.T) {
	s, m, now := newOutbox(t)
	m.answer(http.StatusInternalServerError)
	s.Owe(message("a"))
	for _, wait := range []time.Duration{0, time.Second, 5 * time.Second, 30 * time.Second, 5 * time.Minute} {
		if wait > 0 {
			now.Add(wait - time.Millisecond)
			if err := s.Deliver(t.Context()); err != nil || m.take() != "" {
				t.Errorf("sent a moment before %v: %v", wait, err)
			}
			now.Add(time.Millisecond)
		}
		if s.Owed() != 1 {
			t.Fatalf("%d owed before the try after %v", s.Owed(), wait)
		}
		err := s.Deliver(t.Context())
		if err == nil || !strings.Contains(err.Error(), "answered 500") || m.take() != "good a" {
			t.Errorf("after %v: %v", wait, err)
		}
	}
	now.Add(24 * time.Hour)
	if err := s.Deliver(t.Context()); err != nil || m.take() != "" || s.Owed() != 0 || s.Sent() != 0 {
		t.Errorf("sent for ever: %v", err)
	}
}

func TestAcceptedAtLast(t *testing.T) {
	s, m, now := newOutbox(t)
	m.answer(http.StatusFound) // a redirect is no acceptance
	s.Owe(message("a"))
	s.Owe(message("b"))
	if err := s.Deliver(t.Context()); err == nil || m.take() != "good a, good b" {
		t.Errorf("%v", err)
	}
	m.answer(http.StatusNoContent)
	s.Owe(message("c"))
	if err := s.Deliver(t.Context()); err != nil || m.take() != "good c" {
		t.Errorf("%v", err)
	}
	now.Add(time.Second)
	if err := s.Deliver(t.Context()); err != nil || m.take() != "good a, good b" || s.Sent() != 3 {
		t.Errorf("%v", err)
	}
}

func TestForgedIsTriedOnce(t *testing.T) {
	s, m, now := newOutbox(t)
	m.answer(http.StatusUnauthorized)
	s.Messages(simulator.Forged)
	s.Owe(message("a"))
	if err := s.Deliver(t.Context()); err == nil || m.take() != "bad a" {
		t.Errorf("%v", err)
	}
	now.Add(time.Hour)
	if err := s.Deliver(t.Context()); err != nil || m.take() != "" {
		t.Errorf("tried again: %v", err)
	}
}

func TestDrop(t *testing.T) {
	s, m, _ := newOutbox(t)
	s.Owe(message("a"))
	s.Messages(simulator.Late)
	s.Owe(message("b"))
	s.Drop()
	s.Release()
	if err := s.Deliver(t.Context()); err != nil || m.take() != "" || s.Owed() != 0 {
		t.Errorf("%v", err)
	}
}

func TestBadURLIsAFault(t *testing.T) {
	s, _, _ := newOutbox(t)
	letter := message("a")
	letter.URL = "://"
	s.Owe(letter)
	if err := s.Deliver(t.Context()); err == nil || s.Owed() != 1 {
		t.Errorf("%v with %d owed", err, s.Owed())
	}
}

// TestFirstArrivesBeforeTheAnswer owes a message while a call is answered.
func TestFirstArrivesBeforeTheAnswer(t *testing.T) {
	m := &merchant{}
	var s *simulator.Server
	s = simulator.New(simulator.Config{Client: &http.Client{Transport: simulator.Transport(m)}}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.Owe(message("a"))
		_, _ = io.WriteString(w, m.take())
	}))
	s.Messages(simulator.First)
	calls, err := client.New("https://api.example", simulator.Transport(s))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := calls.Do(t.Context(), http.MethodPost, "/", nil, nil); err != nil || string(got.Body) != "good a" {
		t.Errorf("%s, %v", got.Body, err)
	}
}

func TestRunDeliversWhatIsOwed(t *testing.T) {
	s, m, now := newOutbox(t)
	m.told = make(chan string, 1)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()

	s.Owe(message("a"))
	if got := <-m.told; got != "a" {
		t.Errorf("got %s, want a", got)
	}
	s.Messages(simulator.Late)
	s.Owe(message("b"))
	s.Release() // without anybody moving the clock
	if got := <-m.told; got != "b" {
		t.Errorf("got %s, want b", got)
	}
	m.answer(http.StatusBadGateway)
	s.Messages(simulator.Once)
	s.Owe(message("c"))
	<-m.told
	m.answer(http.StatusOK)
	for again := false; !again; {
		now.Add(time.Second)
		select {
		case got := <-m.told:
			again = got == "c"
		default: // Run has not put it back yet, or not looked again
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run returned %v", err)
	}
}

// TestDefaultClient sends over a socket, and follows no redirect.
func TestDefaultClient(t *testing.T) {
	m := &merchant{}
	mux := http.NewServeMux()
	mux.Handle("/webhooks/x", m)
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/webhooks/x", http.StatusTemporaryRedirect)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	s := simulator.New(simulator.Config{}, http.NotFoundHandler())
	letter := message("a")
	letter.URL = server.URL + "/webhooks/x"
	s.Owe(letter)
	if err := s.Deliver(t.Context()); err != nil || m.take() != "good a" {
		t.Errorf("%v", err)
	}
	letter.URL = server.URL + "/moved"
	s.Owe(letter)
	if err := s.Deliver(t.Context()); err == nil || m.take() != "" {
		t.Errorf("redirected: %v", err)
	}
}

// TestEachTryIsSignedAnew has a receiver that is down at first, and looks at the
// signature that it gets then.
func TestEachTryIsSignedAnew(t *testing.T) {
	now := clock.NewMock()
	var signed []string
	down := true
	s := simulator.New(simulator.Config{Clock: now, Client: &http.Client{Transport: simulator.Transport(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			signed = append(signed, r.Header.Get("Signature"))
			if down {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}))}}, http.NotFoundHandler())
	looked := 0
	s.Before(func() { looked++ })
	s.Owe(simulator.Message{Method: http.MethodPost, URL: "https://shop.example", Sign: func(h http.Header, at time.Time) {
		h.Set("Signature", at.UTC().Format(time.TimeOnly))
	}})
	if err := s.Deliver(t.Context()); err == nil {
		t.Error("a receiver that is down accepted it")
	}
	now.Add(time.Minute)
	down = false
	if err := s.Deliver(t.Context()); err != nil {
		t.Error(err)
	}
	if want := []string{"00:00:00", "00:01:00"}; !slices.Equal(signed, want) || looked != 2 {
		t.Errorf("signed %v, want %v; looked %d times", signed, want, looked)
	}
}
