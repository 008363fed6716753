package checkouttest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func (t *memoryTx) InsertSession(s checkout.Session) error {
	if _, taken := t.sessions[s.ID]; taken {
		return checkout.ErrExists
	}
	t.write().sessions[s.ID] = s
	return nil
}

func (t *memoryTx) Session(id string) (checkout.Session, error) { return find(t.sessions, id) }

func (t *memoryTx) PutSession(s checkout.Session) error {
	was, ok := t.sessions[s.ID]
	if !ok || was.Version != s.Version {
		return checkout.ErrStale
	}
	s.Version++
	s.Account, s.CreatedAt = was.Account, was.CreatedAt
	t.write().sessions[s.ID] = s
	return nil
}

func (t *memoryTx) ListSessions(q checkout.SessionQuery) ([]checkout.Session, error) {
	list := some(t.sessions, func(s checkout.Session) bool {
		return s.Account == q.Account &&
			(q.Status == "" || s.At(q.Now).Status == q.Status) &&
			(q.From.IsZero() || !s.CreatedAt.Before(q.From)) &&
			(q.Until.IsZero() || s.CreatedAt.Before(q.Until)) &&
			(q.CustomerEmail == "" || lower(s.Customer.Email) == lower(q.CustomerEmail)) &&
			(q.ClientReference == "" || s.ClientReference == q.ClientReference) &&
			s.Metadata.Matches(q.Metadata) &&
			(q.Older == "" || s.ID < q.Older) && s.ID > q.Newer
	}, func(a, b checkout.Session) int { return cmp.Compare(b.ID, a.ID) })
	if q.Nearest {
		slices.Reverse(list)
	}
	list = page(list, q.Offset, q.Limit)
	if q.Nearest {
		slices.Reverse(list)
	}
	return list, nil
}

// lower folds the letters A to Z, as SQL engines do.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, text)
}

func (t *memoryTx) DueSessions(now time.Time, limit int) ([]checkout.Session, error) {
	list := some(t.sessions, func(s checkout.Session) bool {
		return s.Status == checkout.StatusOpen && !s.ExpiresAt.After(now)
	}, func(a, b checkout.Session) int {
		return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.ID, b.ID))
	})
	return page(list, 0, limit), nil
}

func (t *memoryTx) InsertAttempt(a checkout.Attempt) error {
	if _, ok := t.sessions[a.SessionID]; !ok {
		return checkout.ErrNotFound
	}
	if _, taken := t.attempts[a.ID]; taken || t.paidTwice(a) {
		return checkout.ErrExists
	}
	t.write().attempts[a.ID] = a
	return nil
}

// paidTwice reports whether a would be the second paid attempt of its session.
func (t *memoryTx) paidTwice(a checkout.Attempt) bool {
	if a.Status != checkout.AttemptPaid {
		return false
	}
	for _, other := range t.attempts {
		if other.Status == checkout.AttemptPaid && other.SessionID == a.SessionID && other.ID != a.ID {
			return true
		}
	}
	return false
}

func (t *memoryTx) Attempt(id string) (checkout.Attempt, error) { return find(t.attempts, id) }

func (t *memoryTx) PutAttempt(a checkout.Attempt) error {
	was, ok := t.attempts[a.ID]
	if !ok || was.Version != a.Version {
		return checkout.ErrStale
	}
	a.Version++
	a.Account, a.SessionID, a.CreatedAt = was.Account, was.SessionID, was.CreatedAt
	if t.paidTwice(a) {
		return checkout.ErrExists
	}
	t.write().attempts[a.ID] = a
	return nil
}

func (t *memoryTx) SessionAttempts(session string) ([]checkout.Attempt, error) {
	of := func(a checkout.Attempt) bool { return a.SessionID == session }
	return some(t.attempts, of, func(a, b checkout.Attempt) int { return cmp.Compare(a.ID, b.ID) }), nil
}

func (t *memoryTx) ListAttempts(q checkout.AttemptQuery) ([]checkout.Attempt, error) {
	list := some(t.attempts, func(a checkout.Attempt) bool {
		return a.Account == q.Account &&
			(q.SessionID == "" || a.SessionID == q.SessionID) &&
			(q.CustomerID == "" || a.CustomerID == q.CustomerID) &&
			oneOf(q.Statuses, a.Status) && oneOf(q.Providers, a.Provider) &&
			oneOf(q.MethodCodes, a.MethodCode) && oneOf(q.Currencies, a.Amount.Currency) &&
			(q.From.IsZero() || !a.CreatedAt.Before(q.From)) &&
			(q.Until.IsZero() || a.CreatedAt.Before(q.Until))
	}, func(a, b checkout.Attempt) int { return cmp.Compare(b.ID, a.ID) })
	return page(list, q.Offset, q.Limit), nil
}

// oneOf reports whether v is in list, or nothing is asked for.
func oneOf[V comparable](list []V, v V) bool { return len(list) == 0 || slices.Contains(list, v) }

func (t *memoryTx) AttemptByRef(provider string, own int64, ref string) (checkout.Attempt, error) {
	return t.oldest(provider, own, func(a checkout.Attempt) bool { return ref != "" && a.Ref == ref })
}

func (t *memoryTx) AttemptByCharge(provider string, own int64, charge string) (checkout.Attempt, error) {
	return t.oldest(provider, own, func(a checkout.Attempt) bool { return charge != "" && a.Charge == charge })
}

func (t *memoryTx) oldest(provider string, own int64, named func(checkout.Attempt) bool) (checkout.Attempt, error) {
	keep := func(a checkout.Attempt) bool {
		return named(a) && a.Provider == provider && a.Own == (own != 0) && (own == 0 || a.Account == own)
	}
	list := some(t.attempts, keep, func(a, b checkout.Attempt) int { return cmp.Compare(a.ID, b.ID) })
	if len(list) == 0 {
		return checkout.Attempt{}, checkout.ErrNotFound
	}
	return list[0], nil
}

func (t *memoryTx) DueAttempts(provider string, now time.Time, limit int) ([]checkout.Attempt, error) {
	list := some(t.attempts, func(a checkout.Attempt) bool {
		return a.Provider == provider && !a.DueAt.IsZero() && !a.DueAt.After(now)
	}, func(a, b checkout.Attempt) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
	})
	return page(list, 0, limit), nil
}
