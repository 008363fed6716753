package mtntest

import (
	"cmp"
	"net/http"
	"sync"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// What a [Server] demands if [Config] does not say otherwise.
const (
	SubscriptionKey = "collection-subscription"
	DisbursementKey = "disbursement-subscription"
	APIUser         = "5a5f1f1e-3c0b-4c0e-9d59-0a6b1f1e2d3c"
	APIKey          = "f1db798c98df4bcf83b538175893bbf0"
)

// promptLife is how long a prompt waits for the customer.
//
// Source: momodeveloper.mtn.com, common error codes,
// COULD_NOT_PERFORM_TRANSACTION, read 2026-11-25.
const promptLife = 5 * time.Minute

// Config says how MTN is to behave.
type Config struct {
	simulator.Config

	// SubscriptionKey and DisbursementKey are the subscription keys of the two
	// products, APIUser and APIKey the user of both. Default: the constants of
	// those names.
	SubscriptionKey, DisbursementKey, APIUser, APIKey string

	// CallbackHost, if not "", is the only host that APIUser may have callbacks
	// sent to.
	CallbackHost string

	// XOF makes it production in Côte d'Ivoire: the target environment is
	// mtnivorycoast and the currency XOF. Otherwise it is the sandbox, and EUR.
	XOF bool

	// Manual leaves every number that has no meaning of its own to whoever plays
	// the customer.
	Manual bool

	// Delay is how long a refund takes, and a number that pays by itself.
	// Default: no time.
	Delay time.Duration

	// Put sends callbacks with PUT. Default: POST.
	Put bool
}

// Server is a simulated MTN. It is safe for concurrent use.
type Server struct {
	*simulator.Server
	config   Config
	clock    clock.Clock
	target   string // the X-Target-Environment
	currency string

	mu       sync.Mutex
	users    map[string]user
	tokens   map[string]token
	payments map[string]*payment // by X-Reference-Id
	refunds  map[string]*refund  // by X-Reference-Id
	external map[string]string   // X-Reference-Ids of payments and refunds by externalId, the latest each
	waiting  []settler           // what becomes final by itself
	owed     []simulator.Message // to be handed over once mu is free
	serial   int
}

// New returns a simulated MTN where nothing has been paid.
func New(c Config) *Server {
	c.SubscriptionKey = cmp.Or(c.SubscriptionKey, SubscriptionKey)
	c.DisbursementKey = cmp.Or(c.DisbursementKey, DisbursementKey)
	c.APIUser, c.APIKey = cmp.Or(c.APIUser, APIUser), cmp.Or(c.APIKey, APIKey)
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	s := &Server{
		config: c, clock: c.Clock, target: "sandbox", currency: "EUR",
		users:    map[string]user{c.APIUser: {host: c.CallbackHost, key: c.APIKey}},
		tokens:   map[string]token{},
		payments: map[string]*payment{}, refunds: map[string]*refund{}, external: map[string]string{},
	}
	if c.XOF {
		s.target, s.currency = "mtnivorycoast", "XOF"
	}
	s.Server = simulator.New(c.Config, s.routes())
	s.Before(func() { _ = s.do(func() error { return nil }) }) // what has become final by itself
	s.Due(s.due)
	s.HandlePay(s.Approve, s.ApproveAmount)
	s.HandleFail(failures, s.Fail)
	s.Handle("cancel", s.Reject)
	s.Handle("expire", s.Expire)
	s.Handle("refund/pay", s.ApproveRefund)
	s.Handle("refund/fail", func(id string) error { return s.FailRefund(id, "NOT_ENOUGH_FUNDS") })
	return s
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	collection, disbursement := product{"collection", s.config.SubscriptionKey}, product{"disbursement", s.config.DisbursementKey}
	if !s.config.XOF { // in production a portal does this
		mux.HandleFunc("POST /v1_0/apiuser", s.createUser)
		mux.HandleFunc("GET /v1_0/apiuser/{id}", s.readUser)
		mux.HandleFunc("POST /v1_0/apiuser/{id}/apikey", s.createKey)
	}
	for _, p := range []product{collection, disbursement} {
		mux.HandleFunc("POST /"+p.name+"/token/{$}", s.issue(p))
		mux.HandleFunc("GET /"+p.name+"/v1_0/account/balance", s.authorised(p, s.balance(p)))
		mux.HandleFunc("GET /"+p.name+"/v1_0/accountholder/msisdn/{number}/active", s.authorised(p, s.holder))
	}
	mux.HandleFunc("POST /collection/v1_0/requesttopay", s.authorised(collection, s.requestToPay))
	mux.HandleFunc("GET /collection/v1_0/requesttopay/{reference}", s.authorised(collection, s.readPayment))
	mux.HandleFunc("POST /disbursement/v1_0/refund", s.authorised(disbursement, s.requestRefund))
	mux.HandleFunc("POST /disbursement/v2_0/refund", s.authorised(disbursement, s.requestRefund))
	mux.HandleFunc("GET /disbursement/v1_0/refund/{reference}", s.authorised(disbursement, s.readRefund))
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("POST /prompts/{reference}/{choice}", s.choose)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusNotFound, map[string]any{"statusCode": 404, "message": "Resource not found"})
	})
	return mux
}

// settler is a payment or a refund that becomes final by itself.
type settler interface {
	// settle makes it final if that is due at now, and reports whether it still
	// waits.
	settle(s *Server, now time.Time) bool
	due() time.Time // when it does, unless somebody else makes it
}

// do runs fn on the state as it is now, then hands over the callbacks that are
// owed, which may lead to calls of this server.
func (s *Server) do(fn func() error) error {
	s.mu.Lock()
	s.settle()
	err := fn()
	s.settle()
	owed := s.owed
	s.owed = nil
	s.mu.Unlock()
	for _, m := range owed {
		s.Owe(m)
	}
	return err
}

// settle makes final what is due. s.mu is held.
func (s *Server) settle() {
	now, still := s.Now(), s.waiting[:0]
	for _, x := range s.waiting {
		if x.settle(s, now) {
			still = append(still, x)
		}
	}
	clear(s.waiting[len(still):])
	s.waiting = still
}

// due is when the next payment or refund becomes final by itself, the zero time
// if none does.
func (s *Server) due() (next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.waiting {
		if at := x.due(); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}
