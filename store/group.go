package store

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// maxBatch is how many updates share a commit at most: enough for every caller
// that a server has waiting, few enough that readers of the log are not held up.
const maxBatch = 512

// errAbandoned answers the updates of a batch whose leader was torn away, as by
// a t.FailNow inside a closure.
var errAbandoned = errors.New("store: the update was abandoned")

// group lets updates that wait at the same time share a transaction, and so the
// wait for the disk. It has no goroutine: the first caller leads, runs what is
// waiting, and hands the lead to the first of those who came meanwhile.
type group struct {
	links *pool
	most  int // updates in a batch

	mu      sync.Mutex
	leading bool
	waiting []*job // waiting[0] leads, or is about to
}

// job is one update: a closure that waits for its turn, and then its outcome.
type job struct {
	ctx      context.Context
	fn       func(t txn) error
	err      error
	panicked any
	wake     chan bool // true: take the lead; false: the outcome is there
}

// do runs fn in a savepoint of its own and returns after the commit is on disk.
func (g *group) do(ctx context.Context, fn func(t txn) error) error {
	j := &job{ctx: ctx, fn: fn, err: errAbandoned, wake: make(chan bool, 1)}
	if g.enlist(j) || <-j.wake {
		g.lead(ctx)
	}
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
}

// enlist adds j to those who wait and reports whether it must lead.
func (g *group) enlist(j *job) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, j)
	first := !g.leading
	g.leading = true
	return first
}

// lead runs one batch, which begins with the caller's own update.
func (g *group) lead(ctx context.Context) {
	l, err := g.links.get(ctx)
	most := g.most
	if err != nil {
		most = 1 // the others may have more patience
	}
	batch := g.take(most)
	defer g.finish(batch)
	if err != nil {
		batch[0].err = err
		return
	}
	broken, done := true, false
	defer func() {
		if !done { // commit was torn away: nothing of the batch is on disk
			answer(batch, errAbandoned)
		}
		g.links.put(l, broken)
	}()
	broken = !commit(l, batch)
	done = true
}

// take removes up to most updates from the front of those who wait.
func (g *group) take(most int) []*job {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(most, len(g.waiting))
	batch := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	return batch
}

// finish wakes those whose updates are done and hands on the lead. The leader
// itself is not asleep: batch[0].
//
// The new leader is woken last and given the processor: the disk is what
// everybody waits for, and what the others have left to do can be done while it
// works.
func (g *group) finish(batch []*job) {
	for _, j := range batch[1:] {
		j.wake <- false
	}
	g.mu.Lock()
	led := len(g.waiting) > 0
	if led {
		g.waiting[0].wake <- true
	} else {
		g.leading, g.waiting = false, nil
	}
	g.mu.Unlock()
	if led {
		runtime.Gosched()
	}
}

// commit runs batch in one transaction and fills in the outcomes. It reports
// whether l is outside of a transaction again.
func commit(l *link, batch []*job) bool {
	ctx := context.Background() // a context that can end costs a goroutine a statement
	if err := l.exec(ctx, sqlWrite); err != nil {
		answer(batch, err)
		return true
	}
	err := runAll(ctx, l, batch)
	if err == nil {
		err = l.exec(ctx, sqlCommit)
	}
	if err == nil {
		return true
	}
	answer(batch, err)
	// After some faults SQLite has rolled back by itself, and says so with an
	// error here: a new connection is cheaper than to tell the cases apart.
	return l.exec(ctx, sqlRollback) == nil
}

// answer gives every update of a lost batch the same outcome.
func answer(batch []*job, err error) {
	for _, j := range batch {
		j.err = err
	}
}

// runAll runs the updates one after the other. It returns an error if the
// transaction as a whole is lost.
func runAll(ctx context.Context, l *link, batch []*job) error {
	for _, j := range batch {
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		if err := l.exec(ctx, sqlSave); err != nil {
			return err
		}
		if j.err = j.run(txn{ctx: ctx, caller: j.ctx, q: l.queries}); j.err != nil || j.panicked != nil {
			if err := l.exec(ctx, sqlUndo); err != nil {
				return lost(j.err, err)
			}
		}
		if err := l.exec(ctx, sqlRelease); err != nil {
			return lost(j.err, err)
		}
	}
	return nil
}

// lost returns why a transaction ended before its time: what the update met, or
// else what was noticed afterwards.
func lost(cause, noticed error) error {
	if cause != nil {
		return cause
	}
	return noticed
}

// run calls the closure, whose panic is kept for the caller it belongs to.
func (j *job) run(t txn) error {
	defer func() { j.panicked = recover() }()
	return j.fn(t)
}
