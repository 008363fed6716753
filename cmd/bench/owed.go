package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
	"github.com/checkoutd/checkoutd/webhook"
)

// endpointID returns the identifier of the i-th endpoint. They sort by i.
func endpointID(i int) string { return fmt.Sprintf("we_%026d", i) }

// addEndpoints makes an endpoint for each URL, each of an account of its own,
// the first of the program's.
func addEndpoints(ctx context.Context, file string, urls []string) error {
	return with(file, func(db *store.DB) error {
		return db.Update(ctx, func(tx checkout.Tx) error {
			for i, url := range urls {
				now := time.Now().UTC().Truncate(time.Millisecond)
				err := tx.InsertEndpoint(checkout.Endpoint{
					ID: endpointID(i), Account: int64(i), URL: url, Events: []checkout.EventType{checkout.EventPaymentSucceeded},
					Secret: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", Status: checkout.EndpointActive,
					CreatedAt: now, UpdatedAt: now,
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// sampleBody is what an event is sent as.
func sampleBody() ([]byte, error) {
	e := checkout.Event{ID: "evt_00000000000000000000000000", Type: checkout.EventPaymentSucceeded, CreatedAt: time.Now()}
	e.Transaction.Session, e.Transaction.Attempt = checkout.Session{Form: checkout.DefaultForm}, checkout.Attempt{}
	return webhook.Body(e)
}

// outbox is a database that is written without the store, which would take ten
// times as long. Nothing else may have it open.
type outbox struct{ db *sql.DB }

func openOutbox(file string) (outbox, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=cache_size(-262144)&_pragma=busy_timeout(5000)")
	if err != nil {
		return outbox{}, err
	}
	db.SetMaxOpenConns(1)
	return outbox{db}, nil
}

// outboxOf runs f on the database file.
func outboxOf(file string, f func(o outbox) error) error {
	o, err := openOutbox(file)
	if err != nil {
		return err
	}
	return errors.Join(f(o), o.db.Close())
}

// events writes n events, fanned out but owed to nobody yet, two to a session.
func (o outbox) events(ctx context.Context, n int, body []byte, at time.Time) error {
	_, err := o.db.ExecContext(ctx, `
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
INSERT INTO checkoutd_events (seq, id, account, type, session_id, attempt_id, subject, snapshot, body, created_at, fanned_at)
SELECT i, printf('evt_%026d', i), 1, 'PAYMENT_SUCCEEDED', printf('cs_%026d', i / 2), printf('txn_%026d', i), '', '{}', ?2, ?3, ?3 FROM n`,
		n, body, at.UnixMilli())
	return err
}

// owe makes the first n events pending to the endpoints from first up to and
// without last, the sessions in turn.
func (o outbox) owe(ctx context.Context, n, first, last int, at time.Time) error {
	_, err := o.db.ExecContext(ctx, `
INSERT INTO checkoutd_deliveries (event, endpoint_id, session_id, status, held, passable, tries, step, due_at, last_status, last_error, updated_at)
SELECT seq, printf('we_%026d', ?2 + seq / 2 % ?3), session_id, 'pending', 0, 0, 0, 0, ?4, 0, '', ?4
FROM checkoutd_events WHERE seq <= ?1 ORDER BY 2, 1`, n, first, last-first, at.UnixMilli())
	return errors.Join(err, o.queue(ctx))
}

// queue notes when the first of what each endpoint is owed is due.
func (o outbox) queue(ctx context.Context) error {
	_, err := o.db.ExecContext(ctx, `
UPDATE checkoutd_endpoints SET due_at = (
    SELECT MIN(due_at) FROM checkoutd_deliveries AS d WHERE d.endpoint_id = checkoutd_endpoints.id AND d.status = 'pending'
)`)
	return err
}

// forget drops all deliveries.
func (o outbox) forget(ctx context.Context) error {
	_, err := o.db.ExecContext(ctx, "DELETE FROM checkoutd_deliveries")
	return err
}

// reset makes due again what was claimed of the endpoints before last.
func (o outbox) reset(ctx context.Context, last int, at time.Time) error {
	_, err := o.db.ExecContext(ctx, "UPDATE checkoutd_deliveries SET due_at = ?2, held = 0 WHERE endpoint_id < ?1 AND due_at <> ?2",
		endpointID(last), at.UnixMilli())
	return errors.Join(err, o.queue(ctx))
}

// pause pauses or disables an endpoint, for whom all that it is owed waits.
func (o outbox) pause(ctx context.Context, i int) error {
	_, err := o.db.ExecContext(ctx, "UPDATE checkoutd_endpoints SET status = 'paused' WHERE id = ?", endpointID(i))
	return err
}
