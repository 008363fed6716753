package checkout

import (
	"context"
	"fmt"
)

// signal is what the provider of a said when it was asked.
func signal(account Account, a Attempt, r Report) Signal {
	return Signal{Provider: a.Provider, Livemode: account.Livemode, AttemptID: a.ID, Report: r}
}

// ask calls a provider, with a time limit. A panic of its code is a fault like
// any other: nobody knows what it did.
func ask[T any](ctx context.Context, call func(context.Context) (T, error)) (answer T, err error) {
	ctx, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("checkout: the provider's code panicked: %v", p)
		}
	}()
	return call(ctx)
}

// insist is Store.Update for what a provider has said and may not say again: it
// tries again after a passing fault.
func (s *Service) insist(ctx context.Context, fn func(tx Tx) error) (err error) {
	for range 3 {
		if err = s.store.Update(ctx, fn); CodeOf(err) != CodeUnavailable {
			return err
		}
	}
	return err
}

// close ends a live attempt at its provider, if the provider can, and settles
// what it says.
func (s *Service) close(ctx context.Context, account Account, a Attempt) error {
	p, err := s.provider(account, a.Provider)
	if err != nil {
		return err
	}
	question := p.Poll
	if c, ok := p.(Closer); ok {
		question = c.Close
	}
	report, err := ask(ctx, func(ctx context.Context) (Report, error) { return question(ctx, a) })
	if err != nil {
		return &Error{Code: CodeUnavailable, Message: "The payment provider does not answer; try again in a moment", Err: err}
	}
	_, err = s.Settle(context.WithoutCancel(ctx), signal(account, a, report))
	return err
}
