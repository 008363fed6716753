package httpapi

import (
	"errors"
	"fmt"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxObjects is how many objects a field may hold: what is wrong with each is said.
const maxObjects = 100

// objects returns a field that is an array of objects.
func (b *body) objects(name string) (list []*body) {
	raw := b.get(name)
	if raw == nil {
		return nil
	}
	if raw[0] != '[' {
		b.problems.Add(name, name+" must be an array of objects")
		return nil
	}
	s := scanner{text: raw, pos: 1}
	for s.space(); s.at() != ']'; s.space() {
		if s.at() == ',' {
			s.pos++
			s.space()
		}
		start := s.pos
		if len(list) == maxObjects {
			b.problems.Add(name, fmt.Sprintf("%s must be at most %d", name, maxObjects))
			return nil
		}
		if s.at() != '{' {
			b.problems.Add(name, name+" must be an array of objects")
			return nil
		}
		members, _ := s.object(0, true) // it has been scanned
		list = append(list, &body{raw: raw[start:s.pos], members: members})
	}
	return list
}

// absorb notes what is wrong with one of the objects of a field.
func (b *body) absorb(name string, i int, one *body) {
	var e *checkout.Error
	if !errors.As(one.problems.Err(), &e) {
		return
	}
	at := fmt.Sprintf("%s[%d]", name, i)
	for _, f := range e.Fields {
		b.problems.Add(at+"."+f.Name, at+": "+f.Message)
	}
}

// given reports whether a field stands in the request at all, be it null or "".
func (b *body) given(name string) bool {
	for _, m := range b.members {
		if string(m.name) == name {
			return true
		}
	}
	return false
}
