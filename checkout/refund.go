package checkout

import "time"

// RefundStatus is where a refund stands.
type RefundStatus string

// The statuses of a refund.
const (
	RefundCreated   RefundStatus = "created"   // the row is written; the provider may have heard of it or not
	RefundPending   RefundStatus = "pending"   // the provider has accepted it
	RefundSucceeded RefundStatus = "succeeded" // the money is on its way back
	RefundFailed    RefundStatus = "failed"    // it stays where it is
)

// refundMoves is the whole state machine of refunds.
var refundMoves = map[RefundStatus][]RefundStatus{
	RefundCreated:   {RefundPending, RefundSucceeded, RefundFailed},
	RefundPending:   {RefundSucceeded, RefundFailed},
	RefundSucceeded: {RefundFailed}, // a bank may send it back days later
	RefundFailed:    {},
}

// RefundOrigin says who wanted a refund.
type RefundOrigin string

// The origins.
const (
	RefundByMerchant RefundOrigin = "merchant" // asked for by the API
	RefundByPolicy   RefundOrigin = "policy"   // money that could not be kept, see [Policy]
	RefundByProvider RefundOrigin = "provider" // made in the provider's own portal
	RefundByHand     RefundOrigin = "manual"   // paid back outside of the provider, and recorded
)

// Refund is money of one attempt that is given back.
type Refund struct {
	ID        string // also the key that makes it happen once
	Account   int64
	AttemptID string
	SessionID string
	Status    RefundStatus
	Version   int64

	Amount  Money
	Origin  RefundOrigin
	Reason  string // why, in the words of whoever wanted it
	Ref     string // the provider's identifier of it, or of a manual one the merchant's
	Failure string // why it failed, a short code

	Tries     int64     // how often the provider has been asked
	DueAt     time.Time // when it is to be asked next; zero: not again
	CreatedAt time.Time
	UpdatedAt time.Time
}

// RefundOrder is what a provider is asked to give back.
type RefundOrder struct {
	Attempt Attempt
	Refund  Refund
}

// RefundReport is what a provider says of a refund.
type RefundReport struct {
	State  RefundStatus // RefundPending, RefundSucceeded or RefundFailed
	Ref    string       // the provider's identifier of it
	Reason string       // why it failed, a short code

	// The rest is for messages. RefundID is our own identifier, if the message
	// carries it; Amount is how much of the attempt it gives back.
	RefundID string
	Amount   Money

	// Total says that Amount is everything that was ever given back of the
	// attempt, and that the message names no single refund.
	Total bool
}
