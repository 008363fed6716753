package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
)

func TestMigrationsReachTheSchema(t *testing.T) {
	migrated := filepath.Join(t.TempDir(), "migrated.db")
	db, err := store.Open(migrated)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	text, err := os.ReadFile("../schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	whole := openRaw(t, filepath.Join(t.TempDir(), "whole.db"))
	if _, err := whole.Exec(string(text)); err != nil {
		t.Fatal(err)
	}
	got, want := describe(t, openRaw(t, migrated)), describe(t, whole)
	delete(got, "table checkoutd_migrations")
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s\nmigrated: %s\nschema:   %s", name, got[name], want[name])
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("%s is not in schema.sql", name)
	}
}

// describe returns each table and index with its columns and its text, spaces
// aside.
func describe(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	objects := map[string]string{}
	each(t, db, "SELECT type || ' ' || name, name, type, COALESCE(sql, '') FROM sqlite_master", func(v []string) {
		columns := "SELECT cid, name, type, \"notnull\", COALESCE(dflt_value, ''), pk, hidden FROM pragma_table_xinfo('" + v[1] + "')"
		if v[2] == "index" {
			columns = "SELECT seqno, cid, COALESCE(name, ''), \"desc\", coll, key FROM pragma_index_xinfo('" + v[1] + "')"
		}
		text := strings.NewReplacer(" ,", ",", " )", ")", "( ", "(").Replace(strings.Join(strings.Fields(v[3]), " "))
		each(t, db, columns, func(v []string) { text += fmt.Sprint("\n  ", v) })
		objects[v[0]] = text
	})
	return objects
}

// each calls fn with every row of a query.
func each(t *testing.T, db *sql.DB, query string, fn func(values []string)) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for rows.Next() {
		values := make([]string, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, values := range all {
		fn(values)
	}
}

func TestTablesSayWhoseTheyAre(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	each(t, openRaw(t, path), "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_autoindex_checkoutd_%'", func(v []string) {
		if !strings.HasPrefix(v[0], "checkoutd_") {
			t.Errorf("%s does not begin with checkoutd_", v[0])
		}
	})
}

// TestMigrationsKeepWhatIsThere brings a database to the newest schema that was in
// use with an older one.
func TestMigrationsKeepWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	old := openRaw(t, path, "_pragma=foreign_keys(ON)")
	for n, name := range []string{"0001_init", "0002_providers", "0003_webhooks"} {
		text, err := os.ReadFile("migrations/" + name + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		exec(t, old, "CREATE TABLE IF NOT EXISTS checkoutd_migrations (version INTEGER NOT NULL PRIMARY KEY) STRICT")
		exec(t, old, string(text))
		exec(t, old, fmt.Sprintf("INSERT INTO checkoutd_migrations (version) VALUES (%d)", n+1))
	}
	exec(t, old, `INSERT INTO checkoutd_sessions VALUES ('cs_1', 1, 'completed', 2, 500, 'XOF', 'Coffee', '', 1, 0, 0, 0, 0, 0, 0,
		'Awa', '', '', '', '', '', '', 'order-1', '', '', '{"a":"b"}', '', 'txn_1', 0, 1000, 2000, 3000)`)
	exec(t, old, `INSERT INTO checkoutd_attempts VALUES ('txn_1', 1, 'cs_1', 'paid', 3, 'wave', 1, 'wave', 'MOBILE_MONEY', 500, 'XOF', 500, 'XOF', 0,
		'', 'ref', 'sealed', 'charge', '', '', 200, 100, '', 4, 1500, 0, 2500, 1600, 1000, 2000)`)
	exec(t, old, `INSERT INTO checkoutd_refunds VALUES ('re_1', 1, 'txn_1', 'cs_1', 'pending', 1, 200, 'XOF', 'merchant', '', '', '', 0, 9000, 1700, 1700)`)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}

	db, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ms := func(n int64) time.Time { return time.UnixMilli(n).UTC() }
	xof := func(n int64) checkout.Money { return checkout.Money{Amount: n, Currency: checkout.XOF} }
	err = db.View(t.Context(), func(tx checkout.Tx) error {
		s, sessionErr := tx.Session("cs_1")
		same(t, s, checkout.Session{
			ID: "cs_1", Account: 1, Status: checkout.StatusCompleted, Version: 2, Total: xof(500), Title: "Coffee", Quantity: 1,
			Customer: checkout.Contact{Name: "Awa"}, ClientReference: "order-1", Metadata: `{"a":"b"}`, TransactionID: "txn_1",
			CreatedAt: ms(1000), UpdatedAt: ms(2000), ExpiresAt: ms(3000),
		})
		a, attemptErr := tx.Attempt("txn_1")
		same(t, a, checkout.Attempt{
			ID: "txn_1", Account: 1, SessionID: "cs_1", Status: checkout.AttemptPaid, Version: 3, Provider: "wave", Own: true, Method: "wave",
			MethodCode: "MOBILE_MONEY", Amount: xof(500), Received: xof(500), Ref: "ref", Secret: "sealed", Charge: "charge",
			Refunding: 200, Refunded: 100, Polls: 4, PolledAt: ms(1500), Until: ms(2500), PaidAt: ms(1600), CreatedAt: ms(1000), UpdatedAt: ms(2000),
		})
		r, refundErr := tx.Refund("re_1")
		same(t, r, checkout.Refund{
			ID: "re_1", Account: 1, AttemptID: "txn_1", SessionID: "cs_1", Status: checkout.RefundPending, Version: 1, Amount: xof(200),
			Origin: "merchant", DueAt: ms(9000), CreatedAt: ms(1700), UpdatedAt: ms(1700),
		})
		return errors.Join(sessionErr, attemptErr, refundErr)
	})
	if err != nil {
		t.Error(err)
	}
	each(t, openRaw(t, path), "PRAGMA foreign_key_check", func(v []string) { t.Errorf("a row refers to nothing: %v", v) })
}

func exec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func same[V comparable](t *testing.T, got, want V) {
	t.Helper()
	if got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}
