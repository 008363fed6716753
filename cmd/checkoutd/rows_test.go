package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

// TestRowsDoNothingToATerminal prints what buyers and merchants may have written.
func TestRowsDoNothingToATerminal(t *testing.T) {
	const evil = "a\u009b31mb\u007fc\u202ed\u2066e\u2028f"
	text, err := json.Marshal(map[string]any{"id": "cus_1", "name": evil, "metadata": map[string]any{evil: evil}})
	if err != nil {
		t.Fatal(err)
	}
	raw := json.RawMessage(text)
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		e := &env{stdout: &out}
		if err := printRow(e, raw, asJSON); err != nil {
			t.Fatal(err)
		}
		if err := printRows(e, customerRows{}, []json.RawMessage{raw}, asJSON); err != nil {
			t.Fatal(err)
		}
		bad := func(r rune) bool {
			return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028'
		}
		if strings.ContainsFunc(out.String(), bad) {
			t.Errorf("as JSON %v: %q", asJSON, out.String())
		}
		var back map[string]any
		line, _, _ := strings.Cut(out.String(), "\n")
		if asJSON && (json.Unmarshal([]byte(line), &back) != nil || back["name"] != evil) {
			t.Errorf("not the same JSON: %q", line)
		}
	}
}
