package torture

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// adviceOrder is what helps against messages out of order.
const adviceOrder = "messages may come in any order: a payment that succeeded stays paid, whatever is told of it afterwards"

// order sends good messages in an order in which things did not happen.
func (r *runner) order() {
	r.createdLate()
	r.failedLate()
	r.refundEarly()
}

// createdLate tells that a payment was begun after it succeeded.
func (r *runner) createdLate() {
	const check = "order-created-late"
	r.Progress(check)
	now := r.now()
	p := r.payment(now.Add(-time.Second))
	created := r.told(p, checkout.EventPaymentCreated, now.Add(-time.Second))
	paid := r.told(p, checkout.EventPaymentSucceeded, now)
	r.staysPaid(check, paid, []message{paid, created}, p)
}

// failedLate tells that earlier tries failed after the last one succeeded: one of
// another transaction, and one of the same, on the provider's page.
func (r *runner) failedLate() {
	const check = "order-failed-late"
	r.Progress(check)
	now := r.now()
	before := now.Add(-time.Second)
	other := r.payment(before)
	p := r.try(other.session, before)
	paid := r.told(p, checkout.EventPaymentSucceeded, now)
	r.staysPaid(check, paid, []message{
		paid, r.told(other, checkout.EventPaymentFailed, before), r.told(p, checkout.EventPaymentFailed, before),
	}, other, p)
}

// staysPaid sends messages and looks whether the order is paid at the end.
func (r *runner) staysPaid(check string, paid message, messages []message, tries ...payment) {
	for _, m := range messages {
		if a := r.send(m); !a.ok() {
			r.note(check, Fail, "%v to %s out of order: it would be sent again for 75 hours; %s", a, m.event.Type, adviceOrder)
			return
		}
	}
	if r.blind {
		r.note(check, Skipped, sayEffects)
		return
	}
	list := r.effects()
	n, event := done(list, paid), undone(list, paid, tries...)
	switch {
	case n != 1:
		r.note(check, Fail, "it acted %d times on PAYMENT_SUCCEEDED: %s", n, adviceOrder)
	case event != "":
		r.note(check, Fail, "it acted on a late %s of an order that was paid: %s", event, adviceOrder)
	default:
		r.note(check, Pass, "the order stays paid")
	}
}

// refundEarly tells of a refund before the payment that it gives back.
func (r *runner) refundEarly() {
	const check = "order-refund-early"
	r.Progress(check)
	now := r.now()
	p := r.payment(now.Add(-time.Second))
	paid := r.told(p, checkout.EventPaymentSucceeded, now.Add(-time.Second))
	refund := r.told(p, checkout.EventRefundCompleted, now)
	early := r.send(refund)
	if a := r.send(paid); !a.ok() {
		r.note(check, Fail, "%v to a payment whose refund was told before: %s", a, adviceOrder)
		return
	}
	if !early.ok() { // it wants it later, as retries do
		if a := r.send(refund); !a.ok() {
			r.note(check, Fail, "%v to a refund, also after its payment was told", a)
			return
		}
	}
	if r.blind {
		r.note(check, Skipped, sayEffects)
		return
	}
	list := r.effects()
	switch refunds, payments := done(list, refund), done(list, paid); {
	case refunds != 1:
		r.note(check, Fail, "it booked a refund that was told before its payment %d times: book it, or answer 503 until the payment is known", refunds)
	case payments > 1:
		r.note(check, Fail, "it acted %d times on PAYMENT_SUCCEEDED", payments)
	case !early.ok():
		r.note(check, Warn, "%v to a refund that was told before its payment: it is booked when it is sent again, and what comes behind it waits", early)
	default:
		r.note(check, Pass, "the refund is booked")
	}
}
