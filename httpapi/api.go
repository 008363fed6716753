// Package httpapi speaks HTTP for package checkout: the keyed API in the wire
// format of lomi. Checkout Sessions, the messages of payment providers, and the
// page on which customers pay.
//
// [API.Front] serves everything on one host. A program that has its own mux can
// mount the parts alone: [API.Keyed], [API.Inbound] and [API.Hosted].
//
// Handlers return errors; one wrapper turns them into answers, so that no
// handler writes a status for a failure. Requests are decoded by a scanner of
// our own, which names the field at fault, refuses duplicate names and accepts
// 10000.0 as an integer; encoding/json does none of the three. Only routes.go
// knows the router.
package httpapi

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// Config says what an [API] is made of.
type Config struct {
	// Service does the work. Required.
	Service *checkout.Service

	// Clock tells the time of rate limits and cached keys. Default: the system
	// clock.
	Clock clock.Clock

	// Random is where request identifiers come from. Default: crypto/rand.
	Random io.Reader

	// Log gets one line a request. Default: nothing is logged.
	Log *slog.Logger

	// PublicURL is what the world calls the hosted pages by, without a slash at
	// its end: "https://pay.example". Default: the host that a request names.
	PublicURL string

	// Proxies are the addresses of proxies in front, whose X-Forwarded-For is believed
	// for what an address may do. Default: none, so that all that comes through a
	// proxy counts as one address.
	Proxies []netip.Prefix

	// RateLimit is how many requests a second a key may make, in the long run;
	// twice as many may come at once. The same holds for an address that shows
	// no key, but not for messages of providers. Default: 0, no limit.
	RateLimit float64

	// Webhooks delivers what merchants are owed. Default: nil; then there are no
	// feed of events, no listeners, no tests of endpoints and no resending.
	Webhooks *webhook.Dispatcher

	// KeyTTL is how long a key that was found good is believed without another
	// look at the store. Default: 500 ms. Negative: not at all.
	KeyTTL time.Duration

	// Advance moves the clock of a server that runs on a stopped one and does
	// what falls due. With it, keys of real money are refused and
	// POST /test/clock/advance exists. Default: nil, a clock that runs by itself.
	Advance func(ctx context.Context, d time.Duration) (now time.Time, err error)
}

// API holds the handlers.
type API struct {
	service   *checkout.Service
	clock     clock.Clock
	random    io.Reader
	log       *slog.Logger
	publicURL string
	proxies   []netip.Prefix
	webhooks  *webhook.Dispatcher
	waits     *gate // of requests that wait for events
	sends     *gate // of requests that send something at once
	resends   *gate // of requests that owe many events again
	advance   func(ctx context.Context, d time.Duration) (time.Time, error)
	keys      *keyring
	limits    *limiter // of keys
	strangers *limiter // of addresses that show no key
	guesses   *limiter // of addresses that show bad keys
	openers   *limiter // of addresses that open payment links
	codes     *limiter // of sessions in which coupon codes are tried
	coders    *limiter // of addresses that try coupon codes
	started   time.Time
	keyed     http.Handler
	inbound   http.Handler
	hosted    http.Handler
}

// New returns an API, or an error that names the field of c at fault.
func New(c Config) (*API, error) {
	if c.Service == nil {
		return nil, errors.New("httpapi: Config.Service is required")
	}
	if err := checkPublicURL(c.PublicURL); err != nil {
		return nil, err
	}
	a := &API{
		service: c.Service, clock: c.Clock, random: c.Random, log: c.Log,
		publicURL: c.PublicURL, proxies: c.Proxies, webhooks: c.Webhooks, advance: c.Advance,
	}
	if a.clock == nil {
		a.clock = clock.New()
	}
	if a.random == nil {
		a.random = rand.Reader
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if c.KeyTTL == 0 {
		c.KeyTTL = 500 * time.Millisecond
	}
	a.started = a.clock.Now()
	a.waits, a.sends, a.resends = newGate(maxWaits, maxWaitsEach), newGate(maxSends, maxSendsEach), newGate(maxResends, maxResendsEach)
	a.keys = &keyring{service: a.service, clock: a.clock, ttl: c.KeyTTL}
	a.limits, a.strangers, a.guesses = newLimiter(c.RateLimit), newLimiter(c.RateLimit), newLimiter(c.RateLimit)
	if a.advance == nil { // buckets that fill with a stopped clock would never fill
		a.openers, a.codes, a.coders = newBurst(openRate, openBurst), newBurst(codeRate, codeBurst), newBurst(guessRate, guessBurst)
	}
	a.keyed, a.inbound = a.mux(a.routes()), a.mux(a.inboundTable())
	a.hosted = a.hostedRoutes()
	return a, nil
}

func checkPublicURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.ContainsAny(text, "?#") || strings.HasSuffix(text, "/") {
		return errors.New("httpapi: Config.PublicURL must be an http or https URL without a query and without a slash at its end")
	}
	return nil
}

// base returns the URL that the hosted pages stand under, for an answer to r.
func (a *API) base(r *http.Request) string {
	switch {
	case a.publicURL != "":
		return a.publicURL
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// Keyed returns the handler of the API for merchants' servers.
func (a *API) Keyed() http.Handler { return respell(a.keyed) }

// Inbound returns the handler of providers' messages, /webhooks/{provider} and
// below.
func (a *API) Inbound() http.Handler { return respell(a.inbound) }

// Hosted returns the handler of the pages on which customers pay, /{session id}
// and below, and of payment links, /{link id}. It works under any path, behind [http.StripPrefix].
func (a *API) Hosted() http.Handler { return a.hosted }
