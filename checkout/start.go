package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// settleGrace is how long an attempt whose provider has not answered keeps the
// customer from starting another.
const settleGrace = 20 * time.Second

// maxAttempts is how often a session may be tried. Whoever tries more often is
// trying out cards.
const maxAttempts = 50

// StartParams say how a customer wants to pay.
type StartParams struct {
	SessionID string
	Method    string // [Method.ID]
	Payer     Contact
	Phone     string // the number to be prompted; default Payer.Phone
	Card      Card

	// WithoutForm leaves out the check that Payer has what [Session.Form] asks
	// for.
	WithoutForm bool

	// Outcome, if not "", is what a simulated payment comes to.
	Outcome Outcome
}

// Start begins an attempt to pay a session. The attempt is on disk before the
// provider hears of it. A customer who starts again gets the attempt that is
// open, or, after choosing otherwise, a new one in its place: the old one is
// closed at its provider first.
//
// It returns an [Error] with CodeNotFound, CodeNotOpen, CodeNoMethod,
// CodeInvalid for missing fields, CodeTooMany after 50 attempts, CodeConflict while another attempt is being
// started, and CodeDeclined, with the failed attempt, if the provider refused.
func (s *Service) Start(ctx context.Context, p StartParams) (Attempt, error) {
	for range 3 {
		b, err := s.begin(ctx, p)
		switch {
		case err != nil:
			return Attempt{}, err
		case b.reused:
			return b.attempt, nil
		case len(b.rivals) == 0:
			s.wake()
			return s.launch(ctx, b, p)
		}
		for _, rival := range b.rivals {
			if err := s.close(ctx, b.account, rival); err != nil {
				return Attempt{}, err
			}
		}
	}
	return Attempt{}, &Error{Code: CodeConflict, Message: "Another payment of this session is being started; try again in a moment"}
}

// begun is what is known once an attempt has been written, or could not be.
type begun struct {
	account  Account
	session  Session
	provider Provider
	attempt  Attempt
	reused   bool      // attempt is an older one that serves
	rivals   []Attempt // open attempts that must be closed first
}

// begin writes the row of a new attempt.
func (s *Service) begin(ctx context.Context, p StartParams) (b begun, err error) {
	err = s.store.Update(ctx, func(tx Tx) error {
		b = begun{}
		now := s.now()
		if b.session, b.account, err = s.sessionAt(tx, p.SessionID, now); err != nil {
			return err
		}
		if b.session.Status != StatusOpen {
			return b.session.move(StatusOpen)
		}
		var method Method
		if b.provider, method, err = s.method(b.account, b.session.Total.Currency, p.Method); err != nil {
			return err
		}
		if err := p.check(b.session, method); err != nil {
			return err
		}
		if err := s.findRivals(tx, &b, p, now); err != nil || b.reused || len(b.rivals) > 0 {
			return err
		}
		return s.insertAttempt(tx, &b, p, now)
	})
	return b, err
}

func (s *Service) insertAttempt(tx Tx, b *begun, p StartParams, now time.Time) (err error) {
	id, err := newID(prefixAttempt, now, s.random)
	if err != nil {
		return err
	}
	b.attempt = Attempt{
		ID: id, Account: b.account.Number, SessionID: b.session.ID, Status: AttemptCreated, Version: 1,
		Provider: b.provider.Name(), Method: p.Method, Amount: b.session.Total, Payer: p.Payer.fill(b.session.Customer),
		DueAt: now.Add(2 * providerTimeout), CreatedAt: now, UpdatedAt: now,
	}
	if p.Phone != "" {
		b.attempt.Payer.Phone = p.Phone
	}
	if err := tx.InsertAttempt(b.attempt); err != nil {
		return err
	}
	return s.owe(tx, EventPaymentCreated, b.account, b.session, b.attempt, now)
}

// check finds what the form left out.
func (p StartParams) check(session Session, m Method) error {
	var v Problems
	if !p.WithoutForm {
		f := session.Form
		for _, field := range []struct {
			required    bool
			name, value string
		}{
			{f.Name, "name", p.Payer.Name}, {f.Email, "email", p.Payer.Email}, {f.Phone, "phone", p.Payer.Phone},
			{f.BillingAddress, "address", p.Payer.Address}, {f.BillingAddress, "city", p.Payer.City},
			{f.BillingAddress, "country", p.Payer.Country},
		} {
			v.Check(!field.required || field.value != "", field.name, field.name+" is required")
			v.checkText(field.name, field.value, maxContact)
		}
		v.checkText("postal_code", p.Payer.PostalCode, maxContact)
		v.Check(p.Payer.Email == "" || v.Has("email") || ValidEmail(p.Payer.Email), "email", "email must be an email address")
	}
	v.checkText("phone", p.Phone, maxContact)
	if p.Outcome == "" {
		v.Check(!m.NeedsPhone || p.Phone != "" || p.Payer.Phone != "", "phone", "phone is required")
		v.Check(!m.NeedsCard || p.Card.Number != "", "card_number", "card_number is required")
	}
	return v.Err()
}

// findRivals looks through the session's live attempts for one that serves and
// for those that must be closed.
func (s *Service) findRivals(tx Tx, b *begun, p StartParams, now time.Time) error {
	attempts, err := tx.SessionAttempts(b.session.ID)
	if err != nil {
		return err
	}
	if len(attempts) >= maxAttempts {
		return &Error{Code: CodeTooMany, Message: fmt.Sprintf("Checkout session %s has been tried %d times", b.session.ID, len(attempts))}
	}
	for _, a := range attempts {
		switch {
		case !a.Live():
		case a.Status != AttemptOpen:
			if now.Sub(a.CreatedAt) < settleGrace {
				return &Error{Code: CodeConflict, Message: "Another payment of this session is being started; try again in a moment"}
			}
		case a.Method == p.Method && a.Next.Kind != NextNone && samePhone(a, p) && p.Outcome == "":
			b.attempt, b.reused = a, true
			return nil
		default:
			if rival, err := s.provider(b.account, a.Provider); err == nil {
				if _, ok := rival.(Closer); ok {
					b.rivals = append(b.rivals, a)
				}
			}
		}
	}
	return nil
}

func samePhone(a Attempt, p StartParams) bool {
	return p.Phone == "" || p.Phone == a.Payer.Phone
}

// launch tells the provider of a new attempt and writes down its answer, also
// when the customer has gone away meanwhile.
func (s *Service) launch(ctx context.Context, b begun, p StartParams) (Attempt, error) {
	ctx = context.WithoutCancel(ctx)
	started, callErr := ask(ctx, func(ctx context.Context) (Started, error) {
		return b.provider.Start(ctx, Order{
			Attempt: b.attempt, Title: b.session.Title, Phone: cmp.Or(p.Phone, b.attempt.Payer.Phone), Card: p.Card,
			Outcome: p.Outcome, Deadline: b.session.ExpiresAt,
		})
	})
	var a Attempt
	err := s.insist(ctx, func(tx Tx) (err error) {
		now := s.now()
		if a, err = tx.Attempt(b.attempt.ID); err != nil {
			return err
		}
		before := a.Status
		a = a.started(started, callErr, now)
		if err := tx.PutAttempt(a); err != nil {
			return err
		}
		if a.Status == AttemptFailed && before != AttemptFailed {
			return s.owe(tx, EventPaymentFailed, b.account, b.session, a, now)
		}
		if callErr == nil && started.Report.State != "" {
			a, _, err = s.settle(tx, signal(b.account, a, started.Report), now)
		}
		return err
	})
	if err != nil {
		return a, err
	}
	s.wake()
	if callErr != nil && a.Status == AttemptFailed {
		return a, &Error{Code: CodeDeclined, Message: "The payment was declined: " + a.Reason, Err: callErr}
	}
	return a, nil
}

// started returns a as it stands once its provider has answered, or has not.
// A message from the provider may have been faster; it stands.
func (a Attempt) started(got Started, callErr error, now time.Time) Attempt {
	var declined *Declined
	to := AttemptOpen
	switch {
	case errors.As(callErr, &declined):
		to, got = AttemptFailed, Started{}
	case errors.Is(callErr, ErrNotSent):
		to, got = AttemptFailed, Started{}
	case callErr != nil:
		to, got = AttemptUnsure, Started{}
	}
	b, err := a.move(to, now)
	if err != nil {
		b = a
		b.Ref, b.Next = got.Ref, got.Next
		return b
	}
	b.Ref, b.Next = got.Ref, got.Next
	switch {
	case to == AttemptFailed && declined != nil:
		b.Reason = declined.Reason
	case to == AttemptFailed:
		b.Reason = "provider_unavailable"
	case got.PollAt.IsZero():
		b.DueAt = now.Add(pollWait(0))
	default:
		b.DueAt = got.PollAt.Truncate(time.Millisecond)
	}
	return b
}
