package store

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) ClaimDeliveries(endpoint string, now, until time.Time, limit int) ([]checkout.Owed, error) {
	rows, err := t.q.ClaimDeliveries(t.ctx, sqlitedb.ClaimDeliveriesParams{
		EndpointID: endpoint, Now: row.Millis(now), Until: row.Millis(until), Max: int64(limit),
	})
	if err != nil || len(rows) == 0 {
		return nil, mapErr(err)
	}
	slices.SortFunc(rows, func(a, b sqlitedb.Delivery) int { return cmp.Compare(a.Event, b.Event) })
	e, err := t.Endpoint(endpoint)
	if err != nil {
		return nil, err
	}
	list := make([]checkout.Owed, len(rows))
	for i, r := range rows {
		d := row.Delivery(r).Domain()
		if list[i], err = t.owed(d, e); err != nil {
			return nil, err
		}
		if err := t.follow(d, until); err != nil {
			return nil, err
		}
	}
	return list, mapErr(t.q.Queue(t.ctx, endpoint))
}

func (t txn) ClaimDelivery(endpoint string, event int64, now, until time.Time) (checkout.Owed, error) {
	d, err := t.Delivery(endpoint, event)
	if err != nil {
		return checkout.Owed{}, err
	}
	err = mustChange(t.q.ClaimDelivery(t.ctx, sqlitedb.ClaimDeliveryParams{
		EndpointID: endpoint, Event: event, Now: row.Millis(now), Until: row.Millis(until),
	}))
	if err != nil {
		return checkout.Owed{}, err
	}
	e, err := t.Endpoint(endpoint)
	if err != nil {
		return checkout.Owed{}, err
	}
	o, err := t.owed(d, e)
	return o, errors.Join(err, mapErr(t.q.Queue(t.ctx, endpoint)))
}

// owed returns what is needed to send d.
func (t txn) owed(d checkout.Delivery, endpoint checkout.Endpoint) (checkout.Owed, error) {
	r, err := t.q.OwedEvent(t.ctx, d.Event)
	if err != nil {
		return checkout.Owed{}, mapErr(err)
	}
	e := checkout.Event{Seq: d.Event, ID: r.ID, Type: checkout.EventType(r.Type), CreatedAt: row.At(r.CreatedAt), Body: r.Body}
	e.Transaction.Account.Number = r.Account
	return checkout.Owed{Delivery: d, Event: e, Endpoint: endpoint}, nil
}

func (t txn) OldestOwed(endpoint string) (int64, error) {
	first, err := t.q.OldestPending(t.ctx, endpoint)
	if mapErr(err) == checkout.ErrNotFound {
		event, err := t.q.OldestDead(t.ctx, endpoint)
		return event, mapErr(err)
	}
	if err != nil {
		return 0, mapErr(err)
	}
	event, err := t.q.DeadBefore(t.ctx, sqlitedb.DeadBeforeParams{EndpointID: endpoint, SessionID: first.SessionID, Event: first.Event})
	if mapErr(err) == checkout.ErrNotFound {
		return first.Event, nil
	}
	return event, mapErr(err)
}

func (t txn) PutDelivery(d checkout.Delivery, claimed time.Time) error {
	r := row.FromDelivery(d)
	err := mustChange(t.q.PutDelivery(t.ctx, sqlitedb.PutDeliveryParams{
		EndpointID: r.EndpointID, Event: r.Event, Claimed: row.Millis(claimed),
		Status: r.Status, Passable: r.Passable, Tries: r.Tries, Step: r.Step, DueAt: r.DueAt,
		LastStatus: r.LastStatus, LastError: r.LastError, UpdatedAt: r.UpdatedAt,
	}))
	if err != nil {
		return err
	}
	if err := t.follow(d, claimed); err != nil {
		return err
	}
	return mapErr(t.q.Queue(t.ctx, d.EndpointID))
}

// follow moves what must be delivered after d, which is or was claimed until then:
// it waits with it, or need wait no more.
func (t txn) follow(d checkout.Delivery, claimed time.Time) error {
	if d.Status == checkout.DeliveryPending && !d.Passable {
		return mapErr(t.q.HoldBack(t.ctx, sqlitedb.HoldBackParams{
			EndpointID: d.EndpointID, SessionID: d.SessionID, Event: d.Event, DueAt: row.Millis(d.DueAt),
		}))
	}
	return mapErr(t.q.Release(t.ctx, sqlitedb.ReleaseParams{
		EndpointID: d.EndpointID, SessionID: d.SessionID, Event: d.Event, Now: row.Millis(d.UpdatedAt), Claimed: row.Millis(claimed),
	}))
}

func (t txn) Hasten(endpoint string, since, now time.Time, often int64, limit int) (int, error) {
	p := sqlitedb.HastenDeadParams{
		EndpointID: endpoint, Since: row.Millis(since), Now: row.Millis(now), Often: often, Max: int64(limit),
	}
	dead, err := t.q.HastenDead(t.ctx, p)
	if err != nil {
		return 0, mapErr(err)
	}
	p.Max -= dead
	pending, err := t.q.HastenPending(t.ctx, sqlitedb.HastenPendingParams(p))
	if err != nil {
		return 0, mapErr(err)
	}
	return int(dead + pending), mapErr(t.q.Queue(t.ctx, endpoint))
}

func (t txn) ClampDue(attempts, deliveries time.Time) error {
	return mapErr(errors.Join(
		t.q.ClampAttempts(t.ctx, row.Millis(attempts)),
		t.q.ClampRefunds(t.ctx, row.Millis(attempts)),
		t.q.ClampDeliveries(t.ctx, row.Millis(deliveries)),
		t.q.ClampEndpoints(t.ctx, row.Millis(deliveries)),
	))
}

func (t txn) Deliveries(endpoint string, limit int) ([]checkout.Delivery, error) {
	rows, err := t.q.Deliveries(t.ctx, sqlitedb.DeliveriesParams{EndpointID: endpoint, Max: int64(limit)})
	list := make([]checkout.Delivery, len(rows))
	for i, r := range rows {
		list[i] = row.Delivery(r).Domain()
	}
	return list, mapErr(err)
}

func (t txn) Delivery(endpoint string, event int64) (checkout.Delivery, error) {
	r, err := t.q.Delivery(t.ctx, sqlitedb.DeliveryParams{EndpointID: endpoint, Event: event})
	return row.Delivery(r).Domain(), mapErr(err)
}

func (t txn) InsertTry(v checkout.Try) error {
	return mapErr(t.q.InsertTry(t.ctx, sqlitedb.InsertTryParams(row.FromTry(v))))
}

func (t txn) Try(id string) (checkout.Try, error) {
	r, err := t.q.Try(t.ctx, id)
	return row.Try(r).Domain(), mapErr(err)
}

func (t txn) ListTries(q checkout.TryQuery) ([]checkout.Try, error) {
	p := sqlitedb.ListTriesParams{EndpointID: q.EndpointID, EventID: q.EventID, OkTo: 1, Skip: int64(q.Offset), Max: int64(q.Limit)}
	if q.OK != nil {
		p.OkFrom, p.OkTo = row.Flag(*q.OK), row.Flag(*q.OK)
	}
	rows, err := t.q.ListTries(t.ctx, p)
	list := make([]checkout.Try, len(rows))
	for i, r := range rows {
		list[i] = row.Try(r).Domain()
	}
	return list, mapErr(err)
}

func (t txn) PruneTries(before time.Time, limit int) (int, error) {
	n, err := t.q.PruneTries(t.ctx, sqlitedb.PruneTriesParams{Before: checkout.IDFloor(checkout.PrefixTry, before), Max: int64(limit)})
	return int(n), mapErr(err)
}

func (t txn) NextDue(after time.Time) (time.Time, error) {
	r, err := t.q.NextDue(t.ctx, row.Millis(after))
	var next int64
	for _, at := range []int64{r.Session, r.Attempt, r.Refund, r.Subscription, r.Delivery, r.Quiet, r.Endpoint} {
		if at != 0 && (next == 0 || at < next) {
			next = at
		}
	}
	return row.OptionalAt(next), mapErr(err)
}

func (t txn) Backlog() (checkout.Backlog, error) {
	attempts, err := t.q.CountAttempts(t.ctx)
	if err != nil {
		return checkout.Backlog{}, mapErr(err)
	}
	var b checkout.Backlog
	for _, r := range attempts {
		b.Attempts = append(b.Attempts, checkout.PendingAttempts{
			Provider: r.Provider, Status: checkout.AttemptStatus(r.Status), Count: r.N, Oldest: row.At(r.Oldest),
		})
	}
	if b.Deliveries, err = t.q.CountDeliveries(t.ctx); err != nil {
		return b, mapErr(err)
	}
	oldest, err := t.q.OldestDelivery(t.ctx)
	if err != nil {
		return b, mapErr(err)
	}
	endpoints, err := t.q.CountEndpoints(t.ctx)
	if err != nil {
		return b, mapErr(err)
	}
	b.OldestDelivery, b.Failing, b.Disabled = row.OptionalAt(oldest), endpoints.Failing, endpoints.Disabled
	b.Parked, err = t.q.CountParked(t.ctx)
	return b, mapErr(err)
}
