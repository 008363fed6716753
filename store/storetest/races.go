package storetest

import (
	"context"
	"errors"
	"sync"

	"github.com/checkoutd/checkoutd/checkout"
)

// racers is how many goroutines want the same thing.
const racers = 64

// race runs fn on many goroutines and returns what each of them met.
func (b *bench) race(fn func(i int) error) []error {
	outcomes := make([]error, racers)
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() { outcomes[i] = fn(i) })
	}
	wg.Wait()
	return outcomes
}

// count ends the test if an outcome is neither nil nor want, and returns how
// many are nil.
func (b *bench) count(outcomes []error, want error) (n int) {
	b.Helper()
	for _, err := range outcomes {
		switch {
		case err == nil:
			n++
		case !errors.Is(err, want):
			b.Fatalf("an outcome is %v", err)
		}
	}
	return n
}

func raceCases() []testCase {
	return []testCase{
		{"one of many puts of the same version wins", onePutWins},
		{"many updates that read before they write lose nothing", func(b *bench) {
			b.insert(session(1))
			outcomes := b.race(func(int) error {
				return b.store.Update(context.Background(), func(tx checkout.Tx) error {
					s, err := tx.Session(session(1).ID)
					if err != nil {
						return err
					}
					s.Quantity++
					return tx.PutSession(s)
				})
			})
			b.same("winners", b.count(outcomes, nil), racers)
			got, _ := find(b, session(1).ID)
			b.same("quantity", got.Quantity, int64(racers+1))
		}},
		{"many claims take different deliveries", claimsDiffer},
		{"one of many inserts of the same row wins", func(b *bench) {
			outcomes := b.race(func(int) error {
				return b.store.Update(context.Background(), func(tx checkout.Tx) error { return tx.InsertSession(session(1)) })
			})
			b.same("winners", b.count(outcomes, checkout.ErrExists), 1)
		}},
		{"a message that many deliver at once is new to one", func(b *bench) {
			outcomes := b.race(func(int) error {
				return b.store.Update(context.Background(), func(tx checkout.Tx) error {
					fresh, err := tx.ClaimInbound("wave", "1", at(1))
					if err == nil && !fresh {
						return checkout.ErrExists
					}
					return err
				})
			})
			b.same("winners", b.count(outcomes, checkout.ErrExists), 1)
		}},
	}
}

func claimsDiffer(b *bench) {
	const owed = 40
	var events []checkout.Event
	for n := range owed {
		events = append(events, event(n, session(n)))
	}
	b.owe([]checkout.Endpoint{endpoint(1)}, events...)
	var mu sync.Mutex
	taken := map[int64]bool{}
	outcomes := b.race(func(int) error {
		var o checkout.Owed
		err := b.store.Update(context.Background(), func(tx checkout.Tx) (err error) {
			claims, err := claimAny(tx, at(1), at(100), 1)
			if err == nil && len(claims) == 0 {
				return checkout.ErrNotFound
			}
			if err == nil {
				o = claims[0]
			}
			return err
		})
		mu.Lock()
		defer mu.Unlock()
		if err == nil && taken[o.Event.Seq] {
			return errors.New("taken twice")
		}
		taken[o.Event.Seq] = true
		return err
	})
	b.same("claims", b.count(outcomes, checkout.ErrNotFound), owed)
}

func onePutWins(b *bench) {
	b.insert(session(1))
	outcomes := b.race(func(i int) error {
		s := session(1)
		s.Status, s.TransactionID = checkout.StatusCompleted, checkout.IDFloor("txn_", at(i))
		return b.store.Update(context.Background(), func(tx checkout.Tx) error { return tx.PutSession(s) })
	})
	b.same("winners", b.count(outcomes, checkout.ErrStale), 1)
	got, err := find(b, session(1).ID)
	b.same("lookup", err, nil)
	b.same("version", got.Version, int64(2))
	for i, err := range outcomes {
		if err == nil {
			b.same("the winner's", got.TransactionID, checkout.IDFloor("txn_", at(i)))
		}
	}
}
