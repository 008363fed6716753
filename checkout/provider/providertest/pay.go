package providertest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func paidInFull(t *testing.T, s Suite, h Harness) {
	a := h.begin(t, 1)
	h.poll(t, a, checkout.StatePending)
	h.pay(t, a)
	first := h.poll(t, a, checkout.StatePaid)
	paid(t, s, first, a)
	if again := h.poll(t, a, checkout.StatePaid); again != first {
		t.Errorf("reported %+v, then %+v", first, again)
	}
}

// everySumIsExact pays sums at which careless arithmetic goes wrong: 2^52+1 is
// not exact once it was divided, and 1.15 is not 115 once it was multiplied.
func everySumIsExact(t *testing.T, s Suite, h Harness) {
	o := h.order(1)
	at := slices.IndexFunc(h.Provider.Caps().Methods, func(m checkout.Method) bool { return m.ID == o.Attempt.Method })
	if at < 0 || h.Pay == nil {
		t.Skip("the harness has no Pay, or orders by a method that is not in Caps")
	}
	sums := []int64{1, 7, 100, 115, 999, 1000, 1999, 2500, 100_000, 1_000_001, 4_503_599_627_370_497, checkout.MaxAmount}
	for _, r := range h.Provider.Caps().Methods[at].Takes {
		sums = append(sums, r.Min, r.Max)
		for i, sum := range sums {
			o := h.order(i + 1)
			o.Attempt.Amount.Amount = sum
			if r.Currency != o.Attempt.Amount.Currency || sum == 0 || !h.Provider.Caps().Methods[at].Accepts(o.Attempt.Amount) {
				continue
			}
			h := s.New(t)
			started, err := h.Provider.Start(t.Context(), o)
			if err != nil {
				t.Errorf("%v: Start: %v", o.Attempt.Amount, err)
				continue
			}
			if isNothing(started) {
				t.Errorf("%v: Start: %+v and no error: neither Ref nor Next", o.Attempt.Amount, started)
				continue
			}
			a := kept(o, started)
			h.pay(t, a)
			paid(t, s, h.poll(t, a, checkout.StatePaid), a)
		}
	}
}

func wrongSumIsReported(t *testing.T, _ Suite, h Harness) {
	if h.PayAmount == nil {
		t.Skip("the harness has no PayAmount")
	}
	asked := h.order(1).Attempt.Amount
	other := checkout.EUR
	if asked.Currency == checkout.EUR {
		other = checkout.XOF
	}
	for i, wrong := range []checkout.Money{
		{Amount: asked.Amount - 1, Currency: asked.Currency},
		{Amount: asked.Amount + 1, Currency: asked.Currency},
		{Amount: asked.Amount, Currency: other},
	} {
		a := h.begin(t, i+1)
		if err := h.PayAmount(a, wrong); err != nil {
			t.Fatalf("PayAmount: %v", err)
		}
		if r := h.poll(t, a, checkout.StatePaid); r.Paid != wrong {
			t.Errorf("reported %v (bound %t), want %v", r.Paid, r.Bound, wrong)
		}
	}
}

// failedTry demands that a try without success is never money, has a reason if
// it ends the attempt, and leaves the rest payable if it does not.
func failedTry(t *testing.T, s Suite, h Harness) {
	if h.Fail == nil {
		t.Skip("the harness has no Fail")
	}
	a := h.begin(t, 1)
	if err := h.Fail(a); err != nil {
		t.Fatalf("Fail: %v", err)
	}
	r := h.poll(t, a, checkout.StateFailed, checkout.StateExpired, checkout.StatePending)
	if r.Paid != (checkout.Money{}) {
		t.Errorf("failed with %v", r.Paid)
	}
	if r.State == checkout.StateFailed && r.Reason == "" {
		t.Error("failed without a reason")
	}
	if r.State == checkout.StatePending && h.Pay != nil {
		h.pay(t, a)
		paid(t, s, h.poll(t, a, checkout.StatePaid), a)
	}
}

// timePasses demands that an attempt that nobody paid is not paid in the end, and
// that a provider that says until when it can be paid says so afterwards too.
func timePasses(t *testing.T, _ Suite, h Harness) {
	a := h.begin(t, 1)
	life := h.Provider.Caps().Polls.Life
	want := []checkout.State{checkout.StateExpired, checkout.StateFailed, checkout.StatePending}
	if !a.Until.IsZero() {
		life, want = a.Until.Sub(h.Clock.Now()), want[:2]
	}
	h.Clock.Add(life + time.Minute)
	h.poll(t, a, want...)
}

func neverHeardOf(t *testing.T, s Suite, h Harness) {
	stranger := s.New(t).begin(t, 1)
	r, err := h.Provider.Poll(t.Context(), stranger)
	if s.Blind {
		if r.State == checkout.StatePaid {
			t.Errorf("reported %+v of what it never heard of", r)
		}
		return
	}
	if err != nil || r.State != checkout.StateMissing {
		t.Errorf("Poll of what it never heard of: %+v, %v, want %s", r, err, checkout.StateMissing)
	}
	if _, ok, err := h.found(t.Context(), h.order(1)); ok || err != nil {
		t.Errorf("found what it never heard of: %t, %v", ok, err)
	}
}

func closePending(t *testing.T, _ Suite, h Harness) {
	c, ok := h.Provider.(checkout.Closer)
	if !ok {
		t.Skip("it is no Closer")
	}
	a := h.begin(t, 1)
	for range 2 { // closing what is closed changes nothing
		r, err := c.Close(t.Context(), a)
		if err != nil {
			t.Fatalf("Close: %v", err)
		}
		in(t, "Close", r, checkout.StateExpired)
	}
	if h.Pay != nil {
		if err := h.Pay(a); err == nil {
			t.Error("what is closed could be paid")
		}
	}
	h.poll(t, a, checkout.StateExpired)
}

func closePaid(t *testing.T, s Suite, h Harness) {
	c, ok := h.Provider.(checkout.Closer)
	if !ok {
		t.Skip("it is no Closer")
	}
	a := h.begin(t, 1)
	h.pay(t, a)
	r, err := c.Close(t.Context(), a)
	if err != nil {
		t.Fatalf("Close: %v", err)
	}
	paid(t, s, r, a)
}

func listTellsOfMoney(t *testing.T, s Suite, h Harness) {
	l, ok := h.Provider.(checkout.Lister)
	if !ok {
		t.Skip("it is no Lister")
	}
	since := h.Clock.Now()
	a := h.begin(t, 1)
	h.pay(t, a)
	h.Clock.Add(time.Minute)
	list := func() (signals []checkout.Signal) {
		err := l.List(t.Context(), since, func(sig checkout.Signal) error {
			signals = append(signals, sig)
			return nil
		})
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		return signals
	}
	first, again := list(), list()
	told := false
	for _, sig := range first {
		if names(sig, a) && sig.Kind == checkout.SignalPayment && sig.Report.State == checkout.StatePaid {
			told = true
			paid(t, s, sig.Report, a)
		}
		if sig.EventID == "" || !slices.ContainsFunc(again, func(other checkout.Signal) bool { return other.EventID == sig.EventID }) {
			t.Errorf("%+v has no EventID that stays", sig)
		}
	}
	if !told {
		t.Errorf("%d signals, none of them of the money", len(first))
	}
	stop := errors.New("stop")
	if err := l.List(t.Context(), since, func(checkout.Signal) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("List returned %v, want the error of yield", err)
	}
}
