package store_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
	"path/filepath"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
)

func TestTmpBig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.db")
	db, _ := store.Options{Readers: 1}.Open(path)
	t0 := time.Now()
	fill(t, db, 0, 1000000)
	fmt.Println("fill", time.Since(t0))
	for _, to := range []time.Duration{5 * time.Millisecond, 50 * time.Millisecond, time.Minute} {
		ctx, cancel := context.WithTimeout(context.Background(), to)
		t0 = time.Now()
		err := db.View(ctx, func(tx checkout.Tx) error {
			_, err := tx.ListSessions(checkout.SessionQuery{Account: 1, CustomerEmail: "nobody", Limit: 20})
			return err
		})
		fmt.Println("email", to, time.Since(t0), err)
		cancel()
		fmt.Println(lookup(db, 1))
	}
	for name, q := range map[string]checkout.SessionQuery{"any": {}, "open": {Status: "open", Now: start}, "expired": {Status: "expired", Now: start}, "completed": {Status: "completed", Now: start},
		"deep cursor": {Older: newSession(900000).ID}, "offset 100k": {Offset: 100000}} {
		q.Account = 1; q.Limit = 20
		best := time.Hour
		for range 20 {
			t0 = time.Now()
			_ = db.View(context.Background(), func(tx checkout.Tx) error { _, err := tx.ListSessions(q); return err })
			best = min(best, time.Since(t0))
		}
		fmt.Println(name, best)
	}
	best := time.Hour
	for range 20 {
		t0 = time.Now()
		_ = db.View(context.Background(), func(tx checkout.Tx) error { _, err := tx.DueSessions(start, 100); return err })
		best = min(best, time.Since(t0))
	}
	fmt.Println("due", best)
	// half of the open ones lapsed, unswept
	now := start.Add(time.Hour + 400*time.Second)
	for _, st := range []checkout.Status{"open", "expired"} {
		t0 = time.Now()
		_ = db.View(context.Background(), func(tx checkout.Tx) error { _, err := tx.ListSessions(checkout.SessionQuery{Account: 1, Limit: 20, Status: st, Now: now}); return err })
		fmt.Println("320k lapsed unswept:", st, time.Since(t0))
	}
	db.Close()
	fi, _ := os.Stat(path)
	fmt.Println("bytes per session", fi.Size()/1000000)
	t0 = time.Now()
	db, _ = store.Open(path)
	fmt.Println("open", time.Since(t0))
	db.Close()
}
