package httpapi

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// defaultPage is how many rows a list answers if the caller names no number.
const defaultPage = 20

// query reads the parameters of a list. It notes what is wrong with one in
// problems. Empty parameters count as absent and unknown ones are ignored.
type query struct {
	values   url.Values
	problems checkout.Problems
}

// readQuery returns the parameters of r.
func readQuery(r *request) (*query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &checkout.Error{Code: checkout.CodeInvalid, Message: "the query string cannot be decoded: " + err.Error()}
	}
	return &query{values: values}, nil
}

// text returns a parameter, which must not be given twice.
func (q *query) text(name string) string {
	if len(q.values[name]) > 1 && !q.problems.Has(name) {
		q.problems.Add(name, name+" is given twice")
	}
	return strings.TrimSpace(q.values.Get(name))
}

// number returns a whole number from least on; more than most counts as most.
func (q *query) number(name string, absent, least, most int) int {
	text := q.text(name)
	if text == "" {
		return absent
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		q.problems.Add(name, "Validation failed (numeric string is expected)")
	case n < least:
		q.problems.Add(name, fmt.Sprintf("%s must be at least %d", name, least))
	}
	return min(n, most)
}

// list returns the parts of a parameter that are separated by commas.
func (q *query) list(name string) (parts []string) {
	for part := range strings.SplitSeq(q.text(name), ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// either returns true if the flag yes is set, false if no is, and nil for neither
// or both.
func (q *query) either(yes, no string) *bool {
	y, n := q.flag(yes), q.flag(no)
	if y == n {
		return nil
	}
	return &y
}

// flag returns whether a parameter is true.
func (q *query) flag(name string) bool {
	switch q.text(name) {
	case "", "false", "0":
		return false
	case "true", "1":
		return true
	}
	q.problems.Add(name, name+" must be true or false")
	return false
}

// instant returns a time, given in RFC 3339, as a date, or in Unix seconds.
func (q *query) instant(name string) time.Time {
	text := q.text(name)
	if text == "" {
		return time.Time{}
	}
	if s, err := strconv.ParseInt(text, 10, 64); err == nil && s > 0 && s < 1<<38 {
		return time.Unix(s, 0).UTC()
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil && at.Unix() > 0 {
			return at.UTC()
		}
	}
	q.problems.Add(name, name+" must be a time after 1970 in RFC 3339 or Unix seconds")
	return time.Time{}
}

// created returns the bounds that created[gte], [gt], [lte] and [lt] set on the
// time of creation, in whole milliseconds: from inclusive, until exclusive.
func (q *query) created() (from, until time.Time) {
	later := func(t time.Time) time.Time { return t.Truncate(time.Millisecond).Add(time.Millisecond) }
	ceil := func(t time.Time) time.Time {
		if t.Equal(t.Truncate(time.Millisecond)) {
			return t
		}
		return later(t)
	}
	for name, bound := range map[string]func(time.Time){
		"created[gte]": func(t time.Time) { from = latest(from, ceil(t)) },
		"created[gt]":  func(t time.Time) { from = latest(from, later(t)) },
		"created[lte]": func(t time.Time) { until = earliest(until, later(t)) },
		"created[lt]":  func(t time.Time) { until = earliest(until, ceil(t)) },
	} {
		if at := q.instant(name); !at.IsZero() {
			bound(at)
		}
	}
	return from, until
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

// metadata returns the values that metadata[key] parameters ask for.
func (q *query) metadata() map[string]string {
	var wanted map[string]string
	for name, values := range q.values {
		key, ok := strings.CutPrefix(name, "metadata[")
		if !ok || !strings.HasSuffix(key, "]") {
			continue
		}
		if wanted == nil {
			wanted = map[string]string{}
		}
		q.problems.Check(len(values) == 1, name, name+" is given twice")
		wanted[strings.TrimSuffix(key, "]")] = values[0]
	}
	return wanted
}
