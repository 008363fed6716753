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
