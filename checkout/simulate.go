package checkout

import (
	"context"
	"fmt"
	"time"
)

// Simulate does to an open attempt what a customer would do on the pages of a
// simulated provider. It returns the attempt as it stands then.
//
// It returns an [Error] with CodeNotFound for an attempt of another session or
// of a provider that is not simulated, and with CodeConflict if the attempt is
// over.
func (s *Service) Simulate(ctx context.Context, session, attempt string, choice Outcome) (Attempt, error) {
	account, a, err := s.attemptOf(ctx, session, attempt)
	if err != nil {
		return Attempt{}, err
	}
	var c connection
	err = s.store.View(ctx, func(tx Tx) error {
		c, err = s.connections.by(tx, account, a)
		return err
	})
	if err != nil {
		return a, err
	}
	simulator, ok := c.Provider.(Simulator)
	if !ok || account.Livemode {
		return Attempt{}, &Error{Code: CodeNotFound, Message: fmt.Sprintf("Transaction with ID %s is not simulated", attempt)}
	}
	if a.Status != AttemptOpen {
		return a, &Error{Code: CodeConflict, Message: fmt.Sprintf("Transaction %s is %s", a.ID, a.Status)}
	}
	done, err := simulator.Simulate(a, choice)
	if err != nil {
		return a, err
	}
	if done.Signal != nil {
		return s.Settle(ctx, *done.Signal)
	}
	err = s.store.Update(ctx, func(tx Tx) (err error) {
		if a, err = tx.Attempt(a.ID); err != nil || a.Status != AttemptOpen {
			return err
		}
		a.Ref, a.Next, a.UpdatedAt = done.Ref, Next{}, s.now()
		a.DueAt = done.PollAt.Truncate(time.Millisecond)
		return tx.PutAttempt(a)
	})
	return a, err
}
