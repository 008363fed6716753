package mtn_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// TestVectors walks testdata/vectors: headers, an empty line, and what MTN
// answered or sent. "want" is what the adapter makes of it, as told by describe.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head, body, _ := strings.Cut(string(text), "\n\n")
			v := map[string]string{}
			for line := range strings.Lines(head) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
				v[name] = strings.TrimSpace(value)
			}
			if got := replay(t, v, body); got != v["want"] {
				t.Errorf("%s\ngot  %s\nwant %s", body, got, v["want"])
			}
		})
	}
}

// replay makes the call of v, to which body is the answer.
func replay(t *testing.T, v map[string]string, body string) string {
	t.Helper()
	if v["call"] == "callback" {
		c := config("mtnivorycoast", &double{})
		c.APIKey = client.Secret(v["secret"])
		signals, err := newProvider(t, c).Parse(checkout.Inbound{
			Method: v["method"], Body: []byte(body), Token: v["token"], Now: noon, Header: func(string) string { return v["header"] },
		})
		switch {
		case err != nil:
			return err.Error()
		case len(signals) == 0:
			return "nothing"
		case len(signals) > 1 || signals[0] != checkout.Signal{AttemptID: signals[0].AttemptID}:
			return fmt.Sprintf("%+v", signals)
		}
		return signals[0].AttemptID
	}
	status, err := strconv.Atoi(v["status"])
	if err != nil {
		t.Fatal(err)
	}
	asked := checkout.Money{}
	if _, err := fmt.Sscan(v["asked"], &asked.Amount, &asked.Currency); err != nil {
		t.Fatal(err)
	}
	p := newProvider(t, config(v["environment"], &double{answer: always(status, body)}))
	ctx, o := context.Background(), order(asked)
	switch v["call"] {
	case "poll":
		r, err := p.Poll(ctx, o.Attempt)
		return describe(r, err)
	case "find":
		started, err := p.Find(ctx, o.Attempt)
		if err == nil && started.Report.State != checkout.StateMissing && (started.Ref != attemptRef || started.Next.Kind != checkout.NextPrompt) {
			return fmt.Sprintf("%+v", started)
		}
		return describe(started.Report, err)
	case "start":
		started, err := p.Start(ctx, o)
		if err == nil && (started.Ref != attemptRef || started.Report != checkout.Report{}) {
			return fmt.Sprintf("%+v", started)
		}
		return describeCall(err)
	case "refund":
		r, err := p.Refund(ctx, refundOrder(asked))
		if err == nil && (r != checkout.RefundReport{State: checkout.RefundPending, Ref: refundRef}) {
			return fmt.Sprintf("%+v", r)
		}
		return describeCall(err)
	case "pollrefund":
		r, err := p.PollRefund(ctx, refundOrder(asked))
		if err != nil {
			return describe(checkout.Report{}, err)
		}
		return strings.TrimSpace(string(r.State) + " " + r.Reason)
	}
	t.Fatalf("unknown call %q", v["call"])
	return ""
}

// describe tells a report: "paid 1000 XOF charge 1 payer •••201".
func describe(r checkout.Report, err error) string {
	var throttled *checkout.Throttled
	var bad *checkout.BadCredentials
	var declined *checkout.Declined
	switch {
	case err != nil && r != (checkout.Report{}):
		return fmt.Sprintf("%+v with %v", r, err)
	case errors.As(err, &throttled):
		return "throttled"
	case errors.As(err, &bad):
		return "credentials"
	case errors.As(err, &declined):
		return "declined " + declined.Reason
	case err != nil:
		return "error"
	}
	text := string(r.State)
	if r.Paid != (checkout.Money{}) {
		text += fmt.Sprintf(" %d %s", r.Paid.Amount, r.Paid.Currency)
	}
	for _, f := range []struct{ name, value string }{{"", r.Reason}, {"charge ", r.Charge}, {"payer ", r.Payer}} {
		if f.value != "" {
			text += " " + f.name + f.value
		}
	}
	return text
}

// describeCall tells what a call that changes something came to.
func describeCall(err error) string {
	text := describe(checkout.Report{}, err)
	switch {
	case err == nil:
		return "accepted"
	case text != "error":
		return text
	case errors.Is(err, checkout.ErrNotSent):
		return "not sent"
	}
	return "unknown"
}
