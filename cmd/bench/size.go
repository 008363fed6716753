package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/checkoutd/checkoutd/cmd/bench/internal/load"
)

const mebibyte = 1 << 20

// starts is how often the time to the first answer is measured.
const starts = 10

// settle is how long a server is left alone before its memory counts as idle.
const settle = time.Second

// build makes the binary as it is released, and measures it.
func (b *bench) build(ctx context.Context) error {
	b.binary = filepath.Join(b.dir, "checkoutd")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.binary,
		"github.com/checkoutd/checkoutd/cmd/checkoutd")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = b.log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	name := "stripped static binary"
	if !b.wants(name) {
		return nil
	}
	info, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	b.table.add(row{name: name, unit: "MiB", measured: float64(info.Size()) / mebibyte, target: atMost(20)})
	return nil
}

// size measures how fast checkoutd is there and how much memory it holds.
func (b *bench) size(ctx context.Context) error {
	first, idle, busy := "exec to first 200 on a new database", "memory, idle", "memory, 256 connections creating"
	if b.wants(first) {
		took, err := b.firstAnswers(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", first, err)
		}
		b.table.add(row{name: first, unit: "ms", measured: took, target: atMost(25)})
	}
	if b.wants(idle) {
		rss, err := b.memoryAfter(ctx, "VmRSS", func(*server) error { return pause(ctx, settle) })
		if err != nil {
			return fmt.Errorf("%s: %w", idle, err)
		}
		b.table.add(row{name: idle, unit: "MiB", measured: rss, target: atMost(24)})
	}
	if b.wants(busy) {
		peak, err := b.memoryAfter(ctx, "VmHWM", func(sv *server) error {
			_, err := load.Run(ctx, load.Plan{
				Addr: sv.addr, Connections: 256, Duration: 2 * b.window, Requests: 1 << 30,
				Request: sv.creates(), Status: http.StatusCreated,
			})
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", busy, err)
		}
		b.table.add(row{name: busy, unit: "peak MiB", measured: peak, target: atMost(80)})
	}
	return nil
}

// firstAnswers returns the median milliseconds from starting the process on a
// database that does not exist to the answer of GET /health.
func (b *bench) firstAnswers(ctx context.Context) (float64, error) {
	checkoutd := product()
	checkoutd.key = false // making one would make the database
	var took []float64
	for i := range starts {
		sv, err := b.start(ctx, checkoutd, filepath.Join(b.dir, fmt.Sprintf("start-%d.db", i)))
		if err != nil {
			return 0, err
		}
		if err := sv.health(ctx); err != nil {
			return 0, err
		}
		took = append(took, millis(time.Since(sv.started)))
		if err := sv.stop(); err != nil {
			return 0, err
		}
	}
	return median(took), nil
}

// health asks for GET /health once.
func (sv *server) health(ctx context.Context) error {
	_, err := load.Run(ctx, load.Plan{
		Addr: sv.addr, Connections: 1, Duration: patience, Requests: 1, Request: sv.gets("/health"), Status: http.StatusOK,
	})
	return err
}

// memoryAfter returns the median of a field of the status of a server that has
// answered once and then been through act.
func (b *bench) memoryAfter(ctx context.Context, field string, act func(*server) error) (float64, error) {
	var held []float64
	for i := range b.runs {
		sv, err := b.start(ctx, product(), filepath.Join(b.dir, fmt.Sprintf("%s-%d.db", field, i)))
		if err != nil {
			return 0, err
		}
		if err := sv.health(ctx); err != nil {
			return 0, err
		}
		if err := act(sv); err != nil {
			return 0, err
		}
		mib, err := sv.memory(field)
		if err != nil {
			return 0, err
		}
		held = append(held, mib)
		if err := sv.stop(); err != nil {
			return 0, err
		}
	}
	return median(held), nil
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
