package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/checkoutd/checkoutd/checkout"
)

type eventsCmd struct {
	List   eventsListCmd   `cmd:"" help:"List events, the newest first."`
	Show   eventsShowCmd   `cmd:"" help:"Show an event and what became of it at each webhook."`
	Resend eventsResendCmd `cmd:"" help:"Have an event, or all since a time, sent to a webhook once more."`
}

type eventsListCmd struct {
	apiFlags
	Type    []string `local:"" help:"Only these types, with commas between." placeholder:"TYPE"`
	Session string   `local:"" help:"Only of this checkout session." placeholder:"cs_…"`
	After   string   `local:"" help:"Only what came after this event, the oldest first." placeholder:"evt_…"`
	Limit   int      `local:"" default:"20" help:"How many at most." placeholder:"N"`
	Follow  bool     `local:"" help:"Go on with what happens, the oldest first, until Ctrl-C."`
	JSON    bool     `local:"" name:"json" help:"Print each event as JSON, on a line of its own, with the bytes of its webhook."`
}

// Run prints events.
func (c *eventsListCmd) Run(e *env) error {
	if c.Limit < 1 {
		return errors.New("--limit must be at least 1")
	}
	api, err := c.open()
	if err != nil {
		return err
	}
	defer api.close()
	query := url.Values{}
	for name, value := range map[string]string{
		"type": strings.Join(eventNames(c.Type), ","), "checkout_session_id": c.Session, "after": c.After,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	list, err := api.events(e.ctx, query, c.Limit)
	if err != nil {
		return err
	}
	if c.Follow && c.After == "" {
		slices.Reverse(list)
	}
	out := &eventWriter{out: e.stdout, json: c.JSON}
	if err := out.write(list); err != nil || !c.Follow {
		return err
	}
	return follow(e.ctx, newPersistent(api, e), query, list, out)
}

// follow prints what comes after list, until ctx ends, which is no error.
func follow(ctx context.Context, p *persistent, query url.Values, list []json.RawMessage, out *eventWriter) error {
	query = copied(query)
	query.Set("order", "asc")
	query.Set("wait", strconv.Itoa(longPoll))
	query.Set("limit", strconv.Itoa(maxPage))
	for {
		if len(list) > 0 {
			query.Set("after", readEvent(list[len(list)-1]).ID)
		}
		var page eventPage
		err := p.poll(ctx, func() (int, error) {
			err := p.get(ctx, "/events?"+query.Encode(), &page)
			return len(page.Data), err
		})
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if list = page.Data; len(list) > 0 {
			if err := out.write(list); err != nil {
				return err
			}
		}
	}
}

// eventPage is a page of events.
type eventPage struct {
	Data    []json.RawMessage `json:"data"` // the bodies of webhooks
	HasMore bool              `json:"has_more"`
	Next    string            `json:"next"`
}

// maxPage is the longest page that the server gives.
const maxPage = 100

// events returns up to limit of the events that query asks for.
func (a *remote) events(ctx context.Context, query url.Values, limit int) (list []json.RawMessage, err error) {
	query = copied(query)
	next := "before"
	if query.Has("after") || query.Get("order") == "asc" {
		next = "after"
	}
	for {
		query.Set("limit", strconv.Itoa(min(limit-len(list), maxPage)))
		var page eventPage
		if err := a.get(ctx, "/events?"+query.Encode(), &page); err != nil {
			return list, err
		}
		list = append(list, page.Data...)
		if !page.HasMore || len(list) >= limit {
			return list, nil
		}
		query.Set(next, page.Next)
	}
}

// copied returns a copy that can be changed.
func copied(query url.Values) url.Values {
	all := url.Values{}
	maps.Copy(all, query)
	return all
}

// apiEvent is what is shown of an event.
type apiEvent struct {
	ID         string          `json:"id"`
	Type       string          `json:"event"`
	Timestamp  string          `json:"timestamp"`
	Data       json.RawMessage `json:"data"`
	Deliveries []apiDelivery   `json:"deliveries"` // only of a single event
}

// apiDelivery is where an event stands at one webhook.
type apiDelivery struct {
	WebhookID string `json:"webhook_id"`
	Status    string `json:"delivery_status"`
	Attempts  int64  `json:"attempts"`
	NextAt    string `json:"next_retry_at"`
	LastError string `json:"last_error"`
}

// about returns the session that an event is about, or the webhook.
func (e apiEvent) about() string {
	var data struct {
		Session string `json:"checkout_session_id"`
		Webhook string `json:"webhook_id"`
	}
	_ = json.Unmarshal(e.Data, &data) // then it is about nothing
	return cmp.Or(data.Session, data.Webhook)
}

// readEvent reads an event of the server.
func readEvent(raw json.RawMessage) (e apiEvent) {
	_ = json.Unmarshal(raw, &e) // it was JSON, as part of a page; what is missing is shown as missing
	return e
}

// eventWriter prints events as they come, as a table or a line of JSON each.
type eventWriter struct {
	out   io.Writer
	json  bool
	below bool // the head of the table has been printed
}

// write prints some. Cells have a width of their own, so that the tables of one
// after the other are one.
func (w *eventWriter) write(list []json.RawMessage) error {
	if w.json {
		return printLines(w.out, list)
	}
	table := newTable(w.out)
	const row = "%-24s\t%-17s\t%-30s\t%s\n"
	if !w.below {
		fmt.Fprintf(table, row, "TIME", "TYPE", "ID", "ABOUT")
		w.below = true
	}
	for _, raw := range list {
		e := readEvent(raw)
		fmt.Fprintf(table, row, e.Timestamp, e.Type, e.ID, e.about())
	}
	return table.Flush()
}

// newTable returns a table that is printed with Flush.
func newTable(out io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(out, 0, 0, 2, ' ', 0) }

// printLines prints each object on a line of its own, with escapes for what does
// something to a terminal and may stand in JSON as it is.
func printLines(out io.Writer, list []json.RawMessage) error {
	var b bytes.Buffer
	for _, raw := range list {
		var line bytes.Buffer
		if err := json.Compact(&line, raw); err != nil {
			return err
		}
		for _, r := range line.String() {
			if active(r) {
				fmt.Fprintf(&b, `\u%04x`, r)
			} else {
				b.WriteRune(r)
			}
		}
		b.WriteByte('\n')
	}
	_, err := out.Write(b.Bytes())
	return err
}

// eventNames returns types of events as the API spells them.
func eventNames(types []string) (names []string) {
	for _, t := range types {
		names = append(names, eventName(t))
	}
	return names
}

// eventName returns a type of events as the API spells it: all but one are in
// capitals.
func eventName(text string) string {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, string(checkout.EventTest)) {
		return string(checkout.EventTest)
	}
	return strings.ToUpper(text)
}
