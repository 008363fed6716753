package baseline

import (
	"context"
	"database/sql"
)

// maxBatch is how many rows share a commit at most.
const maxBatch = 512

const insertSQL = `INSERT INTO checkoutd_sessions VALUES
(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`

// write is one row on its way to the disk.
type write struct {
	row  []any
	done chan error
}

// writer owns the one connection that writes. Rows that wait while a commit is
// under way share the next one; nothing waits for a timer.
type writer struct {
	queue                           chan write
	begin, insert, commit, rollback *sql.Stmt
}

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{queue: make(chan write, maxBatch)}
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&w.begin, "BEGIN IMMEDIATE"}, {&w.insert, insertSQL}, {&w.commit, "COMMIT"}, {&w.rollback, "ROLLBACK"},
	} {
		if *p.stmt, err = conn.PrepareContext(ctx, p.text); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// put returns when row is on disk.
func (w *writer) put(row []any) error {
	done := make(chan error, 1)
	w.queue <- write{row, done}
	return <-done
}

// run writes batches as long as the process lives.
func (w *writer) run() {
	batch := make([]write, 0, maxBatch)
	for first := range w.queue {
		batch = append(batch[:0], first)
		for more := true; more && len(batch) < maxBatch; {
			select {
			case next := <-w.queue:
				batch = append(batch, next)
			default:
				more = false
			}
		}
		err := w.write(batch)
		for _, b := range batch {
			b.done <- err
		}
	}
}

// write commits batch whole or not at all.
func (w *writer) write(batch []write) error {
	if _, err := w.begin.Exec(); err != nil {
		return err
	}
	for _, b := range batch {
		if _, err := w.insert.Exec(b.row...); err != nil {
			_, _ = w.rollback.Exec() // err says more
			return err
		}
	}
	_, err := w.commit.Exec()
	return err
}
