package storetest

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func sessionCases() []testCase {
	return []testCase{
		{"every field of a session comes back", func(b *bench) {
			var s checkout.Session
			fill(&s, 1)
			s.Status = checkout.StatusCompleted
			b.insert(s)
			got := read(b, func(tx checkout.Tx) (checkout.Session, error) { return tx.Session(s.ID) })
			b.same("session", got, s)
		}},
		{"absent fields of a session come back absent", func(b *bench) {
			s := checkout.Session{ID: "cs_1", Status: checkout.StatusOpen, Total: checkout.Money{Amount: 1, Currency: "XOF"}, Quantity: 1}
			b.insert(s)
			b.same("session", read(b, func(tx checkout.Tx) (checkout.Session, error) { return tx.Session(s.ID) }), s)
		}},
		{"a stopped clock's first instant comes back", func(b *bench) {
			s := session(1)
			s.CreatedAt = time.UnixMilli(0).UTC()
			b.insert(s)
			b.same("session", read(b, func(tx checkout.Tx) (checkout.Session, error) { return tx.Session(s.ID) }), s)
		}},
		{"unknown sessions are not found, in any case", func(b *bench) {
			s := session(1)
			s.ID = "cs_ABC"
			b.insert(s)
			for _, id := range []string{"", "cs_abc", "cs_AB", "cs_ABC "} {
				b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Session(id); return err })
			}
		}},
		{"a session is inserted once", func(b *bench) {
			b.insert(session(1))
			s := session(1)
			s.Account = 2
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.InsertSession(s) })
		}},
		{"putting a session writes every field but where and when it was made", func(b *bench) {
			var s, next checkout.Session
			fill(&s, 1)
			s.Status = checkout.StatusCompleted
			b.insert(s)
			fill(&next, 2)
			next.ID, next.Version, next.Status = s.ID, s.Version, s.Status
			b.update(func(tx checkout.Tx) error { return tx.PutSession(next) })
			next.Account, next.CreatedAt = s.Account, s.CreatedAt
			next.Version++
			b.same("session", read(b, func(tx checkout.Tx) (checkout.Session, error) { return tx.Session(s.ID) }), next)
		}},
		{"a session read before another put is stale", func(b *bench) {
			s := session(1)
			b.insert(s)
			b.update(func(tx checkout.Tx) error { return tx.PutSession(s) })
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return tx.PutSession(s) })
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return tx.PutSession(session(2)) })
		}},
		{"due sessions are the open ones, longest due first", dueSessions},
	}
}

func dueSessions(b *bench) {
	var want []checkout.Session
	for n := range 5 {
		s := session(n)
		s.ExpiresAt = at(100 - n)
		want = append([]checkout.Session{s}, want...)
		b.insert(s)
	}
	b.insert(stored(session(50), checkout.StatusCompleted), stored(session(51), checkout.StatusExpired))
	due := func(n, limit int) []checkout.Session {
		return read(b, func(tx checkout.Tx) ([]checkout.Session, error) { return tx.DueSessions(at(n), limit) })
	}
	b.same("before the first deadline", due(95, 10), []checkout.Session(nil))
	b.same("at it", due(96, 10), want[:1])
	b.same("later", due(98, 10), want[:3])
	b.same("limited", due(200, 2), want[:2])
}
