package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

type eventsShowCmd struct {
	apiFlags
	ID   string `arg:"" help:"Identifier of the event." placeholder:"evt_…"`
	JSON bool   `local:"" name:"json" help:"Print it as JSON."`
}

// Run prints one event.
func (c *eventsShowCmd) Run(e *env) error {
	api, err := c.open()
	if err != nil {
		return err
	}
	defer api.close()
	var raw json.RawMessage
	if err := api.get(e.ctx, pathOf("/events", c.ID), &raw); err != nil {
		return err
	}
	if c.JSON {
		return printLines(e.stdout, []json.RawMessage{raw})
	}
	event := readEvent(raw)
	table := newTable(e.stdout)
	fmt.Fprintf(table, "ID\t%s\nTYPE\t%s\nTIME\t%s\nABOUT\t%s\n", event.ID, event.Type, event.Timestamp, event.about())
	if err := table.Flush(); err != nil {
		return err
	}
	if len(event.Deliveries) > 0 {
		table = newTable(e.stdout)
		fmt.Fprintf(table, "\nWEBHOOK\tSTATUS\tTRIES\tNEXT\tERROR\n")
		for _, d := range event.Deliveries {
			fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\n", d.WebhookID, d.Status, d.Attempts, orNone(d.NextAt), orNone(plainText(d.LastError)))
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	var data bytes.Buffer
	if err := json.Indent(&data, event.Data, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "\n%s\n", data.Bytes())
	return err
}

// orNone returns what stands in a cell.
func orNone(text string) string { return cmp.Or(text, "-") }

type eventsResendCmd struct {
	apiFlags
	ID              string `arg:"" optional:"" help:"Identifier of the event. Default: all since --since." placeholder:"evt_…"`
	Webhook         string `local:"" required:"" help:"To which webhook." placeholder:"we_…"`
	Since           string `local:"" help:"Everything since then: 24h ago, or a time such as 2026-03-01T09:00:00Z." placeholder:"WHEN"`
	Until           string `local:"" help:"And before then. Default: now." placeholder:"WHEN"`
	OnlyUndelivered bool   `local:"" help:"Only what the webhook has not taken."`
}

// Run has events sent once more.
func (c *eventsResendCmd) Run(e *env) error {
	switch {
	case (c.ID == "") == (c.Since == ""):
		return errors.New("give either the identifier of an event or --since")
	case c.ID != "" && (c.Until != "" || c.OnlyUndelivered):
		return errors.New("--until and --only-undelivered go with --since")
	}
	api, err := c.open()
	if err != nil {
		return err
	}
	defer api.close()
	if c.ID != "" {
		if err := api.post(e.ctx, pathOf("/events", c.ID, "/resend"), map[string]string{"webhook_id": c.Webhook}, &struct{}{}); err != nil {
			return err
		}
		_, err := fmt.Fprintf(e.stdout, "%s is sent to %s once more\n", c.ID, c.Webhook)
		return err
	}
	now := time.Now()
	ask := resendRequest{OnlyUndelivered: c.OnlyUndelivered}
	if ask.From, err = moment("--since", c.Since, now); err != nil {
		return err
	}
	if ask.Until, err = moment("--until", c.Until, now); err != nil {
		return err
	}
	n, err := api.resend(e.ctx, c.Webhook, ask)
	if err != nil {
		if n > 0 {
			err = fmt.Errorf("%d events are sent once more, and then: %w", n, err)
		}
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%d events are sent to %s once more\n", n, c.Webhook)
	return err
}

// resendRequest asks for what happened in a range of time.
type resendRequest struct {
	From            string `json:"from"`
	Until           string `json:"until,omitempty"`
	After           string `json:"after,omitempty"`
	OnlyUndelivered bool   `json:"only_undelivered,omitempty"`
}

// resentPage says where a range that is too long for one request goes on.
type resentPage struct {
	Queued  int    `json:"queued"`
	HasMore bool   `json:"has_more"`
	Next    string `json:"next"`
}

// resend has a range sent to a webhook once more, and returns how many events
// that are.
func (a *remote) resend(ctx context.Context, webhook string, ask resendRequest) (n int, err error) {
	for {
		var page resentPage
		if err := a.post(ctx, pathOf("/webhooks", webhook, "/resend"), ask, &page); err != nil {
			return n, err
		}
		n += page.Queued
		if !page.HasMore {
			return n, nil
		}
		ask.After = page.Next
	}
}

// moment returns the time that a flag names: how long ago, or when. It is "" if
// the flag is.
func moment(flag, text string, now time.Time) (string, error) {
	if text = strings.TrimSpace(text); text == "" {
		return "", nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago).UTC().Format("2006-01-02T15:04:05.000Z07:00"), nil // as events are listed
	}
	if _, err := time.Parse(time.RFC3339, text); err != nil {
		return "", fmt.Errorf("%s must be how long ago, such as 90m or 24h, or a time such as 2026-03-01T09:00:00Z", flag)
	}
	return text, nil
}
