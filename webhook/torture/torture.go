package torture

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxRequests bounds what one run sends to the receiver.
const maxRequests = 150

// maxSilence is after how many timeouts in a row a run gives up.
const maxSilence = 4

// Config says whom to torture and how. URL and Secret are required.
type Config struct {
	URL    string // the receiver
	Secret string // what the receiver checks signatures with, "whsec_…"
	Remote bool   // the host may be outside of this machine and of private networks

	// Metadata is what every payment has, for receivers that look for an order of
	// theirs in it. "{n}" in its text becomes the number of the payment.
	Metadata checkout.Metadata

	// Effects returns everything that the receiver has done so far, the oldest
	// first. Default: it is read from EffectsURL; without either, checks that need
	// it are skipped.
	Effects    func(context.Context) ([]Effect, error)
	EffectsURL string
	Settle     time.Duration // how long to wait before effects are read, for receivers that act after they answer; default 0

	Clock    clock.Clock        // default: the system's
	Random   io.Reader          // of identifiers and forged secrets; default: crypto/rand
	Client   *http.Client       // default: one through no proxy; redirects are never followed
	Timeout  time.Duration      // how long an answer may take; default 15 s, as when it is not torture
	Prompt   time.Duration      // what is slower is warned about; default 1 s
	Drip     time.Duration      // how long the slow body takes; default 2 s
	Progress func(check string) // if set, called as each check begins
}

// withDefaults returns c with its blanks filled.
func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Progress == nil {
		c.Progress = func(string) {}
	}
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{{&c.Timeout, 15 * time.Second}, {&c.Prompt, time.Second}, {&c.Drip, 2 * time.Second}} {
		if *d.value <= 0 {
			*d.value = d.standard
		}
	}
	return c
}

// runner is one run.
type runner struct {
	Config
	ctx      context.Context
	client   *http.Client // sends as the dispatcher does
	slow     *http.Client // sends each piece of a body at once
	stranger string       // a secret that the receiver does not know

	report  Report
	refused []message // what it answered with anything but 2xx, and must not have acted on
	blind   bool      // its effects cannot be seen
	first   message   // one that was sent at the beginning, to be sent again at the end

	err      error // why nothing is sent or noted any more
	payments int
	silent   int // timeouts in a row
	slowest  time.Duration
	largest  int
}

// Run tortures the receiver and reports what it found. It returns an error if the
// configuration is not usable, the receiver cannot be reached or stops to answer,
// its effects cannot be read, or ctx ends; the report then holds what was found
// until then.
//
// If the receiver refuses the first message, which is good, nothing else is sent:
// the report has one check, which failed.
func Run(ctx context.Context, c Config) (Report, error) {
	if c.Secret == "" {
		return Report{}, errors.New("torture: Secret is required: without it no message is good")
	}
	r := &runner{Config: c.withDefaults(), ctx: ctx, report: Report{URL: c.URL}}
	if err := r.connect(); err != nil {
		return r.report, fmt.Errorf("torture: %w", err)
	}
	defer r.slow.CloseIdleConnections()
	defer r.client.CloseIdleConnections()
	if err := r.run(); err != nil {
		return r.report, fmt.Errorf("torture: %w", err)
	}
	return r.report, nil
}

// run makes one check after the other.
func (r *runner) run() error {
	r.stranger = r.newSecret()
	if !r.acceptsValid() {
		return r.stopped()
	}
	for _, step := range []func(){
		r.actsOnValid, r.probe,
		r.accepts, r.refuses, r.ignoresGet, r.actsOnlyOnGood,
		r.once, r.order, r.slowness, r.answers,
	} {
		if step(); r.stopped() != nil {
			break
		}
	}
	return r.stopped()
}

// stop ends the run because of err, if it has not ended already.
func (r *runner) stop(err error) {
	if r.err == nil {
		r.err = err
	}
}

// stopped returns why the run cannot go on, nil if it can.
func (r *runner) stopped() error {
	switch {
	case r.err != nil:
	case r.ctx.Err() != nil:
		r.err = r.ctx.Err()
	case r.silent >= maxSilence:
		r.err = fmt.Errorf("the receiver does not answer any more: %d messages in a row had none within %v", r.silent, r.Timeout)
	case r.report.Requests >= maxRequests:
		r.err = fmt.Errorf("it took more than %d requests", maxRequests) // a mistake of ours
	}
	return r.err
}

// wait waits for d.
func (r *runner) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := r.Clock.Timer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.ctx.Done():
	}
}
