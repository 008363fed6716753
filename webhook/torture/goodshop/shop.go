// Package goodshop is a webhook receiver to copy from: it passes all of torture.
//
// It checks the bytes as they came before it looks at them, notes each message in
// the same transaction as what the message causes, lets unique keys decide what
// was there before, and never lets a late message undo what a payment has done.
package goodshop

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/webhook"
)

// maxBody bounds a message. None that checkoutd sends is half as large.
const maxBody = 256 << 10

// schema is what the shop remembers. The database has to keep what it has
// confirmed, through a crash too: a message that was answered 2xx is never sent
// again.
const schema = `
CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS orders (session TEXT PRIMARY KEY, status TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refunds (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS effects (seq INTEGER PRIMARY KEY, event TEXT NOT NULL, txn TEXT NOT NULL);`

// Shop is the receiver. It is safe for concurrent use.
type Shop struct {
	db      *sql.DB
	clock   clock.Clock
	secrets []string
}

// New returns a shop that keeps its orders in db, an SQLite database. Of secrets
// there are two while one replaces the other.
func New(ctx context.Context, db *sql.DB, now clock.Clock, secrets ...string) (*Shop, error) {
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, err
	}
	return &Shop{db: db, clock: now, secrets: secrets}, nil
}

// Server returns what serves the shop: nobody can keep a connection by sending
// nothing.
func (s *Shop) Server() *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhooks", s.receive)
	mux.HandleFunc("GET /effects", s.effects) // for torture; a real shop has none
	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}

// message is what the shop reads of a body. It ignores everything else.
type message struct {
	ID    string `json:"id"`
	Event string `json:"event"`
	Data  struct {
		TransactionID     string `json:"transaction_id"`
		CheckoutSessionID string `json:"checkout_session_id"`
		RefundID          string `json:"refund_id"`
	} `json:"data"`
}

// receive answers 2xx once the message is on disk, or was before. What it cannot
// store it answers with 500, so that it is sent again.
func (s *Shop) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body is too large or incomplete", http.StatusBadRequest)
		return
	}
	if err := webhook.Verify(r.Header, body, s.clock.Now(), s.secrets...); err != nil {
		http.Error(w, "the signature or the time is not good", http.StatusUnauthorized)
		return
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		http.Error(w, "the body is no message", http.StatusBadRequest)
		return
	}
	if err := s.take(r.Context(), m); err != nil {
		http.Error(w, "try again later", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// take does what m says, if that has not been done: all of it or, with an error,
// nothing. A mail to the customer would be one more row, sent by a worker.
func (s *Shop) take(ctx context.Context, m message) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// There is no look beforehand: of two that come at the same moment, the key
	// lets one in.
	if first, err := changes(ctx, tx, `INSERT INTO messages (id) VALUES (?) ON CONFLICT DO NOTHING`, m.ID); err != nil || !first {
		return err
	}
	acted, err := apply(ctx, tx, m)
	if err != nil {
		return err
	}
	if acted {
		if _, err := changes(ctx, tx, `INSERT INTO effects (event, txn) VALUES (?, ?)`, m.Event, m.Data.TransactionID); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// apply reports whether m changed an order. A real shop finds its order by the
// session or by what it put into the metadata, and compares amount and currency
// with what it asked for.
func apply(ctx context.Context, tx *sql.Tx, m message) (acted bool, err error) {
	switch m.Event {
	case "PAYMENT_SUCCEEDED": // whatever was told before, the order is paid; if it was, nothing changes
		return changes(ctx, tx, `INSERT INTO orders (session, status) VALUES (?, 'paid')
			ON CONFLICT (session) DO UPDATE SET status = 'paid' WHERE status <> 'paid'`, m.Data.CheckoutSessionID)
	case "PAYMENT_FAILED": // an order that is paid stays so: this is about an earlier try
		return changes(ctx, tx, `INSERT INTO orders (session, status) VALUES (?, 'failed') ON CONFLICT DO NOTHING`, m.Data.CheckoutSessionID)
	case "REFUND_COMPLETED": // a row of its own, so that it can come before its payment
		return changes(ctx, tx, `INSERT INTO refunds (id) VALUES (?) ON CONFLICT DO NOTHING`, m.Data.RefundID)
	}
	return false, nil // also what later versions send
}

// changes runs a statement and reports whether it changed a row.
func changes(ctx context.Context, tx *sql.Tx, statement string, args ...any) (bool, error) {
	res, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// effects lists what the shop has done, as torture reads it.
func (s *Shop) effects(w http.ResponseWriter, r *http.Request) {
	type effect struct {
		Event         string `json:"event"`
		TransactionID string `json:"transaction_id"`
	}
	list := []effect{}
	rows, err := s.db.QueryContext(r.Context(), `SELECT event, txn FROM effects ORDER BY seq`)
	if err == nil {
		defer rows.Close()
		for rows.Next() && err == nil {
			var e effect
			err = rows.Scan(&e.Event, &e.TransactionID)
			list = append(list, e)
		}
		if err == nil {
			err = rows.Err()
		}
	}
	if err != nil {
		http.Error(w, "try again later", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"effects": list}) // the reader has gone
}
