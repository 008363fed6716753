package store_test

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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
