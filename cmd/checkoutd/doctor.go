package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
)

type doctorCmd struct {
	serverFlags
	JSON bool `local:"" name:"json" help:"Print JSON."`
}

// Help says what is left alone.
func (doctorCmd) Help() string {
	return "It takes the flags, variables and file of serve. It changes nothing, and calls each provider once, without credentials. " +
		"It ends with 1 if something is marked FAIL."
}

// Run examines everything and prints what it found.
func (c *doctorCmd) Run(e *env) error {
	d := &doctor{
		flags: c.serverFlags, clock: clock.New(), free: freeSpace, sync: syncCost,
		client: &http.Client{
			Transport:     &http.Transport{}, // as the adapters: through no proxy of the environment
			Timeout:       reachTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	return d.report(e.ctx, e.stdout, c.JSON)
}

// level is how bad a finding is.
type level string

const (
	levelOK   level = "ok"
	levelWarn level = "warn"
	levelFail level = "FAIL"
)

// finding is one line of what a doctor says.
type finding struct {
	Level   level  `json:"level"`
	Check   string `json:"check"`
	Message string `json:"message"` // what there is, and what to do if it is not good
}

// doctor examines a server's settings and surroundings.
type doctor struct {
	flags  serverFlags
	clock  clock.Clock
	client *http.Client
	free   func(dir string) (bytes uint64, err error)
	sync   func(dir string) (time.Duration, error) // what putting a little on the disk costs

	providers   []configured
	credentials []checkout.AccountCredentials // merchants' own
	liveKeys    bool                          // there are API keys of real money
	findings    []finding
}

// report prints what the doctor finds, and returns an error if some of it is
// marked FAIL.
func (d *doctor) report(ctx context.Context, w io.Writer, asJSON bool) error {
	d.settings()
	d.providers = d.flags.Providers.all(d.clock)
	for _, p := range d.providers {
		d.provider(ctx, p)
	}
	d.disk()
	d.database(ctx)
	d.encryption()
	d.coverage()
	d.reach()
	failed := 0
	for _, f := range d.findings {
		if f.Level == levelFail {
			failed++
		}
	}
	if err := d.print(w, asJSON); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(d.findings))
	}
	return nil
}

func (d *doctor) print(w io.Writer, asJSON bool) error {
	if asJSON {
		to := json.NewEncoder(w)
		to.SetEscapeHTML(false)
		to.SetIndent("", "  ")
		return to.Encode(d.findings)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range d.findings {
		fmt.Fprintf(table, "%-4s\t%s\t%s\n", f.Level, f.Check, f.Message)
	}
	return table.Flush()
}

// note adds a finding.
func (d *doctor) note(l level, check, format string, args ...any) {
	d.findings = append(d.findings, finding{l, check, fmt.Sprintf(format, args...)})
}
