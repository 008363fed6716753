package webhook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// field is what a schema says of a field.
type field struct {
	Type        any    `json:"type"`
	Format      string `json:"format"`
	Enum        []any  `json:"enum"`
	Description string `json:"description"`
}

// types returns the names of f's types in words.
func (f field) types() string {
	list, many := f.Type.([]any)
	if !many {
		list = []any{f.Type}
	}
	return strings.TrimSuffix(fmt.Sprintln(list...), "\n")
}

// nullable reports whether f may be null, among other values.
func (f field) nullable() bool { return strings.HasSuffix(f.types(), " null") }

// words returns the values that f may have, if they are counted.
func (f field) words() string {
	var words []string
	for _, v := range f.Enum {
		if v != nil {
			words = append(words, fmt.Sprintf("`%v`", v))
		}
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// row is f in a table.
func (f field) row(name string) string {
	types := strings.Replace(f.types(), " null", " or null", 1)
	if f.Format != "" {
		types = f.Format
	}
	about := f.Description
	if words := f.words(); words != "" {
		about = strings.TrimPrefix(about+": "+words, ": ")
	}
	return fmt.Sprintf("| `%s` | %s | %s |\n", name, types, about)
}

// narrowed returns what is said of name besides what general says.
func (f field) narrowed(name string, general field) string {
	var more []string
	if f.words() != general.words() {
		more = append(more, f.words())
	}
	if f.Description != general.Description {
		more = append(more, strings.ToLower(f.Description[:1])+f.Description[1:])
	}
	if len(more) == 0 && f.nullable() != general.nullable() {
		more = append(more, "not null")
	}
	if f.types() == "null" || len(more) == 0 { // the sample shows what is null
		return ""
	}
	return "`" + name + "` is " + strings.Join(more, ", ")
}

// TestEventsAreDocumented holds EVENTS.md to the catalogue. When samples.json
// changes, -update is needed twice: the catalogue is compiled with what was there.
func TestEventsAreDocumented(t *testing.T) {
	var parts struct{ Envelope, Transaction, Subscription, Update map[string]field }
	text, err := os.ReadFile("catalogue.json")
	if err == nil {
		err = json.Unmarshal(text, &parts)
	}
	if err != nil {
		t.Fatal(err)
	}
	names, recurring := namesOf(reflect.TypeFor[webhook.Transaction]()), namesOf(reflect.TypeFor[webhook.Subscription]())
	var b bytes.Buffer
	b.WriteString(eventsIntro)
	var unsent []string
	for _, k := range catalogue(t) {
		if k.Sent {
			fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", k.Type, anchor(k.Type), k.Description)
		} else {
			unsent = append(unsent, "`"+string(k.Type)+"`")
		}
	}
	fmt.Fprintf(&b, "\nEndpoints may also ask for these, which this version does not send: %s.\n", strings.Join(unsent, ", "))
	b.WriteString("\n## The body\n\n| field | type | |\n|---|---|---|\n")
	for _, name := range []string{"id", "event", "timestamp", "lomi_environment", "data"} {
		b.WriteString(parts.Envelope[name].row(name))
	}
	b.WriteString("\n## data\n\nIn every event about a payment, a refund or a dispute, and in the answers of `/transactions`:\n\n| field | type | |\n|---|---|---|\n")
	for _, name := range names {
		b.WriteString(parts.Transaction[name].row(name))
	}
	b.WriteString("\nIn every event about a subscription, and in the answers of `/subscriptions`:\n\n| field | type | |\n|---|---|---|\n")
	for _, name := range recurring {
		b.WriteString(parts.Subscription[name].row(name))
	}
	b.WriteString("\nIn `SUBSCRIPTION_UPDATED` also:\n\n| field | type | |\n|---|---|---|\n")
	for _, name := range []string{"object", "previous_attributes", "context"} {
		b.WriteString(parts.Update[name].row(name))
	}
	for _, k := range catalogue(t) {
		switch {
		case k.Sent && ofSubscription(k.Type):
			documented(t, &b, k, recurring, parts.Subscription)
		case k.Sent:
			documented(t, &b, k, names, parts.Transaction)
		}
	}
	golden(t, "EVENTS.md", b.Bytes())
}

// namesOf returns the names of a type's fields on the wire, in the order of the
// source.
func namesOf(of reflect.Type) (names []string) {
	for f := range of.Fields() {
		names = append(names, f.Tag.Get("json"))
	}
	return names
}

// anchor is what links to the section of a type say.
func anchor(t checkout.EventType) string {
	return strings.ReplaceAll(strings.ToLower(string(t)), ".", "")
}

const eventsIntro = `<!-- Made by: go test ./webhook -update -->

# Events

What an endpoint may be told. ` + "`GET /events/catalogue`" + ` answers with the same for programs: each event with a JSON Schema (draft 2020-12) of its body and the samples below, which the simulated providers made. Fields may be added: ignore what you do not know.

| event | when |
|---|---|
`

// documented writes the section of one type.
func documented(t *testing.T, b *bytes.Buffer, k webhook.Kind, names []string, general map[string]field) {
	t.Helper()
	var schema struct {
		Properties struct {
			Data struct{ Properties map[string]field }
		}
	}
	if err := json.Unmarshal(k.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n", k.Type, k.Description)
	var said []string
	for _, name := range names {
		if k.Type != "test.webhook" {
			said = append(said, schema.Properties.Data.Properties[name].narrowed(name, general[name]))
		}
	}
	if said = slices.DeleteFunc(said, func(s string) bool { return s == "" }); len(said) > 0 {
		fmt.Fprintf(b, "\nHere %s.\n", strings.Join(said, "; "))
	}
	var sample bytes.Buffer
	if err := json.Indent(&sample, k.Sample, "", "  "); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(b, "\n<details><summary>Sample</summary>\n\n```json\n%s\n```\n\n</details>\n", &sample)
}
