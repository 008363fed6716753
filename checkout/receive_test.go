package checkout_test

import (
	"errors"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

func TestMessagesAreSettledOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := start(t, svc, s.ID, "wave")
		sig := checkout.Signal{Type: "paid", EventID: "e1", Trust: checkout.TrustSigned, Ref: a.Ref, Report: paid(a)}
		if r := p.say(t, svc, sig); r.AttemptID != a.ID || r.Duplicate || r.Type != "paid" {
			t.Errorf("%+v", r)
		}
		if r := p.say(t, svc, sig); r.AttemptID != a.ID || !r.Duplicate {
			t.Errorf("again: %+v", r)
		}
		if status(t, k, s.ID) != checkout.StatusCompleted || count(k, checkout.EventPaymentSucceeded) != 1 {
			t.Errorf("%s, %v", status(t, k, s.ID), types(k))
		}
	})
}

// TestMessageThatIsFasterThanTheAnswer comes in while Start is under way and
// names the attempt as the provider does, which only the answer tells us.
func TestMessageThatIsFasterThanTheAnswer(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		var svc *checkout.Service
		p.start = func(o checkout.Order) (checkout.Started, error) {
			r := p.say(t, svc, checkout.Signal{EventID: "e1", Trust: checkout.TrustSigned, Ref: "theirs", Report: paid(o.Attempt)})
			if !r.Parked || r.AttemptID != "" {
				t.Errorf("%+v", r)
			}
			return checkout.Started{Ref: "theirs", Next: redirect}, nil
		}
		svc = scriptedService(t, k, p)
		s := open(t, k)
		if a := start(t, svc, s.ID, "wave"); a.Status != checkout.AttemptPaid || status(t, k, s.ID) != checkout.StatusCompleted {
			t.Errorf("%s, %s", a.Status, status(t, k, s.ID))
		}
	})
}

func TestMessageAboutNothingIsKept(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		var alerts []checkout.Alert
		svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Alert = func(a checkout.Alert) { alerts = append(alerts, a) } })
		sig := checkout.Signal{EventID: "e1", Trust: checkout.TrustSigned, AttemptID: "txn_of_somebody_else", Report: checkout.Report{State: checkout.StatePaid}}
		if r := p.say(t, svc, sig); !r.Parked || r.Duplicate {
			t.Errorf("%+v", r)
		}
		if r := p.say(t, svc, sig); !r.Duplicate || len(alerts) != 1 || alerts[0].Kind != checkout.AlertUnknown {
			t.Errorf("again: %+v, %+v", r, alerts)
		}
		sig.Trust = checkout.TrustShared
		sig.EventID = "e2"
		if r := p.say(t, svc, sig); r.Parked || !r.Ignored {
			t.Errorf("unsigned: %+v", r)
		}
	})
}

// TestUnsignedMessagesOnlyAsk shows that a forged message settles nothing, and
// that a flood of them causes a question every few seconds.
func TestUnsignedMessagesOnlyAsk(t *testing.T) {
	for _, trust := range []checkout.Trust{checkout.TrustNone, checkout.TrustShared} {
		onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
			p := newAble()
			asked := 0
			answer := checkout.Report{State: checkout.StatePending}
			p.poll = func(checkout.Attempt) (checkout.Report, error) { asked++; return answer, nil }
			p.caps.Polls = checkout.Schedule{Waits: []time.Duration{time.Hour}}
			svc := scriptedService(t, k, p)
			sweeper := checkout.NewSweeper(svc, nil)
			s := open(t, k)
			a := start(t, svc, s.ID, "wave")
			forged := checkout.Signal{Trust: trust, Ref: a.Ref, Report: paid(a)}
			for range 20 {
				p.say(t, svc, forged)
				if err := sweeper.RunOnce(ctx); err != nil {
					t.Fatal(err)
				}
			}
			if asked != 1 || status(t, k, s.ID) != checkout.StatusOpen {
				t.Errorf("asked %d times, %s", asked, status(t, k, s.ID))
			}
			answer = paid(a)
			k.Clock.Add(5 * time.Second)
			if err := sweeper.RunOnce(ctx); err != nil || asked != 2 || status(t, k, s.ID) != checkout.StatusCompleted {
				t.Errorf("asked %d times, %s, %v", asked, status(t, k, s.ID), err)
			}
			p.say(t, svc, forged)
			if err := sweeper.RunOnce(ctx); err != nil || asked != 2 {
				t.Errorf("asked about what is paid: %d, %v", asked, err)
			}
		})
	}
}

func TestMessagesThatAreNotTheProviders(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	var alerts []checkout.Alert
	svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Alert = func(a checkout.Alert) { alerts = append(alerts, a) } })
	for _, c := range []struct {
		name     string
		provider string
		err      error
		want     checkout.Code
	}{
		{"forged", "scripted", &checkout.Error{Code: checkout.CodeUnauthorized, Message: "Invalid webhook signature", Err: checkout.ErrSignature}, checkout.CodeUnauthorized},
		{"forged, where 400 is expected", "scripted", &checkout.Error{Code: checkout.CodeInvalid, Message: "Webhook Error", Err: checkout.ErrSignature}, checkout.CodeInvalid},
		{"unreadable", "scripted", &checkout.Error{Code: checkout.CodeInvalid, Message: "not JSON"}, checkout.CodeInvalid},
		{"of the other mode", "scripted", checkout.ErrOtherMode, ""},
		{"for nobody", "wave", nil, checkout.CodeNotFound},
		{"for one that sends none", "sandbox", nil, checkout.CodeNotFound},
		{"a bug of the adapter", "scripted", errors.New("boom"), checkout.CodeInternal},
	} {
		p.parse = func(checkout.Inbound) ([]checkout.Signal, error) { return nil, c.err }
		if _, err := svc.Receive(ctx, c.provider, "", checkout.Inbound{}); checkout.CodeOf(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if len(alerts) != 2 || alerts[0].Kind != checkout.AlertForged || alerts[1].Kind != checkout.AlertMode {
		t.Errorf("%+v", alerts) // of what anybody can send, people hear once a minute
	}
	p.parse = func(checkout.Inbound) ([]checkout.Signal, error) { panic("nil map in adapter") }
	if _, err := svc.Receive(ctx, "scripted", "", checkout.Inbound{}); err == nil {
		t.Error("a panic went unnoticed")
	}
}

// TestOwnCredentialsStayApart gives two merchants a provider of their own and
// lets each try to settle the other's attempts.
func TestOwnCredentialsStayApart(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		providers := map[string]*able{}
		shared := newAble()
		var alerts []checkout.Alert
		svc := scriptedService(t, k, shared, func(c *checkout.Config) {
			c.Alert = func(a checkout.Alert) { alerts = append(alerts, a) }
			c.Open = func(account checkout.Account, provider string, sealed []byte) (checkout.Provider, error) {
				if string(sealed) == "broken" {
					return nil, errors.New("cannot be opened")
				}
				p := newAble()
				providers[account.Name] = p
				return p, nil
			}
		})
		account := func(name string) checkout.Account {
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
		set := func(name, text string) {
			t.Helper()
			err := svc.SetCredentials(ctx, name, false, "scripted", true, func(checkout.Account) ([]byte, error) { return []byte(text), nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		begin := func(a checkout.Account) checkout.Attempt {
			t.Helper()
			s, err := svc.CreateSession(ctx, checkout.CreateSessionParams{Account: a, Total: checkout.Money{Amount: 700, Currency: checkout.XOF}})
			if err != nil {
				t.Fatal(err)
			}
			return start(t, svc, s.ID, "wave")
		}
		awa, ben, cee := account("Awa"), account("Ben"), account("Cee")
		ofCee := begin(cee)
		set("Awa", "a")
		set("Ben", "b")
		ofAwa, ofBen := begin(awa), begin(ben)
		if !ofAwa.Own || !ofBen.Own || ofCee.Own || len(providers) != 2 {
			t.Fatalf("%v %v %v, %d providers", ofAwa.Own, ofBen.Own, ofCee.Own, len(providers))
		}
		tell := func(as *able, merchant string, a checkout.Attempt) checkout.Receipt {
			t.Helper()
			as.parse = func(checkout.Inbound) ([]checkout.Signal, error) {
				return []checkout.Signal{{EventID: "e_" + a.ID, Trust: checkout.TrustSigned, AttemptID: a.ID, Report: paid(a)}}, nil
			}
			r, err := svc.Receive(ctx, "scripted", merchant, checkout.Inbound{})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		for _, foreign := range []checkout.Attempt{ofBen, ofCee} {
			if r := tell(providers["Awa"], awa.Merchant, foreign); !r.Ignored || attempt(t, svc, foreign.SessionID, foreign.ID).Status != checkout.AttemptOpen {
				t.Errorf("Awa settled another's: %+v", r)
			}
		}
		if r := tell(shared, "", ofAwa); !r.Ignored || len(alerts) != 3 {
			t.Errorf("the server's own settled Awa's: %+v, %d alerts", r, len(alerts))
		}
		tell(providers["Awa"], awa.Merchant, ofAwa)
		tell(shared, "", ofCee)
		for _, a := range []checkout.Attempt{ofAwa, ofCee} {
			if got := attempt(t, svc, a.SessionID, a.ID); got.Status != checkout.AttemptPaid {
				t.Errorf("%s is %s", a.ID, got.Status)
			}
		}
		if _, err := svc.Receive(ctx, "scripted", cee.Merchant, checkout.Inbound{}); checkout.CodeOf(err) != checkout.CodeNotFound {
			t.Errorf("Cee has none: %v", err)
		}
		set("Ben", "broken")
		k.Clock.Add(time.Minute)
		set("Ben", "broken")
		other, err := svc.CreateSession(ctx, checkout.CreateSessionParams{Account: ben, Total: ofBen.Amount})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // not through the server's own: the money would go to another wallet
			_, err = svc.Start(ctx, checkout.StartParams{SessionID: other.ID, Method: "wave", WithoutForm: true})
			if checkout.CodeOf(err) != checkout.CodeNoMethod {
				t.Errorf("credentials that cannot be opened: %v", err)
			}
		}
		if last := alerts[len(alerts)-1]; last.Kind != checkout.AlertOpen || len(alerts) != 4 {
			t.Errorf("%d alerts, the last one %+v", len(alerts), last)
		}
		none := func(checkout.Account) ([]byte, error) { return nil, nil }
		if err := svc.SetCredentials(ctx, "Ben", false, "scripted", false, none); checkout.CodeOf(err) != checkout.CodeConflict {
			t.Errorf("another wallet, while a payment is pending: %v", err)
		}
		if err := svc.SetCredentials(ctx, "Cee", false, "scripted", false, none); err != nil {
			t.Errorf("for the first time: %v", err)
		}
		if err := svc.RemoveCredentials(ctx, "Ben", false, "scripted", false); checkout.CodeOf(err) != checkout.CodeConflict {
			t.Errorf("removed, while a payment is pending: %v", err)
		}
		if err := svc.RemoveCredentials(ctx, "Ben", false, "scripted", true); err != nil {
			t.Error(err)
		}
		if err := svc.RemoveCredentials(ctx, "Ben", false, "scripted", true); checkout.CodeOf(err) != checkout.CodeNotFound {
			t.Error(err)
		}
	})
}

// moded is a provider in one of two modes.
type moded struct {
	*able
	live bool
}

func (m moded) Livemode() bool { return m.live }

// TestHintForEitherModeIsFound has a merchant with credentials in both modes, and a
// message that does not say which it is of.
func TestHintForEitherModeIsFound(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	p.caps.Polls = checkout.Schedule{Waits: []time.Duration{2 * time.Minute}}
	svc := scriptedService(t, k, newAble(), func(c *checkout.Config) {
		c.Open = func(a checkout.Account, _ string, _ []byte) (checkout.Provider, error) {
			return moded{p, a.Livemode}, nil
		}
	})
	account := merchantAccount(t, svc, "Awa")
	if _, _, err := svc.CreateKey(ctx, "Awa", true); err != nil {
		t.Fatal(err)
	}
	for _, live := range []bool{true, false} {
		if err := svc.SetCredentials(ctx, "Awa", live, "scripted", false, sealedAs("x")); err != nil {
			t.Fatal(err)
		}
	}
	s := openFor(t, svc, account)
	a := start(t, svc, s.ID, "wave")
	p.parse = func(checkout.Inbound) ([]checkout.Signal, error) {
		return []checkout.Signal{{Trust: checkout.TrustShared, Ref: a.Ref}}, nil
	}
	r, err := svc.Receive(ctx, "scripted", account.Merchant, checkout.Inbound{})
	if err != nil || r.Ignored || r.AttemptID != a.ID {
		t.Errorf("%+v, %v", r, err)
	}
}
