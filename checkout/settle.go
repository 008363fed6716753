package checkout

import (
	"context"
	"fmt"
	"time"
)

// Settle applies what a provider says of an attempt to the attempt and its
// session. It is the only door to a completed session: the provider's message,
// the attempt, the session, the balance and the event that the merchant is owed
// are committed together or not at all.
//
// A message that was settled before, and one that says nothing new, changes
// nothing and is no error. Money that cannot complete the session is recorded,
// as surplus or as a mismatch. Settle returns the attempt as it stands. It
// returns an [Error] with CodeNotFound if the attempt does not exist, and a
// passing fault if the provider should say it again.
func (s *Service) Settle(ctx context.Context, sig Signal) (Attempt, error) {
	var a Attempt
	owes := false
	err := s.insist(ctx, func(tx Tx) (err error) {
		now := s.now()
		if sig.EventID != "" {
			first, err := tx.ClaimInbound(sig.inbox(), sig.EventID, now)
			if err != nil {
				return err
			}
			if !first {
				a, err = tx.Attempt(sig.AttemptID)
				return err
			}
		}
		a, owes, err = s.settle(tx, sig, now)
		return err
	})
	if owes && err == nil {
		s.wake()
	}
	return a, err
}

// inbox names where a message came from: the same provider in test and in live
// mode are two.
func (sig Signal) inbox() string {
	return Account{Livemode: sig.Livemode}.Environment() + " " + sig.Provider
}

// settle is Settle inside its transaction. It reports whether an event is owed.
func (s *Service) settle(tx Tx, sig Signal, now time.Time) (a Attempt, owes bool, err error) {
	if a, err = tx.Attempt(sig.AttemptID); err != nil {
		return a, false, notFound(err, fmt.Sprintf("Transaction with ID %s not found", sig.AttemptID))
	}
	account, err := s.account(tx, a.Account)
	if err != nil {
		return a, false, err
	}
	if a.Provider != sig.Provider || account.Livemode != sig.Livemode {
		return a, false, &Error{Code: CodeNotFound, Message: fmt.Sprintf("Transaction %s is not of %s", a.ID, sig.inbox())}
	}
	if sig.Report.State == StatePending && a.Status != AttemptUnsure {
		return a, false, nil
	}
	next, changed := a.Apply(sig.Report, now)
	if !changed {
		return a, false, nil
	}
	switch next.Status {
	case AttemptPaid:
		return s.complete(tx, account, next, now)
	case AttemptFailed:
		session, _, err := s.sessionAt(tx, a.SessionID, now)
		if err == nil {
			err = s.owe(tx, EventPaymentFailed, account, session, next, now)
		}
		if err != nil {
			return a, false, err
		}
		owes = true
	}
	return next, owes, tx.PutAttempt(next)
}

// complete gives the session of a paid attempt its last status. If another
// attempt has done so before, the money is surplus.
func (s *Service) complete(tx Tx, account Account, a Attempt, now time.Time) (Attempt, bool, error) {
	session, err := tx.Session(a.SessionID)
	if err != nil {
		return a, false, err
	}
	completed, err := session.Complete(a, now)
	if CodeOf(err) == CodeNotOpen {
		a.Status = AttemptSurplus
		return a, false, tx.PutAttempt(a)
	}
	if err != nil {
		return a, false, err
	}
	if err := tx.PutSession(completed); err != nil {
		return a, false, err
	}
	if err := tx.PutAttempt(a); err != nil {
		return a, false, err
	}
	if err := tx.AddBalance(a.Account, a.Received, now); err != nil {
		return a, false, err
	}
	return a, true, s.owe(tx, EventPaymentSucceeded, account, completed, a, now)
}

// owe writes an event about an attempt.
func (s *Service) owe(tx Tx, t EventType, account Account, session Session, a Attempt, now time.Time) error {
	id, err := newID(prefixEvent, now, s.random)
	if err != nil {
		return err
	}
	return tx.AppendEvent(Event{
		ID: id, Type: t, CreatedAt: now,
		Transaction: Transaction{Account: account, Session: session, Attempt: a},
	})
}
