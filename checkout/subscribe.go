package checkout

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// subscriptionIn returns the account's subscription with the given identifier.
func subscriptionIn(tx Tx, account Account, id string) (Subscription, error) {
	sub, err := tx.Subscription(id)
	if err == nil && sub.Account != account.Number {
		err = ErrNotFound
	}
	return sub, notFound(err, fmt.Sprintf("Subscription with ID %s not found or access denied", id))
}

// subscriptionChange is what became of a subscription, and how merchants hear of it.
type subscriptionChange struct {
	after Subscription
	event EventType
}

// subscribe opens the subscription that a completed session signs up for, or
// renews the one that it pays for. It returns the session with its subscription,
// and nil if there is none.
func (s *Service) subscribe(tx Tx, account Account, session Session, now time.Time) (Session, *subscriptionChange, error) {
	if session.SubscriptionID != "" {
		changed, err := s.paidPeriod(tx, session, now)
		return session, changed, err
	}
	if session.PriceID == "" {
		return session, nil, nil
	}
	price, product, err := tx.PriceOf(session.PriceID)
	if err != nil || price.Interval == "" {
		return session, nil, err
	}
	sub := Subscription{
		Account: account.Number, Version: 1, CustomerID: session.CustomerID, ProductID: product.ID, PriceID: price.ID,
		Title: session.Title, Amount: price.Amount, Interval: price.Interval, Plan: product.Plan,
		Customer: session.Customer, Metadata: session.Metadata, SessionID: session.ID, CreatedAt: now, UpdatedAt: now,
	}.begin(session, now)
	if sub.ID, err = NewID(prefixSubscription, now, s.random); err != nil {
		return session, nil, err
	}
	session.SubscriptionID = sub.ID
	return session, &subscriptionChange{sub, EventSubscriptionCreated}, tx.InsertSubscription(sub)
}

// over reports whether nothing becomes of the subscription any more.
func (s Subscription) over() bool {
	return s.Status == SubscriptionCancelled || s.Status == SubscriptionEnded
}

// reference names the period that was billed last, as an exclusive order: it is
// paid by one session, whoever made it. Merchants cannot choose such a name.
func (s Subscription) reference() string { return fmt.Sprint(s.ID, "/", s.Cycle) }

// renewalOf returns the number of the period whose renewal a session is, 0 if it is
// none.
func (s Subscription) renewalOf(session Session) int64 {
	text, ok := strings.CutPrefix(session.ClientReference, s.ID+"/")
	if !ok || !session.Exclusive {
		return 0
	}
	n, _ := strconv.ParseInt(text, 10, 64) // 0 if it is no number
	return n
}

// paidPeriod renews the subscription that a completed session pays for. What comes
// after the end of a subscription does not bring it back.
func (s *Service) paidPeriod(tx Tx, session Session, now time.Time) (*subscriptionChange, error) {
	sub, err := tx.Subscription(session.SubscriptionID)
	if err != nil || sub.over() {
		return nil, err
	}
	period := sub.renewalOf(session)
	if period == 0 {
		takes, err := s.takeRenewal(tx, sub, session, now)
		if err != nil || !takes {
			return nil, err
		}
		period = sub.Cycle
	}
	if period == sub.Cycle {
		sub = sub.paid(session.ID, now)
	} else if open, err := openRenewal(tx, sub, now); err != nil {
		return nil, err
	} else if open != "" { // an older period: the newest can still be paid in time
		sub.Status = SubscriptionActive
	}
	sub.UpdatedAt = now
	if err := tx.PutSubscription(sub); err != nil {
		return nil, err
	}
	sub.Version++
	return &subscriptionChange{sub, EventSubscriptionRenewed}, nil
}

// takeRenewal lets a session that a merchant made by hand pay the newest period, in
// the place of its renewal, if that is not paid and both are for the same. The
// renewal's session expires.
func (s *Service) takeRenewal(tx Tx, sub Subscription, session Session, now time.Time) (bool, error) {
	if session.PriceID != sub.PriceID || session.Total != sub.Amount {
		return false, nil
	}
	lock, err := tx.OrderLock(sub.Account, sub.reference())
	if errors.Is(err, ErrNotFound) || err == nil && lock.Paid {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	session.Exclusive, session.ClientReference = true, sub.reference()
	return true, s.payOrder(tx, session, now)
}

// paid returns the subscription with its newest period paid. One that was paused
// goes on with the period that it is in then: what went by is not billed.
func (s Subscription) paid(session string, now time.Time) Subscription {
	if s.Status == SubscriptionPaused {
		s = s.upTo(now)
	}
	s.Status, s.SessionID, s.DueAt = SubscriptionActive, session, s.PeriodEnd
	return s
}

// openRenewal returns the session through which the newest period can be paid now,
// "" if there is none.
func openRenewal(tx Tx, sub Subscription, now time.Time) (string, error) {
	lock, err := tx.OrderLock(sub.Account, sub.reference())
	if errors.Is(err, ErrNotFound) || err == nil && lock.Paid {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	session, err := tx.Session(lock.SessionID)
	if err != nil || session.At(now).Status != StatusOpen {
		return "", err
	}
	return session.ID, nil
}
