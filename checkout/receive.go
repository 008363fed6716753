package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// hintWait is how long after a question a message that proves nothing can cause
// another one.
const hintWait = 5 * time.Second

// parkedTTL is how long a message about what we do not know is kept.
const parkedTTL = 90 * 24 * time.Hour

// Receipt is what became of a message.
type Receipt struct {
	Type      string // the provider's word for what happened
	AttemptID string // the attempt it is about, "" if it is about none that is known
	Duplicate bool   // it was settled before
	Parked    bool   // it is kept until its attempt is known
	Ignored   bool   // it concerns nobody here
}

// Receive takes a message that came in for a provider. What is signed is
// settled; after any other the provider is asked, soon and not too often. A
// message about what is not known is kept and settled once it is. When Receive
// returns without an error, the provider need not say it again.
//
// merchant is the [Merchant.ID] whose own credentials the message is for, ""
// for the server's. Receive returns an [Error] with CodeNotFound if no such
// provider is configured, what [Notifier.Parse] says of the message, and a
// passing fault if the provider should say it again.
func (s *Service) Receive(ctx context.Context, provider, merchant string, in Inbound) (Receipt, error) {
	in.Now = s.now()
	list, err := s.receivers(ctx, provider, merchant)
	if err != nil {
		return Receipt{}, err
	}
	signals, c, err := parse(list, in)
	if errors.Is(err, ErrOtherMode) {
		s.alert(Alert{Kind: AlertMode, Provider: provider, Message: "A message of the other mode came in and was ignored", Err: err})
		return Receipt{Ignored: true}, nil
	}
	if errors.Is(err, ErrSignature) && c.line.refused(in.Now) {
		s.report(Alert{Kind: AlertForged, Provider: provider, Account: Account{Number: c.own, Livemode: c.Livemode()}, Err: err,
			Message: "A message was refused: it is forged, or our webhook secret is not the one in the provider's portal"})
	}
	if err != nil {
		return Receipt{}, err
	}
	receipt := Receipt{Ignored: true}
	for _, sig := range signals {
		sig.Provider, sig.Livemode, sig.Own = c.Name(), c.Livemode(), c.own
		if receipt.Type = sig.Type; sig.Kind == SignalNone {
			continue
		}
		if sig.Trust == TrustSigned {
			receipt, err = s.receive(ctx, sig)
		} else {
			receipt, err = s.hinted(ctx, sig, list)
		}
		if err != nil {
			return receipt, err
		}
	}
	return receipt, nil
}

// receivers returns the connections that a message may be for.
func (s *Service) receivers(ctx context.Context, provider, merchant string) (list []connection, err error) {
	candidates := s.connections.shared
	if merchant != "" {
		candidates = nil
		err = s.store.View(ctx, func(tx Tx) error {
			for _, livemode := range []bool{true, false} {
				account, err := tx.AccountOf(merchant, livemode)
				if errors.Is(err, ErrNotFound) {
					continue
				}
				if err != nil {
					return err
				}
				own, _, err := s.connections.owns(tx, account)
				if err != nil {
					return err
				}
				candidates = append(candidates, own...)
			}
			return nil
		})
	}
	for _, c := range candidates {
		if _, ok := c.Provider.(Notifier); ok && c.Name() == provider {
			list = append(list, c)
		}
	}
	if err == nil && len(list) == 0 {
		where := "here"
		if merchant != "" {
			where = "for " + merchant
		}
		err = &Error{Code: CodeNotFound, Message: fmt.Sprintf("No provider %q is configured %s that sends messages", provider, where)}
	}
	return list, err
}

// parse lets each connection look at a message until one knows it for its own.
func parse(list []connection, in Inbound) ([]Signal, connection, error) {
	var refusal error
	var refused connection
	for _, c := range list {
		signals, err := guarded(context.Background(), providerTimeout, func(context.Context) ([]Signal, error) { return c.Provider.(Notifier).Parse(in) })
		switch {
		case errors.Is(err, ErrSignature):
			refusal, refused = err, c
		case err != nil:
			return nil, c, err
		case len(signals) > 0:
			return signals, c, nil
		}
	}
	return nil, refused, refusal
}

// receive takes one message that is proven to be the provider's.
func (s *Service) receive(ctx context.Context, sig Signal) (receipt Receipt, err error) {
	var fx effects
	err = s.insist(ctx, func(tx Tx) error {
		fx, receipt = effects{}, Receipt{Type: sig.Type}
		now := s.now()
		account, a, err := s.named(tx, sig)
		switch {
		case errors.Is(err, errForeign):
			fx.alert(Alert{Kind: AlertMode, Provider: sig.Provider, AttemptID: a.ID, Message: "A message about an attempt that is not its sender's was ignored", Err: err})
			receipt.Ignored = true
			return nil
		case CodeOf(err) == CodeNotFound:
			return s.park(tx, sig, now, &receipt, &fx)
		case err != nil:
			return err
		}
		receipt.AttemptID = a.ID
		if wait, err := early(tx, a, sig); err != nil {
			return err
		} else if wait {
			if err := s.park(tx, sig, now, &receipt, &fx); err != nil {
				return err
			}
			return s.hint(tx, a, now) // of money that we have not heard of
		}
		_, first, err := s.take(tx, account, a, sig, now, &fx)
		receipt.Duplicate = !first
		return err
	})
	if err == nil {
		s.act(fx)
	}
	return receipt, err
}

// early reports whether a message has to wait: it is about money of a that we have
// not heard of, or about a refund that can only be told from ours once what is
// under way has come to an end.
func early(tx Tx, a Attempt, sig Signal) (bool, error) {
	switch {
	case sig.Kind == SignalPayment:
		return false, nil
	case a.Received == (Money{}):
		return true, nil
	case sig.Kind != SignalRefund || a.Refunding == 0:
		return false, nil
	}
	all, err := tx.AttemptRefunds(a.ID)
	if sig.Refund.Total {
		return sig.Refund.Amount.Amount > counted(a, all)-a.Refunding, err
	}
	r := match(a, all, sig.Refund)
	if r.afterAll(sig.Refund) { // its money may be what is under way
		return r.Amount.Amount > a.Refundable(), err
	}
	return r.ID == "" && sig.Refund.Amount.Amount > a.Refundable(), err
}

// park keeps a message until its time comes.
func (s *Service) park(tx Tx, sig Signal, now time.Time, receipt *Receipt, fx *effects) error {
	first, err := tx.ParkSignal(Parked{Signal: sig, ReceivedAt: now})
	receipt.Parked, receipt.Duplicate = true, !first
	if first && receipt.AttemptID == "" {
		fx.alert(Alert{Kind: AlertUnknown, Provider: sig.Provider, Message: fmt.Sprintf(
			"%s %s is about nothing that is known: %q, %q, %q", sig.Type, sig.EventID, sig.AttemptID, sig.Ref, sig.Charge)})
	}
	return err
}

// unpark settles the messages that were waiting for a.
func (s *Service) unpark(tx Tx, account Account, a Attempt, now time.Time, fx *effects) (Attempt, error) {
	own := int64(0)
	if a.Own {
		own = a.Account
	}
	inbox := Signal{Provider: a.Provider, Livemode: account.Livemode, Own: own}.Inbox()
	parked, err := tx.TakeParked(inbox, a.ID, a.Ref, a.Charge)
	if err != nil {
		return a, err
	}
	for _, p := range parked {
		wait, err := early(tx, a, p.Signal)
		if err == nil && wait {
			_, err = tx.ParkSignal(p)
		}
		if err != nil {
			return a, err
		}
		if wait {
			continue
		}
		if a, _, err = s.take(tx, account, a, p.Signal, now, fx); err != nil {
			return a, err
		}
	}
	return a, nil
}

// hinted takes a message that proves nothing, also not which of list it is for.
// Whose it is does not matter: the provider is asked through the connection of the
// attempt. One about what is not known is dropped: anybody can send it, so nothing
// is written for it.
func (s *Service) hinted(ctx context.Context, sig Signal, list []connection) (Receipt, error) {
	receipt := Receipt{Type: sig.Type}
	var a Attempt
	err := s.store.View(ctx, func(tx Tx) (err error) {
		for _, c := range list {
			sig.Own = c.own
			if a, err = find(tx, sig); !errors.Is(err, ErrNotFound) {
				return err
			}
		}
		return err
	})
	if errors.Is(err, ErrNotFound) || err == nil && a.Provider != sig.Provider {
		receipt.Ignored = true
		return receipt, nil
	}
	if err != nil {
		return receipt, err
	}
	receipt.AttemptID = a.ID
	if _, ok := a.sooner(s.now()); !ok {
		return receipt, nil
	}
	return receipt, s.insist(ctx, func(tx Tx) error {
		a, err := tx.Attempt(a.ID)
		if err != nil {
			return err
		}
		return s.hint(tx, a, s.now())
	})
}

// hint has the provider asked about an attempt soon: somebody says that there
// is news.
func (s *Service) hint(tx Tx, a Attempt, now time.Time) error {
	at, ok := a.sooner(now)
	if !ok {
		return nil
	}
	a.DueAt = at
	return tx.PutAttempt(a)
}

// sooner returns when to ask about a that there is said to be news of; ok is false
// if that is not sooner than planned. Money that is here needs no more of it.
func (a Attempt) sooner(now time.Time) (at time.Time, ok bool) {
	if a.Received != (Money{}) || a.Status == AttemptCreated {
		return at, false // created: the answer to Start is on its way, or its time runs
	}
	at = a.PolledAt.Add(hintWait)
	if at.Before(now) || a.PolledAt.After(now) { // the clock was set back
		at = now
	}
	return at, a.DueAt.IsZero() || at.Before(a.DueAt)
}
