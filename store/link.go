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

// link is one connection with its statements.
type link struct {
	conn    *sql.Conn
	queries *sqlitedb.Queries
	stmts   map[string]*sql.Stmt // what drives transactions; empty on a borrowed connection
}

// exec runs one of the constants above.
func (l *link) exec(ctx context.Context, statement string) (err error) {
	if s := l.stmts[statement]; s != nil {
		_, err = s.ExecContext(ctx)
	} else {
		_, err = l.conn.ExecContext(ctx, statement)
	}
	return mapErr(err)
}

// prepare makes l fast: statements are compiled once.
func (l *link) prepare(ctx context.Context) error {
	queries, err := sqlitedb.Prepare(ctx, l.conn)
	if err != nil {
		return err
	}
	l.queries, l.stmts = queries, map[string]*sql.Stmt{}
	for _, text := range []string{sqlWrite, sqlRead, sqlCommit, sqlRollback, sqlSave, sqlRelease, sqlUndo} {
		s, err := l.conn.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		l.stmts[text] = s
	}
	return nil
}

// finalize closes the statements. SQLite keeps a connection with its locks
// alive until that is done, and database/sql does not do it.
func (l *link) finalize() error {
	if l.stmts == nil {
		return nil
	}
	faults := []error{l.queries.Close()}
	for _, s := range l.stmts {
		faults = append(faults, s.Close())
	}
	return errors.Join(faults...)
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

// newPool returns a pool of size prepared links, opened when they are needed.
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
		return &link{conn: conn, queries: sqlitedb.New(conn)}, nil
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
	l, err := p.open(context.WithoutCancel(ctx))
	if err != nil {
		p.free <- nil
		return nil, mapErr(err)
	}
	return l, nil
}

func (p *pool) open(ctx context.Context) (*link, error) {
	conn, err := p.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	l := &link{conn: conn}
	if err := l.prepare(ctx); err != nil {
		l.discard()
		return nil, err
	}
	return l, nil
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
