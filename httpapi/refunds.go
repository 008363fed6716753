package httpapi

import (
	"net/http"
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// wireRefund is a refund. lomi.'s clients read it flat or below data; success is
// there for those that look for it.
type wireRefund struct {
	Success bool `json:"success"`
	refundFields
	Data refundFields `json:"data"`
}

type refundFields struct {
	RefundID       string            `json:"refund_id"`
	ID             string            `json:"id"` // the same string
	TransactionID  string            `json:"transaction_id"`
	SessionID      string            `json:"checkout_session_id"`
	Status         string            `json:"status"`          // pending, completed or failed
	RefundedAmount int64             `json:"refunded_amount"` // in minor units
	Amount         int64             `json:"amount"`          // the same number
	CurrencyCode   checkout.Currency `json:"currency_code"`
	Origin         string            `json:"origin"` // merchant, policy, provider or manual
	Reason         string            `json:"reason"`
	Reference      string            `json:"reference"`      // the provider's identifier of it, or of a manual one the merchant's
	FailureReason  string            `json:"failure_reason"` // a short code
	Message        string            `json:"message"`
	CreatedAt      instant           `json:"created_at"`
	UpdatedAt      instant           `json:"updated_at"`
}

func newRefund(r checkout.Refund) wireRefund {
	f := refundFields{
		RefundID: r.ID, ID: r.ID, TransactionID: r.AttemptID, SessionID: r.SessionID, Status: webhook.RefundStatus(r.Status),
		RefundedAmount: r.Amount.Amount, Amount: r.Amount.Amount, CurrencyCode: r.Amount.Currency,
		Origin: string(r.Origin), Reason: r.Reason, Reference: r.Ref, FailureReason: r.Failure,
		Message: "Refund " + webhook.RefundStatus(r.Status), CreatedAt: instant(r.CreatedAt), UpdatedAt: instant(r.UpdatedAt),
	}
	return wireRefund{true, f, f}
}

// createRefund writes a refund and has the provider hear of it. The answer is of
// the moment in which it was written, so that a repeated request gets the same
// one: how it came out, an event says, and GET.
func (a *API) createRefund(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	p := checkout.RefundParams{
		TransactionID: b.text("transaction_id"), Reason: b.text("reason"),
		Manual: b.flag("manual", false), Reference: b.text("reference"),
	}
	b.problems.Check(p.TransactionID != "" || b.problems.Has("transaction_id"), "transaction_id", "transaction_id is required")
	amount, given := b.integer("amount")
	kind := b.text("refund_type")
	b.problems.Check(kind == "" || kind == "full" || kind == "partial", "refund_type", "refund_type must be full or partial")
	b.problems.Check(!given || amount > 0 || b.problems.Has("amount"), "amount", "amount must be greater than 0")
	b.problems.Check(given || kind != "partial", "amount", "amount is required for a partial refund")
	if err := b.problems.Err(); err != nil {
		return err
	}
	p.Amount = amount
	var made checkout.Refund
	err = a.create(w, r, b, func(tx checkout.Tx) (any, error) {
		made, err = a.service.RefundIn(tx, r.account, p)
		return newRefund(made), err
	})
	if err != nil || made.ID == "" {
		return err
	}
	if _, err := a.service.PushRefund(r.Context(), made.ID); err != nil {
		a.log.WarnContext(r.Context(), "refund", "id", r.id, "refund", made.ID, "err", err) // it is asked for again
	}
	return nil
}

// refundStatuses says which refunds a status on the wire means.
var refundStatuses = map[string][]checkout.RefundStatus{
	"pending":   {checkout.RefundCreated, checkout.RefundPending},
	"completed": {checkout.RefundSucceeded},
	"failed":    {checkout.RefundFailed},
}

func (a *API) refunds(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	page := q.page(checkout.PrefixRefund, 50)
	page.From = latest(page.From, q.instant("startDate"))
	if end := endOf(q.text("endDate"), q.instant("endDate")); !end.IsZero() {
		page.Until = earliest(page.Until, end)
	}
	want := checkout.RefundQuery{AttemptID: q.text("transaction_id")}
	for _, status := range q.list("status") {
		statuses, ok := refundStatuses[status]
		q.problems.Check(ok, "status", "status must be of pending, completed, failed")
		want.Statuses = slices.Concat(want.Statuses, statuses)
	}
	if err := q.problems.Err(); err != nil {
		return err
	}
	list, err := paged(w, q, a.base(r.Request)+r.URL.Path, page, func(r checkout.Refund) string { return r.ID }, func(p checkout.Page) ([]checkout.Refund, error) {
		want.Page = p
		return a.service.Refunds(r.Context(), r.account, want)
	})
	if err != nil {
		return err
	}
	data := make([]refundFields, len(list))
	for i, refund := range list {
		data[i] = newRefund(refund).Data
	}
	return reply(w, http.StatusOK, map[string]any{"success": true, "data": data})
}

func (a *API) refund(w http.ResponseWriter, r *request) error {
	refund, err := a.service.RefundByID(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newRefund(refund))
}
