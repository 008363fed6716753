package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/checkout"
)

// FuzzScanObject holds the scanner against encoding/json: what it accepts is
// valid, and its members are what encoding/json finds.
func FuzzScanObject(f *testing.F) {
	for _, seed := range []string{
		example, plain, `{}`, `{"a":{"b":[1,-2.5e+3,"\u00e9\ud83d\ude00\n",null,true,false,{}]}}`, `{"a":01}`, `{"a":"`, `{"a":1,}`,
		`{"a"}`, `[]`, `{"\u0061":1,"a":2}`, `{"a":tru}`, `{"a":-}`, `{"a":1.}`, `{"a":1e}`, "{\"a\":\"\t\"}", `{"a":"\x"}`, `{"a":"\u12`, `{"a":[1,]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		members, err := scanObject(text)
		if err != nil {
			if checkout.CodeOf(err) != checkout.CodeInvalid {
				t.Fatalf("%v is not the caller's fault", err)
			}
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatalf("accepted %q: %v", text, err)
		}
		if len(members) != len(want) {
			t.Fatalf("%d members in %q, want %d", len(members), text, len(want))
		}
		for _, m := range members {
			if !bytes.Equal(m.raw, want[string(m.name)]) {
				t.Fatalf("%s is %q, want %q", m.name, m.raw, want[string(m.name)])
			}
			if m.raw[0] == '"' {
				var s string
				if err := json.Unmarshal(m.raw, &s); err != nil || s != unquote(m.raw) {
					t.Fatalf("%q reads %q, want %q", m.raw, unquote(m.raw), s)
				}
			}
		}
	})
}

// TestScannerAcceptsWhatJSONEncodes is the other direction: nothing valid is
// refused.
func TestScannerAcceptsWhatJSONEncodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.MapOf(rapid.String(), rapid.OneOf(
			rapid.String().AsAny(), rapid.Int64().AsAny(), rapid.Float64().AsAny(), rapid.Bool().AsAny(),
			rapid.SliceOf(rapid.String()).AsAny(), rapid.MapOf(rapid.String(), rapid.Int()).AsAny(),
		)).Draw(t, "object")
		text, err := json.Marshal(object)
		if err != nil {
			t.Skip("not encodable")
		}
		if members, err := scanObject(text); err != nil || len(members) != len(object) {
			t.Fatalf("%s: %d members, %v", text, len(members), err)
		}
	})
}

// TestIntegersAreExact compares with exact arithmetic.
func TestIntegersAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,6})?([eE][-+]?[0-9]{1,2})?`).Draw(t, "number")
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatal(text)
		}
		limit := new(big.Rat).SetInt64(checkout.MaxAmount)
		got, err := parseInteger(text)
		switch {
		case !want.IsInt():
			if !errors.Is(err, strconv.ErrSyntax) {
				t.Fatalf("%s: %d, %v", text, got, err)
			}
		case new(big.Rat).Abs(want).Cmp(limit) > 0:
			if !errors.Is(err, strconv.ErrRange) {
				t.Fatalf("%s: %d, %v", text, got, err)
			}
		case err != nil || want.Num().Cmp(big.NewInt(got)) != 0:
			t.Fatalf("%s: %d, %v", text, got, err)
		}
	})
}
