package orange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// statusQuestion is the question of transactionstatus. All three must be of one
// payment, or Orange does not answer: that is what binds the sum.
type statusQuestion struct {
	OrderID  string `json:"order_id"`
	Amount   int64  `json:"amount"`
	PayToken string `json:"pay_token"`
}

// Poll asks for the status of the payment. Without [checkout.Attempt.Secret] it
// reports StateMissing: the answer to Start was lost, and with it the address of
// the only page where a could be paid.
func (p *Provider) Poll(ctx context.Context, a checkout.Attempt) (checkout.Report, error) {
	if a.Secret == "" {
		return checkout.Report{State: checkout.StateMissing}, nil
	}
	payToken, err := p.vault.open(a.ID, a.Secret)
	if err != nil {
		return checkout.Report{}, err
	}
	answer, err := p.call(ctx, "transactionstatus", statusQuestion{a.ID, a.Amount.Amount, payToken})
	if err != nil {
		return checkout.Report{}, err
	}
	return readStatus(answer, a.ID)
}

// readStatus reads the answer of transactionstatus for an order.
func readStatus(a client.Answer, orderID string) (checkout.Report, error) {
	if err := a.Refused(); err != nil {
		return checkout.Report{}, err
	}
	if a.Status != http.StatusOK && a.Status != http.StatusCreated { // the documents show 201
		return checkout.Report{}, a.Err()
	}
	var got struct {
		Status  string `json:"status"`
		OrderID string `json:"order_id"`
		TxnID   string `json:"txnid"`
	}
	if err := json.Unmarshal(a.Body, &got); err != nil {
		return checkout.Report{}, fmt.Errorf("the answer of transactionstatus cannot be read: %w", err)
	}
	if got.OrderID != orderID {
		return checkout.Report{}, errors.New("the answer of transactionstatus is about another order")
	}
	r := checkout.Report{Charge: got.TxnID}
	// Source: Getting started, section 4, read 2026-11-25.
	switch got.Status {
	case "INITIATED", "PENDING": // nobody has confirmed; confirmed, and in progress
		r.State = checkout.StatePending
	case "SUCCESS":
		r.State, r.Bound = checkout.StatePaid, true
	case "FAILED":
		r.State, r.Reason = checkout.StateFailed, checkout.ReasonDeclined
	case "EXPIRED": // the customer confirmed too late
		r.State, r.Reason = checkout.StateExpired, checkout.ReasonTimeout
	default:
		return checkout.Report{}, fmt.Errorf("transactionstatus answers the unknown status %.40q", got.Status)
	}
	return r, nil
}
