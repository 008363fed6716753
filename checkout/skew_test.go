package checkout_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// merchantAccount makes a merchant with a key for test mode.
func merchantAccount(t *testing.T, svc *checkout.Service, name string) checkout.Account {
	t.Helper()
	secret, _, err := svc.CreateKey(ctx, name, false)
	if err != nil {
		t.Fatal(err)
	}
	key, err := svc.Authenticate(ctx, secret)
	if err != nil {
		t.Fatal(err)
	}
	return key.Account
}

// openFor is open for a merchant.
func openFor(t *testing.T, svc *checkout.Service, account checkout.Account) checkout.Session {
	t.Helper()
	s, err := svc.CreateSession(ctx, checkout.CreateSessionParams{Account: account, Total: checkout.Money{Amount: 12500, Currency: checkout.XOF}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sealedAs returns what seals credentials as they are.
func sealedAs(text string) func(checkout.Account) ([]byte, error) {
	return func(checkout.Account) ([]byte, error) { return []byte(text), nil }
}

// TestClockThatIsSetBackDelaysNoQuestion asks once and sets the clock back by five
// hours. Nothing but what is named wakes the attempt.
func TestClockThatIsSetBackDelaysNoQuestion(t *testing.T) {
	for _, c := range []struct {
		name string
		wake func(t *testing.T, p *able, svc *checkout.Service, a checkout.Attempt) error
	}{
		{"a message that proves nothing", func(t *testing.T, p *able, svc *checkout.Service, a checkout.Attempt) error {
			p.say(t, svc, checkout.Signal{Trust: checkout.TrustNone, AttemptID: a.ID})
			_, err := svc.Reconcile(ctx)
			return err
		}},
		{"a page that waits", func(_ *testing.T, _ *able, svc *checkout.Service, a checkout.Attempt) error {
			_, err := svc.Refresh(ctx, a.SessionID, a.ID)
			return err
		}},
		{"the sweeper", func(_ *testing.T, _ *able, svc *checkout.Service, _ checkout.Attempt) error {
			return checkout.NewSweeper(svc, nil).RunOnce(ctx)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
				p := newAble()
				asked, answer := 0, checkout.Report{State: checkout.StatePending}
				p.poll = func(checkout.Attempt) (checkout.Report, error) { asked++; return answer, nil }
				svc := scriptedService(t, k, p)
				s := open(t, k)
				a := start(t, svc, s.ID, "wave")
				k.Clock.Add(10 * time.Second)
				if err := checkout.NewSweeper(svc, nil).RunOnce(ctx); err != nil || asked != 1 {
					t.Fatalf("asked %d times, %v", asked, err)
				}
				k.Clock.Set(k.Clock.Now().Add(-5 * time.Hour))
				answer = paid(a)
				for range 2 { // at once and a minute later
					if err := c.wake(t, p, svc, a); err != nil {
						t.Fatal(err)
					}
					k.Clock.Add(time.Minute)
				}
				if err := c.wake(t, p, svc, a); err != nil {
					t.Fatal(err)
				}
				if asked != 2 || status(t, k, s.ID) != checkout.StatusCompleted {
					t.Errorf("asked %d times, %s", asked, status(t, k, s.ID))
				}
			})
		})
	}
}

// TestClockThatRanAheadIsPutRight lets five hours pass that never were: all that
// was put off by them is due again once the sweeper sees the clock go back.
func TestClockThatRanAheadIsPutRight(t *testing.T) {
	for _, polls := range []checkout.Schedule{{}, schedule} {
		onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
			p := newAble()
			p.caps.Polls = polls
			asked, answer := 0, checkout.Report{State: checkout.StatePending}
			p.poll = func(checkout.Attempt) (checkout.Report, error) { asked++; return answer, nil }
			p.close = p.poll
			refund := p.refund
			p.refund = func(checkout.RefundOrder) (checkout.RefundReport, error) {
				return checkout.RefundReport{}, errors.New("timeout")
			}
			svc := scriptedService(t, k, p)
			back := p.pay(t, svc, open(t, k).ID)
			s := open(t, k)
			a := start(t, svc, s.ID, "wave")
			sweeper := checkout.NewSweeper(svc, nil)
			k.Clock.Add(5 * time.Hour)
			if _, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: back.ID}); err == nil {
				t.Fatal("the answer was not lost")
			}
			for range 2 {
				_ = sweeper.RunOnce(ctx)
			}
			right := k.Clock.Now().Add(-5 * time.Hour)
			k.Clock.Set(right)
			before := asked
			answer, p.refund = paid(a), refund
			if err := svc.Advance(ctx, k.Clock, 2*time.Minute, sweeper.RunOnce); err != nil {
				t.Fatal(err)
			}
			got := attempt(t, svc, s.ID, a.ID)
			if asked != before+1 || got.Status != checkout.AttemptPaid || status(t, k, s.ID) != checkout.StatusCompleted {
				t.Errorf("asked %d times: %s, %s", asked-before, got.Status, status(t, k, s.ID))
			}
			if got.PaidAt.Before(right) || got.PaidAt.After(k.Clock.Now()) {
				t.Errorf("paid at %v, between %v and %v", got.PaidAt, right, k.Clock.Now())
			}
			if got := attempt(t, svc, back.SessionID, back.ID); got.Status != checkout.AttemptRefunded || got.Refunding != 0 {
				t.Errorf("the refund: %s, %d on the way", got.Status, got.Refunding)
			}
		})
	}
}

// TestAttemptThatItsProviderForgetsComesToAnEnd has a provider accept an attempt
// and from then on say that it never heard of it.
func TestAttemptThatItsProviderForgetsComesToAnEnd(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		p.caps.Polls = schedule
		asked := 0
		p.poll = func(checkout.Attempt) (checkout.Report, error) {
			asked++
			return checkout.Report{State: checkout.StateMissing}, nil
		}
		p.close = p.poll
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		sweeper := checkout.NewSweeper(svc, nil)
		end := schedule.Life + schedule.Margin + schedule.GiveUp
		if err := svc.Advance(ctx, k.Clock, end-time.Second, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptOpen {
			t.Errorf("before its time is up it is %s", got.Status)
		}
		if err := svc.Advance(ctx, k.Clock, 5*time.Minute, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptExpired {
			t.Errorf("then it is %s", got.Status)
		}
		before := asked
		if err := svc.Advance(ctx, k.Clock, 30*24*time.Hour, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptExpired || !got.DueAt.IsZero() || asked != before+len(schedule.Late) {
			t.Errorf("a month later it is %s, due %v, asked %d times more", got.Status, got.DueAt, asked-before)
		}
	})
}

// TestOwnCredentialsThatNobodyCanOpenAreNotPassedOver has a merchant with
// credentials on a server that cannot read any: its customers do not pay into the
// server's wallet.
func TestOwnCredentialsThatNobodyCanOpenAreNotPassedOver(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := &ledger{able: newAble()}
		var started []string
		good := p.start
		p.start = func(o checkout.Order) (checkout.Started, error) {
			started = append(started, o.Attempt.SessionID)
			return good(o)
		}
		var alerts []checkout.Alert
		svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Alert = func(a checkout.Alert) { alerts = append(alerts, a) } })
		awa, ben := merchantAccount(t, svc, "Awa"), merchantAccount(t, svc, "Ben")
		if err := svc.SetCredentials(ctx, "Awa", false, "scripted", false, sealedAs("x")); err != nil {
			t.Fatal(err)
		}
		s := openFor(t, svc, awa)
		for range 2 {
			if _, err := svc.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: "wave", WithoutForm: true}); checkout.CodeOf(err) != checkout.CodeNoMethod {
				t.Errorf("it started: %v", err)
			}
		}
		page, err := svc.Checkout(ctx, s.ID)
		if err != nil || len(page.Attempts) != 0 || len(page.Methods) != 0 || len(started) != 0 {
			t.Errorf("%d attempts, %d methods, %d calls, %v", len(page.Attempts), len(page.Methods), len(started), err)
		}
		if len(alerts) != 1 || alerts[0].Kind != checkout.AlertOpen || alerts[0].Account.Number != awa.Number {
			t.Errorf("alerts %+v", alerts)
		}
		other := openFor(t, svc, ben)
		if a := start(t, svc, other.ID, "wave"); a.Own || a.Status != checkout.AttemptOpen {
			t.Errorf("another merchant's: %+v", a)
		}
		if err := checkout.NewSweeper(svc, nil).RunOnce(ctx); err != nil {
			t.Error(err)
		}
		if _, err := svc.Receive(ctx, "scripted", awa.Merchant, checkout.Inbound{}); checkout.CodeOf(err) != checkout.CodeNotFound {
			t.Errorf("a message for Awa: %v", err)
		}
	})
}

// twoServers returns two services on one file, with one clock.
func twoServers(t *testing.T, p checkout.Provider) (k *checkouttest.Kit, first, second *checkout.Service) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.db")
	k = checkouttest.On(t, openSQLite(t, file))
	other := openSQLite(t, file)
	return k, scriptedService(t, k, p), scriptedService(t, k, p, func(c *checkout.Config) {
		c.Store, c.Random = other, checkouttest.Chance(77)
	})
}

func TestRefundThatOneServerAsksForIsLeftAloneByTheOther(t *testing.T) {
	p := newAble()
	k, first, second := twoServers(t, p)
	s := open(t, k)
	a := p.pay(t, first, s.ID)
	var r checkout.Refund
	err := k.Store.Update(ctx, func(tx checkout.Tx) (err error) {
		r, err = first.RefundIn(tx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	good, calls := p.refund, 0
	p.refund = func(o checkout.RefundOrder) (checkout.RefundReport, error) {
		if calls++; calls > 1 {
			return checkout.RefundReport{}, &checkout.Declined{Reason: "already_running"}
		}
		// The list of what is due that the other server has read is older.
		if got, err := second.PushRefund(ctx, r.ID); err != nil || got.Status != checkout.RefundCreated {
			t.Errorf("the other one: %s, %v", got.Status, err)
		}
		if n, err := second.PayRefunds(ctx); n != 0 || err != nil {
			t.Errorf("due at the other one: %d, %v", n, err)
		}
		return good(o)
	}
	got, err := first.PushRefund(ctx, r.ID)
	if err != nil || got.Status != checkout.RefundSucceeded || calls != 1 {
		t.Errorf("%s, %v, asked %d times", got.Status, err, calls)
	}
	if got := attempt(t, second, s.ID, a.ID); got.Status != checkout.AttemptRefunded || got.Refunded != 12500 || got.Refunding != 0 || balance(t, second) != 0 {
		t.Errorf("%s, %d back, %d on the way, balance %d", got.Status, got.Refunded, got.Refunding, balance(t, second))
	}
}

// TestRefundOfAServerThatDiedIsTakenOver lets the first server die while it asks.
func TestRefundOfAServerThatDiedIsTakenOver(t *testing.T) {
	p := newAble()
	k, first, second := twoServers(t, p)
	s := open(t, k)
	a := p.pay(t, first, s.ID)
	dying := scriptedService(t, k, p, func(c *checkout.Config) {
		c.Store, c.Random = &mortal{Store: k.Store, left: 2}, checkouttest.Chance(78) // the row and the claim
	})
	if _, err := dying.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID}); !errors.Is(err, errDead) {
		t.Fatal(err)
	}
	tries := []int64{}
	good := p.refund
	p.refund = func(o checkout.RefundOrder) (checkout.RefundReport, error) {
		tries = append(tries, o.Refund.Tries)
		return good(o)
	}
	sweeper := checkout.NewSweeper(second, nil)
	k.Clock.Add(30 * time.Second)
	if err := sweeper.RunOnce(ctx); err != nil || len(tries) != 0 {
		t.Errorf("asked again at once: %v, %v", tries, err)
	}
	k.Clock.Add(time.Minute)
	if err := sweeper.RunOnce(ctx); err != nil || len(tries) != 1 || tries[0] != 2 {
		t.Errorf("asked again: %v, %v", tries, err)
	}
	if got := attempt(t, second, s.ID, a.ID); got.Status != checkout.AttemptRefunded || balance(t, second) != 0 {
		t.Errorf("%s, balance %d", got.Status, balance(t, second))
	}
}

// TestCredentialsOfAnotherWalletWait replaces a merchant's credentials while what
// only the old ones can ask about is pending: an attempt, and a refund of it.
func TestCredentialsOfAnotherWalletWait(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		p.poll = func(a checkout.Attempt) (checkout.Report, error) { return paid(a), nil }
		good := p.refund
		p.refund = func(checkout.RefundOrder) (checkout.RefundReport, error) {
			return checkout.RefundReport{}, errors.New("timeout")
		}
		var opened []string
		svc := scriptedService(t, k, newAble(), func(c *checkout.Config) {
			c.Open = func(_ checkout.Account, _ string, sealed []byte) (checkout.Provider, error) {
				opened = append(opened, string(sealed))
				return p, nil
			}
		})
		account := merchantAccount(t, svc, "Awa")
		set := func(text string, same bool) error {
			k.Clock.Add(time.Millisecond)
			return svc.SetCredentials(ctx, "Awa", false, "scripted", same, sealedAs(text))
		}
		refused := func(what string) {
			t.Helper()
			asked := false
			err := svc.SetCredentials(ctx, "Awa", false, "scripted", false, func(checkout.Account) ([]byte, error) {
				asked = true
				return nil, nil
			})
			if checkout.CodeOf(err) != checkout.CodeConflict || asked {
				t.Errorf("%s: credentials of another wallet: %v", what, err)
			}
			if err := svc.RemoveCredentials(ctx, "Awa", false, "scripted", false); checkout.CodeOf(err) != checkout.CodeConflict {
				t.Errorf("%s: credentials were removed: %v", what, err)
			}
			list, err := svc.Credentials(ctx)
			if err != nil || len(list) != 1 || len(list[0].Sealed) == 0 {
				t.Errorf("%s: %+v, %v", what, list, err)
			}
		}
		if err := set("a", false); err != nil {
			t.Fatal(err)
		}
		s := openFor(t, svc, account)
		a := start(t, svc, s.ID, "wave")
		if !a.Own {
			t.Fatalf("%+v", a)
		}
		refused("an attempt")
		if err := set("a, renewed", true); err != nil {
			t.Error(err)
		}
		sweeper := checkout.NewSweeper(svc, nil)
		if err := svc.Advance(ctx, k.Clock, time.Minute, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptPaid || opened[len(opened)-1] != "a, renewed" {
			t.Fatalf("%s, opened %v", got.Status, opened)
		}
		if err := set("b", false); err != nil {
			t.Errorf("with nothing pending: %v", err)
		}
		if _, err := svc.Refund(ctx, account, checkout.RefundParams{TransactionID: a.ID}); err == nil {
			t.Fatal("the answer was not lost")
		}
		refused("a refund")
		if err := set("b, renewed", true); err != nil {
			t.Error(err)
		}
		p.refund = good
		if err := svc.Advance(ctx, k.Clock, time.Hour, sweeper.RunOnce); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Status != checkout.AttemptRefunded {
			t.Errorf("%s", got.Status)
		}
		if err := set("c", false); err != nil {
			t.Errorf("in the end: %v", err)
		}
		if err := svc.RemoveCredentials(ctx, "Awa", false, "scripted", false); err != nil {
			t.Errorf("in the end: %v", err)
		}
	})
}

// flaky is a store that is busy for a while.
type flaky struct {
	checkout.Store
	fail int
}

func (f *flaky) Update(ctx context.Context, fn func(tx checkout.Tx) error) error {
	if f.fail > 0 {
		f.fail--
		return &checkout.Error{Code: checkout.CodeUnavailable, Message: "busy"}
	}
	return f.Store.Update(ctx, fn)
}

func TestClockThatIsSetBackWhileTheStoreIsBusy(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	asked := 0
	p.poll = func(checkout.Attempt) (checkout.Report, error) {
		asked++
		return checkout.Report{State: checkout.StatePending}, nil
	}
	f := &flaky{Store: k.Store}
	svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Store = f })
	start(t, svc, open(t, k).ID, "wave")
	sw := checkout.NewSweeper(svc, nil)
	sw.RunOnce(ctx)
	k.Clock.Set(k.Clock.Now().Add(-5 * time.Hour))
	f.fail = 1
	sw.RunOnce(ctx)
	for range 120 {
		k.Clock.Add(time.Minute)
		sw.RunOnce(ctx)
	}
	if asked == 0 {
		t.Error("two hours after the clock was set back nobody has asked")
	}
}

func TestStartThatNeverArrivedIsToldAfterALongOutage(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	p.caps.Polls = checkout.Schedule{Waits: []time.Duration{time.Minute}, Life: 10 * time.Minute, Margin: time.Minute, GiveUp: time.Hour}
	p.start = func(checkout.Order) (checkout.Started, error) { return checkout.Started{}, errors.New("timeout") }
	svc := scriptedService(t, k, p)
	s := open(t, k)
	a := start(t, svc, s.ID, "wave")
	k.Clock.Add(3 * time.Hour)
	sw := checkout.NewSweeper(svc, nil)
	for range 180 {
		sw.RunOnce(ctx)
		k.Clock.Add(time.Minute)
	}
	got := attempt(t, svc, s.ID, a.ID)
	if got.Status != checkout.AttemptFailed || count(k, checkout.EventPaymentFailed) != 1 {
		t.Errorf("%s %q, %d payment.failed", got.Status, got.Reason, count(k, checkout.EventPaymentFailed))
	}
}
