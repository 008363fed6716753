package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// wirePayment is a payment that a merchant's server started.
type wirePayment struct {
	TransactionID string    `json:"transaction_id"`
	Status        string    `json:"status"`
	NextAction    *wireNext `json:"next_action"` // null if the customer has nothing to do
}

// wireNext is what the customer has to do.
type wireNext struct {
	Type      string  `json:"type"`           // redirect, prompt or qr
	URL       string  `json:"url,omitempty"`  // of redirect, and of qr if the code can be opened too
	Text      string  `json:"text,omitempty"` // of prompt: the masked number that was prompted
	Hint      string  `json:"hint,omitempty"` // of prompt: how to answer it otherwise, such as *133#
	QR        string  `json:"qr,omitempty"`   // what a QR code is to say, also of redirect
	ExpiresAt instant `json:"expires_at"`     // until when, null if the provider does not say
}

// pay starts a payment through the same path as the page, for merchants who draw
// their own.
func (a *API) pay(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	base := a.base(r.Request)
	id := r.param("id")
	p := checkout.StartParams{
		SessionID: id, Method: b.text("method"), Phone: b.text("phone"), Locale: b.text("locale"), WithoutForm: true,
		SuccessURL: base + "/" + id + "/return", CancelURL: base + "/" + id + "/return?cancelled=1",
		NotifyURL: base + "/webhooks",
	}
	session, err := a.service.Session(r.Context(), r.account, id)
	if err != nil {
		return err
	}
	b.problems.Check(p.Method != "" || b.problems.Has("method") || session.Due().Amount == 0, "method", "method is required")
	b.problems.Check(p.Phone == "" || checkPhone(&englishWords, p.Phone) == "", "phone", "phone must be a number of 6 to 15 digits")
	if err := b.problems.Err(); err != nil {
		return err
	}
	p.Phone = digits(p.Phone, "+")
	if done, err := a.repeated(w, r, b); done || err != nil {
		return err
	}
	attempt, err := a.service.Start(r.Context(), p)
	if err != nil {
		return refusal(attempt, err)
	}
	payment := wirePayment{attempt.ID, webhook.Status(attempt.Status), nextAction(attempt, base)}
	return a.create(w, r, b, func(checkout.Tx) (any, error) { return payment, nil })
}

// refusal says of a payment that was declined which one it is and why.
func refusal(a checkout.Attempt, err error) error {
	var e *checkout.Error
	if !errors.As(err, &e) || e.Code != checkout.CodeDeclined {
		return err
	}
	f := failureOf(err)
	f.details = map[string]string{"transaction_id": a.ID, "failure_reason": a.Reason}
	return f
}

func nextAction(a checkout.Attempt, base string) *wireNext {
	n := &wireNext{Type: string(a.Next.Kind), URL: a.Next.URL, Text: a.Next.Text, Hint: a.Next.Hint, QR: a.Next.QR, ExpiresAt: instant(a.Until)}
	switch {
	case !a.Live() || a.Next.Kind == checkout.NextNone:
		return nil
	case a.Next.Kind == checkout.NextSimulate:
		n.Type, n.URL = string(checkout.NextRedirect), base+"/"+a.SessionID+"/simulate/"+a.ID
	}
	return n
}

// wireAttempt is a transaction with what only operators look at.
type wireAttempt struct {
	webhook.Transaction
	State     checkout.AttemptStatus `json:"state"`
	Polls     int64                  `json:"polls"`     // how often its provider was asked
	PolledAt  instant                `json:"polled_at"` // when it was last asked
	DueAt     instant                `json:"due_at"`    // when it is asked next, null if not again
	ExpiresAt instant                `json:"expires_at"`
}

// attempts lists transactions by what is known of them: those that are pending,
// unless the caller names states.
func (a *API) attempts(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	want := checkout.AttemptQuery{
		SessionID: q.text("checkout_session_id"), Providers: q.list("provider"),
		Limit: q.number("limit", 50, 1, maxPage), Offset: q.number("offset", 0, 0, 1<<31),
	}
	for _, state := range q.list("state") {
		known := false
		for _, list := range attemptStatuses {
			known = known || slices.Contains(list, checkout.AttemptStatus(state))
		}
		q.problems.Check(known, "state", fmt.Sprintf("state %q is unknown; known are created, open, unsure, paid, failed, expired, surplus, mismatch, late, refunded", state))
		want.Statuses = append(want.Statuses, checkout.AttemptStatus(state))
	}
	if len(want.Statuses) == 0 {
		want.Statuses = attemptStatuses["pending"]
	}
	if err := q.problems.Err(); err != nil {
		return err
	}
	list, err := a.service.Transactions(r.Context(), r.account, want)
	if err != nil {
		return err
	}
	return replyList(w, len(list), func(i int) any {
		t := list[i].Attempt
		return wireAttempt{webhook.NewTransaction(list[i]), t.Status, t.Polls, instant(t.PolledAt), instant(t.DueAt), instant(t.Until)}
	})
}

// accept lets held money complete its session.
func (a *API) accept(w http.ResponseWriter, r *request) error {
	if _, err := a.service.Accept(r.Context(), r.account, r.param("id")); err != nil {
		return err
	}
	return a.transaction(w, r)
}
