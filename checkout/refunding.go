package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// maxReason bounds the reason of a refund, in bytes.
const maxReason = 500

// refundWaits is how long a refund whose answer was lost, or that is pending,
// waits before the provider is asked again; the last one repeats.
var refundWaits = []time.Duration{
	10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour,
}

// RefundParams say what is to be given back.
type RefundParams struct {
	TransactionID string
	Amount        int64  // in minor units of what was received; 0: all that is left
	Reason        string // for the merchant's own use

	// Manual records money that was paid back outside of the provider.
	Manual    bool
	Reference string // of a manual one: the merchant's own reference of it
}

// RefundIn writes, in a transaction of the caller's, that money of an attempt is
// to be given back. The provider hears of it from [Service.PushRefund], or from
// a [Sweeper] after the commit.
//
// It returns an [Error] with CodeNotFound, CodeInvalid for an amount that is not
// left, CodeConflict if nothing was paid, CodeNoRefund if the provider cannot
// give money back, and CodeNoPartial if it cannot give back a part.
func (s *Service) RefundIn(tx Tx, account Account, p RefundParams) (Refund, error) {
	a, err := s.transactionOf(tx, account, p.TransactionID)
	if err != nil {
		return Refund{}, err
	}
	left := a.Refundable()
	if p.Amount == 0 {
		p.Amount = left
	}
	var v Problems
	v.checkText("reason", p.Reason, maxReason)
	v.checkText("reference", p.Reference, maxReference)
	possible := fmt.Sprintf("amount must be from 1 to %d", left)
	if left == 0 {
		possible = "nothing is left to refund"
	}
	v.Check(a.Received.Amount <= 0 || p.Amount > 0 && p.Amount <= left, "amount", fmt.Sprintf(
		"%s: %d %s were received, %d are refunded or being refunded", possible, a.Received.Amount, a.Received.Currency, a.Refunded+a.Refunding))
	if err := v.Err(); err != nil {
		return Refund{}, err
	}
	if a.Received.Amount <= 0 {
		return Refund{}, &Error{Code: CodeConflict, Message: fmt.Sprintf("Transaction %s is %s: there is nothing to refund", a.ID, a.Status)}
	}
	origin := RefundByMerchant
	if p.Manual {
		origin = RefundByHand
	} else if err := s.canRefund(tx, account, a, p.Amount); err != nil {
		return Refund{}, err
	}
	session, err := tx.Session(a.SessionID)
	if err != nil {
		return Refund{}, err
	}
	var fx effects // what is owed is seen after the caller's commit
	r, a, err := s.newRefund(tx, account, session, a, p, origin, s.now(), &fx)
	if err != nil {
		return r, err
	}
	if err := tx.PutAttempt(a); err != nil {
		return r, err
	}
	if p.Manual {
		return s.applyRefund(tx, r, RefundReport{State: RefundSucceeded, Ref: p.Reference}, s.now(), &fx)
	}
	return r, nil
}

// Refund is RefundIn in a transaction of its own, and then PushRefund.
func (s *Service) Refund(ctx context.Context, account Account, p RefundParams) (r Refund, err error) {
	err = s.store.Update(ctx, func(tx Tx) error {
		r, err = s.RefundIn(tx, account, p)
		return err
	})
	if err != nil {
		return r, err
	}
	return s.PushRefund(ctx, r.ID)
}

// refunds reports whether amount of a can be given back through c.
func refunds(c connection, a Attempt, amount int64) bool {
	_, able := c.Provider.(Refunder)
	return able && (c.Caps().Refunds == RefundPartial || c.Caps().Refunds == RefundFull && amount == a.Received.Amount)
}

func (s *Service) canRefund(tx Tx, account Account, a Attempt, amount int64) error {
	c, err := s.connections.by(tx, account, a)
	if err != nil || !refunds(c, a, a.Received.Amount) {
		return &Error{Code: CodeNoRefund, Message: fmt.Sprintf("%s cannot refund by API; pay the money back yourself, then send this again with \"manual\": true", a.Provider), Err: err}
	}
	if !refunds(c, a, amount) {
		return &Error{Code: CodeNoPartial, Message: fmt.Sprintf("%s refunds whole payments only: %d %s", a.Provider, a.Received.Amount, a.Received.Currency)}
	}
	return nil
}

// newRefund writes the row of a refund and returns a with the money set aside;
// its caller writes a.
func (s *Service) newRefund(tx Tx, account Account, session Session, a Attempt, p RefundParams, origin RefundOrigin, now time.Time, fx *effects) (Refund, Attempt, error) {
	id, err := NewID(prefixRefund, now, s.random)
	if err != nil {
		return Refund{}, a, err
	}
	r := Refund{
		ID: id, Account: a.Account, AttemptID: a.ID, SessionID: a.SessionID, Status: RefundCreated, Version: 1,
		Amount: Money{p.Amount, a.Received.Currency}, Origin: origin, Reason: p.Reason,
		DueAt: now, CreatedAt: now, UpdatedAt: now,
	}
	a.Refunding += p.Amount
	a.UpdatedAt = now
	if err := tx.InsertRefund(r); err != nil {
		return r, a, err
	}
	t := Transaction{Account: account, Session: session.At(now), Attempt: a, Refund: &r}
	return r, a, s.owe(tx, Event{Type: EventRefundCreated, Subject: r.ID, Transaction: t}, now, fx)
}

// PushRefund asks the provider for a refund, or how it stands, and writes the
// answer down. If there is none, a [Sweeper] asks again.
func (s *Service) PushRefund(ctx context.Context, id string) (Refund, error) {
	var r Refund
	var a Attempt
	var c connection
	s.wake() // for what its creation owes
	err := s.store.Update(ctx, func(tx Tx) (err error) {
		now := s.now()
		c = connection{}
		if r, err = tx.Refund(id); err != nil || r.done() || r.DueAt.After(now) {
			return notFound(err, fmt.Sprintf("Refund with ID %s not found", id)) // or somebody asks already
		}
		if a, err = tx.Attempt(r.AttemptID); err != nil {
			return err
		}
		account, err := AccountIn(tx, r.Account)
		if err != nil {
			return err
		}
		r.DueAt = now.Add(leaseTime)
		if c, err = s.connections.by(tx, account, a); err != nil {
			r.DueAt = now.Add(longestPoll) // until somebody configures it
			c = connection{}
		}
		r.Tries++
		if err := tx.PutRefund(r); err != nil {
			return err
		}
		r.Version++
		return nil
	})
	if err != nil || r.done() || c.Provider == nil {
		return r, err
	}
	ctx = context.WithoutCancel(ctx)
	report, callErr := ask(ctx, s, c, func(ctx context.Context) (RefundReport, error) { return askRefund(ctx, c.Provider, a, r) })
	return s.refunded(ctx, r.ID, report, callErr)
}

func (r Refund) done() bool { return r.Status == RefundSucceeded || r.Status == RefundFailed }

// askRefund asks for a refund until it is accepted, and then how it stands.
func askRefund(ctx context.Context, p Provider, a Attempt, r Refund) (RefundReport, error) {
	if poller, ok := p.(RefundPoller); ok && r.Status == RefundPending {
		return poller.PollRefund(ctx, RefundOrder{a, r})
	}
	refunder, ok := p.(Refunder)
	if !ok {
		return RefundReport{}, &Declined{Reason: "refund_not_supported"}
	}
	return refunder.Refund(ctx, RefundOrder{a, r})
}

// refunded writes down what a provider answered.
func (s *Service) refunded(ctx context.Context, id string, report RefundReport, callErr error) (r Refund, err error) {
	var declined *Declined
	if errors.As(callErr, &declined) {
		report, callErr = RefundReport{State: RefundFailed, Reason: declined.Reason}, nil
	}
	var fx effects
	err = s.insist(ctx, func(tx Tx) error {
		fx = effects{}
		now := s.now()
		if r, err = tx.Refund(id); err != nil || r.done() {
			return err
		}
		r.DueAt = now.Add(refundWaits[min(int(r.Tries), len(refundWaits))-1])
		if callErr != nil {
			return tx.PutRefund(r)
		}
		r, err = s.applyRefund(tx, r, report, now, &fx)
		return err
	})
	if err == nil {
		s.act(fx)
	}
	return r, errors.Join(err, callErr)
}

// applyRefund writes what a provider says of a refund, and what it makes of the
// attempt and the balance.
func (s *Service) applyRefund(tx Tx, r Refund, report RefundReport, now time.Time, fx *effects) (Refund, error) {
	before := r.Status
	late, err := s.succeededAfterAll(tx, r, report, fx)
	if err != nil {
		return r, err
	}
	if report.Ref != "" && (before != RefundFailed || report.State != RefundPending) { // else it may yet succeed after all
		r.Ref = report.Ref
	}
	if !late && !slices.Contains(refundMoves[before], report.State) {
		return r, tx.PutRefund(r)
	}
	r.Status, r.UpdatedAt = report.State, now
	if r.done() {
		r.DueAt = time.Time{}
	}
	if r.Status == RefundFailed {
		r.Failure = report.Reason
	}
	if err := tx.PutRefund(r); err != nil {
		return r, err
	}
	r.Version++
	if !r.done() {
		return r, nil
	}
	return r, s.giveBack(tx, r, before, now, fx)
}

// giveBack changes an attempt, whose refund has come to an end, and the balance,
// and tells the merchant.
func (s *Service) giveBack(tx Tx, r Refund, before RefundStatus, now time.Time, fx *effects) error {
	a, err := tx.Attempt(r.AttemptID)
	if err != nil {
		return err
	}
	account, err := AccountIn(tx, a.Account)
	if err != nil {
		return err
	}
	session, err := tx.Session(a.SessionID)
	if err != nil {
		return err
	}
	change, event := int64(0), EventRefundFailed
	switch {
	case r.Status == RefundSucceeded:
		if before != RefundFailed { // else nothing was set aside for it any more
			a.Refunding -= r.Amount.Amount
		}
		a.Refunded += r.Amount.Amount
		change, event = -r.Amount.Amount, EventRefundCompleted
	case before == RefundSucceeded: // it came back
		a.Refunded -= r.Amount.Amount
		change = r.Amount.Amount
	default:
		a.Refunding -= r.Amount.Amount
	}
	a.UpdatedAt = now
	switch {
	case a.Refunded == a.Received.Amount:
		a.Status = AttemptRefunded
	case a.Status == AttemptRefunded:
		spare, err := paidFor(tx, session)
		if err != nil {
			return err
		}
		a.Status = unrefunded(session, a, spare != "")
	}
	if session.TransactionID == a.ID && change != 0 {
		if err := tx.AddBalance(a.Account, Money{change, a.Received.Currency}, now); err != nil {
			return err
		}
	}
	if err := tx.PutAttempt(a); err != nil {
		return err
	}
	if event == EventRefundFailed {
		fx.alert(Alert{Kind: AlertRefund, Provider: a.Provider, Account: account, AttemptID: a.ID,
			Message: fmt.Sprintf("Refund %s of %d %s failed: %s", r.ID, r.Amount.Amount, r.Amount.Currency, r.Failure)})
	}
	t := Transaction{Account: account, Session: session.At(now), Attempt: a, Refund: &r}
	if err := s.owe(tx, Event{Type: event, Subject: r.ID, Transaction: t}, now, fx); err != nil && !errors.Is(err, ErrExists) {
		return err
	}
	a.Version++
	_, err = s.unpark(tx, account, a, now, fx) // what could not be told from this one
	return err
}

// succeededAfterAll reports whether r has, and its money is to be counted. What
// the provider named and then failed stays failed, whatever comes late. If the money has been given back
// another way meanwhile, only people can help.
func (s *Service) succeededAfterAll(tx Tx, r Refund, report RefundReport, fx *effects) (bool, error) {
	if !r.afterAll(report) {
		return false, nil
	}
	a, err := tx.Attempt(r.AttemptID)
	if err != nil || (report.Amount == Money{} || report.Amount == r.Amount) && r.Amount.Amount <= a.Refundable() {
		return err == nil, err
	}
	fx.alert(Alert{Kind: AlertRefund, Provider: a.Provider, Account: Account{Number: a.Account}, AttemptID: a.ID, Message: fmt.Sprintf(
		"Refund %s was taken for failed and has succeeded; %d were given back besides", r.ID, a.Refunded+a.Refunding)})
	return false, nil
}

// unrefunded returns the status that a fully refunded attempt had before; spare
// says that its money can only be surplus, if it was not what completed session.
func unrefunded(session Session, a Attempt, spare bool) AttemptStatus {
	switch {
	case session.TransactionID == a.ID:
		return AttemptPaid
	case a.Received != a.Amount, session.Status != StatusCompleted && a.Received != session.Due():
		return AttemptMismatch
	case spare:
		return AttemptSurplus
	}
	return AttemptLate
}

// PayRefunds asks providers for the refunds that are due, at most 100, and
// reports how many.
func (s *Service) PayRefunds(ctx context.Context) (int, error) {
	var due []Refund
	err := s.store.View(ctx, func(tx Tx) (err error) {
		due, err = tx.DueRefunds(s.now(), batch)
		return err
	})
	if err != nil {
		return 0, err
	}
	return len(due), s.each(len(due), func(i int) error {
		_, err := s.PushRefund(ctx, due[i].ID)
		if errors.Is(err, ErrStale) {
			return nil // somebody else asks
		}
		return err
	})
}

// Refunds lists refunds newest first.
func (s *Service) Refunds(ctx context.Context, account Account, q RefundQuery) (list []Refund, err error) {
	q.Account = account.Number
	err = s.store.View(ctx, func(tx Tx) error {
		list, err = tx.ListRefunds(q)
		return err
	})
	return list, err
}

// RefundByID returns the account's refund with the given identifier.
func (s *Service) RefundByID(ctx context.Context, account Account, id string) (r Refund, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		r, err = tx.Refund(id)
		if err == nil && r.Account != account.Number {
			err = ErrNotFound
		}
		return notFound(err, fmt.Sprintf("Refund with ID %s not found or access denied", id))
	})
	return r, err
}
