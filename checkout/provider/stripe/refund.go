package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// refund is a Refund.
//
// Source: docs.stripe.com/api/refunds/object, read 2026-11-25.
type refund struct {
	ID            string            `json:"id"`
	Amount        *int64            `json:"amount"`
	Currency      string            `json:"currency"`
	Status        string            `json:"status"`
	FailureReason string            `json:"failure_reason"`
	PaymentIntent intent            `json:"payment_intent"`
	Metadata      map[string]string `json:"metadata"`
}

func (r refund) id() string { return r.ID }

// report says how r stands.
func (r refund) report() (checkout.RefundReport, error) {
	if r.ID == "" || r.Amount == nil || r.Currency == "" {
		return checkout.RefundReport{}, fmt.Errorf("stripe: refund %q has no identifier or no sum", r.ID)
	}
	report := checkout.RefundReport{Ref: r.ID, RefundID: r.Metadata[metaRefund], Amount: money(*r.Amount, r.Currency)}
	switch r.Status {
	case "pending", "requires_action":
		report.State = checkout.RefundPending
	case "succeeded":
		report.State = checkout.RefundSucceeded
	case "failed":
		report.State, report.Reason = checkout.RefundFailed, returnReason(r.FailureReason)
	case "canceled":
		report.State, report.Reason = checkout.RefundFailed, checkout.ReasonCancelled
	default:
		return checkout.RefundReport{}, fmt.Errorf("stripe: refund %s is %q, which is not known", r.ID, r.Status)
	}
	return report, nil
}

// keyLife is how long Stripe is trusted to remember an idempotency key.
//
// Source: docs.stripe.com/api/idempotent_requests, read 2026-11-25: keys can be
// removed once they are at least 24 hours old.
const keyLife = 20 * time.Hour

// refundPages is how many pages of refunds one payment may have.
const refundPages = 50

// Refund makes a Refund. The key makes it happen once for as long as Stripe
// keeps keys, and with a key Stripe repeats even an answer of 500. A refund that
// was asked for before is therefore looked for first.
func (p *Provider) Refund(ctx context.Context, o checkout.RefundOrder) (checkout.RefundReport, error) {
	payment, err := p.payment(ctx, o.Attempt)
	if err != nil {
		return checkout.RefundReport{}, err
	}
	if o.Refund.Tries > 1 || p.clock.Now().Sub(o.Refund.CreatedAt) > keyLife {
		if r, found, err := p.findRefund(ctx, payment, o.Refund.ID); err != nil || found {
			return answered(r, err)
		}
	}
	a, err := p.post(ctx, path("refunds"), o.Refund.ID, url.Values{
		"payment_intent":                {payment},
		"amount":                        {strconv.FormatInt(o.Refund.Amount.Amount, 10)},
		"reason":                        {"requested_by_customer"},
		"metadata[" + metaAttempt + "]": {o.Attempt.ID},
		"metadata[" + metaRefund + "]":  {o.Refund.ID},
	})
	if err != nil {
		return checkout.RefundReport{}, err
	}
	var r refund
	err = decode(a, &r)
	var f *failure
	if errors.As(err, &f) && f.certain() {
		return p.refused(ctx, payment, o.Refund.ID, f)
	}
	return answered(r, err)
}

// refused answers for a refund that Stripe said no to, unless it is there all the
// same: what was given back once cannot be given back again.
func (p *Provider) refused(ctx context.Context, payment, id string, f *failure) (checkout.RefundReport, error) {
	r, found, err := p.findRefund(ctx, payment, id)
	if err == nil && !found {
		return checkout.RefundReport{}, &checkout.Declined{Reason: refusalReason(f), Err: f}
	}
	return answered(r, err)
}

// PollRefund reads the Refund.
func (p *Provider) PollRefund(ctx context.Context, o checkout.RefundOrder) (checkout.RefundReport, error) {
	if o.Refund.Ref == "" {
		return checkout.RefundReport{}, fmt.Errorf("stripe: %s has no Ref to ask for", o.Refund.ID)
	}
	var r refund
	a, err := p.get(ctx, path("refunds", o.Refund.Ref), nil)
	if err == nil {
		err = decode(a, &r)
	}
	return answered(r, err)
}

// findRefund looks for the refund with our identifier among those of a payment.
func (p *Provider) findRefund(ctx context.Context, payment, id string) (refund, bool, error) {
	query := url.Values{"payment_intent": {payment}}
	for r, err := range list[refund](ctx, p, path("refunds"), query, refundPages) {
		if err != nil {
			return refund{}, false, err
		}
		if r.Metadata[metaRefund] == id {
			return r, true, nil
		}
	}
	return refund{}, false, nil
}

// payment returns the PaymentIntent of an attempt that was paid.
func (p *Provider) payment(ctx context.Context, a checkout.Attempt) (string, error) {
	if a.Charge != "" {
		return a.Charge, nil
	}
	r, err := p.Poll(ctx, a)
	if err == nil && r.Charge == "" {
		err = fmt.Errorf("stripe: %s has no payment that could be given back", a.ID)
	}
	return r.Charge, err
}

// answered is the report of r, unless err says that there is none.
func answered(r refund, err error) (checkout.RefundReport, error) {
	if err != nil {
		return checkout.RefundReport{}, err
	}
	return r.report()
}
