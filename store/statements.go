package store

import (
	"context"
	"database/sql"
	"errors"
)

// statements runs statements on a connection, each compiled the first time that
// it is used: most connections use few of them, and each takes memory.
type statements struct {
	conn *sql.Conn
	kept map[string]*sql.Stmt
}

func newStatements(conn *sql.Conn) statements { return statements{conn, map[string]*sql.Stmt{}} }

// PrepareContext returns the compiled statement, which the caller must not close.
func (s statements) PrepareContext(ctx context.Context, text string) (*sql.Stmt, error) {
	if kept := s.kept[text]; kept != nil {
		return kept, nil
	}
	made, err := s.conn.PrepareContext(ctx, text)
	if err == nil {
		s.kept[text] = made
	}
	return made, err
}

// ExecContext is what it is of [sql.Conn].
func (s statements) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	stmt, err := s.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

// QueryContext is what it is of [sql.Conn].
func (s statements) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := s.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// QueryRowContext is what it is of [sql.Conn].
func (s statements) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	stmt, err := s.PrepareContext(ctx, text)
	if err != nil {
		return s.conn.QueryRowContext(ctx, text, args...) // which meets the same fault and can say so
	}
	return stmt.QueryRowContext(ctx, args...)
}

// close closes the compiled statements.
func (s statements) close() error {
	var faults []error
	for _, stmt := range s.kept {
		faults = append(faults, stmt.Close())
	}
	return errors.Join(faults...)
}
