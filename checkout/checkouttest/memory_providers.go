package checkouttest

import (
	"bytes"
	"cmp"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func (t *memoryTx) Policy(account int64) (checkout.Policy, error) { return find(t.policies, account) }

func (t *memoryTx) PutPolicy(account int64, p checkout.Policy) error {
	if _, err := t.Account(account); err != nil {
		return err
	}
	t.write().policies[account] = p
	return nil
}

func (t *memoryTx) Credentials(account int64) ([]checkout.Credentials, error) {
	return t.credentials(func(c checkout.Credentials) bool { return c.Account == account }), nil
}

func (t *memoryTx) ListCredentials() ([]checkout.Credentials, error) {
	return t.credentials(func(checkout.Credentials) bool { return true }), nil
}

func (t *memoryTx) credentials(keep func(checkout.Credentials) bool) []checkout.Credentials {
	list := some(t.secrets, keep, func(a, b checkout.Credentials) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Provider, b.Provider))
	})
	for i := range list {
		list[i].Sealed = bytes.Clone(list[i].Sealed)
	}
	return list
}

func (t *memoryTx) PutCredentials(c checkout.Credentials) error {
	if _, err := t.Account(c.Account); err != nil {
		return err
	}
	c.Sealed = bytes.Clone(c.Sealed)
	t.write().secrets[ownKey{c.Account, c.Provider}] = c
	return nil
}

func (t *memoryTx) DeleteCredentials(account int64, provider string) error {
	k := ownKey{account, provider}
	if _, ok := t.secrets[k]; !ok {
		return checkout.ErrNotFound
	}
	delete(t.write().secrets, k)
	return nil
}

func (t *memoryTx) InsertRefund(r checkout.Refund) error {
	if _, ok := t.attempts[r.AttemptID]; !ok {
		return checkout.ErrNotFound
	}
	if _, taken := t.refunds[r.ID]; taken {
		return checkout.ErrExists
	}
	t.write().refunds[r.ID] = r
	return nil
}

func (t *memoryTx) Refund(id string) (checkout.Refund, error) { return find(t.refunds, id) }

func (t *memoryTx) PutRefund(r checkout.Refund) error {
	was, ok := t.refunds[r.ID]
	if !ok || was.Version != r.Version {
		return checkout.ErrStale
	}
	r.Version++
	r.Account, r.AttemptID, r.SessionID, r.CreatedAt = was.Account, was.AttemptID, was.SessionID, was.CreatedAt
	t.write().refunds[r.ID] = r
	return nil
}

func (t *memoryTx) AttemptRefunds(attempt string) ([]checkout.Refund, error) {
	of := func(r checkout.Refund) bool { return r.AttemptID == attempt }
	return some(t.refunds, of, func(a, b checkout.Refund) int { return cmp.Compare(a.ID, b.ID) }), nil
}

func (t *memoryTx) DueRefunds(now time.Time, limit int) ([]checkout.Refund, error) {
	list := some(t.refunds, func(r checkout.Refund) bool {
		return !r.DueAt.IsZero() && !r.DueAt.After(now)
	}, func(a, b checkout.Refund) int { return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID)) })
	return page(list, 0, limit), nil
}

func (t *memoryTx) ListRefunds(q checkout.RefundQuery) ([]checkout.Refund, error) {
	return listed(t.refunds, q.Page, func(r checkout.Refund) time.Time { return r.CreatedAt }, func(r checkout.Refund) bool {
		return r.Account == q.Account && (q.AttemptID == "" || r.AttemptID == q.AttemptID) && oneOf(q.Statuses, r.Status)
	}), nil
}

func (t *memoryTx) ParkSignal(p checkout.Parked) (bool, error) {
	k := [2]string{p.Signal.Inbox(), p.Signal.EventID}
	if _, known := t.parked[k]; known {
		return false, nil
	}
	t.write().parked[k] = p
	return true, nil
}

func (t *memoryTx) TakeParked(inbox, attempt, ref, charge string) ([]checkout.Parked, error) {
	named := func(have, want string) bool { return have != "" && have == want }
	list := some(t.parked, func(p checkout.Parked) bool {
		s := p.Signal
		return s.Inbox() == inbox && (named(s.AttemptID, attempt) || named(s.Ref, ref) || named(s.Charge, charge))
	}, func(a, b checkout.Parked) int {
		return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), cmp.Compare(a.Signal.EventID, b.Signal.EventID))
	})
	for _, p := range list {
		delete(t.write().parked, [2]string{inbox, p.Signal.EventID})
	}
	return list, nil
}

func (t *memoryTx) PruneParked(before time.Time) (n int, err error) {
	for k, p := range t.parked {
		if p.ReceivedAt.Before(before) {
			delete(t.write().parked, k)
			n++
		}
	}
	return n, nil
}

func (t *memoryTx) Statement(inbox string) (checkout.Statement, error) { return find(t.read, inbox) }

func (t *memoryTx) PutStatement(inbox string, s checkout.Statement) error {
	t.write().read[inbox] = s
	return nil
}

func (t *memoryTx) OwnPending(account int64, provider string) (n int64, err error) {
	for _, a := range t.attempts {
		if a.Account != account || a.Provider != provider || !a.Own {
			continue
		}
		if !a.DueAt.IsZero() {
			n++
		}
		for _, r := range t.refunds {
			if r.AttemptID == a.ID && !r.DueAt.IsZero() {
				n++
			}
		}
	}
	return n, nil
}

func (t *memoryTx) Backlog() (b checkout.Backlog, err error) {
	pending := map[[2]string]checkout.PendingAttempts{}
	for _, a := range t.attempts {
		if a.DueAt.IsZero() {
			continue
		}
		k := [2]string{a.Provider, string(a.Status)}
		p := pending[k]
		p.Provider, p.Status = a.Provider, a.Status
		if p.Count == 0 || a.CreatedAt.Before(p.Oldest) {
			p.Oldest = a.CreatedAt
		}
		p.Count++
		pending[k] = p
	}
	b.Attempts = some(pending, func(checkout.PendingAttempts) bool { return true }, func(a, b checkout.PendingAttempts) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Status, b.Status))
	})
	for _, d := range t.owed {
		if d.Status != checkout.DeliveryPending {
			continue
		}
		e := t.endpoints[d.EndpointID]
		sent := e.Status == checkout.EndpointActive && !e.Listener
		if sent && (b.OldestDelivery.IsZero() || d.DueAt.Before(b.OldestDelivery)) {
			b.OldestDelivery = d.DueAt
		}
		b.Deliveries++
	}
	for _, e := range t.endpoints {
		switch {
		case e.Status == checkout.EndpointDisabled:
			b.Disabled++
		case e.Status == checkout.EndpointActive && e.Marks > 0:
			b.Failing++
		}
	}
	b.Parked = int64(len(t.parked))
	return b, nil
}
