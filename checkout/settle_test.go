package checkout_test

import (
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

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
		if counts[checkout.AttemptPaid] != 1 || counts[checkout.AttemptSurplus] != 7 || counts[checkout.AttemptPaid]+counts[checkout.AttemptSurplus] != 8 {
			t.Errorf("%v", counts)
		}
		told := map[checkout.EventType]int{}
		for _, e := range types(k) {
			told[e]++
		}
		want := map[checkout.EventType]int{checkout.EventPaymentSucceeded: 1, checkout.EventPaymentHeld: 7, checkout.EventRefundCreated: 7}
		if !maps.Equal(told, want) {
			t.Errorf("events %v, want %v", told, want)
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
