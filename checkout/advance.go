package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/benbjohnson/clock"
)

// Advance moves a stopped clock by d and does what falls due on the way, each
// thing at its own instant, by calling do. now must be the clock of s.
//
// do is called at the start, at each instant at which something is due and at
// the end; its errors are returned joined, and stop nothing: a fault at one
// instant is a fact of the simulated past.
func (s *Service) Advance(ctx context.Context, now *clock.Mock, d time.Duration, do func(context.Context) error) error {
	target := now.Now().Add(d)
	if target.Year() > 9999 {
		return invalid("seconds", "the clock cannot show a year after 9999")
	}
	var faults []error
	for {
		faults = append(faults, do(ctx))
		next := target
		err := s.store.View(ctx, func(tx Tx) error {
			at, err := tx.NextDue(s.now())
			if !at.IsZero() && at.Before(next) {
				next = at
			}
			return err
		})
		if err != nil || ctx.Err() != nil || !next.After(now.Now()) {
			return errors.Join(append(faults, err, ctx.Err())...)
		}
		now.Set(next)
	}
}
