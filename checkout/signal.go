package checkout

import (
	"errors"
	"time"
)

// Inbound is a message as it came in, before anybody has believed it.
type Inbound struct {
	Method string // POST or PUT
	Header func(name string) string
	Body   []byte // as received
	Token  string // what stands behind the provider's name in the path, see [Order.NotifyURL]
	Now    time.Time
}

// ErrSignature means that a message is not the provider's: it bears no
// signature, or a wrong one, or one that is too old or from the future.
var ErrSignature = errors.New("checkout: the message is not signed by the provider")

// ErrOtherMode means that a message is the provider's, but of the other mode: a
// test event on live credentials.
var ErrOtherMode = errors.New("checkout: the message is of the other mode")

// Trust is what a message proves by itself.
type Trust int

// The degrees of trust. Only what is signed is acted upon; after the others the
// provider is asked.
const (
	TrustNone   Trust = iota // nothing: anybody could have sent it
	TrustShared              // that the sender knows a secret, which every message shows
	TrustSigned              // that the provider has written it, byte for byte
)

// SignalKind is what a message is about.
type SignalKind string

// The kinds.
const (
	SignalPayment SignalKind = ""        // an attempt: Report
	SignalRefund  SignalKind = "refund"  // a refund of it: Refund
	SignalDispute SignalKind = "dispute" // a dispute of it: Dispute
	SignalNone    SignalKind = "none"    // nothing that concerns us
)

// Signal is a message from a provider about one attempt.
type Signal struct {
	Kind    SignalKind
	Type    string // the provider's own word for what happened, for the log
	EventID string // the provider's identifier of the message, "" for an answer to a poll
	Trust   Trust

	// AttemptID, Ref and Charge name the attempt: our own identifier, the
	// provider's, or that of the money. The first that is known counts.
	AttemptID, Ref, Charge string

	Report  Report
	Refund  RefundReport
	Dispute Dispute

	// Provider, Livemode and Own say who speaks. [Service.Receive] sets them;
	// adapters leave them out.
	Provider string
	Livemode bool  // test and live never mix
	Own      int64 // the account whose own credentials were used, 0 for the server's
}

// State is what a provider says of an attempt.
type State string

// The states that a provider may report.
const (
	StatePending State = "pending" // the customer has not decided
	StatePaid    State = "paid"    // the money is collected
	StateFailed  State = "failed"  // it was refused; the attempt is over
	StateExpired State = "expired" // it was closed or timed out without money
	StateMissing State = "missing" // the provider never heard of it
)

// Report is what a provider says of one attempt, pushed or polled.
type Report struct {
	State State

	// Paid is the sum collected, if State is StatePaid. A provider that reports
	// none leaves it zero and sets Bound, if it takes no other sum than the one
	// it was asked for.
	Paid  Money
	Bound bool

	At     time.Time // when, by the provider's clock; zero if it does not say
	Charge string    // the provider's identifier of the money, "" until known
	Payer  string    // the number that paid, masked; "" if it does not say

	// Reason is a short code, one of the Reason values where one fits: why it
	// failed, or, while it is pending, why the last try did.
	Reason string

	// Try names a try that failed while the attempt can still be paid. Each is
	// told to the merchant once.
	Try string

	// Again, if not 0, is when to ask next instead of by the schedule: the
	// customer has done their part, and the money takes days.
	Again time.Duration
}

// DisputeState is where a dispute stands.
type DisputeState string

// The states of a dispute.
const (
	DisputeOpen DisputeState = "open"
	DisputeWon  DisputeState = "won"
	DisputeLost DisputeState = "lost"
)

// Dispute is what a provider says of a dispute.
type Dispute struct {
	ID     string
	State  DisputeState
	New    bool // it has just begun
	Amount Money
	Reason string
}
