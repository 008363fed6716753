package stripetest

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// form holds the parameters of a call by their names, with every place of a list
// spelt out: "expand[]=a&expand[]=b" is "expand[0]" and "expand[1]".
type form map[string]string

// parseForm reads a query or a body, "a[b][]=c&…".
func parseForm(text string) (form, *apiError) {
	f := form{}
	next := map[string]int{} // the next place of each list
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if err != nil || err2 != nil {
			return nil, invalid("", "", "Invalid request: the parameters are not URL-encoded")
		}
		parts, ok := split(name)
		if !ok {
			return nil, invalid("", "", "Invalid parameter name: %s", name)
		}
		key := parts[0]
		for _, part := range parts[1:] {
			if part == "" {
				part = strconv.Itoa(next[key])
				next[key]++
			}
			key += "[" + part + "]"
		}
		f[key] = value
	}
	return f, nil
}

// split returns the parts of "a[b][]": "a", "b" and "".
func split(name string) (parts []string, ok bool) {
	head, rest, _ := strings.Cut(name, "[")
	if head == "" || strings.Contains(head, "]") {
		return nil, false
	}
	parts = []string{head}
	if !strings.Contains(name, "[") {
		return parts, true
	}
	if rest, ok = strings.CutSuffix(rest, "]"); !ok {
		return nil, false
	}
	for part := range strings.SplitSeq(rest, "][") {
		if strings.ContainsAny(part, "[]") || len(parts) > 8 {
			return nil, false
		}
		parts = append(parts, part)
	}
	return parts, true
}

// check returns an error if there is a parameter that is not one of known, in
// which * is any key, or one that is empty.
func (f form) check(known ...string) *apiError {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		value := f[name]
		if !matches(known, name) {
			return invalid("parameter_unknown", name, "Received unknown parameter: %s", name)
		}
		if value == "" {
			return invalid("parameter_invalid_empty", name, "You passed an empty string for '%s'. "+
				"We assume empty values are an attempt to unset a parameter; however '%s' cannot be unset. "+
				"You should remove '%s' from your request or supply a non-empty value.", name, name, name)
		}
	}
	return nil
}

func matches(known []string, name string) bool {
	parts, _ := split(name)
next:
	for _, pattern := range known {
		want, _ := split(pattern)
		if len(want) != len(parts) {
			continue
		}
		for i := range want {
			if want[i] != "*" && want[i] != parts[i] {
				continue next
			}
		}
		return true
	}
	return false
}

// integer returns a parameter that must be one; the fallback if it is left out.
func (f form) integer(name string, fallback int64) (int64, *apiError) {
	text, ok := f[name]
	if !ok {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, invalid("parameter_invalid_integer", name, "Invalid integer: %s", text)
	}
	return n, nil
}

// list returns the values of "name[0]", "name[1]" and so on.
func (f form) list(name string) (values []string) {
	for i := 0; ; i++ {
		value, ok := f[name+"["+strconv.Itoa(i)+"]"]
		if !ok {
			return values
		}
		values = append(values, value)
	}
}

// under returns what stands in "name[key]" by its key.
func (f form) under(name string) map[string]string {
	values := map[string]string{}
	for full, value := range f {
		if key, ok := strings.CutPrefix(full, name+"["); ok && strings.Count(key, "[") == 0 {
			values[strings.TrimSuffix(key, "]")] = value
		}
	}
	return values
}

// metadata returns what stands under name.
//
// Source: docs.stripe.com/api/metadata, read 2026-11-25: 50 keys of 40 characters
// with values of 500.
func (f form) metadata(name string) (map[string]string, *apiError) {
	values := f.under(name)
	if len(values) > 50 {
		return nil, invalid("", name, "Metadata can have at most 50 keys")
	}
	for key, value := range values {
		if len([]rune(key)) > 40 || len([]rune(value)) > 500 {
			return nil, invalid("", name+"["+key+"]", "Metadata keys can be 40 characters long, and values 500 characters")
		}
	}
	return values, nil
}

var address = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)

// checkURL returns an error unless the parameter is where a browser can be sent.
func (f form) checkURL(name string, livemode bool) *apiError {
	text, ok := f[name]
	if !ok {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return invalid("url_invalid", name, "Not a valid URL")
	case livemode && u.Scheme != "https":
		return invalid("", name, "Livemode requests must always be redirected via HTTPS.")
	case len(text) > 5000:
		return invalid("", name, "Invalid URL: must be at most 5000 characters")
	}
	return nil
}
