package checkout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/benbjohnson/clock"
)

// ExpireDue expires sessions whose time has run out, at most 100, and reports
// how many. Attempts that are still open are closed at their providers first:
// money that was paid in time completes its session here. What reads show does
// not depend on it, see [Session.At].
func (s *Service) ExpireDue(ctx context.Context) (int, error) {
	var due []Session
	err := s.store.View(ctx, func(tx Tx) (err error) {
		due, err = tx.DueSessions(s.now(), batch)
		return err
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	var busy []string
	err = s.store.Update(ctx, func(tx Tx) error {
		busy, err = s.expireIdle(tx, due)
		return err
	})
	if err != nil {
		return 0, err
	}
	return len(due), s.each(len(busy), func(i int) error { return s.expireBusy(ctx, busy[i]) })
}

// expireIdle expires the sessions that nobody is paying, and returns the
// others.
func (s *Service) expireIdle(tx Tx, due []Session) (busy []string, err error) {
	for _, d := range due {
		live, err := liveAttempts(tx, d.ID)
		if err != nil {
			return nil, err
		}
		if len(live) > 0 {
			busy = append(busy, d.ID)
			continue
		}
		if _, err := s.expire(tx, d.ID); err != nil && CodeOf(err) != CodeNotOpen {
			return nil, err
		}
	}
	return busy, nil
}

// expireBusy closes what is open of a session and expires it. A provider that
// does not answer holds up nothing: the attempt goes on being polled, and money
// that arrives then is still settled.
func (s *Service) expireBusy(ctx context.Context, id string) error {
	var questions []question
	err := s.store.View(ctx, func(tx Tx) error {
		questions = nil
		_, account, err := s.sessionAt(tx, id, s.now())
		if err != nil {
			return err
		}
		live, err := liveAttempts(tx, id)
		for _, a := range live {
			if c, unknown := s.connections.by(tx, account, a); unknown == nil {
				questions = append(questions, question{connection: c, account: account, attempt: a})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	var faults []error
	for _, q := range questions {
		if !q.line.well(s.now()) { // it would only make all others wait
			faults = append(faults, fmt.Errorf("checkout: %s is not asked about at the end of its session: %s does not answer", q.attempt.ID, q.Name()))
			continue
		}
		if _, err := s.close(ctx, q); err != nil && ctx.Err() != nil {
			return err
		} else if err != nil {
			faults = append(faults, err)
		}
	}
	err = s.store.Update(ctx, func(tx Tx) error {
		_, err := s.expire(tx, id)
		return err
	})
	if CodeOf(err) == CodeNotOpen {
		return nil
	}
	return errors.Join(append(faults, err)...)
}

func liveAttempts(tx Tx, session string) (live []Attempt, err error) {
	attempts, err := tx.SessionAttempts(session)
	for _, a := range attempts {
		if a.Live() {
			live = append(live, a)
		}
	}
	return live, err
}

// expire writes that a session is expired.
func (s *Service) expire(tx Tx, id string) (Session, error) {
	session, err := tx.Session(id)
	if err != nil {
		return session, err
	}
	expired, err := session.Expire(s.now())
	if err != nil || session.Status == StatusExpired {
		return expired, err
	}
	if err := tx.PutSession(expired); err != nil {
		return expired, err
	}
	return expired, s.release(tx, expired, expired.UpdatedAt)
}

// Sweeper does what falls due: it expires sessions, reconciles attempts, bills
// subscriptions, gives money back, reads statements and drops old answers.
type Sweeper struct {
	service *Service
	clock   clock.Clock
	log     *slog.Logger
}

// NewSweeper returns a Sweeper for s, on its clock.
func NewSweeper(s *Service, log *slog.Logger) *Sweeper {
	return &Sweeper{service: s, clock: s.clock, log: log}
}

// step is one kind of work: it does some of what is due and reports how much it
// found.
type step func(ctx context.Context) (int, error)

// RunOnce does everything that is due now, one kind of work after the other. It
// goes on past faults of single sessions and providers, and returns them joined.
func (w *Sweeper) RunOnce(ctx context.Context) error {
	s := w.service
	var faults []error
	for _, step := range []step{s.tidy, s.Reconcile, s.ExpireDue, s.RenewDue, s.PayRefunds, s.ReadStatements} {
		faults = append(faults, drain(ctx, step))
	}
	return errors.Join(faults...)
}

// drain repeats a step until less than a batch was due, or it fails.
func drain(ctx context.Context, step step) error {
	for {
		n, err := step(ctx)
		if n < batch || err != nil {
			return err
		}
	}
}

// Run does what falls due, at once and then each second, until ctx is done. It
// returns ctx's error. Each provider, and each kind of work, goes its own pace:
// one that hangs holds up no other.
func (w *Sweeper) Run(ctx context.Context) error {
	s := w.service
	var running sync.WaitGroup
	defer running.Wait()
	for _, step := range []step{s.ExpireDue, s.RenewDue, s.PayRefunds, s.ReadStatements} {
		running.Go(func() { w.every(ctx, step) })
	}
	known := map[string]bool{}
	w.every(ctx, func(ctx context.Context) (int, error) {
		names, err := s.providerNames(ctx)
		for _, name := range names {
			if !known[name] {
				known[name] = true
				running.Go(func() {
					w.every(ctx, func(ctx context.Context) (int, error) { return s.reconcile(ctx, name) })
				})
			}
		}
		if err != nil {
			return 0, err
		}
		return s.tidy(ctx)
	})
	return ctx.Err()
}

// every drains a step at once and then each second, until ctx is done.
func (w *Sweeper) every(ctx context.Context, step step) {
	ticker := w.clock.Ticker(time.Second)
	defer ticker.Stop()
	for {
		if err := drain(ctx, step); err != nil && ctx.Err() == nil {
			w.log.Error("sweep", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// longestWait is longer than anything waits for its next poll or try by rule.
const longestWait = 30 * time.Hour

// longestStep is how far clocks are set back in the course of keeping them right.
const longestStep = 5 * time.Second

// tidy drops old answers and brings back what a clock that ran ahead has put off:
// at once if it is put right while we look, else what is beyond reach. It reports
// how many answers it dropped.
func (s *Service) tidy(ctx context.Context) (n int, err error) {
	latest := s.now()
	reach := longestWait
	if before := s.swept.Load(); latest.Before(time.UnixMilli(before).Add(-longestStep)) {
		reach = time.Minute
	}
	err = s.store.Update(ctx, func(tx Tx) error {
		now := s.now()
		if err := tx.ClampDue(now.Add(reach), now.Add(reach)); err != nil {
			return err
		}
		if _, err := tx.PruneParked(now.Add(-parkedTTL)); err != nil {
			return err
		}
		n, err = tx.PruneAnswers(now.Add(-AnswerTTL), batch)
		return err
	})
	if err == nil {
		s.swept.Store(latest.UnixMilli())
	}
	return n, err
}
