package checkout

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
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
	// names, and the identifiers of their methods, must be unique in a mode.
	// Default: none, so that sessions can be created but not paid.
	Providers []Provider

	// Wake is called after a commit that owes events, so that a dispatcher need
	// not wait for its next look. It must not block. Default: nothing.
	Wake func()
}

// Service holds every rule of checkout sessions. It starts no goroutine and is
// safe for concurrent use.
type Service struct {
	store     Store
	clock     clock.Clock
	random    io.Reader
	providers []Provider
	wake      func()
	scan      chan struct{} // of one: held by a list that reads what it does not show
}

// New returns a Service, or an error that names the field of c at fault.
func New(c Config) (*Service, error) {
	if c.Store == nil {
		return nil, errors.New("checkout: Config.Store is required")
	}
	s := &Service{
		store: c.Store, clock: c.Clock, random: c.Random,
		providers: c.Providers, wake: c.Wake,
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
	return s, checkProviders(c.Providers)
}

func checkProviders(providers []Provider) error {
	seen := map[string]bool{}
	for _, p := range providers {
		names := []string{"provider " + p.Name()}
		for _, m := range p.Methods() {
			names = append(names, "method "+m.ID)
		}
		for _, name := range names {
			key := fmt.Sprint(name, p.Livemode())
			if seen[key] {
				return fmt.Errorf("checkout: Config.Providers has two with %s", name)
			}
			seen[key] = true
		}
	}
	return nil
}

// now is the time of one operation, in UTC and in the precision that is stored,
// so that what is returned equals what is read back.
func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Millisecond) }

// account returns the account with the given number.
func (s *Service) account(tx Tx, number int64) (Account, error) {
	switch number {
	case 0:
		return Account{}, nil
	case LiveAccount.Number:
		return LiveAccount, nil
	}
	return tx.Account(number)
}

// provider returns the provider that an attempt of account was made with.
func (s *Service) provider(account Account, name string) (Provider, error) {
	for _, p := range s.providers {
		if p.Name() == name && p.Livemode() == account.Livemode {
			return p, nil
		}
	}
	return nil, fmt.Errorf("checkout: no %s provider %q is configured", account.Environment(), name)
}

// methods returns the ways in which a session of account can be paid.
func (s *Service) methods(account Account, c Currency) []Method {
	var list []Method
	for _, p := range s.providers {
		if p.Livemode() != account.Livemode {
			continue
		}
		for _, m := range p.Methods() {
			if slices.Contains(m.Currencies, c) {
				list = append(list, m)
			}
		}
	}
	return list
}

// method returns the method with the given identifier and its provider.
func (s *Service) method(account Account, c Currency, id string) (Provider, Method, error) {
	for _, p := range s.providers {
		if p.Livemode() != account.Livemode {
			continue
		}
		for _, m := range p.Methods() {
			if m.ID == id && slices.Contains(m.Currencies, c) {
				return p, m, nil
			}
		}
	}
	if len(s.methods(account, c)) == 0 {
		return nil, Method{}, &Error{Code: CodeNoMethod, Message: fmt.Sprintf(
			"No payment provider is configured for %s payments in %s", account.Environment(), c)}
	}
	return nil, Method{}, invalid("method", fmt.Sprintf("method %q cannot be used for this session", id))
}

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
