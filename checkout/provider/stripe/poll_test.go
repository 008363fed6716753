package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// TestEveryPairOfStatuses is the whole table: whatever is not in it is an error.
func TestEveryPairOfStatuses(t *testing.T) {
	want := map[string]checkout.State{ // status, payment_status and that of the payment
		"open unpaid ":                            checkout.StatePending,
		"open unpaid requires_payment_method":     checkout.StatePending,
		"open unpaid requires_confirmation":       checkout.StatePending,
		"open unpaid requires_action":             checkout.StatePending,
		"open unpaid processing":                  checkout.StatePending,
		"open unpaid succeeded":                   checkout.StatePending,
		"open unpaid canceled":                    checkout.StatePending,
		"open unpaid melted":                      checkout.StatePending,
		"complete unpaid ":                        checkout.StatePending,
		"complete unpaid processing":              checkout.StatePending,
		"complete unpaid requires_action":         checkout.StatePending,
		"complete unpaid succeeded":               checkout.StatePending,
		"complete unpaid requires_payment_method": checkout.StateFailed,
		"complete unpaid canceled":                checkout.StateFailed,
		"expired unpaid ":                         checkout.StateExpired,
		"expired unpaid requires_payment_method":  checkout.StateExpired,
		"expired unpaid requires_confirmation":    checkout.StateExpired,
		"expired unpaid requires_action":          checkout.StateExpired,
		"expired unpaid canceled":                 checkout.StateExpired,
		"expired unpaid processing":               checkout.StatePending,
	}
	payments := []string{"", "requires_payment_method", "requires_confirmation", "requires_action", "processing", "succeeded", "canceled", "melted"}
	for _, payment := range payments {
		want["complete paid "+payment] = checkout.StatePaid
	}
	for _, status := range []string{"open", "complete", "expired", "", "new"} {
		for _, paid := range []string{"unpaid", "paid", "no_payment_required", "", "new"} {
			for _, payment := range payments {
				name := status + " " + paid + " " + payment
				amount := int64(2500)
				s := session{ID: "cs_1", Status: status, PaymentStatus: paid, AmountTotal: &amount, Currency: "xof", PaymentIntent: intent{Status: payment}}
				r, err := s.report()
				if r.State != want[name] || (err == nil) != (want[name] != "") {
					t.Errorf("%s: got %q, %v, want %q", name, r.State, err, want[name])
				}
				if late := r.State == checkout.StatePending && status != "open"; (r.Again == 24*time.Hour) != late {
					t.Errorf("%s: to be asked again after %v", name, r.Again)
				}
				if r.State == checkout.StateFailed && r.Reason == "" {
					t.Errorf("%s: no reason", name)
				}
			}
		}
	}
}

func TestPollReadsThePayment(t *testing.T) {
	body := `{"id":"cs_test_1","status":"complete","payment_status":"paid","amount_total":2500,"currency":"xof","livemode":false,"payment_intent":` +
		`{"id":"pi_1","status":"succeeded","last_payment_error":null,"latest_charge":{"id":"ch_1","created":1700000000,` +
		`"payment_method_details":{"type":"card","card":{"brand":"visa","last4":"4242"}}}}}`
	r := &reply{status: 200, body: body}
	report, err := replies(t, r).Poll(t.Context(), checkout.Attempt{ID: attemptID, Ref: "cs_test_1"})
	want := checkout.Report{State: checkout.StatePaid, Paid: xof(2500), At: at, Charge: "pi_1", Payer: "•••• 4242"}
	if err != nil || report != want {
		t.Errorf("got %+v, %v, want %+v", report, err, want)
	}
	if want := "GET /v1/checkout/sessions/cs_test_1?expand%5B%5D=payment_intent.latest_charge"; len(r.calls) != 1 || r.calls[0] != want {
		t.Errorf("called %q, want %q", r.calls, want)
	}
}

// TestShortFormsAreRead is about what is not expanded.
func TestShortFormsAreRead(t *testing.T) {
	for _, c := range []struct{ name, intent, id, charge string }{
		{"null", `null`, "", ""},
		{"identifier", `"pi_1"`, "pi_1", ""},
		{"object", `{"id":"pi_1","latest_charge":null}`, "pi_1", ""},
		{"object with an identifier", `{"id":"pi_1","latest_charge":"ch_1"}`, "pi_1", "ch_1"},
		{"object with an object", `{"id":"pi_1","latest_charge":{"id":"ch_1"}}`, "pi_1", "ch_1"},
	} {
		var s session
		if err := json.Unmarshal([]byte(`{"payment_intent":`+c.intent+`}`), &s); err != nil || s.PaymentIntent.ID != c.id || s.PaymentIntent.LatestCharge.ID != c.charge {
			t.Errorf("%s: %+v, %v", c.name, s.PaymentIntent, err)
		}
	}
}

func TestPaidNeedsASum(t *testing.T) {
	for _, sum := range []string{`"amount_total":null,"currency":"xof"`, `"amount_total":2500,"currency":null`, `"amount_total":2500.5,"currency":"xof"`, `"amount_total":"2500","currency":"xof"`} {
		r := &reply{status: 200, body: `{"id":"cs_test_1","status":"complete","payment_status":"paid",` + sum + `}`}
		if report, err := replies(t, r).Poll(t.Context(), checkout.Attempt{Ref: "cs_test_1"}); err == nil {
			t.Errorf("%s: %+v", sum, report)
		}
	}
}

func TestErrorsOfPollSayNothing(t *testing.T) {
	a := checkout.Attempt{ID: attemptID, Ref: "cs_test_1", CreatedAt: providertest.Noon}
	for _, c := range []struct {
		name  string
		reply reply
		want  string
	}{
		{"dial fails", reply{err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, "not sent"},
		{"timeout", reply{err: context.DeadlineExceeded}, "unknown"},
		{"400", reply{status: 400, body: stripeError("invalid_request_error", "", "")}, "unknown"},
		{"401", reply{status: 401}, "bad credentials"},
		{"403", reply{status: 403}, "bad credentials"},
		{"404 of something else", reply{status: 404, body: stripeError("invalid_request_error", "", "")}, "unknown"},
		{"404 of HTML", reply{status: 404, body: "<html>"}, "unknown"},
		{"409", reply{status: 409, body: stripeError("invalid_request_error", "lock_timeout", "")}, "unknown"},
		{"429", reply{status: 429}, "throttled 0s"},
		{"500", reply{status: 500, body: stripeError("api_error", "", "")}, "unknown"},
		{"503", reply{status: 503}, "unknown"},
		{"redirect", reply{status: 302}, "unknown"},
		{"cut off", reply{status: 200, body: openSession[:50]}, "unknown"},
		{"empty", reply{status: 200}, "unknown"},
		{"null", reply{status: 200, body: "null"}, "unknown"},
		{"huge", reply{status: 200, body: openSession + strings.Repeat(" ", 1<<20)}, "unknown"},
		{"HTML", reply{status: 200, body: "<html>"}, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := replies(t, &c.reply)
			for what, ask := range map[string]func(context.Context, checkout.Attempt) (checkout.Report, error){"Poll": p.Poll, "Close": p.Close} {
				if r, err := ask(t.Context(), a); kind(err) != c.want || r != (checkout.Report{}) {
					t.Errorf("%s: got %+v, %s (%v), want %s", what, r, kind(err), err, c.want)
				}
			}
			if s, err := p.Find(t.Context(), a); err == nil || s != (checkout.Started{}) {
				t.Errorf("Find: got %+v, %v", s, err)
			}
		})
	}
}

func TestWhatIsMissing(t *testing.T) {
	w := newWorld(t)
	a := w.begin(t)
	for _, ref := range []string{"cs_test_other", "../refunds", "cs/1?x#y"} {
		a.Ref = ref
		for what, ask := range map[string]func(context.Context, checkout.Attempt) (checkout.Report, error){"Poll": w.Poll, "Close": w.Close} {
			if r, err := ask(t.Context(), a); err == nil && r.State != checkout.StateMissing {
				t.Errorf("%s of %q: %+v", what, ref, r)
			}
		}
	}
	a.Ref, a.ID = "", "txn_never"
	for what, ask := range map[string]func(context.Context, checkout.Attempt) (checkout.Report, error){"Poll": w.Poll, "Close": w.Close} {
		if r, err := ask(t.Context(), a); err != nil || r.State != checkout.StateMissing {
			t.Errorf("%s without a Ref: %+v, %v", what, r, err)
		}
	}
}

// TestFindLooksThroughAllPages hides an attempt behind others.
func TestFindLooksThroughAllPages(t *testing.T) {
	w := newWorld(t)
	a := w.begin(t)
	for i := range 2 * pageSize {
		o := order()
		o.Attempt.ID = fmt.Sprintf("txn_%026d", i)
		_, err := w.Start(t.Context(), o)
		do(t, err)
	}
	lost := a
	lost.Ref = ""
	p, sent := w.record(t)
	started, err := p.Find(t.Context(), lost)
	if err != nil || started.Ref != a.Ref || started.Next != a.Next || !started.Until.Equal(a.Until) || started.Report.State != checkout.StatePending {
		t.Fatalf("found %+v, %v, want %+v", started, err, a)
	}
	if len(sent.requests) != 4 { // three pages and the session itself
		t.Errorf("%d calls", len(sent.requests))
	}
	want := "GET https://api.stripe.com/v1/checkout/sessions?created%5Bgte%5D=1772452200&created%5Blte%5D=1772454000&limit=50"
	if sent.requests[0].line != want {
		t.Errorf("asked %s, want %s", sent.requests[0].line, want)
	}
	do(t, w.fake.Pay(a.Ref))
	if r, err := p.Poll(t.Context(), lost); err != nil || r.State != checkout.StatePaid || r.Charge == "" {
		t.Errorf("polled without a Ref: %+v, %v", r, err)
	}
	if started, err = p.Find(t.Context(), lost); err != nil || started.Report.State != checkout.StatePaid || started.Next != (checkout.Next{}) {
		t.Errorf("found %+v, %v", started, err)
	}
}

// TestFindDoesNotBelieveClientReferences is about payment links, whose visitors
// choose the client_reference_id.
func TestFindDoesNotBelieveClientReferences(t *testing.T) {
	forged := `{"object":"list","has_more":false,"data":[` + strings.Replace(openSession, `"metadata":{}`, `"metadata":{},"client_reference_id":"`+attemptID+`"`, 1) + `]}`
	started, err := replies(t, &reply{status: 200, body: forged}).Find(t.Context(), checkout.Attempt{ID: attemptID, CreatedAt: providertest.Noon})
	if err != nil || started.Report.State != checkout.StateMissing {
		t.Errorf("%+v, %v", started, err)
	}
}

// endless is a Stripe whose lists have always more.
type endless struct{ pages int }

func (e *endless) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	e.pages++
	fmt.Fprintf(w, `{"object":"list","has_more":true,"data":[{"id":"cs_test_%d"}]}`, e.pages)
}

func TestAListWithoutEndIsAnError(t *testing.T) {
	a := checkout.Attempt{ID: attemptID, CreatedAt: providertest.Noon}
	e := &endless{}
	p := newProvider(t, Config{Transport: simulator.Transport(e)})
	if started, err := p.Find(t.Context(), a); err == nil || started.Report.State != "" || e.pages != findPages {
		t.Errorf("%+v, %v after %d pages", started, err, e.pages)
	}
	r := &reply{status: 200, body: `{"object":"list","has_more":true,"data":[` + openSession + `]}`}
	if started, err := replies(t, r).Find(t.Context(), a); err == nil || started.Report.State != "" || len(r.calls) != 2 {
		t.Errorf("the same page again: %+v, %v after %d pages", started, err, len(r.calls))
	}
}

func TestCloseSendsExactlyThis(t *testing.T) {
	w := newWorld(t)
	a := w.begin(t)
	p, sent := w.record(t)
	r, err := p.Close(t.Context(), a)
	if err != nil || r.State != checkout.StateExpired {
		t.Fatalf("%+v, %v", r, err)
	}
	q := sent.requests[0]
	if q.line != "POST https://api.stripe.com/v1/checkout/sessions/"+a.Ref+"/expire" || q.body != "expand%5B%5D=payment_intent.latest_charge" || q.header.Get("Idempotency-Key") != "" {
		t.Errorf("sent %+v", q)
	}
}

// TestCloseOfWhatIsUnderWay closes what a bank debit is on its way for.
func TestCloseOfWhatIsUnderWay(t *testing.T) {
	w := newWorld(t)
	a := w.begin(t)
	do(t, w.fake.PayAsync(a.Ref))
	if r, err := w.Close(t.Context(), a); err != nil || r.State != checkout.StatePending || r.Again != 24*time.Hour {
		t.Errorf("%+v, %v", r, err)
	}
	do(t, w.fake.SettleAsync(a.Ref, false))
	if r, err := w.Close(t.Context(), a); err != nil || r.State != checkout.StateFailed || r.Reason != checkout.ReasonFunds {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestCloseWithoutARef(t *testing.T) {
	w := newWorld(t)
	a := w.begin(t)
	a.Ref = ""
	if r, err := w.Close(t.Context(), a); err != nil || r.State != checkout.StateExpired {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestATryIsNotTheEnd declines cards one after the other and then pays.
func TestATryIsNotTheEnd(t *testing.T) {
	w := newWorld(t)
	a := w.begin(t)
	for code, want := range map[string]string{
		"insufficient_funds": checkout.ReasonFunds, "expired_card": "expired_card", "lost_card": checkout.ReasonDeclined,
		"card_velocity_exceeded": checkout.ReasonLimit, "payment_intent_authentication_failure": "authentication_failed",
	} {
		do(t, w.fake.Fail(a.Ref, code))
		r, err := w.Poll(t.Context(), a)
		if err != nil || r.State != checkout.StatePending || r.Reason != want || r.Try != "" {
			t.Errorf("%s: %+v, %v, want reason %s", code, r, err, want)
		}
		signals := w.told(t)
		if len(signals) != 1 || signals[0].Report.Reason != want || signals[0].Report.Try != signals[0].EventID || signals[0].AttemptID != a.ID {
			t.Errorf("%s: told %+v", code, signals)
		}
	}
	do(t, w.fake.Pay(a.Ref))
	if r, err := w.Poll(t.Context(), a); err != nil || r.State != checkout.StatePaid || r.Reason != "" || r.Payer != "•••• 4242" || !r.At.Equal(providertest.Noon) {
		t.Errorf("%+v, %v", r, err)
	}
}

// FuzzAnswers decodes foreign answers to every question.
func FuzzAnswers(f *testing.F) {
	f.Add(200, openSession)
	f.Add(200, paidSession)
	f.Add(200, strings.Replace(refunded, "STATUS", "succeeded", 1))
	f.Add(200, `{"object":"list","has_more":true,"data":[`+openSession+`]}`)
	f.Add(200, `{"object":"list","has_more":false,"data":[`+wrap("checkout.session.completed", paidSession)+`]}`)
	f.Add(400, stripeError("invalid_request_error", "charge_already_refunded", ""))
	f.Add(402, stripeError("card_error", "card_declined", `,"decline_code":"lost_card"`))
	f.Add(404, stripeError("invalid_request_error", "resource_missing", ""))
	f.Add(503, "<html>")
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		a := checkout.Attempt{ID: attemptID, Ref: "cs_test_1", Charge: "pi_1", CreatedAt: providertest.Noon}
		p := replies(t, &reply{status: status, body: body})
		if s, err := p.Start(t.Context(), order()); err == nil && (status/100 != 2 || s.Ref == "") {
			t.Errorf("Start: %+v", s)
		}
		if r, err := p.Poll(t.Context(), a); err == nil && r.State == checkout.StatePaid && r.Paid.Currency == "" {
			t.Errorf("Poll: %+v", r)
		}
		if _, err := p.Close(t.Context(), a); err == nil && status/100 != 2 && status != http.StatusNotFound {
			t.Errorf("Close of %d: no error", status)
		}
		o := checkout.RefundOrder{Attempt: a, Refund: checkout.Refund{ID: refundID, Tries: 1, CreatedAt: providertest.Noon, Amount: xof(700)}}
		if r, err := p.Refund(t.Context(), o); err == nil && (r.State == "" || r.Ref == "") {
			t.Errorf("Refund: %+v", r)
		}
	})
}
