package checkout

import (
	"errors"
	"fmt"
	"time"
)

// OrderLock names the one session through which an exclusive order is paid. There is
// one row for each client reference that was ever exclusive.
type OrderLock struct {
	Account   int64
	Reference string // [Session.ClientReference]
	SessionID string // the one that can be paid, or was
	Paid      bool
	Version   int64
}

// lockOrder makes a new session the only one of its order that can be paid. An
// older one expires now: a [Sweeper] closes what is open of it. Money that arrives
// for it all the same is late, and people decide if the new one comes to another sum.
func (s *Service) lockOrder(tx Tx, session Session) error {
	l, err := tx.OrderLock(session.Account, session.ClientReference)
	if errors.Is(err, ErrNotFound) {
		return tx.InsertOrderLock(OrderLock{Account: session.Account, Reference: session.ClientReference, SessionID: session.ID, Version: 1})
	}
	if err != nil {
		return err
	}
	if l.Paid {
		return &Error{Code: CodePaidOrder, Message: fmt.Sprintf("Order %s is paid, by checkout session %s", l.Reference, l.SessionID)}
	}
	if err := s.lapse(tx, l.SessionID, session.CreatedAt); err != nil {
		return err
	}
	l.SessionID = session.ID
	return tx.PutOrderLock(l)
}

// lapse makes an open session expire now, as if its time had run out.
func (s *Service) lapse(tx Tx, id string, now time.Time) error {
	older, err := tx.Session(id)
	if err != nil || older.At(now).Status != StatusOpen {
		return err
	}
	older.ExpiresAt, older.UpdatedAt = now, now
	return tx.PutSession(older)
}

// takenBy returns the session that has paid the exclusive order of this one, "" if
// none has.
func takenBy(tx Tx, session Session) (string, error) {
	if !session.Exclusive {
		return "", nil
	}
	l, err := tx.OrderLock(session.Account, session.ClientReference)
	if err != nil || !l.Paid || l.SessionID == session.ID {
		return "", err
	}
	return l.SessionID, nil
}

// outdated reports whether a newer session of the exclusive order of this one comes
// to another sum, whatever coupons take off: who pays this one does not pay what the
// order costs now.
func outdated(tx Tx, session Session) (bool, error) {
	if !session.Exclusive {
		return false, nil
	}
	l, err := tx.OrderLock(session.Account, session.ClientReference)
	if err != nil || l.SessionID == session.ID {
		return false, err
	}
	newest, err := tx.Session(l.SessionID)
	session.Discount, newest.Discount = 0, 0
	return session.Due() != newest.Due(), err
}

// payOrder writes that an exclusive order is paid by this session. Another one
// that could be paid expires now.
func (s *Service) payOrder(tx Tx, session Session, now time.Time) error {
	if !session.Exclusive {
		return nil
	}
	l, err := tx.OrderLock(session.Account, session.ClientReference)
	if err != nil {
		return err
	}
	if l.SessionID != session.ID {
		if err := s.lapse(tx, l.SessionID, now); err != nil {
			return err
		}
	}
	l.SessionID, l.Paid = session.ID, true
	return tx.PutOrderLock(l)
}
