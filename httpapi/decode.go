package httpapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 64 << 10

// body is a request's JSON object. Its getters note what is wrong with a field
// in problems and then return the zero value. "" and null count as absent, and
// unknown fields are ignored, as lomi.'s clients expect.
type body struct {
	raw      []byte
	members  []member
	problems checkout.Problems
}

// readBody reads and splits the body of r. No body at all is an empty object:
// some of lomi.'s SDKs send none.
func readBody(w http.ResponseWriter, r *http.Request) (*body, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, err
		}
		return nil, badJSON("", "the request body did not arrive whole")
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return &body{raw: []byte("{}")}, nil
	}
	members, err := scanObject(raw)
	return &body{raw: raw, members: members}, err
}

// get returns the raw value of a field, nil if it is absent.
func (b *body) get(name string) []byte {
	for _, m := range b.members {
		if string(m.name) == name {
			if string(m.raw) == "null" || string(m.raw) == `""` {
				return nil
			}
			return m.raw
		}
	}
	return nil
}

// text returns a string field.
func (b *body) text(name string) string {
	raw := b.get(name)
	if raw == nil {
		return ""
	}
	if raw[0] != '"' {
		b.problems.Add(name, name+" must be a string")
		return ""
	}
	return unquote(raw)
}

// flag returns a boolean field.
func (b *body) flag(name string, absent bool) bool {
	switch raw := b.get(name); string(raw) {
	case "":
		return absent
	case "true", "false":
		return raw[0] == 't'
	}
	b.problems.Add(name, name+" must be true or false")
	return absent
}

// integer returns a numeric field and whether it is given. 10000.0 and 1e4 are
// integers, 10.5 is not.
func (b *body) integer(name string) (n int64, given bool) {
	raw := b.get(name)
	if raw == nil {
		return 0, false
	}
	n, err := parseInteger(string(raw))
	switch {
	case raw[0] != '-' && (raw[0] < '0' || raw[0] > '9'):
		b.problems.Add(name, name+" must be a number")
	case errors.Is(err, strconv.ErrRange):
		b.problems.Add(name, name+" must be at most 9007199254740991")
	case err != nil:
		b.problems.Add(name, name+" must be an integer, in the smallest unit of the currency if it is money")
	}
	return n, true
}

// parseInteger returns the value of a JSON number without a fraction, at most
// 2^53−1 either way. It returns strconv.ErrRange beyond, strconv.ErrSyntax for
// a fraction.
func parseInteger(text string) (int64, error) {
	unsigned, negative := strings.CutPrefix(strings.ToLower(text), "-")
	mantissa, exponent, _ := strings.Cut(unsigned, "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	shift := 0
	if exponent != "" {
		var err error
		if shift, err = strconv.Atoi(exponent); err != nil || shift > 400 || shift < -400 {
			return 0, strconv.ErrRange
		}
	}
	digits, point := whole+fraction, len(whole)+shift
	if point < 0 {
		digits, point = strings.Repeat("0", -point)+digits, 0
	}
	if point > len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	}
	if strings.Trim(digits[point:], "0") != "" {
		return 0, strconv.ErrSyntax
	}
	digits = strings.TrimLeft(digits[:point], "0")
	if digits == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > checkout.MaxAmount {
		return 0, strconv.ErrRange
	}
	if negative {
		n = -n
	}
	return n, nil
}

// texts returns a field that is an array of strings, or one string.
func (b *body) texts(name string) (list []string) {
	raw := b.get(name)
	if raw == nil {
		return nil
	}
	if raw[0] == '"' {
		return []string{unquote(raw)}
	}
	if raw[0] != '[' {
		b.problems.Add(name, name+" must be an array of strings")
		return nil
	}
	s := scanner{text: raw}
	for s.pos++; s.pos < len(raw); s.pos++ {
		start := s.pos
		switch c := s.at(); {
		case c != '"' && bytes.IndexByte([]byte(" \t\r\n,]"), c) < 0:
			b.problems.Add(name, name+" must be an array of strings")
			return nil
		case c == '"':
			_ = s.quoted() // it has been scanned
			list = append(list, unquote(raw[start:s.pos]))
			s.pos--
		}
	}
	return list
}

// metadata returns a field that is an object.
func (b *body) metadata(name string) checkout.Metadata {
	raw := b.get(name)
	if raw == nil {
		return ""
	}
	if raw[0] != '{' {
		b.problems.Add(name, name+" must be an object")
		return ""
	}
	m, err := checkout.ParseMetadata(raw)
	b.problems.Merge(err)
	return m
}

// instant returns a field that is a time in RFC 3339.
func (b *body) instant(name string) time.Time {
	text := b.text(name)
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	b.problems.Check(err == nil, name, name+" must be a time in RFC 3339, such as 2026-03-01T09:00:00Z")
	return at
}
