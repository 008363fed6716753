package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout/provider/kit"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

type simulateCmd struct {
	Provider   string `arg:"" enum:"${providers}" help:"One of ${enum}."`
	Addr       string `local:"" default:"127.0.0.1:0" help:"Where it listens, on this machine; port 0 is any free one." placeholder:"HOST:PORT"`
	WebhookURL string `local:"" name:"webhook-url" help:"Where its messages go, for providers that are not told with each payment. Default: /webhooks/PROVIDER at http://127.0.0.1:8080." placeholder:"URL"`
	Secret     string `local:"" help:"What signs its messages. Default: one that is printed." placeholder:"TEXT"`
	TestClock  bool   `local:"" help:"Its clock stands still and moves by POST /simulate/clock/advance."`
}

// Run serves the simulated provider until the context ends.
func (c *simulateCmd) Run(e *env) error {
	p, err := findProvider(c.Provider)
	if err != nil {
		return err
	}
	if err := checkLoopback(c.Addr, "127.0.0.1:0"); err != nil {
		return err
	}
	ln, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	s := kit.Simulation{URL: "http://" + ln.Addr().String(), WebhookURL: c.WebhookURL, Secret: c.Secret}
	if s.WebhookURL == "" {
		s.WebhookURL = webhookAddress("http://127.0.0.1:8080", p.Name, "")
	}
	if u, err := url.Parse(s.WebhookURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.Join(errors.New("--webhook-url must be like http://127.0.0.1:8080/webhooks/wave"), ln.Close())
	}
	s.Config = simulator.Config{Clock: clock.New()}
	if c.TestClock {
		stopped := clock.NewMock()
		stopped.Set(s.Clock.Now().UTC())
		s.Clock = stopped
	}
	fake, settings := p.Simulate(s)
	settings["base-url"] = s.URL
	if _, err := p.Build(func(name string) string { return settings[name] }, false, s.Clock); err != nil {
		return errors.Join(fmt.Errorf("--secret: %w", err), ln.Close()) // all else is ours
	}
	if _, err := fmt.Fprint(e.stdout, simulationText(p, s, settings, movesOf(fake))); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(e.ctx)
	var sending sync.WaitGroup
	defer sending.Wait()
	defer stop()
	sending.Go(func() { _ = fake.Run(ctx) }) // it ends with ctx, whose error it returns
	return serveUntil(ctx, promptListener{ln, ctx}, fake)
}

// simulationText is what a person, or a shell, needs to use a simulated
// provider. Lines that a shell is not to run begin with #.
func simulationText(p provider, s kit.Simulation, settings map[string]string, moves []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s is simulated at %s\n", p.Title, s.URL)
	if p.Portal != "" {
		fmt.Fprintf(&b, "# its messages go to %s\n", s.WebhookURL)
	}
	b.WriteString("# for checkoutd serve, so that test keys use it:\n")
	for _, setting := range p.Settings {
		if value := settings[setting.Name]; value != "" {
			fmt.Fprintf(&b, "export %s=%s\n", variable(p.flag(setting.Name, false)), quoted(value))
		}
	}
	if len(moves) == 0 {
		return b.String()
	}
	fmt.Fprintf(&b, "# then play the customer, with the identifier of a transaction, txn_…:\n")
	fmt.Fprintf(&b, "# curl -X POST %s/simulate/%s/TRANSACTION", s.URL, moves[0])
	if len(moves) > 1 {
		fmt.Fprintf(&b, ", or in the place of %s: %s", moves[0], strings.Join(moves[1:], ", "))
	}
	b.WriteString("\n")
	return b.String()
}

// movesOf lists what can be done to the payments of a simulated provider.
func movesOf(fake kit.Simulated) []string {
	if m, ok := fake.(interface{ Moves() []string }); ok {
		return m.Moves()
	}
	return nil
}

// quoted returns text as one word of a shell.
func quoted(text string) string {
	if strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/,") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
