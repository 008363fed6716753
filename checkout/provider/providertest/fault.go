package providertest

import (
	"errors"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// lostAnswerIsFound starts with answers that get lost after the effect, and
// demands that the attempt can then be asked about and paid.
func lostAnswerIsFound(t *testing.T, s Suite, h Harness) {
	if h.Fault == nil {
		t.Skip("the harness has no Fault")
	}
	for i, fault := range []string{FaultLost, FaultAfter, FaultCut} {
		t.Run(fault, func(t *testing.T) {
			o := h.order(i + 1)
			h.Fault(fault)
			_, err := h.Provider.Start(t.Context(), o)
			unknown(t, "Start", err)
			a, ok, err := h.found(t.Context(), o)
			_, finds := h.Provider.(checkout.Finder)
			if s.Blind && !finds {
				h.shown(t, i+10)
				return
			}
			if err != nil || !ok {
				t.Fatalf("not found afterwards: %+v, %v", a, err)
			}
			if finds && a.Ref == "" && a.Next.Kind == checkout.NextNone {
				t.Errorf("found %+v: neither Ref nor Next", a)
			}
			h.pay(t, a)
			paid(t, s, h.poll(t, a, checkout.StatePaid), a)
			if a, ok, err = h.found(t.Context(), o); err != nil || !ok {
				t.Fatalf("not found once it was paid: %v", err)
			}
			paid(t, s, h.poll(t, a, checkout.StatePaid), a)
		})
	}
}

// shown demands that nobody can pay an attempt whose answer to Start was lost:
// the customer must be shown what was in it.
func (h Harness) shown(t *testing.T, n int) {
	t.Helper()
	if next := h.begin(t, n).Next; next.Kind != checkout.NextRedirect && next.Kind != checkout.NextQR {
		t.Errorf("next is %+v: an attempt whose answer was lost can be paid, and nobody can find it", next)
	}
}

// errorSaysNothing demands that a fault of the provider's is not taken for a no,
// even if nothing was done.
func errorSaysNothing(t *testing.T, s Suite, h Harness) {
	if h.Fault == nil {
		t.Skip("the harness has no Fault")
	}
	o := h.order(1)
	h.Fault(FaultBefore)
	_, err := h.Provider.Start(t.Context(), o)
	unknown(t, "Start", err)
	nothingDone(t, s, h, o)
}

func throttledIsNotSent(t *testing.T, s Suite, h Harness) {
	if h.Fault == nil {
		t.Skip("the harness has no Fault")
	}
	o := h.order(1)
	h.Fault(FaultThrottle)
	_, err := h.Provider.Start(t.Context(), o)
	var throttled *checkout.Throttled
	if !errors.As(err, &throttled) || !errors.Is(err, checkout.ErrNotSent) {
		t.Fatalf("Start: %v, want a Throttled", err)
	}
	nothingDone(t, s, h, o)
}

func refusedCredentials(t *testing.T, s Suite, h Harness) {
	if h.Fault == nil {
		t.Skip("the harness has no Fault")
	}
	o := h.order(1)
	h.Fault(FaultRefuse)
	_, err := h.Provider.Start(t.Context(), o)
	var bad *checkout.BadCredentials
	if !errors.As(err, &bad) || !errors.Is(err, checkout.ErrNotSent) {
		t.Fatalf("Start: %v, want BadCredentials", err)
	}
	nothingDone(t, s, h, o)
}

// refusedIsNoSuccess has the start answered with 404, and demands that whoever
// started it hears no yes: neither an empty one, nor one with a reference that the
// adapter made itself.
func refusedIsNoSuccess(t *testing.T, s Suite, h Harness) {
	if h.Fault == nil {
		t.Skip("the harness has no Fault")
	}
	o := h.order(1)
	h.Fault(FaultNotFound)
	started, err := h.Provider.Start(t.Context(), o)
	var declined *checkout.Declined
	switch {
	case errors.As(err, &declined), errors.Is(err, checkout.ErrNotSent):
		nothingDone(t, s, h, o)
	case err != nil: // a 404 may be of a wrong address, and say nothing
	case isNothing(started):
		t.Fatalf("Start: %+v and no error, want an error: it was answered with 404", started)
	default: // the fault is unknown to the harness, or the yes is made up
		h.poll(t, kept(o, started), checkout.StatePending)
	}
}

// nothingDone demands that the provider never heard of o and takes it now.
func nothingDone(t *testing.T, s Suite, h Harness, o checkout.Order) {
	t.Helper()
	if !s.Blind {
		if _, ok, err := h.found(t.Context(), o); ok || err != nil {
			t.Errorf("asked for what was never done: found %t, %v", ok, err)
		}
	}
	if _, err := h.Provider.Start(t.Context(), h.order(2)); err != nil {
		t.Errorf("Start once the fault is over: %v", err)
	}
}

// faultyQuestions demands that a question without an answer is an error and
// nothing else, and that the next one is answered.
func faultyQuestions(t *testing.T, s Suite, h Harness) {
	if h.Fault == nil {
		t.Skip("the harness has no Fault")
	}
	a := h.begin(t, 1)
	for _, fault := range []string{FaultLost, FaultBefore, FaultAfter, FaultCut, FaultThrottle, FaultRefuse} {
		h.Fault(fault)
		r, err := h.Provider.Poll(t.Context(), a)
		if err == nil || r.State != "" {
			t.Errorf("%s: Poll says %+v, %v, want an error", fault, r, err)
		}
		h.poll(t, a, checkout.StatePending)
	}
	if f, ok := h.Provider.(checkout.Finder); ok {
		h.Fault(FaultBefore)
		if started, err := f.Find(t.Context(), a); err == nil {
			t.Errorf("Find says %+v, want an error", started)
		}
	}
	if c, ok := h.Provider.(checkout.Closer); ok {
		h.Fault(FaultBefore)
		if r, err := c.Close(t.Context(), a); err == nil {
			t.Errorf("Close says %+v, want an error", r)
		}
	}
	if h.Pay != nil {
		h.pay(t, a)
		paid(t, s, h.poll(t, a, checkout.StatePaid), a)
	}
}
