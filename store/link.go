package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

// What drives transactions. Every other statement is in queries/.
const (
	sqlWrite    = "BEGIN IMMEDIATE"
	sqlRead     = "BEGIN"
	sqlCommit   = "COMMIT"
	sqlRollback = "ROLLBACK"
	sqlSave     = "SAVEPOINT job"
	sqlRelease  = "RELEASE job"
	sqlUndo     = "ROLLBACK TO job"
)

// link is one connection.
type link struct {
	conn    *sql.Conn
	run     sqlitedb.DBTX // conn itself, or what keeps its statements
	queries *sqlitedb.Queries
}

func newLink(conn *sql.Conn, run sqlitedb.DBTX) *link {
	return &link{conn: conn, run: run, queries: sqlitedb.New(run)}
}

// exec runs one of the constants above.
func (l *link) exec(ctx context.Context, statement string) error {
	_, err := l.run.ExecContext(ctx, statement)
	return mapErr(err)
}

// finalize closes the statements. SQLite keeps a connection with its locks
// alive until that is done, and database/sql does not do it.
func (l *link) finalize() error {
	if s, keeps := l.run.(statements); keeps {
		return s.close()
	}
	return nil
}

// discard closes the connection instead of giving it back to its pool. What it
// had not committed is gone.
func (l *link) discard() {
	_ = l.exec(context.Background(), sqlRollback) // an error: there was nothing
	_ = l.finalize()
	_ = l.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = l.conn.Close()
}

// pool hands out links to one caller at a time.
type pool struct {
	db *sql.DB
	// free holds the links that nobody uses, nil for one that is not open yet.
	// It is nil if the links are borrowed from the embedding program, one for
	// each transaction.
	free chan *link
}

// newPool returns a pool of size links, opened when they are needed.
func newPool(db *sql.DB, size int) *pool {
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	p := &pool{db: db, free: make(chan *link, size)}
	for range size {
		p.free <- nil
	}
	return p
}

// get returns a link, which must be put back. It waits for one at most until
// ctx is done.
func (p *pool) get(ctx context.Context) (*link, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p.free == nil {
		conn, err := p.db.Conn(ctx)
		if err != nil {
			return nil, mapErr(err)
		}
		return newLink(conn, conn), nil
	}
	var l *link
	select {
	case held, ok := <-p.free:
		if !ok {
			return nil, errClosed
		}
		l = held
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l != nil {
		return l, nil
	}
	conn, err := p.db.Conn(context.WithoutCancel(ctx))
	if err != nil {
		p.free <- nil
		return nil, mapErr(err)
	}
	return newLink(conn, newStatements(conn)), nil
}

// put takes a link back. One that may still be inside a transaction is broken.
func (p *pool) put(l *link, broken bool) {
	if broken {
		l.discard()
		l = nil
	}
	switch {
	case p.free != nil:
		p.free <- l
	case l != nil:
		_ = l.conn.Close() // back to the embedding program's pool
	}
}

// close waits until nobody uses a link and closes them all.
func (p *pool) close() error {
	if p.free == nil {
		return nil
	}
	var faults []error
	for range cap(p.free) {
		l, ok := <-p.free
		if !ok {
			return nil // closed already
		}
		if l != nil {
			faults = append(faults, l.finalize(), l.conn.Close())
		}
	}
	close(p.free)
	return errors.Join(append(faults, p.db.Close())...)
}
