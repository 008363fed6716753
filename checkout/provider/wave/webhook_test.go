package wave_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavetest"
)

// signed returns a message as Wave would send it at noon.
func signed(body string) checkout.Inbound {
	header := wavetest.Sign(webhookSecret, providertest.Noon, []byte(body))
	return checkout.Inbound{
		Method: "POST", Body: []byte(body), Now: providertest.Noon,
		Header: func(name string) string {
			if name == "Wave-Signature" {
				return header
			}
			return ""
		},
	}
}

// event returns the message of a session, with these fields of it.
func event(kind, fields string) string {
	return `{"id":"EV_1","type":"` + kind + `","data":{"id":"cos-1","client_reference":"` + attemptID + `","amount":"2500","currency":"XOF",` + fields + `}}`
}

func TestEveryTypeOfEvent(t *testing.T) {
	sum := checkout.Money{Amount: 2500, Currency: checkout.XOF}
	ours := func(kind checkout.SignalKind, charge string) checkout.Signal {
		return checkout.Signal{Kind: kind, EventID: "EV_1", Trust: checkout.TrustSigned, AttemptID: attemptID, Ref: "cos-1", Charge: charge}
	}
	payment := func(charge string, r checkout.Report) checkout.Signal {
		sig := ours(checkout.SignalPayment, charge)
		sig.Report = r
		return sig
	}
	refund := ours(checkout.SignalRefund, "T1")
	refund.Refund = checkout.RefundReport{State: checkout.RefundSucceeded, Amount: sum, Total: true}
	nothing := checkout.Signal{Kind: checkout.SignalNone, EventID: "EV_1", Trust: checkout.TrustSigned}
	const paid = `"checkout_status":"complete","payment_status":"succeeded","transaction_id":"T1","when_completed":"2026-03-02T11:59:58Z"`
	for _, c := range []struct {
		kind, fields string
		want         checkout.Signal
	}{
		{"checkout.session.completed", paid, payment("T1", checkout.Report{
			State: checkout.StatePaid, Paid: sum, Charge: "T1", At: time.Date(2026, 3, 2, 11, 59, 58, 0, time.UTC),
		})},
		{"checkout.session.completed", `"checkout_status":"open","payment_status":"processing"`, payment("", checkout.Report{State: checkout.StatePending})},
		{"checkout.session.payment_failed", `"checkout_status":"open","payment_status":"cancelled","last_payment_error":{"code":"insufficient-funds","message":"no"}`,
			payment("", checkout.Report{State: checkout.StatePending, Reason: checkout.ReasonFunds, Try: "EV_1"})},
		{"checkout.session.payment_failed", `"checkout_status":"expired","last_payment_error":null`,
			payment("", checkout.Report{State: checkout.StatePending, Reason: checkout.ReasonDeclined, Try: "EV_1"})},
		{"checkout.session.expired", `"checkout_status":"expired","payment_status":"processing"`, payment("", checkout.Report{State: checkout.StateExpired})},
		{"checkout.session.refunded", paid, refund},
		{"merchant.payment_received", `"sender_mobile":"+221761110000"`, nothing},
		{"b2b.payment_received", `"x":1`, nothing},
		{"b2b.payment_failed", `"x":1`, nothing},
		{"test.test_event", `"test_key":"test_value"`, nothing},
		{"something.new", `"x":1`, nothing},
	} {
		p := taped(t, &tape{})
		signals, err := p.Parse(signed(event(c.kind, c.fields)))
		c.want.Type = c.kind
		if err != nil || len(signals) != 1 || signals[0] != c.want {
			t.Errorf("%s %s:\ngot  %+v, %v\nwant %+v", c.kind, c.fields, signals, err, c.want)
		}
	}
}

func TestEventsThatCannotBeUnderstood(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":            "",
		"not JSON":           "hello",
		"null":               "null",
		"an array":           "[]",
		"no type":            `{"id":"EV_1","data":{}}`,
		"two values":         `{"type":"test.test_event"} {}`,
		"no data":            `{"id":"EV_1","type":"checkout.session.completed"}`,
		"no session":         `{"id":"EV_1","type":"checkout.session.completed","data":null}`,
		"no identifier":      `{"id":"EV_1","type":"checkout.session.completed","data":{"amount":"1"}}`,
		"a list of sessions": `{"id":"EV_1","type":"checkout.session.completed","data":[{"id":"cos-1"}]}`,
		"unknown words":      event("checkout.session.completed", `"checkout_status":"complete","payment_status":"reversed"`),
		"half a franc":       strings.Replace(event("checkout.session.completed", `"checkout_status":"complete","payment_status":"succeeded"`), `"2500"`, `"2500.50"`, 1),
		"an amount too many": strings.Replace(event("checkout.session.refunded", `"x":1`), `"2500"`, `"-2500"`, 1),
	} {
		signals, err := taped(t, &tape{}).Parse(signed(body))
		if checkout.CodeOf(err) != checkout.CodeInvalid || signals != nil {
			t.Errorf("%s: got %+v, %v, want CodeInvalid", name, signals, err)
		}
	}
}

// TestForgedEventsAreNotRead holds what is not proven to be refused before it is
// read, and with the same words.
func TestForgedEventsAreNotRead(t *testing.T) {
	for _, body := range []string{"", "hello", `{"type":"test.test_event"}`} {
		in := signed("other")
		in.Body = []byte(body)
		signals, err := taped(t, &tape{}).Parse(in)
		if want := "checkout: unauthorized: Invalid webhook signature: " + checkout.ErrSignature.Error(); err == nil || err.Error() != want || !errors.Is(err, checkout.ErrSignature) || signals != nil {
			t.Errorf("%q: got %+v, %v, want %v", body, signals, err, want)
		}
	}
}

func TestEventWithoutIdentifier(t *testing.T) {
	const body = `{"id":null,"type":"test.test_event","data":{}}`
	signals, err := taped(t, &tape{}).Parse(signed(body))
	if want := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(body))); err != nil || len(signals) != 1 || signals[0].EventID != want {
		t.Errorf("got %+v, %v, want EventID %s", signals, err, want)
	}
}

// TestEachFailedTryHasItsOwnName fails a session twice and then pays it.
func TestEachFailedTryHasItsOwnName(t *testing.T) {
	k := newKit(t)
	a := k.begin(t, order(attemptID))
	for _, code := range []string{"insufficient-funds", "insufficient-funds"} {
		if err := k.fake.Fail(a.Ref, code); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.fake.Pay(a.Ref); err != nil {
		t.Fatal(err)
	}
	var told []string
	tries := map[string]bool{}
	for _, in := range k.messages() {
		signals, err := k.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, sig := range signals {
			told = append(told, string(sig.Report.State)+" "+sig.Report.Reason)
			tries[sig.Report.Try] = true
		}
	}
	if got, want := fmt.Sprint(told), "[pending insufficient_funds pending insufficient_funds paid ]"; got != want || len(tries) != 3 {
		t.Errorf("told %s with tries %v, want %s", got, tries, want)
	}
}
