package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// How long a Checkout Session may live, a minute inside of what Stripe takes:
// its clock and ours differ.
//
// Source: docs.stripe.com/api/checkout/sessions/create, expires_at, read
// 2026-11-25: 30 minutes to 24 hours.
const (
	minLife = 31 * time.Minute
	maxLife = 24*time.Hour - time.Minute
)

// grace is how much longer than our session the page lives, so that a payment in
// the last second is not cut off half-way. The service closes it earlier if it
// wants to.
const grace = 2 * time.Minute

// Start makes a Checkout Session.
func (p *Provider) Start(ctx context.Context, o checkout.Order) (checkout.Started, error) {
	a, err := p.post(ctx, path("checkout", "sessions"), o.Attempt.ID, p.form(o))
	if err != nil {
		return checkout.Started{}, err
	}
	var s session
	err = decode(a, &s)
	var f *failure
	if errors.As(err, &f) && f.certain() {
		return checkout.Started{}, &checkout.Declined{Reason: startReason(f), Err: f}
	}
	if err != nil {
		return checkout.Started{}, err
	}
	return p.started(s)
}

// form is o in Stripe's spelling. All of it is one line: the sum is then ours to
// the last unit, whatever was rounded on the way to it.
func (p *Provider) form(o checkout.Order) url.Values {
	id := o.Attempt.ID
	f := url.Values{
		"mode":                          {"payment"},
		"client_reference_id":           {id},
		"metadata[" + metaAttempt + "]": {id},
		"payment_intent_data[metadata][" + metaAttempt + "]": {id},
		"line_items[0][quantity]":                            {"1"},
		"line_items[0][price_data][currency]":                {strings.ToLower(string(o.Attempt.Amount.Currency))},
		"line_items[0][price_data][unit_amount]":             {strconv.FormatInt(o.Attempt.Amount.Amount, 10)},
		"line_items[0][price_data][product_data][name]":      {title(o)},
		"success_url":               {o.SuccessURL},
		"cancel_url":                {o.CancelURL},
		"expires_at":                {strconv.FormatInt(p.until(o.Deadline).Unix(), 10)},
		"locale":                    {"auto"},
		"adaptive_pricing[enabled]": {"false"}, // else the customer may pay in another currency
	}
	if o.Locale == "en" || o.Locale == "fr" {
		f.Set("locale", o.Locale)
	}
	if o.Email != "" {
		f.Set("customer_email", o.Email)
	}
	return f
}

// title returns what the page shows: Stripe refuses a product without a name.
func title(o checkout.Order) string {
	if text := strings.TrimSpace(o.Title); text != "" {
		return text
	}
	if o.Locale == "fr" {
		return "Paiement"
	}
	return "Payment"
}

// until returns when the page is to close.
func (p *Provider) until(deadline time.Time) time.Time {
	now, at := p.clock.Now(), deadline.Add(grace)
	if earliest := now.Add(minLife); at.Before(earliest) {
		return earliest
	}
	if latest := now.Add(maxLife); at.After(latest) {
		return latest
	}
	return at
}

// started returns s as the answer to Start.
func (p *Provider) started(s session) (checkout.Started, error) {
	if !strings.HasPrefix(s.ID, "cs_") {
		return checkout.Started{}, fmt.Errorf("stripe: answered %.40q, which is no Checkout Session", s.ID)
	}
	if s.Livemode != p.livemode {
		return checkout.Started{}, fmt.Errorf("stripe: %s is of the other mode", s.ID)
	}
	r, err := s.report()
	if err != nil {
		return checkout.Started{}, err
	}
	started := checkout.Started{Ref: s.ID, Until: instant(s.ExpiresAt), Report: r}
	if s.Status == "open" {
		if !p.opens(s.URL) {
			return checkout.Started{}, fmt.Errorf("stripe: %s is open and has no page", s.ID)
		}
		started.Next = checkout.Next{Kind: checkout.NextRedirect, URL: s.URL}
	}
	return started, nil
}

// opens reports whether customers can be sent to page: by https, or as the API
// itself is called, which is another only on this machine.
func (p *Provider) opens(page string) bool {
	u, err := url.Parse(page)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && strings.HasPrefix(p.client.Base(), "http:"))
}
