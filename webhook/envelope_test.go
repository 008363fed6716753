package webhook_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

var update = flag.Bool("update", false, "write the golden files")

func succeeded(metadata checkout.Metadata) checkout.Event {
	tx := paid()
	tx.Session.Metadata = metadata
	return checkout.Event{Seq: 3, ID: "evt_1", Type: checkout.EventPaymentSucceeded, CreatedAt: tx.Attempt.UpdatedAt, Transaction: tx}
}

func body(t testing.TB, e checkout.Event) []byte {
	t.Helper()
	b, err := webhook.Body(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheBodyIsTheGoldenOne(t *testing.T) {
	const path = "testdata/payment_succeeded.json"
	got := body(t, succeeded(`{"a<b":"Café & Cie\u2028d’Abidjan \"\\u2028\" \u0001","list":[{"z":1,"é":2,"y":3}],"order_id":"ORD-1","weight":1.50}`))
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("body is\n%s\nwant\n%s\n%v", got, want, err)
	}
}

func TestTheEnvelope(t *testing.T) {
	for _, c := range []struct {
		livemode bool
		want     string
	}{{true, "live"}, {false, "test"}} {
		e := succeeded("")
		e.Transaction.Account.Livemode = c.livemode
		var got map[string]any
		if err := json.Unmarshal(body(t, e), &got); err != nil {
			t.Fatal(err)
		}
		data, _ := got["data"].(map[string]any)
		if len(got) != 5 || got["id"] != "evt_1" || got["event"] != "PAYMENT_SUCCEEDED" || got["timestamp"] != "2026-02-14T10:31:04.007Z" ||
			got["lomi_environment"] != c.want || data["environment"] != c.want {
			t.Errorf("the envelope is %v", got)
		}
	}
}

func TestTheBodyOfATest(t *testing.T) {
	e := checkout.Event{ID: "evt_1", Type: checkout.EventTest, Subject: "we_1", CreatedAt: start}
	e.Transaction.Account.Livemode = true
	got, err := webhook.Body(e)
	want := `{"data":{"environment":"live","message":"This is a test of your webhook.","webhook_id":"we_1"},` +
		`"event":"test.webhook","id":"evt_1","lomi_environment":"live","timestamp":"2026-02-14T10:30:00.000Z"}`
	if err != nil || string(got) != want {
		t.Errorf("body is\n%s\nwant\n%s\n%v", got, want, err)
	}
	e.Transaction.Account.Livemode = false
	got, err = webhook.Body(e)
	if want := strings.ReplaceAll(want, `"live"`, `"test"`); err != nil || string(got) != want {
		t.Errorf("body is\n%s\nwant\n%s\n%v", got, want, err)
	}
}

func TestTextIsWrittenAsOtherEncodersWriteIt(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"HTML", "<a href='x'>&</a>", `"<a href='x'>&</a>"`},
		{"separators", "a\u2028b\u2029c", "\"a\u2028b\u2029c\""},
		{"an escape that is only text", `\u2028`, `"\\u2028"`},
		{"a backslash before a separator", "\\\u2029\\", "\"\\\\\u2029\\\\\""},
		{"neighbours of the separators", "\u2027\u202a", "\"\u2027\u202a\""},
		{"control characters", "\x00\b\t\n\f\r\x1b\x7f", "\"\\u0000\\b\\t\\n\\f\\r\\u001b\x7f\""},
		{"bytes that are no UTF-8", "a\xffb", "\"a\uFFFDb\""},
		{"beyond the basic plane", "😀", `"😀"`},
		{"quotes", `"/\`, `"\"/\\"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := succeeded("")
			e.Transaction.Session.Description = c.text
			if got := body(t, e); !bytes.Contains(got, []byte(`"description":`+c.want+`,`)) {
				t.Errorf("%q is not written as %s in\n%s", c.text, c.want, got)
			}
		})
	}
}

func TestABodyIsMadeTheSameAgain(t *testing.T) {
	e := succeeded(`{"b":1,"a":2}`)
	if a, b := body(t, e), body(t, e); !bytes.Equal(a, b) {
		t.Errorf("%s\n%s", a, b)
	}
}

// checkCanonical fails unless text is one JSON object, compact, in raw UTF-8 and
// with the keys of every object sorted.
func checkCanonical(t *testing.T, text []byte) {
	t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil || !bytes.Equal(compact.Bytes(), text) {
		t.Fatalf("not compact JSON: %v\n%s", err, text)
	}
	escapes := bytes.ReplaceAll(text, []byte(`\\`), nil)
	for _, escape := range []string{`\u003c`, `\u003e`, `\u0026`, `\u2028`, `\u2029`, `\ufffd`} {
		if bytes.Contains(escapes, []byte(escape)) {
			t.Fatalf("%s is escaped in\n%s", escape, text)
		}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	checkSorted(t, d)
}

// checkSorted reads one value from d.
func checkSorted(t *testing.T, d *json.Decoder) {
	token, err := d.Token()
	if err != nil {
		t.Fatal(err)
	}
	switch token {
	case json.Delim('{'):
		last, first := "", true
		for d.More() {
			key, err := d.Token()
			if err != nil {
				t.Fatal(err)
			}
			if k := key.(string); !first && k <= last {
				t.Fatalf("key %q stands behind %q", k, last)
			}
			last, first = key.(string), false
			checkSorted(t, d)
		}
	case json.Delim('['):
		for d.More() {
			checkSorted(t, d)
		}
	default:
		return
	}
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1.0,"b":[true,null,{"c":"\u2028"}]}`, `{"2":1,"10":2}`, `{"":{"":{"":[]}}}`,
		`{"n":-0,"m":1e400,"k":123456789012345678901234567890}`, `{"\ud800":"\udfff"}`, `{"a\\u2028":"<&>"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := checkout.ParseMetadata(text)
		if err != nil {
			t.Skip()
		}
		got := body(t, succeeded(m))
		checkCanonical(t, got)
		var decoded struct {
			Data struct {
				Metadata map[string]json.RawMessage `json:"metadata"`
			} `json:"data"`
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(got, &decoded); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(m.JSON(), &want); err != nil {
			t.Fatal(err)
		}
		for k, w := range want {
			if g := decoded.Data.Metadata[k]; !sameJSON(t, g, w) {
				t.Fatalf("metadata[%q] = %s, want %s", k, g, w)
			}
		}
	})
}

// sameJSON reports whether a and b are the same value, numbers spelt alike.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var values [2]any
	for i, text := range [][]byte{a, b} {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&values[i]); err != nil {
			t.Fatal(err)
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}
