package store

import (
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) InsertSubscription(s checkout.Subscription) error {
	r, err := row.FromSubscription(s)
	if err != nil {
		return err
	}
	return mapErr(t.q.InsertSubscription(t.ctx, sqlitedb.InsertSubscriptionParams(r)))
}

func (t txn) Subscription(id string) (checkout.Subscription, error) {
	r, err := t.q.Subscription(t.ctx, id)
	if err != nil {
		return checkout.Subscription{}, mapErr(err)
	}
	return row.Subscription(r).Domain()
}

func (t txn) PutSubscription(s checkout.Subscription) error {
	r, err := row.FromSubscription(s)
	if err != nil {
		return err
	}
	return mustChange(t.q.PutSubscription(t.ctx, sqlitedb.PutSubscriptionParams{
		ID: r.ID, Version: r.Version, Status: r.Status,
		CustomerID: r.CustomerID, ProductID: r.ProductID, PriceID: r.PriceID,
		Title: r.Title, Amount: r.Amount, Currency: r.Currency, BillingInterval: r.BillingInterval,
		FirstPayment: r.FirstPayment, TrialDays: r.TrialDays, ChargeDay: r.ChargeDay, OnFailure: r.OnFailure, Cycles: r.Cycles,
		Customer: r.Customer, Metadata: r.Metadata, SessionID: r.SessionID, Cycle: r.Cycle,
		PeriodStart: r.PeriodStart, PeriodEnd: r.PeriodEnd, AnchorAt: r.AnchorAt, DueAt: r.DueAt,
		UpdatedAt: r.UpdatedAt, CancelledAt: r.CancelledAt, CancelAtEnd: r.CancelAtEnd,
	}))
}

func (t txn) ListSubscriptions(q checkout.SubscriptionQuery) ([]checkout.Subscription, error) {
	page := t.subscriptionPage
	if q.CustomerID != "" {
		page = t.subscriptionsOfCustomer
	}
	list, err := page(q)
	if q.Nearest {
		slices.Reverse(list)
	}
	return list, err
}

// subscriptionPage returns what q asks for in the order in which it is found: with
// Nearest, oldest first.
func (t txn) subscriptionPage(q checkout.SubscriptionQuery) ([]checkout.Subscription, error) {
	r := row.FromSubscriptionQuery(q)
	if q.Nearest {
		return subscriptions(t.q.ListSubscriptionsNearest(t.caller, sqlitedb.ListSubscriptionsNearestParams(r)))
	}
	return subscriptions(t.q.ListSubscriptions(t.caller, sqlitedb.ListSubscriptionsParams(r)))
}

// subscriptionsOfCustomer is subscriptionPage among those of one customer.
func (t txn) subscriptionsOfCustomer(q checkout.SubscriptionQuery) ([]checkout.Subscription, error) {
	r := row.FromSubscriptionQuery(q)
	p := sqlitedb.ListSubscriptionsOfCustomerParams{
		Account: r.Account, CustomerID: q.CustomerID, Newer: r.Newer, Older: r.Older,
		Statuses: r.Statuses, Skip: r.Skip, Max: r.Max,
	}
	if q.Nearest {
		return subscriptions(t.q.ListSubscriptionsOfCustomerNearest(t.caller, sqlitedb.ListSubscriptionsOfCustomerNearestParams(p)))
	}
	return subscriptions(t.q.ListSubscriptionsOfCustomer(t.caller, p))
}

func (t txn) DueSubscriptions(now time.Time, limit int) ([]checkout.Subscription, error) {
	return subscriptions(t.q.DueSubscriptions(t.ctx, sqlitedb.DueSubscriptionsParams{Now: row.Millis(now), Max: int64(limit)}))
}

func subscriptions(rows []sqlitedb.Subscription, err error) ([]checkout.Subscription, error) {
	if err != nil {
		return nil, mapErr(err)
	}
	list := make([]checkout.Subscription, len(rows))
	for i, r := range rows {
		if list[i], err = row.Subscription(r).Domain(); err != nil {
			return nil, err
		}
	}
	return list, nil
}
