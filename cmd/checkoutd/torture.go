package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/webhook/torture"
)

// tortureSecret is the variable for those who do not want their secret in the
// list of processes.
const tortureSecret = "CHECKOUTD_TORTURE_SECRET"

type tortureCmd struct {
	URL      string        `arg:"" help:"The receiver, such as http://127.0.0.1:8090/webhooks."`
	Secret   client.Secret `local:"" help:"What it checks signatures with, as shown when the webhook was created. Better given as ${torture_secret}." placeholder:"whsec_…"`
	Effects  string        `local:"" help:"Where the receiver lists what it did; as above." placeholder:"URL"`
	Settle   time.Duration `local:"" help:"How long to wait before that is read, for receivers that act after they answer." placeholder:"1s"`
	Metadata string        `local:"" help:"What each payment has as metadata, {n} being its number, for receivers that look for an order of theirs: {\"order_id\": \"test-{n}\"}." placeholder:"JSON"`
	Timeout  time.Duration `local:"" default:"15s" help:"How long an answer may take."`
	Remote   bool          `local:"" help:"The receiver is mine, although it is neither on this machine nor in a private network."`
	JSON     bool          `local:"" name:"json" help:"Print JSON."`
}

// Help says what is done to the receiver.
func (tortureCmd) Help() string {
	return "It sends fewer than 150 messages about payments that never were: good ones, forged ones, old ones, the same again, in odd orders, slowly. " +
		"The receiver acts on the good ones: use one that is connected to nothing real. It ends with 1 if something is marked FAIL.\n\n" +
		"What the receiver did is read from --effects: everything that messages made it do to orders, the oldest first, as " +
		`{"effects":[{"event":"PAYMENT_SUCCEEDED","transaction_id":"txn_…"}]}` + ". Without it some checks are skipped."
}

// Run tortures the receiver and prints what it found.
func (c *tortureCmd) Run(e *env) error {
	secret := string(c.Secret)
	if secret == "" {
		secret = e.getenv(tortureSecret)
	}
	if secret == "" {
		return fmt.Errorf("give the receiver's secret as %s or with --secret", tortureSecret)
	}
	metadata, err := checkout.ParseMetadata([]byte(orEmpty(c.Metadata)))
	if err != nil {
		return fmt.Errorf("--metadata: %w", message(err))
	}
	report, err := torture.Run(e.ctx, torture.Config{
		URL: c.URL, Secret: secret, Remote: c.Remote, Metadata: metadata,
		EffectsURL: c.Effects, Settle: c.Settle, Timeout: c.Timeout, Clock: clock.New(),
		Progress: func(check string) { fmt.Fprintf(e.stderr, "%s…\n", check) },
	})
	if len(report.Checks) > 0 {
		err = errors.Join(err, printTorture(e.stdout, report, c.JSON))
	}
	if failed := report.Count(torture.Fail); err == nil && failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(report.Checks))
	}
	return err
}

// orEmpty returns the JSON object that text is.
func orEmpty(text string) string {
	if text == "" {
		return "{}"
	}
	return text
}

// kindTexts says what receivers of a kind go by.
var kindTexts = map[torture.Kind]string{
	torture.KindStandard: "it checks Webhook-Signature",
	torture.KindLomi:     "it checks X-Lomi-Signature",
	torture.KindBoth:     "it checks Webhook-Signature and X-Lomi-Signature",
	torture.KindEither:   "Webhook-Signature or X-Lomi-Signature is enough for it",
	torture.KindNone:     "it checks no signature",
}

func printTorture(w io.Writer, report torture.Report, asJSON bool) error {
	if asJSON {
		to := json.NewEncoder(w)
		to.SetEscapeHTML(false)
		to.SetIndent("", "  ")
		return to.Encode(report)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range report.Checks {
		fmt.Fprintf(table, "%s\t%s\t%s\n", c.Result, c.Name, c.Message)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if kind := kindTexts[report.Kind]; kind != "" {
		fmt.Fprintf(w, "%s; ", kind)
	}
	_, err := fmt.Fprintf(w, "%d requests, %d passed, %d failed, %d warnings, %d skipped\n", report.Requests,
		report.Count(torture.Pass), report.Count(torture.Fail), report.Count(torture.Warn), report.Count(torture.Skipped))
	return err
}
