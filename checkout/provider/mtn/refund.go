package mtn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

const refundPath = "/v1_0/refund"

// errNoDisbursement is why there are no refunds.
var errNoDisbursement = errors.New("mtn: refunds need the credentials of the Disbursement product")

// Refund pays back out of the float of the Disbursement product. The answer is
// never final: PollRefund says what became of it. A refund that was asked for
// before is looked for first: a no to the repeated call would say nothing of the
// one before.
func (p *Provider) Refund(ctx context.Context, o checkout.RefundOrder) (checkout.RefundReport, error) {
	if p.disbursement == nil && o.Refund.Tries > 1 {
		return checkout.RefundReport{}, errNoDisbursement
	}
	if p.disbursement == nil {
		return checkout.RefundReport{}, &checkout.Declined{Reason: checkout.ReasonMerchant, Err: errNoDisbursement}
	}
	if o.Refund.Tries > 1 {
		if r, err := p.PollRefund(ctx, o); !errors.Is(err, errMissing) {
			return r, err
		}
	}
	amount, currency := p.environment.send(o.Refund.Amount)
	body, err := json.Marshal(refundRequest{
		Amount: amount, Currency: currency, ExternalID: o.Refund.ID,
		PayerMessage: note(o.Refund.Reason), PayeeNote: note(o.Refund.Reason),
		Reference: reference(o.Attempt.ID),
	})
	if err != nil {
		return checkout.RefundReport{}, notSent(err)
	}
	ref := reference(o.Refund.ID)
	answer, err := p.disbursement.call(ctx, http.MethodPost, refundPath, client.NewHeader("X-Reference-Id", ref), body)
	if err == nil {
		err = accepted(answer)
	}
	if err != nil {
		return checkout.RefundReport{}, fmt.Errorf("mtn: refund: %w", err)
	}
	return checkout.RefundReport{State: checkout.RefundPending, Ref: ref}, nil
}

// PollRefund asks how a refund stands, by our own identifier.
func (p *Provider) PollRefund(ctx context.Context, o checkout.RefundOrder) (checkout.RefundReport, error) {
	if p.disbursement == nil {
		return checkout.RefundReport{}, errNoDisbursement
	}
	t, err := p.ask(ctx, p.disbursement, refundPath, o.Refund.ID)
	if err != nil {
		return checkout.RefundReport{}, err
	}
	r := checkout.RefundReport{Ref: reference(o.Refund.ID)}
	switch t.Status {
	case "PENDING", "CREATED":
		r.State = checkout.RefundPending
		return r, nil
	case "SUCCESSFUL":
		r.State = checkout.RefundSucceeded
		return r, nil
	}
	otherwise, ok := failures[t.Status]
	if !ok {
		return checkout.RefundReport{}, fmt.Errorf("mtn: unknown status %.40q", t.Status)
	}
	r.State, r.Reason = checkout.RefundFailed, reasonFor(string(t.Reason), otherwise)
	return r, nil
}
