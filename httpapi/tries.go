package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// maxTries is the longest page of a delivery log.
const maxTries = 100

// maxSends is how many requests may be under way that send something at once, and
// maxSendsEach how many of one account: each takes as long as its receiver likes.
const (
	maxSends     = 64
	maxSendsEach = 8
)

// wireTry is one row of a delivery log: one time that an event was sent.
type wireTry struct {
	ID                string             `json:"id"`
	LogID             string             `json:"log_id"` // the same string
	WebhookID         string             `json:"webhook_id"`
	OrganizationID    string             `json:"organization_id"`
	EventID           string             `json:"event_id"`
	EventType         checkout.EventType `json:"event_type"`
	Payload           json.RawMessage    `json:"payload"`
	AttemptNumber     int64              `json:"attempt_number"`
	Success           bool               `json:"success"`
	ResponseStatus    *int64             `json:"response_status"` // null if there was no answer
	ResponseBody      *string            `json:"response_body"`   // its first 4 KB
	Error             *string            `json:"error"`           // what went wrong
	RequestDurationMS int64              `json:"request_duration_ms"`
	DeliveryStatus    string             `json:"delivery_status"` // of the event to this webhook now: pending, succeeded or failed
	NextRetryAt       instant            `json:"next_retry_at"`   // null if it is not pending
	UserAgent         string             `json:"user_agent"`
	Headers           map[string]string  `json:"headers"` // that were sent, without signatures
	IPAddress         *string            `json:"ip_address"`
	SPITxID           *string            `json:"spi_tx_id"`
	SPIEventCode      *string            `json:"spi_event_code"`
	ComptePayeur      *string            `json:"compte_payeur"`
	ComptePaye        *string            `json:"compte_paye"`
	Amount            *int64             `json:"amount"`
	CreatedAt         instant            `json:"created_at"`
}

func newWireTry(t checkout.SentTry, account checkout.Account) (wireTry, error) {
	w := wireTry{
		ID: t.ID, LogID: t.ID, WebhookID: t.EndpointID, OrganizationID: account.Merchant,
		EventID: t.EventID, EventType: t.Event.Type, AttemptNumber: t.Number, Success: t.OK(),
		ResponseBody: optional(t.Response), Error: optional(t.Error),
		RequestDurationMS: t.Took.Milliseconds(), UserAgent: webhook.UserAgent, CreatedAt: instant(t.At),
		Headers: webhook.Labels(t.Event, t.At),
	}
	if t.Status != 0 {
		w.ResponseStatus = &t.Status
	}
	if amount := t.Event.Transaction.Attempt.Amount; amount.Currency != "" {
		w.Amount = &amount.Amount
	}
	w.DeliveryStatus, w.NextRetryAt = deliveryStatus(t.Delivery, t.OK())
	var err error
	w.Payload, err = payload(t.Event)
	return w, err
}

// deliveryStatus returns the wire's word for where d stands, and when it is sent
// next. What is owed to nobody, nil, stands as its try did.
func deliveryStatus(d *checkout.Delivery, ok bool) (string, instant) {
	switch {
	case d == nil && ok, d != nil && d.Status == checkout.DeliveryDelivered:
		return "succeeded", instant{}
	case d != nil && d.Status == checkout.DeliveryPending:
		return "pending", instant(d.DueAt)
	}
	return "failed", instant{}
}

// tries lists the delivery log of one endpoint, in lomi.'s first form.
func (a *API) tries(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	want := checkout.TryQuery{
		EndpointID: q.text("webhookId"), EventID: q.text("event_id"), OK: q.either("successOnly", "failedOnly"),
		Limit: q.number("limit", 25, 1, maxTries), Offset: q.number("offset", 0, 0, 1<<31),
	}
	q.problems.Check(want.EndpointID != "" || q.problems.Has("webhookId"), "webhookId", "webhookId is required")
	return a.listTries(w, r, q, want)
}

// endpointTries lists the delivery log of one endpoint, in lomi.'s second form.
func (a *API) endpointTries(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	return a.listTries(w, r, q, checkout.TryQuery{
		EndpointID: r.param("id"), EventID: q.text("event_id"), OK: q.either("success", "failed"),
		Limit: q.number("limit", 25, 1, maxTries), Offset: q.number("offset", 0, 0, 1<<31),
	})
}

func (a *API) listTries(w http.ResponseWriter, r *request, q *query, want checkout.TryQuery) error {
	if err := q.problems.Err(); err != nil {
		return err
	}
	list, err := a.service.Tries(r.Context(), r.account, want)
	if err != nil {
		return err
	}
	wire := make([]wireTry, len(list))
	for i, t := range list {
		if wire[i], err = newWireTry(t, r.account); err != nil {
			return err
		}
	}
	return replyList(w, len(wire), func(i int) any { return wire[i] })
}

func (a *API) try(w http.ResponseWriter, r *request) error {
	t, err := a.service.Try(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	wire, err := newWireTry(t, r.account)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, wire)
}

// wireSent is what came of sending something at once.
type wireSent struct {
	Delivered      bool   `json:"delivered"`
	ResponseStatus *int64 `json:"response_status"`
	EventID        string `json:"event_id"`
	Message        string `json:"message"`
}

func newWireSent(t checkout.Try) wireSent {
	w := wireSent{Delivered: t.OK(), EventID: t.EventID, Message: "The webhook took the event"}
	if t.Status != 0 {
		w.ResponseStatus = &t.Status
	}
	if !t.OK() {
		w.Message = "The webhook did not take the event: " + t.Error
	}
	return w
}

// testEndpoint sends test.webhook. That the endpoint did not take it is an
// answer, and no failure of the request.
func (a *API) testEndpoint(w http.ResponseWriter, r *request) error {
	t, err := a.webhooks.Test(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newWireSent(t))
}

// retry sends a logged event at once. If the endpoint does not take it, the
// answer is a 400 with what the endpoint said, as lomi.'s clients expect.
func (a *API) retry(w http.ResponseWriter, r *request) error {
	t, err := a.webhooks.Retry(r.Context(), r.account, r.param("id"), r.param("log"))
	if err != nil {
		return err
	}
	if !t.OK() {
		f := newFailure(http.StatusBadRequest, "delivery_failed", t.Error)
		if t.Response != "" {
			f.message = t.Response
		}
		f.details = newWireSent(t)
		return f
	}
	return reply(w, http.StatusOK, newWireSent(t))
}
