package checkout_test

import (
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// TestMoneyThatDidNotComeAsItShould goes through every rule of a policy.
func TestMoneyThatDidNotComeAsItShould(t *testing.T) {
	asked := checkout.Money{Amount: 12500, Currency: checkout.XOF}
	late := func(r *checkout.Report) { r.At = checkouttest.Start.Add(2 * time.Hour) }
	sum := func(amount int64, c checkout.Currency) func(*checkout.Report) {
		return func(r *checkout.Report) { r.Paid = checkout.Money{Amount: amount, Currency: c} }
	}
	for _, c := range []struct {
		name    string
		policy  checkout.Policy
		report  func(*checkout.Report)
		surplus bool // another attempt has completed the session
		unable  bool // the provider gives nothing back
		want    checkout.AttemptStatus
		session checkout.Status
		back    int64 // is given back in the end
	}{
		{"late, by default", checkout.Policy{}, late, false, false, checkout.AttemptPaid, checkout.StatusCompleted, 0},
		{"late, accepted", checkout.Policy{Late: checkout.RuleAccept}, late, false, false, checkout.AttemptPaid, checkout.StatusCompleted, 0},
		{"late, held", checkout.Policy{Late: checkout.RuleHold}, late, false, false, checkout.AttemptLate, checkout.StatusExpired, 0},
		{"late, refunded", checkout.Policy{Late: checkout.RuleRefund}, late, false, false, checkout.AttemptRefunded, checkout.StatusExpired, 12500},
		{"late, not refundable", checkout.Policy{Late: checkout.RuleRefund}, late, false, true, checkout.AttemptLate, checkout.StatusExpired, 0},
		{"surplus, by default", checkout.Policy{}, nil, true, false, checkout.AttemptRefunded, checkout.StatusCompleted, 12500},
		{"surplus, held", checkout.Policy{Surplus: checkout.RuleHold}, nil, true, false, checkout.AttemptSurplus, checkout.StatusCompleted, 0},
		{"surplus, not refundable", checkout.Policy{}, nil, true, true, checkout.AttemptSurplus, checkout.StatusCompleted, 0},
		{"too little", checkout.Policy{}, sum(12499, checkout.XOF), false, false, checkout.AttemptMismatch, checkout.StatusOpen, 0},
		{"too much, by default", checkout.Policy{}, sum(12501, checkout.XOF), false, false, checkout.AttemptMismatch, checkout.StatusOpen, 0},
		{"too much, accepted", checkout.Policy{Excess: checkout.RuleAccept}, sum(12501, checkout.XOF), false, false, checkout.AttemptPaid, checkout.StatusCompleted, 0},
		{"too little, though more is accepted", checkout.Policy{Excess: checkout.RuleAccept}, sum(1, checkout.XOF), false, false, checkout.AttemptMismatch, checkout.StatusOpen, 0},
		{"more of another currency", checkout.Policy{Excess: checkout.RuleAccept}, sum(99999, checkout.EUR), false, false, checkout.AttemptMismatch, checkout.StatusOpen, 0},
		{"nothing at all", checkout.Policy{}, sum(0, ""), false, false, checkout.AttemptMismatch, checkout.StatusOpen, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
				p := newAble()
				if c.unable {
					p.caps.Refunds = checkout.RefundNone
				}
				var alerts []checkout.Alert
				svc := scriptedService(t, k, p, func(cfg *checkout.Config) {
					cfg.Policy = c.policy
					cfg.Alert = func(a checkout.Alert) { alerts = append(alerts, a) }
				})
				s := open(t, k)
				a := start(t, svc, s.ID, "wave")
				if c.surplus {
					other := start(t, k.Service, s.ID, "wallet")
					if _, err := k.Service.Settle(ctx, checkout.Signal{Provider: "sandbox", AttemptID: other.ID, Report: paid(other)}); err != nil {
						t.Fatal(err)
					}
				}
				report := paid(a)
				if c.report != nil {
					c.report(&report)
				}
				if !report.At.IsZero() {
					k.Clock.Set(report.At)
				}
				p.say(t, svc, checkout.Signal{EventID: "e1", Trust: checkout.TrustSigned, AttemptID: a.ID, Report: report})
				if err := checkout.NewSweeper(svc, nil).RunOnce(ctx); err != nil {
					t.Fatal(err)
				}
				got := attempt(t, svc, s.ID, a.ID)
				if got.Status != c.want || got.Refunded != c.back || got.Refunding != 0 || status(t, k, s.ID) != c.session {
					t.Errorf("%s, %d back, session %s; want %s, %d, %s", got.Status, got.Refunded, status(t, k, s.ID), c.want, c.back, c.session)
				}
				taken := int64(0)
				if c.session == checkout.StatusCompleted {
					taken = asked.Amount
					if !c.surplus {
						taken = report.Paid.Amount
					}
				}
				balances, err := svc.Balances(ctx, checkout.Account{})
				if err != nil || taken > 0 && balances[0].Total.Amount != taken || taken == 0 && len(balances) > 0 {
					t.Errorf("balances %v, %v, want %d", balances, err, taken)
				}
				held := 0
				if c.want != checkout.AttemptPaid {
					held = 1
				}
				if count(k, checkout.EventPaymentHeld) != held || len(alerts) != held {
					t.Errorf("events %v, alerts %+v", types(k), alerts)
				}
			})
		})
	}
}

func TestHeldMoneyCanBeAccepted(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		svc := scriptedService(t, k, p, func(c *checkout.Config) { c.Policy = checkout.Policy{Late: checkout.RuleHold} })
		for _, c := range []struct {
			name string
			paid checkout.Money
			late time.Duration
			want checkout.Code
		}{
			{"too little", checkout.Money{Amount: 12000, Currency: checkout.XOF}, 0, ""},
			{"too much", checkout.Money{Amount: 13000, Currency: checkout.XOF}, 0, ""},
			{"late", checkout.Money{Amount: 12500, Currency: checkout.XOF}, 2 * time.Hour, ""},
			{"another currency", checkout.Money{Amount: 12500, Currency: checkout.EUR}, 0, checkout.CodeConflict},
			{"nothing", checkout.Money{}, 0, checkout.CodeConflict},
		} {
			s := open(t, k)
			a := start(t, svc, s.ID, "wave")
			k.Clock.Add(c.late)
			report := checkout.Report{State: checkout.StatePaid, Paid: c.paid, At: k.Clock.Now()}
			p.say(t, svc, checkout.Signal{EventID: a.ID, Trust: checkout.TrustSigned, AttemptID: a.ID, Report: report})
			if _, err := svc.Accept(ctx, checkout.LiveAccount, a.ID); checkout.CodeOf(err) != checkout.CodeNotFound {
				t.Errorf("%s: another account accepted it: %v", c.name, err)
			}
			_, err := svc.Accept(ctx, checkout.Account{}, a.ID)
			if checkout.CodeOf(err) != c.want {
				t.Errorf("%s: %v", c.name, err)
			}
			got, session := attempt(t, svc, s.ID, a.ID), status(t, k, s.ID)
			if done := c.want == ""; done != (got.Status == checkout.AttemptPaid) || done != (session == checkout.StatusCompleted) {
				t.Errorf("%s: %s, %s", c.name, got.Status, session)
			}
			if _, err := svc.Accept(ctx, checkout.Account{}, a.ID); checkout.CodeOf(err) != checkout.CodeConflict {
				t.Errorf("%s, twice: %v", c.name, err)
			}
		}
	})
}

func TestPoliciesAreSetForMerchants(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		if _, _, err := k.Service.CreateKey(ctx, "Boutique", false); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			merchant string
			live     bool
			policy   checkout.Policy
			want     checkout.Code
		}{
			{"Boutique", false, checkout.Policy{Late: checkout.RuleHold}, ""},
			{"Boutique", false, checkout.Policy{Late: "maybe"}, checkout.CodeInvalid},
			{"Boutique", false, checkout.Policy{Excess: checkout.RuleRefund}, checkout.CodeInvalid},
			{"Boutique", false, checkout.Policy{Surplus: checkout.RuleAccept}, checkout.CodeInvalid},
			{"Boutique", true, checkout.Policy{}, checkout.CodeNotFound},
			{"Nobody", false, checkout.Policy{}, checkout.CodeNotFound},
		} {
			if err := k.Service.SetPolicy(ctx, c.merchant, c.live, c.policy); checkout.CodeOf(err) != c.want {
				t.Errorf("%+v: %v", c, err)
			}
		}
	})
}
