package store

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) ClaimInbound(provider, event string, at time.Time) (bool, error) {
	n, err := t.q.ClaimInbound(t.ctx, sqlitedb.ClaimInboundParams{
		Provider: provider, EventID: event, ReceivedAt: row.Millis(at),
	})
	return n > 0, mapErr(err)
}

func (t txn) ParkSignal(p checkout.Parked) (bool, error) {
	r, err := row.FromParked(p)
	if err != nil {
		return false, err
	}
	n, err := t.q.ParkSignal(t.ctx, sqlitedb.ParkSignalParams(r))
	return n > 0, mapErr(err)
}

func (t txn) TakeParked(inbox, attempt, ref, charge string) ([]checkout.Parked, error) {
	rows, err := t.q.ParkedSignals(t.ctx, sqlitedb.ParkedSignalsParams{Inbox: inbox, AttemptID: attempt, Ref: ref, Charge: charge})
	if err != nil {
		return nil, mapErr(err)
	}
	list := make([]checkout.Parked, len(rows))
	for i, r := range rows {
		if list[i], err = row.Parked(r).Domain(); err != nil {
			return nil, err
		}
		if err := t.q.DropParked(t.ctx, sqlitedb.DropParkedParams{Inbox: r.Inbox, EventID: r.EventID}); err != nil {
			return nil, mapErr(err)
		}
	}
	return list, nil
}

func (t txn) PruneParked(before time.Time) (int, error) {
	n, err := t.q.PruneParked(t.ctx, row.Millis(before))
	return int(n), mapErr(err)
}

func (t txn) Statement(inbox string) (checkout.Statement, error) {
	r, err := t.q.Statement(t.ctx, inbox)
	return checkout.Statement{TriedAt: row.At(r.TriedAt), ReadTo: row.OptionalAt(r.ReadTo)}, mapErr(err)
}

func (t txn) PutStatement(inbox string, s checkout.Statement) error {
	return mapErr(t.q.PutStatement(t.ctx, sqlitedb.PutStatementParams{
		Inbox: inbox, TriedAt: row.Millis(s.TriedAt), ReadTo: row.Optional(s.ReadTo),
	}))
}

func (t txn) OwnPending(account int64, provider string) (int64, error) {
	n, err := t.q.OwnPending(t.ctx, sqlitedb.OwnPendingParams{Account: account, Provider: provider})
	return n, mapErr(err)
}

func (t txn) AppendEvent(e checkout.Event) error {
	r, err := row.FromEvent(e)
	if err != nil {
		return err
	}
	return mapErr(t.q.AppendEvent(t.ctx, sqlitedb.AppendEventParams{
		ID: r.ID, Account: r.Account, Type: r.Type, SessionID: r.SessionID, AttemptID: r.AttemptID,
		Subject: r.Subject, Snapshot: r.Snapshot, Body: row.Blob(nil), CreatedAt: r.CreatedAt,
	}))
}

func (t txn) UnfannedEvents(limit int) ([]checkout.Event, error) {
	rows, err := t.q.UnfannedEvents(t.ctx, int64(limit))
	if err != nil {
		return nil, mapErr(err)
	}
	list := make([]checkout.Event, len(rows))
	for i, r := range rows {
		if list[i], err = row.Event(r).Domain(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (t txn) FanOut(e checkout.Event, to []checkout.Endpoint, at time.Time) error {
	n, err := t.q.FanEvent(t.ctx, sqlitedb.FanEventParams{Seq: e.Seq, Body: row.Blob(e.Body), FannedAt: row.Optional(at)})
	if err := mustChange(n, err); err != nil {
		return err
	}
	for _, endpoint := range to {
		d := row.FromDelivery(checkout.Delivery{
			Event: e.Seq, EndpointID: endpoint.ID, SessionID: e.Transaction.Session.ID,
			Status: checkout.DeliveryPending, DueAt: at, UpdatedAt: at,
		})
		first, err := t.q.LatestDue(t.ctx, sqlitedb.LatestDueParams{EndpointID: d.EndpointID, SessionID: d.SessionID})
		if err != nil {
			return mapErr(err)
		}
		d.DueAt = max(d.DueAt, first)
		if err := t.q.InsertDelivery(t.ctx, sqlitedb.InsertDeliveryParams(d)); err != nil {
			return mapErr(err)
		}
	}
	return nil
}

func (t txn) InsertEndpoint(e checkout.Endpoint) error {
	return mapErr(t.q.InsertEndpoint(t.ctx, sqlitedb.InsertEndpointParams(row.FromEndpoint(e))))
}

func (t txn) Endpoint(id string) (checkout.Endpoint, error) {
	r, err := t.q.Endpoint(t.ctx, id)
	return row.Endpoint(r).Domain(), mapErr(err)
}

func (t txn) ListEndpoints(account int64) ([]checkout.Endpoint, error) {
	rows, err := t.q.ListEndpoints(t.ctx, account)
	list := make([]checkout.Endpoint, len(rows))
	for i, r := range rows {
		list[i] = row.Endpoint(r).Domain()
	}
	return list, mapErr(err)
}

func (t txn) DeleteEndpoint(id string) error {
	if err := t.q.DeleteDeliveries(t.ctx, id); err != nil {
		return mapErr(err)
	}
	n, err := t.q.DeleteEndpoint(t.ctx, id)
	return mustFind(n, err, checkout.ErrNotFound)
}

func (t txn) ClaimDelivery(now, until time.Time) (checkout.Owed, error) {
	d, err := t.q.ClaimDelivery(t.ctx, sqlitedb.ClaimDeliveryParams{Now: row.Millis(now), Until: row.Millis(until)})
	if err != nil {
		return checkout.Owed{}, mapErr(err)
	}
	r, err := t.q.Event(t.ctx, d.Event)
	if err != nil {
		return checkout.Owed{}, mapErr(err)
	}
	event, err := row.Event(r).Domain()
	if err != nil {
		return checkout.Owed{}, err
	}
	endpoint, err := t.Endpoint(d.EndpointID)
	return checkout.Owed{Delivery: row.Delivery(d).Domain(), Event: event, Endpoint: endpoint}, err
}

func (t txn) PutDelivery(d checkout.Delivery, claimed time.Time) error {
	r := row.FromDelivery(d)
	err := mustChange(t.q.PutDelivery(t.ctx, sqlitedb.PutDeliveryParams{
		EndpointID: r.EndpointID, Event: r.Event, Claimed: row.Millis(claimed),
		Status: r.Status, Tries: r.Tries, DueAt: r.DueAt,
		LastStatus: r.LastStatus, LastError: r.LastError, UpdatedAt: r.UpdatedAt,
	}))
	if err != nil {
		return err
	}
	if d.Status != checkout.DeliveryPending {
		return mapErr(t.q.Release(t.ctx, sqlitedb.ReleaseParams{
			EndpointID: r.EndpointID, SessionID: r.SessionID, Event: r.Event, Now: r.UpdatedAt,
		}))
	}
	return mapErr(t.q.HoldBack(t.ctx, sqlitedb.HoldBackParams{
		EndpointID: r.EndpointID, SessionID: r.SessionID, Event: r.Event, DueAt: r.DueAt,
	}))
}

func (t txn) ClampDue(attempts, deliveries time.Time) error {
	if err := t.q.ClampAttempts(t.ctx, row.Millis(attempts)); err != nil {
		return mapErr(err)
	}
	if err := t.q.ClampRefunds(t.ctx, row.Millis(attempts)); err != nil {
		return mapErr(err)
	}
	return mapErr(t.q.ClampDeliveries(t.ctx, row.Millis(deliveries)))
}

func (t txn) Deliveries(endpoint string, limit int) ([]checkout.Delivery, error) {
	rows, err := t.q.Deliveries(t.ctx, sqlitedb.DeliveriesParams{EndpointID: endpoint, Max: int64(limit)})
	list := make([]checkout.Delivery, len(rows))
	for i, r := range rows {
		list[i] = row.Delivery(r).Domain()
	}
	return list, mapErr(err)
}

func (t txn) NextDue(after time.Time) (time.Time, error) {
	r, err := t.q.NextDue(t.ctx, row.Millis(after))
	var next int64
	for _, at := range []int64{r.Session, r.Attempt, r.Refund, r.Delivery} {
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
	deliveries, err := t.q.CountDeliveries(t.ctx)
	if err != nil {
		return b, mapErr(err)
	}
	b.Deliveries, b.OldestDelivery = deliveries.N, row.OptionalAt(deliveries.Oldest)
	b.Parked, err = t.q.CountParked(t.ctx)
	return b, mapErr(err)
}
