package store

import (
	"math"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) AppendEvent(e checkout.Event) error {
	r, err := row.FromEvent(e)
	if err != nil {
		return err
	}
	if len(e.Body) > 0 {
		r.FannedAt = row.Optional(e.CreatedAt)
	}
	return mapErr(t.q.AppendEvent(t.ctx, sqlitedb.AppendEventParams{
		ID: r.ID, Account: r.Account, Type: r.Type, SessionID: r.SessionID, AttemptID: r.AttemptID,
		Subject: r.Subject, Snapshot: r.Snapshot, Body: r.Body, CreatedAt: r.CreatedAt, FannedAt: r.FannedAt,
	}))
}

func (t txn) Event(id string) (checkout.Event, error) {
	r, err := t.q.Event(t.ctx, id)
	if err != nil {
		return checkout.Event{}, mapErr(err)
	}
	return row.Event(r).Domain()
}

func (t txn) ListEvents(q checkout.EventQuery) ([]checkout.Event, error) {
	f := row.FromEventQuery(q)
	if q.SessionID != "" {
		return t.sessionEvents(q, f)
	}
	if err := t.narrow(q, &f); err != nil {
		return nil, err
	}
	switch {
	case q.Newest:
		return eventsOf(t.q.EventsBefore(t.ctx, sqlitedb.EventsBeforeParams{
			Account: q.Account, After: f.After, Before: f.Before, Types: f.Types, Since: f.From, Until: f.Until, Max: f.Limit,
		}))
	}
	return eventsOf(t.q.EventsAfter(t.ctx, sqlitedb.EventsAfterParams{
		Account: q.Account, After: f.After, Before: f.Before, Types: f.Types, Since: f.From, Until: f.Until, Max: f.Limit,
	}))
}

// narrow spares reading what is before a range of time: identifiers sort by time.
// Whoever goes on after an event has done so before.
func (t txn) narrow(q checkout.EventQuery, f *row.EventQuery) error {
	if q.From.IsZero() || f.After > 0 {
		return nil
	}
	first, err := t.q.FirstSeq(t.ctx, checkout.IDFloor(checkout.PrefixEvent, q.From))
	if f.After = first - 1; first == 0 {
		f.After = math.MaxInt64
	}
	return mapErr(err)
}

// sessionEvents lists the events of one session, which are few.
func (t txn) sessionEvents(q checkout.EventQuery, f row.EventQuery) ([]checkout.Event, error) {
	list, err := eventsOf(t.q.SessionEvents(t.ctx, sqlitedb.SessionEventsParams{
		SessionID: q.SessionID, Account: q.Account, After: f.After, Before: f.Before, Types: f.Types, Since: f.From, Until: f.Until,
	}))
	if q.Newest {
		slices.Reverse(list)
	}
	return list[:min(q.Limit, len(list))], err
}

func (t txn) UnfannedEvents(limit int) ([]checkout.Event, error) {
	return eventsOf(t.q.UnfannedEvents(t.ctx, int64(limit)))
}

func eventsOf(rows []sqlitedb.Event, err error) ([]checkout.Event, error) {
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
		if err := t.owe(e, endpoint.ID, at); err != nil {
			return err
		}
	}
	return nil
}

func (t txn) Owe(e checkout.Event, endpoint string, at time.Time) error {
	if err := t.q.FixBody(t.ctx, sqlitedb.FixBodyParams{Seq: e.Seq, Body: row.Blob(e.Body)}); err != nil {
		return mapErr(err)
	}
	return t.owe(e, endpoint, at)
}

// owe writes that an event is due to an endpoint, with what must be delivered
// before it.
func (t txn) owe(e checkout.Event, endpoint string, at time.Time) error {
	session := e.Transaction.Session.ID
	first, err := t.q.LatestDue(t.ctx, sqlitedb.LatestDueParams{EndpointID: endpoint, SessionID: session, Event: e.Seq})
	if err != nil {
		return mapErr(err)
	}
	err = t.q.OweDelivery(t.ctx, sqlitedb.OweDeliveryParams{
		Event: e.Seq, EndpointID: endpoint, SessionID: session, DueAt: max(row.Millis(at), first), UpdatedAt: row.Millis(at),
	})
	if err != nil {
		return mapErr(err)
	}
	return mapErr(t.q.Queue(t.ctx, endpoint))
}

func (t txn) PruneBodies(before time.Time, limit int) (int, error) {
	n, err := t.q.PruneBodies(t.ctx, sqlitedb.PruneBodiesParams{Nothing: row.Blob(nil), Before: row.Millis(before), Max: int64(limit)})
	return int(n), mapErr(err)
}

func (t txn) InsertEndpoint(e checkout.Endpoint) error {
	r, err := row.FromEndpoint(e)
	if err != nil {
		return err
	}
	return mapErr(t.q.InsertEndpoint(t.ctx, sqlitedb.InsertEndpointParams{
		ID: r.ID, Account: r.Account, URL: r.URL, Events: r.Events, Secret: r.Secret, Old: r.Old, Metadata: r.Metadata,
		Listener: r.Listener, Status: r.Status, Reason: r.Reason, FailingSince: r.FailingSince, FailingEvent: r.FailingEvent,
		Down: r.Down, Marks: r.Marks, QuietUntil: r.QuietUntil, CatchUp: r.CatchUp, CheckAt: r.CheckAt,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}))
}

func (t txn) PutEndpoint(e checkout.Endpoint) error {
	r, err := row.FromEndpoint(e)
	if err != nil {
		return err
	}
	n, err := t.q.PutEndpoint(t.ctx, sqlitedb.PutEndpointParams{
		ID: r.ID, URL: r.URL, Events: r.Events, Secret: r.Secret, Old: r.Old, Metadata: r.Metadata,
		Status: r.Status, Reason: r.Reason, FailingSince: r.FailingSince, FailingEvent: r.FailingEvent,
		Down: r.Down, Marks: r.Marks, QuietUntil: r.QuietUntil, CatchUp: r.CatchUp, CheckAt: r.CheckAt, UpdatedAt: r.UpdatedAt,
	})
	return mustFind(n, err, checkout.ErrNotFound)
}

func (t txn) Endpoint(id string) (checkout.Endpoint, error) {
	r, err := t.q.Endpoint(t.ctx, id)
	if err != nil {
		return checkout.Endpoint{}, mapErr(err)
	}
	return row.Endpoint(r).Domain()
}

func (t txn) ListEndpoints(account int64) ([]checkout.Endpoint, error) {
	return endpointsOf(t.q.ListEndpoints(t.ctx, account))
}

func (t txn) DueEndpoints(now time.Time, offset, limit int) ([]checkout.Endpoint, error) {
	return endpointsOf(t.q.DueEndpoints(t.ctx, sqlitedb.DueEndpointsParams{Now: row.Millis(now), Skip: int64(offset), Max: int64(limit)}))
}

func (t txn) CheckEndpoints(now time.Time, limit int) ([]checkout.Endpoint, error) {
	return endpointsOf(t.q.CheckEndpoints(t.ctx, sqlitedb.CheckEndpointsParams{Now: row.Optional(now), Max: int64(limit)}))
}

func endpointsOf(rows []sqlitedb.Endpoint, err error) ([]checkout.Endpoint, error) {
	if err != nil {
		return nil, mapErr(err)
	}
	list := make([]checkout.Endpoint, len(rows))
	for i, r := range rows {
		if list[i], err = row.Endpoint(r).Domain(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (t txn) PruneEndpoint(id string, limit int) (int, error) {
	deliveries, err := t.q.PruneDeliveries(t.ctx, sqlitedb.PruneDeliveriesParams{EndpointID: id, Max: int64(limit)})
	if err != nil {
		return 0, mapErr(err)
	}
	tries, err := t.q.PruneTriesOf(t.ctx, sqlitedb.PruneTriesOfParams{EndpointID: id, Max: int64(limit)})
	if err != nil {
		return 0, mapErr(err)
	}
	n := int(deliveries + tries)
	if deliveries < int64(limit) && tries < int64(limit) {
		gone, err := t.q.DeleteEndpoint(t.ctx, id)
		return n + int(gone), mapErr(err)
	}
	return n, nil
}
