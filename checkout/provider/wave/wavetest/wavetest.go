// Package wavetest is Wave as a server in memory: its Checkout API, its balance
// and statements, its signed messages, and a page with the buttons that a
// customer would press. Wave has no public test system; this one checks requests
// and keeps lifetimes as the real one does.
//
//	fake := wavetest.New(wavetest.Config{
//		APIKey: "wave_sn_test_key", WebhookSecret: "wave_sn_WHS_test",
//		WebhookURL: "http://localhost:8080/webhooks/wave",
//	})
//	provider, err := wave.New(wave.Config{
//		APIKey: "wave_sn_test_key", WebhookSecrets: []client.Secret{"wave_sn_WHS_test"},
//		Transport: simulator.Transport(fake),
//	})
//	…
//	err = fake.Pay(attempt.ID)
//	err = fake.Deliver(ctx)
//
// It can also be served by net/http: then [Config.URL] is where, and the customer
// is a person. Programs in other languages post to /simulate/pay/{id}, which may
// have a body such as {"amount":500,"currency":"XOF"}, /simulate/fail/{id}/{code}
// and the like. Identifiers are Wave's of a session or of a transaction, or ours.
package wavetest

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// Config says how the server behaves.
type Config struct {
	simulator.Config

	// APIKey is the only key that is accepted. Required.
	APIKey string

	// SigningSecret is the secret that requests must be signed with. Default:
	// they need no signature.
	SigningSecret string

	// WebhookURL is where messages go. Default: nowhere.
	WebhookURL string

	// WebhookSecret signs messages.
	WebhookSecret string

	// Shared makes messages show the secret instead of being signed with it.
	Shared bool

	// URL is where people reach the server. Default: https://pay.wave.example.
	URL string

	// Business is the name that the payer sees. Default: "Wave simulator".
	Business string

	// PageSize is how many transactions a page of a statement has. Default: 100.
	PageSize int
}

// Server is a simulated Wave, with one wallet in XOF. It is safe for concurrent
// use.
type Server struct {
	*simulator.Server
	config Config
	series string // makes identifiers differ from those of another run

	mu       sync.Mutex
	made     int
	sessions []*Session
	rows     []transaction
}

// New returns a Server without sessions.
func New(c Config) *Server {
	c.URL = strings.TrimSuffix(cmp.Or(c.URL, "https://pay.wave.example"), "/")
	c.Business = cmp.Or(c.Business, "Wave simulator")
	c.PageSize = cmp.Or(c.PageSize, 100)
	s := &Server{config: c}
	s.Server = simulator.New(c.Config, s.routes())
	s.series = strconv.FormatInt(s.Now().Unix(), 36)
	s.HandlePay(s.Pay, func(id string, amount int64, currency string) error {
		return s.PayAmount(id, checkout.Money{Amount: amount, Currency: checkout.Currency(currency)})
	})
	s.HandleFail(FailureCodes, s.Fail)
	s.Handle("cancel", s.Cancel)
	s.Handle("refund", s.Refund)
	return s
}

// routes are the pages for people and the API, which needs the key.
func (s *Server) routes() http.Handler {
	api := http.NewServeMux()
	api.HandleFunc("POST /v1/checkout/sessions", s.create)
	api.HandleFunc("GET /v1/checkout/sessions", s.byTransaction)
	api.HandleFunc("GET /v1/checkout/sessions/search", s.search)
	api.HandleFunc("GET /v1/checkout/sessions/{id}", s.read)
	api.HandleFunc("POST /v1/checkout/sessions/{id}/expire", s.expire)
	api.HandleFunc("POST /v1/checkout/sessions/{id}/refund", s.refundSession)
	api.HandleFunc("GET /v1/balance", s.balance)
	api.HandleFunc("GET /v1/transactions", s.statement)
	api.HandleFunc("POST /v1/transactions/{id}/refund", s.refundTransaction)
	all := http.NewServeMux()
	all.Handle("/v1/", s.authorized(api))
	all.HandleFunc("GET /c/{id}", s.page)
	all.HandleFunc("POST /c/{id}", s.press)
	return all
}

// Sessions returns every session as it stands, the oldest first.
func (s *Server) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Session{}
	for _, p := range s.sessions {
		all = append(all, p.at(s.Now()))
	}
	return all
}

// Session returns one session as it stands.
func (s *Server) Session(id string) (Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.find(id)
	if err != nil {
		return Session{}, err
	}
	return p.at(s.Now()), nil
}

// Received returns what customers have paid for sessions, by currency, in minor
// units. What was refunded is not taken off, see [Server.Refunded].
func (s *Server) Received() map[checkout.Currency]int64 {
	return s.sum(func(p *Session) int64 { return p.Amount.Amount })
}

// Refunded returns what customers were given back, by currency, in minor units.
func (s *Server) Refunded() map[checkout.Currency]int64 {
	return s.sum(func(p *Session) int64 { return p.Refunded.Amount })
}

func (s *Server) sum(of func(*Session) int64) map[checkout.Currency]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	sums := map[checkout.Currency]int64{}
	for _, p := range s.sessions {
		if n := of(p); p.CheckoutStatus == "complete" && n != 0 {
			sums[p.Amount.Currency] += n
		}
	}
	return sums
}

// find returns the session with an identifier: Wave's, or that of its
// transaction, or ours, of which the newest counts. s.mu must be held.
func (s *Server) find(id string) (*Session, error) {
	for _, p := range slices.Backward(s.sessions) {
		if id != "" && (p.ID == id || p.TransactionID == id || p.ClientReference == id) {
			return p, nil
		}
	}
	return nil, errUnknown
}
