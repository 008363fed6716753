package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// all asks for every session of account 1.
var all = checkout.SessionQuery{Account: 1, Limit: 1000}

// ids lists the identifiers that q finds.
func (b *bench) ids(q checkout.SessionQuery) (ids []string) {
	b.Helper()
	for _, s := range read(b, func(tx checkout.Tx) ([]checkout.Session, error) { return tx.ListSessions(q) }) {
		ids = append(ids, s.ID)
	}
	return ids
}

// finds ends the test unless q finds the sessions made at these milliseconds.
func (b *bench) finds(what string, q checkout.SessionQuery, made ...int) {
	b.Helper()
	var want []string
	for _, n := range made {
		want = append(want, session(n).ID)
	}
	b.same(what, b.ids(q), want)
}

// mixed inserts 30 sessions of every status, in a random order, and as many of
// another account. It returns the milliseconds they were made at, newest first.
func (b *bench) mixed() (made []int) {
	b.Helper()
	var list []checkout.Session
	for i := range 30 {
		n := i * 7 % 30
		s := stored(session(n), []checkout.Status{checkout.StatusOpen, checkout.StatusCompleted, checkout.StatusExpired}[n%3])
		other := s
		other.ID, other.Account = s.ID+"X", 2
		list = append(list, s, other)
	}
	b.insert(list...)
	for n := 29; n >= 0; n-- {
		made = append(made, n)
	}
	return made
}

func listCases() []testCase {
	return []testCase{
		{"a list is one account's, newest first, whole rows", func(b *bench) {
			var s checkout.Session
			fill(&s, 1)
			s.Status = checkout.StatusCompleted
			b.insert(s)
			got := read(b, func(tx checkout.Tx) ([]checkout.Session, error) {
				return tx.ListSessions(checkout.SessionQuery{Account: s.Account, Limit: 1})
			})
			b.same("sessions", got, []checkout.Session{s})
			b.finds("all", all, b.mixed()...)
		}},
		{"limit and offset cut a page out", func(b *bench) {
			made := b.mixed()
			for _, c := range []struct{ offset, limit int }{{0, 1}, {0, 30}, {3, 5}, {25, 10}, {30, 10}, {99, 1}} {
				q := all
				q.Offset, q.Limit = c.offset, c.limit
				from := min(c.offset, 30)
				b.finds(fmt.Sprintf("%+v", c), q, made[from:min(from+c.limit, 30)]...)
			}
		}},
		{"cursors bound a list", func(b *bench) {
			made := b.mixed()
			q := all
			q.Older = session(10).ID
			b.finds("older", q, made[20:]...)
			q.Newer = session(5).ID
			b.finds("between", q, 9, 8, 7, 6)
			q.Older = ""
			b.finds("newer", q, made[:24]...)
		}},
		{"nearest is the page next to newer, newest first", func(b *bench) {
			b.mixed()
			q := checkout.SessionQuery{Account: 1, Limit: 3, Newer: session(5).ID, Nearest: true}
			b.finds("nearest", q, 8, 7, 6)
			q.Offset = 2
			b.finds("with an offset", q, 10, 9, 8)
			q.Older = session(9).ID
			b.finds("with an end", q, 8)
		}},
		{"pages have no gaps either way", pagesHaveNoGaps},
		{"creation times bound a list, from inclusive, until exclusive", func(b *bench) {
			b.mixed()
			q := all
			q.From, q.Until = at(10), at(13)
			b.finds("range", q, 12, 11, 10)
			q.Nearest, q.Limit = true, 2
			b.finds("nearest", q, 11, 10)
			q.Nearest, q.Newer = false, session(11).ID
			b.finds("and newer", q, 12)
			q = all
			q.From, q.Until = at(10).Add(time.Microsecond), at(12).Add(time.Microsecond)
			b.finds("between milliseconds", q, 12, 11)
		}},
		{"status is exact to the millisecond, swept or not", statusIsExact},
		{"email is found in either case", emails},
		{"client references are found in their case", clientReferences},
		{"metadata is found by every key asked for", metadata},
	}
}

func pagesHaveNoGaps(b *bench) {
	made := b.mixed()
	for _, status := range []checkout.Status{"", checkout.StatusOpen, checkout.StatusCompleted, checkout.StatusExpired} {
		want := made
		if status != "" {
			want = slices.DeleteFunc(slices.Clone(made), func(n int) bool {
				return []checkout.Status{checkout.StatusOpen, checkout.StatusCompleted, checkout.StatusExpired}[n%3] != status
			})
		}
		q := checkout.SessionQuery{Account: 1, Status: status, Now: at(100), Limit: 4}
		var down []string
		for page := b.ids(q); len(page) > 0; page = b.ids(q) {
			down = append(down, page...)
			q.Older = page[len(page)-1]
		}
		q = checkout.SessionQuery{Account: 1, Status: status, Now: at(100), Limit: 4, Newer: session(-1).ID, Nearest: true}
		var up []string
		for page := b.ids(q); len(page) > 0; page = b.ids(q) {
			up = append(page, up...)
			q.Newer = page[0]
		}
		for i, n := range want {
			b.same("downwards", down[i], session(n).ID)
			b.same("upwards", up[i], session(n).ID)
		}
		b.same("pages", []int{len(down), len(up)}, []int{len(want), len(want)})
	}
}

func statusIsExact(b *bench) {
	s := func(n int, status checkout.Status, deadline int) checkout.Session {
		s := stored(session(n), status)
		s.ExpiresAt, s.ClientReference = at(deadline), "ref"
		return s
	}
	b.insert(
		s(1, checkout.StatusOpen, 1000), s(2, checkout.StatusOpen, 1001), s(3, checkout.StatusOpen, 1002),
		s(4, checkout.StatusCompleted, 500), s(5, checkout.StatusExpired, 500), s(6, checkout.StatusExpired, 2000),
		s(7, checkout.StatusOpen, 999),
	)
	for _, reference := range []string{"", "ref"} {
		for _, nearest := range []bool{false, true} {
			q := all
			q.Now, q.ClientReference, q.Nearest = at(1001), reference, nearest
			b.finds("any", q, 7, 6, 5, 4, 3, 2, 1)
			q.Status = checkout.StatusOpen
			b.finds("open", q, 3)
			q.Status = checkout.StatusCompleted
			b.finds("completed", q, 4)
			q.Status = checkout.StatusExpired
			b.finds("expired", q, 7, 6, 5, 2, 1)
			q.Offset, q.Limit = 1, 2
			if nearest {
				b.finds("a page of expired", q, 5, 2)
			} else {
				b.finds("a page of expired", q, 6, 5)
			}
		}
	}
}

func clientReferences(b *bench) {
	for n, reference := range []string{"A", "a", "", "A", "AB"} {
		s := session(n)
		s.ClientReference = reference
		b.insert(s)
	}
	s := session(9)
	s.Account, s.ClientReference = 2, "A"
	b.insert(s)
	q := all
	q.ClientReference = "A"
	b.finds("exact", q, 3, 0)
	q.Limit = 1
	b.finds("newest", q, 3)
	q.Nearest = true
	b.finds("nearest", q, 0)
}

func metadata(b *bench) {
	var list []checkout.Session
	for n := range 450 { // more than a store reads at once
		s := session(n)
		s.Metadata = checkout.Metadata(fmt.Sprintf(`{"even":%t,"n":"%d","x":1}`, n%2 == 0, n))
		list = append(list, s)
	}
	b.insert(list...)
	q := all
	q.Metadata = map[string]string{"n": "7"}
	b.finds("one", q, 7)
	q.Metadata = map[string]string{"n": "7", "even": "true"}
	b.finds("both", q)
	q.Metadata = map[string]string{"even": "true", "x": "1"}
	q.Offset, q.Limit = 100, 3
	b.finds("a page", q, 248, 246, 244)
	q.Nearest = true
	b.finds("nearest", q, 204, 202, 200)
	q.Newer = session(300).ID
	b.finds("nearest to newer, past the end", checkout.SessionQuery{Account: 1, Limit: 3, Offset: 73, Newer: q.Newer, Nearest: true, Metadata: q.Metadata}, 448)
	q.Metadata = map[string]string{"absent": ""}
	b.finds("no such key", q)
}

func emails(b *bench) {
	s := session(1)
	s.Customer.Email = "Awa@Example.com"
	lapsed := session(3)
	lapsed.Customer.Email, lapsed.ExpiresAt = "awa@example.com", at(4)
	b.insert(s, session(2), lapsed, stored(session(4), checkout.StatusCompleted), stored(session(5), checkout.StatusExpired))
	q := all
	q.CustomerEmail = "aWA@eXAMPLE.COM"
	b.finds("either case", q, 3, 1)
	q.Status, q.Now = checkout.StatusExpired, at(4)
	b.finds("expired", q, 3)
	q.CustomerEmail = "awa@example"
	b.finds("part of it", q)
}
