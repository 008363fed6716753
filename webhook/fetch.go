package webhook

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// Parcel is a message that a listener fetches, for it to deliver.
type Parcel struct {
	EventID string
	Type    checkout.EventType
	Try     int64       // counts from 1
	Header  http.Header // as it is sent to an endpoint, signed
	Body    []byte
	Until   time.Time // when it is given to the next who asks, unless reported
}

// Outcome is what came of delivering a [Parcel].
type Outcome struct {
	EventID  string
	Until    time.Time // the parcel's
	Status   int       // what the receiver answered, 0 if nothing
	Response string    // the head of its answer
	Error    string    // why there was no answer
	Took     time.Duration
}

const (
	// fetchBatch is how many parcels are fetched at once.
	fetchBatch = 10

	// listenerNoted is how often it is noted that a listener fetches, so that it is
	// not forgotten.
	listenerNoted = time.Hour
)

// Fetch claims what is due to a listener, see [checkout.Service.ListenIn]. It
// comes from the same queue as what is sent, in the same order and by the same
// schedule. If nothing is due Fetch waits for up to the given time until
// something is, and then may return nothing.
//
// It returns a [checkout.Error] with CodeNotFound if the account has no listener
// with that identifier.
func (d *Dispatcher) Fetch(ctx context.Context, account checkout.Account, listener string, wait time.Duration) (parcels []Parcel, err error) {
	var claims []claim
	err = d.await(ctx, account.Number, wait, func() (bool, error) {
		if err := d.fanOut(ctx); err != nil {
			return false, err
		}
		// Most looks find nothing, and need not wait for the writer.
		if due, err := d.dueToListener(ctx, account, listener); err != nil || !due {
			return false, err
		}
		err := d.store.Update(ctx, func(tx checkout.Tx) error {
			claims = nil
			now := d.now()
			e, err := listenerOf(tx, account, listener)
			if err != nil {
				return err
			}
			if now.Sub(e.UpdatedAt) > listenerNoted {
				e.UpdatedAt = now
				if err := tx.PutEndpoint(e); err != nil {
					return err
				}
			}
			for dropped := true; err == nil && dropped && len(claims) == 0; {
				claims, dropped, err = d.claimIn(tx, listener, now, fetchBatch)
			}
			return err
		})
		return len(claims) > 0, err
	})
	for _, c := range claims {
		parcels = append(parcels, Parcel{
			EventID: c.Event.ID, Type: c.Event.Type, Try: c.Delivery.Tries + 1,
			Header: d.header(c.Owed, d.now()), Body: c.Event.Body, Until: c.until,
		})
	}
	return parcels, err
}

// fanOut makes deliveries of events that have none yet, unless somebody is at it,
// who then tells all that wait.
func (d *Dispatcher) fanOut(ctx context.Context) error {
	if !d.fanning.TryLock() {
		return nil
	}
	defer d.fanning.Unlock()
	_, _, err := d.take(ctx, newPlan(0))
	return err
}

// dueToListener reports whether there may be something to fetch, or to note.
func (d *Dispatcher) dueToListener(ctx context.Context, account checkout.Account, listener string) (due bool, err error) {
	err = d.store.View(ctx, func(tx checkout.Tx) error {
		now := d.now()
		e, err := listenerOf(tx, account, listener)
		if err != nil {
			return err
		}
		if due = now.Sub(e.UpdatedAt) > listenerNoted; due {
			return nil
		}
		event, err := tx.OldestOwed(listener)
		if errors.Is(err, checkout.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		owed, err := tx.Delivery(listener, event)
		due = owed.Status == checkout.DeliveryPending && !owed.DueAt.After(now)
		return err
	})
	return due, err
}

func listenerOf(tx checkout.Tx, account checkout.Account, id string) (checkout.Endpoint, error) {
	e, err := checkout.EndpointOf(tx, account, id)
	if err == nil && !e.Listener {
		err = &checkout.Error{Code: checkout.CodeNotFound, Message: "This webhook is no listener"}
	}
	return e, err
}

// Report writes down what came of a parcel. One that is not reported, or too
// late, is fetched again.
func (d *Dispatcher) Report(ctx context.Context, account checkout.Account, listener string, o Outcome) error {
	var c claim
	err := d.store.View(ctx, func(tx checkout.Tx) error {
		p, err := listenerOf(tx, account, listener)
		if err != nil {
			return err
		}
		e, err := checkout.EventOf(tx, account, o.EventID)
		if err != nil {
			return err
		}
		c = claim{Owed: checkout.Owed{Event: e, Endpoint: p}, until: o.Until}
		c.Delivery, err = tx.Delivery(p.ID, e.Seq)
		return err
	})
	if err != nil {
		return err
	}
	a := answer{status: o.Status, response: printable([]byte(o.Response)[:min(len(o.Response), maxHead)]), took: o.Took}
	if !a.ok() {
		a.problem = printable([]byte(o.Error)[:min(len(o.Error), maxHead)])
	}
	err = d.record(ctx, c, a)
	d.owed.tell(account.Number) // what stood behind it in its session can be fetched
	return err
}
