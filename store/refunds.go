package store

import (
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) InsertRefund(r checkout.Refund) error {
	return mapErr(t.q.InsertRefund(t.ctx, sqlitedb.InsertRefundParams(row.FromRefund(r))))
}

func (t txn) Refund(id string) (checkout.Refund, error) {
	r, err := t.q.Refund(t.ctx, id)
	return row.Refund(r).Domain(), mapErr(err)
}

func (t txn) PutRefund(refund checkout.Refund) error {
	r := row.FromRefund(refund)
	return mustChange(t.q.PutRefund(t.ctx, sqlitedb.PutRefundParams{
		ID: r.ID, Version: r.Version, Status: r.Status, Amount: r.Amount, Currency: r.Currency,
		Origin: r.Origin, Reason: r.Reason, Ref: r.Ref, Failure: r.Failure,
		Tries: r.Tries, DueAt: r.DueAt, UpdatedAt: r.UpdatedAt,
	}))
}

func (t txn) AttemptRefunds(attempt string) ([]checkout.Refund, error) {
	return refunds(t.q.AttemptRefunds(t.ctx, attempt))
}

func (t txn) DueRefunds(now time.Time, limit int) ([]checkout.Refund, error) {
	return refunds(t.q.DueRefunds(t.ctx, sqlitedb.DueRefundsParams{Now: row.Millis(now), Max: int64(limit)}))
}

func (t txn) ListRefunds(q checkout.RefundQuery) ([]checkout.Refund, error) {
	r := row.FromRefundQuery(q)
	if !q.Nearest {
		return refunds(t.q.ListRefunds(t.caller, sqlitedb.ListRefundsParams(r)))
	}
	list, err := refunds(t.q.ListRefundsNearest(t.caller, sqlitedb.ListRefundsNearestParams(r)))
	slices.Reverse(list)
	return list, err
}

func refunds(rows []sqlitedb.Refund, err error) ([]checkout.Refund, error) {
	list := make([]checkout.Refund, len(rows))
	for i, r := range rows {
		list[i] = row.Refund(r).Domain()
	}
	return list, mapErr(err)
}
