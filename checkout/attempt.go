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
	AttemptLate     AttemptStatus = "late"     // the money arrived after the session had expired, and the merchant does not take it
	AttemptRefunded AttemptStatus = "refunded" // all of the money was given back
)

// attemptMoves is the whole state machine of attempts. Money outranks every
// other report: it is accepted from each status without money, and nothing
// undoes it but a refund. Money that is held may be accepted by the merchant;
// what is surplus cannot be.
var attemptMoves = map[AttemptStatus][]AttemptStatus{
	AttemptCreated:  {AttemptOpen, AttemptUnsure, AttemptPaid, AttemptFailed, AttemptExpired, AttemptSurplus, AttemptMismatch, AttemptLate},
	AttemptUnsure:   {AttemptOpen, AttemptPaid, AttemptFailed, AttemptExpired, AttemptSurplus, AttemptMismatch, AttemptLate},
	AttemptOpen:     {AttemptPaid, AttemptFailed, AttemptExpired, AttemptSurplus, AttemptMismatch, AttemptLate},
	AttemptFailed:   {AttemptPaid, AttemptSurplus, AttemptMismatch, AttemptLate},
	AttemptExpired:  {AttemptOpen, AttemptPaid, AttemptSurplus, AttemptMismatch, AttemptLate}, // open: its provider answered after all
	AttemptPaid:     {AttemptRefunded},
	AttemptSurplus:  {AttemptRefunded},
	AttemptMismatch: {AttemptPaid, AttemptRefunded},
	AttemptLate:     {AttemptPaid, AttemptRefunded},
	AttemptRefunded: {},
}

// Attempt is one try to pay a session through one provider: a transaction on
// the wire.
type Attempt struct {
	ID        string // what the provider knows the attempt by
	Account   int64
	SessionID string
	Status    AttemptStatus
	Version   int64

	CustomerID string // who pays, "" if nothing is known of them

	Provider   string // [Provider.Name]
	Own        bool   // through the merchant's own credentials, not the server's
	Method     string // [Method.ID]
	MethodCode string // [Method.Code]
	Amount     Money  // what the provider was asked to collect
	Received   Money  // what the provider says it collected; zero until then
	Asserted   bool   // the provider reports no amount; Received is what it was asked for
	Payer      Contact

	Ref    string // the provider's identifier of the attempt, "" until known
	Secret string // what the provider must be shown when it is polled, sealed by its adapter
	Charge string // the provider's identifier of the money, "" until known
	Next   Next   // what the customer has to do
	Reason string // why it, or the last try of it, failed; see the Reason values

	Refunding int64        // of Received: asked back, and not known to have succeeded or failed
	Refunded  int64        // of Received: given back
	Dispute   DisputeState // "" if the payer never disputed it

	Polls    int64     // how often the provider has been asked since the attempt was opened or ended
	PolledAt time.Time // when it was last asked
	DueAt    time.Time // when it is to be asked next; zero: not again
	Until    time.Time // until when the customer can pay, by the provider

	PaidAt    time.Time // when the money was collected, by the provider's clock
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Live reports whether the attempt may still be paid by the customer.
func (a Attempt) Live() bool {
	return a.Status == AttemptCreated || a.Status == AttemptOpen || a.Status == AttemptUnsure
}

// Held reports whether money of the attempt waits for somebody to decide.
func (a Attempt) Held() bool {
	return a.Status == AttemptSurplus || a.Status == AttemptMismatch || a.Status == AttemptLate
}

// Refundable returns how much of the money can still be asked back.
func (a Attempt) Refundable() int64 { return a.Received.Amount - a.Refunded - a.Refunding }

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

// missingGrace is how long a provider may take to hear of an attempt: until then
// "never heard of it" says nothing.
const missingGrace = 2 * time.Minute

// missingPolls is how often a provider must say that it never heard of an
// attempt, at least.
const missingPolls = 2

// maxSkew is how far a provider's clock may run ahead of ours.
const maxSkew = 5 * time.Minute

// Apply returns a as it stands once r is known at now, and whether that is a
// change. A report that says nothing new, and one that would undo what is
// final, change nothing. Whether money completes the session, is surplus or
// comes too late is for [Service.Settle] to say: Apply answers AttemptPaid for
// each.
//
// That a provider never heard of an attempt ends it only if its answer to Start
// was lost, and then not at once. If the provider had answered, it is our
// question that is wrong, such as credentials of another wallet.
func (a Attempt) Apply(r Report, now time.Time) (Attempt, bool) {
	if !a.Live() && a.Status != AttemptFailed && a.Status != AttemptExpired {
		return a, false // the money is here
	}
	to := a.Status
	switch r.State {
	case StatePaid:
		to = AttemptPaid
		if !r.matches(a.Amount) {
			to = AttemptMismatch
		}
	case StateFailed:
		to = AttemptFailed
	case StateExpired:
		to = AttemptExpired
	case StateMissing:
		if a.Ref != "" || now.Sub(a.CreatedAt) < missingGrace || a.Polls < missingPolls {
			return a, false
		}
		to, r.Reason = AttemptFailed, ReasonNotSent
	case StatePending:
		if a.Status == AttemptUnsure { // only Start's own answer reopens an expired one
			to = AttemptOpen
		}
	}
	b, err := a.move(to, now)
	if err != nil {
		return a.tried(r, now)
	}
	if r.Charge != "" {
		b.Charge = r.Charge
	}
	if r.Reason != "" {
		b.Reason = r.Reason
	}
	if r.State == StatePaid {
		b = b.received(r, now)
	}
	return b, true
}

// matches reports whether the money of r is what was asked for.
func (r Report) matches(asked Money) bool {
	return r.Paid == asked || r.Paid == Money{} && r.Bound
}

// received returns a with the money of r.
func (a Attempt) received(r Report, now time.Time) Attempt {
	a.Reason, a.Received, a.PaidAt = "", r.Paid, r.At
	if a.Payer.Phone == "" {
		a.Payer.Phone = r.Payer
	}
	if r.Paid == (Money{}) && r.Bound {
		a.Received, a.Asserted = a.Amount, true
	}
	if r.At.IsZero() || r.At.After(now.Add(maxSkew)) {
		a.PaidAt = now
		if !a.Until.IsZero() && a.Until.Before(now) {
			a.PaidAt = a.Until // nobody could pay after it, however late we ask
		}
	}
	return a
}

// tried returns a live attempt with the reason why its last try failed.
func (a Attempt) tried(r Report, now time.Time) (Attempt, bool) {
	if !a.Live() || r.State != StatePending || r.Reason == "" || r.Reason == a.Reason {
		return a, false
	}
	a.Reason, a.UpdatedAt = r.Reason, now
	return a, true
}
