package stripe

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// Poll reads the Checkout Session and its payment.
func (p *Provider) Poll(ctx context.Context, a checkout.Attempt) (checkout.Report, error) {
	if a.Ref == "" {
		started, err := p.Find(ctx, a)
		return started.Report, err
	}
	s, err := p.session(ctx, a.Ref)
	var f *failure
	if errors.As(err, &f) && f.status == http.StatusNotFound && f.Code == "resource_missing" {
		return checkout.Report{State: checkout.StateMissing}, nil
	}
	if err != nil {
		return checkout.Report{}, err
	}
	return s.report()
}

// session reads the Checkout Session with that identifier.
func (p *Provider) session(ctx context.Context, id string) (s session, err error) {
	answer, err := p.get(ctx, path("checkout", "sessions", id), expanded())
	if err == nil {
		err = decode(answer, &s)
	}
	return s, err
}

// The Checkout Session of an attempt was made this long before the attempt, by a
// clock that is behind, or after it, at the most.
const (
	findBefore = 10 * time.Minute
	findAfter  = 20 * time.Minute
	findPages  = 50
)

// Find looks through the Checkout Sessions that were made when the attempt was:
// Stripe cannot be asked for what is in their metadata.
func (p *Provider) Find(ctx context.Context, a checkout.Attempt) (checkout.Started, error) {
	query := url.Values{
		"created[gte]": {strconv.FormatInt(a.CreatedAt.Add(-findBefore).Unix(), 10)},
		"created[lte]": {strconv.FormatInt(a.CreatedAt.Add(findAfter).Unix(), 10)},
	}
	for s, err := range list[session](ctx, p, path("checkout", "sessions"), query, findPages) {
		if err != nil {
			return checkout.Started{}, err
		}
		if s.Metadata[metaAttempt] != a.ID {
			continue
		}
		if s, err = p.session(ctx, s.ID); err != nil { // the list does not hold the payment
			return checkout.Started{}, err
		}
		return p.started(s)
	}
	return checkout.Started{Report: checkout.Report{State: checkout.StateMissing}}, nil
}

// Close expires the Checkout Session. Stripe refuses that for one that is not
// open: then it is asked how it stands.
func (p *Provider) Close(ctx context.Context, a checkout.Attempt) (checkout.Report, error) {
	if a.Ref == "" {
		started, err := p.Find(ctx, a)
		if err != nil || started.Ref == "" {
			return started.Report, err
		}
		a.Ref = started.Ref
	}
	answer, err := p.post(ctx, path("checkout", "sessions", a.Ref, "expire"), "", expanded())
	if err != nil {
		return checkout.Report{}, err
	}
	var s session
	err = decode(answer, &s)
	var f *failure
	if errors.As(err, &f) && f.certain() {
		return p.Poll(ctx, a)
	}
	if err != nil {
		return checkout.Report{}, err
	}
	return s.report()
}
