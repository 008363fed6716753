package checkout

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/benbjohnson/clock"
)

// batch is how many rows one step of a worker takes on.
const batch = 100

// polls is how long to wait before asking a provider again, by how often it has
// been asked; the last entry repeats.
var polls = []time.Duration{
	5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 2 * time.Minute,
}

func pollWait(asked int64) time.Duration { return polls[min(int(asked), len(polls)-1)] }

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
	var busy []Attempt
	err = s.store.Update(ctx, func(tx Tx) (err error) {
		busy, err = s.expireIdle(tx, due)
		return err
	})
	if err != nil {
		return 0, err
	}
	var faults []error
	for _, a := range busy {
		if err := s.expireBusy(ctx, a.SessionID); err != nil {
			faults = append(faults, err)
		}
	}
	return len(due), errors.Join(faults...)
}

// expireIdle expires the sessions that nobody is paying, and returns a live
// attempt of each of the others.
func (s *Service) expireIdle(tx Tx, due []Session) (busy []Attempt, err error) {
	for _, d := range due {
		live, err := liveAttempts(tx, d.ID)
		if err != nil {
			return nil, err
		}
		if len(live) > 0 {
			busy = append(busy, live[0])
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
	var account Account
	var live []Attempt
	err := s.store.View(ctx, func(tx Tx) (err error) {
		if _, account, err = s.sessionAt(tx, id, s.now()); err != nil {
			return err
		}
		live, err = liveAttempts(tx, id)
		return err
	})
	if err != nil {
		return err
	}
	var faults []error
	for _, a := range live {
		if err := s.close(ctx, account, a); err != nil && ctx.Err() != nil {
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
	return expired, tx.PutSession(expired)
}

// Reconcile asks providers about attempts that are due to be asked about, at
// most 100, and settles what they say. It reports how many it asked about.
func (s *Service) Reconcile(ctx context.Context) (int, error) {
	var due []Attempt
	err := s.store.View(ctx, func(tx Tx) (err error) {
		due, err = tx.DueAttempts(s.now(), batch)
		return err
	})
	var faults []error
	for _, a := range due {
		if _, err := s.poll(ctx, a); err != nil {
			faults = append(faults, err)
		}
	}
	return len(due), errors.Join(append(faults, err)...)
}

// poll asks about one attempt, unless somebody else has done so since it was
// read. The time of the next question is written first: a provider that makes
// us fall over is not asked again at once.
func (s *Service) poll(ctx context.Context, a Attempt) (Attempt, error) {
	var account Account
	asked := a
	asked.Polls++
	asked.DueAt = s.now().Add(pollWait(asked.Polls))
	err := s.store.Update(ctx, func(tx Tx) (err error) {
		if account, err = s.account(tx, a.Account); err != nil {
			return err
		}
		return tx.PutAttempt(asked)
	})
	if errors.Is(err, ErrStale) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	p, err := s.provider(account, a.Provider)
	if err != nil {
		return asked, err
	}
	report, err := ask(ctx, func(ctx context.Context) (Report, error) { return p.Poll(ctx, asked) })
	if err != nil {
		return asked, err
	}
	return s.Settle(context.WithoutCancel(ctx), signal(account, a, report))
}

// Refresh asks the provider about an attempt of a session if it is due to be
// asked about, and returns the attempt as it stands. A page that waits may call
// it as often as it likes.
func (s *Service) Refresh(ctx context.Context, session, attempt string) (Attempt, error) {
	_, a, err := s.attemptOf(ctx, session, attempt)
	if err != nil || !a.Live() || a.DueAt.IsZero() || a.DueAt.After(s.now()) {
		return a, err
	}
	return s.poll(ctx, a)
}

// Sweeper does what falls due: it expires sessions, reconciles attempts and
// drops old answers.
type Sweeper struct {
	service *Service
	clock   clock.Clock
	log     *slog.Logger
}

// NewSweeper returns a Sweeper for s, on its clock.
func NewSweeper(s *Service, log *slog.Logger) *Sweeper {
	return &Sweeper{service: s, clock: s.clock, log: log}
}

// RunOnce does everything that is due now. It goes on past faults of single
// sessions and providers, and returns them joined.
func (w *Sweeper) RunOnce(ctx context.Context) error {
	var faults []error
	for _, step := range []func(context.Context) (int, error){
		w.service.tidy, w.service.Reconcile, w.service.ExpireDue,
	} {
		for {
			n, err := step(ctx)
			if err != nil {
				faults = append(faults, err)
			}
			if n < batch || err != nil {
				break
			}
		}
	}
	return errors.Join(faults...)
}

// Run calls RunOnce at once and then each second, until ctx is done. It returns
// ctx's error.
func (w *Sweeper) Run(ctx context.Context) error {
	ticker := w.clock.Ticker(time.Second)
	defer ticker.Stop()
	for {
		if err := w.RunOnce(ctx); err != nil && ctx.Err() == nil {
			w.log.Error("sweep", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// longestWait is longer than anything waits for its next poll or try by rule.
const longestWait = 30 * time.Hour

// tidy drops old answers and brings back what a clock that ran ahead, and was
// then put right, has put off beyond reach. It reports how many answers it
// dropped.
func (s *Service) tidy(ctx context.Context) (n int, err error) {
	err = s.store.Update(ctx, func(tx Tx) error {
		now := s.now()
		if err := tx.ClampDue(now.Add(longestWait), now.Add(longestWait)); err != nil {
			return err
		}
		n, err = tx.PruneAnswers(now.Add(-AnswerTTL), batch)
		return err
	})
	return n, err
}
