package checkouttest

import (
	"cmp"
	"maps"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func (t *memoryTx) ClaimDeliveries(endpoint string, now, until time.Time, limit int) (list []checkout.Owed, err error) {
	due := some(t.owed, func(d checkout.Delivery) bool {
		return d.EndpointID == endpoint && d.Status == checkout.DeliveryPending && !d.DueAt.After(now) && !t.waitsFor(d, anything)
	}, func(a, b checkout.Delivery) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.Event, b.Event))
	})
	claimed := map[owedKey]checkout.Delivery{}
	for _, d := range page(due, 0, limit) {
		d.Held, d.DueAt = true, until
		claimed[owedKey{d.EndpointID, d.Event}] = d
	}
	for k, d := range claimed {
		t.write().owed[k] = d
	}
	byEvent := func(a, b checkout.Delivery) int { return cmp.Compare(a.Event, b.Event) }
	for _, d := range some(claimed, func(checkout.Delivery) bool { return true }, byEvent) {
		t.follow(d, until)
		list = append(list, t.owedOf(d))
	}
	return list, nil
}

func (t *memoryTx) owedOf(d checkout.Delivery) checkout.Owed {
	full := t.copyOf(t.events[d.Event-1])
	e := checkout.Event{Seq: full.Seq, ID: full.ID, Type: full.Type, CreatedAt: full.CreatedAt, Body: full.Body}
	e.Transaction.Account.Number = full.Transaction.Account.Number
	endpoint, _ := t.Endpoint(d.EndpointID)
	return checkout.Owed{Delivery: d, Event: e, Endpoint: endpoint}
}

func (t *memoryTx) ClaimDelivery(endpoint string, event int64, now, until time.Time) (checkout.Owed, error) {
	k := owedKey{endpoint, event}
	d, err := find(t.owed, k)
	if err != nil {
		return checkout.Owed{}, err
	}
	if d.Held && d.DueAt.After(now) {
		return checkout.Owed{}, checkout.ErrStale
	}
	o := t.owedOf(d)
	d.Held, d.DueAt, d.Status = true, until, checkout.DeliveryPending
	t.write().owed[k] = d
	return o, nil
}

func (t *memoryTx) OldestOwed(endpoint string) (int64, error) {
	pending := some(t.owed, func(d checkout.Delivery) bool {
		return d.EndpointID == endpoint && d.Status == checkout.DeliveryPending
	}, func(a, b checkout.Delivery) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.Event, b.Event))
	})
	dead := some(t.owed, func(d checkout.Delivery) bool {
		return d.EndpointID == endpoint && d.Status == checkout.DeliveryDead &&
			(len(pending) == 0 || d.SessionID == pending[0].SessionID && d.Event < pending[0].Event)
	}, func(a, b checkout.Delivery) int {
		if len(pending) == 0 {
			return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), cmp.Compare(a.Event, b.Event))
		}
		return cmp.Compare(a.Event, b.Event)
	})
	if list := append(dead, pending...); len(list) > 0 {
		return list[0].Event, nil
	}
	return 0, checkout.ErrNotFound
}

func (t *memoryTx) PutDelivery(d checkout.Delivery, claimed time.Time) error {
	k := owedKey{d.EndpointID, d.Event}
	was, ok := t.owed[k]
	if !ok || !was.Held || !was.DueAt.Equal(claimed) {
		return checkout.ErrStale
	}
	d.SessionID, d.Held = was.SessionID, false
	t.write().owed[k] = d
	t.follow(d, claimed)
	return nil
}

// follow moves what must be delivered after d, which is or was claimed until then:
// it waits with it, or need wait no more.
func (t *memoryTx) follow(d checkout.Delivery, claimed time.Time) {
	s := t.write()
	holds, now := d.Status == checkout.DeliveryPending && !d.Passable, d.UpdatedAt
	stays := func(d checkout.Delivery) bool {
		return d.DueAt.After(now) && (d.Held || d.Step > 0 && !d.DueAt.Equal(claimed))
	}
	moved := map[owedKey]checkout.Delivery{}
	for k, later := range s.owed {
		if later.Status != checkout.DeliveryPending || later.Held || later.EndpointID != d.EndpointID || later.SessionID != d.SessionID || d.SessionID == "" || later.Event <= d.Event {
			continue
		}
		switch {
		case holds && later.DueAt.Before(d.DueAt):
			later.DueAt = d.DueAt
		case !holds && later.DueAt.After(now) && !stays(later) && !t.waitsFor(later, stays):
			later.DueAt = now
		default:
			continue
		}
		moved[k] = later
	}
	maps.Copy(s.owed, moved)
}

func anything(checkout.Delivery) bool { return true }

// waitsFor reports whether any of these must go before d.
func (t *memoryTx) waitsFor(d checkout.Delivery, any func(first checkout.Delivery) bool) bool {
	for _, first := range t.owed {
		if blocks(first, d) && any(first) {
			return true
		}
	}
	return false
}

func (t *memoryTx) Hasten(endpoint string, since, now time.Time, often int64, limit int) (int, error) {
	may := func(d checkout.Delivery) bool {
		return d.EndpointID == endpoint && !d.UpdatedAt.After(since) && d.Tries < often
	}
	stays := func(d checkout.Delivery) bool { return d.DueAt.After(now) && (d.Held || !may(d)) }
	pending := some(t.owed, func(d checkout.Delivery) bool {
		return may(d) && d.Status == checkout.DeliveryPending && d.DueAt.After(now) && !d.Held && !t.waitsFor(d, stays)
	}, func(a, b checkout.Delivery) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.Event, b.Event))
	})
	dead := some(t.owed, func(d checkout.Delivery) bool { return may(d) && d.Status == checkout.DeliveryDead },
		func(a, b checkout.Delivery) int {
			return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), cmp.Compare(a.Event, b.Event))
		})
	list := page(append(dead, pending...), 0, limit)
	for _, d := range list {
		if d.Step = max(d.Step-1, 0); d.Status == checkout.DeliveryDead {
			d.Step, d.Passable = 0, false
		}
		d.Status, d.DueAt = checkout.DeliveryPending, now
		t.write().owed[owedKey{d.EndpointID, d.Event}] = d
	}
	return len(list), nil
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
	for k, e := range s.endpoints {
		if e.QuietUntil.After(deliveries) {
			e.QuietUntil = deliveries
			s.endpoints[k] = e
		}
	}
	return nil
}

func (t *memoryTx) Deliveries(endpoint string, limit int) ([]checkout.Delivery, error) {
	list := some(t.owed, func(d checkout.Delivery) bool { return d.EndpointID == endpoint },
		func(a, b checkout.Delivery) int { return cmp.Compare(b.Event, a.Event) })
	return page(list, 0, limit), nil
}

func (t *memoryTx) Delivery(endpoint string, event int64) (checkout.Delivery, error) {
	return find(t.owed, owedKey{endpoint, event})
}

func (t *memoryTx) InsertTry(v checkout.Try) error {
	if _, taken := t.tries[v.ID]; taken {
		return checkout.ErrExists
	}
	t.write().tries[v.ID] = v
	return nil
}

func (t *memoryTx) Try(id string) (checkout.Try, error) { return find(t.tries, id) }

func (t *memoryTx) ListTries(q checkout.TryQuery) ([]checkout.Try, error) {
	list := some(t.tries, func(v checkout.Try) bool {
		return v.EndpointID == q.EndpointID && (q.EventID == "" || v.EventID == q.EventID) && (q.OK == nil || *q.OK == v.OK())
	}, func(a, b checkout.Try) int { return cmp.Compare(b.ID, a.ID) })
	return page(list, q.Offset, q.Limit), nil
}

func (t *memoryTx) PruneTries(before time.Time, limit int) (int, error) {
	floor := checkout.IDFloor(checkout.PrefixTry, before)
	old := some(t.tries, func(v checkout.Try) bool { return v.ID < floor }, func(a, b checkout.Try) int { return cmp.Compare(a.ID, b.ID) })
	old = page(old, 0, limit)
	for _, v := range old {
		delete(t.write().tries, v.ID)
	}
	return len(old), nil
}
