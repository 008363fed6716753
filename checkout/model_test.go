package checkout_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/store"
)

// model is what should be true of a session, worked out without the service.
type model struct {
	expires   time.Time
	completed bool
	ended     bool      // expired by hand
	delayed   time.Time // when a delayed success comes, zero if none is on its way
	delayedID string
	live      map[string]bool // attempts that the customer could still answer
}

// world drives a service on a real database, and a model beside it.
type world struct {
	t        *rapid.T
	file     string
	db       *store.DB
	kit      *checkouttest.Kit
	sessions []string
	models   map[string]*model
}

func (w *world) reopen(tb testing.TB) {
	now := checkouttest.Start
	if w.db != nil {
		now = w.kit.Clock.Now()
		if err := w.db.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
	var err error
	if w.db, err = store.Open(w.file); err != nil {
		w.t.Fatal(err)
	}
	w.kit = checkouttest.On(tb, w.db)
	w.kit.Clock.Set(now)
	svc, err := checkout.New(checkout.Config{Store: w.db, Clock: w.kit.Clock, Providers: []checkout.Provider{w.kit.Sandbox}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.kit.Service = svc // with real chance: after a restart nothing repeats
}

func (w *world) pick() (string, *model) {
	if len(w.sessions) == 0 {
		w.t.Skip("no session yet")
	}
	id := rapid.SampledFrom(w.sessions).Draw(w.t, "session")
	return id, w.models[id]
}

// closed reports whether m can be paid no more by a new attempt.
func (w *world) closed(m *model) bool {
	return m.completed || m.ended || !w.kit.Clock.Now().Before(m.expires)
}

func (w *world) create(*rapid.T) {
	ttl := rapid.SampledFrom([]time.Duration{time.Minute, 90 * time.Second, time.Hour}).Draw(w.t, "ttl")
	s, err := w.kit.Service.CreateSession(ctx, checkout.CreateSessionParams{
		Total: checkout.Money{Amount: rapid.Int64Range(1, checkout.MaxAmount).Draw(w.t, "amount"), Currency: checkout.XOF}, TTL: ttl,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.sessions = append(w.sessions, s.ID)
	w.models[s.ID] = &model{expires: s.ExpiresAt, live: map[string]bool{}}
}

// pay lets a customer open the wallet and choose.
func (w *world) pay(*rapid.T) {
	id, m := w.pick()
	outcome := rapid.SampledFrom([]checkout.Outcome{
		checkout.OutcomeSucceed, checkout.OutcomeDecline, checkout.OutcomeCancel, checkout.OutcomeDelay, checkout.OutcomeSilent,
	}).Draw(w.t, "outcome")
	closed, due := w.closed(m), !m.delayed.IsZero() && !w.kit.Clock.Now().Before(m.delayed)
	a, err := w.kit.Pay(id, outcome)
	switch {
	case closed || due:
		// To start anew closes what is open, and so finds the delayed success.
		if checkout.CodeOf(err) != checkout.CodeNotOpen {
			w.t.Fatalf("%s paid: %s, %v", id, a.Status, err)
		}
		m.completed = m.completed || due && !closed
		return
	case err != nil:
		w.t.Fatal(err)
	}
	m.live, m.delayed = map[string]bool{}, time.Time{}
	switch outcome {
	case checkout.OutcomeSucceed:
		m.completed = true
	case checkout.OutcomeDelay:
		m.delayed, m.delayedID = w.kit.Clock.Now().Add(30*time.Second), a.ID
	case checkout.OutcomeSilent:
		m.live[a.ID] = true
	}
}

// sweep does what is due.
func (w *world) sweep(*rapid.T) {
	for _, step := range []func() (int, error){
		func() (int, error) { return w.kit.Service.Reconcile(ctx) },
		func() (int, error) { return w.kit.Service.ExpireDue(ctx) },
	} {
		if _, err := step(); err != nil {
			w.t.Fatal(err)
		}
	}
	for _, m := range w.models {
		if !m.delayed.IsZero() && !w.kit.Clock.Now().Before(m.delayed) && !m.completed && !m.ended {
			m.completed = true // late or not: money is money
		}
		if !w.kit.Clock.Now().Before(m.expires) || m.completed {
			m.delayed = time.Time{}
		}
	}
}

func (w *world) jump(*rapid.T) {
	w.kit.Clock.Add(time.Duration(rapid.IntRange(1, 3_700_000).Draw(w.t, "ms")) * time.Millisecond)
}

func (w *world) expire(*rapid.T) {
	id, m := w.pick()
	due := !m.delayed.IsZero() && !w.kit.Clock.Now().Before(m.delayed)
	lapsed := !w.kit.Clock.Now().Before(m.expires)
	_, err := w.kit.Service.Expire(ctx, checkout.Account{}, id)
	switch {
	case m.completed || due && !m.ended && !lapsed:
		if checkout.CodeOf(err) != checkout.CodeNotOpen {
			w.t.Fatalf("%s: %v", id, err)
		}
		m.completed, m.delayed = true, time.Time{}
	case err != nil:
		w.t.Fatal(err)
	case !lapsed:
		m.ended, m.delayed = true, time.Time{}
	}
}

// repeat says again what a provider has said before.
func (w *world) repeat(*rapid.T) {
	id, m := w.pick()
	c, err := w.kit.Service.Checkout(ctx, id)
	if err != nil || len(c.Attempts) == 0 {
		w.t.Skip("no attempt yet")
	}
	a := rapid.SampledFrom(c.Attempts).Draw(w.t, "attempt")
	if a.Status != checkout.AttemptPaid {
		w.t.Skip("nothing to say again")
	}
	got, err := w.kit.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: a.ID, Report: paid(a)})
	if err != nil || got.Status != checkout.AttemptPaid || !m.completed {
		w.t.Fatalf("%s, %v", got.Status, err)
	}
}

// check holds every session, attempt, event and balance to the model.
func (w *world) check(*rapid.T) {
	succeeded := map[string]int{}
	for _, e := range w.kit.Events() {
		if e.Type == checkout.EventPaymentSucceeded {
			succeeded[e.Transaction.Session.ID]++
		}
	}
	var sum int64
	for id, m := range w.models {
		c, err := w.kit.Service.Checkout(ctx, id)
		if err != nil {
			w.t.Fatal(err)
		}
		want := checkout.StatusOpen
		switch {
		case m.completed:
			want = checkout.StatusCompleted
		case m.ended || !w.kit.Clock.Now().Before(m.expires):
			want = checkout.StatusExpired
		}
		if c.Session.Status != want {
			w.t.Fatalf("%s is %s, want %s (%+v)", id, c.Session.Status, want, m)
		}
		paid, live := 0, 0
		for _, a := range c.Attempts {
			if a.Status == checkout.AttemptPaid {
				paid++
				sum += a.Received.Amount
				if a.ID != c.Session.TransactionID || a.Received != c.Session.Total || a.Amount != c.Session.Total {
					w.t.Fatalf("%s: %+v", id, a)
				}
			}
			if a.Live() {
				live++
			}
		}
		done := 0
		if want == checkout.StatusCompleted {
			done = 1
		}
		if paid != done || succeeded[id] != done || live > 1 {
			w.t.Fatalf("%s is %s: %d paid, %d events, %d live", id, want, paid, succeeded[id], live)
		}
	}
	w.checkLists()
	balances, err := w.kit.Service.Balances(ctx, checkout.Account{})
	if err != nil || sum != 0 && (len(balances) != 1 || balances[0].Total.Amount != sum) {
		w.t.Fatalf("balances %v, %v, want %d", balances, err, sum)
	}
}

// checkLists holds the lists by status to what each session shows by itself.
func (w *world) checkLists() {
	seen := 0
	for _, status := range []checkout.Status{checkout.StatusOpen, checkout.StatusCompleted, checkout.StatusExpired} {
		list, err := w.kit.Service.Sessions(ctx, checkout.SessionQuery{Status: status, Limit: len(w.sessions) + 1})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, s := range list {
			got, err := w.kit.Service.Session(ctx, checkout.Account{}, s.ID)
			if err != nil || s.Status != status || got.Status != status {
				w.t.Fatalf("list of %s has %s, %s by itself, %v", status, s.Status, got.Status, err)
			}
		}
		seen += len(list)
	}
	if seen != len(w.sessions) {
		w.t.Fatalf("the lists hold %d of %d sessions", seen, len(w.sessions))
	}
}

// TestWhateverHappensMoneyIsCountedOnce drives random sequences of create, pay,
// decline, expire, clock jumps and restarts against the model.
func TestWhateverHappensMoneyIsCountedOnce(t *testing.T) {
	n := 0
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		n++
		w := &world{t: rt, file: filepath.Join(dir, fmt.Sprint(n, ".db")), models: map[string]*model{}}
		w.reopen(t)
		defer func() {
			if err := w.db.Close(); err != nil {
				rt.Error(err)
			}
		}()
		rt.Repeat(map[string]func(*rapid.T){
			"create": w.create, "pay": w.pay, "sweep": w.sweep, "jump": w.jump, "expire": w.expire,
			"repeat": w.repeat, "restart": func(*rapid.T) { w.reopen(t) }, "": w.check,
		})
	})
}
