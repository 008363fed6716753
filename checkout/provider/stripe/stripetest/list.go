package stripetest

import (
	"slices"
)

// page is a part of a list.
type page struct {
	Object  string `json:"object"`
	URL     string `json:"url"`
	HasMore bool   `json:"has_more"`
	Data    []any  `json:"data"`
}

// paging are the parameters that all lists take.
var paging = []string{
	"limit", "starting_after", "created", "created[gt]", "created[gte]", "created[lt]", "created[lte]",
}

// item is what a list needs to know of what it holds.
type item interface {
	key() string
	made() int64 // Unix seconds
}

// list returns the page that f asks for of what is kept oldest first. Lists go
// from the newest to the oldest.
func list[T item](f form, url string, all []T, pick func(T) bool, show func(T) any) (any, *apiError) {
	limit, fault := f.integer("limit", 10)
	if fault != nil {
		return nil, fault
	}
	if limit < 1 || limit > 100 {
		return nil, invalid("parameter_invalid_integer", "limit", "This value must be between 1 and 100.")
	}
	within, fault := f.created()
	if fault != nil {
		return nil, fault
	}
	after := f["starting_after"]
	if after != "" && !slices.ContainsFunc(all, func(x T) bool { return x.key() == after }) {
		return nil, invalid("resource_missing", "starting_after", "No such object: '%s'", after)
	}
	p := page{Object: "list", URL: url, Data: []any{}}
	for _, x := range slices.Backward(all) {
		switch {
		case after != "":
			if x.key() == after {
				after = ""
			}
		case !pick(x) || !within(x.made()):
		case int64(len(p.Data)) == limit:
			p.HasMore = true
			return p, nil
		default:
			p.Data = append(p.Data, show(x))
		}
	}
	return p, nil
}

// created returns what decides by the time at which something was made.
func (f form) created() (func(at int64) bool, *apiError) {
	var bounds []func(at int64) bool
	for name, holds := range map[string]func(at, bound int64) bool{
		"created":      func(at, bound int64) bool { return at == bound },
		"created[gt]":  func(at, bound int64) bool { return at > bound },
		"created[gte]": func(at, bound int64) bool { return at >= bound },
		"created[lt]":  func(at, bound int64) bool { return at < bound },
		"created[lte]": func(at, bound int64) bool { return at <= bound },
	} {
		if _, ok := f[name]; !ok {
			continue
		}
		bound, fault := f.integer(name, 0)
		if fault != nil {
			return nil, fault
		}
		bounds = append(bounds, func(at int64) bool { return holds(at, bound) })
	}
	return func(at int64) bool {
		return !slices.ContainsFunc(bounds, func(holds func(int64) bool) bool { return !holds(at) })
	}, nil
}
