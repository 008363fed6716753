package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/sandbox"
	"github.com/checkoutd/checkoutd/httpapi"
	"github.com/checkoutd/checkoutd/store"
	"github.com/checkoutd/checkoutd/webhook"
)

// drainTime is how long requests that are under way at the end may take.
// A payment that is being started waits for its provider.
const drainTime = 40 * time.Second

type serveCmd struct {
	serverFlags
	Addr        string  `default:"127.0.0.1:8080" help:"Address to listen on." placeholder:"HOST:PORT"`
	MetricsAddr string  `help:"Address of a listener of its own for /metrics, in the text format of Prometheus, such as 127.0.0.1:9090. Default: none." placeholder:"HOST:PORT"`
	Proxies     string  `help:"Addresses of proxies in front, with commas between, such as 127.0.0.1,10.0.0.0/8: their X-Forwarded-For says whom a limit counts. Default: none, so that all that comes through a proxy counts as one address." placeholder:"ADDRESSES"`
	RateLimit   float64 `default:"100" help:"Requests a second per key, and per address without a key; twice as many may come at once. 0 switches it off." placeholder:"N"`

	AllowLoopbackWebhooks bool          `help:"For development: webhooks may go to this machine, without TLS."`
	WebhookRetentionDays  int           `default:"30" help:"For how many days delivered webhooks and the log of deliveries are kept; 0 keeps them for ever. What is still owed is always kept." placeholder:"N"`
	WebhookSigningKey     client.Secret `help:"Signs webhooks with Ed25519 too: 32 bytes in base64 or hex, as credentials key prints. Each webhook then shows its public_key. Default: none." placeholder:"KEY"`
	TestClock             bool          `help:"For tests: the clock stands still and moves by POST /test/clock/advance. Refuses live keys."`
	MaxBatch              int           `hidden:"" help:"How many writes may share one commit; 0 for the default. For benchmarks."`
}

// Help says where secrets go.
func (serveCmd) Help() string {
	return "Secrets are better set as environment variables than as flags, which other users of the machine can see: --wave-api-key is CHECKOUTD_WAVE_API_KEY."
}

// Run serves until the context ends.
func (c *serveCmd) Run(e *env) error {
	if r := c.RateLimit; r != 0 && !(r >= 0.01 && r <= 1e6) {
		return errors.New("--rate-limit must be from 0.01 to 1000000 requests a second, or 0 for no limit")
	}
	if _, err := c.proxies(); err != nil {
		return err
	}
	if n := c.WebhookRetentionDays; n < 0 || n > 36500 {
		return errors.New("--webhook-retention-days must be from 1 to 36500 days, or 0 to keep everything")
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("--addr must be HOST:PORT, such as 127.0.0.1:8080 or :8080 for every interface: %w", err)
	}
	lines := newLogWriter(e.stderr)
	defer lines.Close()
	s, err := newServer(e.ctx, c, slog.New(slog.NewJSONHandler(lines, nil)))
	if err != nil {
		return err
	}
	defer s.close()
	ln, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	if c.MetricsAddr != "" {
		if s.metricsAt, err = net.Listen("tcp", c.MetricsAddr); err != nil {
			return errors.Join(fmt.Errorf("--metrics-addr: %w", err), ln.Close())
		}
		s.log.Info("metrics", "url", fmt.Sprintf("http://%s/metrics", s.metricsAt.Addr()))
	}
	s.logProviders()
	if _, err := fmt.Fprintf(e.stdout, "listening on http://%s\n", ln.Addr()); err != nil {
		return err
	}
	return s.serve(e.ctx, ln)
}

// server is the engine put together: a store, the service, its workers and the
// handlers.
type server struct {
	log        *slog.Logger
	db         *store.DB
	providers  []configured
	vault      *vault
	service    *checkout.Service
	sweeper    *checkout.Sweeper
	dispatcher *webhook.Dispatcher
	api        *httpapi.API
	metrics    *metrics
	metricsAt  net.Listener // nil if nobody may see them
	stopped    *clock.Mock  // the clock, if it is one that stands still
	moving     sync.Mutex   // held while the stopped clock is moved
}

// proxies returns the addresses that --proxies names.
func (c *serveCmd) proxies() (list []netip.Prefix, err error) {
	for text := range strings.SplitSeq(c.Proxies, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		at, err := netip.ParseAddr(text)
		network := netip.PrefixFrom(at, at.BitLen())
		if err != nil {
			network, err = netip.ParsePrefix(text)
		}
		if err != nil {
			return nil, errors.New("--proxies must be IP addresses or networks with commas between, such as 127.0.0.1,10.0.0.0/8")
		}
		list = append(list, network.Masked())
	}
	return list, nil
}

// retention is for how long what was delivered is kept.
func (c *serveCmd) retention() time.Duration {
	if c.WebhookRetentionDays == 0 {
		return -1 // for ever
	}
	return time.Duration(c.WebhookRetentionDays) * 24 * time.Hour
}

// signingSeed returns what makes the keys of asymmetric signatures, nil if there
// are to be none.
func (c *serveCmd) signingSeed() (*[32]byte, error) {
	if c.WebhookSigningKey == "" {
		return nil, nil
	}
	key, ok := decodeKey(string(c.WebhookSigningKey))
	if !ok {
		return nil, errors.New("CHECKOUTD_WEBHOOK_SIGNING_KEY must be 32 bytes in base64 or hex; checkoutd credentials key prints some")
	}
	return (*[32]byte)(key), nil
}

// newServer opens the database and wires everything to it. It starts nothing.
func newServer(ctx context.Context, c *serveCmd, log *slog.Logger) (_ *server, err error) {
	s := &server{log: log}
	now, interval := clock.New(), time.Second
	if c.TestClock {
		s.stopped = clock.NewMock()
		s.stopped.Set(now.Now().UTC().Truncate(time.Millisecond))
		now, interval = s.stopped, -1
	}
	if s.providers, err = c.Providers.open(now); err != nil {
		return nil, err
	}
	if s.vault, err = newVault(c.EncryptionKey); err != nil {
		return nil, err
	}
	if s.db, err = (store.Options{MaxBatch: c.MaxBatch}).Open(c.DB); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.db.Close())
		}
	}()
	s.metrics = newMetrics(s.db, now)
	seed, err := c.signingSeed()
	if err != nil {
		return nil, err
	}
	s.dispatcher, err = webhook.New(webhook.Config{
		Store: s.db, Clock: now, Log: log, Interval: interval, Alert: s.alert,
		Rules: webhook.URLRules{Loopback: c.AllowLoopbackWebhooks}, Retention: c.retention(), SigningSeed: seed,
	})
	if err != nil {
		return nil, err
	}
	if err = s.openService(ctx, c, now); err != nil {
		return nil, err
	}
	s.sweeper = checkout.NewSweeper(s.service, log)
	if err = s.mount(ctx, c, now); err != nil {
		return nil, err
	}
	return s, nil
}

// openService makes the service and the providers it reaches.
func (s *server) openService(ctx context.Context, c *serveCmd, now clock.Clock) (err error) {
	var adapters []checkout.Provider
	for _, p := range s.providers {
		if p.livemode && c.TestClock {
			return fmt.Errorf("--test-clock: %s is set, and real money does not wait for a clock that stands still", p.variable)
		}
		adapters = append(adapters, p.adapter)
	}
	s.service, err = checkout.New(checkout.Config{
		Store: s.db, Clock: now, Wake: s.dispatcher.Wake, Policy: c.policy(), Alert: s.alert,
		Providers: append(adapters, sandbox.New(sandbox.Config{Clock: now})),
		Open: func(account checkout.Account, provider string, sealed []byte) (checkout.Provider, error) {
			return s.vault.provider(account, provider, sealed, now)
		},
	})
	if err != nil {
		return err
	}
	list, err := s.service.Credentials(ctx)
	if err != nil {
		return err
	}
	if err := s.vault.check(list); err != nil {
		return err
	}
	return s.checkAddress(c.PublicURL, list)
}

// checkAddress returns an error if real money could come in while the server only
// knows its address from what requests say: whoever starts a payment could then
// have its messages and its customer sent elsewhere.
func (s *server) checkAddress(publicURL string, own []checkout.AccountCredentials) error {
	reason := ""
	for _, p := range s.providers {
		if p.livemode {
			reason = p.variable + " is"
		}
	}
	for _, c := range own {
		if c.Account.Livemode {
			reason = fmt.Sprintf("live %s credentials of %s are", c.Provider, c.Account.Name)
		}
	}
	u, err := url.Parse(publicURL)
	if reason == "" || err == nil && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())) {
		return nil
	}
	return fmt.Errorf("--public-url: %s set, and real money needs CHECKOUTD_PUBLIC_URL, what customers' browsers and providers call this server, such as https://pay.example", reason)
}

// loopback reports whether host is this machine.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// logProviders says through whom payments can go, and nothing more of it.
func (s *server) logProviders() {
	names := map[bool][]string{true: {}, false: {}}
	for _, p := range s.providers {
		names[p.livemode] = append(names[p.livemode], p.row.Name)
	}
	s.log.Info("providers", "live", names[true], "test", append(names[false], "sandbox"))
}

// alert logs and counts what somebody should look at.
func (s *server) alert(a checkout.Alert) {
	s.metrics.alerts.WithLabelValues(string(a.Kind)).Inc()
	about := []any{"provider", a.Provider, "merchant", a.Account.Name, "transaction", a.AttemptID}
	if a.Endpoint != "" {
		about = []any{"webhook", a.Endpoint, "merchant", a.Account.Name}
	}
	s.log.Error("alert", append(append([]any{"kind", a.Kind}, about...), "message", a.Message, "err", a.Err)...)
}

// mount makes the handlers.
func (s *server) mount(ctx context.Context, c *serveCmd, now clock.Clock) (err error) {
	proxies, err := c.proxies()
	if err != nil {
		return err
	}
	config := httpapi.Config{
		Service: s.service, Clock: now, Log: s.log,
		PublicURL: strings.TrimSuffix(c.PublicURL, "/"), RateLimit: c.RateLimit,
		Proxies: proxies, Webhooks: s.dispatcher,
	}
	if s.stopped != nil {
		live, err := s.service.HasLiveAccount(ctx)
		if err != nil {
			return err
		}
		if live {
			return fmt.Errorf("--test-clock: %s has live keys; give the tests a database of their own", c.DB)
		}
		// A bucket that fills with the clock would never fill, and what another
		// process revoked would stay good.
		config.RateLimit, config.KeyTTL, config.Advance = 0, -1, s.advance
	}
	if s.api, err = httpapi.New(config); err != nil && config.PublicURL != "" {
		err = fmt.Errorf("--public-url must be like https://pay.example: %w", err)
	}
	return err
}

// advance moves the stopped clock and does what falls due. That a provider failed
// on the way is for the log: to whoever moves the clock it is a fact of the
// simulated past.
func (s *server) advance(ctx context.Context, d time.Duration) (time.Time, error) {
	s.moving.Lock()
	defer s.moving.Unlock()
	err := s.service.Advance(ctx, s.stopped, d, func(ctx context.Context) error {
		if err := s.sweeper.RunOnce(ctx); err != nil {
			s.log.WarnContext(ctx, "sweep", "err", err)
		}
		return s.dispatcher.Drain(ctx)
	})
	return s.stopped.Now(), err
}

// garbage is how much the heap may grow between collections, in per cent. What
// lives is a few MiB, so that the default of 100 would collect hundreds of times
// a second under load.
const garbage = 400

// memory is from how many bytes on collections come more often again.
const memory = 64 << 20

// serve answers requests on ln and runs the workers until ctx ends. Then
// requests under way are finished first, so that what they owe is still seen by
// the workers, and then the workers.
func (s *server) serve(ctx context.Context, ln net.Listener) error {
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	if debug.SetMemoryLimit(-1) == math.MaxInt64 { // nobody has set GOMEMLIMIT
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(memory))
	}
	workers, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var running sync.WaitGroup
	start := func(run func(context.Context) error) {
		running.Go(func() {
			if err := run(workers); err != nil && !errors.Is(err, context.Canceled) {
				s.log.Error("worker ended", "err", err)
			}
		})
	}
	start(s.dispatcher.Run)
	if s.metricsAt != nil {
		start(func(ctx context.Context) error { return s.metrics.serve(ctx, s.metricsAt) })
	}
	if s.stopped == nil {
		start(s.sweeper.Run)
	}
	srv := &http.Server{
		Handler:        s.api.Front(),
		ReadTimeout:    30 * time.Second, // of the header and the body
		WriteTimeout:   60 * time.Second,
		IdleTimeout:    120 * time.Second,
		MaxHeaderBytes: 16 << 10,
		ErrorLog:       slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	srv.RegisterOnShutdown(s.dispatcher.Release) // whoever waits for events
	drained := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		drained <- srv.Shutdown(end)
	}()
	err := srv.Serve(ln)
	if errors.Is(err, http.ErrServerClosed) {
		err = <-drained
	}
	stop()
	running.Wait()
	s.log.Info("stopped")
	return err
}

// close closes the database file.
func (s *server) close() {
	if err := s.db.Close(); err != nil {
		s.log.Error("close", "err", err)
	}
}
