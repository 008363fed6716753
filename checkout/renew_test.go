package checkout_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

const week = 7 * 24 * time.Hour

// since returns the types of the events since the first n.
func since(k *checkouttest.Kit, n int) []checkout.EventType { return types(k)[n:] }

// TestUnpaidRenewals says what becomes of a subscription whose renewal is not paid
// within a week, and what a late payment does.
func TestUnpaidRenewals(t *testing.T) {
	for action, want := range map[checkout.FailureAction]struct {
		status, after checkout.SubscriptionStatus
		due           bool
		event         checkout.EventType
	}{
		"":                       {"past_due", "active", true, "SUBSCRIPTION_UPDATED"},
		checkout.FailureContinue: {"past_due", "active", true, "SUBSCRIPTION_UPDATED"},
		checkout.FailurePause:    {"paused", "active", false, "SUBSCRIPTION_UPDATED"},
		checkout.FailureCancel:   {"cancelled", "cancelled", false, "SUBSCRIPTION_CANCELLED"},
	} {
		t.Run(string(action), func(t *testing.T) {
			onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
				sub := subscribes(t, k, offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{OnFailure: action}))
				to(t, k, sub.PeriodEnd)
				k.Advance(week - time.Hour)
				slow, err := k.Pay(openRenewal(t, k, sub.ID), checkout.OutcomeSilent)
				if err != nil {
					t.Fatal(err)
				}
				before := len(k.Events())
				k.Advance(time.Hour)
				got := subscription(t, k, sub.ID)
				if got.Status != want.status || got.DueAt.IsZero() == want.due || got.Cycle != 2 || openRenewal(t, k, sub.ID) != "" {
					t.Errorf("%+v", got)
				}
				if events := since(k, before); !slices.Equal(events, []checkout.EventType{"PAYMENT_FAILED", want.event}) {
					t.Errorf("events %v", events)
				}
				failed := k.Events()[before].Transaction.Attempt
				if tx, err := k.Service.Transaction(ctx, checkout.Account{}, failed.ID); err != nil || tx.Attempt.Status != checkout.AttemptFailed || tx.Attempt.Reason != "unpaid" || tx.Attempt.Amount.Amount != 3100 {
					t.Errorf("%+v, %v", tx.Attempt, err)
				}
				k.Advance(time.Hour)
				before = len(k.Events())
				if _, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: slow.ID, Report: paid(slow)}); err != nil {
					t.Fatal(err)
				}
				late := []checkout.EventType{"PAYMENT_SUCCEEDED"}
				if want.after == checkout.SubscriptionActive {
					late = append(late, "SUBSCRIPTION_RENEWED")
				}
				if got = subscription(t, k, sub.ID); got.Status != want.after || !slices.Equal(since(k, before), late) {
					t.Errorf("paid late: %+v, %v", got, since(k, before))
				}
			})
		})
	}
}

// TestAPausedOneGoesOnWhereItIsThen pays a paused subscription months later.
// TestWhatWasNotPaidCanBePaidAfterAll opens the address of a subscription whose
// renewal has lapsed.
func TestWhatWasNotPaidCanBePaidAfterAll(t *testing.T) {
	for _, action := range []checkout.FailureAction{checkout.FailureContinue, checkout.FailurePause, checkout.FailureCancel} {
		t.Run(string(action), func(t *testing.T) {
			onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
				sub := subscribes(t, k, offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{OnFailure: action}))
				to(t, k, sub.PeriodEnd)
				first := openRenewal(t, k, sub.ID)
				k.Advance(week)
				var opened []string
				for range 3 {
					r, err := k.Service.OpenRenewal(ctx, sub.ID)
					if err != nil {
						t.Fatal(err)
					}
					opened = append(opened, r.SessionID)
				}
				if action == checkout.FailureCancel {
					if opened[0] != "" {
						t.Errorf("what is cancelled is to be paid by %s", opened[0])
					}
					return
				}
				if opened[0] == "" || opened[0] == first || opened[1] != opened[0] || opened[2] != opened[0] {
					t.Fatalf("after %s came %v", first, opened)
				}
				before := len(k.Events())
				if _, err := k.Pay(opened[0], checkout.OutcomeSucceed); err != nil {
					t.Fatal(err)
				}
				if got := since(k, before); !slices.Equal(got, []checkout.EventType{"PAYMENT_CREATED", "PAYMENT_SUCCEEDED", "SUBSCRIPTION_RENEWED"}) {
					t.Errorf("events %v", got)
				}
				if got := subscription(t, k, sub.ID); got.Status != checkout.SubscriptionActive || got.Cycle != 2 {
					t.Errorf("%+v", got)
				}
				if r, err := k.Service.OpenRenewal(ctx, sub.ID); err != nil || r.SessionID != "" {
					t.Errorf("paid, and %q is to be paid: %v", r.SessionID, err)
				}
				to(t, k, subscription(t, k, sub.ID).PeriodEnd)
				if got := subscription(t, k, sub.ID); got.Cycle != 3 || openRenewal(t, k, sub.ID) == "" {
					t.Errorf("the next period: %+v", got)
				}
			})
		})
	}
}

func TestAPausedOneGoesOnWhereItIsThen(t *testing.T) {
	k := checkouttest.New(t)
	price := offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{OnFailure: checkout.FailurePause})
	sub := subscribes(t, k, price) // on 1 March at nine
	to(t, k, on(7, 15, 9))
	if got := subscription(t, k, sub.ID); got.Status != checkout.SubscriptionPaused || got.Cycle != 2 || !got.PeriodEnd.Equal(on(5, 1, 9)) {
		t.Fatalf("%+v", got)
	}
	pays(t, k, signUp(t, k, price, func(p *checkout.CreateSessionParams) { p.PriceID, p.SubscriptionID = "", sub.ID }).ID)
	got := subscription(t, k, sub.ID)
	if got.Status != checkout.SubscriptionActive || got.Cycle != 2 || !got.PeriodStart.Equal(on(7, 1, 9)) || !got.PeriodEnd.Equal(on(8, 1, 9)) {
		t.Errorf("%+v", got)
	}
	to(t, k, on(8, 1, 9))
	if got = subscription(t, k, sub.ID); got.Cycle != 3 || openRenewal(t, k, sub.ID) == "" {
		t.Errorf("%+v", got)
	}
}

// TestAPeriodIsPaidByOneSession pays a renewal through a session that the merchant
// made, while the customer has the renewal's own page open.
func TestAPeriodIsPaidByOneSession(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		price := offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{})
		sub := subscribes(t, k, price)
		byHand := func(p *checkout.CreateSessionParams) { p.PriceID, p.SubscriptionID = "", sub.ID }
		early := pays(t, k, signUp(t, k, price, byHand).ID) // nothing is due yet
		if got := subscription(t, k, sub.ID); got.SessionID == early.ID || got.Version != sub.Version {
			t.Errorf("an early payment made %+v", got)
		}
		to(t, k, sub.PeriodEnd)
		renewal := openRenewal(t, k, sub.ID)
		slow, err := k.Pay(renewal, checkout.OutcomeSilent)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []func(*checkout.CreateSessionParams){
			func(p *checkout.CreateSessionParams) { p.PriceID = ""; p.SubscriptionID = sub.ID; p.Total.Amount = 500 },
			func(p *checkout.CreateSessionParams) {
				p.PriceID = offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{}).ID
				p.SubscriptionID = sub.ID
			},
		} {
			pays(t, k, signUp(t, k, price, other).ID)
			if openRenewal(t, k, sub.ID) != renewal {
				t.Error("a payment of something else has renewed it")
			}
		}
		before := len(k.Events())
		hand := pays(t, k, signUp(t, k, price, byHand).ID)
		got := subscription(t, k, sub.ID)
		if got.SessionID != hand.ID || got.Cycle != 2 || !got.DueAt.Equal(got.PeriodEnd) || status(t, k, renewal) != checkout.StatusExpired {
			t.Errorf("%+v", got)
		}
		if events := since(k, before); !slices.Equal(events, []checkout.EventType{"PAYMENT_CREATED", "PAYMENT_SUCCEEDED", "SUBSCRIPTION_RENEWED"}) {
			t.Errorf("events %v", events)
		}
		a, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: slow.ID, Report: paid(slow)})
		if err != nil || a.Status != checkout.AttemptSurplus {
			t.Errorf("the second payment of the period is %s, %v", a.Status, err)
		}
		again := pays(t, k, signUp(t, k, price, byHand).ID)
		if got := subscription(t, k, sub.ID); got.SessionID != hand.ID {
			t.Errorf("%s is another payment of the period: %+v", again.ID, got)
		}
		k.Advance(2 * week)
		if got := subscription(t, k, sub.ID); got.Status != checkout.SubscriptionActive {
			t.Errorf("it was paid, and is %s", got.Status)
		}
	})
}

// TestPeriodsCannotBeForged keeps merchants from naming their orders as renewals
// are named.
func TestPeriodsCannotBeForged(t *testing.T) {
	k := checkouttest.New(t)
	_, err := k.Service.CreateSession(ctx, checkout.CreateSessionParams{
		Total: checkout.Money{Amount: 1, Currency: checkout.XOF}, Exclusive: true, ClientReference: "sub_1/2",
	})
	if checkout.CodeOf(err) != checkout.CodeInvalid {
		t.Error(err)
	}
}

// TestBillingIsBehind keeps the server away for three months: each period is billed
// by itself, one after the other.
func TestBillingIsBehind(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		sub := subscribes(t, k, offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{}))
		k.Clock.Set(on(6, 3, 0)) // three periods have begun
		for period := int64(2); period <= 4; period++ {
			k.Advance(time.Hour)
			got := subscription(t, k, sub.ID)
			if got.Cycle != period || !got.PeriodStart.Equal(on(time.Month(2+period), 1, 9)) {
				t.Fatalf("%+v", got)
			}
			if period == 3 { // which nobody pays
				if got.DueAt.Before(k.Clock.Now().Add(week - 2*time.Hour)) {
					t.Errorf("it can be paid until %s only", got.DueAt)
				}
				k.Advance(week)
				continue
			}
			pays(t, k, openRenewal(t, k, sub.ID))
		}
		k.Advance(time.Hour)
		got := subscription(t, k, sub.ID)
		if got.Cycle != 4 || got.Status != checkout.SubscriptionActive || !got.DueAt.Equal(on(7, 1, 9)) {
			t.Errorf("%+v", got)
		}
	})
}

// TestAnOlderPeriodIsPaid pays a period that has been followed by another.
func TestAnOlderPeriodIsPaid(t *testing.T) {
	k := checkouttest.New(t)
	sub := subscribes(t, k, offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{}))
	to(t, k, sub.PeriodEnd.Add(week-time.Hour))
	slow, err := k.Pay(openRenewal(t, k, sub.ID), checkout.OutcomeSilent)
	if err != nil {
		t.Fatal(err)
	}
	to(t, k, on(5, 1, 9))
	if got := subscription(t, k, sub.ID); got.Status != checkout.SubscriptionPastDue || got.Cycle != 3 {
		t.Fatalf("%+v", got)
	}
	third := openRenewal(t, k, sub.ID)
	if _, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: slow.ID, Report: paid(slow)}); err != nil {
		t.Fatal(err)
	}
	got := subscription(t, k, sub.ID)
	if got.Status != checkout.SubscriptionActive || got.SessionID != third || openRenewal(t, k, sub.ID) != third || count(k, checkout.EventSubscriptionRenewed) != 1 {
		t.Errorf("%+v, %v", got, types(k))
	}
}

// TestMoneyUnderWayIsWaitedFor keeps a renewal from being unpaid while a provider
// does not say.
func TestMoneyUnderWayIsWaitedFor(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	p.close = func(checkout.Attempt) (checkout.Report, error) { return checkout.Report{}, errDead }
	svc := scriptedService(t, k, p)
	sub := subscribes(t, k, offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{OnFailure: checkout.FailureCancel}))
	to(t, k, sub.PeriodEnd)
	a := start(t, svc, openRenewal(t, k, sub.ID), "wave")
	k.Clock.Add(week + time.Hour)
	for range 2 {
		if _, err := svc.RenewDue(ctx); err != nil {
			t.Fatal(err)
		}
	}
	got := subscription(t, k, sub.ID)
	if got.Status != checkout.SubscriptionActive || !got.DueAt.After(k.Clock.Now()) {
		t.Errorf("%+v", got)
	}
	if _, err := svc.Settle(ctx, checkout.Signal{Provider: "scripted", AttemptID: a.ID, Report: paid(a)}); err != nil {
		t.Fatal(err)
	}
	if got = subscription(t, k, sub.ID); got.Status != checkout.SubscriptionActive || !got.DueAt.Equal(got.PeriodEnd) {
		t.Errorf("once it has said %+v", got)
	}
	to(t, k, got.PeriodEnd)
	start(t, svc, openRenewal(t, k, sub.ID), "wave")
	k.Clock.Add(week + 3*24*time.Hour)
	if _, err := svc.RenewDue(ctx); err != nil {
		t.Fatal(err)
	}
	if got = subscription(t, k, sub.ID); got.Status != checkout.SubscriptionCancelled {
		t.Errorf("after days it is %s", got.Status)
	}
}

func TestCancellations(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		cancel := func(id string, atEnd bool) checkout.Subscription {
			t.Helper()
			sub, err := k.Service.CancelSubscription(ctx, checkout.Account{}, id, atEnd)
			if err != nil {
				t.Fatal(err)
			}
			return sub
		}
		price := offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{})
		now, later, unpaid := subscribes(t, k, price), subscribes(t, k, price), subscribes(t, k, price)
		before := len(k.Events())
		if got := cancel(later.ID, true); !got.CancelAtEnd || got.Status != checkout.SubscriptionActive {
			t.Errorf("%+v", got)
		}
		change := k.Events()[before].Transaction.Change
		if change == nil || change.Before.CancelAtEnd || change.By != "merchant_api" {
			t.Errorf("%+v", change)
		}
		cancel(later.ID, true)
		to(t, k, now.PeriodEnd)
		if got := subscription(t, k, later.ID); got.Status != checkout.SubscriptionCancelled || got.Cycle != 1 || !got.CancelledAt.Equal(now.PeriodEnd) {
			t.Errorf("%+v", got)
		}
		renewal := openRenewal(t, k, now.ID)
		slow, err := k.Pay(renewal, checkout.OutcomeSilent)
		if err != nil {
			t.Fatal(err)
		}
		cancel(now.ID, false)
		if got := cancel(now.ID, false); got.Status != checkout.SubscriptionCancelled || !got.DueAt.IsZero() || status(t, k, renewal) != checkout.StatusExpired {
			t.Errorf("%+v", got)
		}
		cancel(unpaid.ID, true)
		k.Advance(week)
		if _, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: slow.ID, Report: paid(slow)}); err != nil {
			t.Fatal(err)
		}
		if got := subscription(t, k, now.ID); got.Status != checkout.SubscriptionCancelled || status(t, k, renewal) != checkout.StatusCompleted {
			t.Errorf("late money brought it back: %+v", got)
		}
		if got := subscription(t, k, unpaid.ID); got.Status != checkout.SubscriptionCancelled {
			t.Errorf("its last period was not paid: %+v", got)
		}
		if n := count(k, checkout.EventSubscriptionCancelled); n != 3 {
			t.Errorf("%d are told of", n)
		}
		for _, err := range []error{
			func() error {
				_, err := k.Service.CancelSubscription(ctx, checkout.Account{Number: 9}, now.ID, false)
				return err
			}(),
			func() error { _, err := k.Service.Subscription(ctx, checkout.Account{Number: 9}, now.ID); return err }(),
			func() error { _, err := k.Service.Renewal(ctx, "sub_none"); return err }(),
		} {
			if checkout.CodeOf(err) != checkout.CodeNotFound {
				t.Error(err)
			}
		}
		list, err := k.Service.Subscriptions(ctx, checkout.Account{}, checkout.SubscriptionQuery{Page: checkout.Page{Limit: 2}})
		if err != nil || len(list) != 2 || list[0].ID != unpaid.ID {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// TestAPausedOneIsCancelledAtItsEnd cancels what is billed no more.
func TestAPausedOneIsCancelledAtItsEnd(t *testing.T) {
	k := checkouttest.New(t)
	sub := subscribes(t, k, offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{OnFailure: checkout.FailurePause, Cycles: 3}))
	to(t, k, sub.PeriodEnd.Add(week))
	if _, err := k.Service.CancelSubscription(ctx, checkout.Account{}, sub.ID, true); err != nil {
		t.Fatal(err)
	}
	to(t, k, on(5, 1, 9))
	if got := subscription(t, k, sub.ID); got.Status != checkout.SubscriptionCancelled {
		t.Errorf("%+v", got)
	}
	ended := subscribes(t, k, offer(t, k, 3100, checkout.EveryDay, checkout.Plan{Cycles: 1}))
	k.Advance(24 * time.Hour)
	if _, err := k.Service.CancelSubscription(ctx, checkout.Account{}, ended.ID, false); checkout.CodeOf(err) != checkout.CodeConflict {
		t.Errorf("%v", err)
	}
}

func TestAPausedOneIsResumed(t *testing.T) {
	k := checkouttest.New(t)
	sub := subscribes(t, k, offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{OnFailure: checkout.FailurePause}))
	to(t, k, on(6, 10, 9))
	resume := func() checkout.Subscription {
		t.Helper()
		got, err := k.Service.ResumeSubscription(ctx, checkout.Account{}, sub.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := resume()
	if got.Status != checkout.SubscriptionPastDue || got.Cycle != 2 || !got.DueAt.Equal(on(7, 1, 9)) {
		t.Errorf("%+v", got)
	}
	if again := resume(); again.Version != got.Version {
		t.Errorf("resumed twice: %+v", again)
	}
	to(t, k, on(7, 1, 9))
	pays(t, k, openRenewal(t, k, sub.ID))
	if got = subscription(t, k, sub.ID); got.Status != checkout.SubscriptionActive || got.Cycle != 3 || !got.PeriodEnd.Equal(on(8, 1, 9)) {
		t.Errorf("%+v", got)
	}
}

// TestBillingSurvivesItsDeath has the process die after each of its updates, and
// several servers bill at once afterwards.
func TestBillingSurvivesItsDeath(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		sub := subscribes(t, k, offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{}))
		to(t, k, sub.PeriodEnd)
		k.Clock.Set(on(5, 2, 0)) // the renewal has expired, and its period is over
		for lives := range 4 {
			svc, err := checkout.New(checkout.Config{
				Store: &mortal{Store: k.Store, left: lives}, Clock: k.Clock, Random: checkouttest.Chance(uint64(lives) + 5), Providers: []checkout.Provider{k.Sandbox},
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := svc.RenewDue(ctx); lives == 0 && !errors.Is(err, errDead) {
				t.Errorf("it lives: %v", err)
			}
		}
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				if _, err := k.Service.RenewDue(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		got := subscription(t, k, sub.ID)
		if got.Cycle != 3 || got.Status != checkout.SubscriptionPastDue || openRenewal(t, k, sub.ID) == "" {
			t.Errorf("%+v", got)
		}
		if failed, updated := count(k, checkout.EventPaymentFailed), count(k, checkout.EventSubscriptionUpdated); failed != 1 || updated != 3 {
			t.Errorf("%d failures and %d updates", failed, updated)
		}
	})
}
