package checkout

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMetadataIsCanonical(t *testing.T) {
	for text, want := range map[string]Metadata{
		`{}`:                             "",
		` { "b" : 1.50 , "a" : "<é>" } `: `{"a":"<é>","b":1.50}`,
		`{"n":12345678901234567890,"z":{"y":1,"x":[ ]}}`: `{"n":12345678901234567890,"z":{"x":[],"y":1}}`,
	} {
		got, err := ParseMetadata([]byte(text))
		if err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", text, got, err, want)
		}
	}
	if got := string(Metadata("").JSON()); got != "{}" {
		t.Errorf("empty is %s", got)
	}
}

func TestMetadataHasLimits(t *testing.T) {
	many := map[string]any{}
	for i := range 51 {
		many[strings.Repeat("k", i+1)] = i
	}
	for name, object := range map[string]map[string]any{
		"51 keys": many, "17 KiB": {"k": strings.Repeat("x", 17<<10)}, "a channel": {"k": make(chan int)},
	} {
		if _, err := MetadataOf(object); CodeOf(err) != CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	delete(many, "k")
	if _, err := MetadataOf(many); err != nil {
		t.Errorf("50 keys: %v", err)
	}
}

func TestMetadataKeepsEveryValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.MapOfN(rapid.StringN(0, 10, 20), rapid.StringN(0, 20, 60), 0, 20).Draw(t, "object")
		loose := map[string]any{}
		for k, v := range object {
			loose[k] = v
		}
		m, err := MetadataOf(loose)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseMetadata(m.JSON())
		if err != nil || again != m {
			t.Fatalf("%s became %s, %v", m, again, err)
		}
		if got := m.Values(); !maps.Equal(got, object) {
			t.Fatalf("%s has %v, want %v", m, got, object)
		}
	})
}

// TestPlainMetadataIsWhatTheLongWayMakes spells objects in the ways of JSON, and
// in others, and compares the shortcut with the long way.
func TestPlainMetadataIsWhatTheLongWayMakes(t *testing.T) {
	short := 0
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-c!"\\\\é{}:, ]{0,3}`)
		space := rapid.SampledFrom([]string{"", " ", "\n", "\t ", "\v", ","})
		value := rapid.SampledFrom([]string{`"x"`, `1`, `{"a":"b"}`, `""`})
		if rapid.Bool().Draw(t, "usual") { // as most clients write it
			word, space, value = rapid.StringMatching(`[a-z]{3,6}`), rapid.Just(""), rapid.Just(`"x"`)
		}
		var b strings.Builder
		b.WriteString(space.Draw(t, "s") + "{")
		for i := range rapid.IntRange(0, 4).Draw(t, "members") {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString(space.Draw(t, "s") + `"` + word.Draw(t, "name") + `"` + space.Draw(t, "s") + ":" + value.Draw(t, "value"))
		}
		b.WriteString("}" + space.Draw(t, "s"))
		got, ok := plain([]byte(b.String()))
		if !ok {
			return
		}
		short++
		var object map[string]any
		if err := json.Unmarshal([]byte(b.String()), &object); err != nil {
			t.Fatalf("%q was taken for JSON: %v", b.String(), err)
		}
		if want, err := MetadataOf(object); err != nil || got != want {
			t.Fatalf("%q became %s, want %s, %v", b.String(), got, want, err)
		}
	})
	if short == 0 {
		t.Error("the shortcut was never taken")
	}
}

func TestValuesOfOtherTypesAreTheirText(t *testing.T) {
	m, err := ParseMetadata([]byte(`{"s":"12","n":12.0,"b":true,"z":null,"l":[1, 2]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"s": "12", "n": "12.0", "b": "true", "z": "null", "l": "[1,2]"}
	if got := m.Values(); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if !json.Valid(m.JSON()) {
		t.Errorf("%s", m)
	}
}
