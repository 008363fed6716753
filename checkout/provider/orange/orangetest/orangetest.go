package orangetest

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// Defaults of a [Config].
const (
	DefaultClientID     = "orange-client"
	DefaultClientSecret = "orange-secret"
	DefaultMerchantKey  = "a86b2087"
	DefaultCountry      = "dev"
	DefaultTokenLife    = time.Hour
)

// orderLife is how long an order can be paid.
const orderLife = 10 * time.Minute

// Config says what a [Server] is made of. The zero value is a sandbox with the
// credentials above.
type Config struct {
	simulator.Config

	// ClientID, ClientSecret and MerchantKey are demanded of whoever calls.
	ClientID, ClientSecret, MerchantKey string

	// Country is the part of the paths that is served, with its currency: OUV
	// for "dev", XOF for any other.
	Country string

	// TokenLife is how long an access token serves.
	TokenLife time.Duration

	// Random is where tokens come from. Default: crypto/rand.
	Random io.Reader

	// Untouched leaves an order that nobody confirms INITIATED for ever, as the
	// documents say; by default it becomes EXPIRED when its page does, as they
	// say elsewhere.
	Untouched bool
}

func (c Config) withDefaults() Config {
	for _, f := range []struct {
		field *string
		value string
	}{
		{&c.ClientID, DefaultClientID}, {&c.ClientSecret, DefaultClientSecret},
		{&c.MerchantKey, DefaultMerchantKey}, {&c.Country, DefaultCountry},
	} {
		if *f.field == "" {
			*f.field = f.value
		}
	}
	if c.TokenLife <= 0 {
		c.TokenLife = DefaultTokenLife
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return c
}

// Server is a simulated Orange Money WebPay. It is an [http.Handler], safe for
// concurrent use.
type Server struct {
	*simulator.Server
	config Config

	mu      sync.Mutex
	tokens  map[string]time.Time // access tokens and their ends
	fetched int                  // how many were handed out
	orders  []*order             // oldest first
}

// New returns a Server without orders.
func New(c Config) *Server {
	s := &Server{config: c.withDefaults(), tokens: map[string]time.Time{}}
	api := http.NewServeMux()
	api.HandleFunc("POST /oauth/v3/token", s.token)
	api.HandleFunc("POST /orange-money-webpay/{country}/v1/webpayment", s.authorized(s.webPayment))
	api.HandleFunc("POST /orange-money-webpay/{country}/v1/transactionstatus", s.authorized(s.transactionStatus))
	api.HandleFunc("GET /payment/pay_token/{token}", s.showPage)
	api.HandleFunc("POST /payment/pay_token/{token}", s.pressButton)
	api.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, 60, "Resource not found", "The requested URI does not exist.")
	})
	s.Server = simulator.New(c.Config, api)
	s.HandlePay(s.Pay, nil)   // Orange's answers and messages name no sum
	s.HandleFail(nil, s.Fail) // nor why a payment failed
	s.Handle("confirm", s.Confirm)
	s.Handle("cancel", s.Cancel)
	s.Handle("notify", s.Notify)
	return s
}

// Currency is what the server counts in.
func (s *Server) Currency() string {
	if s.config.Country == "dev" {
		return "OUV"
	}
	return "XOF"
}

// random returns a token of n bytes in hexadecimal digits.
func (s *Server) random(n int) (string, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(s.config.Random, b)
	return hex.EncodeToString(b), err
}

// refuse answers with an error in the form that all of Orange's APIs share.
func refuse(w http.ResponseWriter, status, code int, message, description string) {
	answer(w, status, struct {
		Code        int    `json:"code"`
		Message     string `json:"message"`
		Description string `json:"description"`
	}{code, message, description})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller has gone away
}
