package checkout_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/checkout/provider/sandbox"
	"github.com/checkoutd/checkoutd/store"
)

var ctx = context.Background()

// onEachStore runs f on the store in memory and on SQLite.
func onEachStore(t *testing.T, f func(t *testing.T, k *checkouttest.Kit)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { f(t, checkouttest.New(t)) })
	t.Run("sqlite", func(t *testing.T) { f(t, checkouttest.On(t, openSQLite(t, filepath.Join(t.TempDir(), "test.db")))) })
}

func openSQLite(t *testing.T, file string) *store.DB {
	t.Helper()
	db, err := store.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func open(t *testing.T, k *checkouttest.Kit) checkout.Session {
	t.Helper()
	s, err := k.Service.CreateSession(ctx, checkout.CreateSessionParams{Total: checkout.Money{Amount: 12500, Currency: checkout.XOF}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func start(t *testing.T, s *checkout.Service, session, method string) checkout.Attempt {
	t.Helper()
	a, err := s.Start(ctx, checkout.StartParams{SessionID: session, Method: method, WithoutForm: true})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func status(t *testing.T, k *checkouttest.Kit, session string) checkout.Status {
	t.Helper()
	c, err := k.Service.Checkout(ctx, session)
	if err != nil {
		t.Fatal(err)
	}
	return c.Session.Status
}

func types(k *checkouttest.Kit) (list []checkout.EventType) {
	for _, e := range k.Events() {
		list = append(list, e.Type)
	}
	return list
}

func paid(a checkout.Attempt) checkout.Report {
	return checkout.Report{State: checkout.StatePaid, Paid: a.Amount}
}

func TestSettleTwiceIsOncePaid(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		a := start(t, k.Service, s.ID, "wallet")
		for range 3 {
			for _, event := range []string{"ev_1", "ev_1", "ev_2", ""} {
				got, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", EventID: event, AttemptID: a.ID, Report: paid(a)})
				if err != nil || got.Status != checkout.AttemptPaid {
					t.Fatalf("%s, %v", got.Status, err)
				}
			}
		}
		for _, state := range []checkout.State{checkout.StateFailed, checkout.StateExpired, checkout.StateMissing, checkout.StatePending} {
			got, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: a.ID, Report: checkout.Report{State: state}})
			if err != nil || got.Status != checkout.AttemptPaid {
				t.Errorf("after %s: %s, %v", state, got.Status, err)
			}
		}
		if want := []checkout.EventType{checkout.EventPaymentCreated, checkout.EventPaymentSucceeded}; !slices.Equal(types(k), want) {
			t.Errorf("events %v", types(k))
		}
		balances, err := k.Service.Balances(ctx, checkout.Account{})
		if err != nil || len(balances) != 1 || balances[0].Total != s.Total {
			t.Errorf("balances %v, %v", balances, err)
		}
	})
}

// TestRacingCompletionsHaveOneWinner starts as many attempts as a session can
// have, and lets all of them and repeats of them be paid at once.
func TestRacingCompletionsHaveOneWinner(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		var attempts []checkout.Attempt
		for i := range 8 {
			a := checkout.Attempt{
				ID: "txn_" + string(rune('a'+i)), SessionID: s.ID, Status: checkout.AttemptOpen, Version: 1,
				Provider: "sandbox", Method: "wallet", Amount: s.Total, CreatedAt: checkouttest.Start, UpdatedAt: checkouttest.Start,
			}
			if err := k.Store.Update(ctx, func(tx checkout.Tx) error { return tx.InsertAttempt(a) }); err != nil {
				t.Fatal(err)
			}
			attempts = append(attempts, a)
		}
		var wait sync.WaitGroup
		for i := range 64 {
			wait.Go(func() {
				a := attempts[i%len(attempts)]
				if _, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: a.ID, Report: paid(a)}); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		c, err := k.Service.Checkout(ctx, s.ID)
		if err != nil || c.Session.Status != checkout.StatusCompleted {
			t.Fatalf("%s, %v", c.Session.Status, err)
		}
		counts := map[checkout.AttemptStatus]int{}
		for _, a := range c.Attempts {
			counts[a.Status]++
			if (a.Status == checkout.AttemptPaid) != (a.ID == c.Session.TransactionID) || a.Received != s.Total {
				t.Errorf("%s is %s, the session's is %s", a.ID, a.Status, c.Session.TransactionID)
			}
		}
		if counts[checkout.AttemptPaid] != 1 || counts[checkout.AttemptSurplus] != 7 || !slices.Equal(types(k), []checkout.EventType{checkout.EventPaymentSucceeded}) {
			t.Errorf("%v, events %v", counts, types(k))
		}
	})
}

// TestCompletionsRaceSweeps lets the last millisecond be fought over.
func TestCompletionsRaceSweeps(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		for range 10 {
			s := open(t, k)
			a := start(t, k.Service, s.ID, "wallet")
			at := k.Clock.Now()
			k.Clock.Add(checkout.DefaultTTL)
			var wait sync.WaitGroup
			for range 8 {
				wait.Go(func() {
					report := paid(a)
					report.At = at
					if _, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: a.ID, Report: report}); err != nil {
						t.Error(err)
					}
				})
				wait.Go(func() {
					if _, err := k.Service.ExpireDue(ctx); err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			c, err := k.Service.Checkout(ctx, s.ID)
			if err != nil || c.Session.Status != checkout.StatusCompleted || c.Session.Late || c.Attempts[0].Status != checkout.AttemptPaid {
				t.Fatalf("%+v, %v", c.Session, err)
			}
		}
	})
}

func TestTwoTabsCannotPayTwice(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		first := start(t, k.Service, s.ID, "wallet")
		if again := start(t, k.Service, s.ID, "wallet"); again.ID != first.ID {
			t.Errorf("the same choice made %s beside %s", again.ID, first.ID)
		}
		second, err := k.Service.Start(ctx, checkout.StartParams{
			SessionID: s.ID, Method: "card", WithoutForm: true,
			Card: checkout.Card{Number: "4000 0000 0000 3155", Expiry: "12/30", CVC: "123"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Service.Simulate(ctx, s.ID, first.ID, checkout.OutcomeSucceed); checkout.CodeOf(err) != checkout.CodeConflict {
			t.Errorf("the closed tab paid: %v", err)
		}
		if a, err := k.Service.Simulate(ctx, s.ID, second.ID, checkout.OutcomeSucceed); err != nil || a.Status != checkout.AttemptPaid {
			t.Errorf("%s, %v", a.Status, err)
		}
		if _, err := k.Pay(s.ID, checkout.OutcomeSucceed); checkout.CodeOf(err) != checkout.CodeNotOpen {
			t.Errorf("a third tab: %v", err)
		}
	})
}

func TestSimultaneousStartsLeaveOneLiveAttempt(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		var wait sync.WaitGroup
		for i := range 16 {
			wait.Go(func() {
				p := checkout.StartParams{SessionID: s.ID, Method: "wallet", WithoutForm: true}
				if i%2 == 0 {
					p.Method, p.Outcome = "phone", checkout.OutcomeSilent
				}
				if _, err := k.Service.Start(ctx, p); err != nil && checkout.CodeOf(err) != checkout.CodeConflict {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		c, err := k.Service.Checkout(ctx, s.ID)
		live := 0
		for _, a := range c.Attempts {
			if a.Live() {
				live++
			}
		}
		if err != nil || live != 1 {
			t.Errorf("%d live attempts of %d, %v", live, len(c.Attempts), err)
		}
	})
}

func TestFailedTryLeavesTheSessionOpen(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		for _, outcome := range []checkout.Outcome{checkout.OutcomeDecline, checkout.OutcomeCancel} {
			a, err := k.Pay(s.ID, outcome)
			if err != nil || a.Status != checkout.AttemptFailed || status(t, k, s.ID) != checkout.StatusOpen {
				t.Errorf("%s: %s, %v", outcome, a.Status, err)
			}
		}
		a, err := k.Service.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: "phone", Phone: "+46 733 123 450", WithoutForm: true})
		if checkout.CodeOf(err) != checkout.CodeDeclined || a.Status != checkout.AttemptFailed || a.Reason != "failed" {
			t.Errorf("%+v, %v", a, err)
		}
		if a, err := k.Pay(s.ID, checkout.OutcomeSucceed); err != nil || a.Status != checkout.AttemptPaid {
			t.Errorf("%s, %v", a.Status, err)
		}
		want := []checkout.EventType{
			checkout.EventPaymentCreated, checkout.EventPaymentFailed, checkout.EventPaymentCreated, checkout.EventPaymentFailed,
			checkout.EventPaymentCreated, checkout.EventPaymentFailed, checkout.EventPaymentCreated, checkout.EventPaymentSucceeded,
		}
		if got := types(k); !slices.Equal(got, want) {
			t.Errorf("events %v", got)
		}
	})
}

func TestEventsCarryWhatWasTrueThen(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		if _, err := k.Pay(s.ID, checkout.OutcomeSucceed); err != nil {
			t.Fatal(err)
		}
		events := k.Events()
		if tr := events[0].Transaction; tr.Attempt.Status != checkout.AttemptCreated || tr.Session.Status != checkout.StatusOpen {
			t.Errorf("first: %s of %s", tr.Attempt.Status, tr.Session.Status)
		}
		if tr := events[1].Transaction; tr.Attempt.Status != checkout.AttemptPaid || tr.Session.Status != checkout.StatusCompleted || tr.Session.TransactionID != tr.Attempt.ID {
			t.Errorf("second: %s of %s", tr.Attempt.Status, tr.Session.Status)
		}
	})
}

func TestDelayedSuccessIsFoundByTheSweep(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		if _, err := k.Pay(s.ID, checkout.OutcomeDelay); err != nil {
			t.Fatal(err)
		}
		k.Advance(sandbox.DefaultDelay - time.Millisecond)
		if got := status(t, k, s.ID); got != checkout.StatusOpen {
			t.Errorf("a millisecond early it is %s", got)
		}
		k.Advance(time.Millisecond)
		if got := status(t, k, s.ID); got != checkout.StatusCompleted {
			t.Errorf("in time it is %s", got)
		}
	})
}

// TestMoneyPaidInTimeCompletesAnExpiringSession jumps over both instants at
// once, as a server does that was down.
func TestMoneyPaidInTimeCompletesAnExpiringSession(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		if _, err := k.Pay(s.ID, checkout.OutcomeDelay); err != nil {
			t.Fatal(err)
		}
		k.Clock.Add(2 * checkout.DefaultTTL)
		if got := status(t, k, s.ID); got != checkout.StatusExpired {
			t.Errorf("before the sweep it is %s", got)
		}
		if _, err := k.Service.ExpireDue(ctx); err != nil {
			t.Fatal(err)
		}
		c, err := k.Service.Checkout(ctx, s.ID)
		if err != nil || c.Session.Status != checkout.StatusCompleted || c.Session.Late {
			t.Errorf("%s, late %v, %v", c.Session.Status, c.Session.Late, err)
		}
	})
}

func TestUnansweredAttemptEndsWithItsSession(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		a, err := k.Pay(s.ID, checkout.OutcomeSilent)
		if err != nil {
			t.Fatal(err)
		}
		k.Advance(checkout.DefaultTTL)
		c, err := k.Service.Checkout(ctx, s.ID)
		if err != nil || c.Session.Status != checkout.StatusExpired || c.Attempts[0].Status != checkout.AttemptExpired {
			t.Errorf("%s, %s, %v", c.Session.Status, c.Attempts[0].Status, err)
		}
		late, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: a.ID, Report: paid(a)})
		if c, _ = k.Service.Checkout(ctx, s.ID); err != nil || late.Status != checkout.AttemptPaid || c.Session.Status != checkout.StatusCompleted || !c.Session.Late {
			t.Errorf("late money: %s, %s, late %v, %v", late.Status, c.Session.Status, c.Session.Late, err)
		}
	})
}

// scripted is a provider whose answers a test decides.
type scripted struct {
	start func(checkout.Order) (checkout.Started, error)
	poll  func(checkout.Attempt) (checkout.Report, error)
}

func (scripted) Name() string   { return "scripted" }
func (scripted) Livemode() bool { return false }
func (scripted) Methods() []checkout.Method {
	return []checkout.Method{{ID: "wave", Code: "MOBILE_MONEY", Currencies: []checkout.Currency{checkout.XOF}}}
}
func (p scripted) Start(_ context.Context, o checkout.Order) (checkout.Started, error) {
	return p.start(o)
}
func (p scripted) Poll(_ context.Context, a checkout.Attempt) (checkout.Report, error) {
	return p.poll(a)
}

func scriptedService(t *testing.T, k *checkouttest.Kit, p scripted) *checkout.Service {
	t.Helper()
	s, err := checkout.New(checkout.Config{
		Store: k.Store, Clock: k.Clock, Random: checkouttest.Chance(2), Providers: []checkout.Provider{p},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLostAnswerIsAskedFor(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		answer := checkout.Report{State: checkout.StatePending}
		var fault error
		svc := scriptedService(t, k, scripted{
			start: func(checkout.Order) (checkout.Started, error) { return checkout.Started{}, errors.New("timeout") },
			poll:  func(checkout.Attempt) (checkout.Report, error) { return answer, fault },
		})
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		if a.Status != checkout.AttemptUnsure {
			t.Fatalf("at first it is %s", a.Status)
		}
		if _, err := svc.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: "wave", WithoutForm: true}); checkout.CodeOf(err) != checkout.CodeConflict {
			t.Errorf("another attempt at once: %v", err)
		}
		fault = errors.New("still down")
		k.Clock.Add(5 * time.Second)
		if _, err := svc.Reconcile(ctx); !errors.Is(err, fault) {
			t.Errorf("%v", err)
		}
		if n, err := svc.Reconcile(ctx); n != 0 || err != nil {
			t.Errorf("asked again at once: %d, %v", n, err)
		}
		fault, answer = nil, paid(a)
		k.Clock.Add(time.Minute)
		if _, err := svc.Reconcile(ctx); err != nil {
			t.Fatal(err)
		}
		if got := status(t, k, s.ID); got != checkout.StatusCompleted {
			t.Errorf("in the end it is %s", got)
		}
	})
}

func TestProviderThatWasNotReachedIsACertainNo(t *testing.T) {
	k := checkouttest.New(t)
	svc := scriptedService(t, k, scripted{start: func(checkout.Order) (checkout.Started, error) {
		return checkout.Started{}, errors.Join(errors.New("dial"), checkout.ErrNotSent)
	}})
	a, err := svc.Start(ctx, checkout.StartParams{SessionID: open(t, k).ID, Method: "wave", WithoutForm: true})
	if checkout.CodeOf(err) != checkout.CodeDeclined || a.Status != checkout.AttemptFailed || a.Reason != "provider_unavailable" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestProviderMayBeSlowToHearOfAnAttempt(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		answer := checkout.Report{State: checkout.StateMissing}
		svc := scriptedService(t, k, scripted{
			start: func(checkout.Order) (checkout.Started, error) { return checkout.Started{}, errors.New("timeout") },
			poll:  func(checkout.Attempt) (checkout.Report, error) { return answer, nil },
		})
		reconcile := func(after time.Duration) {
			t.Helper()
			k.Clock.Add(after)
			if _, err := svc.Reconcile(ctx); err != nil {
				t.Fatal(err)
			}
		}
		s, lost := open(t, k), open(t, k)
		a, b := start(t, svc, s.ID, "wave"), start(t, svc, lost.ID, "wave")
		reconcile(5 * time.Second)
		answer = paid(a)
		if _, err := svc.Settle(ctx, checkout.Signal{Provider: "scripted", AttemptID: a.ID, Report: answer}); err != nil {
			t.Fatal(err)
		}
		if got := status(t, k, s.ID); got != checkout.StatusCompleted {
			t.Errorf("heard of late, it is %s", got)
		}
		answer = checkout.Report{State: checkout.StateMissing}
		reconcile(11 * time.Minute)
		c, err := svc.Checkout(ctx, lost.ID)
		if err != nil || c.Attempts[0].ID != b.ID || c.Attempts[0].Status != checkout.AttemptExpired {
			t.Errorf("never heard of, it is %+v, %v", c.Attempts[0], err)
		}
	})
}

// TestSessionThatEndsWhileItsPaymentIsStarted lets the merchant expire a session
// between the row and the provider's answer, and the customer pay all the same.
func TestSessionThatEndsWhileItsPaymentIsStarted(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		var svc *checkout.Service
		answer := checkout.Report{State: checkout.StateMissing}
		svc = scriptedService(t, k, scripted{
			start: func(o checkout.Order) (checkout.Started, error) {
				k.Clock.Add(checkout.DefaultTTL)
				_, err := svc.ExpireDue(ctx)
				return checkout.Started{Ref: "cos-1", Next: checkout.Next{Kind: checkout.NextPrompt}}, err
			},
			poll: func(checkout.Attempt) (checkout.Report, error) { return answer, nil },
		})
		a := start(t, svc, s.ID, "wave")
		if a.Status != checkout.AttemptOpen || a.DueAt.IsZero() {
			t.Fatalf("once the provider has answered it is %+v", a)
		}
		answer = paid(a)
		k.Clock.Add(time.Minute)
		if _, err := svc.Reconcile(ctx); err != nil {
			t.Fatal(err)
		}
		if got := status(t, k, s.ID); got != checkout.StatusCompleted {
			t.Errorf("with the money collected it is %s", got)
		}
	})
}

// faulty is a store whose next updates fail, as on a full disk.
type faulty struct {
	checkout.Store
	faults int
}

func (s *faulty) Update(ctx context.Context, fn func(checkout.Tx) error) error {
	if s.faults > 0 {
		s.faults--
		return &checkout.Error{Code: checkout.CodeUnavailable, Message: "The disk is full"}
	}
	return s.Store.Update(ctx, fn)
}

func TestAnswerOfAProviderOutlivesAPassingFault(t *testing.T) {
	k := checkouttest.New(t)
	f := &faulty{Store: k.Store}
	svc, err := checkout.New(checkout.Config{Store: f, Clock: k.Clock, Random: checkouttest.Chance(4), Providers: []checkout.Provider{
		scripted{start: func(checkout.Order) (checkout.Started, error) {
			f.faults = 2
			return checkout.Started{Ref: "cos-1"}, nil
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if a := start(t, svc, open(t, k).ID, "wave"); a.Ref != "cos-1" || a.Status != checkout.AttemptOpen {
		t.Errorf("%+v", a)
	}
}

func TestPanicOfAnAdapterIsAFaultLikeAnother(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		svc := scriptedService(t, k, scripted{
			start: func(checkout.Order) (checkout.Started, error) { panic("nil map in adapter") },
			poll:  func(checkout.Attempt) (checkout.Report, error) { panic("nil map in adapter") },
		})
		s := open(t, k)
		if a := start(t, svc, s.ID, "wave"); a.Status != checkout.AttemptUnsure {
			t.Errorf("it is %s", a.Status)
		}
		k.Clock.Add(checkout.DefaultTTL)
		if _, err := svc.ExpireDue(ctx); err == nil {
			t.Error("the fault is told nobody")
		}
		if n, err := svc.ExpireDue(ctx); n != 0 || err != nil {
			t.Errorf("the session is still due: %d, %v", n, err)
		}
	})
}

func TestRefusalThatOvertakesTheAnswerIsToldOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		var svc *checkout.Service
		svc = scriptedService(t, k, scripted{start: func(o checkout.Order) (checkout.Started, error) {
			_, err := svc.Settle(ctx, checkout.Signal{Provider: "scripted", AttemptID: o.Attempt.ID, Report: checkout.Report{State: checkout.StateFailed, Reason: "no"}})
			if err != nil {
				t.Error(err)
			}
			return checkout.Started{}, &checkout.Declined{Reason: "no"}
		}})
		a, err := svc.Start(ctx, checkout.StartParams{SessionID: open(t, k).ID, Method: "wave", WithoutForm: true})
		if checkout.CodeOf(err) != checkout.CodeDeclined || a.Reason != "no" {
			t.Errorf("%+v, %v", a, err)
		}
		if want := []checkout.EventType{checkout.EventPaymentCreated, checkout.EventPaymentFailed}; !slices.Equal(types(k), want) {
			t.Errorf("events %v", types(k))
		}
	})
}

func TestTestAndLiveMessagesNeverMix(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		a := start(t, k.Service, open(t, k).ID, "wallet")
		for _, live := range []bool{true, false} {
			got, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", Livemode: live, EventID: "ev_1", AttemptID: a.ID, Report: paid(a)})
			if live && checkout.CodeOf(err) != checkout.CodeNotFound || !live && (err != nil || got.Status != checkout.AttemptPaid) {
				t.Errorf("live %v: %s, %v", live, got.Status, err)
			}
		}
		p := checkout.CreateSessionParams{Account: checkout.LiveAccount, Total: checkout.Money{Amount: 1, Currency: checkout.XOF}}
		s, err := k.Service.CreateSession(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Pay(s.ID, checkout.OutcomeSucceed); checkout.CodeOf(err) != checkout.CodeNoMethod {
			t.Errorf("real money in the sandbox: %v", err)
		}
		if _, err := k.Service.Session(ctx, checkout.Account{}, s.ID); checkout.CodeOf(err) != checkout.CodeNotFound {
			t.Errorf("the test account sees it: %v", err)
		}
	})
}

func TestSessionIsTriedSoOftenAndNoMore(t *testing.T) {
	k := checkouttest.New(t)
	s := open(t, k)
	for range 50 {
		if _, err := k.Pay(s.ID, checkout.OutcomeDecline); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Pay(s.ID, checkout.OutcomeSucceed); checkout.CodeOf(err) != checkout.CodeTooMany {
		t.Errorf("%v", err)
	}
}

// TestClockThatRanAheadPutsNothingOffForEver polls once in a far future, and
// then again after the clock was put right.
func TestClockThatRanAheadPutsNothingOffForEver(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		answer := checkout.Report{State: checkout.StatePending}
		svc := scriptedService(t, k, scripted{
			start: func(checkout.Order) (checkout.Started, error) { return checkout.Started{Ref: "cos-1"}, nil },
			poll:  func(checkout.Attempt) (checkout.Report, error) { return answer, nil },
		})
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		k.Clock.Add(20 * 24 * time.Hour)
		if _, err := svc.Reconcile(ctx); err != nil {
			t.Fatal(err)
		}
		k.Clock.Set(checkouttest.Start.Add(time.Minute))
		answer = paid(a)
		sweeper := checkout.NewSweeper(svc, nil)
		if err := sweeper.RunOnce(ctx); err != nil {
			t.Fatal(err)
		}
		k.Clock.Add(31 * time.Hour)
		if err := sweeper.RunOnce(ctx); err != nil {
			t.Fatal(err)
		}
		if got := status(t, k, s.ID); got != checkout.StatusCompleted {
			t.Errorf("two days later it is %s", got)
		}
	})
}

func TestMessageThatOvertakesTheAnswerStands(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		var svc *checkout.Service
		svc = scriptedService(t, k, scripted{start: func(o checkout.Order) (checkout.Started, error) {
			_, err := svc.Settle(ctx, checkout.Signal{Provider: "scripted", EventID: "ev_1", AttemptID: o.Attempt.ID, Report: paid(o.Attempt)})
			return checkout.Started{Ref: "cos-1"}, err
		}})
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		if a.Status != checkout.AttemptPaid || a.Ref != "cos-1" || status(t, k, s.ID) != checkout.StatusCompleted {
			t.Errorf("%+v", a)
		}
	})
}

func TestOtherSumCompletesNothing(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		a := start(t, k.Service, s.ID, "wallet")
		report := paid(a)
		report.Paid.Amount--
		got, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: a.ID, Report: report})
		if err != nil || got.Status != checkout.AttemptMismatch || status(t, k, s.ID) != checkout.StatusOpen {
			t.Errorf("%s, %v", got.Status, err)
		}
		if balances, err := k.Service.Balances(ctx, checkout.Account{}); err != nil || len(balances) != 0 {
			t.Errorf("balances %v, %v", balances, err)
		}
	})
}

func TestUnknownAttemptIsNotSettled(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		s := open(t, k)
		a := start(t, k.Service, s.ID, "wallet")
		for _, sig := range []checkout.Signal{
			{Provider: "sandbox", EventID: "ev_1", AttemptID: "txn_none", Report: paid(a)},
			{Provider: "wave", EventID: "ev_1", AttemptID: a.ID, Report: paid(a)},
		} {
			if _, err := k.Service.Settle(ctx, sig); checkout.CodeOf(err) != checkout.CodeNotFound {
				t.Errorf("%+v: %v", sig, err)
			}
		}
		// What was refused is not claimed either: the same message counts later.
		got, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", EventID: "ev_1", AttemptID: a.ID, Report: paid(a)})
		if err != nil || got.Status != checkout.AttemptPaid {
			t.Errorf("%s, %v", got.Status, err)
		}
	})
}

func TestFormIsHeldToWhatTheSessionAsks(t *testing.T) {
	k := checkouttest.New(t)
	all := checkout.Form{Name: true, Email: true, Phone: true, BillingAddress: true}
	s, err := k.Service.CreateSession(ctx, checkout.CreateSessionParams{Total: checkout.Money{Amount: 1, Currency: checkout.USD}, Form: &all})
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.Service.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: "wallet", Payer: checkout.Contact{Email: "nobody"}})
	var e *checkout.Error
	if !errors.As(err, &e) || e.Code != checkout.CodeInvalid {
		t.Fatal(err)
	}
	var names []string
	for _, f := range e.Fields {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	if want := []string{"address", "city", "country", "email", "name", "phone"}; !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
	for method, field := range map[string]string{"phone": "phone", "card": "card_number", "wave": "method"} {
		_, err := k.Service.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: method, WithoutForm: true})
		if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Name != field {
			t.Errorf("%s: %v", method, err)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	k := checkouttest.New(t)
	if _, err := checkout.New(checkout.Config{}); err == nil {
		t.Error("a service without a store")
	}
	if _, err := checkout.New(checkout.Config{Store: k.Store, Providers: []checkout.Provider{k.Sandbox, k.Sandbox}}); err == nil {
		t.Error("a provider twice")
	}
}

func TestClosureThatRunsTwiceLeavesOneAnswer(t *testing.T) {
	k := checkouttest.New(t)
	svc, err := checkout.New(checkout.Config{Store: twice{k.Store}, Clock: k.Clock, Random: checkouttest.Chance(3), Providers: []checkout.Provider{k.Sandbox}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := svc.CreateSession(ctx, checkout.CreateSessionParams{Total: checkout.Money{Amount: 5, Currency: checkout.EUR}})
	if err != nil {
		t.Fatal(err)
	}
	a := start(t, svc, s.ID, "wallet")
	if _, err := svc.Simulate(ctx, s.ID, a.ID, checkout.OutcomeSucceed); err != nil {
		t.Fatal(err)
	}
	if got, err := svc.Session(ctx, checkout.Account{}, s.ID); err != nil || got.Status != checkout.StatusCompleted || got.TransactionID != a.ID {
		t.Errorf("%+v, %v", got, err)
	}
	if want := []checkout.EventType{checkout.EventPaymentCreated, checkout.EventPaymentSucceeded}; !slices.Equal(types(k), want) {
		t.Errorf("events %v", types(k))
	}
}

// twice is a store that runs each update once for nothing first, as a database
// does that has to repeat it.
type twice struct{ checkout.Store }

func (s twice) Update(ctx context.Context, fn func(checkout.Tx) error) error {
	again := errors.New("again")
	err := s.Store.Update(ctx, func(tx checkout.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return again
	})
	if !errors.Is(err, again) {
		return err
	}
	return s.Store.Update(ctx, fn)
}
