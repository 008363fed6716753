package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/cmd/bench/internal/load"
	"github.com/checkoutd/checkoutd/store"
	"github.com/checkoutd/checkoutd/webhook"
)

const (
	// few is what is pending in the database that the large one stands beside.
	few = 1000

	claimed = 32 // at once, as the dispatcher does
	eachGet = 2  // of one endpoint, as the dispatcher does at first

	rounds  = 7
	inRound = 14 // claims of a round, which leave something of few

	hastened = 500 // deliveries brought forward at once, as the dispatcher does
)

// backlogs are two databases: in the large one much is pending, in the small one
// little.
type backlogs struct {
	large, small string
	n            int       // pending in the large one
	at           time.Time // since when everything is due
}

// backlog measures whether webhooks slow down as what is owed piles up.
func (b *bench) backlog(ctx context.Context) error {
	rows := max(b.rows, owed) // fewer would be used up
	much := number(float64(rows))
	spread := fmt.Sprintf("webhook: %s pending at %d endpoints beside %s", much, many, number(few))
	apart := fmt.Sprintf("webhook: %s pending at a paused endpoint beside %s at others", much, number(few))
	wantSpread, wantApart := b.wants(spread), b.wants(apart)
	if !wantSpread && !wantApart {
		return nil
	}
	var received atomic.Int64
	r := &receivers{got: func(int, time.Time) { received.Add(1) }}
	if err := r.listen(ctx, many); err != nil {
		return err
	}
	l := backlogs{
		n: rows, large: filepath.Join(b.dir, "pending.db"), small: filepath.Join(b.dir, "few.db"),
		at: time.Now().Add(-time.Minute).UTC().Truncate(time.Millisecond),
	}
	err := b.fillBacklogs(ctx, l, r.urls)
	if err == nil && wantApart {
		err = b.behindPaused(ctx, l, apart)
	}
	if err == nil && wantSpread {
		err = errors.Join(b.behindOthers(ctx, l, spread), b.serving(ctx, l, r.urls, &received))
	}
	return errors.Join(err, r.close())
}

// fillBacklogs writes the endpoints, the last of which is paused, and the events
// of both databases.
func (b *bench) fillBacklogs(ctx context.Context, l backlogs, urls []string) error {
	urls = append(slices.Clone(urls), "https://paused.example.com/webhooks")
	for file, n := range map[string]int{l.large: l.n, l.small: few} {
		if err := addEndpoints(ctx, file, urls); err != nil {
			return err
		}
		err := outboxOf(file, func(o outbox) error {
			return errors.Join(o.pause(ctx, many), o.events(ctx, n, []byte(`{"id":"evt"}`), l.at), o.owe(ctx, min(n, few), 0, many, l.at))
		})
		if err != nil {
			return err
		}
	}
	b.table.note("Pending events have bodies of a few bytes. Two and two belong to one session, so that the second waits for the first.\n" +
		"A claim takes 32 of 16 endpoints, with its commit; a look finds nothing due; catching up brings 500 forward at once.")
	return nil
}

// behindPaused measures claims while a paused endpoint is owed all events, and
// the looks when there is nothing else.
func (b *bench) behindPaused(ctx context.Context, l backlogs, name string) error {
	err := outboxOf(l.large, func(o outbox) error { return o.owe(ctx, l.n, many, many+1, l.at) })
	if err != nil {
		return err
	}
	return b.sides(ctx, l, name, []cell{
		{"claim, p50 ms", atMost(2), claims},
		{"look, p50 ms", atMost(2), looks},
		{"sweep, p50 ms", atMost(3), sweepOnce},
	}, l.large, l.small)
}

// behindOthers measures the same while the events are owed to all endpoints, and
// what it takes to bring forward what they missed.
func (b *bench) behindOthers(ctx context.Context, l backlogs, name string) error {
	err := outboxOf(l.large, func(o outbox) error {
		return errors.Join(o.forget(ctx), o.owe(ctx, l.n, 0, many, l.at))
	})
	if err != nil {
		return err
	}
	err = with(l.large, func(db *store.DB) error {
		took, err := hastens(ctx, db, l.at)
		if err != nil {
			return err
		}
		slices.Sort(took)
		b.table.add(row{name: name, unit: "catch up, p50 ms", measured: millis(load.Percentile(took, 50)), target: atMost(20)})
		return nil
	})
	if err != nil {
		return err
	}
	return b.sides(ctx, l, name, []cell{
		{"claim, p50 ms", atMost(2), claims},
		{"look, p50 ms", atMost(2), looks},
		{"sweep, p50 ms", atMost(3), sweepOnce},
		{"health, p50 ms", atMost(3), pings},
	}, l.small) // what is left of the large one is more than enough
}

// cell is a figure of a database, and what is run in rounds to measure it.
type cell struct {
	unit   string
	target target
	round  func(ctx context.Context, db *store.DB, at time.Time) ([]time.Duration, error)
}

// sides measures cells on both databases in turns and adds their rows. After
// each round what was done to the files in again is undone.
func (b *bench) sides(ctx context.Context, l backlogs, name string, cells []cell, again ...string) error {
	for _, c := range cells {
		var p50 [2]float64
		var took [2][]time.Duration
		for range rounds {
			for i, file := range []string{l.large, l.small} {
				err := with(file, func(db *store.DB) error {
					some, err := c.round(ctx, db, l.at)
					took[i] = append(took[i], some...)
					return err
				})
				if err != nil {
					return fmt.Errorf("%s, %s: %w", name, c.unit, err)
				}
			}
			for _, file := range again {
				err := outboxOf(file, func(o outbox) error { return o.reset(ctx, many, l.at) })
				if err != nil {
					return err
				}
			}
		}
		for i := range took {
			slices.Sort(took[i])
			p50[i] = millis(load.Percentile(took[i], 50))
		}
		b.table.add(row{name, c.unit, p50[0], p50[1], c.target})
	}
	return nil
}

// timed returns how long each of n calls of f took.
func timed(n int, f func() error) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	for i := range took {
		start := time.Now()
		if err := f(); err != nil {
			return nil, err
		}
		took[i] = time.Since(start)
	}
	return took, nil
}

// claims claims as the dispatcher does.
func claims(ctx context.Context, db *store.DB, _ time.Time) ([]time.Duration, error) {
	return timed(inRound, func() error {
		now := time.Now()
		return db.Update(ctx, func(tx checkout.Tx) error {
			due, err := tx.DueEndpoints(now, 0, claimed)
			if err != nil {
				return err
			}
			left := claimed
			for _, e := range due {
				some, err := tx.ClaimDeliveries(e.ID, now, now.Add(time.Hour), min(left, eachGet))
				if err != nil {
					return err
				}
				left -= len(some)
			}
			if left > 0 {
				return fmt.Errorf("%d of %d deliveries were claimed", claimed-left, claimed)
			}
			return nil
		})
	})
}

// before is when nothing was due yet.
func before(at time.Time) *clock.Mock {
	c := clock.NewMock()
	c.Set(at.Add(-2 * time.Hour)) // what is brought forward is due an hour before
	return c
}

// looks looks for something to do when nothing is due.
func looks(ctx context.Context, db *store.DB, at time.Time) ([]time.Duration, error) {
	d, err := webhook.New(webhook.Config{Store: db, Log: silent, Clock: before(at)})
	if err != nil {
		return nil, err
	}
	once := func() error {
		did, err := d.RunOnce(ctx)
		if did {
			return errors.Join(err, errors.New("something was due"))
		}
		return err
	}
	if err := once(); err != nil { // the first also drops what is old
		return nil, err
	}
	return timed(inRound, once)
}

// sweepOnce runs the server's sweep, which brings forward what is due too late.
func sweepOnce(ctx context.Context, db *store.DB, at time.Time) ([]time.Duration, error) {
	svc, err := checkout.New(checkout.Config{Store: db, Clock: before(at)})
	if err != nil {
		return nil, err
	}
	s := checkout.NewSweeper(svc, silent)
	return timed(inRound, func() error { return s.RunOnce(ctx) })
}

// pings asks whether the server is well.
func pings(ctx context.Context, db *store.DB, at time.Time) ([]time.Duration, error) {
	svc, err := checkout.New(checkout.Config{Store: db, Clock: before(at)})
	if err != nil {
		return nil, err
	}
	return timed(inRound, func() error { return svc.Ping(ctx) })
}

// hastens brings forward what endpoints have missed, a batch of each.
func hastens(ctx context.Context, db *store.DB, at time.Time) ([]time.Duration, error) {
	i := 0
	return timed(inRound, func() error {
		i++
		return db.Update(ctx, func(tx checkout.Tx) error {
			n, err := tx.Hasten(endpointID(i), at.Add(time.Hour), at.Add(-time.Hour), 30, hastened)
			if err == nil && n == 0 {
				err = errors.New("nothing was brought forward")
			}
			return err
		})
	})
}

// serving runs the server itself on the large database and on one that holds
// little more than is waited for, and measures how fast it delivers, and what
// memory it takes.
func (b *bench) serving(ctx context.Context, l backlogs, urls []string, received *atomic.Int64) error {
	const sent = owed / 2
	name := fmt.Sprintf("webhook: server sends %s of %s beside of %s", number(sent), number(float64(l.n)), number(owed))
	if !b.wants(name) {
		return nil
	}
	var rate, peak [2][]float64
	for range 3 {
		small := filepath.Join(b.dir, "serving.db")
		if err := b.fillDue(ctx, small, urls, owed); err != nil {
			return err
		}
		for i, file := range []string{l.large, small} {
			took, mib, err := b.serveOwed(ctx, file, received, sent)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			rate[i], peak[i] = append(rate[i], sent/took.Seconds()), append(peak[i], mib)
		}
	}
	b.table.add(
		row{name, "sent/s", median(rate[0]), median(rate[1]), atLeast(0.7)},
		row{name, "peak MiB", median(peak[0]), median(peak[1]), atMost(1.5)},
	)
	return nil
}

// serveOwed runs the server until it has sent n messages, and returns how long
// it took after the first and the most memory that it had.
func (b *bench) serveOwed(ctx context.Context, file string, received *atomic.Int64, n int64) (took time.Duration, mib float64, err error) {
	old := received.Load()
	sv, err := b.start(ctx, product("--allow-loopback-webhooks"), file)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, sv.stop()) }()
	var first time.Time
	for deadline := time.Now().Add(patience); received.Load()-old < n; {
		if first.IsZero() && received.Load() > old {
			first = time.Now()
		}
		if time.Now().After(deadline) {
			return 0, 0, fmt.Errorf("%d of %d messages came", received.Load()-old, n)
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return 0, 0, err
		}
	}
	took = time.Since(first)
	mib, err = sv.memory("VmHWM")
	return took, mib, err
}
