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
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "checkoutd:", err)
		os.Exit(1)
	}
}

// cli is the command line.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the server."`
	Keys    keysCmd    `cmd:"" help:"Make, list and revoke API keys, also while the server runs."`
	Demo    demoCmd    `cmd:"" help:"Show the whole life of a payment with nothing set up."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// env is what a command runs in.
type env struct {
	ctx            context.Context
	stdout, stderr io.Writer
}

// run is main without the process. Every flag can be given as an environment
// variable too: --rate-limit is CHECKOUTD_RATE_LIMIT. Those marked local cannot.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	exited := errors.New("exited")
	var failed error
	parser, err := kong.New(&cli{},
		kong.Name("checkoutd"),
		kong.Description("Takes payments through hosted checkout sessions, in the wire format of lomi.\n\n"+
			"Every flag of serve and keys can be set as an environment variable: --rate-limit is CHECKOUTD_RATE_LIMIT."),
		kong.UsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { panic(exited) }),
		kong.Resolvers(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
			name := "CHECKOUTD_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
			if v := getenv(name); v != "" && flag.Name != "help" && !flag.Tag.Has("local") {
				return v, nil
			}
			return nil, nil
		})),
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
			failed = parsed.Run(&env{ctx, stdout, stderr})
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
