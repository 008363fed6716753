// Package simulator is what the simulated providers share: faults of their API,
// and messages that come first, twice, late, forged or never.
//
// wavetest, stripetest, mtntest and orangetest build on it. Each is an
// [http.Handler] that keeps its state in memory, on an injected clock, and signs
// as the real one does. Nothing runs by itself: a message waits until
// [Server.Deliver] or [Server.Run] is called.
package simulator

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/benbjohnson/clock"
)

// Fault is what goes wrong with one call of the provider's API.
type Fault string

// The faults.
const (
	LostAnswer  Fault = "lost_answer"  // the call has its effect; then the connection breaks
	ErrorBefore Fault = "error_before" // 500, and nothing was done
	ErrorAfter  Fault = "error_after"  // the call has its effect; the answer is 500
	Throttle    Fault = "throttle"     // 429 with Retry-After: 2, and nothing was done
	Slow        Fault = "slow"         // the call has its effect; no answer until the caller gives up
	Truncated   Fault = "truncated"    // the call has its effect; half of the answer arrives
	Refuse      Fault = "refuse"       // 401, as for a revoked key
	NotFound    Fault = "not_found"    // 404, as for a wrong address, and nothing was done
)

// Faults lists every [Fault].
var Faults = []Fault{LostAnswer, ErrorBefore, ErrorAfter, Throttle, Slow, Truncated, Refuse, NotFound}

// Config says what a [Server] is made of.
type Config struct {
	// Clock tells the time. Default: the system clock.
	Clock clock.Clock

	// Client sends messages. Default: a client that follows no redirects and
	// gives up after 5 seconds.
	Client *http.Client
}

// Server is the common part of the simulated providers, which embed it. It is
// safe for concurrent use.
type Server struct {
	Outbox
	clock   clock.Clock
	api     http.Handler
	control *http.ServeMux
	moves   []string // of the customer, in the order in which they were added

	mu     sync.Mutex
	faults []injected
}

type injected struct {
	path  string
	fault Fault
}

// New returns a Server whose API is api, without faults.
func New(c Config, api http.Handler) *Server {
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	if c.Client == nil {
		c.Client = &http.Client{
			Timeout:       5 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	s := &Server{clock: c.Clock, api: api, control: http.NewServeMux()}
	s.Outbox.init(c.Client, c.Clock)
	s.routes()
	return s
}

// Now is the server's time in UTC.
func (s *Server) Now() time.Time { return s.clock.Now().UTC() }

// Inject makes the next call whose path contains path go wrong; "" is any call.
// What was injected first happens first.
func (s *Server) Inject(path string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, injected{path, f})
}

// Heal takes back the faults that have not happened.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// next removes the fault of a call, "" if it has none.
func (s *Server) next(path string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if strings.Contains(path, f.path) {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			return f.fault
		}
	}
	return ""
}

// ServeHTTP answers a call of the API, with its fault if it has one, and what
// stands under /simulate/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/simulate/") {
		s.control.ServeHTTP(w, r)
		return
	}
	switch f := s.next(r.URL.Path); f {
	case "":
		s.api.ServeHTTP(w, r)
	case ErrorBefore:
		fail(w, http.StatusInternalServerError, "internal-server-error")
	case Refuse:
		fail(w, http.StatusUnauthorized, "no-matching-api-key")
	case NotFound:
		fail(w, http.StatusNotFound, "not-found")
	case Throttle:
		w.Header().Set("Retry-After", "2")
		fail(w, http.StatusTooManyRequests, "too-many-requests")
	default:
		answer := newRecorder()
		s.api.ServeHTTP(answer, r)
		answer.WriteHeader(http.StatusOK) // unless it has another status
		s.spoil(w, r, f, answer)
	}
}

// spoil answers a call that has had its effect.
func (s *Server) spoil(w http.ResponseWriter, r *http.Request, f Fault, answer *recorder) {
	switch f {
	case ErrorAfter:
		fail(w, http.StatusInternalServerError, "internal-server-error")
		return
	case Slow:
		// A server notices that its client has gone only once it has read the
		// whole request.
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	case Truncated:
		for name, values := range answer.sent {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.status)
		body := answer.body.Bytes()
		_, _ = w.Write(body[:len(body)/2])
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
	}
	panic(http.ErrAbortHandler) // LostAnswer too: the connection breaks
}

// fail answers a call with a fault.
func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"code":%q,"message":"simulated fault"}`+"\n", code) // the caller has gone away
}
