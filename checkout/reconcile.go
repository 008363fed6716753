package checkout

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// batch is how many rows one step of a worker takes on.
const batch = 100

// leaseTime is for how long an attempt that is being asked about is out of the
// reach of others; if whoever asks dies, it is asked about again after that.
const leaseTime = 2 * providerTimeout

// ownWaits is the schedule of a provider that names none.
var ownWaits = []time.Duration{
	5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 2 * time.Minute,
}

// longestPoll is how long a provider that does not answer is left alone at most
// once an attempt should have come to an end.
const longestPoll = time.Hour

// next returns when to ask about a, which has just been asked about or opened;
// zero for never again. r is what was said, its zero value if nothing.
func (s Schedule) next(a Attempt, r Report, jitter float64, now time.Time) time.Time {
	if !a.Live() {
		return s.recheck(a, now)
	}
	waits := s.Waits
	if len(waits) == 0 {
		waits = ownWaits
	}
	wait := waits[min(int(a.Polls), len(waits)-1)]
	over := !a.Until.IsZero() && !now.Before(a.Until.Add(s.Margin+s.GiveUp))
	switch {
	case r.Again > 0:
		wait = r.Again
	case over:
		wait = max(wait, longestPoll)
	}
	at := now.Add(time.Duration(float64(wait) * jitter))
	if end := a.Until.Add(s.Margin); !a.Until.IsZero() && now.Before(end) && at.After(end) {
		at = end // the provider knows the outcome then
	}
	return at.Truncate(time.Millisecond)
}

// recheck returns when to ask again about an attempt that has ended: money may
// still have arrived.
func (s Schedule) recheck(a Attempt, now time.Time) time.Time {
	for _, wait := range s.Late {
		if at := a.UpdatedAt.Add(wait); a.Received == (Money{}) && at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// unsettled reports whether r leaves a as it is: the customer has not decided, or
// the provider does not know what it had accepted.
func unsettled(a Attempt, r Report) bool {
	return r.State == StatePending && r.Again == 0 || r.State == StateMissing && a.Ref != ""
}

// gaveUp reports whether an attempt that is still pending at now has been so for
// too long.
func (s Schedule) gaveUp(a Attempt, now time.Time) bool {
	return !a.Until.IsZero() && s.GiveUp > 0 && !now.Before(a.Until.Add(s.Margin+s.GiveUp))
}

// jitter returns a factor of 0.8 to 1.2, so that what began together does not go
// on together.
func (s *Service) jitter() float64 {
	var b [2]byte
	if _, err := io.ReadFull(s.random, b[:]); err != nil {
		return 1
	}
	return 0.8 + 0.4*float64(uint16(b[0])<<8|uint16(b[1]))/65535
}

// ended returns an attempt that has just ended without money with the time of
// its first recheck.
func (s *Service) ended(tx Tx, account Account, a Attempt, now time.Time) Attempt {
	if c, err := s.connections.by(tx, account, a); err == nil {
		a.DueAt = c.Caps().Polls.recheck(a, now)
	}
	return a
}

// question is an attempt and the connection through which to ask about it.
type question struct {
	connection
	account Account
	attempt Attempt
	over    bool      // its session cannot be paid any more
	planned time.Time // when it was to be asked about, if that is earlier than planned
}

// Reconcile asks providers about attempts that are due to be asked about, at
// most 100 of each provider, and settles what they say. It reports how many were
// due.
func (s *Service) Reconcile(ctx context.Context) (n int, err error) {
	names, err := s.providerNames(ctx)
	faults := []error{err}
	for _, name := range names {
		due, err := s.reconcile(ctx, name)
		n, faults = n+due, append(faults, err)
	}
	return n, errors.Join(faults...)
}

func (s *Service) providerNames(ctx context.Context) (names []string, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		names, err = s.connections.names(tx)
		return err
	})
	return names, err
}

// reconcile is Reconcile for one provider.
func (s *Service) reconcile(ctx context.Context, name string) (int, error) {
	var due []Attempt
	err := s.store.View(ctx, func(tx Tx) (err error) {
		due, err = tx.DueAttempts(name, s.now(), batch)
		return err
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	questions, err := s.claim(ctx, due, false)
	if err != nil {
		return len(due), err
	}
	return len(due), s.each(len(questions), func(i int) error {
		_, err := s.poll(ctx, questions[i])
		return err
	})
}

// each calls do with 0 to n-1, several at a time, and returns the errors joined.
func (s *Service) each(n int, do func(i int) error) error {
	faults := make([]error, n)
	if s.concurrency == 1 || n == 1 {
		for i := range n {
			faults[i] = do(i)
		}
		return errors.Join(faults...)
	}
	var running sync.WaitGroup
	slots := make(chan struct{}, s.concurrency)
	for i := range n {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			faults[i] = do(i)
		})
	}
	running.Wait()
	return errors.Join(faults...)
}

// claim takes attempts for asking, those that nobody has changed since they were
// read and whose provider may be asked now. The time of the next question is
// written first: a provider that makes us fall over is not asked again at once.
// An attempt that page claims, for a page that waits, is left as it is if its turn
// is not now.
func (s *Service) claim(ctx context.Context, due []Attempt, page bool) (questions []question, err error) {
	turns := turns{page: page, when: map[string]time.Time{}, waiting: map[*line]int{}}
	err = s.store.Update(ctx, func(tx Tx) error {
		questions = nil
		now := s.now()
		for _, a := range due {
			q := question{attempt: a, planned: a.DueAt}
			if q.account, err = AccountIn(tx, a.Account); err != nil {
				return err
			}
			session, err := tx.Session(a.SessionID)
			if err != nil {
				return err
			}
			q.over = session.At(now).Status != StatusOpen
			turn := now.Add(longestPoll) // until somebody configures the provider
			var unknown error
			if q.connection, unknown = s.connections.by(tx, q.account, a); unknown == nil {
				turn = turns.of(q, now)
			}
			if page && turn.After(now) {
				continue
			}
			if a.DueAt = turn; !turn.After(now) {
				a.Polls++
				a.PolledAt, a.DueAt = now, now.Add(leaseTime)
			}
			if err := tx.PutAttempt(a); errors.Is(err, ErrStale) {
				continue
			} else if err != nil {
				return err
			}
			a.Version++
			if q.attempt = a; !turn.After(now) {
				questions = append(questions, q)
			}
		}
		return nil
	})
	return questions, err
}

// turns gives each attempt of a claim its turn at its provider, once, however
// often the claim's closure runs.
type turns struct {
	page    bool
	when    map[string]time.Time // by [Attempt.ID]
	waiting map[*line]int
}

// of returns when q may be asked, now or later.
func (t turns) of(q question, now time.Time) time.Time {
	if at, ok := t.when[q.attempt.ID]; ok {
		return at
	}
	at, ok := q.line.take(now, q.Caps().Rate, t.waiting[q.line], t.page)
	if !ok {
		t.waiting[q.line]++
		at = at.Truncate(time.Millisecond).Add(time.Millisecond)
	}
	t.when[q.attempt.ID] = at
	return at
}

// poll asks about one attempt and settles the answer. One whose session cannot
// be paid any more is closed.
func (s *Service) poll(ctx context.Context, q question) (Attempt, error) {
	if f, ok := q.Provider.(Finder); ok && q.attempt.Ref == "" && q.attempt.Live() {
		started, err := ask(ctx, s, q.connection, func(ctx context.Context) (Started, error) { return f.Find(ctx, q.attempt) })
		if err == nil && started.Report.State != StateMissing {
			return s.launched(context.WithoutCancel(ctx), q, started, nil)
		}
		return s.answered(ctx, q, started.Report, err)
	}
	how := q.Poll
	if c, ok := q.Provider.(Closer); ok && q.over && q.attempt.Live() {
		how = c.Close
	}
	report, err := ask(ctx, s, q.connection, func(ctx context.Context) (Report, error) { return how(ctx, q.attempt) })
	return s.answered(ctx, q, report, err)
}

// answered settles what a provider said when it was asked, and writes when it is
// to be asked next.
func (s *Service) answered(ctx context.Context, q question, r Report, callErr error) (a Attempt, err error) {
	var fx effects
	schedule := q.Caps().Polls
	err = s.insist(context.WithoutCancel(ctx), func(tx Tx) (err error) {
		fx = effects{}
		now := s.now()
		if a, err = tx.Attempt(q.attempt.ID); err != nil {
			return err
		}
		if callErr != nil {
			a.DueAt = schedule.again(a, callErr, s.jitter(), now)
			return tx.PutAttempt(a)
		}
		if a.Status == AttemptCreated {
			a.Status = AttemptUnsure // whoever started it is gone
		}
		if unsettled(a, r) && a.Live() && schedule.gaveUp(a, now) {
			r = Report{State: StateExpired}
		}
		if a.DueAt = schedule.next(a, r, s.jitter(), now); q.planned.After(now) && q.planned.Before(a.DueAt) {
			a.DueAt = q.planned // a page that waits may not put it off
		}
		asked, written := a, false
		if a, written, err = s.settle(tx, q.account, a, r, now, &fx); err != nil || written {
			return err
		}
		return tx.PutAttempt(asked)
	})
	if err == nil {
		s.act(fx)
	}
	return a, errors.Join(callErr, err)
}

// again returns when to ask after a question that was not answered. A recheck
// that was not answered does not count.
func (s Schedule) again(a Attempt, callErr error, jitter float64, now time.Time) time.Time {
	at := now.Add(longestPoll)
	if a.Live() {
		at = s.next(a, Report{}, jitter, now)
	}
	var throttled *Throttled
	if errors.As(callErr, &throttled) && at.Before(now.Add(throttled.After)) {
		at = now.Add(throttled.After)
	}
	return at
}

// close ends a live attempt at its provider, if the provider can, and settles
// what it says.
func (s *Service) close(ctx context.Context, q question) (a Attempt, err error) {
	q.over, a = true, q.attempt
	for range 2 { // to find it, if that is needed, and to close it
		if q.attempt, err = s.poll(ctx, q); err != nil {
			return a, &Error{Code: CodeUnavailable, Message: "The payment provider does not answer; try again in a moment", Err: err}
		}
		if a = q.attempt; !a.Live() || a.Ref == "" {
			break
		}
	}
	return a, nil
}

// refreshWait is how long after a question a page that waits can cause another.
const refreshWait = 5 * time.Second

// Refresh asks the provider about an attempt of a session, unless it has been
// asked a moment ago, and returns the attempt as it stands. A page that waits may
// call it as often as it likes.
func (s *Service) Refresh(ctx context.Context, session, attempt string) (Attempt, error) {
	_, a, err := s.attemptOf(ctx, session, attempt)
	if err != nil || !a.Live() || a.DueAt.IsZero() {
		return a, err
	}
	now := s.now()
	// A time after now is of a clock that was set back since.
	recent := func(at time.Time) bool { return !at.After(now) && now.Sub(at) < refreshWait }
	if a.DueAt.After(now) && (a.Status == AttemptCreated || recent(a.PolledAt) || recent(a.UpdatedAt)) {
		return a, nil
	}
	questions, err := s.claim(ctx, []Attempt{a}, true)
	if err != nil || len(questions) == 0 {
		return a, err
	}
	return s.poll(ctx, questions[0])
}
