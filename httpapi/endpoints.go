package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// wireEndpoint is a webhook endpoint on the wire, under both the names of
// lomi.'s code and those of its clients. The secret is not part of it.
type wireEndpoint struct {
	ID                 string               `json:"id"`
	WebhookID          string               `json:"webhook_id"`
	URL                string               `json:"url"`
	AuthorizedEvents   []checkout.EventType `json:"authorized_events"`
	Events             []checkout.EventType `json:"events"`
	IsActive           bool                 `json:"is_active"`
	Active             bool                 `json:"active"`
	Status             string               `json:"status"`          // active, paused or disabled
	DisabledReason     *string              `json:"disabled_reason"` // failing or gone
	FailingSince       instant              `json:"failing_since"`   // it has taken nothing since then
	Listener           bool                 `json:"listener"`
	PublicKey          *string              `json:"public_key"` // checks signatures that start with v1a
	Environment        string               `json:"environment"`
	OrganizationID     string               `json:"organization_id"`
	CreatedBy          string               `json:"created_by"`
	Metadata           json.RawMessage      `json:"metadata"`
	RetryCount         int64                `json:"retry_count"`
	LastTriggeredAt    instant              `json:"last_triggered_at"`
	LastResponseStatus *int64               `json:"last_response_status"`
	LastResponseBody   *string              `json:"last_response_body"`
	LastPayload        json.RawMessage      `json:"last_payload"`
	SupportsSPI        bool                 `json:"supports_spi"`
	SPIEventTypes      []string             `json:"spi_event_types"`
	DeletedAt          instant              `json:"deleted_at"`
	CreatedAt          instant              `json:"created_at"`
	UpdatedAt          instant              `json:"updated_at"`
}

// newWireEndpoint returns e as it stands on the wire.
func (a *API) newWireEndpoint(e checkout.EndpointState, account checkout.Account) (wireEndpoint, error) {
	active := e.Status == checkout.EndpointActive
	wire := wireEndpoint{
		ID: e.ID, WebhookID: e.ID, URL: e.URL, AuthorizedEvents: e.Events, Events: e.Events,
		IsActive: active, Active: active, Status: string(e.Status), DisabledReason: optional(e.Reason),
		FailingSince: instant(e.FailingSince), Listener: e.Listener, PublicKey: optional(a.webhooks.PublicKey(e.ID)),
		Environment:    account.Environment(),
		OrganizationID: account.Merchant, CreatedBy: account.Merchant, Metadata: e.Metadata.JSON(),
		SPIEventTypes: []string{}, CreatedAt: instant(e.CreatedAt), UpdatedAt: instant(e.UpdatedAt),
	}
	last := e.Last
	if last == nil {
		return wire, nil
	}
	wire.RetryCount, wire.LastTriggeredAt, wire.LastResponseBody = last.Number-1, instant(last.At), optional(last.Response)
	if last.Status != 0 {
		wire.LastResponseStatus = &last.Status
	}
	var err error
	wire.LastPayload, err = payload(e.LastEvent)
	return wire, err
}

// optional returns nil for "".
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// createdEndpoint is the answer to a new endpoint: the only one that holds the
// secret.
type createdEndpoint struct {
	Data   wireEndpoint `json:"data"`
	Secret string       `json:"secret"`
}

func (a *API) createEndpoint(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	p := checkout.CreateEndpointParams{Account: r.account, URL: b.text("url"), Metadata: b.metadata("metadata")}
	p.Events = eventTypes(b.texts("authorized_events"))
	if description := b.text("description"); description != "" && p.Metadata == "" {
		p.Metadata, err = checkout.MetadataOf(map[string]any{"description": description})
		b.problems.Merge(err)
	}
	if p.URL == "" && !b.problems.Has("url") {
		b.problems.Add("url", "url is required")
	} else {
		b.problems.Merge(a.webhooks.CheckURL(p.URL, r.account))
	}
	if !b.problems.Has("authorized_events") {
		b.problems.Merge(checkout.CheckEvents(p.Events))
	}
	if err := b.problems.Err(); err != nil {
		return err
	}
	return a.create(w, r, b, func(tx checkout.Tx) (any, error) {
		e, err := a.service.CreateEndpointIn(tx, p)
		if err != nil {
			return nil, err
		}
		wire, err := a.newWireEndpoint(checkout.EndpointState{Endpoint: e}, r.account)
		return createdEndpoint{wire, e.Secret}, err
	})
}

// eventTypes returns the types that names spell, each once.
func eventTypes(names []string) (types []checkout.EventType) {
	for _, name := range names {
		if t := checkout.EventType(name); !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
}

// updateEndpoint changes what is given. Other fields, which lomi.'s contract lists
// too, are ignored, as lomi. does.
func (a *API) updateEndpoint(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	var p checkout.UpdateEndpointParams
	if b.get("url") != nil {
		url := b.text("url")
		if p.URL = &url; !b.problems.Has("url") {
			b.problems.Merge(a.webhooks.CheckURL(url, r.account))
		}
	}
	if b.get("authorized_events") != nil {
		if p.Events = eventTypes(b.texts("authorized_events")); !b.problems.Has("authorized_events") {
			b.problems.Merge(checkout.CheckEvents(p.Events))
		}
	}
	if b.get("metadata") != nil {
		metadata := b.metadata("metadata")
		p.Metadata = &metadata
	}
	for _, name := range []string{"active", "is_active"} { // the row has both
		if b.get(name) != nil {
			active := b.flag(name, true)
			p.Active = &active
		}
	}
	if err := b.problems.Err(); err != nil {
		return err
	}
	e, err := a.service.UpdateEndpoint(r.Context(), r.account, r.param("id"), p)
	if err != nil {
		return err
	}
	wire, err := a.newWireEndpoint(e, r.account)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, wire)
}

// rotateSecret answers with a new secret, the only time that it is shown.
func (a *API) rotateSecret(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	seconds, given := b.integer("overlap_seconds")
	if !given {
		seconds = int64(checkout.DefaultOverlap / time.Second)
	}
	most := int64(checkout.MaxOverlap / time.Second)
	if !b.problems.Has("overlap_seconds") {
		b.problems.Check(seconds >= 0 && seconds <= most, "overlap_seconds", fmt.Sprintf("overlap_seconds must be an integer from 0 to %d", most))
	}
	if err := b.problems.Err(); err != nil {
		return err
	}
	return a.create(w, r, b, func(tx checkout.Tx) (any, error) {
		e, err := a.service.RotateSecretIn(tx, r.account, r.param("id"), time.Duration(seconds)*time.Second)
		if err != nil {
			return nil, err
		}
		answer := rotated{WebhookID: e.ID, Secret: e.Secret}
		if len(e.Old) > 0 {
			answer.OldSecretUntil = instant(e.Old[0].Until)
		}
		return answer, nil
	})
}

// rotated is the answer to a secret that was rotated.
type rotated struct {
	WebhookID      string  `json:"webhook_id"`
	Secret         string  `json:"secret"`
	OldSecretUntil instant `json:"old_secret_until"` // null if the old one is void at once
}

func (a *API) endpoints(w http.ResponseWriter, r *request) error {
	list, err := a.service.Endpoints(r.Context(), r.account)
	if err != nil {
		return err
	}
	wire := make([]wireEndpoint, len(list))
	for i, e := range list {
		if wire[i], err = a.newWireEndpoint(e, r.account); err != nil {
			return err
		}
	}
	return reply(w, http.StatusOK, wire)
}

func (a *API) endpoint(w http.ResponseWriter, r *request) error {
	e, err := a.service.Endpoint(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	wire, err := a.newWireEndpoint(e, r.account)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, wire)
}

func (a *API) deleteEndpoint(w http.ResponseWriter, r *request) error {
	if err := a.service.DeleteEndpoint(r.Context(), r.account, r.param("id")); err != nil {
		return err
	}
	return reply(w, http.StatusOK, map[string]bool{"deleted": true})
}
