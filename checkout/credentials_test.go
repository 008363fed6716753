package checkout_test

import (
	"errors"
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
