package checkout

import "time"

// SubscriptionStatus is where a subscription stands.
type SubscriptionStatus string

// The statuses of a subscription.
const (
	SubscriptionTrialing  SubscriptionStatus = "trialing"  // nothing has been charged yet
	SubscriptionActive    SubscriptionStatus = "active"    // paid, or its renewal can still be paid in time
	SubscriptionPastDue   SubscriptionStatus = "past_due"  // its renewal was not paid
	SubscriptionPaused    SubscriptionStatus = "paused"    // billed no more until its renewal is paid
	SubscriptionCancelled SubscriptionStatus = "cancelled" // over
	SubscriptionEnded     SubscriptionStatus = "completed" // over: all of its cycles were billed
)

// Subscription is a recurring price that a customer pays again and again.
type Subscription struct {
	ID         string
	Account    int64
	Version    int64
	Status     SubscriptionStatus
	CustomerID string
	ProductID  string
	PriceID    string

	Title    string
	Amount   Money // of a period
	Interval Interval
	Plan     Plan
	Customer Contact // who pays, as known at sign-up
	Metadata Metadata

	// SessionID is the newest session that pays for a period, or signed up.
	SessionID string
	// Cycle counts the periods that were billed.
	Cycle int64

	PeriodStart time.Time // of the period that was billed last, or of the trial
	PeriodEnd   time.Time
	AnchorAt    time.Time // periods begin a whole number of intervals after it
	DueAt       time.Time // when there is something to do next; zero: never
	CreatedAt   time.Time
	UpdatedAt   time.Time
	CancelledAt time.Time // zero if it is not
	// CancelAtEnd says that it ends with the period that is paid.
	CancelAtEnd bool
}

// ChangeSource says who changed a subscription, as lomi. spells it.
type ChangeSource string

// The sources.
const (
	ByCron     ChangeSource = "cron"         // what fell due
	ByMerchant ChangeSource = "merchant_api" // its merchant
)

// SubscriptionChange says what a subscription was before a change, and whose that
// is.
type SubscriptionChange struct {
	Before Subscription
	By     ChangeSource
}

// NextBilling returns when the next period is billed, zero if none is. A renewal
// that has not been paid yet is billed already.
func (s Subscription) NextBilling() time.Time {
	last := s.CancelAtEnd || s.Plan.Cycles > 0 && s.Cycle >= s.Plan.Cycles
	if last || s.over() || s.Status == SubscriptionPaused {
		return time.Time{}
	}
	return s.PeriodEnd
}

// SubscriptionQuery says which subscriptions of an account to list. Zero fields do
// not restrict.
type SubscriptionQuery struct {
	Account    int64
	CustomerID string
	Statuses   []SubscriptionStatus
	Page
}
