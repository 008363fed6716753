package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/checkoutd/checkoutd/checkout"
)

// envelope is the body of a delivery.
type envelope struct {
	ID          string             `json:"id"`
	Event       checkout.EventType `json:"event"`
	Timestamp   string             `json:"timestamp"`
	Data        any                `json:"data"`
	Environment string             `json:"lomi_environment"`
}

// Body returns what every delivery of e carries:
//
//	{"data":{…},"event":"PAYMENT_SUCCEEDED","id":"evt_…","lomi_environment":"live","timestamp":"…Z"}
//
// It is canonical JSON, so that tools which decode a body and encode it again on
// its way to the receiver, in JavaScript or in Rust, give back the signed bytes:
// compact, keys sorted at every level, everything in raw UTF-8 that JSON does
// not require to be escaped. Numbers in metadata are spelt as they came, and
// keys sort by their UTF-8 bytes; a number such as 1.0, and a key that is a
// whole number, is the one thing that JavaScript would write otherwise.
func Body(e checkout.Event) ([]byte, error) {
	environment := e.Transaction.Account.Environment()
	data, err := dataOf(e)
	if err != nil {
		return nil, fmt.Errorf("webhook: body of %s: %w", e.ID, err)
	}
	body, err := canonical(envelope{
		ID: e.ID, Event: e.Type, Timestamp: stamp(e.CreatedAt), Data: data, Environment: environment,
	})
	if err != nil {
		return nil, fmt.Errorf("webhook: body of %s: %w", e.ID, err)
	}
	return body, nil
}

// dataOf returns what an event is about.
func dataOf(e checkout.Event) (any, error) {
	switch {
	case e.Type == checkout.EventTest:
		return TestData{e.Transaction.Account.Environment(), "This is a test of your webhook.", e.Subject}, nil
	case e.Transaction.Change != nil:
		return newSubscriptionUpdate(e.Transaction)
	case e.Transaction.Subscription != nil:
		return NewSubscription(e.Transaction), nil
	}
	return NewTransaction(e.Transaction), nil
}

// TestData is what the event test.webhook says.
type TestData struct {
	Environment string `json:"environment"` // "live" or "test"
	Message     string `json:"message"`
	WebhookID   string `json:"webhook_id"` // the endpoint that is tried
}

// canonical encodes v by way of maps, whose keys encoding/json sorts.
func canonical(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(tree); err != nil {
		return nil, err
	}
	return unescapeSeparators(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// unescapeSeparators writes U+2028 and U+2029 as themselves. encoding/json
// escapes them for the sake of old JavaScript; other encoders do not.
func unescapeSeparators(text []byte) []byte {
	if !bytes.Contains(text, []byte(`\u202`)) {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		switch {
		case text[i] != '\\':
			out = append(out, text[i])
			i++
		case bytes.HasPrefix(text[i:], []byte(`\u2028`)), bytes.HasPrefix(text[i:], []byte(`\u2029`)):
			out = append(out, 0xe2, 0x80, 0xa8+text[i+5]-'8')
			i += 6
		default: // another escape: what it escapes may be a backslash
			out = append(out, text[i], text[i+1])
			i += 2
		}
	}
	return out
}
