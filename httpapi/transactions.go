package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// attemptStatuses says which attempts a transaction status on the wire means.
var attemptStatuses = map[string][]checkout.AttemptStatus{
	"pending":   {checkout.AttemptCreated, checkout.AttemptOpen, checkout.AttemptUnsure},
	"completed": {checkout.AttemptPaid},
	"failed":    {checkout.AttemptFailed},
	"expired":   {checkout.AttemptExpired},
	"held":      {checkout.AttemptSurplus, checkout.AttemptMismatch, checkout.AttemptLate},
	"refunded":  {checkout.AttemptRefunded},
	"cancelled": {},
}

// maxPage bounds how many transactions one list answers.
const maxPage = 100

func (a *API) transactions(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	want, none := transactionQuery(q)
	if err := q.problems.Err(); err != nil {
		return err
	}
	if none {
		return replyList(w, 0, nil)
	}
	list, err := a.service.Transactions(r.Context(), r.account, want)
	if err != nil {
		return err
	}
	return replyList(w, len(list), func(i int) any { return webhook.NewTransaction(list[i]) })
}

// transactionQuery reads the parameters of a list of transactions. It reports
// whether they ask for what no transaction is.
func transactionQuery(q *query) (want checkout.AttemptQuery, none bool) {
	want.SessionID, want.CustomerID = q.text("checkout_session_id"), q.text("customer_id")
	want.From, want.Until = q.instant("startDate"), endOf(q.text("endDate"), q.instant("endDate"))
	want.Limit = q.number("limit", q.number("pageSize", 50, 1, maxPage), 1, maxPage)
	want.Offset = q.number("offset", (q.number("page", 1, 1, 1<<20)-1)*want.Limit, 0, 1<<31)
	for _, status := range q.list("status") {
		attempts, ok := attemptStatuses[strings.ToLower(status)]
		q.problems.Check(ok, "status", fmt.Sprintf("status %q is unknown; known are %s", status, strings.Join(slices.Sorted(maps.Keys(attemptStatuses)), ", ")))
		want.Statuses = append(want.Statuses, attempts...)
	}
	none = q.text("status") != "" && len(want.Statuses) == 0
	for _, provider := range q.list("provider") {
		want.Providers = append(want.Providers, strings.ToLower(provider))
	}
	for _, currency := range q.list("currency") {
		c, err := checkout.ParseCurrency(currency)
		q.problems.Check(err == nil, "currency", "currency must be of XOF, USD, EUR")
		want.Currencies = append(want.Currencies, c)
	}
	for _, code := range q.list("paymentMethod") {
		want.MethodCodes = append(want.MethodCodes, strings.ToUpper(code))
	}
	if kinds := q.list("type"); len(kinds) > 0 && !contains(kinds, "payment") {
		none = true
	}
	return want, none || strings.EqualFold(q.text("isPos"), "true")
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// endOf returns the first instant behind an inclusive end: the next day if text
// is a date, else the next millisecond.
func endOf(text string, end time.Time) time.Time {
	switch {
	case end.IsZero():
		return end
	case len(text) == len(time.DateOnly) && strings.Count(text, "-") == 2:
		return end.AddDate(0, 0, 1)
	}
	return end.Add(time.Millisecond)
}

func (a *API) transaction(w http.ResponseWriter, r *request) error {
	t, err := a.service.Transaction(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, webhook.NewTransaction(t))
}
