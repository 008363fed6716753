package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// page reads the parameters that every list of rows has; absent is how many rows it
// has if the caller names no number. prefix is that of the rows' identifiers.
func (q *query) page(prefix string, absent int) checkout.Page {
	p := checkout.Page{
		Limit: q.number("limit", absent, 1, checkout.MaxPage), Offset: q.number("offset", 0, 0, 1<<31),
		Older: q.text("starting_after"), Newer: q.text("ending_before"),
	}
	p.From, p.Until = q.created()
	for _, name := range []string{"starting_after", "ending_before"} {
		if id := q.text(name); id != "" && !checkout.ValidID(prefix, id) {
			q.problems.Add(name, fmt.Sprintf("%s must be an identifier that begins with %s", name, prefix))
		}
	}
	q.problems.Check(p.Older == "" || p.Newer == "", "ending_before", "starting_after and ending_before exclude each other")
	p.Nearest = p.Newer != ""
	return p
}

// paged returns one page of rows, and sets the Link header that says where its
// neighbours are. read must return one row more than it shows, if there is one.
func paged[T any](w http.ResponseWriter, q *query, path string, p checkout.Page, id func(T) string, read func(checkout.Page) ([]T, error)) ([]T, error) {
	limit := p.Limit
	p.Limit++ // one more tells whether there are more
	list, err := read(p)
	if err != nil {
		return nil, err
	}
	more := len(list) > limit
	switch {
	case more && p.Nearest:
		list = list[1:]
	case more:
		list = list[:limit]
	}
	if len(list) > 0 {
		if link := links(q.values, path, id(list[0]), id(list[len(list)-1]), p, more); link != "" {
			w.Header().Set("Link", link)
		}
	}
	return list, nil
}

// links returns the Link header of a page, from its first row to its last: where
// the next, older one and the one before it are.
//
// Source: RFC 8288, section 3.
func links(values url.Values, path, first, last string, p checkout.Page, more bool) string {
	to := func(cursor, id, rel string) string {
		v := url.Values{}
		for name, value := range values {
			v[name] = value
		}
		v.Del("offset")
		v.Del("starting_after")
		v.Del("ending_before")
		v.Set(cursor, id)
		return fmt.Sprintf(`<%s?%s>; rel="%s"`, path, v.Encode(), rel)
	}
	var parts []string
	if more || p.Nearest {
		parts = append(parts, to("starting_after", last, "next"))
	}
	if p.Older != "" || p.Offset > 0 || p.Nearest && more {
		parts = append(parts, to("ending_before", first, "prev"))
	}
	return strings.Join(parts, ", ")
}

// optional returns a flag of a list, nil if it is absent.
func (q *query) optional(names ...string) *bool {
	for _, name := range names {
		if q.text(name) != "" {
			value := q.flag(name)
			return &value
		}
	}
	return nil
}
