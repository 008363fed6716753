package storetest

import (
	"context"
	"errors"
	"sync"

	"github.com/checkoutd/checkoutd/checkout"
)

var errBoom = errors.New("boom")

func transactionCases() []testCase {
	return []testCase{
		{"an update is seen once it has returned", func(b *bench) {
			b.insert(session(1))
			b.same("session", read(b, func(tx checkout.Tx) (checkout.Session, error) { return tx.Session(session(1).ID) }), session(1))
		}},
		{"an update sees its own writes", func(b *bench) {
			b.update(func(tx checkout.Tx) error {
				if err := tx.InsertSession(session(1)); err != nil {
					return err
				}
				_, err := tx.Session(session(1).ID)
				return err
			})
		}},
		{"an error undoes the update", func(b *bench) {
			b.fails(errBoom, func(tx checkout.Tx) error {
				if err := tx.InsertSession(session(1)); err != nil {
					return err
				}
				return errBoom
			})
			b.same("sessions", b.ids(all), []string(nil))
		}},
		{"a panic undoes the update and reaches its caller", func(b *bench) {
			func() {
				defer func() { b.same("panic", recover(), "boom") }()
				_ = b.store.Update(context.Background(), func(tx checkout.Tx) error {
					if err := tx.InsertSession(session(1)); err != nil {
						return err
					}
					panic("boom")
				})
			}()
			b.same("sessions", b.ids(all), []string(nil))
			b.insert(session(1))
		}},
		{"a panic in a view leaves the store usable", viewPanics},
		{"an error inside an update does not spoil it", func(b *bench) {
			b.insert(session(1))
			b.update(func(tx checkout.Tx) error {
				if err := tx.InsertSession(session(1)); !errors.Is(err, checkout.ErrExists) {
					return err
				}
				return tx.InsertSession(session(2))
			})
			b.same("sessions", len(b.ids(all)), 2)
		}},
		{"a view stays as it was", viewIsStable},
		{"an ended context runs nothing", func(b *bench) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			run := func(checkout.Tx) error { b.Error("it ran"); return nil }
			if err := b.store.Update(ctx, run); !errors.Is(err, context.Canceled) {
				b.Errorf("Update: %v", err)
			}
			if err := b.store.View(ctx, run); !errors.Is(err, context.Canceled) {
				b.Errorf("View: %v", err)
			}
		}},
		{"failing updates beside others undo only themselves", failuresAreAlone},
	}
}

func viewIsStable(b *bench) {
	b.insert(session(1))
	b.view(func(tx checkout.Tx) error {
		count := func() int {
			list, err := tx.ListSessions(all)
			if err != nil {
				b.Fatal(err)
			}
			return len(list)
		}
		b.same("before", count(), 1)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = b.store.Update(context.Background(), func(tx checkout.Tx) error { return tx.InsertSession(session(2)) })
		}()
		<-done
		b.same("after a rival update", count(), 1)
		return nil
	})
	b.same("in a new view", len(b.ids(all)), 2)
}

func failuresAreAlone(b *bench) {
	const callers = 64
	outcomes := make([]error, callers)
	panics := make([]any, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			defer func() { panics[i] = recover() }()
			outcomes[i] = b.store.Update(context.Background(), func(tx checkout.Tx) error {
				if err := tx.InsertSession(session(i)); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return errBoom
				case 2:
					panic(i)
				}
				return nil
			})
		})
	}
	wg.Wait()
	for i := range callers {
		_, err := find(b, session(i).ID)
		switch i % 4 {
		case 1:
			b.same("outcome", outcomes[i], errBoom)
			b.same("undone", errors.Is(err, checkout.ErrNotFound), true)
		case 2:
			b.same("panic", panics[i], i)
			b.same("undone", errors.Is(err, checkout.ErrNotFound), true)
		default:
			b.same("outcome", outcomes[i], nil)
			b.same("kept", err, nil)
		}
	}
}

// find looks up a session that may be missing.
func find(b *bench, id string) (s checkout.Session, err error) {
	_ = b.store.View(context.Background(), func(tx checkout.Tx) error {
		s, err = tx.Session(id)
		return nil
	})
	return s, err
}

func viewPanics(b *bench) {
	for range 20 { // more than a pool of readers holds
		func() {
			defer func() { b.same("panic", recover(), "boom") }()
			_ = b.store.View(context.Background(), func(checkout.Tx) error { panic("boom") })
		}()
	}
	b.insert(session(1))
	b.same("sessions", len(b.ids(all)), 1)
}
