package checkouttest

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func (t *memoryTx) AppendEvent(e checkout.Event) error {
	for _, other := range t.events {
		attempt := other.Transaction.Attempt.ID
		if other.ID == e.ID || attempt != "" && attempt == e.Transaction.Attempt.ID && other.Type == e.Type && other.Subject == e.Subject {
			return checkout.ErrExists
		}
	}
	s := t.write()
	e.Seq, e.Body = int64(len(s.events))+1, bytes.Clone(e.Body)
	s.events = append(s.events, event{Event: e, fanned: len(e.Body) > 0})
	return nil
}

func (t *memoryTx) Event(id string) (checkout.Event, error) {
	for _, e := range t.events {
		if e.ID == id {
			return t.copyOf(e), nil
		}
	}
	return checkout.Event{}, checkout.ErrNotFound
}

func (t *memoryTx) copyOf(e event) checkout.Event {
	e.Body = bytes.Clone(e.Body)
	return e.Event
}

func (t *memoryTx) ListEvents(q checkout.EventQuery) (list []checkout.Event, err error) {
	events := slices.Clone(t.events)
	if q.Newest {
		slices.Reverse(events)
	}
	for _, e := range events {
		switch {
		case len(list) == q.Limit,
			e.Transaction.Account.Number != q.Account,
			len(q.Types) > 0 && !slices.Contains(q.Types, e.Type),
			q.SessionID != "" && e.Transaction.Session.ID != q.SessionID,
			!q.From.IsZero() && e.CreatedAt.Before(q.From),
			!q.Until.IsZero() && !e.CreatedAt.Before(q.Until),
			!q.Newest && e.Seq <= q.After,
			q.Newest && q.Before != 0 && e.Seq >= q.Before:
		default:
			list = append(list, t.copyOf(e))
		}
	}
	return list, nil
}

func (t *memoryTx) UnfannedEvents(limit int) (list []checkout.Event, err error) {
	for _, e := range t.events {
		if !e.fanned && len(list) < limit {
			list = append(list, e.Event)
		}
	}
	return list, nil
}

func (t *memoryTx) FanOut(e checkout.Event, to []checkout.Endpoint, at time.Time) error {
	if e.Seq < 1 || e.Seq > int64(len(t.events)) || t.events[e.Seq-1].fanned {
		return checkout.ErrStale
	}
	s := t.write()
	kept := &s.events[e.Seq-1]
	kept.Body, kept.fanned = bytes.Clone(e.Body), true
	for _, endpoint := range to {
		t.owe(e, endpoint.ID, at)
	}
	return nil
}

func (t *memoryTx) Owe(e checkout.Event, endpoint string, at time.Time) error {
	if e.Seq < 1 || e.Seq > int64(len(t.events)) {
		return checkout.ErrNotFound
	}
	if kept := &t.write().events[e.Seq-1]; len(kept.Body) == 0 {
		kept.Body = bytes.Clone(e.Body)
	}
	t.owe(e, endpoint, at)
	return nil
}

func (t *memoryTx) owe(e checkout.Event, endpoint string, at time.Time) {
	k := owedKey{endpoint, e.Seq}
	s := t.write()
	d, known := s.owed[k]
	if d.Held {
		return
	}
	if !known {
		d = checkout.Delivery{Event: e.Seq, EndpointID: endpoint, SessionID: e.Transaction.Session.ID}
	}
	d.Status, d.Passable, d.Step, d.DueAt, d.UpdatedAt = checkout.DeliveryPending, false, 0, at, at
	for _, first := range s.owed {
		if blocks(first, d) && first.DueAt.After(d.DueAt) {
			d.DueAt = first.DueAt
		}
	}
	s.owed[k] = d
}

// blocks reports whether first must be delivered before d.
func blocks(first, d checkout.Delivery) bool {
	return d.SessionID != "" && first.Status == checkout.DeliveryPending && !first.Passable &&
		first.EndpointID == d.EndpointID && first.SessionID == d.SessionID && first.Event < d.Event
}

func (t *memoryTx) PruneBodies(before time.Time, limit int) (n int, err error) {
	old := some(indexed(t.events), func(e event) bool {
		return len(e.Body) > 0 && e.CreatedAt.Before(before) && !t.isOwed(e.Seq)
	}, func(a, b event) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Seq, b.Seq)) })
	old = page(old, 0, limit)
	for _, e := range old {
		t.write().events[e.Seq-1].Body = nil
	}
	return len(old), nil
}

// indexed returns events by their Seq.
func indexed(events []event) map[int64]event {
	m := make(map[int64]event, len(events))
	for _, e := range events {
		m[e.Seq] = e
	}
	return m
}

func (t *memoryTx) isOwed(seq int64) bool {
	for _, d := range t.owed {
		if d.Event == seq && (d.Status == checkout.DeliveryPending || d.Status == checkout.DeliveryDead) {
			return true
		}
	}
	return false
}

func (t *memoryTx) InsertEndpoint(e checkout.Endpoint) error {
	for _, other := range t.endpoints {
		if other.ID == e.ID || other.Account == e.Account && other.URL == e.URL {
			return checkout.ErrExists
		}
	}
	t.write().endpoints[e.ID] = cloned(e)
	return nil
}

func cloned(e checkout.Endpoint) checkout.Endpoint {
	e.Events, e.Old = slices.Clone(e.Events), slices.Clone(e.Old)
	return e
}

func (t *memoryTx) PutEndpoint(e checkout.Endpoint) error {
	was, ok := t.endpoints[e.ID]
	if !ok {
		return checkout.ErrNotFound
	}
	for _, other := range t.endpoints {
		if other.ID != e.ID && other.Account == was.Account && other.URL == e.URL {
			return checkout.ErrExists
		}
	}
	e.Account, e.Listener, e.CreatedAt = was.Account, was.Listener, was.CreatedAt
	t.write().endpoints[e.ID] = cloned(e)
	return nil
}

func (t *memoryTx) Endpoint(id string) (checkout.Endpoint, error) {
	e, err := find(t.endpoints, id)
	return cloned(e), err
}

// some Endpoints of the store, copied.
func (t *memoryTx) endpointsThat(keep func(checkout.Endpoint) bool, order func(a, b checkout.Endpoint) int) []checkout.Endpoint {
	list := some(t.endpoints, keep, order)
	for i := range list {
		list[i] = cloned(list[i])
	}
	return list
}

func (t *memoryTx) ListEndpoints(account int64) ([]checkout.Endpoint, error) {
	return t.endpointsThat(
		func(e checkout.Endpoint) bool { return e.Account == account && e.Status != checkout.EndpointDeleted },
		func(a, b checkout.Endpoint) int { return cmp.Compare(b.ID, a.ID) }), nil
}

func (t *memoryTx) DueEndpoints(now time.Time, offset, limit int) ([]checkout.Endpoint, error) {
	due := map[string]time.Time{}
	for _, d := range t.owed {
		first, known := due[d.EndpointID]
		if d.Status == checkout.DeliveryPending && !d.DueAt.After(now) && (!known || d.DueAt.Before(first)) {
			due[d.EndpointID] = d.DueAt
		}
	}
	list := t.endpointsThat(func(e checkout.Endpoint) bool {
		_, owed := due[e.ID]
		return owed && e.Status == checkout.EndpointActive && !e.Listener && !e.QuietUntil.After(now)
	}, func(a, b checkout.Endpoint) int { return cmp.Or(due[a.ID].Compare(due[b.ID]), cmp.Compare(a.ID, b.ID)) })
	return page(list, offset, limit), nil
}

func (t *memoryTx) CheckEndpoints(now time.Time, limit int) ([]checkout.Endpoint, error) {
	list := t.endpointsThat(func(e checkout.Endpoint) bool { return !e.CheckAt.IsZero() && !e.CheckAt.After(now) },
		func(a, b checkout.Endpoint) int { return cmp.Or(a.CheckAt.Compare(b.CheckAt), cmp.Compare(a.ID, b.ID)) })
	return page(list, 0, limit), nil
}

func (t *memoryTx) PruneEndpoint(id string, limit int) (n int, err error) {
	s := t.write()
	left := limit
	for k := range s.owed {
		if k.endpoint == id && left > 0 {
			delete(s.owed, k)
			left--
		}
	}
	deliveries := limit - left
	left = limit
	for k, v := range s.tries {
		if v.EndpointID == id && left > 0 {
			delete(s.tries, k)
			left--
		}
	}
	n = deliveries + limit - left
	if _, ok := s.endpoints[id]; ok && deliveries < limit && left > 0 {
		delete(s.endpoints, id)
		n++
	}
	return n, nil
}
