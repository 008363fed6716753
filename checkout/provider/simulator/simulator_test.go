package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// api is what is simulated: it counts the calls that had their effect.
type api struct {
	mu   sync.Mutex
	done []string
	told chan string // of each effect, if not nil
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var first [1]byte
	_, _ = r.Body.Read(first[:]) // not all of it, like a JSON decoder
	a.mu.Lock()
	a.done = append(a.done, r.URL.Path)
	a.mu.Unlock()
	w.Header().Set("X-Api", "1")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, `{"id":"pay_1"}`)
	if a.told != nil {
		a.told <- r.URL.Path
	}
}

func (a *api) effects() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.Join(a.done, " ")
}

// overBoth runs a test with a client that calls s in this process, and with one
// that calls it over a socket.
func overBoth(t *testing.T, test func(t *testing.T, a *api, s *simulator.Server, c *client.Client)) {
	t.Run("in process", func(t *testing.T) {
		a := &api{}
		s := simulator.New(simulator.Config{}, a)
		c, err := client.New("https://api.example", simulator.Transport(s))
		if err != nil {
			t.Fatal(err)
		}
		test(t, a, s, c)
	})
	t.Run("over a socket", func(t *testing.T) {
		a := &api{}
		s := simulator.New(simulator.Config{}, a)
		server := httptest.NewServer(s)
		defer server.Close()
		c, err := client.New(server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		test(t, a, s, c)
	})
}

func TestFaults(t *testing.T) {
	if len(simulator.Faults) != 8 {
		t.Errorf("%d faults are listed", len(simulator.Faults))
	}
	for _, c := range []struct {
		fault  simulator.Fault
		status int // 0: no answer
		body   string
		effect bool
	}{
		{"", 201, `{"id":"pay_1"}`, true},
		{simulator.LostAnswer, 0, "", true},
		{simulator.ErrorBefore, 500, "internal-server-error", false},
		{simulator.ErrorAfter, 500, "internal-server-error", true},
		{simulator.Throttle, 429, "too-many-requests", false},
		{simulator.Truncated, 0, "", true},
		{simulator.Refuse, 401, "no-matching-api-key", false},
		{simulator.NotFound, 404, "not-found", false},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			overBoth(t, func(t *testing.T, a *api, s *simulator.Server, calls *client.Client) {
				if c.fault != "" {
					s.Inject("/payments", c.fault)
				}
				got, err := calls.Do(t.Context(), http.MethodPost, "/payments", nil, []byte(`{"amount":1}`))
				switch {
				case c.status == 0 && (err == nil || errors.Is(err, checkout.ErrNotSent)):
					t.Errorf("got %+v, %v, want an error that says nothing", got, err)
				case c.status != 0 && (err != nil || got.Status != c.status || !strings.Contains(string(got.Body), c.body)):
					t.Errorf("got %d %s, %v, want %d with %s", got.Status, got.Body, err, c.status, c.body)
				case c.status != 0 && got.Header.Get("Content-Type") != "application/json":
					t.Errorf("content type %q", got.Header.Get("Content-Type"))
				}
				if after := got.Header.Get("Retry-After"); (after == "2") != (c.fault == simulator.Throttle) {
					t.Errorf("Retry-After is %q", after)
				}
				if done := a.effects() == "/payments"; done != c.effect {
					t.Errorf("effects %q, want one: %t", a.effects(), c.effect)
				}
				if got, err := calls.Do(t.Context(), http.MethodPost, "/payments", nil, []byte(`{}`)); err != nil || got.Status != 201 || got.Header.Get("X-Api") != "1" {
					t.Errorf("the next call: %+v, %v", got, err)
				}
			})
		})
	}
}

func TestSlowWaitsForTheCaller(t *testing.T) {
	overBoth(t, func(t *testing.T, a *api, s *simulator.Server, calls *client.Client) {
		a.told = make(chan string, 1)
		s.Inject("", simulator.Slow)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-a.told
			cancel()
		}()
		got, err := calls.Do(ctx, http.MethodPost, "/payments", nil, []byte(`{"amount":1}`))
		if !errors.Is(err, context.Canceled) || errors.Is(err, checkout.ErrNotSent) {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestHalfAnAnswerArrives(t *testing.T) {
	s := simulator.New(simulator.Config{}, &api{})
	server := httptest.NewServer(s)
	defer server.Close()
	for name, get := range map[string]*http.Client{"in process": {Transport: simulator.Transport(s)}, "over a socket": {}} {
		s.Inject("", simulator.Truncated)
		res, err := get.Post(server.URL+"/payments", "application/json", strings.NewReader(`{}`))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != 201 || res.Header.Get("X-Api") != "1" || string(body) != `{"id":"` || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %d %q, %v", name, res.StatusCode, body, err)
		}
	}
}

func TestFaultsHappenInTurn(t *testing.T) {
	a := &api{}
	s := simulator.New(simulator.Config{}, a)
	calls, err := client.New("https://api.example", simulator.Transport(s))
	if err != nil {
		t.Fatal(err)
	}
	s.Inject("/refunds", simulator.Refuse)
	s.Inject("/payments", simulator.Throttle)
	s.Inject("", simulator.ErrorBefore)
	for _, c := range []struct {
		path   string
		status int
	}{{"/payments/1", 429}, {"/payments/1", 500}, {"/payments/1", 201}, {"/v1/refunds", 401}, {"/v1/refunds", 201}} {
		if got, err := calls.Do(t.Context(), http.MethodGet, c.path, nil, nil); err != nil || got.Status != c.status {
			t.Errorf("%s: got %d, %v, want %d", c.path, got.Status, err, c.status)
		}
	}
	s.Inject("", simulator.ErrorBefore)
	s.Heal()
	if got, err := calls.Do(t.Context(), http.MethodGet, "/payments", nil, nil); err != nil || got.Status != 201 {
		t.Errorf("healed: got %d, %v", got.Status, err)
	}
}

func TestNowIsUTC(t *testing.T) {
	now := clock.NewMock()
	now.Set(noon.In(time.FixedZone("elsewhere", 3600)))
	if got := simulator.New(simulator.Config{Clock: now}, http.NotFoundHandler()).Now(); got != noon {
		t.Errorf("got %v, want %v", got, noon)
	}
	if got := simulator.New(simulator.Config{}, http.NotFoundHandler()).Now(); got.IsZero() || got.Location() != time.UTC {
		t.Errorf("by default %v", got)
	}
}

// TestTransportIsLikeASocket compares what a handler sees and does in process
// with what it would over a socket.
func TestTransportIsLikeASocket(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", fmt.Sprint(r.Method, " ", r.URL, " ", r.RequestURI, " ", r.Header.Get("X-Sent"), " ", string(body), " ", err))
		w.Header().Set("X-Host", r.Host)
		if r.URL.Path != "/silent" {
			w.WriteHeader(http.StatusAccepted)
			w.Header().Set("X-Late", "never seen")
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, "answer")
		}
	})
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of a status that comes too late
	server.Start()
	defer server.Close()
	for _, c := range []struct {
		method, path, body string
	}{{"GET", "/a%20b?q=1&r=2", ""}, {"POST", "/a", "text"}, {"DELETE", "/silent", ""}} {
		var seen [2]string
		for i, rt := range []http.RoundTripper{simulator.Transport(h), http.DefaultTransport} {
			var body io.Reader
			if c.body != "" {
				body = strings.NewReader(c.body)
			}
			r, err := http.NewRequest(c.method, server.URL+c.path, body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Sent", "1")
			res, err := rt.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			seen[i] = fmt.Sprint(res.Status, res.StatusCode, res.Header.Get("X-Seen"), res.Header.Get("X-Host"), res.Header.Get("X-Late"), string(text))
			if r.URL.String() != server.URL+c.path {
				t.Errorf("the request is changed to %s", r.URL)
			}
		}
		if seen[0] != seen[1] {
			t.Errorf("%s %s: in process %q, over a socket %q", c.method, c.path, seen[0], seen[1])
		}
	}
}

func TestTransportPassesPanicsOn(t *testing.T) {
	rt := simulator.Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug") }))
	defer func() {
		if p := recover(); p != "a bug" {
			t.Errorf("recovered %v", p)
		}
	}()
	r, err := http.NewRequest(http.MethodGet, "https://api.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = rt.RoundTrip(r)
	t.Errorf("returned %v", err)
}

func TestTransportMindsTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	rt := simulator.Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { cancel() }))
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://api.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := rt.RoundTrip(r); !errors.Is(err, context.Canceled) || res != nil {
		t.Errorf("got %v, %v", res, err)
	}
}
