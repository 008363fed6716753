// Command bench measures checkoutd and prints one table: the real binary under
// load on loopback, beside a hand-written server on the same stack (package
// baseline), beside batches of one, beside small databases, and against fixed
// limits of size and time.
//
// What is compared is run in turns, and what is printed is the median of at
// least three. Figures hold only beside others of the same table. Files lie in
// the system's folder for temporary files (TMPDIR), which should be on a real
// disk; they are removed at the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"syscall"
	"time"

	"github.com/checkoutd/checkoutd/cmd/bench/internal/baseline"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is what the measurements share.
type bench struct {
	only   *regexp.Regexp // names of the measurements to make
	window time.Duration  // how long a load is measured
	runs   int            // of each side of a comparison
	rows   int            // of the large databases
	noise  bool           // the baseline stands in for checkoutd

	dir    string // temporary
	binary string // the checkoutd to measure
	log    io.Writer
	table  table
}

// run is main without the process. A missed target is not an error.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	b := &bench{log: stderr, window: 1500 * time.Millisecond, runs: 5, rows: 1_000_000}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("only", "", "make the measurements whose name matches this `regexp`")
	quick := flags.Bool("quick", false, "short runs, and 100,000 sessions or webhooks where there should be a million: a hint, not a measurement")
	rows := flags.Int("seed-rows", 0, "how many `sessions`, and webhooks, the large databases have (default 1,000,000)")
	flags.BoolVar(&b.noise, "noise", false, "compare the baseline with itself, to see what the machine alone does to a ratio")
	file := flags.String("baseline", "", "be the baseline on this database `file`; used by the benchmark itself")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *file != "" {
		return baseline.Serve(ctx, *file, stdout)
	}
	if *quick {
		b.window, b.runs, b.rows = 500*time.Millisecond, 3, 100_000
	}
	if *rows != 0 {
		b.rows = *rows
	}
	if b.rows < smallRows {
		return fmt.Errorf("-seed-rows must be at least %d", smallRows)
	}
	var err error
	if b.only, err = regexp.Compile(*only); err != nil {
		return err
	}
	return b.run(ctx, stdout)
}

// run makes the measurements and prints the table.
func (b *bench) run(ctx context.Context, stdout io.Writer) (err error) {
	if b.dir, err = os.MkdirTemp("", "checkoutd-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	start := time.Now()
	measure := []func(context.Context) error{b.build, b.throughput, b.size, b.depth, b.sweep, b.webhooks}
	if b.noise {
		measure = []func(context.Context) error{b.throughput}
	}
	for _, m := range measure {
		if err := m(ctx); err != nil {
			return err
		}
	}
	fmt.Fprintf(stdout, "%s %s/%s, %d cores, load on the same cores, medians of %d and more, %s\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), b.runs, time.Since(start).Round(time.Second))
	return b.table.print(stdout)
}

// wants reports whether the measurement of that name is to be made, and says so.
func (b *bench) wants(name string) bool {
	if !b.only.MatchString(name) {
		return false
	}
	fmt.Fprintln(b.log, name)
	return true
}
