package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// settleGrace is how long an attempt whose provider has not answered keeps the
// customer from starting another.
const settleGrace = 20 * time.Second

// maxAttempts is how often a session may be tried. Whoever tries more often is
// trying out cards.
const maxAttempts = 50

// maxOpen is how many attempts of a session may be open beside each other at a
// provider that could not close them: each is asked about.
const maxOpen = 5

// StartParams say how a customer wants to pay.
type StartParams struct {
	SessionID string
	Method    string // [Method.ID]
	Payer     Contact
	Phone     string // the number to be prompted; default Payer.Phone
	Card      Card
	Locale    string // of the customer: "en", "fr" or ""

	// SuccessURL and CancelURL are where a provider's own page sends the
	// customer afterwards; what they find there must not believe that they come
	// from the provider. Required by methods that have such a page.
	SuccessURL, CancelURL string

	// NotifyURL is where messages of providers come in, without the provider's
	// name: "https://pay.example/webhooks". Default: none, so that providers
	// which are told the address with each payment are only polled.
	NotifyURL string

	// Due, if it has a currency, is what the customer has seen that there is to pay.
	// Nothing is started if it has become something else.
	Due Money

	// WithoutForm leaves out the check that Payer has what [Session.Form] asks
	// for.
	WithoutForm bool

	// Outcome, if not "", is what a simulated payment comes to.
	Outcome Outcome
}

// Start begins an attempt to pay a session. The attempt is on disk before the
// provider hears of it. A customer who starts again gets the attempt that is
// open, or, after choosing otherwise, a new one in its place: the old one is
// closed at its provider first, if the provider can and answers.
//
// It returns an [Error] with CodeNotFound, CodeNotOpen, CodeNoMethod,
// CodeInvalid for missing fields, CodeTooMany after 50 attempts or with 5 under
// way at the same provider, CodeConflict while another attempt is being started or
// if p.Due is not what is due, and CodeDeclined, with the failed attempt, if the
// provider refused or was not reached.
func (s *Service) Start(ctx context.Context, p StartParams) (Attempt, error) {
	var left []string // attempts that their provider could not close
	for range 3 {
		b, err := s.begin(ctx, p, left)
		switch {
		case err != nil:
			return Attempt{}, err
		case b.reused:
			return b.attempt, nil
		case b.attempt.Status == AttemptPaid:
			s.act(b.fx)
			return b.attempt, nil
		case len(b.rivals) == 0:
			s.act(b.fx)
			return s.launch(ctx, b, p)
		}
		for _, r := range b.rivals {
			if a, err := s.close(ctx, r); err != nil || a.Live() {
				left = append(left, a.ID)
			}
		}
	}
	return Attempt{}, &Error{Code: CodeConflict, Message: "Another payment of this session is being started; try again in a moment"}
}

// begun is what is known once an attempt has been written, or could not be.
type begun struct {
	account Account
	session Session
	offer   offer
	user    string // the customer whose coupons the session holds, "" if they are anybody's
	attempt Attempt
	reused  bool       // attempt is an older one that serves
	rivals  []question // open attempts that must be closed first
	fx      effects
}

// begin writes the row of a new attempt.
func (s *Service) begin(ctx context.Context, p StartParams, left []string) (b begun, err error) {
	err = s.store.Update(ctx, func(tx Tx) error {
		b = begun{}
		now := s.now()
		if b.session, b.account, err = s.sessionAt(tx, p.SessionID, now); err != nil {
			return err
		}
		if b.session.Status != StatusOpen {
			return b.session.move(StatusOpen)
		}
		due := b.session.Due()
		if p.Due.Currency != "" && p.Due != due {
			return &Error{Code: CodeConflict, Message: fmt.Sprintf("%d %s are to be paid now, not %d", due.Amount, due.Currency, p.Due.Amount)}
		}
		if b.user, err = s.mayPay(tx, b.account, b.session, p, now); err != nil {
			return err
		}
		if due.Amount == 0 {
			return s.payNothing(tx, &b, p, now)
		}
		offers, err := s.offers(tx, b.account, due, p.Outcome != "")
		if err != nil {
			return err
		}
		if b.offer, err = choose(offers, b.account, due, p.Method); err != nil {
			return err
		}
		if err := p.check(b.session, b.offer.method); err != nil {
			return err
		}
		if err := s.findRivals(tx, &b, p, left, now); err != nil || b.reused || len(b.rivals) > 0 {
			return err
		}
		return s.insertAttempt(tx, &b, p, now)
	})
	return b, err
}

func (s *Service) insertAttempt(tx Tx, b *begun, p StartParams, now time.Time) error {
	a, err := s.newAttempt(tx, b, p, now)
	if err != nil {
		return err
	}
	a.Provider, a.Own, a.Method, a.MethodCode = b.offer.Name(), b.offer.own != 0, p.Method, b.offer.method.Code
	a.DueAt = now.Add(2 * providerTimeout)
	b.attempt = a
	if err := tx.InsertAttempt(a); err != nil {
		return err
	}
	return s.owe(tx, Event{Type: EventPaymentCreated, Transaction: Transaction{Account: b.account, Session: b.session, Attempt: b.attempt}}, now, &b.fx)
}

// newAttempt returns an attempt to pay what the session comes to, without the way.
func (s *Service) newAttempt(tx Tx, b *begun, p StartParams, now time.Time) (a Attempt, err error) {
	a = Attempt{
		Account: b.account.Number, SessionID: b.session.ID, Status: AttemptCreated, Version: 1,
		CustomerID: cmp.Or(b.session.CustomerID, b.user), Amount: b.session.Due(), Payer: p.Payer.fill(b.session.Customer),
		CreatedAt: now, UpdatedAt: now,
	}
	if p.Phone != "" {
		a.Payer.Phone = p.Phone
	}
	if a.ID, err = NewID(prefixAttempt, now, s.random); err != nil || a.CustomerID != "" {
		return a, err
	}
	a.CustomerID, err = s.customerOf(tx, b.account, a.Payer, now)
	return a, err
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
// for those that must be closed, other than left.
func (s *Service) findRivals(tx Tx, b *begun, p StartParams, left []string, now time.Time) error {
	attempts, err := tx.SessionAttempts(b.session.ID)
	if err != nil {
		return err
	}
	if len(attempts) >= maxAttempts {
		return &Error{Code: CodeTooMany, Message: fmt.Sprintf("Checkout session %s has been tried %d times", b.session.ID, len(attempts))}
	}
	open := 0
	for _, a := range attempts {
		if a.Live() && a.Provider == b.offer.Name() {
			open++
		}
		switch {
		case !a.Live() || slices.Contains(left, a.ID):
		case a.Status != AttemptOpen:
			if now.Sub(a.CreatedAt) < settleGrace {
				return &Error{Code: CodeConflict, Message: "Another payment of this session is being started; try again in a moment"}
			}
		case a.Amount == b.session.Due() && a.serves(p, now):
			b.attempt, b.reused = a, true
			return nil
		default:
			if c, err := s.connections.by(tx, b.account, a); err == nil {
				if _, ok := c.Provider.(Closer); ok {
					b.rivals = append(b.rivals, question{connection: c, account: b.account, attempt: a})
				}
			}
		}
	}
	if open >= maxOpen && len(b.rivals) == 0 {
		return &Error{Code: CodeTooMany, Message: fmt.Sprintf("Checkout session %s has %d payments under way with %s; one of them must end first", b.session.ID, open, b.offer.Name())}
	}
	return nil
}

// serves reports whether an open attempt is what p asks for. A page of the
// provider serves while it lives. A prompt serves until the provider says that
// it is over: a second one beside it could be approved too.
func (a Attempt) serves(p StartParams, now time.Time) bool {
	if a.Method != p.Method || a.Next.Kind == NextNone || p.Outcome != "" || p.Phone != "" && p.Phone != a.Payer.Phone {
		return false
	}
	return a.Next.Kind == NextPrompt || a.Until.IsZero() || now.Before(a.Until)
}

// launch tells the provider of a new attempt and writes down its answer, also
// when the customer has gone away meanwhile.
func (s *Service) launch(ctx context.Context, b begun, p StartParams) (Attempt, error) {
	ctx = context.WithoutCancel(ctx)
	started, callErr := ask(ctx, s, b.offer.connection, func(ctx context.Context) (Started, error) {
		return b.offer.Start(ctx, p.order(b))
	})
	q := question{connection: b.offer.connection, account: b.account, attempt: b.attempt}
	a, err := s.launched(ctx, q, started, callErr)
	if err != nil {
		return a, err
	}
	if callErr != nil && a.Status == AttemptFailed {
		return a, &Error{Code: CodeDeclined, Message: "The payment was declined: " + a.Reason, Err: callErr}
	}
	return a, nil
}

// order is what the provider is asked to collect.
func (p StartParams) order(b begun) Order {
	o := Order{
		Attempt: b.attempt, Title: b.session.Title, Email: b.attempt.Payer.Email, Locale: p.Locale,
		Phone: b.attempt.Payer.Phone, Card: p.Card, SuccessURL: p.SuccessURL, CancelURL: p.CancelURL,
		Outcome: p.Outcome, Deadline: b.session.ExpiresAt,
	}
	if p.NotifyURL != "" {
		o.NotifyURL = p.NotifyURL + "/" + b.offer.Name()
		if b.offer.own != 0 {
			o.NotifyURL += "/" + b.account.Merchant
		}
	}
	return o
}

// launched writes down what a provider answered to Start, or to Find, which is
// the same answer late.
func (s *Service) launched(ctx context.Context, q question, started Started, callErr error) (a Attempt, err error) {
	var fx effects
	err = s.insist(ctx, func(tx Tx) (err error) {
		fx = effects{}
		now := s.now()
		if a, err = tx.Attempt(q.attempt.ID); err != nil {
			return err
		}
		before := a.Status
		a = a.started(started, callErr, q.Caps().Polls, s.jitter(), now)
		if err := tx.PutAttempt(a); err != nil {
			return err
		}
		a.Version++
		if a.Status == AttemptFailed && before != AttemptFailed {
			session, err := tx.Session(a.SessionID)
			if err != nil {
				return err
			}
			if err := s.release(tx, session, now); err != nil {
				return err
			}
			return s.owe(tx, Event{Type: EventPaymentFailed, Transaction: Transaction{Account: q.account, Session: session.At(now), Attempt: a}}, now, &fx)
		}
		if callErr == nil && started.Report.State != "" {
			if a, _, err = s.settle(tx, q.account, a, started.Report, now, &fx); err != nil {
				return err
			}
		}
		if callErr == nil {
			a, err = s.unpark(tx, q.account, a, now, &fx) // a message may have been faster
		}
		return err
	})
	if err == nil {
		s.act(fx)
	}
	return a, err
}

// started returns a as it stands once its provider has answered, or has not.
// A message from the provider may have been faster; it stands.
func (a Attempt) started(got Started, callErr error, schedule Schedule, jitter float64, now time.Time) Attempt {
	var declined *Declined
	to := AttemptOpen
	switch {
	case errors.As(callErr, &declined), errors.Is(callErr, ErrNotSent):
		to, got = AttemptFailed, Started{}
	case callErr != nil:
		to, got = AttemptUnsure, Started{}
	}
	b, err := a.move(to, now)
	if err != nil {
		b = a
	}
	if callErr == nil {
		b.Ref, b.Secret, b.Next, b.Until = got.Ref, got.Secret, got.Next, got.Until.Truncate(time.Millisecond)
	}
	if b.Until.IsZero() && schedule.Life > 0 {
		b.Until = a.CreatedAt.Add(schedule.Life)
	}
	switch {
	case err != nil || !b.Live():
	case got.PollAt.IsZero():
		b.Polls, b.DueAt = 0, schedule.next(b, Report{}, jitter, now)
	default:
		b.Polls, b.DueAt = 0, got.PollAt.Truncate(time.Millisecond)
	}
	if to == AttemptFailed && err == nil {
		b.Reason = ReasonUnavailable
		if declined != nil {
			b.Reason = declined.Reason
		}
	}
	return b
}
