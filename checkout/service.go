package checkout

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/benbjohnson/clock"
)

// Limits of how long a session can be paid.
const (
	DefaultTTL = 60 * time.Minute
	MinTTL     = time.Minute
	MaxTTL     = 30 * 24 * time.Hour
)

// providerTimeout bounds one call to a provider.
const providerTimeout = 30 * time.Second

// Config says what a [Service] is made of.
type Config struct {
	// Store remembers everything. Required.
	Store Store

	// Clock tells the time. Default: the system clock.
	Clock clock.Clock

	// Random is where identifiers and secrets come from. Default: crypto/rand.
	// It must be safe for concurrent use.
	Random io.Reader

	// Providers move the money. Each serves the accounts of its own mode; their
	// names must be unique in a mode. If two have a method of the same
	// identifier, that of the first is offered. Default: none, so that sessions
	// can be created but not paid.
	Providers []Provider

	// Open makes the provider of one merchant from the credentials that
	// [Service.SetCredentials] stored. Default: nil, merchants have none.
	Open func(account Account, provider string, sealed []byte) (Provider, error)

	// Policy says what to do with money that did not come as it should, for
	// merchants that do not say so themselves.
	Policy Policy

	// Alert is told of what somebody should look at. It must not block. Default:
	// nothing.
	Alert func(Alert)

	// Concurrency is how many questions to one provider, and how many expiries,
	// are under way at once while a [Sweeper] works. Default: 8.
	Concurrency int

	// Wake is called after a commit that owes events, so that a dispatcher need
	// not wait for its next look. It must not block. Default: nothing.
	Wake func()
}

// Service holds every rule of checkout sessions. It starts no goroutine and is
// safe for concurrent use.
type Service struct {
	store       Store
	clock       clock.Clock
	random      io.Reader
	connections *connections
	defaults    Policy
	wake        func()
	alert       func(Alert)
	concurrency int
	swept       atomic.Int64  // when tidy last ran, in Unix milliseconds
	scan        chan struct{} // of one: held by a list that reads what it does not show
}

// New returns a Service, or an error that names the field of c at fault.
func New(c Config) (*Service, error) {
	if c.Store == nil {
		return nil, errors.New("checkout: Config.Store is required")
	}
	s := &Service{
		store: c.Store, clock: c.Clock, random: c.Random,
		defaults: c.Policy,
		wake:     c.Wake, alert: c.Alert, concurrency: c.Concurrency,
		scan: make(chan struct{}, 1),
	}
	if s.clock == nil {
		s.clock = clock.New()
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	if s.wake == nil {
		s.wake = func() {}
	}
	if s.alert == nil {
		s.alert = func(Alert) {}
	}
	s.connections = newConnections(c, s.alert)
	if s.concurrency <= 0 {
		s.concurrency = 8
	}
	return s, errors.Join(checkProviders(c.Providers), c.Policy.validate())
}

func checkProviders(providers []Provider) error {
	seen := map[string]bool{}
	for _, p := range providers {
		key := fmt.Sprint(p.Name(), p.Livemode())
		if seen[key] {
			return fmt.Errorf("checkout: Config.Providers has two with provider %s", p.Name())
		}
		seen[key] = true
	}
	return nil
}

// now is the time of one operation, in UTC and in the precision that is stored,
// so that what is returned equals what is read back.
func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Millisecond) }

// notFound gives [ErrNotFound] words that name what was looked for.
func notFound(err error, message string) error {
	if errors.Is(err, ErrNotFound) {
		return &Error{Code: CodeNotFound, Message: message}
	}
	return err
}

// conflict gives [ErrExists] words that name what is there already.
func conflict(err error, message string) error {
	if errors.Is(err, ErrExists) {
		return &Error{Code: CodeConflict, Message: message}
	}
	return err
}
