package checkout

import (
	"fmt"
	"slices"
	"time"
)

// AttemptStatus is where an attempt stands.
type AttemptStatus string

// The statuses of an attempt.
const (
	AttemptCreated  AttemptStatus = "created"  // the row is written, the provider not yet heard
	AttemptOpen     AttemptStatus = "open"     // the provider waits for the customer
	AttemptUnsure   AttemptStatus = "unsure"   // the provider's answer was lost: it may know the attempt or not
	AttemptPaid     AttemptStatus = "paid"     // the money arrived and completed the session
	AttemptFailed   AttemptStatus = "failed"   // the provider or the customer said no
	AttemptExpired  AttemptStatus = "expired"  // closed or timed out without money
	AttemptSurplus  AttemptStatus = "surplus"  // the money arrived, but another attempt had completed the session
	AttemptMismatch AttemptStatus = "mismatch" // money arrived, but not the amount or currency asked for
)

// attemptMoves is the whole state machine of attempts. Money outranks every
// other report: it is accepted from each status without money, and nothing
// undoes it. What to do with money that is surplus or a mismatch is for people
// to decide.
var attemptMoves = map[AttemptStatus][]AttemptStatus{
	AttemptCreated:  {AttemptOpen, AttemptUnsure, AttemptPaid, AttemptFailed, AttemptExpired, AttemptSurplus, AttemptMismatch},
	AttemptUnsure:   {AttemptOpen, AttemptPaid, AttemptFailed, AttemptExpired, AttemptSurplus, AttemptMismatch},
	AttemptOpen:     {AttemptPaid, AttemptFailed, AttemptExpired, AttemptSurplus, AttemptMismatch},
	AttemptFailed:   {AttemptPaid, AttemptSurplus, AttemptMismatch},
	AttemptExpired:  {AttemptOpen, AttemptPaid, AttemptSurplus, AttemptMismatch}, // open: its provider answered after all
	AttemptPaid:     {},
	AttemptSurplus:  {},
	AttemptMismatch: {},
}

// Attempt is one try to pay a session through one provider: a transaction on
// the wire.
type Attempt struct {
	ID        string // what the provider knows the attempt by
	Account   int64
	SessionID string
	Status    AttemptStatus
	Version   int64

	Provider string // [Provider.Name]
	Method   string // [Method.ID]
	Amount   Money  // what the provider was asked to collect
	Received Money  // what the provider says it collected; zero until then
	Payer    Contact

	Ref    string // the provider's identifier of the attempt, "" until known
	Next   Next   // what the customer has to do
	Reason string // why it failed, a short code: "declined", "insufficient_funds"

	Polls int64     // how often the provider has been asked
	DueAt time.Time // when the provider is to be asked next; zero: not again

	PaidAt    time.Time // when the money was collected, by the provider's clock
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Live reports whether the attempt may still be paid by the customer.
func (a Attempt) Live() bool {
	return a.Status == AttemptCreated || a.Status == AttemptOpen || a.Status == AttemptUnsure
}

// move returns a in status to at now.
func (a Attempt) move(to AttemptStatus, now time.Time) (Attempt, error) {
	if !slices.Contains(attemptMoves[a.Status], to) {
		return a, &Error{Code: CodeConflict, Message: fmt.Sprintf("Transaction %s is %s and cannot become %s", a.ID, a.Status, to)}
	}
	a.Status, a.UpdatedAt = to, now
	if !a.Live() {
		a.DueAt = time.Time{}
	}
	return a, nil
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
	State  State
	Paid   Money     // the sum collected, if State is StatePaid
	At     time.Time // when, by the provider's clock; zero if it does not say
	Reason string    // a short code, if State is StateFailed
}

// Signal is a verified message from a provider about one attempt.
type Signal struct {
	Provider  string
	Livemode  bool   // of the provider that says so: test and live never mix
	EventID   string // the provider's identifier of the message, "" for an answer to a poll
	AttemptID string
	Report    Report
}

// missingGrace is how long a provider may take to hear of an attempt: until then
// "never heard of it" says nothing.
const missingGrace = 10 * time.Minute

// maxSkew is how far a provider's clock may run ahead of ours.
const maxSkew = 5 * time.Minute

// Apply returns a as it stands once r is known at now, and whether that is a
// change. A report that says nothing new, and one that would undo what is
// final, change nothing. Whether money completes the session or is surplus is
// for [Service.Settle] to say: Apply answers AttemptPaid for both.
func (a Attempt) Apply(r Report, now time.Time) (Attempt, bool) {
	if r.State == StateMissing && a.Ref == "" && now.Sub(a.CreatedAt) < missingGrace {
		return a, false
	}
	to := a.Status
	switch r.State {
	case StatePaid:
		to = AttemptPaid
		if r.Paid != a.Amount {
			to = AttemptMismatch
		}
	case StateFailed:
		to = AttemptFailed
	case StateExpired, StateMissing:
		to = AttemptExpired
	case StatePending:
		if a.Status == AttemptUnsure { // only Start's own answer reopens an expired one
			to = AttemptOpen
		}
	}
	b, err := a.move(to, now)
	if err != nil {
		return a, false
	}
	if r.Reason != "" {
		b.Reason = r.Reason
	}
	if r.State == StatePaid {
		b.Reason, b.Received, b.PaidAt = "", r.Paid, r.At
		if r.At.IsZero() || r.At.After(now.Add(maxSkew)) {
			b.PaidAt = now
		}
	}
	return b, true
}
