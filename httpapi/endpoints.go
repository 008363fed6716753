package httpapi

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
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
	Environment        string               `json:"environment"`
	OrganizationID     string               `json:"organization_id"`
	CreatedBy          string               `json:"created_by"`
	Metadata           json.RawMessage      `json:"metadata"`
	RetryCount         int64                `json:"retry_count"`
	LastTriggeredAt    instant              `json:"last_triggered_at"`
	LastResponseStatus *int64               `json:"last_response_status"`
	SupportsSPI        bool                 `json:"supports_spi"`
	DeletedAt          instant              `json:"deleted_at"`
	CreatedAt          instant              `json:"created_at"`
	UpdatedAt          instant              `json:"updated_at"`
}

// newWireEndpoint returns e as it stands on the wire; last is its newest
// delivery, nil if there is none.
func newWireEndpoint(e checkout.Endpoint, account checkout.Account, last *checkout.Delivery) wireEndpoint {
	wire := wireEndpoint{
		ID: e.ID, WebhookID: e.ID, URL: e.URL, AuthorizedEvents: e.Events, Events: e.Events,
		IsActive: true, Active: true, Environment: account.Environment(),
		OrganizationID: account.Merchant, CreatedBy: account.Merchant, Metadata: e.Metadata.JSON(),
		CreatedAt: instant(e.CreatedAt), UpdatedAt: instant(e.UpdatedAt),
	}
	if last != nil && last.Tries > 0 {
		wire.RetryCount, wire.LastTriggeredAt = last.Tries-1, instant(last.UpdatedAt)
		if last.LastStatus != 0 {
			wire.LastResponseStatus = &last.LastStatus
		}
	}
	return wire
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
	for _, name := range b.texts("authorized_events") {
		if t := checkout.EventType(name); !slices.Contains(p.Events, t) {
			p.Events = append(p.Events, t)
		}
	}
	if description := b.text("description"); description != "" && p.Metadata == "" {
		p.Metadata, err = checkout.MetadataOf(map[string]any{"description": description})
		b.problems.Merge(err)
	}
	if p.URL == "" && !b.problems.Has("url") {
		b.problems.Add("url", "url is required")
	} else {
		b.problems.Merge(webhook.CheckURL(p.URL, webhook.URLRules{Livemode: r.account.Livemode, Loopback: a.loopback}))
	}
	if !b.problems.Has("authorized_events") {
		b.problems.Merge(checkout.CheckEvents(p.Events))
	}
	if err := b.problems.Err(); err != nil {
		return err
	}
	return a.create(w, r, b, func(tx checkout.Tx) (any, error) {
		e, err := a.service.CreateEndpointIn(tx, p)
		return createdEndpoint{newWireEndpoint(e, r.account, nil), e.Secret}, err
	})
}

func (a *API) endpoints(w http.ResponseWriter, r *request) error {
	list, err := a.service.Endpoints(r.Context(), r.account)
	if err != nil {
		return err
	}
	wire := make([]wireEndpoint, len(list))
	for i, e := range list {
		wire[i] = newWireEndpoint(e.Endpoint, r.account, e.Last)
	}
	return reply(w, http.StatusOK, wire)
}

func (a *API) endpoint(w http.ResponseWriter, r *request) error {
	e, err := a.service.Endpoint(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newWireEndpoint(e.Endpoint, r.account, e.Last))
}

func (a *API) deleteEndpoint(w http.ResponseWriter, r *request) error {
	if err := a.service.DeleteEndpoint(r.Context(), r.account, r.param("id")); err != nil {
		return err
	}
	return reply(w, http.StatusOK, map[string]bool{"deleted": true})
}
