package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Settle applies what a provider says to the attempt that it names and to its
// session, and believes it. It is the only door to a completed session: the
// provider's message, the attempt, the session, the balance and the event that
// the merchant is owed are committed together or not at all.
//
// A message that was settled before, and one that says nothing new, changes
// nothing and is no error. Money that cannot complete the session is recorded,
// as surplus, late or a mismatch, and [Policy] says what becomes of it. Settle
// returns the attempt as it stands. It returns an [Error] with CodeNotFound if
// the attempt does not exist or is not the provider's, and a passing fault if
// the provider should say it again.
func (s *Service) Settle(ctx context.Context, sig Signal) (a Attempt, err error) {
	var fx effects
	err = s.insist(ctx, func(tx Tx) error {
		fx = effects{}
		account, named, err := s.named(tx, sig)
		if err != nil {
			return err
		}
		a, _, err = s.take(tx, account, named, sig, s.now(), &fx)
		return err
	})
	if err == nil {
		s.act(fx)
	}
	return a, err
}

// insist is Store.Update for what a provider has said and may not say again: it
// tries again after a passing fault.
func (s *Service) insist(ctx context.Context, fn func(tx Tx) error) (err error) {
	for range 3 {
		if err = s.store.Update(ctx, fn); CodeOf(err) != CodeUnavailable {
			return err
		}
	}
	return err
}

// Inbox names where a message came from: the same provider in test and in live
// mode are two, and so are the own ones of two merchants.
func (sig Signal) Inbox() string {
	name := Account{Livemode: sig.Livemode}.Environment() + " " + sig.Provider
	if sig.Own != 0 {
		name = fmt.Sprint(name, " ", sig.Own)
	}
	return name
}

// errForeign means that a message names an attempt that is not the sender's.
var errForeign = errors.New("checkout: the attempt is not of who sent the message")

// find returns the attempt that a message names: whosever it is by our identifier,
// only of the sender's by the provider's.
func find(tx Tx, sig Signal) (a Attempt, err error) {
	err = ErrNotFound
	if sig.AttemptID != "" {
		a, err = tx.Attempt(sig.AttemptID)
	}
	if sig.Ref != "" && errors.Is(err, ErrNotFound) {
		a, err = tx.AttemptByRef(sig.Provider, sig.Own, sig.Ref)
	}
	if sig.Charge != "" && errors.Is(err, ErrNotFound) {
		a, err = tx.AttemptByCharge(sig.Provider, sig.Own, sig.Charge)
	}
	return a, err
}

// named returns the attempt that a message names, if it is of who speaks.
func (s *Service) named(tx Tx, sig Signal) (account Account, a Attempt, err error) {
	if a, err = find(tx, sig); err != nil {
		return account, a, notFound(err, fmt.Sprintf("Transaction with ID %s not found", sig.AttemptID))
	}
	if account, err = AccountIn(tx, a.Account); err != nil {
		return account, a, err
	}
	if a.Provider != sig.Provider || account.Livemode != sig.Livemode || a.Own != (sig.Own != 0) || a.Own && a.Account != sig.Own {
		return account, a, &Error{Code: CodeNotFound, Message: fmt.Sprintf("Transaction %s is not of %s", a.ID, sig.Inbox()), Err: errForeign}
	}
	return account, a, nil
}

// take settles a message about a, once. It reports whether it is new.
func (s *Service) take(tx Tx, account Account, a Attempt, sig Signal, now time.Time, fx *effects) (_ Attempt, first bool, err error) {
	if sig.EventID != "" {
		if first, err = tx.ClaimInbound(sig.Inbox(), sig.EventID, now); err != nil || !first {
			return a, false, err
		}
	}
	switch sig.Kind {
	case SignalPayment:
		a, _, err = s.settle(tx, account, a, sig.Report, now, fx)
	case SignalRefund:
		a, err = s.settleRefund(tx, account, a, sig, now, fx)
	case SignalDispute:
		a, err = s.settleDispute(tx, account, a, sig, now, fx)
	}
	return a, true, err
}

// settle applies a report to a and its session. It reports whether a was
// written.
func (s *Service) settle(tx Tx, account Account, a Attempt, r Report, now time.Time, fx *effects) (_ Attempt, written bool, err error) {
	if r.State == StateMissing && a.Ref != "" && a.Live() {
		fx.alert(Alert{Kind: AlertMissing, Provider: a.Provider, Account: account, AttemptID: a.ID,
			Message: "The provider does not know an attempt that it had accepted: are these the credentials it was made with?"})
	}
	next, changed := a.Apply(r, now)
	if !changed && (r.Try == "" || !a.Live()) {
		return a, false, nil
	}
	session, err := tx.Session(a.SessionID)
	if err != nil {
		return a, false, err
	}
	if next.Status == AttemptPaid && session.Status != StatusCompleted && next.Received != session.Due() {
		next.Status = AttemptMismatch // the session came to something else when this attempt began
	}
	switch {
	case r.Try != "" && next.Live():
		err = s.oweTry(tx, account, session.At(now), next, r.Try, now, fx)
	case next.Status == AttemptPaid:
		next, err = s.money(tx, account, session, next, now, fx)
	case next.Status == AttemptMismatch:
		next, err = s.mismatch(tx, account, session, next, now, fx)
	case next.Status == AttemptFailed:
		err = s.owe(tx, Event{Type: EventPaymentFailed, Transaction: Transaction{Account: account, Session: session.At(now), Attempt: next}}, now, fx)
	}
	if err != nil || !changed {
		return next, false, err
	}
	if next.Status == AttemptFailed || next.Status == AttemptExpired {
		next = s.ended(tx, account, next, now)
	}
	if err := tx.PutAttempt(next); err != nil {
		return a, false, err
	}
	next.Version++
	if err := s.release(tx, session, now); err != nil {
		return next, true, err
	}
	if next.Received != (Money{}) {
		next, err = s.unpark(tx, account, next, now, fx) // a refund may have been faster
	}
	return next, true, err
}

// oweTry tells the merchant of a try that failed while the attempt can still be
// paid.
func (s *Service) oweTry(tx Tx, account Account, session Session, a Attempt, try string, now time.Time, fx *effects) error {
	err := s.owe(tx, Event{Type: EventPaymentFailed, Subject: try, Transaction: Transaction{Account: account, Session: session, Attempt: a}}, now, fx)
	if errors.Is(err, ErrExists) {
		return nil
	}
	return err
}

// money gives the session of a paid attempt its last status, if it may have it,
// and returns the attempt as it is to be written.
func (s *Service) money(tx Tx, account Account, session Session, a Attempt, now time.Time, fx *effects) (Attempt, error) {
	policy, err := s.policy(tx, account)
	if err != nil {
		return a, err
	}
	spare, err := paidFor(tx, session)
	if err != nil {
		return a, err
	}
	room, err := s.mayRedeem(tx, session)
	if err != nil {
		return a, err
	}
	old, err := outdated(tx, session)
	switch {
	case err != nil:
		return a, err
	case spare != "":
		a.Status = AttemptSurplus
		return s.hold(tx, account, session.At(now), a, policy.Surplus, now, fx)
	case !session.inTime(a) && policy.Late != RuleAccept:
		a.Status = AttemptLate
		return s.hold(tx, account, session.At(now), a, policy.Late, now, fx)
	case old, !room: // a newer session has taken its place, or others have used its coupon up since
		a.Status = AttemptLate
		return s.hold(tx, account, session.At(now), a, RuleHold, now, fx)
	}
	return a, s.complete(tx, account, session, a, now, fx)
}

// paidFor says why money for a session can only be surplus, "" if it is not.
func paidFor(tx Tx, session Session) (string, error) {
	if session.Status == StatusCompleted {
		return fmt.Sprintf("Checkout session %s is completed", session.ID), nil
	}
	by, err := takenBy(tx, session)
	if err != nil || by != "" {
		return fmt.Sprintf("Order %s is paid, by checkout session %s", session.ClientReference, by), err
	}
	full, err := linkFull(tx, session)
	if err != nil || !full {
		return "", err
	}
	return fmt.Sprintf("Payment link %s has been used as often as it may be", session.LinkID), nil
}

// mismatch deals with money of another amount or currency.
func (s *Service) mismatch(tx Tx, account Account, session Session, a Attempt, now time.Time, fx *effects) (Attempt, error) {
	policy, err := s.policy(tx, account)
	if err != nil {
		return a, err
	}
	due := session.Due()
	if policy.Excess == RuleAccept && a.Received.Currency == due.Currency && a.Received.Amount > due.Amount {
		a.Status = AttemptPaid
		return s.money(tx, account, session, a, now, fx)
	}
	return s.hold(tx, account, session.At(now), a, RuleHold, now, fx)
}

// complete writes that a session is paid by a, which its caller writes.
func (s *Service) complete(tx Tx, account Account, session Session, a Attempt, now time.Time, fx *effects) error {
	completed, err := session.Complete(a, now)
	if err != nil {
		return err
	}
	if err := s.payOrder(tx, completed, now); err != nil {
		return err
	}
	if err := s.redeem(tx, completed, a, now); err != nil {
		return err
	}
	if err := useLink(tx, completed); err != nil {
		return err
	}
	completed, changed, err := s.subscribe(tx, account, completed, now)
	if err != nil {
		return err
	}
	if err := tx.PutSession(completed); err != nil {
		return err
	}
	if a.Received.Amount != 0 {
		if err := tx.AddBalance(a.Account, a.Received, now); err != nil {
			return err
		}
	}
	t := Transaction{Account: account, Session: completed, Attempt: a}
	if err := s.owe(tx, Event{Type: EventPaymentSucceeded, Transaction: t}, now, fx); err != nil || changed == nil {
		return err
	}
	t.Subscription = &changed.after
	return s.owe(tx, Event{Type: changed.event, Subject: changed.after.ID, Transaction: t}, now, fx)
}

// hold announces money that does not complete its session, and gives it back if
// the rule and the provider allow.
func (s *Service) hold(tx Tx, account Account, session Session, a Attempt, rule Rule, now time.Time, fx *effects) (Attempt, error) {
	err := s.owe(tx, Event{Type: EventPaymentHeld, Transaction: Transaction{Account: account, Session: session, Attempt: a}}, now, fx)
	if err != nil {
		return a, err
	}
	held := func(outcome string) {
		fx.alert(Alert{Kind: AlertHeld, Provider: a.Provider, Account: account, AttemptID: a.ID, Message: fmt.Sprintf(
			"%d %s arrived for session %s (%s) and %s", a.Received.Amount, a.Received.Currency, session.ID, a.Status, outcome)})
	}
	if rule != RuleRefund || a.Received.Amount <= 0 {
		held("is held")
		return a, nil
	}
	c, err := s.connections.by(tx, account, a)
	if err != nil || !refunds(c, a, a.Received.Amount) {
		held("is held, since it cannot be given back by API")
		return a, nil
	}
	held("is being given back")
	_, a, err = s.newRefund(tx, account, session, a, RefundParams{Amount: a.Received.Amount, Reason: string(a.Status)}, RefundByPolicy, now, fx)
	return a, err
}

// Accept lets money that is held complete its session after all: too little or
// too much of it, or late. It returns an [Error] with CodeNotFound, with
// CodeConflict if the money is surplus, in another currency or not held, and with
// CodeNotOpen if the session has been completed meanwhile.
func (s *Service) Accept(ctx context.Context, account Account, id string) (a Attempt, err error) {
	var fx effects
	err = s.store.Update(ctx, func(tx Tx) error {
		fx = effects{}
		if a, err = s.transactionOf(tx, account, id); err != nil {
			return err
		}
		if a.Status == AttemptPaid || a.Status == AttemptRefunded {
			return &Error{Code: CodeConflict, Message: fmt.Sprintf("Transaction %s is %s: nothing of it is held", a.ID, a.Status)}
		}
		if a.Received.Currency != a.Amount.Currency || a.Received.Amount <= 0 || a.Refunding+a.Refunded > 0 {
			return &Error{Code: CodeConflict, Message: fmt.Sprintf("Transaction %s cannot be accepted: refund it instead", a.ID)}
		}
		now := s.now()
		if a, err = a.move(AttemptPaid, now); err != nil {
			return err
		}
		session, err := tx.Session(a.SessionID)
		if err != nil {
			return err
		}
		if spare, err := paidFor(tx, session); err != nil || spare != "" && session.Status != StatusCompleted {
			return conflictOf(err, spare)
		}
		if err := s.complete(tx, account, session, a, now, &fx); err != nil {
			return err
		}
		return tx.PutAttempt(a)
	})
	if err == nil {
		s.act(fx)
	}
	return a, err
}

func conflictOf(err error, why string) error {
	if err != nil {
		return err
	}
	return &Error{Code: CodeConflict, Message: why + ": refund it instead"}
}

// settleDispute notes a dispute, which changes nothing else.
func (s *Service) settleDispute(tx Tx, account Account, a Attempt, sig Signal, now time.Time, fx *effects) (Attempt, error) {
	d := sig.Dispute
	t := EventDisputeUpdated
	switch {
	case d.State != DisputeOpen:
		t = EventDisputeClosed
	case d.New:
		t = EventDisputeCreated
	}
	if a.Dispute == "" || a.Dispute == DisputeOpen { // what is closed stays so, whatever comes late
		a.Dispute, a.UpdatedAt = d.State, now
		if err := tx.PutAttempt(a); err != nil {
			return a, err
		}
		a.Version++
	}
	session, err := tx.Session(a.SessionID)
	if err != nil {
		return a, err
	}
	fx.alert(Alert{Kind: AlertDispute, Provider: a.Provider, Account: account, AttemptID: a.ID,
		Message: fmt.Sprintf("Dispute %s of %d %s is %s: %s", d.ID, d.Amount.Amount, d.Amount.Currency, d.State, d.Reason)})
	return a, s.owe(tx, Event{Type: t, Subject: sig.EventID, Transaction: Transaction{Account: account, Session: session.At(now), Attempt: a, Dispute: &d}}, now, fx)
}

// owe writes an event.
func (s *Service) owe(tx Tx, e Event, now time.Time, fx *effects) (err error) {
	if e.ID, err = NewID(prefixEvent, now, s.random); err != nil {
		return err
	}
	e.CreatedAt, fx.owes = now, true
	return tx.AppendEvent(e)
}
