// Command checkoutd takes payments through hosted checkout sessions: one binary,
// one database file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "checkoutd:", err)
		os.Exit(1)
	}
}

// cli is the command line.
type cli struct {
	Serve       serveCmd       `cmd:"" help:"Run the server."`
	Doctor      doctorCmd      `cmd:"" help:"Check the settings, the providers and the database, and say what to do."`
	Keys        keysCmd        `cmd:"" help:"Make, list and revoke API keys, also while the server runs."`
	Merchants   merchantsCmd   `cmd:"" help:"Show and set what merchants want, also while the server runs."`
	Credentials credentialsCmd `cmd:"" help:"Set, list and remove merchants' own credentials at providers, also while the server runs."`
	Simulate    simulateCmd    `cmd:"" help:"Run a simulated provider, to try the server against."`
	Torture     tortureCmd     `cmd:"" help:"Send a webhook receiver of yours what it should refuse, and see what it does."`
	Listen      listenCmd      `cmd:"" help:"Receive webhooks on this machine, from any server, without an address that it can reach."`
	Trigger     triggerCmd     `cmd:"" help:"Make an event happen, with a test key."`
	Events      eventsCmd      `cmd:"" help:"Show what happened, and have it sent once more."`
	Deliveries  deliveriesCmd  `cmd:"" help:"Show the log of what webhooks were sent, and send it once more."`
	Products    productsCmd    `cmd:"" help:"Make, list and show products."`
	Prices      pricesCmd      `cmd:"" help:"Make, list and show what products cost."`
	Customers   customersCmd   `cmd:"" help:"Make, list and show customers."`
	Coupons     couponsCmd     `cmd:"" help:"Make, list and show coupons."`
	Links       linksCmd       `cmd:"" help:"Make, list and show payment links."`
	Refunds     refundsCmd     `cmd:"" help:"Give money back, list and show what was given back."`
	Demo        demoCmd        `cmd:"" help:"Show the whole life of a payment with nothing set up."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// env is what a command runs in.
type env struct {
	ctx            context.Context
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// run is main without the process.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	exited := errors.New("exited")
	var failed error
	outside := &outside{getenv: getenv}
	root := &cli{}
	root.Serve.Providers, root.Doctor.Providers = newProviderFlags(), newProviderFlags()
	parser, err := kong.New(root,
		kong.Name("checkoutd"),
		kong.Description("Takes payments through hosted checkout sessions, in the wire format of lomi.\n\n"+
			"Settings can also be given as environment variables, --rate-limit as CHECKOUTD_RATE_LIMIT, "+
			"and in the JSON file that --config names, as \"rate_limit\". The flag wins over the variable, and that over the file."),
		kong.UsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { panic(exited) }),
		kong.Vars{"providers": providerNames(), "torture_secret": tortureSecret},
		kong.ExplicitGroups(providerGroups()),
		kong.WithBeforeResolve(outside.load),
		kong.Resolvers(outside),
	)
	if err != nil {
		return err
	}
	func() {
		defer func() { // --help has been printed
			if p := recover(); p != nil && p != exited {
				panic(p)
			}
		}()
		var parsed *kong.Context
		if parsed, failed = parser.Parse(args); failed == nil {
			failed = parsed.Run(&env{ctx, getenv, stdin, stdout, stderr})
		}
	}()
	return failed
}

type versionCmd struct{}

// Run prints the version that the binary was built from.
func (versionCmd) Run(e *env) error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	_, err := fmt.Fprintln(e.stdout, "checkoutd", version)
	return err
}
