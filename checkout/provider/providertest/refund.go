package providertest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// refunder returns the provider as one that can refund, or skips the test.
func (h Harness) refunder(t *testing.T) checkout.Refunder {
	t.Helper()
	r, ok := h.Provider.(checkout.Refunder)
	if !ok || h.Provider.Caps().Refunds == checkout.RefundNone {
		t.Skip("it gives nothing back")
	}
	return r
}

// bought returns an attempt that was paid.
func (h Harness) bought(t *testing.T, n int) checkout.Attempt {
	t.Helper()
	a := h.begin(t, n)
	h.pay(t, a)
	r := h.poll(t, a, checkout.StatePaid)
	a.Status, a.Charge, a.Received, a.PaidAt = checkout.AttemptPaid, r.Charge, a.Amount, r.At
	return a
}

// refund returns an order for the nth refund: amount of a.
func (h Harness) refund(a checkout.Attempt, n int, amount int64) checkout.RefundOrder {
	return checkout.RefundOrder{Attempt: a, Refund: checkout.Refund{
		ID: fmt.Sprintf("rfd_%026d", n), AttemptID: a.ID, SessionID: a.SessionID, Status: checkout.RefundCreated,
		Amount:    checkout.Money{Amount: amount, Currency: a.Amount.Currency},
		Reason:    "requested by the customer",
		CreatedAt: h.Clock.Now().UTC(), UpdatedAt: h.Clock.Now().UTC(),
	}}
}

// accepted demands that a refund succeeded, or is on its way and can be asked
// about.
func (h Harness) accepted(t *testing.T, o checkout.RefundOrder, r checkout.RefundReport, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("Refund: %v", err)
	}
	if r.State == checkout.RefundSucceeded {
		return
	}
	if r.State != checkout.RefundPending {
		t.Fatalf("Refund reports %+v", r)
	}
	p, ok := h.Provider.(checkout.RefundPoller)
	if !ok {
		t.Fatal("a refund is pending, and it is no RefundPoller")
	}
	o.Refund.Status, o.Refund.Ref = checkout.RefundPending, r.Ref
	if r, err = p.PollRefund(t.Context(), o); err != nil || r.State != checkout.RefundPending && r.State != checkout.RefundSucceeded {
		t.Fatalf("PollRefund: %+v, %v", r, err)
	}
}

// gaveBack demands that the provider has paid back so much of a.
func (h Harness) gaveBack(t *testing.T, a checkout.Attempt, amount int64) {
	t.Helper()
	if h.GivenBack == nil {
		return
	}
	if got := h.GivenBack(a); got.Amount != amount || amount != 0 && got.Currency != a.Amount.Currency {
		t.Errorf("%v was given back, want %d %s", got, amount, a.Amount.Currency)
	}
}

func refundOnce(t *testing.T, _ Suite, h Harness) {
	p, a := h.refunder(t), h.bought(t, 1)
	o := h.refund(a, 1, a.Amount.Amount)
	first, err := p.Refund(t.Context(), o)
	h.accepted(t, o, first, err)
	again, err := p.Refund(t.Context(), o)
	h.accepted(t, o, again, err)
	if first.Ref != again.Ref {
		t.Errorf("the same refund is %q, then %q", first.Ref, again.Ref)
	}
	h.gaveBack(t, a, a.Amount.Amount)
}

func refundAfterLostAnswer(t *testing.T, _ Suite, h Harness) {
	p := h.refunder(t)
	if h.Fault == nil {
		t.Skip("the harness has no Fault")
	}
	for i, fault := range []string{FaultLost, FaultAfter, FaultBefore} {
		a := h.bought(t, i+1)
		o := h.refund(a, i+1, a.Amount.Amount)
		h.Fault(fault)
		_, err := p.Refund(t.Context(), o)
		unknown(t, fault+": Refund", err)
		r, err := p.Refund(t.Context(), o)
		h.accepted(t, o, r, err)
		h.gaveBack(t, a, a.Amount.Amount)
	}
}

// refundInParts gives back a third and then the rest; a provider that gives back
// all or nothing has to say no without giving anything.
func refundInParts(t *testing.T, _ Suite, h Harness) {
	p, a := h.refunder(t), h.bought(t, 1)
	third := a.Amount.Amount / 3
	if third == 0 {
		t.Skip("the harness orders too little to be parted")
	}
	part := h.refund(a, 1, third)
	r, err := p.Refund(t.Context(), part)
	if h.Provider.Caps().Refunds == checkout.RefundFull {
		var declined *checkout.Declined
		if !errors.As(err, &declined) {
			t.Errorf("Refund of a part: %+v, %v, want a Declined", r, err)
		}
		h.gaveBack(t, a, 0)
		return
	}
	h.accepted(t, part, r, err)
	h.gaveBack(t, a, third)
	a.Refunded = third
	rest := h.refund(a, 2, a.Amount.Amount-third)
	r, err = p.Refund(t.Context(), rest)
	h.accepted(t, rest, r, err)
	h.gaveBack(t, a, a.Amount.Amount)
}

func refundOfNothing(t *testing.T, _ Suite, h Harness) {
	p := h.refunder(t)
	if h.GivenBack == nil {
		t.Skip("the harness has no GivenBack")
	}
	a := h.begin(t, 1)
	r, err := p.Refund(t.Context(), h.refund(a, 1, a.Amount.Amount))
	if err == nil && r.State == checkout.RefundSucceeded {
		t.Errorf("what was never paid was given back: %+v", r)
	}
	h.gaveBack(t, a, 0)
}
