package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long a server may take to listen and to stop.
const patience = 20 * time.Second

// side is one of the two that a comparison compares: how to start it on a new or
// given database.
type side struct {
	serve func(b *bench, db string) []string // command line
	key   bool                               // it wants an API key
}

// product is checkoutd as it is served, with more flags.
func product(flags ...string) side {
	return side{key: true, serve: func(b *bench, db string) []string {
		return append([]string{b.binary, "serve", "--addr", "127.0.0.1:0", "--db", db, "--rate-limit", "0"}, flags...)
	}}
}

// plain is the hand-written baseline: this program run again.
var plain = side{serve: func(_ *bench, db string) []string {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return []string{self, "-baseline", db}
}}

// server is a running process that serves.
type server struct {
	addr, key string // key is "" if it needs none
	started   time.Time
	cmd       *exec.Cmd
	log       string // file of its standard error
	gone      chan error
}

// start runs s on the database file db, which is made if it is missing, and
// returns once it listens. What is served is logged to a file beside db, as it
// would be anywhere.
func (b *bench) start(ctx context.Context, s side, db string) (*server, error) {
	sv := &server{log: db + ".log"}
	if s.key {
		var err error
		if sv.key, err = b.createKey(ctx, db); err != nil {
			return nil, err
		}
	}
	return sv, sv.listen(ctx, s.serve(b, db))
}

// createKey returns the secret of a new test key.
func (b *bench) createKey(ctx context.Context, db string) (string, error) {
	cmd := exec.CommandContext(ctx, b.binary, "keys", "create", "--db", db, "--env", "test")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("keys create: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// listen starts the process and reads its address from its first line.
func (sv *server) listen(ctx context.Context, args []string) error {
	log, err := os.Create(sv.log)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	sv.cmd = exec.CommandContext(ctx, args[0], args[1:]...)
	sv.cmd.Cancel = func() error { return sv.cmd.Process.Signal(syscall.SIGTERM) }
	sv.cmd.WaitDelay = patience
	sv.cmd.Stderr = log
	out, err := sv.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	sv.started = time.Now()
	if err := sv.cmd.Start(); err != nil {
		return err
	}
	line := make(chan string, 1)
	sv.gone = make(chan error, 1)
	go func() {
		r := bufio.NewReader(out)
		first, _ := r.ReadString('\n') // "" if it has ended
		line <- first
		_, _ = r.WriteTo(nowhere{}) // until it ends
		sv.gone <- sv.cmd.Wait()
	}()
	select {
	case first := <-line:
		addr, ok := strings.CutPrefix(strings.TrimSpace(first), "listening on http://")
		if !ok {
			return errors.Join(fmt.Errorf("%s: first line is %q; it logged: %s", args[0], first, sv.tail()), sv.stop())
		}
		sv.addr = addr
		return nil
	case <-time.After(patience):
		return errors.Join(fmt.Errorf("%s does not listen", args[0]), sv.stop())
	}
}

// nowhere takes what nobody reads.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// stop ends the process as an operator would, and waits until it has gone.
func (sv *server) stop() error {
	_ = sv.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case err := <-sv.gone:
		if err != nil {
			return fmt.Errorf("%s: %w; it logged: %s", filepath.Base(sv.cmd.Path), err, sv.tail())
		}
		return nil
	case <-time.After(patience):
		_ = sv.cmd.Process.Kill()
		return fmt.Errorf("%s did not stop", filepath.Base(sv.cmd.Path))
	}
}

// tail returns the end of what the process logged.
func (sv *server) tail() []byte {
	text, _ := os.ReadFile(sv.log) // nothing is better than another error
	return text[max(0, len(text)-600):]
}

// memory returns a line of the process's status, such as VmRSS, in MiB.
func (sv *server) memory(field string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", sv.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return statusMiB(text, field)
}

// statusMiB returns a field of the text of /proc/PID/status, which is in KiB.
func statusMiB(text []byte, field string) (float64, error) {
	for line := range bytes.Lines(text) {
		if value, ok := bytes.CutPrefix(line, []byte(field+":")); ok {
			kib, err := strconv.Atoi(strings.TrimSuffix(string(bytes.TrimSpace(value)), " kB"))
			return float64(kib) / 1024, err
		}
	}
	return 0, fmt.Errorf("no %s in the status of the process", field)
}

// tick is the unit of processor times in /proc.
//
// Source: proc_pid_stat(5), where sysconf(_SC_CLK_TCK) is 100 on Linux.
const tick = 10 * time.Millisecond

// processor returns how long the process has run on processors.
func (sv *server) processor() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", sv.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return statTime(text)
}

// statTime returns user and system time out of the text of /proc/PID/stat.
func statTime(text []byte) (time.Duration, error) {
	// The second field, the command, ends with the last bracket. User and system
	// time are fields 14 and 15.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("status of the process is %q", text)
	}
	user, err := strconv.Atoi(string(fields[11]))
	system, err2 := strconv.Atoi(string(fields[12]))
	return time.Duration(user+system) * tick, errors.Join(err, err2)
}
