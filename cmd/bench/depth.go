package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/cmd/bench/internal/load"
	"github.com/checkoutd/checkoutd/store"
)

// smallRows is how many sessions the database has that the large one stands
// beside.
const smallRows = 1000

// deep is how many sessions are newer than the page deep in a list.
const deep = 100_000

// page is a list request on two servers, on one connection each.
type page struct {
	name        string
	left, right *server
	paths       [2]string
}

// depth measures whether lists slow down as sessions pile up, and what a
// session takes on disk.
func (b *bench) depth(ctx context.Context) error {
	now, skip := time.Now(), min(deep, b.rows/2)
	s := seed{n: b.rows, status: mixed}
	mark, err := s.session(b.rows-1-skip, now)
	if err != nil {
		return err
	}
	pages, file := b.pages(mark.ID, skip), b.fileName()
	measureFile := b.wants(file)
	if len(pages) == 0 && !measureFile {
		return nil
	}
	db := filepath.Join(b.dir, "large.db")
	size, err := b.fillFile(ctx, db, s, now)
	if err != nil {
		return err
	}
	if measureFile {
		b.table.add(row{name: file, unit: "B each", measured: float64(size) / float64(b.rows), target: atMost(700)})
		text, err := s.textBytes(now)
		if err != nil {
			return err
		}
		b.table.note("A session on disk is the row of a create with a body of %d bytes, %d bytes of text on average, and its entries\n"+
			"in the indexes, after a checkpoint; 70 %% completed, 25 %% expired, 5 %% open, without their attempts and events.", len(body), text)
	}
	if len(pages) == 0 {
		return nil
	}
	return b.measurePages(ctx, pages, db, now)
}

func (b *bench) fileName() string {
	return fmt.Sprintf("database file, %s sessions", number(float64(b.rows)))
}

// pages returns the lists to measure; mark is the session that skip others are
// newer than.
func (b *bench) pages(mark string, skip int) (pages []page) {
	large := number(float64(b.rows))
	for _, status := range []string{"", "open", "completed", "expired"} {
		path, name := "/checkout-sessions?limit=20", "first page, any status"
		if status != "" {
			path, name = path+"&status="+status, "first page, status="+status
		}
		name += fmt.Sprintf(": %s sessions beside %s", large, number(smallRows))
		if b.wants(name) {
			pages = append(pages, page{name: name, paths: [2]string{path, path}})
		}
	}
	for _, status := range []string{"any status", "status=completed"} {
		first := "/checkout-sessions?limit=20&" + strings.TrimPrefix(status, "any status")
		name := fmt.Sprintf("page after %s sessions beside the first, %s", number(float64(skip)), status)
		if b.wants(name) {
			pages = append(pages, page{name: name, paths: [2]string{first + "&starting_after=" + mark, first}})
		}
	}
	return pages
}

// measurePages runs pages on the database db and, where both halves ask for the
// same, on a small one.
func (b *bench) measurePages(ctx context.Context, pages []page, db string, now time.Time) (err error) {
	smallFile := filepath.Join(b.dir, "small.db")
	if _, err := b.fillFile(ctx, smallFile, seed{n: smallRows, status: mixed}, now); err != nil {
		return err
	}
	large, err := b.start(ctx, product(), db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, large.stop()) }()
	small, err := b.start(ctx, product(), smallFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, small.stop()) }()
	for _, p := range pages {
		p.left, p.right = large, large
		if p.paths[0] == p.paths[1] {
			p.right = small
		}
		if err := b.measurePage(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// measurePage adds the row of p.
func (b *bench) measurePage(ctx context.Context, p page) error {
	var p50 [2][]float64
	for range b.runs {
		for i, sv := range []*server{p.left, p.right} {
			r, err := load.Run(ctx, load.Plan{
				Addr: sv.addr, Connections: 1, Warmup: b.window / 10, Duration: b.window / 3, Requests: 1 << 30,
				Request: sv.gets(p.paths[i]), Status: http.StatusOK,
			})
			if err != nil {
				return err
			}
			p50[i] = append(p50[i], millis(r.P50))
		}
	}
	b.table.add(row{p.name, "p50 ms", median(p50[0]), median(p50[1]), atMost(1.3)})
	return nil
}

// fillFile makes a database with the sessions of s for the account of a new key,
// and returns the bytes of its file.
func (b *bench) fillFile(ctx context.Context, file string, s seed, now time.Time) (int64, error) {
	if _, err := b.createKey(ctx, file); err != nil {
		return 0, err
	}
	err := with(file, func(db *store.DB) error {
		var accounts []checkout.Account
		err := db.View(ctx, func(tx checkout.Tx) (err error) {
			accounts, err = tx.ListAccounts()
			return err
		})
		if err != nil {
			return err
		}
		if len(accounts) != 1 {
			return fmt.Errorf("%d accounts after one key was made", len(accounts))
		}
		s.account = accounts[0].Number
		return s.write(ctx, db, now)
	})
	if err != nil {
		return 0, err
	}
	return shrink(ctx, file)
}

// with runs f on the database file.
func with(file string, f func(*store.DB) error) error {
	db, err := store.Open(file)
	if err != nil {
		return err
	}
	return errors.Join(f(db), db.Close())
}
