// Package row turns what the domain speaks of into columns and back. Its
// structs have the fields that sqlc generates for the tables, so that the
// generated structs of every engine convert to them.
package row

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Millis returns an instant that every row has as Unix milliseconds.
func Millis(t time.Time) int64 { return t.UnixMilli() }

// At is the reverse of [Millis].
func At(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// Optional returns an instant that a row may lack: 0 stands for the zero time.
// The epoch itself, where stopped clocks like to begin, becomes the millisecond
// behind it.
func Optional(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return max(t.UnixMilli(), 1)
}

// OptionalAt is the reverse of [Optional].
func OptionalAt(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return At(ms)
}

// Flag returns 1 for true and 0 for false.
func Flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Blob returns b, or no bytes for nil, which drivers would make NULL.
func Blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// object returns v as JSON, "" if it is the zero value, which is most often so.
func object[T comparable](v T) (string, error) {
	var zero T
	if v == zero {
		return "", nil
	}
	text, err := json.Marshal(v)
	return string(text), err
}

// parse is the reverse of object.
func parse[T any](text string) (v T, err error) {
	if text == "" {
		return v, nil
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, fmt.Errorf("store: a row holds bad JSON: %w", err)
	}
	return v, nil
}

// texts returns values as JSON, "" if there are none, which is most often so.
func texts[V any](values []V) (string, error) {
	if len(values) == 0 {
		return "", nil
	}
	text, err := json.Marshal(values)
	return string(text), err
}

// parseTexts is the reverse of texts.
func parseTexts[V any](text string) (values []V, err error) {
	if text == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		return nil, fmt.Errorf("store: a row holds bad JSON: %w", err)
	}
	return values, nil
}

// list returns values as text, between commas on both sides: ",a,b,". No value
// holds a comma. An empty list is "".
func list[S ~string](values []S) string {
	if len(values) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteByte(',')
	for _, v := range values {
		b.WriteString(string(v))
		b.WriteByte(',')
	}
	return b.String()
}

// unlist is the reverse of list.
func unlist[S ~string](text string) []S {
	var values []S
	for v := range strings.SplitSeq(strings.Trim(text, ","), ",") {
		if v != "" {
			values = append(values, S(v))
		}
	}
	return values
}
