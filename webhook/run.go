package webhook

import (
	"context"
	"time"
)

const (
	// faultWait is how long Run leaves a store alone that has just failed.
	faultWait = time.Second

	// stopGrace is how long tries that are under way may go on when Run is told
	// to stop.
	stopGrace = 5 * time.Second
)

// Run delivers what is owed until ctx is done, with up to [Config].Concurrency
// tries at once, and returns ctx's error. Tries that are under way by then get 5
// seconds to end; what is cut off is sent again later, by whoever runs next.
// Faults of the store are logged, and Run goes on after a second.
//
// An endpoint gets two slots at first, twice as many with each success up to half
// of all, and a single one after a failure; those that fail share half of the
// slots. An account gets three quarters of the slots that the others leave. So one
// that hangs slows no other, and no merchant those of others.
func (d *Dispatcher) Run(ctx context.Context) error {
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	l := &loop{
		d: d, sending: sending, plan: newPlan(d.concurrency),
		done: make(chan result, d.concurrency+page), // so that no sender ever waits for the loop
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
	plan    *plan
	done    chan result
}

// result says that a try has ended.
type result struct {
	endpoint string
	ok       bool
	err      error
}

// pass does what is to be done about endpoints and starts as many deliveries as
// there is room for. It reports whether there may be more to do at once.
func (l *loop) pass(ctx context.Context) (more bool, err error) {
	probes, tended, err := l.d.tend(ctx, l.plan.doubtfulRoom())
	for _, c := range probes {
		l.start(c)
	}
	if err != nil {
		return false, err
	}
	claims, did, err := l.d.take(ctx, l.plan)
	for _, c := range claims {
		l.start(c)
	}
	return tended || did, err
}

func (l *loop) start(c claim) {
	l.plan.start(c.Endpoint)
	go func() {
		ok, err := l.d.send(l.sending, c)
		l.done <- result{c.Endpoint.ID, ok, err}
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

func (l *loop) ended(r result) {
	l.plan.end(r.endpoint, r.ok)
	if r.err != nil && l.sending.Err() == nil {
		l.d.log.Error("webhook dispatcher", "err", r.err)
	}
}

// stop waits for the tries that are under way, and cuts off those that take
// longer than the grace.
func (l *loop) stop(cut context.CancelFunc) {
	timer := l.d.clock.Timer(stopGrace)
	defer timer.Stop()
	for l.plan.busy > 0 {
		select {
		case r := <-l.done:
			l.ended(r)
		case <-timer.C:
			cut()
		}
	}
}
