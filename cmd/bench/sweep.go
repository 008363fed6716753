package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/cmd/bench/internal/load"
	"github.com/checkoutd/checkoutd/store"
)

// sweeps is how often a sweep is measured.
const sweeps = 2000

// sweep measures what the server's sweep costs, each second, when every session
// is open and none is due.
func (b *bench) sweep(ctx context.Context) error {
	name := fmt.Sprintf("sweep with nothing due, %s open sessions", number(float64(b.rows)))
	if !b.wants(name) {
		return nil
	}
	file := filepath.Join(b.dir, "open.db")
	if _, err := b.fillFile(ctx, file, seed{n: b.rows, status: allOpen}, time.Now()); err != nil {
		return err
	}
	return with(file, func(db *store.DB) error {
		svc, err := checkout.New(checkout.Config{Store: db})
		if err != nil {
			return err
		}
		whole, err := repeat(func() error {
			return checkout.NewSweeper(svc, slog.New(slog.NewTextHandler(os.Stderr, nil))).RunOnce(ctx)
		})
		if err != nil {
			return err
		}
		look, err := repeat(func() error {
			return db.View(ctx, func(tx checkout.Tx) error {
				due, err := tx.DueSessions(time.Now(), 100)
				if err == nil && len(due) > 0 {
					err = fmt.Errorf("%d sessions are due", len(due))
				}
				return err
			})
		})
		if err != nil {
			return err
		}
		b.table.add(
			row{name: name, unit: "p50 ms", measured: whole, target: atMost(0.1)},
			row{name: "of which looking for due sessions", unit: "p50 ms", measured: look},
		)
		return nil
	})
}

// repeat returns the median milliseconds of f.
func repeat(f func() error) (float64, error) {
	took := make([]time.Duration, sweeps)
	for i := range took {
		start := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return millis(load.Percentile(took, 50)), nil
}
