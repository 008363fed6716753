package stripetest

import (
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// Config says what a [Server] is made of.
type Config struct {
	// Clock tells the time, and Client sends the events.
	simulator.Config

	// SecretKey is what callers must show. Default: "sk_test_stripetest".
	SecretKey string

	// WebhookURL is where events are sent. Default: nowhere; they can be listed.
	WebhookURL string

	// WebhookSecrets sign the events, each with a v1 of its own, as while a
	// secret is rolled. Default: one, "whsec_stripetest".
	WebhookSecrets []string

	// Events are the types of events that are sent to WebhookURL. Default: all.
	Events []string

	// PublicURL is where browsers find this server. Default: where the call came
	// to that made the Checkout Session.
	PublicURL string

	// Livemode says what stands in every object. No money moves.
	Livemode bool
}

// Server is Stripe. It is safe for concurrent use.
type Server struct {
	*simulator.Server
	config Config

	mu       sync.Mutex
	sessions []*session // oldest first
	refunds  []*refund
	events   []event
	outgoing []event // to be handed to the outbox
	answers  map[string]kept
	crashes  int
	hold     bool // refunds stay pending
}

// New returns a Server that nobody has called.
func New(c Config) *Server {
	if c.SecretKey == "" {
		c.SecretKey = "sk_test_stripetest"
	}
	if len(c.WebhookSecrets) == 0 {
		c.WebhookSecrets = []string{"whsec_stripetest"}
	}
	s := &Server{config: c, answers: map[string]kept{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/", s.serveAPI)
	mux.HandleFunc("GET /c/pay/{id}", s.servePage)
	mux.HandleFunc("POST /c/pay/{id}", s.servePress)
	s.Server = simulator.New(c.Config, mux)
	s.Before(func() { _ = s.play(func() error { return nil }) }) // what timed out expires
	s.Due(s.nextExpiry)
	s.control()
	return s
}

// control lets programs play the customer, and whoever sits at the dashboard.
func (s *Server) control() {
	s.HandlePay(s.Pay, s.PayAmount)
	s.HandleFail(declineCodes(), s.Fail)
	s.Handle("pay-async", s.PayAsync)
	s.Handle("settle", func(id string) error { return s.SettleAsync(id, true) })
	s.Handle("settle-failed", func(id string) error { return s.SettleAsync(id, false) })
	s.Handle("refund", func(id string) error { _, err := s.RefundInPortal(id, 0); return err })
	s.Handle("dispute", s.Dispute)
	s.Handle("dispute-won", func(id string) error { return s.CloseDispute(id, true) })
	s.Handle("dispute-lost", func(id string) error { return s.CloseDispute(id, false) })
}

// Crash makes the next n calls that change something end with an api_error, 500,
// after their effect. Stripe repeats such an answer for its idempotency key, and
// so does the Server: unlike a fault that is injected, it stays.
func (s *Server) Crash(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crashes = n
}

// HoldRefunds makes refunds from now on stay pending until
// [Server.SettleRefund], or succeed at once again.
func (s *Server) HoldRefunds(hold bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = hold
}

// play does something to the state, and owes the events of it.
func (s *Server) play(do func() error) error {
	s.mu.Lock()
	s.expireDue()
	err := do()
	s.mu.Unlock()
	s.flush()
	return err
}

// unix is now in seconds.
func (s *Server) unix() int64 { return s.Now().Unix() }

// newID returns an identifier nobody has had before, also after a restart: our
// own service remembers the events it has seen.
func newID(prefix string) string { return prefix + rand.Text() }

// modeID is newID for objects whose identifiers tell the mode.
func (s *Server) modeID(prefix string) string {
	if s.config.Livemode {
		return newID(prefix + "live_")
	}
	return newID(prefix + "test_")
}

// wants reports whether events of type t are sent.
func (s *Server) wants(t string) bool {
	return s.config.WebhookURL != "" && (len(s.config.Events) == 0 || slices.Contains(s.config.Events, t))
}

// day is how long an idempotency key is kept.
const day = 24 * time.Hour
