package stripe

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// get asks for path.
func (p *Provider) get(ctx context.Context, path string, query url.Values) (client.Answer, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return p.client.Do(ctx, http.MethodGet, path, p.header(), nil)
}

// post sends form to path. key makes it happen once; "" for what may be repeated.
func (p *Provider) post(ctx context.Context, path, key string, form url.Values) (client.Answer, error) {
	h := p.header()
	h.Set("Content-Type", "application/x-www-form-urlencoded")
	if key != "" {
		h.Set("Idempotency-Key", key)
	}
	return p.client.Do(ctx, http.MethodPost, path, h, []byte(form.Encode()))
}

func (p *Provider) header() http.Header {
	return client.NewHeader("Authorization", "Bearer "+string(p.keys().api), "Stripe-Version", APIVersion)
}

// decode reads the object that was answered, or returns what went wrong: a
// [failure] if Stripe said so itself.
func decode(a client.Answer, object any) error {
	if a.Status/100 != 2 {
		return problem(a)
	}
	if err := json.Unmarshal(a.Body, object); err != nil {
		return fmt.Errorf("stripe: unreadable answer to request %s: %w", requestID(a), err)
	}
	return nil
}

// failure is the error object of an answer.
//
// Source: docs.stripe.com/api/errors, read 2026-11-25.
type failure struct {
	Type        string `json:"type"`
	Code        string `json:"code"`
	DeclineCode string `json:"decline_code"`
	Param       string `json:"param"`
	Message     string `json:"message"`

	status  int
	request string
}

func (f *failure) Error() string {
	return fmt.Sprintf("stripe: answered %d to request %s: %s %s %s: %.200q", f.status, f.request, f.Type, f.Code, f.Param, f.Message)
}

// certain reports whether nothing has been done and nothing will be, however
// often it is asked for. An idempotency_error says that the key was used before
// for something else, and 409 that it is being used now: then something may have
// been done.
func (f *failure) certain() bool {
	return f.status != http.StatusConflict && f.status != http.StatusRequestTimeout &&
		(f.Type == "invalid_request_error" || f.Type == "card_error")
}

// problem returns the error of an answer without an object. Only one of 4xx
// whose body is Stripe's is a [failure]: another may come from a proxy.
func problem(a client.Answer) error {
	if err := a.Refused(); err != nil {
		return err
	}
	var body struct {
		Error failure `json:"error"`
	}
	if a.Status/100 != 4 || json.Unmarshal(a.Body, &body) != nil || body.Error.Type == "" {
		return fmt.Errorf("stripe: request %s: %w", requestID(a), a.Err())
	}
	body.Error.status, body.Error.request = a.Status, requestID(a)
	return &body.Error
}

// requestID returns what Stripe's support and its dashboard know a call by.
func requestID(a client.Answer) string {
	if id := a.Header.Get("Request-Id"); id != "" {
		return id
	}
	return "without id"
}

// object is a thing that lists hold.
type object interface{ id() string }

// pageSize is half of what Stripe gives at once: a page must fit into what the
// client reads of an answer, and objects carry what others put into them.
const pageSize = 50

// list returns the items that query selects, newest first. If they do not fit
// into so many pages, the last one is an error: what is not there may have been
// left out.
func list[T object](ctx context.Context, p *Provider, path string, query url.Values, pages int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		query.Set("limit", strconv.Itoa(pageSize))
		for range pages {
			var page struct {
				Data    []T  `json:"data"`
				HasMore bool `json:"has_more"`
			}
			a, err := p.get(ctx, path, query)
			if err == nil {
				err = decode(a, &page)
			}
			if err == nil && page.Data == nil {
				err = fmt.Errorf("stripe: answered no list to request %s", requestID(a))
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Data {
				if !yield(item, nil) {
					return
				}
			}
			last := len(page.Data) - 1
			if !page.HasMore || last < 0 {
				return
			}
			if page.Data[last].id() == query.Get("starting_after") {
				yield(none, fmt.Errorf("stripe: %s does not get on after %.40q", path, page.Data[last].id()))
				return
			}
			query.Set("starting_after", page.Data[last].id())
		}
		yield(none, fmt.Errorf("stripe: %s has more than %d pages", path, pages))
	}
}

// expanded returns a query that wants the payment of a Checkout Session whole,
// not only its identifier.
func expanded() url.Values {
	return url.Values{"expand[]": {"payment_intent.latest_charge"}}
}

// path returns the path of the API that parts make.
func path(parts ...string) string {
	text := "/v1"
	for _, part := range parts {
		text += "/" + url.PathEscape(part)
	}
	return text
}
