package checkout_test

import (
	"errors"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// TestPagesThatWaitLeaveTheirTurnToWhatIsDue has so many customers wait that they
// would use up all that a provider answers in a second, and an attempt whose
// customer is gone.
func TestPagesThatWaitLeaveTheirTurnToWhatIsDue(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	p.caps.Rate = 4
	p.caps.Polls = checkout.Schedule{Waits: []time.Duration{6500 * time.Millisecond, time.Minute}, Life: time.Hour, Margin: time.Minute, GiveUp: time.Hour}
	asked := map[string]int{}
	p.poll = func(a checkout.Attempt) (checkout.Report, error) {
		asked[a.ID]++
		return checkout.Report{State: checkout.StatePending}, nil
	}
	svc := scriptedService(t, k, p)
	gone := start(t, svc, open(t, k).ID, "wave")
	k.Clock.Add(2 * time.Second) // the others are due after it
	var waiting []checkout.Attempt
	for range 40 {
		waiting = append(waiting, start(t, svc, open(t, k).ID, "wave"))
	}
	k.Clock.Add(5100 * time.Millisecond) // the first one is due
	for range 4 {                        // half of a second's worth is left to what is due
		before := attempt(t, svc, waiting[0].SessionID, waiting[0].ID)
		for _, a := range waiting {
			if _, err := svc.Refresh(ctx, a.SessionID, a.ID); err != nil {
				t.Fatal(err)
			}
		}
		if now := attempt(t, svc, waiting[0].SessionID, waiting[0].ID); now.Polls == before.Polls && now.Version != before.Version {
			t.Error("a question that has to wait was written")
		}
		if err := checkout.NewSweeper(svc, nil).RunOnce(ctx); err != nil {
			t.Fatal(err)
		}
		k.Clock.Add(250 * time.Millisecond)
	}
	if asked[gone.ID] == 0 {
		t.Errorf("nobody asked about the attempt whose customer is gone, but %d times about the others", len(asked))
	}
}

// TestSettingsThatAProviderRefusesAreTold has a provider refuse each payment for
// our configuration, which no customer can mend.
func TestSettingsThatAProviderRefusesAreTold(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	p.start = func(checkout.Order) (checkout.Started, error) {
		return checkout.Started{}, &checkout.Declined{Reason: checkout.ReasonMerchant}
	}
	var alerts []checkout.Alert
	svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Alert = func(a checkout.Alert) { alerts = append(alerts, a) } })
	for range 8 {
		if _, err := svc.Start(ctx, checkout.StartParams{SessionID: open(t, k).ID, Method: "wave", WithoutForm: true}); checkout.CodeOf(err) != checkout.CodeDeclined {
			t.Fatal(err)
		}
		k.Clock.Add(10 * time.Second)
	}
	if len(alerts) != 2 || alerts[0].Kind != checkout.AlertProvider || alerts[0].Err == nil {
		t.Errorf("%d alerts in 80 seconds, want one a minute: %+v", len(alerts), alerts)
	}
}

// TestPaymentsThatCannotBeClosedAreFew lets nobody pile up payments that have to
// be asked about.
func TestPaymentsThatCannotBeClosedAreFew(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		p.close = func(checkout.Attempt) (checkout.Report, error) {
			return checkout.Report{State: checkout.StatePending}, nil
		}
		svc := scriptedService(t, k, p)
		s := open(t, k)
		for i := range 7 {
			phone := "+22505000000" + string(rune('0'+i)) // another number each time
			_, err := svc.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: "wave", Phone: phone, WithoutForm: true})
			if want := map[bool]checkout.Code{false: "", true: checkout.CodeTooMany}[i >= 5]; checkout.CodeOf(err) != want {
				t.Errorf("payment %d: %v, want %q", i, err, want)
			}
			k.Clock.Add(30 * time.Second)
		}
	})
}

func TestPagesAreAnsweredAtOneCallASecond(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	p.caps.Rate = 1
	p.caps.Polls = checkout.Schedule{Waits: []time.Duration{time.Hour}}
	asked := 0
	p.poll = func(checkout.Attempt) (checkout.Report, error) {
		asked++
		return checkout.Report{State: checkout.StatePending}, nil
	}
	svc := scriptedService(t, k, p)
	a := start(t, svc, open(t, k).ID, "wave")
	for range 20 {
		k.Clock.Add(10 * time.Second)
		if _, err := svc.Refresh(ctx, a.SessionID, a.ID); err != nil {
			t.Fatal(err)
		}
	}
	if asked == 0 {
		t.Error("20 looks in 200 s at an idle provider of rate 1 asked nothing")
	}
}

// TestForgedMessagesSilenceNoOtherNews has a stranger send one before each payment
// that our settings spoil.
func TestForgedMessagesSilenceNoOtherNews(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	p.parse = func(checkout.Inbound) ([]checkout.Signal, error) { return nil, checkout.ErrSignature }
	p.start = func(checkout.Order) (checkout.Started, error) {
		return checkout.Started{}, &checkout.Declined{Reason: checkout.ReasonMerchant}
	}
	var alerts []checkout.Alert
	svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Alert = func(a checkout.Alert) { alerts = append(alerts, a) } })
	for range 30 {
		svc.Receive(ctx, "scripted", "", checkout.Inbound{})
		svc.Start(ctx, checkout.StartParams{SessionID: open(t, k).ID, Method: "wave", WithoutForm: true})
		k.Clock.Add(10 * time.Second)
	}
	settings := 0
	for _, a := range alerts {
		if a.Kind == checkout.AlertProvider {
			settings++
		}
	}
	if settings == 0 {
		t.Errorf("30 payments refused for our settings in 5 minutes, %d alerts, none of them of it", len(alerts))
	}
}

func TestCredentialsThatAreRefusedAfterAnOutageAreTold(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	p.caps.Polls = checkout.Schedule{Waits: []time.Duration{30 * time.Second}}
	answer := errors.New("503")
	p.poll = func(checkout.Attempt) (checkout.Report, error) { return checkout.Report{}, answer }
	var alerts []checkout.Alert
	svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Alert = func(a checkout.Alert) { alerts = append(alerts, a) } })
	start(t, svc, open(t, k).ID, "wave")
	start(t, svc, open(t, k).ID, "wave")
	sw := checkout.NewSweeper(svc, nil)
	for range 30 {
		k.Clock.Add(5 * time.Second)
		sw.RunOnce(ctx)
	}
	n := len(alerts)
	answer = &checkout.BadCredentials{Err: errors.New("401")}
	for range 360 {
		k.Clock.Add(5 * time.Second)
		sw.RunOnce(ctx)
	}
	if len(alerts) == n {
		t.Errorf("half an hour of refused credentials was told nobody: %d alerts: %+v", n, alerts[0].Message)
	}
}

// second is a provider of its own beside the scripted one.
type second struct{ *able }

func (second) Name() string { return "second" }

// TestOutageOfOneProviderLeavesTheOthers has a customer try five times where nobody
// answers.
func TestOutageOfOneProviderLeavesTheOthers(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	p.start = func(checkout.Order) (checkout.Started, error) { return checkout.Started{}, errors.New("timeout") }
	p.poll = func(checkout.Attempt) (checkout.Report, error) { return checkout.Report{}, errors.New("timeout") }
	p.find = func(checkout.Attempt) (checkout.Started, error) { return checkout.Started{}, errors.New("timeout") }
	q := second{newAble()}
	q.caps.Methods = []checkout.Method{{ID: "card", Code: "CARDS", Takes: []checkout.Range{{Currency: checkout.XOF}}}}
	svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Providers = append(c.Providers, q) })
	s := open(t, k)
	for range 5 {
		if _, err := svc.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: "wave", WithoutForm: true}); err != nil {
			t.Fatal(err)
		}
		k.Clock.Add(21 * time.Second)
	}
	if _, err := svc.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: "card", WithoutForm: true}); err != nil {
		t.Errorf("another provider that works: %v", err)
	}
}

func TestPaymentIsClosedAlsoWhereStartsFail(t *testing.T) {
	k := checkouttest.New(t)
	p := newAble()
	closed := 0
	p.close = func(checkout.Attempt) (checkout.Report, error) {
		closed++
		return checkout.Report{State: checkout.StateExpired}, nil
	}
	q := second{newAble()}
	q.caps.Methods = []checkout.Method{{ID: "card", Code: "CARDS", Takes: []checkout.Range{{Currency: checkout.XOF}}}}
	svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Providers = append(c.Providers, q) })
	s := open(t, k)
	first := start(t, svc, s.ID, "wave")
	good := p.start
	p.start = func(checkout.Order) (checkout.Started, error) { return checkout.Started{}, errors.New("500") }
	for range 5 {
		svc.Start(ctx, checkout.StartParams{SessionID: open(t, k).ID, Method: "wave", WithoutForm: true})
	}
	p.start = good
	start(t, svc, s.ID, "card")
	if got := attempt(t, svc, s.ID, first.ID); got.Live() || closed != 1 {
		t.Errorf("beside the new one the old one is %s, closed %d times", got.Status, closed)
	}
}
