package storetest

import (
	"fmt"

	"github.com/checkoutd/checkoutd/checkout"
)

// insertAttempts inserts attempts in one transaction.
func (b *bench) insertAttempts(list ...checkout.Attempt) {
	b.Helper()
	b.update(func(tx checkout.Tx) error {
		for _, a := range list {
			if err := tx.InsertAttempt(a); err != nil {
				return err
			}
		}
		return nil
	})
}

// attempt reads an attempt that must be there.
func (b *bench) attempt(id string) checkout.Attempt {
	b.Helper()
	return read(b, func(tx checkout.Tx) (checkout.Attempt, error) { return tx.Attempt(id) })
}

func attemptCases() []testCase {
	s := session(1)
	return []testCase{
		{"every field of an attempt comes back, and what is put", func(b *bench) {
			b.insert(s)
			var a, next checkout.Attempt
			fill(&a, 1)
			a.SessionID, a.Status = s.ID, checkout.AttemptPaid
			a.Received.Amount = a.Refunding + a.Refunded
			b.insertAttempts(a)
			b.same("attempt", b.attempt(a.ID), a)
			fill(&next, 2)
			next.ID, next.Version, next.Status = a.ID, a.Version, checkout.AttemptMismatch
			next.Received.Amount = next.Refunding + next.Refunded
			b.update(func(tx checkout.Tx) error { return tx.PutAttempt(next) })
			next.Account, next.SessionID, next.CreatedAt = a.Account, a.SessionID, a.CreatedAt
			next.Version++
			b.same("attempt", b.attempt(a.ID), next)
		}},
		{"absent fields of an attempt come back absent", func(b *bench) {
			b.insert(s)
			a := checkout.Attempt{ID: "txn_1", SessionID: s.ID, Status: checkout.AttemptCreated, Amount: s.Total}
			b.insertAttempts(a)
			b.same("attempt", b.attempt(a.ID), a)
		}},
		{"an attempt can be about nothing", func(b *bench) {
			b.insert(s)
			a := attempt(1, s)
			a.Amount.Amount = 0
			b.insertAttempts(a)
			b.same("attempt", b.attempt(a.ID), a)
		}},
		{"an attempt is inserted once, for a session that exists", func(b *bench) {
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { return tx.InsertAttempt(attempt(1, s)) })
			b.insert(s)
			b.insertAttempts(attempt(1, s))
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.InsertAttempt(attempt(1, s)) })
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Attempt("txn_none"); return err })
		}},
		{"an attempt read before another put is stale", func(b *bench) {
			b.insert(s)
			b.insertAttempts(attempt(1, s))
			b.update(func(tx checkout.Tx) error { return tx.PutAttempt(attempt(1, s)) })
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return tx.PutAttempt(attempt(1, s)) })
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return tx.PutAttempt(attempt(2, s)) })
		}},
		{"an attempt is found by what its provider calls it", func(b *bench) {
			b.insert(s)
			first, second, other := attempt(1, s), attempt(2, s), attempt(3, s)
			first.Ref, first.Charge = "cos-1", "T_1"
			second.Ref, second.Charge = "cos-2", "T_1"
			other.Provider, other.Ref = "wave", "cos-2"
			own := attempt(5, s)
			own.Own, own.Ref, own.Charge = true, "cos-2", "T_2"
			b.insertAttempts(second, first, other, attempt(4, s), own)
			b.same("by ref, of a merchant's own", read(b, func(tx checkout.Tx) (checkout.Attempt, error) {
				return tx.AttemptByRef("sandbox", own.Account, "cos-2")
			}), own)
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.AttemptByRef("sandbox", own.Account+1, "cos-2"); return err })
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.AttemptByCharge("sandbox", 0, "T_2"); return err })
			b.same("by ref", read(b, func(tx checkout.Tx) (checkout.Attempt, error) { return tx.AttemptByRef("sandbox", 0, "cos-2") }), second)
			b.same("by charge", read(b, func(tx checkout.Tx) (checkout.Attempt, error) { return tx.AttemptByCharge("sandbox", 0, "T_1") }), first)
			for _, name := range []string{"", "COS-1", "T_1"} {
				b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.AttemptByRef("sandbox", 0, name); return err })
			}
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.AttemptByCharge("sandbox", 0, ""); return err })
		}},
		{"a session has one paid attempt", func(b *bench) {
			b.insert(s)
			first, second := attempt(1, s), attempt(2, s)
			first.Status = checkout.AttemptPaid
			b.insertAttempts(first, second)
			second.Status = checkout.AttemptPaid
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.PutAttempt(second) })
			third := attempt(3, s)
			third.Status = checkout.AttemptPaid
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.InsertAttempt(third) })
		}},
	}
}

func attemptListCases() []testCase {
	s := session(1)
	return []testCase{
		{"attempts of a session come oldest first", func(b *bench) {
			b.insert(s, session(2))
			b.insertAttempts(attempt(3, s), attempt(1, s), attempt(2, session(2)))
			got := read(b, func(tx checkout.Tx) ([]checkout.Attempt, error) { return tx.SessionAttempts(s.ID) })
			b.same("attempts", got, []checkout.Attempt{attempt(1, s), attempt(3, s)})
		}},
		{"due attempts come longest due first", func(b *bench) {
			b.insert(s)
			var want []checkout.Attempt
			for n := range 4 {
				a := attempt(n, s)
				a.DueAt = at(100 - n)
				want = append([]checkout.Attempt{a}, want...)
			}
			b.insertAttempts(want...)
			b.insertAttempts(attempt(9, s)) // never due
			other := attempt(8, s)
			other.Provider, other.DueAt = "wave", at(1)
			b.insertAttempts(other)
			due := func(n, limit int) []checkout.Attempt {
				return read(b, func(tx checkout.Tx) ([]checkout.Attempt, error) { return tx.DueAttempts("sandbox", at(n), limit) })
			}
			b.same("before", due(96, 9), []checkout.Attempt(nil))
			b.same("at", due(97, 9), want[:1])
			b.same("after", due(1000, 9), want)
			b.same("limited", due(1000, 2), want[:2])
		}},
		{"lists of attempts are filtered", listAttempts},
	}
}

func listAttempts(b *bench) {
	s, other := session(1), session(2)
	foreign := session(3)
	foreign.Account = 2
	b.insert(s, other, foreign)
	rows := []struct {
		session          checkout.Session
		status           checkout.AttemptStatus
		provider, method string
		currency         checkout.Currency
	}{
		0: {s, checkout.AttemptPaid, "wave", "wave", "XOF"},
		1: {s, checkout.AttemptFailed, "sandbox", "card", "EUR"},
		2: {other, checkout.AttemptPaid, "sandbox", "card_x", "EUR"},
		3: {other, checkout.AttemptOpen, "mtn", "cardyx", "XOF"},
		4: {foreign, checkout.AttemptPaid, "wave", "wave", "XOF"},
	}
	b.update(func(tx checkout.Tx) error {
		for n, r := range rows {
			a := attempt(n, r.session)
			a.Status, a.Provider, a.MethodCode, a.Amount.Currency = r.status, r.provider, r.method, r.currency
			if err := tx.InsertAttempt(a); err != nil {
				return err
			}
		}
		return nil
	})
	for i, c := range []struct {
		q    checkout.AttemptQuery
		want []int
	}{
		{checkout.AttemptQuery{}, []int{3, 2, 1, 0}},
		{checkout.AttemptQuery{Offset: 1, Limit: 2}, []int{2, 1}},
		{checkout.AttemptQuery{SessionID: s.ID}, []int{1, 0}},
		{checkout.AttemptQuery{SessionID: s.ID, Offset: 1}, []int{0}},
		{checkout.AttemptQuery{SessionID: foreign.ID}, nil},
		{checkout.AttemptQuery{Statuses: []checkout.AttemptStatus{"paid"}}, []int{2, 0}},
		{checkout.AttemptQuery{Statuses: []checkout.AttemptStatus{"open", "failed"}}, []int{3, 1}},
		{checkout.AttemptQuery{Statuses: []checkout.AttemptStatus{"pai"}}, nil},
		{checkout.AttemptQuery{SessionID: s.ID, Statuses: []checkout.AttemptStatus{"paid"}}, []int{0}},
		{checkout.AttemptQuery{Providers: []string{"wave", "mtn"}}, []int{3, 0}},
		{checkout.AttemptQuery{MethodCodes: []string{"card_x"}}, []int{2}},
		{checkout.AttemptQuery{MethodCodes: []string{"CARD"}}, nil},
		{checkout.AttemptQuery{Currencies: []checkout.Currency{"EUR"}}, []int{2, 1}},
		{checkout.AttemptQuery{From: at(1), Until: at(3)}, []int{2, 1}},
		{checkout.AttemptQuery{SessionID: s.ID, From: at(1)}, []int{1}},
	} {
		c.q.Account = 1
		if c.q.Limit == 0 {
			c.q.Limit = 10
		}
		var want, got []string
		for _, n := range c.want {
			want = append(want, attempt(n, s).ID)
		}
		for _, a := range read(b, func(tx checkout.Tx) ([]checkout.Attempt, error) { return tx.ListAttempts(c.q) }) {
			got = append(got, a.ID)
		}
		b.same(fmt.Sprint("query ", i), got, want)
	}
}
