package storetest

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// refund returns a new refund of a that is made at(n).
func refund(n int, a checkout.Attempt) checkout.Refund {
	return checkout.Refund{
		ID: checkout.IDFloor("re_", at(n)), Account: a.Account, AttemptID: a.ID, SessionID: a.SessionID,
		Status: checkout.RefundCreated, Version: 1, Amount: a.Amount, CreatedAt: at(n), UpdatedAt: at(n),
	}
}

// parked returns a message about the attempt, the reference or the charge of
// those names.
func parked(n int, event, attempt, ref, charge string) checkout.Parked {
	return checkout.Parked{ReceivedAt: at(n), Signal: checkout.Signal{
		Provider: "wave", Livemode: true, EventID: event, AttemptID: attempt, Ref: ref, Charge: charge,
		Report: checkout.Report{State: checkout.StatePaid, Paid: checkout.Money{Amount: 5, Currency: checkout.XOF}, At: at(n)},
	}}
}

func refundCases() []testCase {
	s := session(1)
	a := attempt(1, s)
	insert := func(b *bench, list ...checkout.Refund) {
		b.update(func(tx checkout.Tx) error {
			for _, r := range list {
				if err := tx.InsertRefund(r); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return []testCase{
		{"every field of a refund comes back, and what is put", func(b *bench) {
			b.insert(s)
			b.insertAttempts(a)
			var r, next checkout.Refund
			fill(&r, 1)
			r.AttemptID, r.Status = a.ID, checkout.RefundCreated
			insert(b, r)
			b.same("refund", read(b, func(tx checkout.Tx) (checkout.Refund, error) { return tx.Refund(r.ID) }), r)
			fill(&next, 2)
			next.ID, next.Version, next.Status = r.ID, r.Version, checkout.RefundFailed
			b.update(func(tx checkout.Tx) error { return tx.PutRefund(next) })
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return tx.PutRefund(next) })
			next.Account, next.AttemptID, next.SessionID, next.CreatedAt = r.Account, r.AttemptID, r.SessionID, r.CreatedAt
			next.Version++
			b.same("refund", read(b, func(tx checkout.Tx) (checkout.Refund, error) { return tx.Refund(r.ID) }), next)
		}},
		{"a refund is inserted once, for an attempt that exists", func(b *bench) {
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { return tx.InsertRefund(refund(1, a)) })
			b.insert(s)
			b.insertAttempts(a)
			insert(b, refund(1, a))
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.InsertRefund(refund(1, a)) })
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Refund("re_none"); return err })
		}},
		{"refunds are listed and fall due in order", func(b *bench) {
			b.insert(s)
			b.insertAttempts(a, attempt(2, s))
			first, second, other := refund(1, a), refund(2, a), refund(3, attempt(2, s))
			first.DueAt, second.Status, other.DueAt = at(60), checkout.RefundSucceeded, at(50)
			insert(b, second, first, other)
			list := func(q checkout.RefundQuery) []checkout.Refund {
				q.Account, q.Limit = 1, 10
				return read(b, func(tx checkout.Tx) ([]checkout.Refund, error) { return tx.ListRefunds(q) })
			}
			b.same("all", list(checkout.RefundQuery{}), []checkout.Refund{other, second, first})
			b.same("by status", list(checkout.RefundQuery{Statuses: []checkout.RefundStatus{checkout.RefundSucceeded}}), []checkout.Refund{second})
			b.same("by time", list(checkout.RefundQuery{Page: checkout.Page{From: at(2), Until: at(3)}}), []checkout.Refund{second})
			b.same("of an attempt", read(b, func(tx checkout.Tx) ([]checkout.Refund, error) { return tx.AttemptRefunds(a.ID) }), []checkout.Refund{first, second})
			due := func(n, limit int) []checkout.Refund {
				return read(b, func(tx checkout.Tx) ([]checkout.Refund, error) { return tx.DueRefunds(at(n), limit) })
			}
			b.same("before", due(49, 9), []checkout.Refund(nil))
			b.same("after", due(60, 9), []checkout.Refund{other, first})
			b.same("limited", due(60, 1), []checkout.Refund{other})
			b.same("next due", read(b, func(tx checkout.Tx) (time.Time, error) { return tx.NextDue(at(50)) }), at(60))
			b.update(func(tx checkout.Tx) error { return tx.ClampDue(at(55), at(55)) })
			b.same("clamped", len(due(55, 9)), 2)
		}},
		{"a balance shrinks by what is given back", func(b *bench) {
			b.update(func(tx checkout.Tx) error {
				return tx.AddBalance(1, checkout.Money{Amount: 700, Currency: checkout.XOF}, at(1))
			})
			b.update(func(tx checkout.Tx) error {
				return tx.AddBalance(1, checkout.Money{Amount: -200, Currency: checkout.XOF}, at(2))
			})
			got := read(b, func(tx checkout.Tx) ([]checkout.Balance, error) { return tx.Balances(1) })
			b.same("balance", got, []checkout.Balance{{Total: checkout.Money{Amount: 500, Currency: checkout.XOF}, UpdatedAt: at(2)}})
		}},
	}
}

func parkedCases() []testCase {
	inbox := parked(1, "", "", "", "").Signal.Inbox()
	take := func(b *bench, inbox, attempt, ref, charge string) (list []checkout.Parked) {
		b.update(func(tx checkout.Tx) (err error) {
			list, err = tx.TakeParked(inbox, attempt, ref, charge)
			return err
		})
		return list
	}
	park := func(b *bench, p checkout.Parked) (first bool) {
		b.update(func(tx checkout.Tx) (err error) {
			first, err = tx.ParkSignal(p)
			return err
		})
		return first
	}
	return []testCase{
		{"a message is parked once and taken once", func(b *bench) {
			var p checkout.Parked
			fill(&p, 1)
			b.same("new", park(b, p), true)
			b.same("again", park(b, p), false)
			b.same("taken", take(b, p.Signal.Inbox(), p.Signal.AttemptID, "", ""), []checkout.Parked{p})
			b.same("taken again", take(b, p.Signal.Inbox(), p.Signal.AttemptID, "", ""), []checkout.Parked(nil))
		}},
		{"parked messages are found by any of their names, in their inbox", func(b *bench) {
			byAttempt, byRef, byCharge := parked(3, "e1", "txn_1", "", ""), parked(2, "e2", "", "cos-1", ""), parked(1, "e3", "", "", "T_1")
			for _, p := range []checkout.Parked{byAttempt, byRef, byCharge, parked(4, "e4", "txn_2", "cos-2", "T_2")} {
				park(b, p)
			}
			b.same("elsewhere", take(b, "test wave", "txn_1", "cos-1", "T_1"), []checkout.Parked(nil))
			b.same("without a name", take(b, inbox, "", "", ""), []checkout.Parked(nil))
			b.same("by all names", take(b, inbox, "txn_1", "cos-1", "T_1"), []checkout.Parked{byCharge, byRef, byAttempt})
		}},
		{"old parked messages are dropped", func(b *bench) {
			park(b, parked(1, "e1", "txn_1", "", ""))
			park(b, parked(2, "e2", "txn_1", "", ""))
			b.update(func(tx checkout.Tx) error {
				n, err := tx.PruneParked(at(2))
				b.same("dropped", n, 1)
				return err
			})
			b.same("left", len(take(b, inbox, "txn_1", "", "")), 1)
		}},
		{"how far a statement was read is kept", func(b *bench) {
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Statement(inbox); return err })
			for _, s := range []checkout.Statement{{TriedAt: at(1)}, {TriedAt: at(2), ReadTo: at(1)}} {
				b.update(func(tx checkout.Tx) error { return tx.PutStatement(inbox, s) })
				b.same("read", read(b, func(tx checkout.Tx) (checkout.Statement, error) { return tx.Statement(inbox) }), s)
			}
		}},
		{"what own credentials alone can ask about is counted", func(b *bench) {
			s := session(1)
			b.insert(s)
			due, done, others, shared := attempt(1, s), attempt(2, s), attempt(3, s), attempt(4, s)
			due.Own, done.Own, others.Own = true, true, true
			due.DueAt, others.DueAt, shared.DueAt = at(9), at(9), at(9)
			others.Provider = "wave"
			b.insertAttempts(due, done, others, shared)
			r := refund(5, done)
			r.DueAt = at(9)
			b.update(func(tx checkout.Tx) error { return tx.InsertRefund(r) })
			count := func(account int64, provider string) int64 {
				return read(b, func(tx checkout.Tx) (int64, error) { return tx.OwnPending(account, provider) })
			}
			b.same("of one provider", count(1, "sandbox"), int64(2))
			b.same("of another", count(1, "wave"), int64(1))
			b.same("of another account", count(2, "sandbox"), int64(0))
		}},
	}
}

func settingCases() []testCase {
	return []testCase{
		{"a policy is kept for an account that exists", func(b *bench) {
			_, live := b.accounts(1)
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Policy(live.Number); return err })
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { return tx.PutPolicy(99, checkout.Policy{}) })
			for seed := range 2 {
				var p checkout.Policy
				fill(&p, seed)
				b.update(func(tx checkout.Tx) error { return tx.PutPolicy(live.Number, p) })
				b.same("policy", read(b, func(tx checkout.Tx) (checkout.Policy, error) { return tx.Policy(live.Number) }), p)
			}
		}},
		{"credentials are kept for an account that exists", func(b *bench) {
			test, live := b.accounts(1)
			c := func(account int64, provider string, n int) checkout.Credentials {
				return checkout.Credentials{Account: account, Provider: provider, Sealed: []byte{0, byte(n), 255}, UpdatedAt: at(n)}
			}
			put := func(c checkout.Credentials) {
				b.update(func(tx checkout.Tx) error { return tx.PutCredentials(c) })
			}
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { return tx.PutCredentials(c(99, "wave", 1)) })
			put(c(live.Number, "wave", 1))
			put(c(live.Number, "mtn", 2))
			put(c(test.Number, "wave", 3))
			put(c(live.Number, "wave", 4))
			of := func(account int64) []checkout.Credentials {
				return read(b, func(tx checkout.Tx) ([]checkout.Credentials, error) { return tx.Credentials(account) })
			}
			b.same("of one", of(live.Number), []checkout.Credentials{c(live.Number, "mtn", 2), c(live.Number, "wave", 4)})
			b.same("of all", len(read(b, func(tx checkout.Tx) ([]checkout.Credentials, error) { return tx.ListCredentials() })), 3)
			b.update(func(tx checkout.Tx) error { return tx.DeleteCredentials(live.Number, "wave") })
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { return tx.DeleteCredentials(live.Number, "wave") })
			b.same("left", of(live.Number), []checkout.Credentials{c(live.Number, "mtn", 2)})
		}},
		{"the backlog counts what has not come to an end", func(b *bench) {
			s := session(1)
			b.insert(s)
			unsure, open, done := attempt(2, s), attempt(3, s), attempt(4, s)
			unsure.Status, unsure.DueAt = checkout.AttemptUnsure, at(9)
			open.Status, open.DueAt = checkout.AttemptOpen, at(9)
			second := attempt(5, s)
			second.Status, second.DueAt = checkout.AttemptUnsure, at(9)
			b.insertAttempts(second, unsure, open, done)
			b.update(func(tx checkout.Tx) error { _, err := tx.ParkSignal(parked(1, "e1", "txn_x", "", "")); return err })
			got := read(b, func(tx checkout.Tx) (checkout.Backlog, error) { return tx.Backlog() })
			b.same("backlog", got, checkout.Backlog{Parked: 1, Attempts: []checkout.PendingAttempts{
				{Provider: "sandbox", Status: checkout.AttemptOpen, Count: 1, Oldest: open.CreatedAt},
				{Provider: "sandbox", Status: checkout.AttemptUnsure, Count: 2, Oldest: unsure.CreatedAt},
			}})
		}},
	}
}
