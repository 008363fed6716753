package checkout_test

import (
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
