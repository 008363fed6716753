package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

func TestErrorsAreTheDomains(t *testing.T) {
	other := errors.New("other")
	for _, c := range []struct {
		name string
		err  error
		want error
		code checkout.Code
	}{
		{"none", nil, nil, ""},
		{"no row", fmt.Errorf("scan: %w", sql.ErrNoRows), checkout.ErrNotFound, checkout.CodeNotFound},
		{"not the driver's", other, other, checkout.CodeInternal},
		{"the caller's end", context.Canceled, context.Canceled, checkout.CodeInternal},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := mapErr(c.err)
			if !errors.Is(got, c.want) || checkout.CodeOf(got) != c.code {
				t.Errorf("got %v (%s), want %v (%s)", got, checkout.CodeOf(got), c.want, c.code)
			}
		})
	}
}

// The driver's errors cannot be made by hand, so each is met.
func TestDriversErrorsAreMappedByNumber(t *testing.T) {
	db, path := openTemp(t)
	if err := db.insert(1); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	readOnly, err := sql.Open("sqlite", dsn(path, "mode=ro"))
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	for _, c := range []struct {
		name, statement string
		db              *sql.DB
		want            checkout.Code
	}{
		{"primary key", "INSERT INTO checkoutd_migrations VALUES (1)", raw, checkout.CodeConflict},
		{"unique index", "INSERT INTO checkoutd_merchants VALUES ('a', 'n', 0), ('b', 'n', 0)", raw, checkout.CodeConflict},
		{"missing row", "INSERT INTO checkoutd_accounts VALUES (1, 'none', 0)", raw, checkout.CodeNotFound},
		{"a check", "UPDATE checkoutd_sessions SET amount = 0", raw, checkout.CodeInternal},
		{"not written by us", "SELECT nothing", raw, checkout.CodeInternal},
		{"read-only file", "DELETE FROM checkoutd_merchants", readOnly, checkout.CodeUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.db.Exec(c.statement)
			if got := mapErr(err); checkout.CodeOf(got) != c.want {
				t.Errorf("got %v (%s), want %s", got, checkout.CodeOf(got), c.want)
			}
		})
	}
}
