package webhook

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
)

// Subscription is the wire form of a [checkout.Subscription], in webhooks and in
// the API alike. A nil pointer is null.
type Subscription struct {
	SubscriptionID string  `json:"subscription_id"`
	ID             string  `json:"id"`              // the same string
	OrganizationID string  `json:"organization_id"` // the merchant
	CustomerID     *string `json:"customer_id"`
	ProductID      string  `json:"product_id"`
	PriceID        string  `json:"price_id"`

	Status             string  `json:"status"` // trialing, active, past_due, paused, cancelled or completed
	Amount             int64   `json:"amount"` // of a period
	CurrencyCode       string  `json:"currency_code"`
	BillingInterval    string  `json:"billing_interval"`
	CurrentPeriodStart string  `json:"current_period_start"` // of the period that was billed last, or of the trial
	CurrentPeriodEnd   string  `json:"current_period_end"`
	NextBillingDate    *string `json:"next_billing_date"` // null if nothing more is billed
	Cycle              int64   `json:"cycle"`             // how many periods were billed
	CancelAtPeriodEnd  bool    `json:"cancel_at_period_end"`
	CancelledAt        *string `json:"cancelled_at"`

	CheckoutSessionID string  `json:"checkout_session_id"` // of an event, the one that it is about; else the newest
	TransactionID     *string `json:"transaction_id"`      // the payment that opened or renewed it, in the events that say so

	Metadata    map[string]json.RawMessage `json:"metadata"` // that of the session that signed up
	Environment string                     `json:"environment"`
	CreatedAt   string                     `json:"created_at"`
	UpdatedAt   string                     `json:"updated_at"`
}

// SubscriptionUpdate is what SUBSCRIPTION_UPDATED says: the subscription, flat for
// who reads all of these events alike and as an object as lomi. has it, and what
// its fields were that have changed.
type SubscriptionUpdate struct {
	Subscription
	Object             Subscription               `json:"object"`
	PreviousAttributes map[string]json.RawMessage `json:"previous_attributes"`
	Context            SubscriptionContext        `json:"context"`
}

// SubscriptionContext says who changed a subscription.
type SubscriptionContext struct {
	Source string  `json:"source"` // "cron" if it fell due, or "merchant_api"
	Actor  *string `json:"actor"`  // the merchant; null if it fell due
}

// NewSubscription returns the wire form of the subscription of t.
func NewSubscription(t checkout.Transaction) Subscription {
	s := t.Subscription
	w := Subscription{
		SubscriptionID: s.ID, ID: s.ID, OrganizationID: t.Account.Merchant,
		CustomerID: text(s.CustomerID), ProductID: s.ProductID, PriceID: s.PriceID,
		Status: string(s.Status), Amount: s.Amount.Amount, CurrencyCode: string(s.Amount.Currency), BillingInterval: string(s.Interval),
		CurrentPeriodStart: stamp(s.PeriodStart), CurrentPeriodEnd: stamp(s.PeriodEnd),
		Cycle: s.Cycle, CancelAtPeriodEnd: s.CancelAtEnd,
		CheckoutSessionID: cmp.Or(t.Session.ID, s.SessionID), TransactionID: text(t.Attempt.ID),
		Metadata: map[string]json.RawMessage{}, Environment: t.Account.Environment(),
		CreatedAt: stamp(s.CreatedAt), UpdatedAt: stamp(s.UpdatedAt),
	}
	if at := s.NextBilling(); !at.IsZero() {
		w.NextBillingDate = text(stamp(at))
	}
	if !s.CancelledAt.IsZero() {
		w.CancelledAt = text(stamp(s.CancelledAt))
	}
	if json.Unmarshal(s.Metadata.JSON(), &w.Metadata) != nil {
		w.Metadata = map[string]json.RawMessage{} // not an object: [checkout.Metadata] rules it out
	}
	return w
}

// newSubscriptionUpdate returns what an update of the subscription of t says.
func newSubscriptionUpdate(t checkout.Transaction) (SubscriptionUpdate, error) {
	w := NewSubscription(t)
	u := SubscriptionUpdate{Subscription: w, Object: w, Context: SubscriptionContext{Source: string(t.Change.By)}}
	if t.Change.By == checkout.ByMerchant {
		u.Context.Actor = &w.OrganizationID
	}
	after, err := attributes(w)
	if err != nil {
		return u, err
	}
	u.PreviousAttributes, err = attributes(NewSubscription(checkout.Transaction{Account: t.Account, Subscription: &t.Change.Before}))
	maps.DeleteFunc(u.PreviousAttributes, func(name string, value json.RawMessage) bool {
		return name == "updated_at" || slices.Equal(value, after[name])
	})
	return u, err
}

// attributes returns the fields of a subscription by their names.
func attributes(w Subscription) (fields map[string]json.RawMessage, err error) {
	text, err := json.Marshal(w)
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	return fields, err
}
