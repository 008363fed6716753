package stripe

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// Events returns the types of events that an endpoint in Stripe's dashboard has
// to send. Those of other types do no harm.
func Events() []string {
	return []string{
		"checkout.session.completed",
		"checkout.session.async_payment_succeeded",
		"checkout.session.async_payment_failed",
		"checkout.session.expired",
		"payment_intent.payment_failed",
		"refund.created",
		"refund.updated",
		"refund.failed",
		"charge.refunded",
		"charge.dispute.created",
		"charge.dispute.updated",
		"charge.dispute.closed",
		"charge.dispute.funds_withdrawn",
		"charge.dispute.funds_reinstated",
	}
}

// listPages is how many pages of events there may be: a million events.
const listPages = 10_000

// List reads the events since then, of which Stripe keeps 30 days. One that
// cannot be read is an error once all others were told of.
//
// Source: docs.stripe.com/api/events/list, read 2026-11-25: at most 20 types.
func (p *Provider) List(ctx context.Context, since time.Time, yield func(checkout.Signal) error) error {
	query := url.Values{
		"created[gte]": {strconv.FormatInt(since.Unix(), 10)},
		"types[]":      Events(),
	}
	var faults []error
	for e, err := range list[event](ctx, p, path("events"), query, listPages) {
		if err != nil {
			return errors.Join(append(faults, err)...)
		}
		sig, err := e.signal()
		switch {
		case err != nil:
			faults = append(faults, err)
			continue
		case e.Livemode != p.livemode || sig.Kind == checkout.SignalNone:
			continue
		}
		if err := yield(sig); err != nil {
			return err
		}
	}
	return checkout.Unreadable(faults)
}
