package checkout

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Endpoint is a URL that wants to be told of events.
type Endpoint struct {
	ID       string
	Account  int64
	URL      string      // of a listener "listen:" and its name
	Events   []EventType // what it asks for, never empty
	Secret   string      // signs what it is sent: "whsec_" and base64 of 32 random bytes
	Old      []OldSecret // sign too, until their time is over
	Metadata Metadata

	// Listener is true for one that fetches what it is owed, see
	// [Service.ListenIn].
	Listener bool

	Status EndpointStatus
	Reason string // why it is disabled

	FailingSince time.Time // the first try that failed since it last took something; zero if none has
	FailingEvent int64     // what that was, [Event.Seq]
	Down         bool      // it is not only one event that it refuses
	Marks        int64     // how often people have been warned since
	QuietUntil   time.Time // until when it asked to be sent nothing
	CatchUp      time.Time // what waits longer than since then is brought forward; zero if nothing is
	CheckAt      time.Time // when to look at it again; zero for never

	CreatedAt time.Time
	UpdatedAt time.Time // by its merchant
}

// OldSecret is a secret that another has replaced.
type OldSecret struct {
	Secret string
	Until  time.Time
}

// Secrets returns what signs at now, the newest first.
func (e Endpoint) Secrets(now time.Time) []string {
	secrets := []string{e.Secret}
	for _, old := range e.Old {
		if now.Before(old.Until) {
			secrets = append(secrets, old.Secret)
		}
	}
	return secrets
}

// Wants reports whether e asked for events of type t.
func (e Endpoint) Wants(t EventType) bool { return slices.Contains(e.Events, t) }

// maxEndpoints bounds the endpoints of an account: each is sent every event.
const maxEndpoints = 50

// CreateEndpointParams describe a new [Endpoint].
type CreateEndpointParams struct {
	Account  Account
	URL      string // where to POST; what addresses are allowed is for the sender to say
	Events   []EventType
	Metadata Metadata
}

// CreateEndpointIn remembers, inside a transaction of the caller, a URL that is
// to be told of the account's events from then on.
//
// It returns an [Error] with CodeInvalid for an unknown event type, and with
// CodeConflict if the account has an endpoint with that URL.
func (s *Service) CreateEndpointIn(tx Tx, p CreateEndpointParams) (Endpoint, error) {
	return s.createEndpoint(tx, p, false)
}

func (s *Service) createEndpoint(tx Tx, p CreateEndpointParams, listener bool) (Endpoint, error) {
	if err := CheckEvents(p.Events); err != nil {
		return Endpoint{}, err
	}
	others, err := tx.ListEndpoints(p.Account.Number)
	if err != nil {
		return Endpoint{}, err
	}
	if len(others) >= maxEndpoints {
		field := "url"
		if listener {
			field = "name"
		}
		return Endpoint{}, invalid(field, fmt.Sprintf("%s: there are %d webhooks already, which is the most", field, len(others)))
	}
	now := s.now()
	id, err := NewID(prefixEndpoint, now, s.random)
	if err != nil {
		return Endpoint{}, err
	}
	secret, err := newEndpointSecret(s.random)
	if err != nil {
		return Endpoint{}, err
	}
	e := Endpoint{
		ID: id, Account: p.Account.Number, URL: p.URL, Events: p.Events, Secret: secret, Metadata: p.Metadata,
		Listener: listener, Status: EndpointActive, CreatedAt: now, UpdatedAt: now,
	}
	if listener {
		e.CheckAt = now.Add(ListenerTTL)
	}
	return e, conflict(tx.InsertEndpoint(e), urlTaken)
}

const urlTaken = "A webhook with this url exists already"

// UpdateEndpointParams change an [Endpoint]. A nil field leaves it as it is.
type UpdateEndpointParams struct {
	URL      *string // what addresses are allowed is for the sender to say
	Events   []EventType
	Metadata *Metadata
	Active   *bool // true also enables what was disabled
}

// UpdateEndpoint changes the account's endpoint with the given identifier. While
// it is paused everything is owed to it still; when it is active again it
// catches up. What it no longer asks for is dropped.
func (s *Service) UpdateEndpoint(ctx context.Context, account Account, id string, p UpdateEndpointParams) (state EndpointState, err error) {
	if p.Events != nil {
		if err := CheckEvents(p.Events); err != nil {
			return state, err
		}
	}
	err = s.store.Update(ctx, func(tx Tx) error {
		e, err := EndpointOf(tx, account, id)
		if err != nil {
			return err
		}
		if e.Listener && p.URL != nil {
			return invalid("url", "url: this webhook is a listener and has none")
		}
		if e.Listener && p.Active != nil {
			return invalid("is_active", "is_active: this webhook is a listener, which fetches when it likes")
		}
		now := s.now()
		if p.URL != nil {
			e.URL = *p.URL
		}
		if p.Events != nil {
			e.Events = p.Events
		}
		if p.Metadata != nil {
			e.Metadata = *p.Metadata
		}
		if p.Active != nil && *p.Active {
			e = e.resumed(now)
		} else if p.Active != nil {
			e = e.paused()
		}
		e.UpdatedAt = now
		if err := conflict(tx.PutEndpoint(e), urlTaken); err != nil {
			return err
		}
		state, err = stateOf(tx, e)
		return err
	})
	if err == nil {
		s.wake()
	}
	return state, err
}

// Limits of the time for which an old secret signs beside a new one.
const (
	DefaultOverlap = 24 * time.Hour
	MaxOverlap     = 7 * 24 * time.Hour
)

// maxOldSecrets bounds the signatures of one message.
const maxOldSecrets = 4

// RotateSecretIn gives an endpoint a new secret, inside a transaction of the
// caller. The old one goes on signing too for as long as overlap says, and those
// before it until their own time is over; without an overlap none does.
func (s *Service) RotateSecretIn(tx Tx, account Account, id string, overlap time.Duration) (Endpoint, error) {
	e, err := EndpointOf(tx, account, id)
	if err != nil {
		return e, err
	}
	now := s.now()
	old := e.Old
	e.Old = nil
	if overlap > 0 {
		e.Old = append(e.Old, OldSecret{e.Secret, now.Add(overlap)})
	}
	for _, o := range old {
		if now.Before(o.Until) && overlap > 0 && len(e.Old) < maxOldSecrets {
			e.Old = append(e.Old, o)
		}
	}
	if e.Secret, err = newEndpointSecret(s.random); err != nil {
		return e, err
	}
	e.UpdatedAt = now
	return e, tx.PutEndpoint(e)
}

// ListenerTTL is for how long a listener may fetch nothing before it is
// forgotten.
const ListenerTTL = 7 * 24 * time.Hour

// ListenIn makes, inside a transaction of the caller, an endpoint that fetches
// what it is owed itself, see webhook.Dispatcher. It takes the place of an older
// one of the same name, whose secret it keeps.
func (s *Service) ListenIn(tx Tx, account Account, name string, events []EventType) (Endpoint, error) {
	url := "listen:" + name
	others, err := tx.ListEndpoints(account.Number)
	if err != nil {
		return Endpoint{}, err
	}
	secret := ""
	for _, old := range others {
		if old.URL == url {
			secret = old.Secret
			if err := tx.PutEndpoint(old.Deleted(s.now())); err != nil {
				return Endpoint{}, err
			}
		}
	}
	e, err := s.createEndpoint(tx, CreateEndpointParams{Account: account, URL: url, Events: events}, true)
	if err != nil || secret == "" {
		return e, err
	}
	e.Secret = secret
	return e, tx.PutEndpoint(e)
}

// CheckEvents returns an [Error] with CodeInvalid unless events is what an
// endpoint may ask for.
func CheckEvents(events []EventType) error {
	if len(events) == 0 {
		return invalid("authorized_events", "authorized_events is required")
	}
	for _, t := range events {
		if !slices.Contains(EventTypes, t) {
			names := make([]string, len(EventTypes))
			for i, known := range EventTypes {
				names[i] = string(known)
			}
			return invalid("authorized_events", fmt.Sprintf("authorized_events has an unknown event %q; known are %s", t, strings.Join(names, ", ")))
		}
	}
	return nil
}

// newEndpointSecret returns a signing secret in the form of Standard Webhooks.
//
// Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md,
// "Signature scheme", read 2026-11-23.
func newEndpointSecret(random io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(b[:]), nil
}

// EndpointState is an endpoint together with what it was last sent.
type EndpointState struct {
	Endpoint
	Last      *Try // the newest, nil if there is none
	LastEvent Event
}

// Endpoints returns the account's endpoints, newest first.
func (s *Service) Endpoints(ctx context.Context, account Account) (list []EndpointState, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		endpoints, err := tx.ListEndpoints(account.Number)
		list = make([]EndpointState, len(endpoints))
		for i, e := range endpoints {
			if list[i], err = stateOf(tx, e); err != nil {
				return err
			}
		}
		return err
	})
	return list, err
}

// Endpoint returns the account's endpoint with the given identifier.
func (s *Service) Endpoint(ctx context.Context, account Account, id string) (state EndpointState, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		e, err := EndpointOf(tx, account, id)
		if err == nil {
			state, err = stateOf(tx, e)
		}
		return err
	})
	return state, err
}

func stateOf(tx Tx, e Endpoint) (EndpointState, error) {
	state := EndpointState{Endpoint: e}
	last, err := tx.ListTries(TryQuery{EndpointID: e.ID, Limit: 1})
	if err != nil || len(last) == 0 {
		return state, err
	}
	state.Last = &last[0]
	state.LastEvent, err = tx.Event(state.Last.EventID)
	return state, err
}

// DeleteEndpoint forgets an endpoint and what it is still owed.
func (s *Service) DeleteEndpoint(ctx context.Context, account Account, id string) error {
	return s.store.Update(ctx, func(tx Tx) error {
		e, err := EndpointOf(tx, account, id)
		if err != nil {
			return err
		}
		return tx.PutEndpoint(e.Deleted(s.now()))
	})
}

// Deleted returns e as it is until what it was owed has been dropped, bit by bit:
// nobody sees it, and its URL is free.
func (e Endpoint) Deleted(now time.Time) Endpoint {
	return Endpoint{
		ID: e.ID, Account: e.Account, URL: "deleted:" + e.ID, Listener: e.Listener, Status: EndpointDeleted,
		CheckAt: now, CreatedAt: e.CreatedAt, UpdatedAt: now,
	}
}

// EndpointOf returns the account's endpoint with the given identifier, inside a
// transaction.
func EndpointOf(tx Tx, account Account, id string) (Endpoint, error) {
	e, err := tx.Endpoint(id)
	if err == nil && (e.Account != account.Number || e.Status == EndpointDeleted) {
		err = ErrNotFound
	}
	return e, notFound(err, "Webhook not found")
}
