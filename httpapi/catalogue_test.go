package httpapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/checkoutd/checkoutd/checkout"
)

// property is what a schema of the catalogue says of a field.
type property struct {
	Type any   `json:"type"`
	Enum []any `json:"enum"`
}

// cataloguePage is the answer of GET /events/catalogue.
type cataloguePage struct {
	Events []struct {
		Type   checkout.EventType
		Sent   bool
		Sample json.RawMessage
		Schema struct {
			Properties struct {
				Data struct{ Properties map[string]property }
			}
		}
	}
}

func TestCatalogueNeedsNoKey(t *testing.T) {
	s := newShop(t)
	got := s.want(http.StatusOK, s.call("GET", "/events/catalogue", "", "X-API-KEY", ""))
	if kind := got.header.Get("Content-Type"); kind != "application/json; charset=utf-8" || len(got.body) > 150_000 {
		t.Errorf("%d bytes of %s", len(got.body), kind)
	}
	var page cataloguePage
	if err := json.Unmarshal(got.body, &page); err != nil {
		t.Fatal(err)
	}
	var types []checkout.EventType
	for _, e := range page.Events {
		types = append(types, e.Type)
		if e.Sent != (len(e.Sample) > 0) {
			t.Errorf("%s is sent: %t, its sample is %q", e.Type, e.Sent, e.Sample)
		}
	}
	if !slices.Equal(types, checkout.EventTypes) {
		t.Errorf("the catalogue has %v", types)
	}
	s.want(http.StatusOK, s.call("HEAD", "/v1/events/catalogue", ""))
}

// TestContractAgreesWithTheCatalogue compares what the two say of a transaction and
// of a subscription: openapi.yaml in general, the catalogue event by event.
func TestContractAgreesWithTheCatalogue(t *testing.T) {
	contract, err := openapi3.NewLoader().LoadFromData(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	s := newShop(t)
	var page cataloguePage
	if err := json.Unmarshal(s.call("GET", "/events/catalogue", "").body, &page); err != nil {
		t.Fatal(err)
	}
	agree := func(schema string, about func(checkout.EventType) bool) {
		for name, ref := range contract.Components.Schemas[schema].Value.Properties {
			page.agrees(t, schema+"."+name, name, ref, about)
		}
	}
	agree("Subscription", ofSubscription)
	agree("Transaction", func(e checkout.EventType) bool { return e != checkout.EventTest && !ofSubscription(e) })
}

func ofSubscription(e checkout.EventType) bool { return strings.HasPrefix(string(e), "SUBSCRIPTION_") }

// agrees compares what the contract says of one field.
func (page cataloguePage) agrees(t *testing.T, title, name string, ref *openapi3.SchemaRef, about func(checkout.EventType) bool) {
	t.Helper()
	var types, words []string // of all events
	for _, e := range page.Events {
		if p, ok := e.Schema.Properties.Data.Properties[name]; ok && about(e.Type) {
			types, words = append(types, texts(p.Type)...), append(words, texts(p.Enum)...)
		}
	}
	if types == nil {
		return // it is not in events
	}
	want := ref.Value.Type.Slice()
	if ref.Value.Nullable {
		want = append(want, "null")
	}
	if got := sorted(types); !slices.Equal(got, sorted(want)) {
		t.Errorf("%s is %v in the catalogue, %v in openapi.yaml", title, got, want)
	}
	if got, want := sorted(words), sorted(texts(ref.Value.Enum)); want != nil && !slices.Equal(got, want) {
		t.Errorf("%s may be %v in the catalogue, %v in openapi.yaml", title, got, want)
	}
}

// texts returns the texts of v, a text or a list.
func texts(v any) (list []string) {
	switch v := v.(type) {
	case string:
		list = append(list, v)
	case []any:
		for _, one := range v {
			list = append(list, texts(one)...)
		}
	}
	return list
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
