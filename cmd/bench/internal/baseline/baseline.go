// Package baseline is what checkoutd is measured against: the shortest
// hand-written server on the same stack that keeps a session as durably.
//
// It reads JSON, writes one row of equal size under the same indexes, commits
// waiting writes together and syncs every commit, and answers with the same
// fields. It has no keys, no validation, no idempotency and one account.
package baseline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	_ "modernc.org/sqlite" // the driver
)

// readers is how many connections read; more than cores gain nothing.
const readers = 2

// schema is the table of sessions and its indexes as schema.sql has them; a
// test holds them equal.
const schema = `
CREATE TABLE checkoutd_sessions (
    id                      TEXT    NOT NULL PRIMARY KEY,
    account                 INTEGER NOT NULL,
    status                  TEXT    NOT NULL CHECK (status IN ('open', 'completed', 'expired')),
    version                 INTEGER NOT NULL,
    amount                  INTEGER NOT NULL CHECK (amount > 0),
    currency                TEXT    NOT NULL,
    title                   TEXT    NOT NULL,
    description             TEXT    NOT NULL,
    quantity                INTEGER NOT NULL CHECK (quantity > 0),
    allow_quantity          INTEGER NOT NULL,
    allow_coupon_code       INTEGER NOT NULL,
    require_name            INTEGER NOT NULL,
    require_email           INTEGER NOT NULL,
    require_phone           INTEGER NOT NULL,
    require_billing_address INTEGER NOT NULL,
    customer_name           TEXT    NOT NULL,
    customer_email          TEXT    NOT NULL,
    customer_phone          TEXT    NOT NULL,
    customer_address        TEXT    NOT NULL,
    customer_city           TEXT    NOT NULL,
    customer_postal_code    TEXT    NOT NULL,
    customer_country        TEXT    NOT NULL,
    client_reference_id     TEXT    NOT NULL,
    success_url             TEXT    NOT NULL,
    cancel_url              TEXT    NOT NULL,
    metadata                TEXT    NOT NULL,
    integration_source      TEXT    NOT NULL,
    transaction_id          TEXT    NOT NULL,
    late                    INTEGER NOT NULL,
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    expires_at              INTEGER NOT NULL,
    deferred                INTEGER NOT NULL DEFAULT 0,
    discount                INTEGER NOT NULL DEFAULT 0,
    fee                     INTEGER NOT NULL DEFAULT 0,
    coupons                 TEXT    NOT NULL DEFAULT '',
    product_id              TEXT    NOT NULL DEFAULT '',
    price_id                TEXT    NOT NULL DEFAULT '',
    items                   TEXT    NOT NULL DEFAULT '',
    customer_id             TEXT    NOT NULL DEFAULT '',
    subscription_id         TEXT    NOT NULL DEFAULT '',
    link_id                 TEXT    NOT NULL DEFAULT '',
    allow_amount            INTEGER NOT NULL DEFAULT 0,
    exclusive               INTEGER NOT NULL DEFAULT 0,
    CHECK ((status = 'completed') = (transaction_id <> ''))
) STRICT;

CREATE INDEX checkoutd_sessions_list ON checkoutd_sessions (account, status, id);

CREATE INDEX checkoutd_sessions_due ON checkoutd_sessions (expires_at) WHERE status = 'open';

CREATE INDEX checkoutd_sessions_reference ON checkoutd_sessions (account, client_reference_id, id) WHERE client_reference_id <> '';
`

// Serve listens on a port of its own on loopback, says so on out as checkoutd
// does, and serves a new database in file until ctx is done.
func Serve(ctx context.Context, file string, out io.Writer) error {
	writing, err := open(file, 1)
	if err != nil {
		return err
	}
	defer func() { _ = writing.Close() }() // the file is thrown away
	if _, err := writing.ExecContext(ctx, schema); err != nil {
		return err
	}
	reading, err := open(file, readers)
	if err != nil {
		return err
	}
	defer func() { _ = reading.Close() }() // as above
	w, err := newWriter(ctx, writing)
	if err != nil {
		return err
	}
	go w.run()
	h, err := newHandler(ctx, w, reading)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h.base = "http://" + ln.Addr().String()
	if _, err := fmt.Fprintln(out, "listening on", h.base); err != nil {
		return err
	}
	srv := &http.Server{Handler: h.routes()}
	defer context.AfterFunc(ctx, func() { _ = srv.Close() })() // nobody waits for the rest
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// open opens file with at most n connections.
func open(file string, n int) (*sql.DB, error) {
	q := url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(4000)", "cache_size(-4096)",
	}}
	db, err := sql.Open("sqlite", "file:"+file+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}
