package wave_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/wave"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavetest"
)

func (k kit) list(t *testing.T, since time.Time) (signals []checkout.Signal) {
	t.Helper()
	err := k.List(ctx, since, func(sig checkout.Signal) error {
		signals = append(signals, sig)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return signals
}

// TestStatementTellsOfEverySession reads three days with small pages.
func TestStatementTellsOfEverySession(t *testing.T) {
	k := newKit(t, func(_ *wave.Config, there *wavetest.Config) { there.PageSize = 2 })
	since := k.now.Now()
	var want []string
	for day := range 3 {
		k.fake.PayInPerson(checkout.Money{Amount: 300, Currency: checkout.XOF})
		for i := range 3 {
			a := k.begin(t, order(fmt.Sprintf("txn_%d_%d", day, i)))
			if err := k.fake.Pay(a.Ref); err != nil {
				t.Fatal(err)
			}
			want = append(want, a.ID)
		}
		k.now.Add(24 * time.Hour)
	}
	var got []string
	seen := map[string]bool{}
	for _, sig := range k.list(t, since) {
		got = append(got, sig.AttemptID)
		if sig.Report.Paid != (checkout.Money{Amount: 2500, Currency: checkout.XOF}) || sig.Trust != checkout.TrustSigned || seen[sig.EventID] ||
			sig.Charge == "" || sig.Charge != sig.Report.Charge || sig.Report.Payer != "••••••••••000" {
			t.Errorf("%+v", sig)
		}
		seen[sig.EventID] = true
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if late := k.list(t, since.Add(time.Minute)); len(late) != 6 {
		t.Errorf("%d signals of the last two days, want 6", len(late))
	}
}

func TestStatementTellsOfRefundsMadeInThePortal(t *testing.T) {
	k := newKit(t)
	since := k.now.Now()
	a := k.begin(t, order(attemptID))
	if err := errors.Join(k.fake.Pay(a.Ref), k.fake.Refund(a.ID), k.fake.Refund(a.ID)); err != nil {
		t.Fatal(err)
	}
	signals := k.list(t, since)
	if len(signals) != 2 {
		t.Fatalf("%+v, want a payment and a refund", signals)
	}
	got := signals[1]
	want := checkout.RefundReport{State: checkout.RefundSucceeded, Ref: got.Refund.Ref, Amount: a.Amount, Total: true}
	if got.Kind != checkout.SignalRefund || got.Ref != a.Ref || got.AttemptID != a.ID || got.Refund != want || got.Refund.Ref == "" || got.EventID == signals[0].EventID {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRowsOfAStatement(t *testing.T) {
	const ids = `"transaction_id":"T1","client_reference":"txn_1","checkout_api_session_id":"cos-1","timestamp":"2026-03-02T11:30:00Z"`
	for _, c := range []struct {
		name, row string
		want      string // kind, state, amount, trust and EventID; "" for no signal; "error"
	}{
		{"paid, the fee taken out", `"transaction_type":"api_checkout","amount":"990","fee":"10","currency":"XOF",` + ids, " paid 1000 XOF 2 statement:api_checkout:T1"},
		{"paid without a fee", `"transaction_type":"api_checkout","amount":"1000","fee":"0","currency":"XOF",` + ids, " paid 1000 XOF 2 statement:api_checkout:T1"},
		{"no fee stated", `"transaction_type":"api_checkout","amount":"1000","currency":"XOF",` + ids, " paid 1000 XOF 2 statement:api_checkout:T1"},
		{"no tax", `"transaction_type":"api_checkout","amount":"990","fee":"10","government_tax_amount":"0.00","currency":"XOF",` + ids, " paid 1000 XOF 2 statement:api_checkout:T1"},
		{"taxed", `"transaction_type":"api_checkout","amount":"985","fee":"10","government_tax_amount":"5","currency":"XOF",` + ids, " paid 995 XOF 0 statement:api_checkout:T1"},
		{"refunded, fee returned", `"transaction_type":"api_checkout_refund","amount":"-990","fee":"-10","currency":"XOF",` + ids, "refund succeeded 1000 XOF 2 statement:api_checkout_refund:T1"},
		{"refunded without a fee", `"transaction_type":"api_checkout_refund","amount":"-1000","fee":"0","currency":"XOF",` + ids, "refund succeeded 1000 XOF 2 statement:api_checkout_refund:T1"},
		{"refunded, positive", `"transaction_type":"api_checkout_refund","amount":"1000","currency":"XOF",` + ids, "refund succeeded 1000 XOF 2 statement:api_checkout_refund:T1"},
		{"a reversal", `"transaction_type":"api_checkout","is_reversal":true,"amount":"-1000","currency":"XOF",` + ids, "refund succeeded 1000 XOF 2 statement:api_checkout:T1:reversal"},
		{"before since", `"transaction_type":"api_checkout","amount":"990","currency":"XOF","client_reference":"txn_1","timestamp":"2026-03-02T10:59:59Z"`, ""},
		{"in the second of since", `"transaction_type":"api_checkout","amount":"990","currency":"XOF","client_reference":"txn_1","timestamp":"2026-03-02T11:00:00Z"`, " paid 990 XOF 2 statement:api_checkout:"},
		{"at the till", `"transaction_type":"merchant_payment","amount":"99","fee":"1","currency":"XOF","transaction_id":"T1"`, ""},
		{"a payout", `"transaction_type":"api_payout","amount":"-99","currency":"XOF",` + ids, ""},
		{"a type to come", `"transaction_type":"moon_payment","amount":"99","currency":"GMD",` + ids, ""},
		{"of no session", `"transaction_type":"api_checkout","amount":"99","currency":"XOF","client_reference":null`, ""},
		{"half a franc", `"transaction_type":"api_checkout","amount":"99.50","currency":"XOF",` + ids, "error"},
		{"a fee that is no number", `"transaction_type":"api_checkout","amount":"99","fee":"one","currency":"XOF",` + ids, "error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := taped(t, &tape{status: 200, body: `{"items":[{` + c.row + `}],"page_info":{"has_next_page":false}}`})
			got := ""
			err := p.List(ctx, time.Date(2026, 3, 2, 11, 0, 0, 5, time.UTC), func(sig checkout.Signal) error {
				m, state := sig.Report.Paid, string(sig.Report.State)
				if sig.Kind == checkout.SignalRefund {
					m, state = sig.Refund.Amount, string(sig.Refund.State)
				}
				got += fmt.Sprintf("%s %s %d %s %d %s", sig.Kind, state, m.Amount, m.Currency, sig.Trust, sig.EventID)
				return nil
			})
			if err != nil {
				got = "error"
			}
			if got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestStatementThatCannotBeRead(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for name, answer := range map[string]*tape{
		"no items":        {status: 200, body: `{}`},
		"half":            {status: 200, body: `{"items":[`},
		"no next page":    {status: 200, body: `{"items":[],"page_info":{"has_next_page":true,"end_cursor":null}}`},
		"the same page":   {status: 200, body: `{"items":[],"page_info":{"has_next_page":true,"end_cursor":"x"}}`},
		"an error":        {status: 500},
		"not allowed":     {status: 403, body: `{"code":"invalid-wallet"}`},
		"asked too often": {status: 429, header: http.Header{"Retry-After": {"2"}}},
	} {
		if err := taped(t, answer).List(ctx, noon, func(checkout.Signal) error { return nil }); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	p := &tape{status: 200, body: `{"items":[]}`}
	if err := taped(t, p).List(ctx, time.Time{}, nil); err == nil || !strings.Contains(err.Error(), "366 days") || len(p.requests) != 0 {
		t.Errorf("since the year 1: %v after %d calls", err, len(p.requests))
	}
	if err := taped(t, p).List(ctx, noon.Add(-48*time.Hour), nil); err != nil || len(p.requests) != 3 {
		t.Errorf("three days: %v after %d calls", err, len(p.requests))
	}
}
