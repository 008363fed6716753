// Command receiver is an example of a merchant's webhook receiver, to copy from
// and to try checkoutd torture on. With -fault it has the faults that it names.
package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/benbjohnson/clock"
	_ "modernc.org/sqlite"

	"github.com/checkoutd/checkoutd/webhook/torture/badshop"
	"github.com/checkoutd/checkoutd/webhook/torture/goodshop"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "receiver:", err)
		os.Exit(1)
	}
}

// run is main without the process.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("receiver", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8090", "where to listen")
	file := flags.String("db", "receiver.db", "database file, unless there are faults")
	fault := flags.String("fault", "", fmt.Sprintf("be bad: all, or some of %v with commas between", badshop.Faults))
	if err := flags.Parse(args); err != nil {
		return err
	}
	secret := getenv("WEBHOOK_SECRET")
	if secret == "" {
		return errors.New("WEBHOOK_SECRET must be the secret that was shown when the webhook was created, whsec_…")
	}
	var server *http.Server
	if *fault != "" {
		faults, err := parseFaults(*fault)
		if err != nil {
			return err
		}
		server = &http.Server{Handler: badshop.New(badshop.Config{
			Secret: secret, Faults: faults, Clock: clock.New(), Work: func() { time.Sleep(50 * time.Millisecond) },
		}), ReadHeaderTimeout: 5 * time.Second}
	} else {
		db, err := open(*file)
		if err != nil {
			return err
		}
		defer db.Close()
		shop, err := goodshop.New(ctx, db, clock.New(), secret)
		if err != nil {
			return fmt.Errorf("-db: %w", err)
		}
		server = shop.Server()
	}
	ln, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(stdout, "messages go to http://%s/webhooks, effects are at http://%[1]s/effects\n", ln.Addr()); err != nil {
		return cmp.Or(ln.Close(), err)
	}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// open returns a database that has one writer and keeps what it has confirmed.
func open(file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// parseFaults reads the names of faults.
func parseFaults(text string) (faults []badshop.Fault, err error) {
	if text == "all" {
		return badshop.Faults, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		if !slices.Contains(badshop.Faults, badshop.Fault(name)) {
			return nil, fmt.Errorf("-fault: there is no %q; there are %v", name, badshop.Faults)
		}
		faults = append(faults, badshop.Fault(name))
	}
	return faults, nil
}
