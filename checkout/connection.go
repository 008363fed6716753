package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// connection is a provider as one account reaches it: through credentials of its
// own, or through the server's.
type connection struct {
	Provider
	own  int64 // the account whose credentials they are, 0 for the server's
	line *line
}

// inbox names where messages of the connection come from: the same provider in
// test and in live mode are two, and so are two merchants' own.
func (c connection) inbox() string {
	return Signal{Provider: c.Name(), Livemode: c.Livemode(), Own: c.own}.Inbox()
}

// connections holds the ways to all providers.
type connections struct {
	shared []connection
	alert  func(Alert)
	open   func(account Account, provider string, sealed []byte) (Provider, error)

	mu  sync.Mutex
	own map[ownKey]owned
}

type ownKey struct {
	account  int64
	provider string
}

// owned is a merchant's own provider, as its credentials were at a time.
type owned struct {
	connection
	updatedAt time.Time
	err       error
}

func newConnections(c Config, alert func(Alert)) *connections {
	s := &connections{alert: alert, open: c.Open, own: map[ownKey]owned{}}
	for _, p := range c.Providers {
		s.shared = append(s.shared, connection{p, 0, &line{}})
	}
	return s
}

// of returns the connections that new payments of account go through: its own
// first, then the server's that it has none of its own for. Own credentials that
// cannot be opened are no reason to use the server's: the money would go to
// another wallet.
func (s *connections) of(tx Tx, account Account) ([]connection, error) {
	list, rows, err := s.owns(tx, account)
	if err != nil {
		return nil, err
	}
	for _, c := range s.shared {
		named := func(row Credentials) bool { return row.Provider == c.Name() }
		if c.Livemode() == account.Livemode && !slices.ContainsFunc(rows, named) {
			list = append(list, c)
		}
	}
	return list, nil
}

// owns returns the connections through account's own credentials, without those
// that cannot be opened, and all of the credentials.
func (s *connections) owns(tx Tx, account Account) (list []connection, rows []Credentials, err error) {
	rows, err = tx.Credentials(account.Number)
	for _, row := range rows {
		if c, err := s.opened(account, row); err == nil {
			list = append(list, c)
		}
	}
	return list, rows, err
}

// opened returns the connection of one row, which is opened once.
func (s *connections) opened(account Account, row Credentials) (connection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := ownKey{account.Number, row.Provider}
	if known, ok := s.own[key]; ok && known.updatedAt.Equal(row.UpdatedAt) {
		return known.connection, known.err
	}
	var p Provider
	err := errors.New("checkout: Config.Open is not set")
	if s.open != nil {
		p, err = s.open(account, row.Provider, row.Sealed)
	}
	if err == nil && (p.Name() != row.Provider || p.Livemode() != account.Livemode) {
		err = fmt.Errorf("checkout: Config.Open made %q for %q, or of the other mode", p.Name(), row.Provider)
	}
	c := connection{p, account.Number, &line{}}
	s.own[key] = owned{c, row.UpdatedAt, err}
	if err != nil {
		s.alert(Alert{Kind: AlertOpen, Provider: row.Provider, Account: account, Message: "The merchant's own credentials cannot be opened", Err: err})
	}
	return c, err
}

// by returns the connection that an attempt of account was made with.
func (s *connections) by(tx Tx, account Account, a Attempt) (connection, error) {
	list := s.shared
	if a.Own {
		var err error
		if list, _, err = s.owns(tx, account); err != nil {
			return connection{}, err
		}
	}
	for _, c := range list {
		if c.Name() == a.Provider && c.Livemode() == account.Livemode {
			return c, nil
		}
	}
	return connection{}, fmt.Errorf("checkout: no %s provider %q is configured", account.Environment(), a.Provider)
}

// names returns the names of all providers.
func (s *connections) names(tx Tx) ([]string, error) {
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name], names = true, append(names, name)
		}
	}
	for _, c := range s.shared {
		add(c.Name())
	}
	rows, err := tx.ListCredentials()
	for _, row := range rows {
		add(row.Provider)
	}
	return names, err
}

// offer is a method and the connection it goes through.
type offer struct {
	connection
	method Method
}

// offers returns the ways in which total can be paid now. Of two methods with
// the same identifier the first counts. With simulated, only providers that play
// the customer count.
func (s *Service) offers(tx Tx, account Account, total Money, simulated bool) (offers []offer, err error) {
	list, err := s.connections.of(tx, account)
	now := s.now()
	for _, c := range list {
		if _, plays := c.Provider.(Simulator); simulated && !plays || !c.line.well(now) {
			continue
		}
		for _, m := range c.Caps().Methods {
			same := func(o offer) bool { return o.method.ID == m.ID }
			if m.Accepts(total) && !slices.ContainsFunc(offers, same) {
				offers = append(offers, offer{c, m})
			}
		}
	}
	return offers, err
}

// choose returns the offer of the method with the given identifier.
func choose(offers []offer, account Account, total Money, id string) (offer, error) {
	for _, o := range offers {
		if o.method.ID == id {
			return o, nil
		}
	}
	if len(offers) == 0 {
		return offer{}, &Error{Code: CodeNoMethod, Message: fmt.Sprintf(
			"No payment provider takes %s payments of %d %s at the moment", account.Environment(), total.Amount, total.Currency)}
	}
	var possible []string
	for _, o := range offers {
		possible = append(possible, o.method.ID)
	}
	return offer{}, invalid("method", fmt.Sprintf("method %q cannot be used for this session; possible are %s", id, strings.Join(possible, ", ")))
}

// ask calls a provider, with a time limit, and notes whether it works. A panic
// of its code is a fault like any other: nobody knows what it did.
func ask[T any](ctx context.Context, s *Service, c connection, call func(context.Context) (T, error)) (T, error) {
	answer, err := guarded(ctx, providerTimeout, call)
	if ctx.Err() != nil {
		return answer, err // it is the caller who has no patience
	}
	if news := c.line.note(err, s.now()); news != "" {
		s.report(Alert{Kind: AlertProvider, Provider: c.Name(), Account: Account{Number: c.own, Livemode: c.Livemode()}, Message: news, Err: err})
	}
	return answer, err
}

func guarded[T any](ctx context.Context, limit time.Duration, call func(context.Context) (T, error)) (answer T, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("checkout: the provider's code panicked: %v", p)
		}
	}()
	return call(ctx)
}
