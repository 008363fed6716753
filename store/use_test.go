package store_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
	"github.com/checkoutd/checkoutd/store/storetest"
)

var goodSettings = []string{
	"_pragma=busy_timeout(5000)", "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)", "_pragma=foreign_keys(ON)",
}

// openHost returns an embedding program's pool and the store in it.
func openHost(t *testing.T) (*sql.DB, *store.DB) {
	t.Helper()
	host := openRaw(t, filepath.Join(t.TempDir(), "shop.db"), goodSettings...)
	if _, err := host.Exec("CREATE TABLE sessions (id TEXT PRIMARY KEY); PRAGMA user_version = 42"); err != nil {
		t.Fatal(err)
	}
	db, err := store.Use(host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return host, db
}

func TestConformanceInAHostsPool(t *testing.T) {
	storetest.Run(t, func(t *testing.T) checkout.Store {
		_, db := openHost(t)
		return db
	})
}

func TestUseTakesAPoolOfOneConnection(t *testing.T) {
	host, db := openHost(t)
	host.SetMaxOpenConns(1)
	var wg sync.WaitGroup
	for n := range int64(20) {
		wg.Go(func() {
			if err := errors.Join(insert(db, n), lookup(db, n)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := host.Stats().InUse; got != 0 {
		t.Errorf("%d connections are still in use", got)
	}
}

func TestUseLeavesTheHostsThingsAlone(t *testing.T) {
	host, db := openHost(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var version int
	if err := host.QueryRow("PRAGMA user_version").Scan(&version); err != nil || version != 42 {
		t.Errorf("user_version is %d, %v", version, err)
	}
	if _, err := host.Exec("INSERT INTO sessions (id) VALUES ('mine')"); err != nil {
		t.Error(err)
	}
}

func TestUseSaysWhichSettingToChange(t *testing.T) {
	for _, c := range []struct{ name, without, with, want string }{
		{"no WAL", "journal_mode(WAL)", "journal_mode(DELETE)", "add _pragma=journal_mode(WAL)"},
		{"no sync at commit", "synchronous(FULL)", "synchronous(NORMAL)", "add _pragma=synchronous(FULL)"},
		{"no foreign keys", "foreign_keys(ON)", "foreign_keys(OFF)", "add _pragma=foreign_keys(ON)"},
		{"no wait for others", "busy_timeout(5000)", "busy_timeout(0)", "add _pragma=busy_timeout(5000)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := strings.ReplaceAll(strings.Join(goodSettings, "&"), c.without, c.with)
			_, err := store.Use(openRaw(t, filepath.Join(t.TempDir(), "shop.db"), settings))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
		})
	}
}

func TestJoinCommitsWithTheHost(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*sql.Tx) error
		want int
	}{{"commit", (*sql.Tx).Commit, 1}, {"rollback", (*sql.Tx).Rollback, 0}} {
		t.Run(c.name, func(t *testing.T) {
			host, db := openHost(t)
			ctx := context.Background()
			tx, err := host.BeginTx(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec("INSERT INTO sessions (id) VALUES ('order')"); err != nil {
				t.Fatal(err)
			}
			if err := store.Join(ctx, tx).InsertSession(newSession(1)); err != nil {
				t.Fatal(err)
			}
			if err := lookup(db, 1); !errors.Is(err, checkout.ErrNotFound) {
				t.Errorf("before the end: %v", err)
			}
			if err := c.end(tx); err != nil {
				t.Fatal(err)
			}
			var orders int
			if err := host.QueryRow("SELECT count(*) FROM sessions").Scan(&orders); err != nil {
				t.Fatal(err)
			}
			if found := lookup(db, 1) == nil; orders != c.want || found != (c.want == 1) {
				t.Errorf("%d orders, session found: %t", orders, found)
			}
		})
	}
}
