package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

type deliveriesCmd struct {
	List   deliveriesListCmd   `cmd:"" help:"List the tries of a webhook, the newest first."`
	Show   deliveriesShowCmd   `cmd:"" help:"Show a try, with what the webhook answered."`
	Resend deliveriesResendCmd `cmd:"" help:"Send what a try sent once more, at once."`
}

// apiTry is what is shown of one row of the log: one time that an event was sent
// to a webhook.
type apiTry struct {
	ID        string `json:"log_id"`
	WebhookID string `json:"webhook_id"`
	EventID   string `json:"event_id"`
	EventType string `json:"event_type"`
	Number    int64  `json:"attempt_number"`
	Status    int64  `json:"response_status"` // 0 if there was no answer
	Response  string `json:"response_body"`
	Error     string `json:"error"`
	MS        int64  `json:"request_duration_ms"`
	Delivery  string `json:"delivery_status"`
	NextAt    string `json:"next_retry_at"`
	CreatedAt string `json:"created_at"`
}

// result is what the webhook answered, in a cell.
func (t apiTry) result() string {
	if t.Status == 0 {
		return orNone(plainText(t.Error))
	}
	return strconv.FormatInt(t.Status, 10)
}

// stands says where the event stands at the webhook now.
func (t apiTry) stands() string {
	if t.NextAt == "" {
		return t.Delivery
	}
	return t.Delivery + ", next " + t.NextAt
}

type deliveriesListCmd struct {
	apiFlags
	Webhook string `local:"" required:"" help:"Of which webhook." placeholder:"we_…"`
	Failed  bool   `local:"" xor:"outcome" help:"Only tries that failed."`
	OK      bool   `local:"" xor:"outcome" name:"ok" help:"Only tries that succeeded."`
	Event   string `local:"" help:"Only of this event." placeholder:"evt_…"`
	Limit   int    `local:"" default:"20" help:"How many at most." placeholder:"N"`
	JSON    bool   `local:"" name:"json" help:"Print each try as JSON, on a line of its own."`
}

// Run prints tries.
func (c *deliveriesListCmd) Run(e *env) error {
	if c.Limit < 1 {
		return errors.New("--limit must be at least 1")
	}
	api, err := c.open()
	if err != nil {
		return err
	}
	defer api.close()
	query := url.Values{"webhookId": {c.Webhook}}
	if c.Event != "" {
		query.Set("event_id", c.Event)
	}
	if c.Failed {
		query.Set("failedOnly", "true")
	}
	if c.OK {
		query.Set("successOnly", "true")
	}
	var list []json.RawMessage
	for {
		size := min(c.Limit-len(list), maxPage)
		query.Set("limit", strconv.Itoa(size))
		query.Set("offset", strconv.Itoa(len(list)))
		var page []json.RawMessage
		if err := api.get(e.ctx, "/webhook-delivery-logs?"+query.Encode(), &page); err != nil {
			return err
		}
		list = append(list, page...)
		if len(page) < size || len(list) >= c.Limit {
			break
		}
	}
	if c.JSON {
		return printLines(e.stdout, list)
	}
	table := newTable(e.stdout)
	fmt.Fprintln(table, "TIME\tLOG\tTYPE\tEVENT\tTRY\tRESULT\tMS\tTHE EVENT NOW")
	for _, raw := range list {
		var t apiTry
		if err := json.Unmarshal(raw, &t); err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%d\t%s\n", t.CreatedAt, t.ID, t.EventType, t.EventID, t.Number, t.result(), t.MS, t.stands())
	}
	return table.Flush()
}

type deliveriesShowCmd struct {
	apiFlags
	ID   string `arg:"" help:"Identifier of the try, as deliveries list shows it." placeholder:"LOG"`
	JSON bool   `local:"" name:"json" help:"Print it as JSON, with what was sent."`
}

// Run prints one try.
func (c *deliveriesShowCmd) Run(e *env) error {
	api, err := c.open()
	if err != nil {
		return err
	}
	defer api.close()
	var raw json.RawMessage
	if err := api.get(e.ctx, pathOf("/webhook-delivery-logs", c.ID), &raw); err != nil {
		return err
	}
	if c.JSON {
		return printLines(e.stdout, []json.RawMessage{raw})
	}
	var t apiTry
	if err := json.Unmarshal(raw, &t); err != nil {
		return err
	}
	table := newTable(e.stdout)
	fmt.Fprintf(table, "LOG\t%s\nTIME\t%s\nWEBHOOK\t%s\nEVENT\t%s\nTYPE\t%s\nTRY\t%d\nRESULT\t%s\nMS\t%d\nERROR\t%s\nTHE EVENT NOW\t%s\nANSWER\t%s\n",
		t.ID, t.CreatedAt, t.WebhookID, t.EventID, t.EventType, t.Number, t.result(), t.MS,
		orNone(plainText(t.Error)), t.stands(), orNone(plainText(t.Response)))
	return table.Flush()
}

type deliveriesResendCmd struct {
	apiFlags
	ID string `arg:"" help:"Identifier of the try, as deliveries list shows it." placeholder:"LOG"`
}

// Run sends at once. That the webhook does not take it is an error.
func (c *deliveriesResendCmd) Run(e *env) error {
	api, err := c.open()
	if err != nil {
		return err
	}
	defer api.close()
	var t apiTry
	if err := api.get(e.ctx, pathOf("/webhook-delivery-logs", c.ID), &t); err != nil {
		return err
	}
	var sent struct {
		Status int64 `json:"response_status"`
	}
	err = api.post(e.ctx, pathOf("/webhooks", t.WebhookID, pathOf("/logs", c.ID, "/retry")), nil, &sent)
	var no *refusal
	if errors.As(err, &no) && no.status == http.StatusBadRequest {
		// Its message is what the webhook answered, if that said anything.
		_ = json.Unmarshal(no.details, &sent)
		if answered := fmt.Sprintf("answered %d", sent.Status); sent.Status != 0 && no.message != answered {
			err = fmt.Errorf("%s: %w", answered, err)
		}
		return fmt.Errorf("%s did not take %s: %w", t.WebhookID, t.EventID, err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s took %s: %d\n", t.WebhookID, t.EventID, sent.Status)
	return err
}
