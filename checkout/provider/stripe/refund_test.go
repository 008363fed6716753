package stripe

import (
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// bought returns an attempt of 2500 XOF that was paid.
func (w world) bought(t testing.TB) checkout.Attempt {
	t.Helper()
	a := w.begin(t)
	do(t, w.fake.Pay(a.Ref))
	r, err := w.Poll(t.Context(), a)
	do(t, err)
	a.Status, a.Charge, a.Received = checkout.AttemptPaid, r.Charge, r.Paid
	return a
}

func (w world) refundOrder(a checkout.Attempt, id string, amount int64) checkout.RefundOrder {
	return checkout.RefundOrder{Attempt: a, Refund: checkout.Refund{
		ID: id, AttemptID: a.ID, Amount: xof(amount), Tries: 1, CreatedAt: w.now.Now(), Reason: "broken cup",
	}}
}

// back demands that so much was given back.
func (w world) back(t *testing.T, want int64) {
	t.Helper()
	if got := w.fake.Refunded()["XOF"]; got != want {
		t.Errorf("%d were given back, want %d", got, want)
	}
}

func TestRefundSendsExactlyThis(t *testing.T) {
	w := newWorld(t)
	a := w.bought(t)
	p, sent := w.record(t)
	r, err := p.Refund(t.Context(), w.refundOrder(a, refundID, 700))
	if err != nil || r.State != checkout.RefundSucceeded || !strings.HasPrefix(r.Ref, "re_") || r.RefundID != refundID || r.Amount != xof(700) {
		t.Fatalf("%+v, %v", r, err)
	}
	if len(sent.requests) != 1 {
		t.Fatalf("%d calls, want 1", len(sent.requests))
	}
	q := sent.requests[0]
	if q.line != "POST https://api.stripe.com/v1/refunds" || q.header.Get("Idempotency-Key") != refundID {
		t.Errorf("called %s with key %s", q.line, q.header.Get("Idempotency-Key"))
	}
	want := `amount=700
metadata[attempt]=` + attemptID + `
metadata[refund]=` + refundID + `
payment_intent=` + a.Charge + `
reason=requested_by_customer`
	if got := sorted(t, q.body); got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
	w.back(t, 700)
}

func TestRefundWithoutAChargeAsksFirst(t *testing.T) {
	w := newWorld(t)
	a := w.bought(t)
	a.Charge = ""
	if r, err := w.Refund(t.Context(), w.refundOrder(a, refundID, 2500)); err != nil || r.State != checkout.RefundSucceeded {
		t.Errorf("%+v, %v", r, err)
	}
	w.back(t, 2500)
}

// TestRefundHappensOnceAfterTheKeyIsForgotten repeats refunds of a third days
// later.
func TestRefundHappensOnceAfterTheKeyIsForgotten(t *testing.T) {
	w := newWorld(t)
	a := w.bought(t)
	o := w.refundOrder(a, refundID, 800)
	first, err := w.Refund(t.Context(), o)
	do(t, err)
	for _, wait := range []time.Duration{time.Hour, 20 * time.Hour, 10 * 24 * time.Hour} {
		w.now.Add(wait)
		again, err := w.Refund(t.Context(), o)
		if err != nil || again != first {
			t.Errorf("%v later: got %+v, %v, want %+v", wait, again, err, first)
		}
		w.back(t, 800)
	}
}

// TestRefundWhoseKeyRepeatsAnError is about answers of 500 that Stripe keeps.
func TestRefundWhoseKeyRepeatsAnError(t *testing.T) {
	w := newWorld(t)
	a := w.bought(t)
	o := w.refundOrder(a, refundID, 800)
	w.fake.Crash(1)
	for range 2 {
		if r, err := w.Refund(t.Context(), o); kind(err) != "unknown" {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	o.Refund.Tries = 2
	if r, err := w.Refund(t.Context(), o); err != nil || r.State != checkout.RefundSucceeded || r.RefundID != refundID {
		t.Errorf("%+v, %v", r, err)
	}
	w.back(t, 800)
}

func TestRefundsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(w world, a checkout.Attempt) error
		amount  int64
		want    string
	}{
		{"refunded at the dashboard", func(w world, a checkout.Attempt) error { _, err := w.fake.RefundInPortal(a.Ref, 0); return err }, 2500, "declined charge_already_refunded"},
		{"part refunded at the dashboard", func(w world, a checkout.Attempt) error { _, err := w.fake.RefundInPortal(a.Ref, 1); return err }, 2500, "declined amount_too_large"},
		{"more than was paid", func(world, checkout.Attempt) error { return nil }, 2501, "declined amount_too_large"},
		{"disputed", func(w world, a checkout.Attempt) error { return w.fake.Dispute(a.Ref) }, 2500, "declined charge_disputed"},
		{"throttled", func(w world, _ checkout.Attempt) error { w.fake.Inject("/v1/refunds", simulator.Throttle); return nil }, 2500, "throttled 2s"},
		{"revoked key", func(w world, _ checkout.Attempt) error { w.fake.Inject("/v1/refunds", simulator.Refuse); return nil }, 2500, "bad credentials"},
		{"fault", func(w world, _ checkout.Attempt) error {
			w.fake.Inject("/v1/refunds", simulator.ErrorBefore)
			return nil
		}, 2500, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a := w.bought(t)
			do(t, c.prepare(w, a))
			before := w.fake.Refunded()["XOF"]
			r, err := w.Refund(t.Context(), w.refundOrder(a, refundID, c.amount))
			if kind(err) != c.want || r != (checkout.RefundReport{}) {
				t.Errorf("got %+v, %s (%v), want %s", r, kind(err), err, c.want)
			}
			w.back(t, before)
		})
	}
}

// TestRefundThatIsThereAllTheSame loses the key and the memory of a refund, so
// that Stripe says that there is nothing left to give back.
func TestRefundThatIsThereAllTheSame(t *testing.T) {
	w := newWorld(t)
	a := w.bought(t)
	o := w.refundOrder(a, refundID, 2500)
	first, err := w.Refund(t.Context(), o)
	do(t, err)
	w.now.Add(25 * time.Hour)
	o.Refund.CreatedAt = w.now.Now() // as if it were new
	if again, err := w.Refund(t.Context(), o); err != nil || again != first {
		t.Errorf("got %+v, %v, want %+v", again, err, first)
	}
	w.back(t, 2500)
}

func TestRefundsTakeTime(t *testing.T) {
	for _, arrives := range []bool{true, false} {
		w := newWorld(t)
		a := w.bought(t)
		w.told(t)
		w.fake.HoldRefunds(true)
		o := w.refundOrder(a, refundID, 700)
		r, err := w.Refund(t.Context(), o)
		if err != nil || r.State != checkout.RefundPending {
			t.Fatalf("%+v, %v", r, err)
		}
		o.Refund.Ref = r.Ref
		if r, err = w.PollRefund(t.Context(), o); err != nil || r.State != checkout.RefundPending {
			t.Errorf("%+v, %v", r, err)
		}
		do(t, w.fake.SettleRefund(r.Ref, arrives))
		want, reason := checkout.RefundSucceeded, ""
		if !arrives {
			want, reason = checkout.RefundFailed, "lost_or_stolen_card"
		}
		if r, err = w.PollRefund(t.Context(), o); err != nil || r.State != want || r.Reason != reason {
			t.Errorf("%+v, %v, want %s %s", r, err, want, reason)
		}
		signals := w.told(t)
		last := signals[len(signals)-1]
		if last.Kind != checkout.SignalRefund || last.Refund != r || last.AttemptID != a.ID || last.Charge != a.Charge {
			t.Errorf("told %+v, want %+v", last, r)
		}
	}
}

func TestErrorsOfPollRefund(t *testing.T) {
	o := checkout.RefundOrder{Refund: checkout.Refund{ID: refundID}}
	if r, err := newWorld(t).PollRefund(t.Context(), o); err == nil {
		t.Errorf("without a Ref: %+v", r)
	}
	o.Refund.Ref = "re_1"
	for _, r := range []reply{
		{status: 404, body: stripeError("invalid_request_error", "resource_missing", "")},
		{status: 500}, {status: 200}, {status: 200, body: "null"}, {status: 200, body: "<html>"}, {status: 302},
		{status: 200, body: `{"id":"re_1","amount":700,"currency":"xof","status":"on its way"}`},
		{status: 200, body: `{"id":"re_1","amount":null,"currency":"xof","status":"succeeded"}`},
		{status: 200, body: `{"id":"re_1","amount":7.5,"currency":"xof","status":"succeeded"}`},
	} {
		if report, err := replies(t, &r).PollRefund(t.Context(), o); err == nil || report != (checkout.RefundReport{}) {
			t.Errorf("%d %s: %+v, %v", r.status, r.body, report, err)
		}
	}
}

// TestRefundMadeAtTheDashboard is told by events only.
func TestRefundMadeAtTheDashboard(t *testing.T) {
	w := newWorld(t)
	a := w.bought(t)
	w.told(t)
	id, err := w.fake.RefundInPortal(a.Ref, 300)
	do(t, err)
	signals := w.told(t)
	if len(signals) != 2 {
		t.Fatalf("told %+v", signals)
	}
	one, all := signals[0], signals[1]
	if one.Charge != a.Charge || one.AttemptID != "" || one.Refund != (checkout.RefundReport{State: checkout.RefundSucceeded, Ref: id, Amount: xof(300)}) {
		t.Errorf("told %+v", one)
	}
	if all.Charge != a.Charge || all.AttemptID != a.ID || all.Refund != (checkout.RefundReport{State: checkout.RefundSucceeded, Amount: xof(300), Total: true}) {
		t.Errorf("told %+v", all)
	}
}

func TestDisputes(t *testing.T) {
	for _, won := range []bool{true, false} {
		w := newWorld(t)
		a := w.bought(t)
		w.told(t)
		do(t, w.fake.Dispute(a.Ref))
		do(t, w.fake.CloseDispute(a.Ref, won))
		signals := w.told(t)
		begun, last := signals[0].Dispute, signals[len(signals)-1].Dispute
		want := checkout.DisputeLost
		if won {
			want = checkout.DisputeWon
		}
		if !begun.New || begun.State != checkout.DisputeOpen || begun.Amount != xof(2500) || begun.Reason != "fraudulent" {
			t.Errorf("begun as %+v", begun)
		}
		if last.New || last.State != want || last.ID != begun.ID {
			t.Errorf("ended as %+v, want %s", last, want)
		}
		for _, sig := range signals {
			if sig.Kind != checkout.SignalDispute || sig.Charge != a.Charge {
				t.Errorf("told %+v", sig)
			}
		}
	}
}

func TestReasons(t *testing.T) {
	for _, c := range []struct{ code, decline, want string }{
		{"card_declined", "insufficient_funds", checkout.ReasonFunds},
		{"card_declined", "generic_decline", checkout.ReasonDeclined},
		{"card_declined", "lost_card", checkout.ReasonDeclined},
		{"card_declined", "stolen_card", checkout.ReasonDeclined},
		{"card_declined", "fraudulent", checkout.ReasonDeclined},
		{"card_declined", "do_not_honor", checkout.ReasonDeclined},
		{"card_declined", "card_velocity_exceeded", checkout.ReasonLimit},
		{"card_declined", "card_not_supported", checkout.ReasonPayerBlocked},
		{"expired_card", "expired_card", "expired_card"},
		{"expired_card", "", "expired_card"},
		{"incorrect_cvc", "", "incorrect_cvc"},
		{"processing_error", "", "processing_error"},
		{"payment_intent_authentication_failure", "", "authentication_failed"},
		{"payment_intent_payment_attempt_expired", "", checkout.ReasonTimeout},
		{"card_declined", "", checkout.ReasonDeclined},
		{"", "", checkout.ReasonDeclined},
		{"something new", "something newer", checkout.ReasonDeclined},
	} {
		if got := declineReason(c.code, c.decline); got != c.want {
			t.Errorf("%s, %s: got %s, want %s", c.code, c.decline, got, c.want)
		}
	}
	for word, want := range map[string]string{
		"insufficient_funds": checkout.ReasonFunds, "declined": checkout.ReasonDeclined, "unknown": checkout.ReasonDeclined, "": checkout.ReasonDeclined,
		"lost_or_stolen_card": "lost_or_stolen_card", "expired_or_canceled_card": "expired_or_canceled_card", "merchant_request": checkout.ReasonCancelled,
	} {
		if got := returnReason(word); got != want {
			t.Errorf("%q: got %s, want %s", word, got, want)
		}
	}
}
