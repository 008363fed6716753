package webhook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

const (
	// tendBatch is how many rows of one kind a transaction tends.
	tendBatch = 500

	// tendMost is how many endpoints are tended before deliveries have their turn
	// again. Each has a transaction of its own, so that payments need not wait for
	// what one merchant gives us to do.
	tendMost = 10

	// maxHastened is how many tries of one delivery there may be by way of catching up.
	// What is refused so often is not the endpoint's outage.
	maxHastened = 30

	pruneEvery = time.Hour
)

// tend does what is to be done about endpoints: it warns of those that take
// nothing, disables them and probes them, brings forward what they missed, and
// drops what has been kept for long enough. It returns the probes to send, as many
// as there is room for, and whether it did anything. The caller owes d.tally one for
// each probe.
func (d *Dispatcher) tend(ctx context.Context, room int) (probes []claim, did bool, err error) {
	if err := d.prune(ctx); err != nil {
		return nil, false, err
	}
	todo, err := d.untended(ctx, room)
	for _, id := range todo[:min(len(todo), tendMost)] {
		if err != nil {
			break
		}
		var probe *claim
		var alert *checkout.Alert
		err = d.store.Update(ctx, func(tx checkout.Tx) (err error) {
			probe, alert, err = d.check(tx, id)
			return err
		})
		if err == nil && probe != nil {
			probes = append(probes, *probe)
			d.tally.add(1)
		}
		if err == nil && alert != nil {
			d.alert(*alert)
		}
	}
	return probes, len(todo) > 0, wrap("look at endpoints", err)
}

// untended returns the endpoints that it is time to look at. Those that have
// enough to do for now, and those that there is no room to probe, stand in nobody's
// way, however many they are.
func (d *Dispatcher) untended(ctx context.Context, room int) (todo []string, err error) {
	err = d.store.View(ctx, func(tx checkout.Tx) error {
		for limit := page; ; limit *= 2 {
			todo = nil
			probes := 0
			list, err := tx.CheckEndpoints(d.now(), limit)
			if err != nil {
				return err
			}
			for _, e := range list {
				busy, err := d.catchesUp(tx, e)
				if err != nil {
					return err
				}
				if e.Status == checkout.EndpointDisabled {
					probes++
					busy = probes > room
				}
				if !busy {
					todo = append(todo, e.ID)
				}
			}
			if len(todo) > 0 || len(list) < limit {
				return nil
			}
		}
	})
	return todo, err
}

// catchesUp reports whether an endpoint that catches up has enough to do: what
// was brought forward is not sent yet.
func (d *Dispatcher) catchesUp(tx checkout.Tx, e checkout.Endpoint) (bool, error) {
	if !e.CatchingUp() || !e.HasBegun() {
		return false, nil
	}
	event, err := tx.OldestOwed(e.ID)
	if errors.Is(err, checkout.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	owed, err := tx.Delivery(e.ID, event)
	return owed.Status == checkout.DeliveryPending && (owed.Held || !owed.DueAt.After(d.now())), err
}

// check does what is to be done about one endpoint now.
func (d *Dispatcher) check(tx checkout.Tx, id string) (probe *claim, alert *checkout.Alert, err error) {
	e, err := tx.Endpoint(id)
	if errors.Is(err, checkout.ErrNotFound) {
		return nil, nil, nil
	}
	now := d.now()
	switch {
	case err != nil || e.CheckAt.IsZero() || e.CheckAt.After(now):
		return nil, nil, err // another process did it
	case e.Status == checkout.EndpointDeleted:
		_, err := tx.PruneEndpoint(id, tendBatch)
		return nil, nil, err
	case e.Listener && now.Sub(e.UpdatedAt) >= checkout.ListenerTTL:
		return nil, nil, tx.PutEndpoint(e.Deleted(now))
	case e.Listener:
		e.CheckAt = e.UpdatedAt.Add(checkout.ListenerTTL)
		return nil, nil, tx.PutEndpoint(e)
	case e.CatchingUp():
		n, err := tx.Hasten(id, e.CatchUp, now, maxHastened, tendBatch)
		if err != nil {
			return nil, nil, err
		}
		if n > 0 {
			return nil, nil, tx.PutEndpoint(e.Begun())
		}
		e.CatchUp, e.CheckAt = time.Time{}, time.Time{}
		return nil, nil, tx.PutEndpoint(e)
	}
	e, warning, wanted := e.Checked(now)
	if warning != "" {
		alert, err = d.warning(tx, e, warning)
	}
	if err == nil && wanted {
		probe, err = d.probe(tx, e, now)
	}
	return probe, alert, errors.Join(err, tx.PutEndpoint(e))
}

// warning returns what to tell people of e.
func (d *Dispatcher) warning(tx checkout.Tx, e checkout.Endpoint, text string) (*checkout.Alert, error) {
	account, err := accountIn(tx, e.Account)
	return &checkout.Alert{
		Kind: checkout.AlertWebhook, Account: account, Endpoint: e.ID,
		Message: fmt.Sprintf("Webhook %s %s", e.ID, text),
	}, err
}

// probe claims the oldest thing that e is owed, nil if there is nothing that can
// be.
func (d *Dispatcher) probe(tx checkout.Tx, e checkout.Endpoint, now time.Time) (*claim, error) {
	event, err := tx.OldestOwed(e.ID)
	if err == nil {
		var c claim
		if c, err = d.claimOne(tx, e.ID, event, now); err == nil {
			return &c, nil
		}
	}
	if errors.Is(err, checkout.ErrNotFound) || errors.Is(err, checkout.ErrStale) {
		return nil, nil
	}
	return nil, err
}

// claimOne claims one delivery for a try beside the schedule.
func (d *Dispatcher) claimOne(tx checkout.Tx, endpoint string, event int64, now time.Time) (claim, error) {
	until := now.Add(d.lease)
	o, err := tx.ClaimDelivery(endpoint, event, now, until)
	if err != nil {
		return claim{}, err
	}
	account, err := accountIn(tx, o.Endpoint.Account)
	if err != nil {
		return claim{}, err
	}
	o.Event, err = sendable(tx, o.Event, account)
	return claim{Owed: o, until: until, extra: true}, err
}

// prune drops bodies and tries that are older than the retention.
func (d *Dispatcher) prune(ctx context.Context) error {
	now := d.now()
	since := now.Sub(time.UnixMilli(d.pruned.Load()))
	if d.retention < 0 || since >= 0 && since < pruneEvery {
		return nil
	}
	most := 0
	err := d.store.Update(ctx, func(tx checkout.Tx) error {
		before := now.Add(-d.retention)
		bodies, err := tx.PruneBodies(before, tendBatch)
		if err != nil {
			return err
		}
		tries, err := tx.PruneTries(before, tendBatch)
		most = max(bodies, tries)
		return err
	})
	if err == nil && most < tendBatch {
		d.pruned.Store(now.UnixMilli())
	}
	return wrap("prune", err)
}
