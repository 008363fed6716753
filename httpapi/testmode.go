package httpapi

import (
	"errors"
	"net/http"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// payTest pays a session as a customer would on the page, without the form.
func (a *API) payTest(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	p := checkout.StartParams{SessionID: r.param("id"), Method: b.text("method"), WithoutForm: true}
	outcome := checkout.Outcome(b.text("outcome"))
	if p.Method == "" && !b.problems.Has("method") {
		p.Method = "wallet"
	}
	switch outcome {
	case "":
		outcome = checkout.OutcomeSucceed
	case checkout.OutcomeSucceed, checkout.OutcomeDecline, checkout.OutcomeCancel, checkout.OutcomeDelay, checkout.OutcomeSilent:
	default:
		b.problems.Add("outcome", "outcome must be one of succeed, decline, cancel, delay, silent")
	}
	if err := b.problems.Err(); err != nil {
		return err
	}
	if _, err := a.service.Session(r.Context(), r.account, p.SessionID); err != nil {
		return err
	}
	if done, err := a.repeated(w, r, b); done || err != nil {
		return err
	}
	id, err := a.simulate(r, p, outcome)
	if err != nil {
		return err
	}
	t, err := a.service.Transaction(r.Context(), r.account, id)
	if err != nil {
		return err
	}
	return a.create(w, r, b, func(checkout.Tx) (any, error) { return webhook.NewTransaction(t), nil })
}

// simulate starts an attempt and, where the customer has a page of the provider
// to press a button on, presses it. A refusal is an outcome here and no error.
func (a *API) simulate(r *request, p checkout.StartParams, outcome checkout.Outcome) (string, error) {
	if p.Method != "wallet" {
		p.Outcome = outcome
	}
	attempt, err := a.service.Start(r.Context(), p)
	var refused *checkout.Error
	if errors.As(err, &refused) && refused.Code == checkout.CodeDeclined {
		return attempt.ID, nil
	}
	if err == nil && attempt.Next.Kind == checkout.NextSimulate {
		attempt, err = a.service.Simulate(r.Context(), p.SessionID, attempt.ID, outcome)
	}
	return attempt.ID, err
}

// maxAdvance is how far one request may move the clock: ten years.
const maxAdvance = 10 * 365 * 24 * 60 * 60

// advanceClock moves the stopped clock and answers when everything that fell
// due has been done.
func (a *API) advanceClock(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	n, given := b.integer("seconds")
	if !b.problems.Has("seconds") {
		b.problems.Check(given && n >= 0 && n <= maxAdvance, "seconds", "seconds must be an integer from 0 to 315360000")
	}
	if err := b.problems.Err(); err != nil {
		return err
	}
	now, err := a.advance(r.Context(), time.Duration(n)*time.Second)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, map[string]instant{"now": instant(now)})
}
