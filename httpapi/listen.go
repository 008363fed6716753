package httpapi

import (
	"net/http"
	"regexp"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// listenerName is what a listener may be called.
var listenerName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// wireListener is an endpoint that fetches what it is owed.
type wireListener struct {
	ID     string               `json:"id"`
	Name   string               `json:"name"`
	Events []checkout.EventType `json:"events"`
	Secret string               `json:"secret"` // signs what it fetches; the same for the same name
	resent                      // what happened since the time that was asked for
}

// listen makes a listener, in the place of an older one of the same name.
func (a *API) listen(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	name, since := b.text("name"), b.instant("since")
	b.problems.Check(listenerName.MatchString(name) || b.problems.Has("name"), "name", "name must be 1 to 64 letters, digits, dots, hyphens or underscores")
	events := eventTypes(b.texts("events"))
	if b.get("events") == nil {
		events = checkout.EventTypes
	} else if !b.problems.Has("events") {
		b.problems.Check(checkout.CheckEvents(events) == nil, "events", "events has an unknown event; see /events/catalogue")
	}
	if err := b.problems.Err(); err != nil {
		return err
	}
	err = a.create(w, r, b, func(tx checkout.Tx) (any, error) {
		e, err := a.service.ListenIn(tx, r.account, name, events)
		if err != nil {
			return nil, err
		}
		wire := wireListener{ID: e.ID, Name: name, Events: events, Secret: e.Secret}
		if !since.IsZero() {
			var last string
			wire.Queued, last, err = a.webhooks.ResendRangeIn(tx, r.account, e.ID, webhook.Range{From: since, Limit: maxResend})
			wire.HasMore, wire.Next = last != "", optional(last)
		}
		return wire, err
	})
	if err == nil {
		a.webhooks.Wake()
	}
	return err
}

// wireParcel is a message for a listener to deliver.
type wireParcel struct {
	EventID       string             `json:"event_id"`
	EventType     checkout.EventType `json:"event_type"`
	AttemptNumber int64              `json:"attempt_number"`
	Headers       map[string]string  `json:"headers"`
	Body          string             `json:"body"` // to be sent as it is: it is signed
	HeldUntil     instant            `json:"held_until"`
}

// fetch answers with what is due to a listener, {"data":[…]}.
func (a *API) fetch(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	wait := time.Duration(q.number("wait", 0, 0, maxWait)) * time.Second
	if err := q.problems.Err(); err != nil {
		return err
	}
	if wait > 0 {
		if a.waits.enter(r.account.Number) {
			defer a.waits.leave(r.account.Number)
		} else {
			wait = 0
		}
	}
	parcels, err := a.webhooks.Fetch(r.Context(), r.account, r.param("id"), wait)
	if err != nil {
		return err
	}
	wire := make([]wireParcel, len(parcels))
	for i, p := range parcels {
		wire[i] = wireParcel{
			EventID: p.EventID, EventType: p.Type, AttemptNumber: p.Try,
			Headers: map[string]string{}, Body: string(p.Body), HeldUntil: instant(p.Until),
		}
		for name := range p.Header {
			wire[i].Headers[name] = p.Header.Get(name)
		}
	}
	return reply(w, http.StatusOK, map[string]any{"data": wire})
}

// report takes down what came of a message that a listener fetched.
func (a *API) report(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	status, _ := b.integer("response_status")
	took, _ := b.integer("request_duration_ms")
	o := webhook.Outcome{
		EventID: b.text("event_id"), Until: b.instant("held_until"), Status: int(status),
		Response: b.text("response_body"), Error: b.text("error"), Took: time.Duration(took) * time.Millisecond,
	}
	b.problems.Check(o.EventID != "" || b.problems.Has("event_id"), "event_id", "event_id is required")
	b.problems.Check(!o.Until.IsZero() || b.problems.Has("held_until"), "held_until", "held_until is required, as it was fetched")
	b.problems.Check(status == 0 || status >= 100 && status <= 599, "response_status", "response_status must be an HTTP status, or 0 if there was none")
	b.problems.Check(took >= 0 && took <= int64(time.Hour/time.Millisecond), "request_duration_ms", "request_duration_ms must be an integer from 0 to 3600000")
	if err := b.problems.Err(); err != nil {
		return err
	}
	if err := a.webhooks.Report(r.Context(), r.account, r.param("id"), o); err != nil {
		return err
	}
	return reply(w, http.StatusOK, map[string]bool{"recorded": true})
}
