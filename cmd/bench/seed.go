package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/cmd/bench/internal/ident"
	"github.com/checkoutd/checkoutd/store"
)

// perUpdate is how many sessions are written in one transaction.
const perUpdate = 5000

// span is how long ago the oldest session was created; the newest is of now.
const span = 90 * 24 * time.Hour

// life is how long a seeded session can be paid: no open one expires while it is
// measured.
const life = 20 * 24 * time.Hour

// seed says which sessions to write: n of them, for an account, the status of
// each by its age.
type seed struct {
	account int64
	n       int
	status  func(r *rand.Rand, i, n int) checkout.Status // i counts from the oldest
}

// mixed makes 5 % open, 70 % completed and 25 % expired: half of the newest
// tenth is open, the rest is settled.
func mixed(r *rand.Rand, i, n int) checkout.Status {
	switch {
	case i >= n-n/10 && r.IntN(2) == 0:
		return checkout.StatusOpen
	case r.IntN(95) < 25:
		return checkout.StatusExpired
	}
	return checkout.StatusCompleted
}

// allOpen makes open sessions.
func allOpen(*rand.Rand, int, int) checkout.Status { return checkout.StatusOpen }

// write puts the sessions into db, oldest first.
func (s seed) write(ctx context.Context, db *store.DB, now time.Time) error {
	for from := 0; from < s.n; from += perUpdate {
		err := db.Update(ctx, func(tx checkout.Tx) error {
			for i := from; i < min(from+perUpdate, s.n); i++ {
				session, err := s.session(i, now)
				if err != nil {
					return err
				}
				if err := tx.InsertSession(session); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// session makes the i-th session. It is the same each time, since an update may
// run twice.
func (s seed) session(i int, now time.Time) (checkout.Session, error) {
	noise := rand.NewChaCha8([32]byte{byte(i), byte(i >> 8), byte(i >> 16), byte(i >> 24)})
	left := time.Duration(float64(span) * float64(s.n-1-i) / float64(s.n))
	created := now.Add(-left).UTC().Truncate(time.Millisecond)
	id, err := ident.New("cs_", created, noise)
	if err != nil {
		return checkout.Session{}, err
	}
	order := fmt.Sprintf("ORD-%05d", i%100_000)
	out := checkout.Session{
		ID: id, Account: s.account, Status: s.status(rand.New(noise), i, s.n), Version: 1,
		Total: checkout.Money{Amount: 10000, Currency: checkout.XOF},
		Title: "Order #" + order[4:], Description: "Payment for items in cart", Quantity: 1, Form: checkout.DefaultForm,
		Customer:   checkout.Contact{Email: "customer@example.com"},
		SuccessURL: "https://your-site.com/success", CancelURL: "https://your-site.com/cancel",
		Metadata: checkout.Metadata(`{"order_id":"` + order + `"}`), IntegrationSource: "system",
		CreatedAt: created, UpdatedAt: created, ExpiresAt: created.Add(life),
	}
	switch out.Status {
	case checkout.StatusOpen: // seen as open, however old
		out.ExpiresAt = now.Add(life).UTC().Truncate(time.Millisecond)
	case checkout.StatusCompleted:
		if out.TransactionID, err = ident.New("txn_", created.Add(time.Minute), noise); err != nil {
			return checkout.Session{}, err
		}
		out.UpdatedAt = created.Add(time.Minute)
	case checkout.StatusExpired:
		out.ExpiresAt = created.Add(time.Minute)
		out.UpdatedAt = out.ExpiresAt
	}
	return out, nil
}

// textBytes is how much text a session has on average, identifiers included.
func (s seed) textBytes(now time.Time) (int, error) {
	const sample = 1000
	total := 0
	for k := range sample {
		o, err := s.session(k*s.n/sample, now)
		if err != nil {
			return 0, err
		}
		for _, text := range []string{
			o.ID, string(o.Status), string(o.Total.Currency), o.Title, o.Description, o.Customer.Email,
			o.SuccessURL, o.CancelURL, string(o.Metadata), o.IntegrationSource, o.TransactionID,
		} {
			total += len(text)
		}
	}
	return total / sample, nil
}

// shrink moves what is in the write-ahead log of a closed database into its file
// and returns the bytes of the file.
func shrink(ctx context.Context, file string) (int64, error) {
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		return 0, err
	}
	_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	if err = errors.Join(err, db.Close()); err != nil {
		return 0, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// remove deletes a database and the files beside it, if they are there.
func remove(file string) error {
	for _, name := range []string{file, file + "-wal", file + "-shm"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
