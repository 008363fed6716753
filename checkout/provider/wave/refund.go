package wave

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/checkoutd/checkoutd/checkout"
)

// Refund gives all of a payment back, fees included. Wave has no key for it and
// needs none: what was given back is not given back again, however often it is
// asked for, and asking again is how one learns how it stands.
//
// Source: docs.wave.com/checkout, "Refund a checkout session", read 2026-11-22.
func (p *Provider) Refund(ctx context.Context, o checkout.RefundOrder) (checkout.RefundReport, error) {
	if o.Refund.Amount != o.Attempt.Received {
		return checkout.RefundReport{}, &checkout.Declined{
			Reason: "partial_refund_not_supported",
			Err:    fmt.Errorf("wave: gives back %v or nothing, not %v", o.Attempt.Received, o.Refund.Amount),
		}
	}
	path := sessionsPath + "/" + url.PathEscape(o.Attempt.Ref) + "/refund"
	switch {
	case o.Attempt.Ref != "":
	case o.Attempt.Charge != "":
		path = "/v1/transactions/" + url.PathEscape(o.Attempt.Charge) + "/refund"
	default:
		return checkout.RefundReport{}, errors.New("wave: neither session nor transaction of the payment is known")
	}
	answer, err := p.call(ctx, http.MethodPost, path, nil)
	if err != nil {
		return checkout.RefundReport{}, err
	}
	if answer.Status/100 != 2 {
		return checkout.RefundReport{}, refusal(answer, checkout.ReasonDeclined)
	}
	return checkout.RefundReport{State: checkout.RefundSucceeded}, nil
}
