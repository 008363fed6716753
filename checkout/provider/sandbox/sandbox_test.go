package sandbox

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
)

var ctx = context.Background()

func newSandbox() (*Provider, *clock.Mock) {
	now := clock.NewMock()
	now.Set(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	return New(Config{Clock: now}), now
}

func attempt(method string) checkout.Attempt {
	return checkout.Attempt{ID: "txn_1", Provider: "sandbox", Method: method, Amount: checkout.Money{Amount: 700, Currency: checkout.XOF}}
}

// begin starts an attempt and returns it as the service would keep it.
func begin(t *testing.T, p *Provider, o checkout.Order) (checkout.Attempt, checkout.Started) {
	t.Helper()
	started, err := p.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	a := o.Attempt
	a.Ref, a.Next = started.Ref, started.Next
	return a, started
}

func TestPhoneNumbersDecide(t *testing.T) {
	for phone, want := range map[string]struct {
		state  checkout.State // at once
		reason string
		later  checkout.State // after the delay
	}{
		"+221 77 123 45 67": {checkout.StatePaid, "", checkout.StatePaid},
		"46733123450":       {"", "failed", ""},
		"+46 (0)":           {checkout.StatePaid, "", checkout.StatePaid},
		"+46 73 312 34 51":  {checkout.StateFailed, "rejected", checkout.StatePending},
		"46733123452":       {"", "expired", ""},
		"46733123453":       {"", "", checkout.StatePending},
		"46733123454":       {"", "", checkout.StatePaid},
		"46733123455":       {"", "payer_not_found", ""},
		"46733123464":       {"", "transfer_type_unknown", ""},
		"46733123465":       {checkout.StatePaid, "", checkout.StatePaid},
	} {
		t.Run(phone, func(t *testing.T) {
			p, now := newSandbox()
			a := attempt(MethodPhone)
			started, err := p.Start(ctx, checkout.Order{Attempt: a, Phone: phone})
			var declined *checkout.Declined
			if errors.As(err, &declined) {
				if declined.Reason != want.reason || want.later != "" {
					t.Errorf("declined: %s", declined.Reason)
				}
				return
			}
			if err != nil || started.Report.State != want.state || started.Report.Reason != want.reason {
				t.Fatalf("%+v, %v", started, err)
			}
			if started.Next.Kind != checkout.NextPrompt || started.Next.Text == phone && len(phone) > 3 {
				t.Errorf("next is %+v", started.Next)
			}
			now.Add(DefaultDelay)
			a.Ref = started.Ref
			if r, err := p.Poll(ctx, a); err != nil || r.State != want.later {
				t.Errorf("later %+v, %v", r, err)
			}
		})
	}
}

func TestCardNumbersDecide(t *testing.T) {
	for _, c := range []struct {
		card   checkout.Card
		state  checkout.State
		reason string
	}{
		{checkout.Card{Number: "4242 4242 4242 4242", Expiry: "12/30", CVC: "123"}, checkout.StatePaid, ""},
		{checkout.Card{Number: "4242424242424242", Expiry: "03 / 2026", CVC: "1234"}, checkout.StatePaid, ""},
		{checkout.Card{Number: "4242424242424242", Expiry: "02/26", CVC: "123"}, "", "invalid_expiry"},
		{checkout.Card{Number: "4242424242424242", Expiry: "13/30", CVC: "123"}, "", "invalid_expiry"},
		{checkout.Card{Number: "4242424242424242", Expiry: "soon", CVC: "123"}, "", "invalid_expiry"},
		{checkout.Card{Number: "4242424242424242", Expiry: "12/30", CVC: "12"}, "", "incorrect_cvc"},
		{checkout.Card{Number: "4242424242424242", Expiry: "12/30", CVC: "12a"}, "", "incorrect_cvc"},
		{checkout.Card{Number: "4000000000000002", Expiry: "12/30", CVC: "123"}, "", "card_declined"},
		{checkout.Card{Number: "4000000000009995", Expiry: "12/30", CVC: "123"}, "", "insufficient_funds"},
		{checkout.Card{Number: "4111111111111111", Expiry: "12/30", CVC: "123"}, "", "not_a_test_card"},
		{checkout.Card{Number: "4000000000003155", Expiry: "12/30", CVC: "123"}, "", ""},
	} {
		p, _ := newSandbox()
		started, err := p.Start(ctx, checkout.Order{Attempt: attempt(MethodCard), Card: c.card})
		var declined *checkout.Declined
		switch {
		case c.reason != "":
			if !errors.As(err, &declined) || declined.Reason != c.reason {
				t.Errorf("%+v: %v", c.card, err)
			}
		case err != nil || started.Report.State != c.state:
			t.Errorf("%+v: %+v, %v", c.card, started, err)
		case c.state == "" && started.Next.Kind != checkout.NextSimulate:
			t.Errorf("%+v leads to %+v", c.card, started.Next)
		}
	}
}

// TestFateSurvivesARestart polls with another sandbox than the one that began.
func TestFateSurvivesARestart(t *testing.T) {
	p, now := newSandbox()
	a, started := begin(t, p, checkout.Order{Attempt: attempt(MethodWallet), Outcome: checkout.OutcomeDelay})
	if at := now.Now().Add(DefaultDelay); !started.PollAt.Equal(at) {
		t.Errorf("to be asked at %v, want %v", started.PollAt, at)
	}
	paidAt := now.Now().Add(DefaultDelay)
	for _, c := range []struct {
		step time.Duration
		want checkout.State
	}{{DefaultDelay - time.Millisecond, checkout.StatePending}, {time.Millisecond, checkout.StatePaid}, {time.Hour, checkout.StatePaid}} {
		now.Add(c.step)
		r, err := New(Config{Clock: now}).Poll(ctx, a)
		if err != nil || r.State != c.want {
			t.Errorf("%+v, %v, want %s", r, err, c.want)
		}
		if c.want == checkout.StatePaid && (!r.At.Equal(paidAt) || r.Paid != a.Amount) {
			t.Errorf("paid %v at %v", r.Paid, r.At)
		}
	}
}

func TestCloseIsTooLateForWhatIsPaid(t *testing.T) {
	p, now := newSandbox()
	a, _ := begin(t, p, checkout.Order{Attempt: attempt(MethodWallet), Outcome: checkout.OutcomeDelay})
	if r, err := p.Close(ctx, a); err != nil || r.State != checkout.StateExpired {
		t.Errorf("%+v, %v", r, err)
	}
	now.Add(DefaultDelay)
	if r, err := p.Close(ctx, a); err != nil || r.State != checkout.StatePaid {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSimulatorsButtons(t *testing.T) {
	p, now := newSandbox()
	a, started := begin(t, p, checkout.Order{Attempt: attempt(MethodWallet)})
	if started.Next.Kind != checkout.NextSimulate {
		t.Fatalf("next is %+v", started.Next)
	}
	for choice, want := range map[checkout.Outcome]checkout.State{
		checkout.OutcomeSucceed: checkout.StatePaid, checkout.OutcomeDecline: checkout.StateFailed, checkout.OutcomeCancel: checkout.StateFailed,
	} {
		got, err := p.Simulate(a, choice)
		if err != nil || got.Signal == nil || got.Signal.Report.State != want || got.Signal.AttemptID != a.ID || got.Signal.EventID == "" {
			t.Errorf("%s: %+v, %v", choice, got, err)
		}
	}
	got, err := p.Simulate(a, checkout.OutcomeDelay)
	if err != nil || got.Signal != nil || !got.PollAt.Equal(now.Now().Add(DefaultDelay)) || got.Ref == a.Ref {
		t.Errorf("delay: %+v, %v", got, err)
	}
	if got, err = p.Simulate(a, checkout.OutcomeSilent); err != nil || got.Signal != nil || got.Ref != a.Ref {
		t.Errorf("silent: %+v, %v", got, err)
	}
	if _, err := p.Simulate(a, "win"); checkout.CodeOf(err) != checkout.CodeInvalid {
		t.Errorf("%v", err)
	}
}

func TestWhatTheSandboxNeverHeardOfIsMissing(t *testing.T) {
	p, _ := newSandbox()
	if r, err := p.Poll(ctx, attempt(MethodWallet)); err != nil || r.State != checkout.StateMissing {
		t.Errorf("%+v, %v", r, err)
	}
	a := attempt(MethodWallet)
	for _, ref := range []string{"cos-1", "sbx_txn_1@soon"} {
		a.Ref = ref
		if r, err := p.Poll(ctx, a); err == nil {
			t.Errorf("%s: %+v", ref, r)
		}
	}
	if _, err := p.Start(ctx, checkout.Order{Attempt: a, Outcome: "win"}); err == nil {
		t.Error("an unknown outcome was started")
	}
}
