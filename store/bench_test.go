package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
)

// newSession returns the nth session of account 1, made at start plus n
// milliseconds.
func newSession(n int64) checkout.Session {
	at := start.Add(time.Duration(n) * time.Millisecond)
	return checkout.Session{
		ID: checkout.IDFloor("cs_", at), Account: 1, Status: checkout.StatusOpen, Version: 1,
		Total: checkout.Money{Amount: 12500, Currency: checkout.XOF}, Quantity: 1,
		Title: "Order #12345", Description: "Payment for items in cart", Form: checkout.DefaultForm,
		Customer:   checkout.Contact{Name: "Awa Diop", Email: "customer@example.com", Phone: "+221770000000"},
		SuccessURL: "https://your-site.example/success", CancelURL: "https://your-site.example/cancel",
		Metadata: `{"order_id":"ORD-12345"}`, IntegrationSource: "system",
		CreatedAt: at, UpdatedAt: at, ExpiresAt: at.Add(time.Hour),
	}
}

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func openFile(tb testing.TB, o store.Options) *store.DB {
	tb.Helper()
	db, err := o.Open(filepath.Join(tb.TempDir(), "test.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// fill inserts the sessions from..until, each tenth of them completed and each
// tenth expired.
func fill(tb testing.TB, db *store.DB, from, until int64) {
	tb.Helper()
	for from < until {
		err := db.Update(context.Background(), func(tx checkout.Tx) error {
			for end := min(from+5000, until); from < end; from++ {
				s := newSession(from)
				switch from % 10 {
				case 0:
					s.Status, s.TransactionID = checkout.StatusCompleted, fmt.Sprintf("txn_%d", from)
				case 1:
					s.Status = checkout.StatusExpired
				}
				if err := tx.InsertSession(s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func BenchmarkInsert(b *testing.B) {
	for _, bb := range []struct {
		callers, batch int
	}{{1, 1}, {1, 512}, {64, 1}, {64, 512}, {256, 512}} {
		b.Run(fmt.Sprintf("callers=%d/batch=%d", bb.callers, bb.batch), func(b *testing.B) {
			db := openFile(b, store.Options{MaxBatch: bb.batch})
			var next atomic.Int64
			parallel(b, bb.callers, func() error {
				s := newSession(next.Add(1))
				return db.Update(context.Background(), func(tx checkout.Tx) error { return tx.InsertSession(s) })
			})
		})
	}
}

func BenchmarkRead(b *testing.B) {
	db := openFile(b, store.Options{})
	fill(b, db, 0, 10_000)
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("one/callers=%d", callers), func(b *testing.B) {
			var next atomic.Int64
			parallel(b, callers, func() error {
				id := newSession(next.Add(1) * 7919 % 10_000).ID
				return db.View(context.Background(), func(tx checkout.Tx) error {
					_, err := tx.Session(id)
					return err
				})
			})
		})
		b.Run(fmt.Sprintf("list/callers=%d", callers), func(b *testing.B) {
			q := checkout.SessionQuery{Account: 1, Status: checkout.StatusOpen, Now: start, Limit: 20}
			parallel(b, callers, func() error {
				return db.View(context.Background(), func(tx checkout.Tx) error {
					_, err := tx.ListSessions(q)
					return err
				})
			})
		})
	}
}

// BenchmarkSize shows that what is read does not depend on what is there.
func BenchmarkSize(b *testing.B) {
	db := openFile(b, store.Options{})
	var have int64
	for _, rows := range []int64{1_000, 200_000} {
		fill(b, db, have, rows)
		have = rows
		middle := newSession(rows / 2).ID
		for _, q := range []struct {
			name  string
			query checkout.SessionQuery
		}{
			{"any", checkout.SessionQuery{}},
			{"open", checkout.SessionQuery{Status: checkout.StatusOpen, Now: start}},
			{"completed", checkout.SessionQuery{Status: checkout.StatusCompleted, Now: start}},
			{"expired", checkout.SessionQuery{Status: checkout.StatusExpired, Now: start}},
			{"cursor", checkout.SessionQuery{Older: middle}},
			{"nearest", checkout.SessionQuery{Newer: middle, Nearest: true}},
			{"until", checkout.SessionQuery{Until: start.Add(time.Duration(rows/2) * time.Millisecond)}},
		} {
			q.query.Account, q.query.Limit = 1, 20
			b.Run(fmt.Sprintf("%s/rows=%d", q.name, rows), func(b *testing.B) {
				parallel(b, 1, func() error {
					return db.View(context.Background(), func(tx checkout.Tx) error {
						list, err := tx.ListSessions(q.query)
						if err == nil && len(list) != 20 {
							err = fmt.Errorf("%d rows", len(list))
						}
						return err
					})
				})
			})
		}
		b.Run(fmt.Sprintf("nothing due/rows=%d", rows), func(b *testing.B) {
			parallel(b, 1, func() error {
				return db.View(context.Background(), func(tx checkout.Tx) error {
					_, err := tx.DueSessions(start, 100)
					return err
				})
			})
		})
		b.Run(fmt.Sprintf("next due/rows=%d", rows), func(b *testing.B) {
			parallel(b, 1, func() error {
				return db.View(context.Background(), func(tx checkout.Tx) error {
					_, err := tx.NextDue(start)
					return err
				})
			})
		})
	}
}

// parallel runs do b.N times on that many goroutines.
func parallel(b *testing.B, callers int, do func() error) {
	b.Helper()
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	faults := make(chan error, callers)
	for range callers {
		go func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					faults <- err
					return
				}
			}
			faults <- nil
		}()
	}
	for range callers {
		if err := <-faults; err != nil {
			b.Fatal(err)
		}
	}
}
