package store

import (
	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) OrderLock(account int64, reference string) (checkout.OrderLock, error) {
	r, err := t.q.OrderLock(t.ctx, sqlitedb.OrderLockParams{Account: account, Reference: reference})
	return row.OrderLock(r).Domain(), mapErr(err)
}

func (t txn) InsertOrderLock(l checkout.OrderLock) error {
	return mapErr(t.q.InsertOrderLock(t.ctx, sqlitedb.InsertOrderLockParams(row.FromOrderLock(l))))
}

func (t txn) PutOrderLock(l checkout.OrderLock) error {
	r := row.FromOrderLock(l)
	return mustChange(t.q.PutOrderLock(t.ctx, sqlitedb.PutOrderLockParams{
		Account: r.Account, Reference: r.Reference, Version: r.Version, SessionID: r.SessionID, Paid: r.Paid,
	}))
}
