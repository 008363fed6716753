package checkout

import (
	"context"
	"fmt"
)

// Subscription returns the account's subscription with the given identifier.
func (s *Service) Subscription(ctx context.Context, account Account, id string) (sub Subscription, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		sub, err = subscriptionIn(tx, account, id)
		return err
	})
	return sub, err
}

// Subscriptions lists subscriptions newest first.
func (s *Service) Subscriptions(ctx context.Context, account Account, q SubscriptionQuery) (list []Subscription, err error) {
	q.Account = account.Number
	err = s.store.View(ctx, func(tx Tx) error {
		list, err = tx.ListSubscriptions(q)
		return err
	})
	return list, err
}

// OpenRenewals returns, for each of these subscriptions, the session through which
// its newest period can be paid now, "" if there is none.
func (s *Service) OpenRenewals(ctx context.Context, list []Subscription) (sessions []string, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		sessions = make([]string, len(list))
		for i, sub := range list {
			if sessions[i], err = openRenewal(tx, sub, s.now()); err != nil {
				return err
			}
		}
		return nil
	})
	return sessions, err
}

// Renewal is a subscription as a customer sees it who holds its identifier.
type Renewal struct {
	Account      Account
	Subscription Subscription
	SessionID    string // through which the newest period can be paid now, "" if there is none
}

// Renewal returns what anybody who holds the identifier of a subscription may see.
func (s *Service) Renewal(ctx context.Context, id string) (r Renewal, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		r, err = s.renewalIn(tx, id)
		return err
	})
	return r, err
}

// OpenRenewal is [Service.Renewal] for somebody who wants to pay: if the newest
// period was not paid in time, it makes another session for it, one at a time.
func (s *Service) OpenRenewal(ctx context.Context, id string) (Renewal, error) {
	r, err := s.Renewal(ctx, id)
	if err != nil || !r.lapsed() {
		return r, err
	}
	err = s.store.Update(ctx, func(tx Tx) error {
		if r, err = s.renewalIn(tx, id); err != nil || !r.lapsed() {
			return err
		}
		r.SessionID, err = s.reopen(tx, r.Subscription)
		return err
	})
	return r, err
}

func (s *Service) renewalIn(tx Tx, id string) (r Renewal, err error) {
	if r.Subscription, err = tx.Subscription(id); err != nil {
		return r, notFound(err, fmt.Sprintf("Subscription with ID %s not found", id))
	}
	if r.Account, err = AccountIn(tx, r.Subscription.Account); err != nil {
		return r, err
	}
	r.SessionID, err = openRenewal(tx, r.Subscription, s.now())
	return r, err
}

// lapsed reports whether the newest period was not paid in time.
func (r Renewal) lapsed() bool {
	status := r.Subscription.Status
	return r.SessionID == "" && (status == SubscriptionPastDue || status == SubscriptionPaused)
}

// reopen makes another session that pays for the newest period, if it is not paid.
// The subscription goes on by the first one.
func (s *Service) reopen(tx Tx, sub Subscription) (string, error) {
	lock, err := tx.OrderLock(sub.Account, sub.reference())
	if err != nil || lock.Paid {
		return "", err
	}
	first, err := tx.Session(sub.SessionID)
	if err != nil {
		return "", err
	}
	again, err := s.renewal(sub, first.Form, s.now())
	if err != nil {
		return "", err
	}
	if err := s.lockOrder(tx, again); err != nil {
		return "", err
	}
	return again.ID, tx.InsertSession(again)
}

// CancelSubscription ends the account's subscription: at once, so that what is open
// of its renewal expires, or with its present period, whose renewal can still be
// paid. What is cancelled already stays as it is. It returns an [Error] with
// CodeNotFound, and with CodeConflict if the subscription is completed.
func (s *Service) CancelSubscription(ctx context.Context, account Account, id string, atEnd bool) (sub Subscription, err error) {
	var fx effects
	err = s.store.Update(ctx, func(tx Tx) error {
		fx = effects{}
		if sub, err = subscriptionIn(tx, account, id); err != nil {
			return err
		}
		switch {
		case sub.Status == SubscriptionEnded:
			return &Error{Code: CodeConflict, Message: fmt.Sprintf("Subscription %s is completed", id)}
		case sub.Status == SubscriptionCancelled, atEnd && sub.CancelAtEnd:
			return nil
		}
		now, after := s.now(), sub
		if atEnd {
			if after.CancelAtEnd = true; sub.DueAt.IsZero() { // it is paused
				after.DueAt = sub.PeriodEnd
			}
			sub, err = s.alter(tx, account, sub, after, EventSubscriptionUpdated, ByMerchant, now, &fx)
			return err
		}
		open, err := openRenewal(tx, sub, now)
		if err != nil {
			return err
		}
		if open != "" {
			if err := s.lapse(tx, open, now); err != nil {
				return err
			}
		}
		sub, err = s.alter(tx, account, sub, sub.cancelled(now), EventSubscriptionCancelled, ByMerchant, now, &fx)
		return err
	})
	if err == nil {
		s.act(fx)
	}
	return sub, err
}

// ResumeSubscription takes back that the account's subscription ends with its period,
// and has a paused one billed again from the next period on; until that is paid it is
// past due. What goes on anyway stays as it is. It returns an [Error] with
// CodeNotFound, and with CodeConflict if the subscription is over.
func (s *Service) ResumeSubscription(ctx context.Context, account Account, id string) (sub Subscription, err error) {
	var fx effects
	err = s.store.Update(ctx, func(tx Tx) error {
		fx = effects{}
		if sub, err = subscriptionIn(tx, account, id); err != nil {
			return err
		}
		if sub.over() {
			return &Error{Code: CodeConflict, Message: fmt.Sprintf("Subscription %s is %s", id, sub.Status)}
		}
		if !sub.CancelAtEnd && sub.Status != SubscriptionPaused {
			return nil
		}
		now, after := s.now(), sub
		after.CancelAtEnd = false
		if after.Status == SubscriptionPaused {
			after = after.upTo(now)
			after.Status, after.DueAt = SubscriptionPastDue, after.PeriodEnd
		}
		sub, err = s.alter(tx, account, sub, after, EventSubscriptionUpdated, ByMerchant, now, &fx)
		return err
	})
	if err == nil {
		s.act(fx)
	}
	return sub, err
}
