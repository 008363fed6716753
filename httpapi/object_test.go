package httpapi

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/checkout"
)

// TestTextIsWhatJSONEncodes compares with encoding/json, for any text.
func TestTextIsWhatJSONEncodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z"\\\\<>&é]{0,8}`), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(text); err != nil {
			t.Fatal(err)
		}
		if got := appendText([]byte("x"), text); string(got) != "x"+string(bytes.TrimSuffix(want.Bytes(), []byte("\n"))) {
			t.Fatalf("%q became %s, want %s", text, got, &want)
		}
	})
}

// TestSessionIsOneObjectWithDistinctNames reads a session back with
// encoding/json.
func TestSessionIsOneObjectWithDistinctNames(t *testing.T) {
	s := checkout.Session{
		ID: "cs_1", Title: "a \"b\" \u2028 <c>", Metadata: `{"k":"v"}`, Total: checkout.Money{Amount: 5, Currency: checkout.XOF},
		CreatedAt: time.Date(2026, 3, 1, 9, 0, 0, 5e6, time.UTC),
	}
	var b bytes.Buffer
	if err := encode(&b, wireSession{&s, checkout.Account{Merchant: "mer_1"}, "https://pay.example"}); err != nil {
		t.Fatal(err)
	}
	members, err := scanObject(b.Bytes()) // refuses duplicate names
	if err != nil || len(members) != 56 {
		t.Fatalf("%d fields, %v in %s", len(members), err, &b)
	}
	got := map[string]any{}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if codes, ok := got["coupon_codes"].([]any); !ok || len(codes) != 0 || got["line_items"] != nil {
		t.Errorf("coupon_codes are %v, line_items %v", got["coupon_codes"], got["line_items"])
	}
	for name, want := range map[string]any{
		"title": s.Title, "created_at": "2026-03-01T09:00:00.005Z", "expires_at": nil, "amount": 5.0, "description": nil, "url": "https://pay.example/cs_1",
		"discount_amount": 0.0, "fee_amount": 0.0, "deferred_amount": 0.0, "amount_due": 5.0, "exclusive": false,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
}
