package httpapi

import (
	"net/http"

	"github.com/checkoutd/checkoutd/checkout"
)

// simulator shows the customer's wallet of a simulated provider.
func (h *hosted) simulator(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	a, err := v.attempt(r.PathValue("attempt"))
	if err != nil {
		return err
	}
	if !a.Live() || a.Next.Kind != checkout.NextSimulate {
		return h.next(w, v, a)
	}
	words := v.W
	view := simulateView{
		frame: v.frame, Amount: sum(v.Lang.amount(a.Amount)), Heading: v.heading(), Action: v.link("simulate", a.ID),
		Choices: []simChoice{
			{checkout.OutcomeSucceed, words.SimSucceed}, {checkout.OutcomeDecline, words.SimDecline},
			{checkout.OutcomeCancel, words.SimCancel}, {checkout.OutcomeDelay, words.SimDelay},
			{checkout.OutcomeSilent, words.SimSilent},
		},
	}
	view.Title, view.SwitchURL = words.SimTitle, "?locale="+string(v.Lang.Other())
	return h.render(w, http.StatusOK, "simulate.html", view)
}

// simulate does what the customer chose in the simulated wallet.
func (h *hosted) simulate(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	choice := checkout.Outcome(r.PostForm.Get("outcome"))
	a, err := h.payments.Simulate(r.Context(), v.Session.ID, r.PathValue("attempt"), choice)
	if checkout.CodeOf(err) == checkout.CodeConflict { // it was decided before, in another tab
		a, err = h.payments.Refresh(r.Context(), v.Session.ID, r.PathValue("attempt"))
	}
	switch {
	case err != nil:
		return err
	case choice == checkout.OutcomeCancel && a.Status == checkout.AttemptFailed && v.Session.CancelURL != "":
		return seeOther(w, fillURL(v.Session.CancelURL, v.Session.ID))
	}
	return h.next(w, v, a)
}
