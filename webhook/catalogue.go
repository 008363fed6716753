package webhook

import (
	_ "embed" // what the catalogue is made of
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
)

// Kind describes one type of event.
type Kind struct {
	Type        checkout.EventType `json:"type"`
	Sent        bool               `json:"sent"` // else endpoints may ask for it, and it does not come yet
	Description string             `json:"description,omitempty"`
	Schema      json.RawMessage    `json:"schema,omitempty"` // of the whole body, JSON Schema draft 2020-12
	Sample      json.RawMessage    `json:"sample,omitempty"` // a body, as [Body] makes it
}

// catalogueText holds the words and the types of the fields; what a kind says of a
// field is laid over what is said of it in general, so that it stands there once.
//
//go:embed catalogue.json
var catalogueText []byte

// samplesText is an array of bodies, written by a test that makes each of them
// happen.
//
//go:embed samples.json
var samplesText []byte

// fields are schemas by the name of the field.
type fields map[string]map[string]any

// catalogueParts is what catalogue.json says.
type catalogueParts struct {
	Events map[checkout.EventType]struct {
		Description string
		About       string // payment, refund, dispute, subscription, update or test
		Data        fields // what is narrower in this event
	}
	Narrowed     map[string]fields // what is narrower in all events about something
	Envelope     fields
	Test         fields
	Transaction  fields
	Subscription fields
	Update       fields // what an update of a subscription has besides
}

// Catalogue describes each type of [checkout.EventTypes], in that order. Each
// schema stands alone, and takes fields that it does not know, as receivers must:
// there may be more of them in later versions.
func Catalogue() ([]Kind, error) {
	samples, err := samplesByType()
	if err != nil {
		return nil, err
	}
	var kinds []Kind
	for _, t := range checkout.EventTypes {
		k := Kind{Type: t}
		if k.Sample, k.Sent = samples[t]; k.Sent {
			if k.Description, k.Schema, err = describe(t); err != nil {
				return nil, err
			}
		}
		kinds = append(kinds, k)
	}
	return kinds, nil
}

func samplesByType() (map[checkout.EventType]json.RawMessage, error) {
	var bodies []json.RawMessage
	if err := json.Unmarshal(samplesText, &bodies); err != nil {
		return nil, fmt.Errorf("webhook: samples.json: %w", err)
	}
	samples := map[checkout.EventType]json.RawMessage{}
	for _, body := range bodies {
		var e struct{ Event checkout.EventType }
		if err := json.Unmarshal(body, &e); err != nil {
			return nil, fmt.Errorf("webhook: samples.json: %w", err)
		}
		samples[e.Event] = body
	}
	return samples, nil
}

// describe returns the words and the schema of a type that is sent.
func describe(t checkout.EventType) (string, json.RawMessage, error) {
	var parts catalogueParts // anew each time: it is written to
	if err := json.Unmarshal(catalogueText, &parts); err != nil {
		return "", nil, fmt.Errorf("webhook: catalogue.json: %w", err)
	}
	event := parts.Events[t]
	data := parts.Transaction
	switch event.About {
	case "test":
		data = parts.Test
	case "subscription":
		data = parts.Subscription
	case "update":
		data = parts.Subscription
		maps.Copy(data, parts.Update)
	}
	data.narrow(parts.Narrowed[event.About])
	data.narrow(event.Data)
	parts.Envelope.narrow(fields{"event": {"const": t}, "data": data.schema()})
	schema := parts.Envelope.schema()
	schema["$schema"], schema["title"], schema["description"] = "https://json-schema.org/draft/2020-12/schema", t, event.Description
	text, err := canonical(schema)
	return event.Description, text, err
}

// narrow lays what is known besides over what f says.
func (f fields) narrow(by fields) {
	for name, more := range by {
		maps.Copy(f[name], more)
	}
}

// schema returns the schema of an object that has every one of f, and maybe more.
func (f fields) schema() map[string]any {
	return map[string]any{
		"type": "object", "properties": f, "required": slices.Sorted(maps.Keys(f)), "additionalProperties": true,
	}
}
