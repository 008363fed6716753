package httpapi

import (
	"net/http"
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// wireSubscription is a subscription on the wire.
type wireSubscription struct {
	webhook.Subscription
	CheckoutURL *string `json:"checkout_url"` // where the renewal that is due is paid, null if none is
	RenewalURL  string  `json:"renewal_url"`  // leads there, whichever renewal is due
}

// subscriptionStatuses are the statuses that a list can ask for.
var subscriptionStatuses = []checkout.SubscriptionStatus{
	checkout.SubscriptionTrialing, checkout.SubscriptionActive, checkout.SubscriptionPastDue,
	checkout.SubscriptionPaused, checkout.SubscriptionCancelled, checkout.SubscriptionEnded,
}

// wireSubscriptions returns subscriptions of the caller with their open renewals.
func (a *API) wireSubscriptions(r *request, list []checkout.Subscription) ([]wireSubscription, error) {
	open, err := a.service.OpenRenewals(r.Context(), list)
	if err != nil {
		return nil, err
	}
	rows, base := make([]wireSubscription, len(list)), a.base(r.Request)
	for i := range list {
		rows[i].Subscription = webhook.NewSubscription(checkout.Transaction{Account: r.account, Subscription: &list[i]})
		rows[i].RenewalURL = base + "/" + list[i].ID
		if open[i] != "" {
			rows[i].CheckoutURL = optional(base + "/" + open[i])
		}
	}
	return rows, nil
}

func (a *API) subscriptions(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	want := subscriptionQuery(q)
	if err := q.problems.Err(); err != nil {
		return err
	}
	list, err := paged(w, q, a.base(r.Request)+r.URL.Path, want.Page, func(s checkout.Subscription) string { return s.ID }, func(p checkout.Page) ([]checkout.Subscription, error) {
		want.Page = p
		return a.service.Subscriptions(r.Context(), r.account, want)
	})
	if err != nil {
		return err
	}
	rows, err := a.wireSubscriptions(r, list)
	if err != nil {
		return err
	}
	return replyList(w, len(rows), func(i int) any { return rows[i] })
}

// subscriptionQuery reads the parameters of a list of subscriptions.
func subscriptionQuery(q *query) checkout.SubscriptionQuery {
	want := checkout.SubscriptionQuery{CustomerID: q.text("customer_id"), Page: q.page(checkout.PrefixSubscription, defaultPage)}
	for _, name := range q.list("status") {
		status := checkout.SubscriptionStatus(name)
		q.problems.Check(slices.Contains(subscriptionStatuses, status), "status",
			"status must be one of trialing, active, past_due, paused, cancelled, completed")
		want.Statuses = append(want.Statuses, status)
	}
	return want
}

func (a *API) subscription(w http.ResponseWriter, r *request) error {
	sub, err := a.service.Subscription(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	return a.replySubscription(w, r, sub)
}

func (a *API) cancelSubscription(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	atEnd := b.flag("at_period_end", false)
	if err := b.problems.Err(); err != nil {
		return err
	}
	sub, err := a.service.CancelSubscription(r.Context(), r.account, r.param("id"), atEnd)
	if err != nil {
		return err
	}
	return a.replySubscription(w, r, sub)
}

func (a *API) resumeSubscription(w http.ResponseWriter, r *request) error {
	sub, err := a.service.ResumeSubscription(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	return a.replySubscription(w, r, sub)
}

func (a *API) replySubscription(w http.ResponseWriter, r *request, sub checkout.Subscription) error {
	rows, err := a.wireSubscriptions(r, []checkout.Subscription{sub})
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, rows[0])
}
