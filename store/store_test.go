package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
	"github.com/checkoutd/checkoutd/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) checkout.Store { return openFile(t, store.Options{}) })
}

func insert(db checkout.Store, n int64) error {
	return db.Update(context.Background(), func(tx checkout.Tx) error { return tx.InsertSession(newSession(n)) })
}

func lookup(db checkout.Store, n int64) error {
	return db.View(context.Background(), func(tx checkout.Tx) error {
		_, err := tx.Session(newSession(n).ID)
		return err
	})
}

func TestFileIsReopenedWithWhatItHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd name?#%41é.db")
	for n := range int64(3) {
		db, err := store.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := insert(db, n); err != nil {
			t.Fatal(err)
		}
		for seen := range n + 1 {
			if err := lookup(db, seen); err != nil {
				t.Errorf("opened %d times, session %d: %v", n+1, seen, err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "private.db")
	db, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", path+suffix, mode)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, want string }{
		{"missing folder", filepath.Join(dir, "none", "a.db"), "no such file or directory"},
		{"a folder", dir, "is a directory"},
		{"in memory", ":memory:", "needs a file"},
		{"no path", "", "needs a file"},
		{"another format", text, "not a database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, err := store.Open(c.path)
			if err == nil {
				db.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "database "+c.path) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.db")
	db, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw := openRaw(t, path)
	if _, err := raw.Exec("INSERT INTO checkoutd_migrations (version) VALUES (7)"); err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(path)
	want := "database " + path + " is from a newer version of checkoutd (schema 7, this one knows 4): upgrade checkoutd or restore a backup"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestClosedStoreAnswersErrors(t *testing.T) {
	db, err := store.Open(filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := insert(db, 1); err == nil {
		t.Error("Update: no error")
	}
	if err := lookup(db, 1); err == nil {
		t.Error("View: no error")
	}
}

func TestViewCannotWrite(t *testing.T) {
	db := openFile(t, store.Options{})
	err := db.View(context.Background(), func(tx checkout.Tx) error { return tx.InsertSession(newSession(1)) })
	if checkout.CodeOf(err) != checkout.CodeUnavailable {
		t.Errorf("got %v", err)
	}
	if err := lookup(db, 1); !errors.Is(err, checkout.ErrNotFound) {
		t.Errorf("afterwards: %v", err)
	}
}

// Two DBs on one file stand for two processes: nothing in memory is shared.
func TestTwoProcessesShareAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shared.db")
	dbs := make([]*store.DB, 2)
	var open sync.WaitGroup
	for i := range dbs {
		open.Go(func() {
			var err error
			if dbs[i], err = store.Open(path); err != nil {
				t.Error(err)
			}
		})
	}
	open.Wait()
	if t.Failed() {
		t.FailNow()
	}
	defer dbs[0].Close()
	defer dbs[1].Close()

	if err := insert(dbs[0], 0); err != nil {
		t.Fatal(err)
	}
	const updates = 50
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range updates {
				err := dbs[i%2].Update(context.Background(), func(tx checkout.Tx) error {
					s, err := tx.Session(newSession(0).ID)
					if err != nil {
						return err
					}
					s.Quantity++
					return tx.PutSession(s)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for i, db := range dbs {
		err := db.View(context.Background(), func(tx checkout.Tx) error {
			s, err := tx.Session(newSession(0).ID)
			if err == nil && s.Quantity != 8*updates+1 {
				err = fmt.Errorf("quantity is %d", s.Quantity)
			}
			return err
		})
		if err != nil {
			t.Errorf("db %d: %v", i, err)
		}
	}
}

// openRaw opens a file without the store.
func openRaw(t *testing.T, path string, settings ...string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?"+strings.Join(settings, "&"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestCloseLeavesOneFile(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(filepath.Join(dir, "only.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(insert(db, 1), lookup(db, 1), db.Close()); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

func TestListEndsWithItsCaller(t *testing.T) {
	db := openFile(t, store.Options{Readers: 1})
	fill(t, db, 0, 1000)
	for _, q := range []checkout.SessionQuery{{Account: 1, Limit: 20}, {Account: 1, Limit: 20, Metadata: map[string]string{"none": ""}}} {
		ctx, cancel := context.WithCancel(context.Background())
		err := db.View(ctx, func(tx checkout.Tx) error {
			cancel()
			_, err := tx.ListSessions(q)
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if err := lookup(db, 1); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
