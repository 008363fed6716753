package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTriggeredEventsAreTrue asks the server about the session afterwards, as a
// receiver would.
func TestTriggeredEventsAreTrue(t *testing.T) {
	d := newDeveloper(t)
	for _, c := range []struct {
		trigger, session string
		refunded         float64
		want             []string
	}{
		{"payment_created", "open", 0, []string{"PAYMENT_CREATED"}},
		{"Payment_Succeeded", "completed", 0, []string{"PAYMENT_CREATED", "PAYMENT_SUCCEEDED"}},
		{"PAYMENT_FAILED", "open", 0, []string{"PAYMENT_CREATED", "PAYMENT_FAILED"}},
		{"refund_created", "completed", 700, []string{"PAYMENT_CREATED", "PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED"}},
		{"refund_completed", "completed", 700, []string{"PAYMENT_CREATED", "PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED"}},
	} {
		lines := strings.Split(strings.TrimSpace(d.run("trigger", c.trigger, "--amount", "700", "--currency", "eur")), "\n")
		first := strings.Fields(lines[0])
		if len(first) != 4 || first[0] != "session" || first[3] != c.session {
			t.Fatalf("%s: %s", c.trigger, lines[0])
		}
		var types []string
		for _, line := range lines[2:] {
			f := strings.Fields(line)
			types = append(types, f[1])
			if d.call(200, "GET", "/events/"+f[2], "")["event"] != f[1] || f[3] != first[1] {
				t.Errorf("%s: %s", c.trigger, line)
			}
		}
		if !slices.Equal(types, c.want) {
			t.Errorf("%s: %v, want %v", c.trigger, types, c.want)
		}
		session := d.call(200, "GET", "/checkout-sessions/"+first[1], "")
		if session["status"] != c.session || session["amount"] != 700.0 || session["currency_code"] != "EUR" {
			t.Errorf("%s: %v", c.trigger, session)
		}
		if id, ok := session["transaction_id"].(string); ok {
			if got := d.call(200, "GET", "/transactions/"+id, "")["refunded_amount"]; got != c.refunded {
				t.Errorf("%s: %v is refunded", c.trigger, got)
			}
		}
	}
}

// TestTriggerTakesASession does one thing after the other to it.
func TestTriggerTakesASession(t *testing.T) {
	d := newDeveloper(t)
	id := d.call(201, "POST", "/checkout-sessions", `{"amount":1000,"currency_code":"XOF"}`)["id"].(string)
	for _, c := range []struct {
		trigger string
		events  int // new ones
	}{{"payment_failed", 2}, {"payment_succeeded", 2}, {"refund_completed", 2}} {
		got := d.run("trigger", c.trigger, "--session", id)
		if strings.Count(got, "evt_") != c.events || !strings.HasPrefix(got, "session "+id) {
			t.Errorf("%s: %s", c.trigger, got)
		}
	}
	d.fails("completed", "trigger", "payment_succeeded", "--session", id)
	d.fails("not found", "trigger", "payment_succeeded", "--session", "cs_none")
	d.fails("--amount and --currency are for a new session", "trigger", "payment_failed", "--session", id, "--amount", "5")
}

func TestTriggerSendsTests(t *testing.T) {
	d := newDeveloper(t)
	d.listen() // which is not sent to
	d.fails("there is no webhook", "trigger", "test.webhook")
	hook := d.webhook()
	if got := d.run("trigger", "Test.Webhook"); strings.Count(got, "\n") != 2 || !strings.Contains(got, hook+"  evt_") || !strings.Contains(got, "took the event") {
		t.Errorf("it printed %s", got)
	}
	d.answers(500)
	d.fails("1 of 1 did not take it", "trigger", "test.webhook", "--webhook", hook)
	d.fails("Webhook not found", "trigger", "test.webhook", "--webhook", "we_none")
	d.fails("Webhook not found", "trigger", "test.webhook", "--webhook", "none")
	d.fails("amount must be", "trigger", "payment_created", "--amount", "0")
	d.fails("--webhook is for test.webhook", "trigger", "payment_failed", "--webhook", hook)
}

func TestTriggerSaysWhatItCannotDo(t *testing.T) {
	d := newDeveloper(t)
	for event, want := range map[string]string{
		"payment_held":         "checkoutd simulate wave",
		"refund_failed":        "checkoutd simulate mtn",
		"dispute_created":      "checkoutd simulate stripe",
		"dispute_updated":      "checkoutd simulate stripe",
		"dispute_closed":       "checkoutd simulate stripe",
		"payout_created":       "this version sends no PAYOUT_CREATED",
		"paid":                 "there is no event PAID",
		"\x1b[31m":             "there is no event",
		"subscription_created": "POST /products with a billing_interval",
	} {
		d.fails(want, "trigger", event)
	}
	d.fails("currency_code", "trigger", "payment_created", "--currency", "nonsense")
	db := filepath.Join(t.TempDir(), "live.db")
	_, url := listening(t, nil, "--addr", "127.0.0.1:0", "--db", db)
	d.v = variables{"CHECKOUTD_API": url, "CHECKOUTD_KEY": makeKey(t, db, "live")}
	d.fails("this needs a test key", "trigger", "payment_succeeded")
	if got := d.run("events", "list", "--json"); got != "" {
		t.Errorf("with a live key it made %s", got)
	}
}
