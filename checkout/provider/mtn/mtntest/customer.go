package mtntest

import (
	"cmp"
	"fmt"
	"slices"
)

// The payments and refunds below are named by their X-Reference-Id or by their
// externalId, which is our identifier of the attempt or the refund.

// Approve answers the prompt of a payment with the PIN: the money moves.
func (s *Server) Approve(id string) error {
	return s.answer(id, func(p *payment) { s.finishPayment(p, successful, "") })
}

// ApproveAmount is [Server.Approve] with another amount, in minor units, or
// another currency than was asked for.
func (s *Server) ApproveAmount(id string, units int64, currency string) error {
	return s.answer(id, func(p *payment) {
		p.Amount, p.Currency = decimal(units, currency), currency
		s.finishPayment(p, successful, "")
	})
}

// failures are the reasons that POST /simulate/fail/{id}/{code} takes. Fail takes
// any.
//
// Source: momodeveloper.mtn.com, common error codes, read 2026-11-25. The first
// is MTN's word for all that it does not say.
var failures = []string{
	"INTERNAL_PROCESSING_ERROR", "APPROVAL_REJECTED", "COULD_NOT_PERFORM_TRANSACTION", "EXPIRED", "NOT_ENOUGH_FUNDS",
	"PAYEE_NOT_ALLOWED_TO_RECEIVE", "PAYEE_NOT_FOUND", "PAYER_LIMIT_REACHED", "PAYER_NOT_FOUND", "PAYMENT_NOT_APPROVED",
	"SENDER_ACCOUNT_NOT_ACTIVE", "SERVICE_UNAVAILABLE", "TRANSACTION_CANCELED", "TRANSFER_TYPE_UNKNOWN",
}

// Reject answers the prompt of a payment with no.
func (s *Server) Reject(id string) error { return s.Fail(id, "APPROVAL_REJECTED") }

// Expire ends the prompt of a payment before its five minutes.
func (s *Server) Expire(id string) error { return s.Fail(id, "EXPIRED") }

// Fail makes a payment fail for a reason of MTN's.
func (s *Server) Fail(id, reason string) error {
	return s.answer(id, func(p *payment) { s.finishPayment(p, failed, reason) })
}

// answer does what the customer does to a payment that waits.
func (s *Server) answer(id string, act func(*payment)) error {
	return s.do(func() error {
		p := s.payments[cmp.Or(s.external[id], id)]
		if p == nil {
			return fmt.Errorf("mtntest: no payment %q", id)
		}
		if p.final() {
			return fmt.Errorf("mtntest: payment %q is %s", id, p.Status)
		}
		act(p)
		return nil
	})
}

// ApproveRefund pays a refund that waits for [Config.Delay] to pass.
func (s *Server) ApproveRefund(id string) error { return s.answerRefund(id, successful, "") }

// FailRefund makes a refund that waits fail for a reason of MTN's.
func (s *Server) FailRefund(id, reason string) error { return s.answerRefund(id, failed, reason) }

func (s *Server) answerRefund(id, status, reason string) error {
	return s.do(func() error {
		f := s.refunds[cmp.Or(s.external[id], id)]
		if f == nil {
			return fmt.Errorf("mtntest: no refund %q", id)
		}
		if f.final() {
			return fmt.Errorf("mtntest: refund %q is %s", id, f.Status)
		}
		f.finish(status, reason)
		return nil
	})
}

// Payments returns every request to pay, the oldest first.
func (s *Server) Payments() []Payment {
	var all []Payment
	_ = s.do(func() error {
		for _, p := range s.sorted() {
			all = append(all, p.Payment)
		}
		return nil
	})
	return all
}

// sorted returns the payments, the oldest first. s.mu is held.
func (s *Server) sorted() []*payment {
	all := make([]*payment, 0, len(s.payments))
	for _, p := range s.payments {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *payment) int {
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.reference, b.reference))
	})
	return all
}

// Received returns what was paid of each currency, in minor units.
func (s *Server) Received() map[string]int64 {
	sums := map[string]int64{}
	_ = s.do(func() error {
		for _, p := range s.payments {
			if units, err := minor(p.Amount, p.Currency); err == nil && p.Status == successful {
				sums[p.Currency] += units
			}
		}
		return nil
	})
	return sums
}

// GivenBack returns what was given back of one payment, in minor units.
func (s *Server) GivenBack(id string) (units int64) {
	_ = s.do(func() error {
		p := s.payments[cmp.Or(s.external[id], id)]
		for _, f := range s.refunds {
			if f.of == p && p != nil && f.Status == successful {
				units += f.units
			}
		}
		return nil
	})
	return units
}

// Refunded returns what was given back of each currency, in minor units.
func (s *Server) Refunded() map[string]int64 {
	sums := map[string]int64{}
	_ = s.do(func() error {
		for _, f := range s.refunds {
			if f.Status == successful {
				sums[f.Currency] += f.units
			}
		}
		return nil
	})
	return sums
}
