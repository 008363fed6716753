package row

import "github.com/checkoutd/checkoutd/checkout"

// Subscription is a row of checkoutd_subscriptions.
type Subscription struct {
	ID              string
	Account         int64
	Version         int64
	Status          string
	CustomerID      string
	ProductID       string
	PriceID         string
	Title           string
	Amount          int64
	Currency        string
	BillingInterval string
	FirstPayment    string
	TrialDays       int64
	ChargeDay       int64
	OnFailure       string
	Cycles          int64
	Customer        string
	Metadata        string
	SessionID       string
	Cycle           int64
	PeriodStart     int64
	PeriodEnd       int64
	AnchorAt        int64
	DueAt           int64
	CreatedAt       int64
	UpdatedAt       int64
	CancelledAt     int64
	CancelAtEnd     int64
}

// FromSubscription returns the row of s.
func FromSubscription(s checkout.Subscription) (Subscription, error) {
	customer, err := object(s.Customer)
	return Subscription{
		ID: s.ID, Account: s.Account, Version: s.Version, Status: string(s.Status),
		CustomerID: s.CustomerID, ProductID: s.ProductID, PriceID: s.PriceID,
		Title: s.Title, Amount: s.Amount.Amount, Currency: string(s.Amount.Currency), BillingInterval: string(s.Interval),
		FirstPayment: string(s.Plan.FirstPayment), TrialDays: s.Plan.TrialDays, ChargeDay: s.Plan.ChargeDay,
		OnFailure: string(s.Plan.OnFailure), Cycles: s.Plan.Cycles,
		Customer: customer, Metadata: string(s.Metadata), SessionID: s.SessionID, Cycle: s.Cycle,
		PeriodStart: Optional(s.PeriodStart), PeriodEnd: Optional(s.PeriodEnd), AnchorAt: Optional(s.AnchorAt), DueAt: Optional(s.DueAt),
		CreatedAt: Millis(s.CreatedAt), UpdatedAt: Millis(s.UpdatedAt), CancelledAt: Optional(s.CancelledAt),
		CancelAtEnd: Flag(s.CancelAtEnd),
	}, err
}

// Domain returns the subscription that r is the row of.
func (r Subscription) Domain() (checkout.Subscription, error) {
	customer, err := parse[checkout.Contact](r.Customer)
	return checkout.Subscription{
		ID: r.ID, Account: r.Account, Version: r.Version, Status: checkout.SubscriptionStatus(r.Status),
		CustomerID: r.CustomerID, ProductID: r.ProductID, PriceID: r.PriceID,
		Title: r.Title, Amount: money(r.Amount, r.Currency), Interval: checkout.Interval(r.BillingInterval),
		Plan:     plan(r.FirstPayment, r.TrialDays, r.ChargeDay, r.OnFailure, r.Cycles),
		Customer: customer, Metadata: checkout.Metadata(r.Metadata), SessionID: r.SessionID, Cycle: r.Cycle,
		PeriodStart: OptionalAt(r.PeriodStart), PeriodEnd: OptionalAt(r.PeriodEnd), AnchorAt: OptionalAt(r.AnchorAt), DueAt: OptionalAt(r.DueAt),
		CreatedAt: At(r.CreatedAt), UpdatedAt: At(r.UpdatedAt), CancelledAt: OptionalAt(r.CancelledAt),
		CancelAtEnd: r.CancelAtEnd != 0,
	}, err
}

// SubscriptionQuery is a [checkout.SubscriptionQuery], its customer aside, as the
// queries take it.
type SubscriptionQuery struct {
	Account      int64
	Newer, Older string
	Statuses     string // see list
	Skip, Max    int64
}

// FromSubscriptionQuery returns what q asks of the stored columns.
func FromSubscriptionQuery(q checkout.SubscriptionQuery) SubscriptionQuery {
	r := SubscriptionQuery{Account: q.Account, Statuses: list(q.Statuses), Skip: int64(q.Offset), Max: int64(q.Limit)}
	r.Newer, r.Older = pageBounds(subscriptionPrefix, q.Page)
	return r
}
