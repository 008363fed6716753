package store

import (
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/checkoutd/checkoutd/checkout"
)

// errClosed is what a store answers after Close.
var errClosed = errors.New("store: the database is closed")

// mapErr turns the driver's errors into those that [checkout.Tx] promises.
//
// Source: https://www.sqlite.org/rescode.html, read 2026-11-23.
func mapErr(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return checkout.ErrNotFound
	}
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return fmt.Errorf("store: %w", err)
	}
	switch se.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return checkout.ErrExists
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: // the row it names is missing
		return checkout.ErrNotFound
	}
	switch se.Code() & 0xff { // the primary code
	case sqlite3.SQLITE_FULL:
		return unavailable("the disk is full", err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return unavailable("the database is busy", err)
	case sqlite3.SQLITE_READONLY:
		return unavailable("the database is read-only", err)
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM:
		return unavailable("the database cannot be reached", err)
	}
	return fmt.Errorf("store: %w", err)
}

func unavailable(message string, err error) error {
	return &checkout.Error{Code: checkout.CodeUnavailable, Message: "Try again later: " + message, Err: err}
}

// mustChange is the error of a Put that found no row as it was read.
func mustChange(rows int64, err error) error {
	return mustFind(rows, err, checkout.ErrStale)
}

// mustFind returns missing if a statement that should change one row changed
// none.
func mustFind(rows int64, err error, missing *checkout.Error) error {
	if err == nil && rows == 0 {
		return missing
	}
	return mapErr(err)
}
