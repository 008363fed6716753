package stripe

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
)

// wrap returns an event of type t, made at 1700000000.
func wrap(t, object string) string {
	return `{"id":"evt_1","object":"event","api_version":"2026-07-29.dahlia","created":1700000000,"livemode":false,` +
		`"type":"` + t + `","data":{"object":` + object + `}}`
}

const (
	paidSession = `{"id":"cs_test_1","object":"checkout.session","status":"complete","payment_status":"paid","amount_total":2500,` +
		`"currency":"xof","client_reference_id":"txn_of_a_link","metadata":{"attempt":"txn_1"},"payment_intent":"pi_1","livemode":false}`
	failedIntent = `{"id":"pi_1","object":"payment_intent","status":"requires_payment_method","metadata":{"attempt":"txn_1"},` +
		`"latest_charge":"ch_1","last_payment_error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds"}}`
	disputed = `{"id":"du_1","object":"dispute","amount":2500,"currency":"xof","reason":"fraudulent","status":"STATUS","payment_intent":"pi_1","metadata":{}}`
	refunded = `{"id":"re_1","object":"refund","amount":700,"currency":"xof","status":"STATUS","payment_intent":"pi_1",` +
		`"metadata":{"attempt":"txn_1","refund":"rfd_1"},"failure_reason":"insufficient_funds"}`
)

func with(object, status string) string { return strings.Replace(object, "STATUS", status, 1) }

var at = time.Unix(1700000000, 0).UTC()

func xof(n int64) checkout.Money { return checkout.Money{Amount: n, Currency: checkout.XOF} }

// payment, refundOf and disputeOf are what the cases below expect.
func payment(trust checkout.Trust, r checkout.Report) checkout.Signal {
	return checkout.Signal{Trust: trust, AttemptID: "txn_1", Ref: "cs_test_1", Charge: "pi_1", Report: r}
}

func refundOf(r checkout.RefundReport) checkout.Signal {
	return checkout.Signal{Kind: checkout.SignalRefund, Trust: checkout.TrustSigned, AttemptID: "txn_1", Charge: "pi_1", Refund: r}
}

func disputeOf(state checkout.DisputeState, begun bool) checkout.Signal {
	return checkout.Signal{Kind: checkout.SignalDispute, Trust: checkout.TrustSigned, Charge: "pi_1", Dispute: checkout.Dispute{
		ID: "du_1", State: state, New: begun, Amount: xof(2500), Reason: "fraudulent",
	}}
}

var (
	none = checkout.Signal{Kind: checkout.SignalNone, Trust: checkout.TrustSigned}
	try  = checkout.Signal{
		Trust: checkout.TrustSigned, AttemptID: "txn_1", Charge: "pi_1",
		Report: checkout.Report{State: checkout.StatePending, Charge: "pi_1", Reason: checkout.ReasonFunds, Try: "evt_1"},
	}
	hint      = checkout.Signal{Trust: checkout.TrustNone, AttemptID: "txn_1", Charge: "pi_1"}
	paidAll   = checkout.Report{State: checkout.StatePaid, Paid: xof(2500), At: at, Charge: "pi_1"}
	rejection = checkout.Signal{} // an error
)

// eventCases is what each event says. EventID and Type are checked for all.
var eventCases = []struct {
	name, body string
	want       checkout.Signal
}{
	{"paid", wrap("checkout.session.completed", paidSession), payment(checkout.TrustSigned, paidAll)},
	{
		"paid in euros", wrap("checkout.session.completed", strings.Replace(paidSession, "xof", "eur", 1)),
		payment(checkout.TrustSigned, checkout.Report{State: checkout.StatePaid, Paid: checkout.Money{Amount: 2500, Currency: "EUR"}, At: at, Charge: "pi_1"}),
	},
	{
		"paid in a currency of which we know nothing", wrap("checkout.session.completed", strings.Replace(paidSession, "xof", "gbp", 1)),
		payment(checkout.TrustSigned, checkout.Report{State: checkout.StatePaid, Paid: checkout.Money{Amount: 2500, Currency: "GBP"}, At: at, Charge: "pi_1"}),
	},
	{
		"done, and the money takes days", wrap("checkout.session.completed", strings.Replace(paidSession, `"paid"`, `"unpaid"`, 1)),
		payment(checkout.TrustSigned, checkout.Report{State: checkout.StatePending, Charge: "pi_1", Again: 24 * time.Hour}),
	},
	{"the money came after days", wrap("checkout.session.async_payment_succeeded", paidSession), payment(checkout.TrustSigned, paidAll)},
	{
		"the money did not come", wrap("checkout.session.async_payment_failed", strings.Replace(paidSession, `"paid"`, `"unpaid"`, 1)),
		payment(checkout.TrustSigned, checkout.Report{State: checkout.StateFailed, Reason: checkout.ReasonDeclined, Charge: "pi_1"}),
	},
	{
		"expired", wrap("checkout.session.expired", strings.NewReplacer(`"paid"`, `"unpaid"`, "complete", "expired", `"pi_1"`, "null").Replace(paidSession)),
		checkout.Signal{Trust: checkout.TrustSigned, AttemptID: "txn_1", Ref: "cs_test_1", Report: checkout.Report{State: checkout.StateExpired}},
	},
	{
		"a try as relays tell it", wrap("checkout.session.payment_failed", paidSession),
		payment(checkout.TrustSigned, checkout.Report{State: checkout.StatePending, Reason: checkout.ReasonDeclined, Try: "evt_1", Charge: "pi_1"}),
	},
	{"paid without a sum", wrap("checkout.session.completed", strings.Replace(paidSession, "2500", "null", 1)), payment(checkout.TrustNone, checkout.Report{Charge: "pi_1"})},
	{"paid without a currency", wrap("checkout.session.completed", strings.Replace(paidSession, `"xof"`, "null", 1)), payment(checkout.TrustNone, checkout.Report{Charge: "pi_1"})},
	{"half a franc", wrap("checkout.session.completed", strings.Replace(paidSession, "2500", "2500.5", 1)), rejection},
	{"a sum as text", wrap("checkout.session.completed", strings.Replace(paidSession, "2500", `"2500"`, 1)), rejection},
	{"nothing to be paid", wrap("checkout.session.completed", strings.Replace(paidSession, `"paid"`, `"no_payment_required"`, 1)), rejection},
	{"an unknown payment_status", wrap("checkout.session.completed", strings.Replace(paidSession, `"paid"`, `"overpaid"`, 1)), rejection},
	{"a session of a payment link", wrap("checkout.session.completed", strings.Replace(paidSession, `{"attempt":"txn_1"}`, "{}", 1)), none},
	{"a trial of a subscription", wrap("checkout.session.completed", `{"id":"cs_test_1","mode":"subscription","status":"complete","payment_status":"no_payment_required","amount_total":0,"currency":"eur","metadata":{}}`), none},
	{"a payment of somebody else", wrap("payment_intent.payment_failed", strings.Replace(failedIntent, `{"attempt":"txn_1"}`, "{}", 1)), none},
	{"a charge of somebody else", wrap("charge.refunded", `{"id":"ch_1","amount_refunded":900,"currency":"xof","payment_intent":"pi_1","metadata":{}}`), none},
	{"a dispute of no payment", wrap("charge.dispute.created", `{"id":"du_1","status":"lost","payment_intent":null}`), none},
	{"a try", wrap("payment_intent.payment_failed", failedIntent), try},
	{"a try without a reason", wrap("payment_intent.payment_failed", `{"id":"pi_1","metadata":{"attempt":"txn_1"},"last_payment_error":null}`), func() checkout.Signal {
		sig := try
		sig.Report.Reason = checkout.ReasonDeclined
		return sig
	}()},
	{"a hint of success", wrap("payment_intent.succeeded", failedIntent), hint},
	{"a hint of work", wrap("payment_intent.processing", failedIntent), hint},
	{"a hint of an end", wrap("payment_intent.canceled", failedIntent), hint},
	{"a refund begins", wrap("refund.created", with(refunded, "pending")), refundOf(checkout.RefundReport{State: checkout.RefundPending, Ref: "re_1", RefundID: "rfd_1", Amount: xof(700)})},
	{"a refund needs the customer", wrap("refund.updated", with(refunded, "requires_action")), refundOf(checkout.RefundReport{State: checkout.RefundPending, Ref: "re_1", RefundID: "rfd_1", Amount: xof(700)})},
	{"a refund arrives", wrap("refund.updated", with(refunded, "succeeded")), refundOf(checkout.RefundReport{State: checkout.RefundSucceeded, Ref: "re_1", RefundID: "rfd_1", Amount: xof(700)})},
	{"a refund fails", wrap("refund.failed", with(refunded, "failed")), refundOf(checkout.RefundReport{State: checkout.RefundFailed, Ref: "re_1", RefundID: "rfd_1", Amount: xof(700), Reason: checkout.ReasonFunds})},
	{"a refund is canceled", wrap("refund.updated", with(refunded, "canceled")), refundOf(checkout.RefundReport{State: checkout.RefundFailed, Ref: "re_1", RefundID: "rfd_1", Amount: xof(700), Reason: checkout.ReasonCancelled})},
	{"a refund made at the dashboard", wrap("refund.created", `{"id":"re_1","amount":700,"currency":"xof","status":"succeeded","payment_intent":"pi_1","metadata":{}}`), func() checkout.Signal {
		sig := refundOf(checkout.RefundReport{State: checkout.RefundSucceeded, Ref: "re_1", Amount: xof(700)})
		sig.AttemptID = ""
		return sig
	}()},
	{"a refund of an unknown status", wrap("refund.updated", with(refunded, "sent")), rejection},
	{"a refund without a status", wrap("refund.updated", strings.Replace(refunded, `"STATUS"`, "null", 1)), rejection},
	{"a refund of no payment of ours", wrap("refund.created", `{"id":"re_1","amount":700,"currency":"xof","status":"succeeded","payment_intent":null,"metadata":{}}`), none},
	{
		"what was given back in all", wrap("charge.refunded", `{"id":"ch_1","amount":2500,"amount_refunded":900,"currency":"xof","payment_intent":"pi_1","metadata":{"attempt":"txn_1"}}`),
		refundOf(checkout.RefundReport{State: checkout.RefundSucceeded, Amount: xof(900), Total: true}),
	},
	{"given back, and nobody says how much", wrap("charge.refunded", `{"id":"ch_1","currency":"xof","payment_intent":"pi_1"}`), rejection},
	{"a dispute begins", wrap("charge.dispute.created", with(disputed, "needs_response")), disputeOf(checkout.DisputeOpen, true)},
	{"an inquiry begins", wrap("charge.dispute.created", with(disputed, "warning_needs_response")), disputeOf(checkout.DisputeOpen, true)},
	{"a dispute goes on", wrap("charge.dispute.updated", with(disputed, "under_review")), disputeOf(checkout.DisputeOpen, false)},
	{"the money is taken", wrap("charge.dispute.funds_withdrawn", with(disputed, "needs_response")), disputeOf(checkout.DisputeOpen, false)},
	{"the money is back", wrap("charge.dispute.funds_reinstated", with(disputed, "won")), disputeOf(checkout.DisputeWon, false)},
	{"a dispute is won", wrap("charge.dispute.closed", with(disputed, "won")), disputeOf(checkout.DisputeWon, false)},
	{"a dispute is lost", wrap("charge.dispute.closed", with(disputed, "lost")), disputeOf(checkout.DisputeLost, false)},
	{"an inquiry ends", wrap("charge.dispute.closed", with(disputed, "warning_closed")), disputeOf(checkout.DisputeWon, false)},
	{"a dispute of an unknown status", wrap("charge.dispute.updated", with(disputed, "charge_refunded")), rejection},
	{"an event that concerns nobody", wrap("customer.created", `{"id":"cus_1"}`), none},
	{"an event that is too new", wrap("checkout.session.teleported", paidSession), none},
	{"a notification of the other API", `{"id":"evt_1","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered","livemode":false,"related_object":{}}`, none},
	{"an event without an object", `{"id":"evt_1","object":"event","type":"checkout.session.completed"}`, rejection},
	{"an object of the wrong kind", wrap("refund.created", `"re_1"`), rejection},
}

func TestEventsSayWhatTheySay(t *testing.T) {
	p := newProvider(t, Config{})
	for _, c := range eventCases {
		t.Run(c.name, func(t *testing.T) {
			signals, err := p.Parse(inbound([]byte(c.body), providertest.Noon))
			if c.want == rejection {
				if checkout.CodeOf(err) != checkout.CodeInvalid || signals != nil {
					t.Errorf("got %+v, %v, want %s\n%s", signals, err, checkout.CodeInvalid, c.body)
				}
				return
			}
			if err != nil || len(signals) != 1 {
				t.Fatalf("got %+v, %v\n%s", signals, err, c.body)
			}
			got := signals[0]
			if got.EventID != "evt_1" || got.Type == "" {
				t.Errorf("event %q of type %q", got.EventID, got.Type)
			}
			got.EventID, got.Type = "", ""
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got\n%+v, want\n%+v", got, c.want)
			}
		})
	}
}

// TestEveryWordOfDisputes holds the table to Stripe's list.
//
// Source: npm package stripe 23.1.0, Disputes.d.ts, Dispute.Status.
func TestEveryWordOfDisputes(t *testing.T) {
	words := []string{
		"appeal_needs_response", "appeal_under_review", "lost", "needs_response", "prevented",
		"under_review", "warning_closed", "warning_needs_response", "warning_under_review", "won",
	}
	for _, word := range words {
		if disputes[word] == "" {
			t.Errorf("%s is not known", word)
		}
	}
	if len(disputes) != len(words) {
		t.Errorf("%d words are known, want %d", len(disputes), len(words))
	}
}

func TestMessagesThatAreNoEvents(t *testing.T) {
	p := newProvider(t, Config{})
	for _, body := range []string{"", "{", "null", "[]", `"x"`, "{}", `{"id":"evt_1","object":"event"}`, "<html>"} {
		if signals, err := p.Parse(inbound([]byte(body), providertest.Noon)); checkout.CodeOf(err) != checkout.CodeInvalid || errors.Is(err, checkout.ErrSignature) {
			t.Errorf("%q: %+v, %v", body, signals, err)
		}
	}
}

func TestTheOtherModeIsRefused(t *testing.T) {
	test := newProvider(t, Config{})
	live, err := New(Config{SecretKey: "sk_live_1", WebhookSecrets: []client.Secret{testSecret}, Livemode: true})
	do(t, err)
	body := wrap("checkout.session.completed", paidSession)
	ofLive := strings.Replace(body, `"livemode":false`, `"livemode":true`, 1)
	for _, c := range []struct {
		name string
		p    *Provider
		body string
		want error
	}{
		{"test to test", test, body, nil},
		{"live to live", live, ofLive, nil},
		{"live to test", test, ofLive, checkout.ErrOtherMode},
		{"test to live", live, body, checkout.ErrOtherMode},
	} {
		if _, err := c.p.Parse(inbound([]byte(c.body), providertest.Noon)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

func TestAnEventWithoutIdentifierIsKnownByItsBytes(t *testing.T) {
	p := newProvider(t, Config{})
	body := strings.Replace(wrap("checkout.session.completed", paidSession), `"id":"evt_1",`, "", 1)
	ids := map[string]bool{}
	for _, text := range []string{body, body, body + " "} {
		signals, err := p.Parse(inbound([]byte(text), providertest.Noon))
		if err != nil || !strings.HasPrefix(signals[0].EventID, "sha256:") || len(signals[0].EventID) != 7+64 {
			t.Fatalf("%+v, %v", signals, err)
		}
		ids[signals[0].EventID] = true
	}
	if len(ids) != 2 {
		t.Errorf("%d identifiers of 2 messages", len(ids))
	}
}

// TestHintsOfThePayment is about the events that an endpoint need not send.
func TestHintsOfThePayment(t *testing.T) {
	w := newWorld(t, "payment_intent.succeeded", "payment_intent.processing", "payment_intent.canceled")
	a := w.begin(t)
	do(t, w.fake.PayAsync(a.Ref))
	do(t, w.fake.SettleAsync(a.Ref, true))
	signals := w.told(t)
	if len(signals) != 2 {
		t.Fatalf("%+v", signals)
	}
	for _, sig := range signals {
		if sig.Trust != checkout.TrustNone || sig.AttemptID != a.ID || sig.Charge == "" || sig.Report != (checkout.Report{}) {
			t.Errorf("%+v", sig)
		}
	}
}

func TestEventsAreAllUnderstood(t *testing.T) {
	types := Events()
	for _, name := range types {
		if (event{Type: name}).reader() == nil {
			t.Errorf("%s is asked for and not read", name)
		}
	}
	slices.Sort(types)
	if n := len(slices.Compact(types)); n != len(Events()) || n > 20 {
		t.Errorf("%d types, want at most 20, each once", n)
	}
}
