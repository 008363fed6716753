package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxDepth bounds how deep objects and arrays may nest in a request.
const maxDepth = 32

// member is one field of a JSON object; raw is its value as it came.
type member struct {
	name []byte
	raw  []byte
}

// scanObject splits the JSON object in body into its members. It is stricter
// than encoding/json, which lets pass what makes two readers of one request
// disagree: duplicate names, invalid UTF-8 and lone surrogates. Its errors name
// the field at fault.
func scanObject(body []byte) ([]member, error) {
	if !utf8.Valid(body) {
		return nil, badJSON("", "the request body is not valid UTF-8")
	}
	s := scanner{text: body}
	s.space()
	if s.at() != '{' {
		return nil, badJSON("", "the request body must be a JSON object")
	}
	members, err := s.object(0, true)
	if err != nil {
		return nil, err
	}
	if s.space(); s.pos < len(body) {
		return nil, s.fail("text behind the object")
	}
	return members, nil
}

func badJSON(field, message string) error {
	e := &checkout.Error{Code: checkout.CodeInvalid, Message: message}
	if field != "" {
		e.Message = field + ": " + message
		e.Fields = []checkout.Field{{Name: field, Message: e.Message}}
	}
	return e
}

type scanner struct {
	text []byte
	pos  int
	path [][]byte
}

func (s *scanner) fail(what string) error {
	return badJSON(s.where(), fmt.Sprintf("not valid JSON: %s at byte %d", what, s.pos))
}

// where names the field that is being read: "metadata.order_id".
func (s *scanner) where() string { return string(bytes.Join(s.path, []byte("."))) }

// at returns the byte at the position, 0 behind the end.
func (s *scanner) at() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.pos < len(s.text) && bytes.IndexByte([]byte(" \t\r\n"), s.text[s.pos]) >= 0 {
		s.pos++
	}
}

// object reads an object at its opening brace. It returns its members if keep.
func (s *scanner) object(depth int, keep bool) (members []member, err error) {
	if depth >= maxDepth {
		return nil, badJSON(s.where(), fmt.Sprintf("the request nests deeper than %d levels", maxDepth))
	}
	s.pos++
	if s.space(); s.at() == '}' {
		s.pos++
		return nil, nil
	}
	if keep {
		members = make([]member, 0, 16)
	}
	var seen names
	for {
		s.space()
		name, err := s.name()
		if err != nil {
			return nil, err
		}
		s.path = append(s.path, name)
		if !seen.add(name) {
			return nil, badJSON(s.where(), "the field is given twice")
		}
		start := s.pos
		if err := s.value(depth + 1); err != nil {
			return nil, err
		}
		s.path = s.path[:len(s.path)-1]
		if keep {
			members = append(members, member{name, s.text[start:s.pos]})
		}
		s.space()
		switch s.at() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return members, nil
		default:
			return nil, s.fail("expected , or }")
		}
	}
}

// name reads a member's name and the colon.
func (s *scanner) name() ([]byte, error) {
	start := s.pos
	if err := s.quoted(); err != nil {
		return nil, err
	}
	name := s.text[start+1 : s.pos-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(unquote(s.text[start:s.pos]))
	}
	if s.space(); s.at() != ':' {
		return nil, s.fail("expected :")
	}
	s.pos++
	s.space()
	return name, nil
}

// names is a set of names. Up to fewNames, to look through them is faster than a
// map.
type names struct {
	few  [][]byte
	many map[string]bool
}

const fewNames = 32

// add reports whether name is new.
func (n *names) add(name []byte) bool {
	if n.many == nil && len(n.few) < fewNames {
		if slices.ContainsFunc(n.few, func(e []byte) bool { return bytes.Equal(e, name) }) {
			return false
		}
		n.few = append(n.few, name)
		return true
	}
	if n.many == nil {
		n.many = make(map[string]bool, 4*fewNames)
		for _, e := range n.few {
			n.many[string(e)] = true
		}
	}
	isNew := !n.many[string(name)]
	n.many[string(name)] = true
	return isNew
}

// value reads one value.
func (s *scanner) value(depth int) error {
	switch c := s.at(); {
	case c == '{':
		_, err := s.object(depth, false)
		return err
	case c == '[':
		return s.array(depth)
	case c == '"':
		return s.quoted()
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(s.text[s.pos:], []byte(word)) {
			s.pos += len(word)
			return nil
		}
	}
	return s.fail("expected a value")
}

func (s *scanner) array(depth int) error {
	if depth >= maxDepth {
		return badJSON(s.where(), fmt.Sprintf("the request nests deeper than %d levels", maxDepth))
	}
	s.pos++
	if s.space(); s.at() == ']' {
		s.pos++
		return nil
	}
	for {
		s.space()
		if err := s.value(depth + 1); err != nil {
			return err
		}
		s.space()
		switch s.at() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return nil
		default:
			return s.fail("expected , or ]")
		}
	}
}

// quoted reads a string. Its UTF-8 has been checked.
func (s *scanner) quoted() error {
	if s.at() != '"' {
		return s.fail("expected a string")
	}
	for s.pos++; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == '"':
			s.pos++
			return nil
		case c < ' ':
			return s.fail("a control character in a string")
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		}
	}
	return s.fail("a string without an end")
}

// escape reads an escape sequence from its backslash to its last byte.
func (s *scanner) escape() error {
	s.pos++
	if c := s.at(); c != 'u' {
		if c == 0 || bytes.IndexByte([]byte(`"\/bfnrt`), c) < 0 {
			return s.fail("an unknown escape")
		}
		return nil
	}
	r, ok := s.hex()
	if !ok {
		return s.fail("a bad \\u escape")
	}
	if !utf16.IsSurrogate(r) {
		return nil
	}
	if bytes.HasPrefix(s.text[s.pos+1:], []byte(`\u`)) {
		s.pos += 2
		if low, ok := s.hex(); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			return nil
		}
	}
	return s.fail("half of a surrogate pair")
}

// hex reads four hexadecimal digits behind the u of an escape.
func (s *scanner) hex() (r rune, ok bool) {
	if s.pos+4 >= len(s.text) {
		return 0, false
	}
	for range 4 {
		s.pos++
		d := strings.IndexByte("0123456789abcdef", s.text[s.pos]|0x20)
		if d < 0 {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}

// number reads a number by the grammar of RFC 8259, section 6.
func (s *scanner) number() error {
	if s.at() == '-' {
		s.pos++
	}
	zero := s.at() == '0'
	if n := s.digits(); n == 0 || zero && n > 1 {
		return s.fail("a bad number")
	}
	if s.at() == '.' {
		if s.pos++; s.digits() == 0 {
			return s.fail("a bad number")
		}
	}
	if c := s.at(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.at(); c == '+' || c == '-' {
			s.pos++
		}
		if s.digits() == 0 {
			return s.fail("a bad number")
		}
	}
	return nil
}

func (s *scanner) digits() (n int) {
	for s.at() >= '0' && s.at() <= '9' {
		s.pos++
		n++
	}
	return n
}

// unquote returns the text of a string that has been scanned.
func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var text string
	_ = json.Unmarshal(raw, &text) // it has been scanned
	return text
}
