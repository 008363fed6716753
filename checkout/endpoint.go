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
	URL      string
	Events   []EventType // what it asks for, never empty
	Secret   string      // signs what it is sent: "whsec_" and base64 of 32 random bytes
	Metadata Metadata

	CreatedAt time.Time
	UpdatedAt time.Time
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
	if err := CheckEvents(p.Events); err != nil {
		return Endpoint{}, err
	}
	others, err := tx.ListEndpoints(p.Account.Number)
	if err != nil {
		return Endpoint{}, err
	}
	if len(others) >= maxEndpoints {
		return Endpoint{}, invalid("url", fmt.Sprintf("url: there are %d webhooks already, which is the most", len(others)))
	}
	now := s.now()
	id, err := newID(prefixEndpoint, now, s.random)
	if err != nil {
		return Endpoint{}, err
	}
	secret, err := newEndpointSecret(s.random)
	if err != nil {
		return Endpoint{}, err
	}
	e := Endpoint{
		ID: id, Account: p.Account.Number, URL: p.URL, Events: p.Events, Secret: secret,
		Metadata: p.Metadata, CreatedAt: now, UpdatedAt: now,
	}
	return e, conflict(tx.InsertEndpoint(e), "A webhook with this url exists already")
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

// EndpointState is an endpoint together with what it was last owed.
type EndpointState struct {
	Endpoint
	Last *Delivery // the newest, nil if there is none
}

// Endpoints returns the account's endpoints, newest first.
func (s *Service) Endpoints(ctx context.Context, account Account) (list []EndpointState, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		endpoints, err := tx.ListEndpoints(account.Number)
		list = make([]EndpointState, len(endpoints))
		for i, e := range endpoints {
			if list[i], err = withLast(tx, e); err != nil {
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
		e, err := endpointOf(tx, account, id)
		if err == nil {
			state, err = withLast(tx, e)
		}
		return err
	})
	return state, err
}

func withLast(tx Tx, e Endpoint) (EndpointState, error) {
	state := EndpointState{Endpoint: e}
	last, err := tx.Deliveries(e.ID, 1)
	if len(last) > 0 {
		state.Last = &last[0]
	}
	return state, err
}

// DeleteEndpoint forgets an endpoint and what it is still owed.
func (s *Service) DeleteEndpoint(ctx context.Context, account Account, id string) error {
	return s.store.Update(ctx, func(tx Tx) error {
		if _, err := endpointOf(tx, account, id); err != nil {
			return err
		}
		return tx.DeleteEndpoint(id)
	})
}

func endpointOf(tx Tx, account Account, id string) (Endpoint, error) {
	e, err := tx.Endpoint(id)
	if err == nil && e.Account != account.Number {
		err = ErrNotFound
	}
	return e, notFound(err, "Webhook not found")
}
