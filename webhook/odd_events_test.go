package webhook_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/sandbox"
)

// TestOddEventsFitTheirSchemas is about what the samples do not show: under each
// rule, whatever a provider may say.
func TestOddEventsFitTheirSchemas(t *testing.T) {
	asked := checkout.Money{Amount: 12500, Currency: checkout.XOF}
	paid := func(sum checkout.Money) checkout.Report { return checkout.Report{State: checkout.StatePaid, Paid: sum} }
	reports := []checkout.Report{
		paid(asked),
		paid(checkout.Money{Amount: 13000, Currency: checkout.XOF}),
		paid(checkout.Money{Amount: 12500, Currency: checkout.EUR}),
		paid(checkout.Money{}),
		{State: checkout.StatePaid, Bound: true},
		{State: checkout.StateFailed},
		{State: checkout.StatePending, Try: "again"},
		{State: checkout.StateExpired},
	}
	compiled, seen := schemas(t), map[string]bool{}
	for _, policy := range []checkout.Policy{
		{},
		{Late: checkout.RuleHold, Excess: checkout.RuleAccept, Surplus: checkout.RuleHold},
		{Late: checkout.RuleRefund},
	} {
		m := newMarket(t, policy)
		for _, after := range []time.Duration{0, 2 * time.Hour} {
			var started []string
			for range reports {
				started = append(started, m.silent(m.session()))
			}
			session := m.session()
			first, second := m.silent(session), m.silent(session)
			m.Clock.Add(after)
			for i, id := range started {
				m.settle(checkout.Signal{AttemptID: id, Report: reports[i]})
			}
			m.settle(checkout.Signal{AttemptID: first, Report: paid(asked)})
			m.settle(checkout.Signal{AttemptID: second, Report: paid(asked)})
			m.afterwards(first)
			m.Advance(time.Minute) // so that refunds are asked for
		}
		for _, body := range m.bodies() {
			event := decoded(t, body).(map[string]any)
			name, status, hold := event["event"].(string), event["data"].(map[string]any)["status"], event["data"].(map[string]any)["hold_reason"]
			if err := compiled[checkout.EventType(name)].Validate(event); err != nil {
				t.Errorf("%v: %s", err, body)
			}
			seen[fmt.Sprint(name, " ", status, " ", hold)] = true
		}
	}
	for _, want := range []string{
		"PAYMENT_HELD held late", "PAYMENT_HELD held surplus", "PAYMENT_HELD held amount_mismatch",
		"PAYMENT_FAILED failed <nil>", "PAYMENT_FAILED pending <nil>", "REFUND_CREATED pending late", "REFUND_COMPLETED completed <nil>",
		"DISPUTE_CREATED refunded <nil>", "DISPUTE_UPDATED refunded <nil>", "DISPUTE_CLOSED refunded <nil>",
	} {
		if !seen[want] {
			t.Errorf("%s did not happen, only %q", want, slices.Sorted(maps.Keys(seen)))
		}
	}
}

// silent begins to pay with the sandbox, which never says what became of it.
func (m *market) silent(session string) string {
	m.t.Helper()
	a, err := m.Service.Start(m.t.Context(), checkout.StartParams{
		SessionID: session, Method: sandbox.MethodWallet, WithoutForm: true, Outcome: checkout.OutcomeSilent,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return a.ID
}

// settle lets the sandbox say something after all.
func (m *market) settle(s checkout.Signal) {
	m.t.Helper()
	s.Provider = "sandbox"
	if _, err := m.Service.Settle(m.t.Context(), s); err != nil {
		m.t.Fatal(err)
	}
}

// afterwards gives money back by hand that is disputed then.
func (m *market) afterwards(id string) {
	m.t.Helper()
	_, err := m.Service.Refund(m.t.Context(), m.account, checkout.RefundParams{TransactionID: id, Manual: true})
	if err != nil && checkout.CodeOf(err) != checkout.CodeInvalid { // a rule has given it back
		m.t.Fatal(err)
	}
	for i, d := range []checkout.Dispute{
		{State: checkout.DisputeOpen, New: true}, {State: checkout.DisputeOpen, Reason: "fraudulent"}, {State: checkout.DisputeWon},
	} {
		m.settle(checkout.Signal{Kind: checkout.SignalDispute, AttemptID: id, EventID: fmt.Sprint(id, i), Dispute: d})
	}
}
