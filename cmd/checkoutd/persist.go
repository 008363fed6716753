package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/benbjohnson/clock"
)

// Waits between calls of a server that is away.
const (
	firstWait = time.Second
	mostWait  = 30 * time.Second
)

// persistent calls a server that may be away for a while.
type persistent struct {
	*remote
	clock clock.Clock
	wait  func(context.Context, time.Duration) error // returns early with ctx's error
	say   func(text string)

	mu   sync.Mutex
	away bool // and it has been said
}

// newPersistent returns one that waits by the system's clock.
func newPersistent(api *remote, e *env) *persistent {
	now := clock.New()
	return &persistent{
		remote: api, clock: now, wait: pauses(now),
		say: func(text string) { fmt.Fprintln(e.stderr, "checkoutd:", text) },
	}
}

// persist calls until it succeeds, fails for good or has been called so many
// times; 0 for no bound. It says so once when the server goes away, and once
// when it is back.
func (p *persistent) persist(ctx context.Context, times int, call func() error) error {
	wait := firstWait
	for n := 1; ; n++ {
		err := call()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil || !passing(err):
			p.note(false, "the server answers again")
			return err
		}
		p.note(true, err.Error()+" (trying again until it answers)")
		if n == times {
			return err
		}
		if err := p.wait(ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, mostWait)
	}
}

// note says text if the server was not known to be away, or back.
func (p *persistent) note(away bool, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away != away {
		p.say(text)
	}
	p.away = away
}

// poll is a call that the server may answer late. If nothing comes in time there
// is nothing new, as on a server whose clock stands still. Nor is it asked without
// a pause if it does not let us wait: it stops, or too many wait already.
func (p *persistent) poll(ctx context.Context, call func() (found int, err error)) error {
	began, found := p.clock.Now(), 0
	err := p.persist(ctx, 0, func() (err error) {
		found, err = call()
		var none *unreached
		if errors.As(err, &none) && none.waited() {
			return nil
		}
		return err
	})
	if err == nil && found == 0 && p.clock.Since(began) < firstWait {
		err = p.wait(ctx, firstWait)
	}
	return err
}

// pauses returns a wait by a clock.
func pauses(c clock.Clock) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		timer := c.Timer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
