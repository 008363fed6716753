package checkout

import (
	"context"
	"fmt"
	"time"
)

// MaxPage is how many rows one list answers at most.
const MaxPage = 100

// Session returns the account's session with the given identifier, as it is
// seen now. One of another account is as unknown as one that never was.
func (s *Service) Session(ctx context.Context, account Account, id string) (session Session, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		session, err = s.sessionOf(tx, account, id)
		return err
	})
	return session, err
}

// sessionOf returns a session of account as it is seen now.
func (s *Service) sessionOf(tx Tx, account Account, id string) (Session, error) {
	session, err := tx.Session(id)
	if err == nil && session.Account != account.Number {
		err = ErrNotFound
	}
	return session.At(s.now()), unknownSession(err, id)
}

// sessionAt returns a session as it is seen at now, and its account.
func (s *Service) sessionAt(tx Tx, id string, now time.Time) (Session, Account, error) {
	session, err := tx.Session(id)
	if err != nil {
		return session, Account{}, unknownSession(err, id)
	}
	account, err := AccountIn(tx, session.Account)
	return session.At(now), account, err
}

func unknownSession(err error, id string) error {
	return notFound(err, fmt.Sprintf("Checkout session with ID %s not found or access denied", id))
}

// farOffset is where an offset begins to cost more than the page behind it.
const farOffset = 1000

// alone waits until no other list runs that reads what it does not show, and has
// them wait until release is called.
func (s *Service) alone(ctx context.Context) (release func(), err error) {
	select {
	case s.scan <- struct{}{}:
		return func() { <-s.scan }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Sessions lists sessions newest first, as they are seen now. q.Now is set here.
//
// A list that may read many rows that it does not show, because no index knows
// what it asks for, waits for others of its kind: whoever asks for such lists
// cannot keep the readers of the store from everybody else.
func (s *Service) Sessions(ctx context.Context, q SessionQuery) (list []Session, err error) {
	q.Now = s.now()
	if q.CustomerEmail != "" || len(q.Metadata) > 0 || q.Offset > farOffset {
		release, err := s.alone(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	err = s.store.View(ctx, func(tx Tx) error {
		list, err = tx.ListSessions(q)
		return err
	})
	for i := range list {
		list[i] = list[i].At(q.Now)
	}
	return list, err
}

// Expire ends an open session before its time. Attempts that are open are
// closed at their providers first; if one of them turns out to be paid, the
// session is completed instead.
//
// An expired session is returned as it is. A completed one is an [Error] with
// CodeNotOpen.
func (s *Service) Expire(ctx context.Context, account Account, id string) (Session, error) {
	session, err := s.Session(ctx, account, id)
	if err != nil || session.Status == StatusExpired {
		return session, err
	}
	if err := s.expireBusy(ctx, id); err != nil {
		return session, err
	}
	session, err = s.Session(ctx, account, id)
	if err == nil && session.Status == StatusCompleted {
		err = session.move(StatusExpired)
	}
	return session, err
}

// Transactions lists attempts newest first.
func (s *Service) Transactions(ctx context.Context, account Account, q AttemptQuery) (list []Transaction, err error) {
	q.Account = account.Number
	err = s.store.View(ctx, func(tx Tx) error {
		attempts, err := tx.ListAttempts(q)
		if err != nil {
			return err
		}
		list = make([]Transaction, len(attempts))
		for i, a := range attempts {
			session, err := s.sessionOf(tx, account, a.SessionID)
			if err != nil {
				return err
			}
			list[i] = Transaction{Account: account, Session: session, Attempt: a}
		}
		return nil
	})
	return list, err
}

// Transaction returns the account's attempt with the given identifier.
func (s *Service) Transaction(ctx context.Context, account Account, id string) (t Transaction, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		a, err := s.transactionOf(tx, account, id)
		if err != nil {
			return err
		}
		session, err := s.sessionOf(tx, account, a.SessionID)
		t = Transaction{Account: account, Session: session, Attempt: a}
		return err
	})
	return t, err
}

// transactionOf returns the account's attempt with the given identifier.
func (s *Service) transactionOf(tx Tx, account Account, id string) (Attempt, error) {
	a, err := tx.Attempt(id)
	if err == nil && a.Account != account.Number {
		err = ErrNotFound
	}
	return a, notFound(err, fmt.Sprintf("Transaction with ID %s not found or access denied", id))
}

// Checkout is what the hosted page of a session shows.
type Checkout struct {
	Account  Account
	Session  Session   // as it is seen now
	Attempts []Attempt // oldest first
	Methods  []Method  // the ways to pay that work now; none if it cannot be paid
	Price    Price     // bounds what the customer may choose to pay, if Session.AllowAmount
}

// Checkout returns what the customer who holds the identifier of a session may
// see.
func (s *Service) Checkout(ctx context.Context, session string) (c Checkout, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		if c.Session, c.Account, err = s.sessionAt(tx, session, s.now()); err != nil {
			return err
		}
		if c.Attempts, err = tx.SessionAttempts(session); err != nil {
			return err
		}
		if c.Session.AllowAmount {
			if c.Price, _, err = tx.PriceOf(c.Session.PriceID); err != nil {
				return err
			}
		}
		offers, err := s.offers(tx, c.Account, c.Session.Due(), false)
		c.Methods = nil
		for _, o := range offers {
			c.Methods = append(c.Methods, o.method)
		}
		return err
	})
	return c, err
}

// attemptOf returns an attempt of a session, and its account.
func (s *Service) attemptOf(ctx context.Context, session, attempt string) (account Account, a Attempt, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		a, err = tx.Attempt(attempt)
		if err == nil && a.SessionID != session {
			err = ErrNotFound
		}
		if err != nil {
			return notFound(err, fmt.Sprintf("Transaction with ID %s not found", attempt))
		}
		account, err = AccountIn(tx, a.Account)
		return err
	})
	return account, a, err
}

// Balances returns what the account has taken, one entry a currency.
func (s *Service) Balances(ctx context.Context, account Account) (list []Balance, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		list, err = tx.Balances(account.Number)
		return err
	})
	return list, err
}

// Ping reports whether the store can be read.
func (s *Service) Ping(ctx context.Context) error {
	return s.store.View(ctx, func(tx Tx) error {
		_, err := tx.NextDue(s.now())
		return err
	})
}
