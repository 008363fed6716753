package simulator

import (
	"context"
	"time"

	"github.com/benbjohnson/clock"
)

// Run delivers messages until ctx is done, and returns its error. Each is sent
// when it is owed, and again when it is due.
func (o *Outbox) Run(ctx context.Context) error {
	for {
		_ = o.Deliver(ctx) // what is not accepted is sent again
		again, stop := o.alarm()
		select {
		case <-ctx.Done():
			stop()
			return ctx.Err()
		case <-o.wake:
		case <-again:
		}
		stop()
	}
}

// alarm says when to look again at what is due, until stop is called: each second
// by a clock that runs, and when something is due by one that stands still, where
// each second would be one of a day that is moved at once.
func (o *Outbox) alarm() (again <-chan time.Time, stop func()) {
	wait, next := time.Second, time.Time{}
	if _, stopped := o.clock.(*clock.Mock); stopped {
		if next = o.next(); next.IsZero() {
			return nil, func() {}
		}
		wait = next.Sub(o.clock.Now())
	}
	timer := o.clock.Timer(wait)
	if !next.IsZero() && !next.After(o.clock.Now()) { // it was moved in between
		o.rouse()
	}
	return timer.C, func() { timer.Stop() }
}

// next returns when something is due: a message, or what time makes happen. It
// is the zero time if nothing is.
func (o *Outbox) next() time.Time {
	now, next := o.clock.Now(), time.Time{}
	if o.due != nil {
		if at := o.due(); at.After(now) {
			next = at
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.pending {
		at := m.due
		if at.Before(now) {
			at = now
		}
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

// advance moves a stopped clock, the outbox's own, by d. What falls due on the
// way is sent at its own instant, and what is due at the end before it returns.
func (o *Outbox) advance(ctx context.Context, now *clock.Mock, d time.Duration) error {
	select {
	case o.turn <- struct{}{}: // so that nothing is sent while the clock moves
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for end := now.Now().Add(d); ; {
		_ = o.deliver(context.WithoutCancel(ctx)) // what is not accepted is sent again
		at, next := now.Now(), o.next()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case next.Equal(at): // owed just now
			continue
		case !at.Before(end):
			return nil
		case next.IsZero() || next.After(end):
			next = end
		}
		now.Set(next)
	}
}
