package store

import (
	"context"
	"database/sql"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

// txn is a transaction in progress. Its methods are in the files named after
// what they remember.
type txn struct {
	ctx    context.Context // of statements; never ends where that would cost
	caller context.Context // what the transaction was begun with
	q      *sqlitedb.Queries
}

var _ checkout.Tx = txn{}

// View implements [checkout.Store].
func (db *DB) View(ctx context.Context, fn func(tx checkout.Tx) error) error {
	l, err := db.readers.get(ctx)
	if err != nil {
		return err
	}
	statements := context.WithoutCancel(ctx)
	broken := true
	defer func() { db.readers.put(l, broken) }()
	if err := l.exec(statements, sqlRead); err != nil {
		return err
	}
	defer func() { broken = l.exec(statements, sqlRollback) != nil }()
	return fn(txn{ctx: statements, caller: ctx, q: l.queries})
}

// Update implements [checkout.Store]. Updates that wait at the same time share
// one commit.
func (db *DB) Update(ctx context.Context, fn func(tx checkout.Tx) error) error {
	return db.writers.do(ctx, func(t txn) error { return fn(t) })
}

// Join makes tx, a transaction of the embedding program on a database given to
// [Use], remember what the service does. What is done through the result takes
// effect when the program commits tx, and holds up other writers until then.
func Join(ctx context.Context, tx *sql.Tx) checkout.Tx {
	return txn{ctx: ctx, caller: ctx, q: sqlitedb.New(tx)}
}
