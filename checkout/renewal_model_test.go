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

// gym drives subscriptions, some of them on a real database, and holds them to what must be true
// whatever happens.
type gym struct {
	t     *rapid.T
	kit   *checkouttest.Kit
	plans []checkout.Price
	subs  []string
}

func (g *gym) pick() checkout.Subscription {
	if len(g.subs) == 0 {
		g.t.Skip("no subscription yet")
	}
	return g.now(rapid.SampledFrom(g.subs).Draw(g.t, "subscription"))
}

func (g *gym) now(id string) checkout.Subscription {
	sub, err := g.kit.Service.Subscription(ctx, checkout.Account{}, id)
	if err != nil {
		g.t.Fatal(err)
	}
	return sub
}

func (g *gym) signUp(*rapid.T) {
	session := signUp(g.t, g.kit, rapid.SampledFrom(g.plans).Draw(g.t, "price"))
	g.kit.Clock.Add(time.Duration(rapid.IntRange(0, 3000).Draw(g.t, "seconds")) * time.Second)
	g.subs = append(g.subs, pays(g.t, g.kit, session.ID).SubscriptionID)
}

// pay pays what is due.
func (g *gym) pay(*rapid.T) {
	sub := g.pick()
	if open := openRenewal(g.t, g.kit, sub.ID); open != "" {
		pays(g.t, g.kit, open)
	}
}

// payByHand pays through a session that the merchant makes.
func (g *gym) payByHand(*rapid.T) {
	sub := g.pick()
	price := checkout.Price{ID: sub.PriceID}
	pays(g.t, g.kit, signUp(g.t, g.kit, price, func(p *checkout.CreateSessionParams) { p.SubscriptionID = sub.ID }).ID)
}

// payLate starts a payment of which the money arrives after the session is over.
func (g *gym) payLate(*rapid.T) {
	sub := g.pick()
	open := openRenewal(g.t, g.kit, sub.ID)
	if open == "" {
		g.t.Skip("nothing to pay")
	}
	a, err := g.kit.Pay(open, checkout.OutcomeSilent)
	if err != nil {
		g.t.Fatal(err)
	}
	if _, err := g.kit.Service.Expire(ctx, checkout.Account{}, open); err != nil {
		g.t.Fatal(err)
	}
	g.leap(g.t)
	if _, err := g.kit.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: a.ID, Report: paid(a)}); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gym) cancel(*rapid.T) {
	sub := g.pick()
	_, err := g.kit.Service.CancelSubscription(ctx, checkout.Account{}, sub.ID, rapid.Bool().Draw(g.t, "at the end"))
	if err != nil && (checkout.CodeOf(err) != checkout.CodeConflict || sub.Status != checkout.SubscriptionEnded) {
		g.t.Fatal(err)
	}
}

func (g *gym) resume(*rapid.T) {
	sub := g.pick()
	over := sub.Status == checkout.SubscriptionCancelled || sub.Status == checkout.SubscriptionEnded
	_, err := g.kit.Service.ResumeSubscription(ctx, checkout.Account{}, sub.ID)
	if over != (checkout.CodeOf(err) == checkout.CodeConflict) || err != nil && !over {
		g.t.Fatalf("resuming %+v: %v", sub, err)
	}
}

// advance lets time go by as it does while the server runs.
func (g *gym) advance(*rapid.T) {
	g.kit.Advance(time.Duration(rapid.IntRange(1, 40*24).Draw(g.t, "hours")) * time.Hour)
}

// leap lets time go by while the server is down, and does one round of what is due.
func (g *gym) leap(*rapid.T) {
	g.kit.Clock.Add(time.Duration(rapid.IntRange(1, 100*24).Draw(g.t, "hours down")) * time.Hour)
	if _, err := g.kit.Service.RenewDue(ctx); err != nil {
		g.t.Fatal(err)
	}
}

// check holds every subscription, its sessions and its events to each other.
func (g *gym) check(*rapid.T) {
	renewals := map[string]checkout.Session{}
	list, err := g.kit.Service.Sessions(ctx, checkout.SessionQuery{Limit: 10_000})
	if err != nil {
		g.t.Fatal(err)
	}
	for _, s := range list {
		if s.Exclusive {
			if _, twice := renewals[s.ClientReference]; twice {
				g.t.Fatalf("two sessions for %s", s.ClientReference)
			}
			renewals[s.ClientReference] = s
		}
	}
	told := map[string]map[checkout.EventType]int{}
	last := map[string]checkout.Subscription{}
	for _, e := range g.kit.Events() {
		sub := e.Transaction.Subscription
		if sub == nil {
			continue
		}
		if told[sub.ID] == nil {
			told[sub.ID] = map[checkout.EventType]int{}
		}
		told[sub.ID][e.Type]++
		if was, known := last[sub.ID]; known {
			g.follows(was, *sub)
		}
		last[sub.ID] = *sub
		if c := e.Transaction.Change; c != nil && c.Before.Version >= sub.Version {
			g.t.Fatalf("%+v became %+v", c.Before, *sub)
		}
	}
	for _, id := range g.subs {
		g.checkOne(g.now(id), renewals, told[id], last[id])
	}
}

// follows holds what one event says to what the one before it said: billing goes
// period by period, and only one that was paused leaves periods out.
func (g *gym) follows(was, sub checkout.Subscription) {
	paused := sub.Plan.OnFailure == checkout.FailurePause && sub.PeriodStart.After(was.PeriodStart)
	switch {
	case sub.Cycle == was.Cycle+1 && sub.PeriodStart.Equal(was.PeriodEnd) && sub.PeriodEnd.After(sub.PeriodStart):
	case sub.Cycle == was.Cycle && sub.PeriodStart.Equal(was.PeriodStart) && sub.PeriodEnd.Equal(was.PeriodEnd):
	case sub.Cycle == was.Cycle && paused:
	default:
		g.t.Fatalf("%+v became %+v", was, sub)
	}
}

func (g *gym) checkOne(sub checkout.Subscription, renewals map[string]checkout.Session, told map[checkout.EventType]int, last checkout.Subscription) {
	completed, open, made := 0, 0, 0
	for n := int64(1); n <= sub.Cycle; n++ {
		s, ok := renewals[fmt.Sprint(sub.ID, "/", n)]
		if !ok {
			if n > 1 {
				g.t.Fatalf("period %d was never billed: %+v", n, sub)
			}
			continue // paid at sign-up
		}
		made++
		paid, err := g.lock(sub, n)
		if err != nil {
			g.t.Fatal(err)
		}
		if paid {
			completed++
		}
		if s.Status == checkout.StatusOpen {
			open++
		}
	}
	if _, more := renewals[fmt.Sprint(sub.ID, "/", sub.Cycle+1)]; more {
		g.t.Fatalf("a period was billed ahead: %+v", sub)
	}
	over := sub.Status == checkout.SubscriptionCancelled || sub.Status == checkout.SubscriptionEnded
	switch {
	case open > 1, over && sub.DueAt != (time.Time{}), sub.Status == checkout.SubscriptionActive && sub.DueAt.IsZero():
		g.t.Fatalf("%d renewals are open of %+v", open, sub)
	case told[checkout.EventSubscriptionCreated] != 1,
		told[checkout.EventSubscriptionRenewed] > completed,
		!over && told[checkout.EventSubscriptionRenewed] != completed,
		(sub.Status == checkout.SubscriptionCancelled) != (told[checkout.EventSubscriptionCancelled] == 1),
		told[checkout.EventSubscriptionUpdated] < made:
		g.t.Fatalf("%d billed, %d paid, told %v of %+v", made, completed, told, sub)
	case last.Status != sub.Status || last.Cycle != sub.Cycle || !last.PeriodEnd.Equal(sub.PeriodEnd):
		g.t.Fatalf("the last event says %+v, and it is %+v", last, sub)
	}
}

// lock reports whether a period is paid.
func (g *gym) lock(sub checkout.Subscription, period int64) (paid bool, err error) {
	err = g.kit.Store.View(ctx, func(tx checkout.Tx) error {
		l, err := tx.OrderLock(sub.Account, fmt.Sprint(sub.ID, "/", period))
		if err != nil || !l.Paid {
			return err
		}
		paid = true
		s, err := tx.Session(l.SessionID)
		if err == nil && (s.Status != checkout.StatusCompleted || s.SubscriptionID != sub.ID) {
			err = fmt.Errorf("%s is said to be paid by %+v", l.Reference, s)
		}
		return err
	})
	return paid, err
}

// TestWhateverHappensPeriodsAreBilledOnce drives random sequences of sign-ups,
// payments in time and late, payments by hand, cancellations and time.
func TestWhateverHappensPeriodsAreBilledOnce(t *testing.T) {
	n, dir := 0, t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		n++
		g := &gym{t: rt, kit: checkouttest.New(t)}
		if rapid.IntRange(0, 3).Draw(rt, "on disk if 0") == 0 { // which is slower
			db, err := store.Open(filepath.Join(dir, fmt.Sprint(n, ".db")))
			if err != nil {
				rt.Fatal(err)
			}
			defer func() {
				if err := db.Close(); err != nil {
					rt.Error(err)
				}
			}()
			g.kit = checkouttest.On(t, db)
		}
		for _, plan := range []checkout.Plan{
			{}, {TrialDays: 3, OnFailure: checkout.FailurePause}, {FirstPayment: checkout.FirstNonInitial, OnFailure: checkout.FailureCancel},
			{ChargeDay: 5, FirstPayment: checkout.FirstProrated, Cycles: 4}, {TrialDays: 10, ChargeDay: 28},
		} {
			g.plans = append(g.plans, offer(t, g.kit, 3100, checkout.EveryMonth, plan))
		}
		g.plans = append(g.plans, offer(t, g.kit, 700, checkout.EveryWeek, checkout.Plan{}))
		rt.Repeat(map[string]func(*rapid.T){
			"sign up": g.signUp, "pay": g.pay, "pay by hand": g.payByHand, "pay late": g.payLate,
			"cancel": g.cancel, "resume": g.resume, "advance": g.advance, "leap": g.leap, "": g.check,
		})
	})
}
