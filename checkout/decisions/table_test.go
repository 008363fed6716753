package decisions

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// The methods, each with its provider.
var methods = []string{"wave", "card", "mtn", "orange"}

// Row 1: money that arrives after our session has expired.
func Test01PaidAfterExpiry(t *testing.T) {
	for _, c := range []struct {
		rule    checkout.Rule
		status  checkout.AttemptStatus
		session string
		told    []string
	}{
		{checkout.RuleDefault, checkout.AttemptPaid, "completed", []string{"PAYMENT_SUCCEEDED"}},
		{checkout.RuleHold, checkout.AttemptLate, "expired", []string{"PAYMENT_HELD"}},
		{checkout.RuleRefund, checkout.AttemptRefunded, "expired", []string{"PAYMENT_HELD", "REFUND_CREATED", "REFUND_COMPLETED"}},
	} {
		t.Run("late="+string(c.rule), func(t *testing.T) {
			w := newWorld(t, options{policy: checkout.Policy{Late: c.rule}, refunds: true})
			id := w.create(2500)
			w.pass(59 * time.Minute)
			a := w.start(id, "mtn") // MTN cannot be closed: the prompt outlives the session
			w.pass(4 * time.Minute)
			if got := w.session(id); got != "expired" {
				t.Fatalf("the session is %s", got)
			}
			w.pay(a)
			w.deliver()
			w.pass(time.Minute)
			w.want(id, c.session, a, c.status)
			w.wantTold(id, c.told...)
			if _, got := w.call(http.MethodGet, "/checkout-sessions/"+id, nil); got["late"] != (c.status == checkout.AttemptPaid) {
				t.Errorf("late is %v", got["late"])
			}
		})
	}
}

// Row 2: the customer pays in the last second, and the message is lost.
func Test02ExpiryRacesAPayment(t *testing.T) {
	for _, method := range methods {
		w := newWorld(t, options{})
		id := w.create(2500)
		w.pass(55 * time.Minute)
		a := w.start(id, method)
		w.clock.Add(5*time.Minute - time.Second)
		w.pay(a)
		w.drop()
		w.pass(2 * time.Second)
		w.want(id, "completed", a, checkout.AttemptPaid)
		w.wantTold(id, "PAYMENT_SUCCEEDED")
		if _, got := w.call(http.MethodGet, "/checkout-sessions/"+id, nil); got["late"] != false {
			t.Errorf("%s: late is %v", method, got["late"])
		}
	}
}

// Row 2, the other way: what nobody has paid is closed at the deadline.
func Test02NothingCanBePaidAfterTheDeadline(t *testing.T) {
	for _, method := range []string{"wave", "card"} {
		w := newWorld(t, options{})
		id := w.create(2500)
		w.pass(50 * time.Minute)
		a := w.start(id, method)
		w.pass(10 * time.Minute)
		w.want(id, "expired", a, checkout.AttemptExpired)
		if err := w.payAt(w.attempt(a)); err == nil {
			t.Errorf("%s can still be paid", method)
		}
	}
}

// Row 3: two tabs, two providers, both approved.
func Test03DoublePaymentTwoProviders(t *testing.T) {
	for _, c := range []struct {
		name    string
		refunds bool
		status  checkout.AttemptStatus
		told    []string
	}{
		{"refundable", true, checkout.AttemptRefunded, []string{"PAYMENT_SUCCEEDED", "PAYMENT_HELD", "REFUND_CREATED", "REFUND_COMPLETED"}},
		{"not refundable", false, checkout.AttemptSurplus, []string{"PAYMENT_SUCCEEDED", "PAYMENT_HELD"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, options{refunds: c.refunds})
			id := w.create(2500)
			prompt := w.start(id, "mtn")
			link := w.start(id, "wave")
			w.pay(link)
			w.deliver()
			w.pay(prompt)
			w.deliver()
			w.pass(time.Minute)
			w.want(id, "completed", link, checkout.AttemptPaid)
			w.want(id, "completed", prompt, c.status)
			w.wantTold(id, c.told...)
			if w.balance() != 2500 || w.alerted(checkout.AlertHeld) != 1 {
				t.Errorf("balance %d, %d alerts", w.balance(), w.alerted(checkout.AlertHeld))
			}
			if c.refunds && w.mtn.Refunded()["XOF"] != 2500 {
				t.Errorf("given back: %v", w.mtn.Refunded())
			}
		})
	}
}

// Row 3, the first part: whoever switches cannot pay the first any more.
func Test03SwitchingClosesTheFirst(t *testing.T) {
	w := newWorld(t, options{})
	id := w.create(2500)
	first := w.start(id, "wave")
	second := w.start(id, "card")
	w.want(id, "open", first, checkout.AttemptExpired)
	if err := w.wave.Pay(first); err == nil {
		t.Error("the first can still be paid")
	}
	w.pay(second)
	w.deliver()
	w.want(id, "completed", second, checkout.AttemptPaid)
}

// Row 4: a first attempt whose answer was lost, and a second one at the same
// provider.
func Test04DoublePaymentSameProvider(t *testing.T) {
	w := newWorld(t, options{})
	id := w.create(2500)
	w.wave.Inject("/v1/checkout/sessions", simulator.LostAnswer)
	first := w.start(id, "wave")
	if got := w.attempt(first); got.Status != checkout.AttemptUnsure {
		t.Fatalf("the first is %s", got.Status)
	}
	if status, _ := w.call(http.MethodPost, "/checkout-sessions/"+id+"/pay", startBody("wave")); status != http.StatusConflict {
		t.Errorf("a second one at once: %d", status)
	}
	w.clock.Add(20 * time.Second) // past the grace, before the first question
	second := w.start(id, "wave")
	if first == second {
		t.Fatal("it is the same attempt")
	}
	w.pay(first)
	w.pay(second)
	w.deliver()
	w.pass(time.Minute)
	statuses := map[checkout.AttemptStatus]int{w.attempt(first).Status: 1}
	statuses[w.attempt(second).Status]++
	if statuses[checkout.AttemptPaid] != 1 || statuses[checkout.AttemptRefunded] != 1 || w.balance() != 2500 {
		t.Errorf("%v, balance %d", statuses, w.balance())
	}
	w.wantTold(id, "PAYMENT_SUCCEEDED", "PAYMENT_HELD", "REFUND_CREATED", "REFUND_COMPLETED")
}

// Row 5: every message is lost.
func Test05MessageLost(t *testing.T) {
	for _, method := range methods {
		w := newWorld(t, options{})
		id := w.create(2500)
		a := w.start(id, method)
		w.clock.Add(time.Second)
		w.pay(a)
		w.drop()
		w.pass(90 * time.Second)
		w.want(id, "completed", a, checkout.AttemptPaid)
		w.wantTold(id, "PAYMENT_SUCCEEDED")
	}
}

// then is a way to a provider on which something happens between a call's effect
// and its answer.
type then struct {
	to   http.RoundTripper
	call string // the end of the path
	do   func()
}

func (t then) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.to.RoundTrip(r)
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, t.call) {
		t.do()
	}
	return res, err
}

// Row 6: the customer, and the message about it, are faster than the answer.
func Test06MessageBeforeTheAnswer(t *testing.T) {
	for method, call := range map[string]string{
		"wave": "/v1/checkout/sessions", "card": "/v1/checkout/sessions", "mtn": "/requesttopay", "orange": "/webpayment",
	} {
		t.Run(method, func(t *testing.T) {
			var w *world
			w = newWorld(t, options{via: func(_ string, to http.RoundTripper) http.RoundTripper {
				return then{to, call, func() {
					var started checkout.Attempt
					w.must(w.store.View(ctx, func(tx checkout.Tx) error {
						list, err := tx.ListAttempts(checkout.AttemptQuery{Account: w.account.Number, Limit: 1})
						started = list[0]
						return err
					}))
					w.must(w.payAt(started))
					w.deliver()
				}}
			}})
			id := w.create(2500)
			a := w.start(id, method)
			w.pass(90 * time.Second)
			w.want(id, "completed", a, checkout.AttemptPaid)
			w.wantTold(id, "PAYMENT_SUCCEEDED")
		})
	}
}

// Row 7: each message comes twice.
func Test07MessageTwice(t *testing.T) {
	for _, method := range methods {
		w := newWorld(t, options{})
		for _, f := range []interface{ Messages(simulator.Delivery) }{w.wave, w.stripe, w.mtn, w.orange} {
			f.Messages(simulator.Twice)
		}
		id := w.create(2500)
		a := w.start(id, method)
		w.clock.Add(time.Second)
		w.pay(a)
		w.deliver() // fails the test unless every answer is 2xx
		w.pass(time.Minute)
		w.want(id, "completed", a, checkout.AttemptPaid)
		w.wantTold(id, "PAYMENT_SUCCEEDED")
	}
}

// Row 8: that a try failed is heard of after the payment.
func Test08OutOfOrder(t *testing.T) {
	w := newWorld(t, options{})
	id := w.create(2500)
	a := w.start(id, "wave")
	w.wave.Messages(simulator.Late)
	w.must(w.wave.Fail(a, "insufficient-funds"))
	w.wave.Messages(simulator.Once)
	w.pay(a)
	w.deliver()
	w.want(id, "completed", a, checkout.AttemptPaid)
	w.wave.Release()
	w.deliver()
	w.pass(time.Minute)
	w.want(id, "completed", a, checkout.AttemptPaid)
	w.wantTold(id, "PAYMENT_SUCCEEDED")
	if got := w.attempt(a); got.Reason != "" {
		t.Errorf("the reason is %q", got.Reason)
	}
}

// Rows 9 and 11: too little money, and money in another currency.
func Test09AmountTooSmall(t *testing.T) {
	mismatch(t, checkout.Money{Amount: 2499, Currency: "XOF"}, checkout.Policy{}, true)
}

func Test11CurrencyMismatch(t *testing.T) {
	mismatch(t, checkout.Money{Amount: 2500, Currency: "EUR"}, checkout.Policy{Excess: checkout.RuleAccept}, false)
}

// Row 10: too much money, for a merchant who does not take it and for one who
// does.
func Test10AmountTooLarge(t *testing.T) {
	mismatch(t, checkout.Money{Amount: 2600, Currency: "XOF"}, checkout.Policy{}, true)
	w := newWorld(t, options{policy: checkout.Policy{Excess: checkout.RuleAccept}})
	id := w.create(2500)
	a := w.start(id, "card")
	w.must(w.stripe.PayAmount(a, 2600, "xof"))
	w.deliver()
	w.want(id, "completed", a, checkout.AttemptPaid)
	if w.balance() != 2600 {
		t.Errorf("the balance is %d", w.balance())
	}
}

// mismatch lets another sum be paid than was asked for.
func mismatch(t *testing.T, paid checkout.Money, policy checkout.Policy, acceptable bool) {
	t.Helper()
	w := newWorld(t, options{policy: policy})
	id := w.create(2500)
	a := w.start(id, "card")
	w.must(w.stripe.PayAmount(a, paid.Amount, string(paid.Currency)))
	w.deliver()
	w.want(id, "open", a, checkout.AttemptMismatch)
	w.wantTold(id, "PAYMENT_HELD")
	if got := w.attempt(a); got.Received != paid || w.balance() != 0 || w.alerted(checkout.AlertHeld) != 1 {
		t.Errorf("received %v, balance %d, %d alerts", got.Received, w.balance(), w.alerted(checkout.AlertHeld))
	}
	want := http.StatusOK
	if !acceptable {
		want = http.StatusConflict
	}
	if status, got := w.call(http.MethodPost, "/transactions/"+a+"/accept", nil); status != want {
		t.Errorf("accepting it answered %d: %v", status, got)
	}
	if acceptable {
		w.want(id, "completed", a, checkout.AttemptPaid)
		return
	}
	w.post(http.StatusCreated, "/refunds", map[string]any{"transaction_id": a})
	w.pass(time.Second)
	w.want(id, "open", a, checkout.AttemptRefunded)
}

// Row 12: Orange reports no amount; what it takes is bound by the request.
func Test12ProviderReportsNoAmount(t *testing.T) {
	w := newWorld(t, options{})
	id := w.create(2500)
	a := w.start(id, "orange")
	w.pay(a)
	w.deliver()
	w.pass(time.Minute)
	w.want(id, "completed", a, checkout.AttemptPaid)
	if got := w.attempt(a); !got.Asserted || got.Received != got.Amount {
		t.Errorf("%+v", got)
	}
	if _, got := w.call(http.MethodGet, "/transactions/"+a, nil); got["amount_asserted"] != true {
		t.Errorf("amount_asserted is %v", got["amount_asserted"])
	}
}

// Row 13: the answer to a start is lost, broken, or an error.
func Test13StartTimedOut(t *testing.T) {
	type outcome struct {
		fault simulator.Fault
		known bool // the provider has it
	}
	for method, path := range map[string]string{
		"wave": "/v1/checkout/sessions", "card": "/v1/checkout/sessions", "mtn": "/requesttopay", "orange": "/webpayment",
	} {
		for _, c := range []outcome{
			{simulator.LostAnswer, true}, {simulator.ErrorAfter, true}, {simulator.Truncated, true}, {simulator.ErrorBefore, false},
		} {
			t.Run(method+" "+string(c.fault), func(t *testing.T) {
				w := newWorld(t, options{})
				inject := map[string]func(string, simulator.Fault){
					"wave": w.wave.Inject, "card": w.stripe.Inject, "mtn": w.mtn.Inject, "orange": w.orange.Inject,
				}[method]
				inject(path, c.fault)
				id := w.create(2500)
				a := w.start(id, method)
				if got := w.attempt(a); got.Status != checkout.AttemptUnsure {
					t.Fatalf("it is %s", got.Status)
				}
				if got := w.unsure(); len(got) != 1 || got[0] != a {
					t.Errorf("the unsure attempts are %v, want %s", got, a)
				}
				w.pass(3 * time.Minute)
				want := checkout.AttemptOpen
				if !c.known || method == "orange" { // nobody was shown Orange's page
					want = checkout.AttemptFailed
					w.pass(10 * time.Minute)
				}
				if got := w.unsure(); len(got) != 0 {
					t.Errorf("still unsure: %v", got)
				}
				w.want(id, "open", a, want)
				if want == checkout.AttemptFailed {
					w.wantTold(id, "PAYMENT_FAILED")
					return
				}
				w.pay(a)
				w.drop()
				w.pass(16 * time.Minute)
				w.want(id, "completed", a, checkout.AttemptPaid)
				w.wantTold(id, "PAYMENT_SUCCEEDED")
			})
		}
	}
}
