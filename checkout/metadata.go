package checkout

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Limits of metadata, counted on the canonical text.
const (
	maxMetadataKeys  = 50
	maxMetadataBytes = 16 << 10
)

// Metadata is a JSON object in canonical form: compact, keys sorted at every
// level, numbers spelt as they came, no HTML escaping. "" is the empty object.
type Metadata string

// ParseMetadata returns the canonical form of text, which must hold one JSON
// object of at most 50 keys and 16 KiB.
func ParseMetadata(text []byte) (Metadata, error) {
	if m, ok := plain(text); ok {
		return m, nil
	}
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return "", invalid("metadata", "metadata must be an object")
	}
	return MetadataOf(object)
}

// plain returns the canonical form of what metadata mostly is, an object of a few
// strings in ASCII without escapes, at a fraction of the cost. Everything else is
// not ok.
func plain(text []byte) (_ Metadata, ok bool) {
	parts := bytes.Split(text, []byte{'"'}) // what is between quotes is at odd places
	if len(parts) < 5 || len(parts)%4 != 1 || len(parts) > 4*maxMetadataKeys || len(text) > maxMetadataBytes {
		return "", false
	}
	for i, part := range parts {
		mark := []string{",", "", ":", ""}[i%4]
		switch {
		case i == 0:
			mark = "{"
		case i == len(parts)-1:
			mark = "}"
		}
		if mark == "" && !simple(part) || mark != "" && string(bytes.Trim(part, " \t\r\n")) != mark {
			return "", false
		}
	}
	members := make([][2][]byte, 0, len(parts)/4)
	for i := 1; i < len(parts); i += 4 {
		members = append(members, [2][]byte{parts[i], parts[i+2]})
	}
	slices.SortFunc(members, func(a, b [2][]byte) int { return bytes.Compare(a[0], b[0]) })
	out := make([]byte, 0, len(text)+2)
	for i, m := range members {
		if i > 0 && bytes.Equal(m[0], members[i-1][0]) {
			return "", false
		}
		out = append(append(append(append(append(out, `,"`...), m[0]...), `":"`...), m[1]...), '"')
	}
	out[0] = '{'
	return Metadata(append(out, '}')), true
}

// simple reports whether text needs no escapes in a JSON string.
func simple(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c == '\\' || c > '~' {
			return false
		}
	}
	return true
}

// MetadataOf returns object as Metadata. Its values must be of types that
// encoding/json can encode.
func MetadataOf(object map[string]any) (Metadata, error) {
	if len(object) == 0 {
		return "", nil
	}
	if len(object) > maxMetadataKeys {
		return "", invalid("metadata", fmt.Sprintf("metadata must have at most %d keys", maxMetadataKeys))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b) // sorts the keys of maps
	e.SetEscapeHTML(false)
	if err := e.Encode(object); err != nil {
		return "", invalid("metadata", "metadata must hold JSON values")
	}
	if b.Len() > maxMetadataBytes {
		return "", invalid("metadata", fmt.Sprintf("metadata must be at most %d bytes", maxMetadataBytes))
	}
	return Metadata(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// JSON returns the object's text, "{}" if it is empty.
func (m Metadata) JSON() []byte {
	if m == "" {
		return []byte("{}")
	}
	return []byte(m)
}

// Values returns the object's values. Strings are their text, everything else
// is its JSON text: true, 12, [1,2].
func (m Metadata) Values() map[string]string {
	var object map[string]json.RawMessage
	if m == "" || json.Unmarshal([]byte(m), &object) != nil {
		return nil
	}
	values := make(map[string]string, len(object))
	for k, raw := range object {
		var s string
		if json.Unmarshal(raw, &s) != nil || raw[0] != '"' {
			s = string(raw)
		}
		values[k] = s
	}
	return values
}

// Matches reports whether the object has each of the wanted keys with the
// wanted value, as [Metadata.Values] spells it.
func (m Metadata) Matches(want map[string]string) bool {
	values := m.Values()
	for k, v := range want {
		if have, ok := values[k]; !ok || have != v {
			return false
		}
	}
	return true
}
