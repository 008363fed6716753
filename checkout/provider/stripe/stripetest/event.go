package stripetest

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// apiVersion is the version that events are spelt in.
const apiVersion = "2026-07-29.dahlia"

// event is an Event. Its object never changes: it is how things stood.
//
// Source: docs.stripe.com/api/events/object, read 2026-11-25.
type event struct {
	ID              string       `json:"id"`
	Object          string       `json:"object"`
	APIVersion      string       `json:"api_version"`
	Created         int64        `json:"created"`
	Data            eventData    `json:"data"`
	Livemode        bool         `json:"livemode"`
	PendingWebhooks int          `json:"pending_webhooks"`
	Request         eventRequest `json:"request"`
	Type            string       `json:"type"`
}

type eventData struct {
	Object json.RawMessage `json:"object"`
}

type eventRequest struct {
	ID             *string `json:"id"`
	IdempotencyKey *string `json:"idempotency_key"`
}

func (e event) key() string { return e.ID }
func (e event) made() int64 { return e.Created }

// emit writes down that something happened, and owes it to the endpoint.
func (s *Server) emit(t string, object any) {
	text, err := json.Marshal(object)
	if err != nil {
		panic(err) // all objects are our own
	}
	e := event{
		ID: newID("evt_"), Object: "event", APIVersion: apiVersion, Created: s.unix(), Data: eventData{text},
		Livemode: s.config.Livemode, PendingWebhooks: 1, Type: t,
	}
	s.events = append(s.events, e)
	if s.wants(t) {
		s.outgoing = append(s.outgoing, e)
	}
}

// flush hands the events that are owed to the outbox, which may send them at
// once: whoever receives them may call the server.
func (s *Server) flush() {
	s.mu.Lock()
	owed := s.outgoing
	s.outgoing = nil
	s.mu.Unlock()
	for _, e := range owed {
		body, err := json.MarshalIndent(e, "", "  ")
		if err != nil {
			panic(err) // all objects are our own
		}
		s.Owe(simulator.Message{
			Method: http.MethodPost, URL: s.config.WebhookURL, Body: body,
			Header: http.Header{
				"Content-Type": {"application/json; charset=utf-8"},
				"User-Agent":   {"Stripe/1.0 (+https://stripe.com/docs/webhooks)"},
			},
			Sign:  func(h http.Header, at time.Time) { h.Set(signatureHeader, Sign(body, at, s.config.WebhookSecrets...)) },
			Forge: func(h http.Header, at time.Time) { h.Set(signatureHeader, Sign(body, at, "whsec_somebody_else")) },
		})
	}
}

// listEvents is GET /v1/events. Events are kept for 30 days.
func (s *Server) listEvents(c call) (any, *apiError) {
	if fault := c.form.check(slices.Concat(paging, []string{"type", "types[*]"})...); fault != nil {
		return nil, fault
	}
	types := c.form.list("types")
	if len(types) > 20 {
		return nil, invalid("", "types", "You may pass at most 20 types")
	}
	if one, ok := c.form["type"]; ok {
		if types != nil {
			return nil, invalid("", "", "You may only specify one of these parameters: type, types.")
		}
		types = []string{one}
	}
	oldest := s.Now().Add(-30 * day).Unix()
	pick := func(e event) bool { return e.Created >= oldest && (types == nil || slices.Contains(types, e.Type)) }
	return list(c.form, "/v1/events", s.events, pick, func(e event) any { return e })
}

// Happened returns the types of all events so far, oldest first.
func (s *Server) Happened() (types []string) {
	_ = s.play(func() error {
		for _, e := range s.events {
			types = append(types, e.Type)
		}
		return nil
	})
	return types
}
