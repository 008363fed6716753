package checkouttest

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func (t *memoryTx) ClaimInbound(provider, id string, _ time.Time) (bool, error) {
	k := [2]string{provider, id}
	if t.inbound[k] {
		return false, nil
	}
	t.write().inbound[k] = true
	return true, nil
}

func (t *memoryTx) AppendEvent(e checkout.Event) error {
	for _, other := range t.events {
		attempt := other.Transaction.Attempt.ID
		if other.ID == e.ID || attempt != "" && attempt == e.Transaction.Attempt.ID && other.Type == e.Type && other.Subject == e.Subject {
			return checkout.ErrExists
		}
	}
	s := t.write()
	e.Seq, e.Body = int64(len(s.events))+1, nil
	s.events = append(s.events, event{Event: e})
	return nil
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
		due := at
		for _, first := range s.owed {
			if first.Status == checkout.DeliveryPending && first.EndpointID == endpoint.ID &&
				first.SessionID == e.Transaction.Session.ID && first.DueAt.After(due) {
				due = first.DueAt
			}
		}
		k := owedKey{endpoint.ID, e.Seq}
		if _, taken := s.owed[k]; taken {
			return checkout.ErrExists
		}
		s.owed[k] = checkout.Delivery{
			Event: e.Seq, EndpointID: endpoint.ID, SessionID: e.Transaction.Session.ID,
			Status: checkout.DeliveryPending, DueAt: due, UpdatedAt: at,
		}
	}
	return nil
}

func (t *memoryTx) InsertEndpoint(e checkout.Endpoint) error {
	for _, other := range t.endpoints {
		if other.ID == e.ID || other.Account == e.Account && other.URL == e.URL {
			return checkout.ErrExists
		}
	}
	e.Events = slices.Clone(e.Events)
	t.write().endpoints[e.ID] = e
	return nil
}

func (t *memoryTx) Endpoint(id string) (checkout.Endpoint, error) {
	e, err := find(t.endpoints, id)
	e.Events = slices.Clone(e.Events)
	return e, err
}

func (t *memoryTx) ListEndpoints(account int64) ([]checkout.Endpoint, error) {
	list := some(t.endpoints, func(e checkout.Endpoint) bool { return e.Account == account },
		func(a, b checkout.Endpoint) int { return cmp.Compare(b.ID, a.ID) })
	for i := range list {
		list[i].Events = slices.Clone(list[i].Events)
	}
	return list, nil
}

func (t *memoryTx) DeleteEndpoint(id string) error {
	if _, ok := t.endpoints[id]; !ok {
		return checkout.ErrNotFound
	}
	s := t.write()
	delete(s.endpoints, id)
	for k := range s.owed {
		if k.endpoint == id {
			delete(s.owed, k)
		}
	}
	return nil
}

func (t *memoryTx) ClaimDelivery(now, until time.Time) (checkout.Owed, error) {
	due := some(t.owed, func(d checkout.Delivery) bool {
		return d.Status == checkout.DeliveryPending && !d.DueAt.After(now) && !t.waits(d)
	}, func(a, b checkout.Delivery) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.Event, b.Event), cmp.Compare(a.EndpointID, b.EndpointID))
	})
	if len(due) == 0 {
		return checkout.Owed{}, checkout.ErrNotFound
	}
	d := due[0]
	d.DueAt = until
	t.write().owed[owedKey{d.EndpointID, d.Event}] = d
	e := t.events[d.Event-1].Event
	e.Body = bytes.Clone(e.Body)
	endpoint, err := t.Endpoint(d.EndpointID)
	return checkout.Owed{Delivery: d, Event: e, Endpoint: endpoint}, err
}

// waits reports whether an earlier delivery of the same session and endpoint is
// still owed.
func (t *memoryTx) waits(d checkout.Delivery) bool {
	for _, other := range t.owed {
		if other.Status == checkout.DeliveryPending && other.EndpointID == d.EndpointID &&
			other.SessionID == d.SessionID && other.Event < d.Event {
			return true
		}
	}
	return false
}

func (t *memoryTx) PutDelivery(d checkout.Delivery, claimed time.Time) error {
	k := owedKey{d.EndpointID, d.Event}
	was, ok := t.owed[k]
	if !ok || was.Status != checkout.DeliveryPending || !was.DueAt.Equal(claimed) {
		return checkout.ErrStale
	}
	d.SessionID = was.SessionID
	s := t.write()
	s.owed[k] = d
	for k, later := range s.owed {
		if later.Status != checkout.DeliveryPending || later.EndpointID != d.EndpointID || later.SessionID != d.SessionID || later.Event <= d.Event {
			continue
		}
		switch {
		case d.Status == checkout.DeliveryPending && later.DueAt.Before(d.DueAt):
			later.DueAt = d.DueAt
		case d.Status != checkout.DeliveryPending && later.DueAt.After(d.UpdatedAt):
			later.DueAt = d.UpdatedAt
		}
		s.owed[k] = later
	}
	return nil
}

func (t *memoryTx) ClampDue(attempts, deliveries time.Time) error {
	s := t.write()
	for k, a := range s.attempts {
		if a.DueAt.After(attempts) {
			a.DueAt = attempts
			s.attempts[k] = a
		}
	}
	for k, r := range s.refunds {
		if r.DueAt.After(attempts) {
			r.DueAt = attempts
			s.refunds[k] = r
		}
	}
	for k, d := range s.owed {
		if d.Status == checkout.DeliveryPending && d.DueAt.After(deliveries) {
			d.DueAt = deliveries
			s.owed[k] = d
		}
	}
	return nil
}

func (t *memoryTx) Deliveries(endpoint string, limit int) ([]checkout.Delivery, error) {
	list := some(t.owed, func(d checkout.Delivery) bool { return d.EndpointID == endpoint },
		func(a, b checkout.Delivery) int { return cmp.Compare(b.Event, a.Event) })
	return page(list, 0, limit), nil
}

func (t *memoryTx) NextDue(after time.Time) (next time.Time, err error) {
	sooner := func(at time.Time) {
		if at.After(after) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, s := range t.sessions {
		if s.Status == checkout.StatusOpen {
			sooner(s.ExpiresAt)
		}
	}
	for _, a := range t.attempts {
		if !a.DueAt.IsZero() {
			sooner(a.DueAt)
		}
	}
	for _, r := range t.refunds {
		if !r.DueAt.IsZero() {
			sooner(r.DueAt)
		}
	}
	for _, d := range t.owed {
		if d.Status == checkout.DeliveryPending {
			sooner(d.DueAt)
		}
	}
	return next, nil
}
