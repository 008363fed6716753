package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A statement is read every statementWait, and goes back statementPast before
// the last time: what happened meanwhile, and what the provider was late to
// list.
const (
	statementWait = time.Hour
	statementPast = 3 * time.Hour
	statementMost = 28 * 24 * time.Hour
)

// statementTime bounds the reading of one statement, which may have many pages.
const statementTime = 10 * time.Minute

// ReadStatements asks the providers that keep statements for what happened since
// they were last asked, and settles it. It is the net under messages that were
// lost, and the way in which refunds made in a provider's portal are heard of. It
// reports how many statements were due.
func (s *Service) ReadStatements(ctx context.Context) (int, error) {
	var due []connection
	err := s.store.View(ctx, func(tx Tx) (err error) {
		due, err = s.dueStatements(tx)
		return err
	})
	if err != nil {
		return 0, err
	}
	return len(due), s.each(len(due), func(i int) error { return s.readStatement(ctx, due[i]) })
}

func (s *Service) dueStatements(tx Tx) (due []connection, err error) {
	list := s.connections.shared
	own, err := tx.ListCredentials()
	if err != nil {
		return nil, err
	}
	for _, row := range own {
		account, err := tx.Account(row.Account)
		if err != nil {
			return nil, err
		}
		if c, err := s.connections.opened(account, row); err == nil {
			list = append(list[:len(list):len(list)], c)
		}
	}
	for _, c := range list {
		if _, ok := c.Provider.(Lister); !ok {
			continue
		}
		last, err := tx.Statement(c.inbox())
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		if now := s.now(); last.TriedAt.After(now) || now.Sub(last.TriedAt) >= statementWait {
			due = append(due, c)
		}
	}
	return due, nil
}

// readStatement reads one statement. That it was asked for is written first, so
// that a provider that fails is left alone for a while; how far it has been read,
// only once it has been.
func (s *Service) readStatement(ctx context.Context, c connection) error {
	now := s.now()
	var last Statement
	err := s.store.Update(ctx, func(tx Tx) (err error) {
		if last, err = tx.Statement(c.inbox()); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if last.ReadTo.IsZero() || last.ReadTo.After(now) { // never, or by a clock that was ahead
			last.ReadTo = now
		}
		return tx.PutStatement(c.inbox(), Statement{TriedAt: now, ReadTo: last.ReadTo})
	})
	if err != nil {
		return err
	}
	since := last.ReadTo.Add(-statementPast)
	if earliest := now.Add(-statementMost); since.Before(earliest) {
		since = earliest
	}
	// Not by ask: a key that may collect and not read statements is no reason to
	// hide the provider's methods.
	_, err = guarded(ctx, statementTime, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, c.Provider.(Lister).List(ctx, since, func(sig Signal) error {
			sig.Provider, sig.Livemode, sig.Own = c.Name(), c.Livemode(), c.own
			if sig.Kind == SignalNone {
				return nil
			}
			return s.listed(ctx, sig)
		})
	})
	if err != nil {
		err = fmt.Errorf("checkout: the statement of %s: %w", c.inbox(), err)
	}
	if err != nil && !errors.Is(err, ErrUnreadable) {
		return err
	}
	return errors.Join(err, s.store.Update(ctx, func(tx Tx) error {
		return tx.PutStatement(c.inbox(), Statement{TriedAt: now, ReadTo: now})
	}))
}

// listed settles one line of a statement, which is believed as far as the
// provider's adapter says. Most say what is known already, which
// a reading transaction finds out.
func (s *Service) listed(ctx context.Context, sig Signal) error {
	news := false
	err := s.store.View(ctx, func(tx Tx) error {
		_, a, err := s.named(tx, sig)
		news = err == nil && (sig.Kind != SignalPayment || a.Received == (Money{}))
		if CodeOf(err) == CodeNotFound {
			return nil // of somebody else who uses the same account of the provider
		}
		return err
	})
	if err != nil || !news {
		return err
	}
	if sig.Trust == TrustSigned {
		_, err = s.receive(ctx, sig)
	} else {
		_, err = s.hinted(ctx, sig, []connection{{own: sig.Own}})
	}
	return err
}
