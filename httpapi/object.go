package httpapi

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// instant is a time on the wire: RFC 3339 in UTC with milliseconds.
type instant time.Time

// timeLayout always has three decimals: readers that parse by position exist.
const timeLayout = "2006-01-02T15:04:05.000Z"

// MarshalJSON writes the time, null for the zero time.
func (t instant) MarshalJSON() ([]byte, error) {
	return appendInstant(nil, time.Time(t)), nil
}

func appendInstant(b []byte, at time.Time) []byte {
	if at.IsZero() {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = at.UTC().AppendFormat(b, timeLayout)
	return append(b, '"')
}

// appender is a value that writes its own JSON: sessions, of which there are
// many.
type appender interface{ appendJSON(b []byte) []byte }

// encode appends the JSON of v and a newline.
func encode(b *bytes.Buffer, v any) error {
	if a, ok := v.(appender); ok {
		b.Write(append(a.appendJSON(b.AvailableBuffer()), '\n'))
		return nil
	}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// object appends a JSON object to buf, field by field. Names need no escapes.
type object struct {
	buf   []byte
	begun bool
}

func (o *object) name(name string) {
	mark := byte(',')
	if !o.begun {
		mark, o.begun = '{', true
	}
	o.buf = append(o.buf, mark, '"')
	o.buf = append(o.buf, name...)
	o.buf = append(o.buf, '"', ':')
}

// end returns buf with the whole object.
func (o *object) end() []byte { return append(o.buf, '}') }

func (o *object) text(name, value string) {
	o.name(name)
	o.buf = appendText(o.buf, value)
}

// optional writes null in the place of "".
func (o *object) optional(name, value string) {
	if value == "" {
		o.null(name)
		return
	}
	o.text(name, value)
}

func (o *object) number(name string, value int64) {
	o.name(name)
	o.buf = strconv.AppendInt(o.buf, value, 10)
}

func (o *object) flag(name string, value bool) {
	o.name(name)
	o.buf = strconv.AppendBool(o.buf, value)
}

// raw writes a value that is JSON already.
func (o *object) raw(name string, value []byte) {
	o.name(name)
	o.buf = append(o.buf, value...)
}

func (o *object) instant(name string, value time.Time) {
	o.name(name)
	o.buf = appendInstant(o.buf, value)
}

func (o *object) null(names ...string) {
	for _, name := range names {
		o.name(name)
		o.buf = append(o.buf, "null"...)
	}
}

// appendText appends text as a JSON string, without HTML escapes. What needs an
// escape is left to encoding/json.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return appendEscaped(b, text)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

func appendEscaped(b []byte, text string) []byte {
	var buffer bytes.Buffer
	e := json.NewEncoder(&buffer)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // every string can be encoded
	return append(b, bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))...)
}
