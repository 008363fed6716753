package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/checkoutd/checkoutd/cmd/bench/internal/load"
)

// filled is how many sessions there are when reads are measured.
const filled = 5000

// warmup is how long a server is under load before it is measured.
const warmup = 300 * time.Millisecond

// request makes the load on a server that has sessions with these identifiers.
type request func(sv *server, ids []string) load.Request

func creating(sv *server, _ []string) load.Request          { return sv.creates() }
func creatingOnce(sv *server, _ []string) load.Request      { return sv.createsWithKeys() }
func creatingByPrice(sv *server, ids []string) load.Request { return sv.createsByPrice(ids[0]) }
func getting(sv *server, ids []string) load.Request         { return sv.getsEach(ids) }
func listing(sv *server, _ []string) load.Request           { return sv.gets("/checkout-sessions") }
func listingOpen(sv *server, _ []string) load.Request {
	return sv.gets("/checkout-sessions?status=open&limit=20")
}

// half is one of the two servers of a comparison and its load.
type half struct {
	side
	request request
}

// comparison is a load on two servers, in turns, each time on a new database.
type comparison struct {
	name        string
	connections int
	fill        int  // sessions made before
	stock       bool // a price is made before, whose identifier stands for those of sessions
	status      int  // of every answer
	extra       int  // runs more than usual
	left, right half

	rate, p50, p99 target
}

// comparisons are the loads that are measured. Those on one connection have
// ratios near their limits, so they get more runs.
func comparisons() []comparison {
	checkoutd, single := product(), product("--max-batch", "1")
	return []comparison{
		{
			name: "create, 64 connections", connections: 64, status: http.StatusCreated,
			left: half{checkoutd, creating}, right: half{plain, creating}, rate: atLeast(0.7), p99: atMost(1.5),
		},
		{
			name: "create, 256 connections", connections: 256, status: http.StatusCreated,
			left: half{checkoutd, creating}, right: half{plain, creating}, rate: atLeast(0.7), p99: atMost(1.5),
		},
		{
			name: "create, 1 connection", connections: 1, status: http.StatusCreated, extra: 4,
			left: half{checkoutd, creating}, right: half{plain, creating}, p50: atMost(1.25),
		},
		{
			name: "create with Idempotency-Key beside without, 64 connections", connections: 64, status: http.StatusCreated,
			left: half{checkoutd, creatingOnce}, right: half{plain, creating},
		},
		{
			name: "create by price_id beside by amount, 64 connections", connections: 64, stock: true, status: http.StatusCreated,
			left: half{checkoutd, creatingByPrice}, right: half{checkoutd, creating}, rate: atLeast(0.67),
		},
		{
			name: "create by price_id beside by amount, 1 connection", connections: 1, stock: true, status: http.StatusCreated,
			left: half{checkoutd, creatingByPrice}, right: half{checkoutd, creating}, p50: atMost(1.5),
		},
		{
			name: "get, 64 connections", connections: 64, fill: filled, status: http.StatusOK,
			left: half{checkoutd, getting}, right: half{plain, getting}, rate: atLeast(0.7),
		},
		{
			name: "list of 20 open, 64 connections", connections: 64, fill: filled, status: http.StatusOK,
			left: half{checkoutd, listingOpen}, right: half{plain, listingOpen}, rate: atLeast(0.7),
		},
		{
			name: "list of 20, 64 connections", connections: 64, fill: filled, status: http.StatusOK,
			left: half{checkoutd, listing}, right: half{plain, listing}, rate: atLeast(0.7),
		},
		{
			name: "grouping beside batches of one, 64 connections", connections: 64, status: http.StatusCreated,
			left: half{checkoutd, creating}, right: half{single, creating}, rate: atLeast(5),
		},
		{
			name: "grouping beside batches of one, 1 connection", connections: 1, status: http.StatusCreated, extra: 4,
			left: half{checkoutd, creating}, right: half{single, creating}, rate: atLeast(0.95),
		},
	}
}

// throughput makes the comparisons.
func (b *bench) throughput(ctx context.Context) error {
	for _, c := range comparisons() {
		if b.noise && c.right.key {
			continue // not beside the baseline
		}
		if !b.wants(c.name) {
			continue
		}
		if b.noise {
			c.left = c.right
		}
		if err := b.compare(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// figures are what the runs of one half gave.
type figures struct{ rate, p50, p99, cpu, bytes []float64 }

// compare runs c and adds its rows.
func (b *bench) compare(ctx context.Context, c comparison) error {
	var left, right figures
	for range b.runs + c.extra {
		if err := b.once(ctx, c, c.left, &left); err != nil {
			return err
		}
		if err := b.once(ctx, c, c.right, &right); err != nil {
			return err
		}
	}
	b.table.add(
		row{c.name, "req/s", median(left.rate), median(right.rate), c.rate},
		row{c.name, "p50 ms", median(left.p50), median(right.p50), c.p50},
		row{c.name, "p99 ms", median(left.p99), median(right.p99), c.p99},
		row{c.name, "CPU us each", median(left.cpu), median(right.cpu), target{}},
		row{c.name, "answer, B", median(left.bytes), median(right.bytes), target{}},
	)
	return nil
}

// once measures one half of c on a new database.
func (b *bench) once(ctx context.Context, c comparison, h half, f *figures) (err error) {
	dir, err := os.MkdirTemp(b.dir, "run-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	sv, err := b.start(ctx, h.side, filepath.Join(dir, "sessions.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sv.stop()) }()
	var ids []string
	if c.fill > 0 {
		if ids, err = sv.fill(ctx, c.fill); err != nil {
			return err
		}
	}
	if c.stock {
		if ids, err = sv.stock(ctx); err != nil {
			return err
		}
	}
	before, err := sv.processor()
	if err != nil {
		return err
	}
	r, err := load.Run(ctx, load.Plan{
		Addr: sv.addr, Connections: c.connections, Warmup: warmup, Duration: b.window, Requests: 1 << 30,
		Request: h.request(sv, ids), Status: c.status,
	})
	if err != nil {
		return err
	}
	after, err := sv.processor()
	f.rate, f.p50, f.p99 = append(f.rate, r.Rate), append(f.p50, millis(r.P50)), append(f.p99, millis(r.P99))
	f.cpu = append(f.cpu, float64((after-before).Microseconds())/float64(r.Sent))
	f.bytes = append(f.bytes, r.Bytes)
	return err
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
