package checkout

import (
	"fmt"
	"slices"
	"time"
)

// settleRefund applies a provider's message about a refund: one of ours, or one
// that was made in the provider's own portal.
func (s *Service) settleRefund(tx Tx, account Account, a Attempt, sig Signal, now time.Time, fx *effects) (Attempt, error) {
	report := sig.Refund
	all, err := tx.AttemptRefunds(a.ID)
	if err != nil {
		return a, err
	}
	var r Refund
	if report.Total {
		report.Amount.Amount -= counted(a, all)
		report.Ref = ""
	} else {
		r = match(a, all, report)
	}
	if r.afterAll(report) && report.Amount == (Money{}) {
		report.Amount = r.Amount
	}
	if r.afterAll(report) && unnamed(all, report.Amount.Currency) >= report.Amount.Amount {
		// It is known already, from a total, as one of the provider's own.
		_, err := s.attribute(tx, all, report, now)
		return a, err
	}
	if r.ID == "" && report.State == RefundFailed {
		return s.foreignFailed(tx, a, all, report, now, fx)
	}
	if r.ID == "" {
		if !report.Total {
			if report.Amount.Amount, err = s.attribute(tx, all, report, now); err != nil {
				return a, err
			}
		}
		if report.Amount.Amount <= 0 {
			return a, nil // it is known already
		}
		if r, a, err = s.foreignRefund(tx, account, a, report, now, fx); err != nil || r.ID == "" {
			return a, err
		}
	}
	if _, err := s.applyRefund(tx, r, report, now, fx); err != nil {
		return a, err
	}
	return tx.Attempt(a.ID)
}

// afterAll reports whether a refund that we took to have failed has succeeded: the
// provider names it for the first time.
func (r Refund) afterAll(report RefundReport) bool {
	return r.Status == RefundFailed && r.Ref == "" && report.State == RefundSucceeded
}

// unnamed returns how much is known only from totals.
func unnamed(all []Refund, currency Currency) (n int64) {
	for _, r := range all {
		if r.isUnnamed(currency) {
			n += r.Amount.Amount
		}
	}
	return n
}

func (r Refund) isUnnamed(currency Currency) bool {
	return r.Origin == RefundByProvider && r.Ref == "" && r.Status == RefundSucceeded && r.Amount.Currency == currency
}

// counted returns how much of a total is known: what was given back or is being,
// and what the provider has accepted and then failed to give back, which older
// totals still hold.
func counted(a Attempt, all []Refund) int64 {
	n := a.Refunded + a.Refunding
	for _, r := range all {
		if r.Status == RefundFailed && r.Ref != "" && r.Amount.Currency == a.Received.Currency {
			n += r.Amount.Amount
		}
	}
	return n
}

// foreignFailed takes the news that a refund of the provider's own, of which there
// was none yet by its name, has failed. If a total held it, it is taken back from
// there; else it is written down, so that what is heard of it later changes
// nothing.
func (s *Service) foreignFailed(tx Tx, a Attempt, all []Refund, report RefundReport, now time.Time, fx *effects) (Attempt, error) {
	if report.Ref == "" || report.Amount.Amount <= 0 {
		return a, nil
	}
	if unnamed(all, report.Amount.Currency) < report.Amount.Amount {
		return a, s.noteFailed(tx, a, report, now)
	}
	if _, err := s.attribute(tx, all, report, now); err != nil {
		return a, err
	}
	all, err := tx.AttemptRefunds(a.ID)
	if err != nil {
		return a, err
	}
	for _, part := range all {
		if part.Ref == report.Ref && part.Status != RefundFailed {
			if _, err := s.applyRefund(tx, part, report, now, fx); err != nil {
				return a, err
			}
		}
	}
	return tx.Attempt(a.ID)
}

// noteFailed writes down a refund of the provider's own that has failed.
func (s *Service) noteFailed(tx Tx, a Attempt, report RefundReport, now time.Time) error {
	id, err := NewID(prefixRefund, now, s.random)
	if err != nil {
		return err
	}
	return tx.InsertRefund(Refund{
		ID: id, Account: a.Account, AttemptID: a.ID, SessionID: a.SessionID, Status: RefundFailed, Version: 1,
		Amount: report.Amount, Origin: RefundByProvider, Reason: "made in the provider's portal", Ref: report.Ref, Failure: report.Reason,
		CreatedAt: now, UpdatedAt: now,
	})
}

// match returns the refund of a that a report is about: by the provider's
// identifier, by ours, or one whose identifier nobody has named yet: one of the same
// amount that was known only from a total, or one of the whole payment, of which
// there can be but one.
func match(a Attempt, all []Refund, report RefundReport) Refund {
	for _, same := range []func(r Refund) bool{
		func(r Refund) bool { return report.Ref != "" && r.Ref == report.Ref },
		func(r Refund) bool { return report.RefundID != "" && r.ID == report.RefundID },
		func(r Refund) bool {
			return r.Ref == "" && r.Status != RefundFailed && r.Amount == report.Amount && (r.Origin == RefundByProvider || r.Amount == a.Received)
		},
	} {
		if i := slices.IndexFunc(all, same); i >= 0 {
			return all[i]
		}
	}
	return Refund{}
}

// attribute gives a single refund what was known of it only from totals, and
// returns how much of it is news.
func (s *Service) attribute(tx Tx, all []Refund, report RefundReport, now time.Time) (int64, error) {
	left := report.Amount.Amount
	for _, r := range all {
		switch {
		case left == 0 || !r.isUnnamed(report.Amount.Currency):
			continue
		case r.Amount.Amount <= left:
			r.Ref, left = report.Ref, left-r.Amount.Amount
		default: // the total was of several
			part := r
			part.Ref, part.Amount.Amount, part.Version = report.Ref, left, 1
			var err error
			if part.ID, err = NewID(prefixRefund, now, s.random); err != nil {
				return 0, err
			}
			if err := tx.InsertRefund(part); err != nil {
				return 0, err
			}
			r.Amount.Amount, left = r.Amount.Amount-left, 0
		}
		if err := tx.PutRefund(r); err != nil {
			return 0, err
		}
	}
	return left, nil
}

// foreignRefund writes a refund that was made in the provider's portal. More
// than was received cannot be given back: what is beyond is for people to see.
func (s *Service) foreignRefund(tx Tx, account Account, a Attempt, report RefundReport, now time.Time, fx *effects) (Refund, Attempt, error) {
	amount := min(report.Amount.Amount, a.Refundable())
	if amount < report.Amount.Amount || report.Amount.Currency != a.Received.Currency {
		fx.alert(Alert{Kind: AlertRefund, Provider: a.Provider, Account: account, AttemptID: a.ID, Message: fmt.Sprintf(
			"The provider reports a refund of %d %s, and only %d %s are left", report.Amount.Amount, report.Amount.Currency, a.Refundable(), a.Received.Currency)})
	}
	if amount <= 0 || report.Amount.Currency != a.Received.Currency {
		return Refund{}, a, nil
	}
	session, err := tx.Session(a.SessionID)
	if err != nil {
		return Refund{}, a, err
	}
	r, a, err := s.newRefund(tx, account, session, a, RefundParams{Amount: amount, Reason: "made in the provider's portal"}, RefundByProvider, now, fx)
	if err != nil {
		return r, a, err
	}
	if err := tx.PutAttempt(a); err != nil {
		return r, a, err
	}
	a.Version++
	return r, a, nil
}
