package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// paid makes sessions and pays them. Each is two events.
func (d *developer) paid(n int) (sessions []string) {
	d.t.Helper()
	for range n {
		id := d.call(201, "POST", "/checkout-sessions", `{"amount":1000,"currency_code":"XOF"}`)["id"].(string)
		d.call(201, "POST", "/test/checkout-sessions/"+id+"/pay", "")
		sessions = append(sessions, id)
	}
	return sessions
}

// webhook makes one that goes to the receiver.
func (d *developer) webhook() (id string) {
	d.t.Helper()
	made := d.call(201, "POST", "/webhooks", fmt.Sprintf(`{"url":"%s/hook","authorized_events":["PAYMENT_SUCCEEDED","test.webhook"]}`, d.receiver.URL))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.secret = made["secret"].(string)
	return made["data"].(map[string]any)["id"].(string)
}

// eventsOf reads lines of JSON.
func eventsOf(t *testing.T, text string) (ids []string) {
	t.Helper()
	for line := range strings.Lines(text) {
		var e apiEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.about() == "" {
			t.Fatalf("%v: %s", err, line)
		}
		ids = append(ids, e.ID)
	}
	return ids
}

func TestEventsAreListed(t *testing.T) {
	d := newDeveloper(t)
	sessions := d.paid(55)
	newest := eventsOf(t, d.run("events", "list", "--json", "--limit", "108")) // more than a page
	all := eventsOf(t, d.run("events", "list", "--json", "--limit", "1000"))
	if len(newest) != 108 || len(all) != 110 || !slices.Equal(newest, all[:108]) {
		t.Fatalf("%d of %d events", len(newest), len(all))
	}
	slices.Reverse(all)
	if after := eventsOf(t, d.run("events", "list", "--json", "--limit", "107", "--after", all[0])); !slices.Equal(after, all[1:108]) {
		t.Errorf("after the first came %d events, in another order", len(after))
	}
	table := d.run("events", "list", "--session", sessions[3], "--type", "payment_succeeded")
	lines := strings.Split(table, "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "TIME ") || !strings.Contains(lines[1], "  PAYMENT_SUCCEEDED  "+all[7]+"  "+sessions[3]) {
		t.Errorf("the table is\n%s", table)
	}
	file := configFile(t, fmt.Sprintf(`{"api":%q,"key":%q}`, d.v["CHECKOUTD_API"], d.v["CHECKOUTD_KEY"]))
	if stdout, _, err := runIn(nil, "", "events", "list", "--config", file, "--limit", "1"); err != nil || !strings.Contains(stdout, all[109]) {
		t.Errorf("with the settings in a file: %v, %s", err, stdout)
	}
	d.fails("--limit must be at least 1", "events", "list", "--limit", "0")
	d.fails("type has an unknown event", "events", "list", "--type", "nonsense")
	d.fails("after must be the id of an event", "events", "list", "--after", "nonsense")
	d.fails("Event not found", "events", "show", "evt_none")
	d.fails("No such route", "events", "show", "../me") // and not what stands there
}

func TestEventsAreFollowed(t *testing.T) {
	d := newDeveloper(t)
	d.paid(2)
	r := d.start("events", "list", "--follow", "--limit", "1")
	head, last := r.next(), r.next()
	if !strings.HasPrefix(head, "TIME ") || !strings.Contains(last, "  PAYMENT_SUCCEEDED  ") {
		t.Errorf("it began with %q, %q", head, last)
	}
	session := d.paid(1)[0]
	for _, want := range []string{"PAYMENT_CREATED    ", "PAYMENT_SUCCEEDED  "} {
		line := r.next()
		if !strings.Contains(line, want) || !strings.HasSuffix(line, session) || strings.Index(line, "evt_") != strings.Index(last, "evt_") {
			t.Errorf("then came %q, want %s", line, want)
		}
	}
	r.stop()
	none := d.start("events", "list", "--follow", "--json", "--type", "refund_completed")
	d.run("trigger", "refund_completed")
	if line := none.next(); !strings.Contains(line, `"event":"REFUND_COMPLETED"`) {
		t.Errorf("it printed %s", line)
	}
}

func TestEventIsShownAndSentOnceMore(t *testing.T) {
	d := newDeveloper(t, "--test-clock")
	hook := d.webhook()
	session := d.paid(1)[0]
	d.call(200, "POST", "/test/clock/advance", `{"seconds":0}`) // sends what is due
	event := eventsOf(t, d.run("events", "list", "--json", "--limit", "1"))[0]
	shown := d.run("events", "show", event)
	for _, want := range []string{"ID     " + event + "\n", "ABOUT  " + session + "\n", hook + "  succeeded  1      -     -\n", `  "checkout_session_id": "` + session + `",` + "\n"} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in\n%s", want, shown)
		}
	}
	for _, c := range []struct {
		want string
		n    int // messages by then
		args []string
	}{
		{event + " is sent to " + hook + " once more\n", 2, []string{event}},
		{"1 events are sent to " + hook + " once more\n", 3, []string{"--since", "24h"}},
		{"0 events are sent to " + hook + " once more\n", 3, []string{"--since", "24h", "--only-undelivered"}},
		{"0 events are sent to " + hook + " once more\n", 3, []string{"--since", "24h", "--until", "2h"}},
		{"1 events are sent to " + hook + " once more\n", 4, []string{"--since", time.Now().Add(-time.Hour).Format(time.RFC3339)}},
	} {
		if got := d.run(append([]string{"events", "resend", "--webhook", hook}, c.args...)...); got != c.want {
			t.Errorf("%v: %q, want %q", c.args, got, c.want)
		}
		d.call(200, "POST", "/test/clock/advance", `{"seconds":0}`)
		if got := d.received(); len(got) != c.n || got[len(got)-1] != "PAYMENT_SUCCEEDED "+event {
			t.Errorf("%v: received %v, want %d", c.args, got, c.n)
		}
	}
	created := eventsOf(t, d.run("events", "list", "--json"))[1]
	d.fails("this webhook does not ask for PAYMENT_CREATED", "events", "resend", created, "--webhook", hook)
	d.fails("Webhook not found", "events", "resend", event, "--webhook", "we_none")
	d.fails("give either", "events", "resend", "--webhook", hook)
	d.fails("give either", "events", "resend", event, "--since", "1h", "--webhook", hook)
	d.fails("go with --since", "events", "resend", event, "--only-undelivered", "--webhook", hook)
	d.fails("until must be after from", "events", "resend", "--since", "1h", "--until", "2h", "--webhook", hook)
	d.fails("--until must be how long ago", "events", "resend", "--since", "1h", "--until", "now", "--webhook", hook)
}

func TestDeliveriesAreListedAndSentAgain(t *testing.T) {
	d := newDeveloper(t, "--test-clock")
	hook := d.webhook()
	d.answers(500)
	d.paid(1)
	d.call(200, "POST", "/test/clock/advance", `{"seconds":0}`)
	var failed apiTry
	if err := json.Unmarshal([]byte(d.run("deliveries", "list", "--webhook", hook, "--json")), &failed); err != nil {
		t.Fatal(err)
	}
	if failed.Status != 500 || failed.NextAt == "" || failed.Delivery != "pending" {
		t.Errorf("the first try is %+v", failed)
	}
	d.answers(503)
	d.fails(hook+" did not take "+failed.EventID+": answered 503: busy", "deliveries", "resend", failed.ID)
	if got := d.run("deliveries", "resend", failed.ID); got != hook+" took "+failed.EventID+": 200\n" {
		t.Errorf("it printed %q", got)
	}
	for _, c := range []struct {
		want int
		args []string
	}{
		{3, nil}, {2, []string{"--failed"}}, {1, []string{"--ok"}}, {1, []string{"--limit", "1"}},
		{3, []string{"--event", failed.EventID}}, {0, []string{"--event", "evt_none"}},
	} {
		table := d.run(append([]string{"deliveries", "list", "--webhook", hook}, c.args...)...)
		if strings.Count(table, "\n") != c.want+1 || c.want > 0 && !strings.Contains(table, "  PAYMENT_SUCCEEDED  "+failed.EventID+"  ") {
			t.Errorf("%v: want %d tries\n%s", c.args, c.want, table)
		}
	}
	shown := d.run("deliveries", "show", failed.ID)
	if !strings.Contains(shown, "\nRESULT         500\n") || !strings.Contains(shown, "\nTHE EVENT NOW  succeeded\n") {
		t.Errorf("it is shown as\n%s", shown)
	}
	if got := d.run("deliveries", "show", failed.ID, "--json"); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"payload":{"data":{`) {
		t.Errorf("as JSON it is %s", got)
	}
	d.fails("not found", "deliveries", "show", "wdl_none")
	d.fails("not found", "deliveries", "resend", "wdl_none")
	d.fails("Webhook not found", "deliveries", "list", "--webhook", "we_none")
	d.fails("can't be used together", "deliveries", "list", "--webhook", hook, "--ok", "--failed")
}
