package webhook

import (
	"context"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

const (
	// faultWait is how long Run leaves a store alone that has just failed.
	faultWait = time.Second

	// stopGrace is how long tries that are under way may go on when Run is told
	// to stop.
	stopGrace = 5 * time.Second

	// maxWaiting bounds the claimed deliveries that wait for a slot, and so the
	// memory of Run: a body is at most some 40 KB, usually 2.
	maxWaiting = 1024

	// A delivery that found no place to wait is due again when those before it
	// should be gone, by the time that the last try took: at least after
	// minRest, after firstRest if no try has ended yet.
	minRest   = time.Second
	firstRest = 5 * time.Second
)

// Run delivers what is owed until ctx is done, with up to [Config].Concurrency
// tries at once, and returns ctx's error. Tries that are under way by then get 5
// seconds to end; what is cut off is sent again later, by whoever runs next.
// Faults of the store are logged, and Run goes on after a second.
//
// A try is started while its endpoint has fewer under way than there are slots
// free: one endpoint that hangs takes half of the slots, two take a third each,
// and the last slot goes only to an endpoint that has none. What has no slot yet
// waits in memory, by the same rule; what finds no place there is put back.
func (d *Dispatcher) Run(ctx context.Context) error {
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	l := &loop{
		d: d, sending: sending, lanes: map[string]*lane{},
		done: make(chan result, d.concurrency), // so that no sender ever waits for the loop
	}
	for ctx.Err() == nil {
		more, err := l.pass(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			d.log.Error("webhook dispatcher", "err", err)
			l.wait(ctx, nil, faultWait)
		case more:
			l.collect()
		default:
			l.wait(ctx, d.wake, d.interval)
		}
	}
	l.stop(cut)
	d.client.CloseIdleConnections()
	return ctx.Err()
}

// loop is the state of one Run. Only Run's own goroutine touches it.
type loop struct {
	d       *Dispatcher
	sending context.Context
	busy    int // tries under way
	lanes   map[string]*lane
	waiting []claim // in the order in which they fell due
	done    chan result
}

// lane is what the loop knows of one endpoint.
type lane struct {
	busy    int
	waiting int
	took    time.Duration // how long its last try took, 0 if none has ended
}

// rest returns for how long a delivery that finds no place to wait can be left
// alone. It must come back before the places are empty, but each time it does
// costs a write or two.
func (e *lane) rest() time.Duration {
	if e.took == 0 {
		return firstRest
	}
	return max(minRest, e.took*time.Duration(e.waiting)/time.Duration(max(e.busy, 1)))
}

// result says that a try has ended.
type result struct {
	endpoint string
	took     time.Duration
	err      error
}

// pass fans out, claims as many deliveries as there are free slots, and starts
// them or has them wait. It reports whether there may be more to claim.
func (l *loop) pass(ctx context.Context) (more bool, err error) {
	if _, err := l.d.fanOut(ctx); err != nil {
		return false, err
	}
	free := l.d.concurrency - l.busy
	if free == 0 {
		return false, nil // until a try ends
	}
	claims, err := l.d.claim(ctx, free)
	if err != nil {
		return false, err
	}
	var back []claim
	for _, c := range claims {
		e := l.lane(c.Endpoint.ID)
		switch {
		case l.mayStart(e):
			l.start(e, c)
		case e.waiting < maxWaiting-len(l.waiting):
			e.waiting++
			l.waiting = append(l.waiting, c)
		default:
			l.d.tally.add(-1)
			c.Delivery.DueAt = l.d.now().Add(e.rest())
			if c.Delivery.DueAt.Before(c.until) { // else it rests until its lease ends
				back = append(back, c)
			}
		}
	}
	return len(claims) == free, l.d.putBack(ctx, back)
}

// putBack makes claimed deliveries due again at their DueAt, untried.
func (d *Dispatcher) putBack(ctx context.Context, claims []claim) error {
	if len(claims) == 0 {
		return nil
	}
	return d.store.Update(ctx, func(tx checkout.Tx) error {
		for _, c := range claims {
			if err := tx.PutDelivery(c.Delivery, c.until); err != nil && checkout.CodeOf(err) != checkout.CodeConflict {
				return err
			}
		}
		return nil
	})
}

func (l *loop) lane(endpoint string) *lane {
	if l.lanes[endpoint] == nil {
		l.lanes[endpoint] = &lane{}
	}
	return l.lanes[endpoint]
}

func (l *loop) mayStart(e *lane) bool { return e.busy < l.d.concurrency-l.busy }

func (l *loop) start(e *lane, c claim) {
	l.busy++
	e.busy++
	go func() {
		began := l.d.clock.Now()
		err := l.d.deliver(l.sending, c)
		l.done <- result{c.Endpoint.ID, l.d.clock.Since(began), err}
	}()
}

// wait returns when there may be something to do: a try has ended, somebody
// woke us, d is over (never, if negative) or ctx is done.
func (l *loop) wait(ctx context.Context, wake <-chan struct{}, d time.Duration) {
	var tick <-chan time.Time
	if d >= 0 {
		timer := l.d.clock.Timer(d)
		defer timer.Stop()
		tick = timer.C
	}
	for {
		select {
		case r := <-l.done:
			l.ended(r)
			if wake == nil {
				continue // the store has failed: claim nothing yet
			}
			l.collect()
		case <-wake:
		case <-tick:
		case <-ctx.Done():
		}
		return
	}
}

// collect takes note of the tries that have ended by now.
func (l *loop) collect() {
	for {
		select {
		case r := <-l.done:
			l.ended(r)
		default:
			return
		}
	}
}

// ended frees the slot of a try and gives it, and what else is free, to those
// who wait.
func (l *loop) ended(r result) {
	e := l.lanes[r.endpoint]
	l.busy--
	e.busy--
	e.took = r.took
	if r.err != nil && l.sending.Err() == nil {
		l.d.log.Error("webhook dispatcher", "err", r.err)
	}
	latest := l.d.now().Add(l.d.client.Timeout)
	kept := l.waiting[:0]
	for _, c := range l.waiting {
		e := l.lanes[c.Endpoint.ID]
		switch {
		case latest.After(c.until): // another may claim it before a try would end
			e.waiting--
			l.d.tally.add(-1)
			l.forget(c.Endpoint.ID)
		case l.mayStart(e):
			e.waiting--
			l.start(e, c)
		default:
			kept = append(kept, c)
		}
	}
	clear(l.waiting[len(kept):])
	l.waiting = kept
	l.forget(r.endpoint)
}

// forget drops the lane of an endpoint for which nothing is left to do.
func (l *loop) forget(endpoint string) {
	if e := l.lanes[endpoint]; e != nil && e.busy == 0 && e.waiting == 0 {
		delete(l.lanes, endpoint)
	}
}

// stop waits for the tries that are under way, and cuts off those that take
// longer than the grace.
func (l *loop) stop(cut context.CancelFunc) {
	l.d.tally.add(-len(l.waiting))
	l.waiting = nil
	timer := l.d.clock.Timer(stopGrace)
	defer timer.Stop()
	for l.busy > 0 {
		select {
		case r := <-l.done:
			l.ended(r)
		case <-timer.C:
			cut()
		}
	}
}
