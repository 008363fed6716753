package checkout_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

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
