package checkout

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// How renewals are paid.
const (
	renewalTTL = 7 * day // but no longer than a period

	// renewalPatience is for how long after its session expired a renewal is not
	// held to be unpaid while an attempt to pay it has not come to an end, and
	// renewalAgain how often that is looked at.
	renewalPatience = 2 * day
	renewalAgain    = 10 * time.Minute
)

// What the attempts are called that stand for a renewal which nobody paid: no
// provider hears of them.
const (
	providerRenewal = "renewal"
	codeRenewal     = "RENEWAL"
	reasonUnpaid    = "unpaid"
)

// RenewDue bills the subscriptions whose period is over, at most 100, and says of
// renewals that were not paid in time that they were not. It reports how many were
// due. Each period has a session of its own, for the customer to pay, and one comes
// after the other: if billing is behind, the next is made once the last is paid or
// has expired, and none is left out.
func (s *Service) RenewDue(ctx context.Context) (int, error) {
	var due []Subscription
	err := s.store.View(ctx, func(tx Tx) (err error) {
		due, err = tx.DueSubscriptions(s.now(), batch)
		return err
	})
	if err != nil {
		return 0, err
	}
	return len(due), s.each(len(due), func(i int) error { return s.renew(ctx, due[i]) })
}

// renew does all that is due of a subscription, one step after the other.
func (s *Service) renew(ctx context.Context, sub Subscription) error {
	if err := s.expireRenewal(ctx, sub); err != nil {
		return err
	}
	for again := true; again; {
		var fx effects
		err := s.store.Update(ctx, func(tx Tx) (err error) {
			fx = effects{}
			again, err = s.bill(tx, sub.ID, &fx)
			return err
		})
		if err != nil {
			return err
		}
		s.act(fx)
	}
	return nil
}

// expireRenewal closes what is open of a renewal whose time has run out, so that
// money which was paid in time counts. A provider that does not answer holds up
// nothing here.
func (s *Service) expireRenewal(ctx context.Context, sub Subscription) error {
	var over bool
	err := s.store.View(ctx, func(tx Tx) error {
		session, err := tx.Session(sub.SessionID)
		over = session.Status == StatusOpen && session.At(s.now()).Status == StatusExpired
		return err
	})
	if err != nil || !over {
		return err
	}
	_ = s.expireBusy(ctx, sub.SessionID) // the attempt stays live, and the renewal waits for it
	return ctx.Err()
}

// bill does one step of what is due of a subscription. It reports whether another
// is due at once.
func (s *Service) bill(tx Tx, id string, fx *effects) (again bool, err error) {
	now := s.now()
	sub, err := tx.Subscription(id)
	if err != nil || !sub.due(now) {
		return false, err
	}
	account, err := AccountIn(tx, sub.Account)
	if err != nil {
		return false, err
	}
	session, err := tx.Session(sub.SessionID)
	if err != nil {
		return false, err
	}
	attempts, err := tx.SessionAttempts(session.ID)
	if err != nil {
		return false, err
	}
	told := slices.ContainsFunc(attempts, func(a Attempt) bool { return a.Provider == providerRenewal })
	after := sub
	switch {
	case session.Status != StatusCompleted && !told:
		waits := slices.ContainsFunc(attempts, Attempt.Live) && now.Before(session.ExpiresAt.Add(renewalPatience))
		if waits {
			after.DueAt = now.Add(renewalAgain)
			return false, tx.PutSubscription(after)
		}
		after, err = s.unpaid(tx, account, sub, session, now, fx)
	case sub.Plan.Cycles > 0 && sub.Cycle >= sub.Plan.Cycles:
		after.Status, after.DueAt = SubscriptionEnded, time.Time{}
		after, err = s.alter(tx, account, sub, after, EventSubscriptionUpdated, ByCron, now, fx)
	case sub.CancelAtEnd:
		after, err = s.alter(tx, account, sub, sub.cancelled(now), EventSubscriptionCancelled, ByCron, now, fx)
	default:
		after, err = s.nextPeriod(tx, account, sub, session, now, fx)
	}
	return after.due(now), err
}

func (s Subscription) due(now time.Time) bool { return !s.DueAt.IsZero() && !now.Before(s.DueAt) }

func (s Subscription) cancelled(now time.Time) Subscription {
	s.Status, s.CancelledAt, s.DueAt = SubscriptionCancelled, now, time.Time{}
	return s
}

// unpaid writes that a renewal was not paid before its session expired.
func (s *Service) unpaid(tx Tx, account Account, sub Subscription, session Session, now time.Time, fx *effects) (Subscription, error) {
	a, err := s.newAttempt(tx, &begun{account: account, session: session}, StartParams{}, now)
	if err != nil {
		return sub, err
	}
	a.Provider, a.Method, a.MethodCode = providerRenewal, providerRenewal, codeRenewal
	a.Status, a.Reason = AttemptFailed, reasonUnpaid
	if err := tx.InsertAttempt(a); err != nil {
		return sub, err
	}
	err = s.owe(tx, Event{Type: EventPaymentFailed, Transaction: Transaction{Account: account, Session: session.At(now), Attempt: a}}, now, fx)
	if err != nil {
		return sub, err
	}
	after := sub
	switch {
	case sub.CancelAtEnd || sub.Plan.OnFailure == FailureCancel:
		return s.alter(tx, account, sub, sub.cancelled(now), EventSubscriptionCancelled, ByCron, now, fx)
	case sub.Plan.OnFailure == FailurePause:
		after.Status, after.DueAt = SubscriptionPaused, time.Time{}
	default:
		after.Status, after.DueAt = SubscriptionPastDue, sub.PeriodEnd
	}
	return s.alter(tx, account, sub, after, EventSubscriptionUpdated, ByCron, now, fx)
}

// nextPeriod bills the period that follows the present one: it makes the session
// that pays for it.
func (s *Service) nextPeriod(tx Tx, account Account, sub Subscription, last Session, now time.Time, fx *effects) (Subscription, error) {
	after := sub.advance()
	after.Cycle++
	renewal, err := s.renewal(after, last.Form, now)
	if err != nil {
		return sub, err
	}
	if err := s.lockOrder(tx, renewal); err != nil {
		return sub, err
	}
	if err := tx.InsertSession(renewal); err != nil {
		return sub, err
	}
	after.SessionID, after.DueAt = renewal.ID, renewal.ExpiresAt
	return s.alter(tx, account, sub, after, EventSubscriptionUpdated, ByCron, now, fx)
}

// renewal returns the session that pays for the present period. It asks for what
// form asked for and is still not known. Whether the price is still on sale does not
// matter.
func (s *Service) renewal(sub Subscription, form Form, now time.Time) (Session, error) {
	c := sub.Customer
	session := Session{
		Account: sub.Account, Status: StatusOpen, Version: 1, Total: sub.Amount, Title: sub.Title, Quantity: 1,
		ProductID: sub.ProductID, PriceID: sub.PriceID, CustomerID: sub.CustomerID, SubscriptionID: sub.ID,
		Exclusive: true, ClientReference: sub.reference(), Customer: c, Metadata: sub.Metadata, IntegrationSource: "subscription",
		Form: Form{
			Name: form.Name && c.Name == "", Email: form.Email && c.Email == "", Phone: form.Phone && c.Phone == "",
			BillingAddress: form.BillingAddress && (c.Address == "" || c.City == "" || c.Country == ""),
		},
		CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(renewalTTL),
	}
	if length := intervals[sub.Interval]; length.months == 0 {
		session.ExpiresAt = now.Add(min(renewalTTL, time.Duration(length.days)*day))
	}
	if sub.Plan.FirstPayment == FirstProrated && sub.PeriodEnd.Equal(sub.AnchorAt) { // from the end of a trial on
		session.Deferred = sub.Amount.Amount - sub.Plan.prorated(Price{Amount: sub.Amount, Interval: sub.Interval}, sub.PeriodStart)
	}
	var err error
	session.ID, err = NewID(prefixSession, now, s.random)
	return session, err
}

// alter writes what became of a subscription, and owes its merchant an event.
func (s *Service) alter(tx Tx, account Account, before, after Subscription, event EventType, by ChangeSource, now time.Time, fx *effects) (Subscription, error) {
	after.UpdatedAt = now
	if err := tx.PutSubscription(after); err != nil {
		return before, err
	}
	after.Version++
	session, err := tx.Session(after.SessionID)
	if err != nil {
		return before, err
	}
	t := Transaction{Account: account, Session: session.At(now), Subscription: &after}
	if event == EventSubscriptionUpdated {
		t.Change = &SubscriptionChange{Before: before, By: by}
	}
	return after, s.owe(tx, Event{Type: event, Subject: fmt.Sprint(after.ID, "/", after.Version), Transaction: t}, now, fx)
}
