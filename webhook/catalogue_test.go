package webhook_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

func catalogue(t *testing.T) []webhook.Kind {
	t.Helper()
	kinds, err := webhook.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

// schemas returns the schema of each type that is sent, compiled by a validator
// that is not ours.
func schemas(t *testing.T) map[checkout.EventType]*jsonschema.Schema {
	t.Helper()
	compiled := map[checkout.EventType]*jsonschema.Schema{}
	for _, k := range catalogue(t) {
		if !k.Sent {
			continue
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource("event.json", decoded(t, k.Schema)); err != nil {
			t.Fatal(err)
		}
		schema, err := c.Compile("event.json")
		if err != nil {
			t.Fatalf("%s: %v", k.Type, err)
		}
		compiled[k.Type] = schema
	}
	return compiled
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func TestEveryTypeIsInTheCatalogue(t *testing.T) {
	var types []checkout.EventType
	for _, k := range catalogue(t) {
		types = append(types, k.Type)
		family, _, _ := strings.Cut(string(k.Type), "_")
		if later := family == "USAGE" || family == "PAYOUT" || k.Type == "SUBSCRIPTION_USAGE_PERIOD_CLOSED"; later == k.Sent {
			t.Errorf("%s: sent is %t", k.Type, k.Sent)
		}
		if whole := k.Description != "" && k.Schema != nil && k.Sample != nil; whole != k.Sent {
			t.Errorf("%s is described: %t, sent: %t", k.Type, whole, k.Sent)
		}
	}
	if !slices.Equal(types, checkout.EventTypes) {
		t.Errorf("the catalogue has %v, want %v", types, checkout.EventTypes)
	}
}

func TestSamplesFitTheirSchemas(t *testing.T) {
	compiled := schemas(t)
	for _, k := range catalogue(t) {
		if !k.Sent {
			continue
		}
		for other, schema := range compiled {
			if err := schema.Validate(decoded(t, k.Sample)); (err == nil) != (other == k.Type) {
				t.Errorf("the sample of %s by the schema of %s: %v", k.Type, other, err)
			}
		}
		checkCanonical(t, k.Sample)
	}
}

// TestBrokenEventsDoNotFit takes each field of each sample away, and gives it a
// value that it cannot have.
func TestBrokenEventsDoNotFit(t *testing.T) {
	compiled := schemas(t)
	for _, k := range catalogue(t) {
		if !k.Sent {
			continue
		}
		for _, inner := range []bool{false, true} {
			object := func() (whole, part map[string]any) {
				whole = decoded(t, k.Sample).(map[string]any)
				if inner {
					return whole, whole["data"].(map[string]any)
				}
				return whole, whole
			}
			_, fields := object()
			for name := range fields {
				whole, part := object()
				delete(part, name)
				if compiled[k.Type].Validate(whole) == nil {
					t.Errorf("%s fits without %s", k.Type, name)
				}
				part[name] = []any{}
				if compiled[k.Type].Validate(whole) == nil {
					t.Errorf("%s fits with an array as %s", k.Type, name)
				}
			}
			whole, part := object()
			part["new_in_a_later_version"] = 1
			if err := compiled[k.Type].Validate(whole); err != nil {
				t.Errorf("%s with a new field: %v", k.Type, err)
			}
		}
	}
}

// known is what schemas say of a field, all of them taken together.
type known struct{ types, enum []string }

// ofSubscription reports whether events of a type are about a subscription.
func ofSubscription(t checkout.EventType) bool { return strings.HasPrefix(string(t), "SUBSCRIPTION_") }

// ofMoney reports whether events of a type are about a transaction.
func ofMoney(t checkout.EventType) bool { return t != checkout.EventTest && !ofSubscription(t) }

// dataFields returns what the schemas of some events say of data, what is particular
// to updates aside, and fails if one of them has other fields.
func dataFields(t *testing.T, some func(checkout.EventType) bool) map[string]known {
	t.Helper()
	all := map[string]known{}
	for _, k := range catalogue(t) {
		if !k.Sent || !some(k.Type) {
			continue
		}
		var schema struct {
			Properties struct {
				Data struct {
					Properties map[string]struct {
						Type any
						Enum []any
					}
				}
			}
		}
		if err := json.Unmarshal(k.Schema, &schema); err != nil {
			t.Fatal(err)
		}
		fields := schema.Properties.Data.Properties
		if k.Type == checkout.EventSubscriptionUpdated {
			for _, name := range []string{"object", "previous_attributes", "context"} {
				delete(fields, name)
			}
		}
		if len(all) != 0 && len(all) != len(fields) {
			t.Errorf("%s has %d fields, others %d", k.Type, len(fields), len(all))
		}
		for name, f := range fields {
			types, many := f.Type.([]any)
			if !many {
				types = []any{f.Type}
			}
			all[name] = known{union(all[name].types, types), union(all[name].enum, f.Enum)}
		}
	}
	return all
}

// union adds to a sorted list; null is "".
func union(list []string, more []any) []string {
	for _, v := range more {
		text, _ := v.(string)
		list = append(list, text)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func TestSchemasHaveTheFieldsOfATransaction(t *testing.T) {
	compareFields(t, reflect.TypeFor[webhook.Transaction](), dataFields(t, ofMoney))
}

func TestSchemasHaveTheFieldsOfASubscription(t *testing.T) {
	compareFields(t, reflect.TypeFor[webhook.Subscription](), dataFields(t, ofSubscription))
}

// compareFields holds what schemas say to a type of this package.
func compareFields(t *testing.T, of reflect.Type, got map[string]known) {
	t.Helper()
	want := map[string][]string{}
	for f := range of.Fields() {
		kind, types := f.Type, []string{}
		if kind.Kind() == reflect.Pointer {
			kind, types = kind.Elem(), []string{"null"}
		}
		name := map[reflect.Kind]string{
			reflect.String: "string", reflect.Int64: "integer", reflect.Bool: "boolean", reflect.Map: "object",
		}[kind.Kind()]
		types = append(types, name)
		slices.Sort(types)
		want[f.Tag.Get("json")] = types
	}
	for name, types := range want {
		if !slices.Equal(got[name].types, types) {
			t.Errorf("%s is %v in the schemas, %v in %s", name, got[name].types, types, of.Name())
		}
	}
	for name := range got {
		if want[name] == nil {
			t.Errorf("%s is in the schemas and not in %s", name, of.Name())
		}
	}
}

func TestSchemasHaveTheWordsOfTheDomain(t *testing.T) {
	statuses, holds := map[string]bool{}, map[string]bool{"": true}
	for _, s := range constants(t, "attempt.go", "AttemptStatus") {
		statuses[webhook.Status(checkout.AttemptStatus(s))] = true
		tx := paid()
		tx.Attempt.Status = checkout.AttemptStatus(s)
		if hold := webhook.NewTransaction(tx).HoldReason; hold != nil {
			holds[*hold] = true
		}
	}
	refunds, disputes, currencies := map[string]bool{"": true}, map[string]bool{"": true}, map[string]bool{}
	for _, s := range constants(t, "refund.go", "RefundStatus") {
		refunds[webhook.RefundStatus(checkout.RefundStatus(s))] = true
	}
	for _, s := range constants(t, "signal.go", "DisputeState") {
		disputes[s] = true
	}
	for _, s := range constants(t, "money.go", "Currency") {
		currencies[s] = true
	}
	subscriptions, intervals := map[string]bool{}, map[string]bool{}
	for _, s := range constants(t, "subscription.go", "SubscriptionStatus") {
		subscriptions[s] = true
	}
	for _, s := range constants(t, "catalog.go", "Interval") {
		intervals[s] = true
	}
	recurring := dataFields(t, ofSubscription)
	for name, words := range map[string]map[string]bool{"status": subscriptions, "billing_interval": intervals, "currency_code": currencies} {
		if want := slices.Sorted(maps.Keys(words)); !slices.Equal(recurring[name].enum, want) {
			t.Errorf("%s of a subscription may be %q in the schemas, %q in the domain", name, recurring[name].enum, want)
		}
	}
	fields := dataFields(t, ofMoney)
	for name, words := range map[string]map[string]bool{
		"status": statuses, "hold_reason": holds, "refund_status": refunds, "dispute_status": disputes,
		"currency": currencies, "currency_code": currencies, "environment": {"live": true, "test": true},
	} {
		if want := slices.Sorted(maps.Keys(words)); !slices.Equal(fields[name].enum, want) {
			t.Errorf("%s may be %q in the schemas, %q in the domain", name, fields[name].enum, want)
		}
	}
}

// constants returns the constants of a type of texts, out of the domain's source.
func constants(t *testing.T, file, name string) (values []string) {
	t.Helper()
	source, err := parser.ParseFile(token.NewFileSet(), "../checkout/"+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(source, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != name {
			return true
		}
		for _, v := range spec.Values {
			if text, ok := v.(*ast.BasicLit); ok {
				value, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, value)
			}
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("%s has no constants of %s", file, name)
	}
	return values
}
