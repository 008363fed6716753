package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

const (
	// maxEvents is the longest page of events.
	maxEvents = 100

	// maxWait is for how long a request may wait for events, in seconds.
	maxWait = 30

	// maxWaits is how many requests wait at once, and maxWaitsEach how many of one
	// account; others are answered at once.
	maxWaits     = 200
	maxWaitsEach = 50

	// maxResend is how many events one request sends once more.
	maxResend = 500

	// maxResends is how many such requests may be under way, and maxResendsEach how
	// many of one account.
	maxResends     = 8
	maxResendsEach = 2
)

// payload returns what a delivery of e carries.
func payload(e checkout.Event) (json.RawMessage, error) {
	if len(e.Body) > 0 {
		return e.Body, nil
	}
	return webhook.Body(e) // it was dropped, or nobody has been told yet
}

// eventPage is a page of events.
type eventPage struct {
	Data    []json.RawMessage `json:"data"` // the bodies of webhooks
	HasMore bool              `json:"has_more"`
	Next    string            `json:"next"` // what to give as after, or as before, for the next page
}

// events lists what has happened. With after, wait or order=asc it begins with the
// oldest and is a feed: whoever keeps next has seen everything before it, once.
func (a *API) events(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	wait := time.Duration(q.number("wait", 0, 0, maxWait)) * time.Second
	after, before, order := q.text("after"), q.text("before"), q.text("order")
	q.problems.Check(order == "" || order == "asc" || order == "desc", "order", "order must be asc or desc")
	want := checkout.EventQuery{
		Account: r.account.Number, SessionID: q.text("checkout_session_id"),
		Limit: q.number("limit", defaultPage, 1, maxEvents),
	}
	want.Newest = order == "desc" || order == "" && !q.values.Has("after") && wait == 0
	q.problems.Check(!want.Newest || after == "" && wait == 0, "order", "order must be asc with after or wait")
	q.problems.Check(want.Newest || before == "", "before", "before cannot be given with after, wait or order=asc")
	want.Types = eventTypes(q.list("type"))
	for _, t := range want.Types {
		q.problems.Check(slices.Contains(checkout.EventTypes, t), "type", fmt.Sprintf("type has an unknown event %q; see /events/catalogue", t))
	}
	want.From, want.Until = q.created()
	if err := q.problems.Err(); err != nil {
		return err
	}
	if want.After, err = a.seqOf(r, "after", after); err != nil {
		return err
	}
	if want.Before, err = a.seqOf(r, "before", before); err != nil {
		return err
	}
	return a.replyEvents(w, r, want, wait, after)
}

// seqOf returns where in the order of events the one stands that a parameter
// names, 0 for none.
func (a *API) seqOf(r *request, name, id string) (int64, error) {
	if id == "" {
		return 0, nil
	}
	e, err := a.service.Event(r.Context(), r.account, id)
	if checkout.CodeOf(err) == checkout.CodeNotFound {
		var problems checkout.Problems
		problems.Add(name, name+" must be the id of an event")
		return 0, problems.Err()
	}
	return e.Seq, err
}

func (a *API) replyEvents(w http.ResponseWriter, r *request, want checkout.EventQuery, wait time.Duration, after string) error {
	if wait > 0 {
		if a.waits.enter(r.account.Number) {
			defer a.waits.leave(r.account.Number)
		} else {
			wait = 0
		}
	}
	limit := want.Limit
	want.Limit++ // one more tells whether there are more
	list, err := a.webhooks.Events(r.Context(), want, wait)
	if err != nil {
		return err
	}
	page := eventPage{Data: []json.RawMessage{}, HasMore: len(list) > limit, Next: after}
	for _, e := range list[:min(limit, len(list))] {
		page.Data = append(page.Data, e.Body)
		page.Next = e.ID
	}
	return reply(w, http.StatusOK, page)
}

// wireEvent is an event with what became of it.
type wireEvent struct {
	ID          string             `json:"id"`
	Event       checkout.EventType `json:"event"`
	Timestamp   string             `json:"timestamp"`
	Data        json.RawMessage    `json:"data"`
	Environment string             `json:"lomi_environment"`
	Deliveries  []wireDelivery     `json:"deliveries"`
}

// wireDelivery is one event owed to one endpoint.
type wireDelivery struct {
	WebhookID          string  `json:"webhook_id"`
	DeliveryStatus     string  `json:"delivery_status"` // pending, succeeded or failed
	Attempts           int64   `json:"attempts"`
	NextRetryAt        instant `json:"next_retry_at"`
	LastResponseStatus *int64  `json:"last_response_status"`
	LastError          *string `json:"last_error"`
	UpdatedAt          instant `json:"updated_at"`
}

func (a *API) event(w http.ResponseWriter, r *request) error {
	e, err := a.service.Event(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	body, err := payload(e.Event)
	if err != nil {
		return err
	}
	var wire wireEvent
	if err := json.Unmarshal(body, &wire); err != nil {
		return err
	}
	wire.Deliveries = []wireDelivery{}
	for _, d := range e.Deliveries {
		v := wireDelivery{WebhookID: d.EndpointID, Attempts: d.Tries, LastError: optional(d.LastError), UpdatedAt: instant(d.UpdatedAt)}
		v.DeliveryStatus, v.NextRetryAt = deliveryStatus(&d, false)
		if d.LastStatus != 0 {
			v.LastResponseStatus = &d.LastStatus
		}
		wire.Deliveries = append(wire.Deliveries, v)
	}
	return reply(w, http.StatusOK, wire)
}

// resend owes one event to one endpoint once more.
func (a *API) resend(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	id := b.text("webhook_id")
	b.problems.Check(id != "" || b.problems.Has("webhook_id"), "webhook_id", "webhook_id is required")
	if err := b.problems.Err(); err != nil {
		return err
	}
	if err := a.webhooks.Resend(r.Context(), r.account, r.param("id"), id); err != nil {
		return err
	}
	return reply(w, http.StatusAccepted, map[string]any{"queued": 1, "event_id": r.param("id"), "webhook_id": id})
}

// resent is the answer to a range that is sent once more.
type resent struct {
	Queued  int     `json:"queued"`
	HasMore bool    `json:"has_more"`
	Next    *string `json:"next"` // what to give as after for the rest
}

// resendRange owes to an endpoint once more what happened in a range of time.
func (a *API) resendRange(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	want := webhook.Range{From: b.instant("from"), Until: b.instant("until"), After: b.text("after"), Limit: maxResend}
	want.Missed = b.flag("only_undelivered", false)
	b.problems.Check(!want.From.IsZero() || b.problems.Has("from"), "from", "from is required, a time in RFC 3339")
	b.problems.Check(want.Until.IsZero() || want.From.Before(want.Until), "until", "until must be after from")
	if err := b.problems.Err(); err != nil {
		return err
	}
	if _, err := a.seqOf(r, "after", want.After); err != nil {
		return err
	}
	n, last, err := a.webhooks.ResendRange(r.Context(), r.account, r.param("id"), want)
	if err != nil {
		return err
	}
	return reply(w, http.StatusAccepted, resent{n, last != "", optional(last)})
}
