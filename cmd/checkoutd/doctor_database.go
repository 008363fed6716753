package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
)

// What is slow or scarce.
const (
	syncWarn  = 20 * time.Millisecond
	freeWarn  = 1 << 30
	freeFail  = 100 << 20
	checkTime = 30 * time.Second // of the integrity check
)

// How long something may be pending before somebody should look.
const (
	startWarn   = 5 * time.Minute
	unsureWarn  = 15 * time.Minute
	openWarn    = 48 * time.Hour
	overdueWarn = 5 * time.Minute
)

const onDatabase = "database"

// disk looks at the place of the database.
func (d *doctor) disk() {
	const check = "disk"
	dir := filepath.Dir(d.flags.DB)
	switch free, err := d.free(dir); {
	case errors.Is(err, errors.ErrUnsupported):
		d.note(levelWarn, check, "the free space cannot be told on this system")
	case err != nil:
		d.note(levelFail, check, "%s: %v", dir, err)
		return
	case free < freeFail:
		d.note(levelFail, check, "only %d MiB are free in %s: make room, or payments cannot be recorded", free>>20, dir)
	case free < freeWarn:
		d.note(levelWarn, check, "only %d MiB are free in %s: make room", free>>20, dir)
	default:
		d.note(levelOK, check, "%.1f GiB are free", float64(free)/(1<<30))
	}
	switch cost, err := d.sync(dir); {
	case err != nil:
		d.note(levelFail, check, "%s cannot be written to: %v", dir, err)
	case cost > syncWarn:
		d.note(levelWarn, check, "a commit waits %s for the disk: each payment takes several; use a faster disk", cost.Round(time.Millisecond))
	default:
		d.note(levelOK, check, "a commit waits %s for the disk", cost.Round(10*time.Microsecond))
	}
}

// syncCost returns the median time of putting 4 KiB on the disk of dir.
func syncCost(dir string) (cost time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".checkoutd-doctor-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	times := make([]time.Duration, 20)
	for i := range times {
		before := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		times[i] = time.Since(before)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// database looks at the file and at what it says of the business.
func (d *doctor) database(ctx context.Context) {
	if _, err := os.Stat(d.flags.DB); errors.Is(err, fs.ErrNotExist) {
		d.note(levelWarn, onDatabase, "there is no %s yet: serve and keys create make it", d.flags.DB)
		return
	}
	d.permissions()
	if !d.sound(ctx) {
		return
	}
	err := withStore(d.flags.DB, false, func(db checkout.Store, svc *checkout.Service) error {
		keys, err := svc.Keys(ctx)
		if err != nil {
			return err
		}
		d.liveKeys = slices.ContainsFunc(keys, func(k checkout.Key) bool { return k.Account.Livemode && k.RevokedAt.IsZero() })
		if d.credentials, err = svc.Credentials(ctx); err != nil {
			return err
		}
		backlog, err := readBacklog(ctx, db)
		if err != nil {
			return err
		}
		d.backlog(backlog)
		return nil
	})
	if err != nil {
		d.note(levelFail, onDatabase, "%v", err)
	}
}

// permissions looks at who can read the database.
func (d *doctor) permissions() {
	for _, end := range []string{"", "-wal", "-shm"} {
		file := d.flags.DB + end
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o077 != 0 {
			d.note(levelFail, onDatabase, "other users can read %s, which holds secrets: chmod 600 %[1]s", file)
		}
	}
}

// sound reports whether the file is one that this program can use as it is. It
// changes nothing: an older file stays as it is until serve opens it.
func (d *doctor) sound(ctx context.Context) bool {
	newest, err := newestSchema(ctx)
	if err != nil {
		d.note(levelFail, onDatabase, "%v", err)
		return false
	}
	schema, err := schemaOf(ctx, d.flags.DB)
	switch {
	case err != nil:
		d.note(levelFail, onDatabase, "%s: %v; restore a backup, or name another file", d.flags.DB, err)
		return false
	case schema > newest:
		d.note(levelFail, onDatabase, "%s is from a newer version of checkoutd (schema %d, this one knows %d): upgrade checkoutd or restore a backup", d.flags.DB, schema, newest)
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	var result string
	err = query(ctx, d.flags.DB, "PRAGMA quick_check(1)", &result)
	switch {
	case ctx.Err() != nil:
		d.note(levelWarn, onDatabase, "%s is too large to be checked in %s", d.flags.DB, checkTime)
	case err != nil:
		d.note(levelFail, onDatabase, "%s: %v; stop the server and restore a backup", d.flags.DB, err)
		return false
	case result != "ok":
		d.note(levelFail, onDatabase, "%s is damaged: %s; stop the server and restore a backup", d.flags.DB, result)
		return false
	}
	if schema < newest {
		d.note(levelWarn, onDatabase, "%s has schema %d, and serve will move it to %d: make a backup first", d.flags.DB, schema, newest)
		return false
	}
	d.note(levelOK, onDatabase, "%s is sound, schema %d", d.flags.DB, schema)
	return true
}

// newestSchema returns the schema that this program makes.
func newestSchema(ctx context.Context) (version int, err error) {
	dir, err := os.MkdirTemp("", "checkoutd-doctor-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "empty.db")
	db, err := store.Open(file)
	if err != nil {
		return 0, err
	}
	if err := db.Close(); err != nil {
		return 0, err
	}
	return schemaOf(ctx, file)
}

func schemaOf(ctx context.Context, file string) (version int, err error) {
	err = query(ctx, file, "SELECT COALESCE(MAX(version), 0) FROM checkoutd_migrations", &version)
	return version, err
}

// query reads one value from a database file, without a change to it.
func query(ctx context.Context, file, statement string, to any) (err error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?_pragma=busy_timeout(5000)&_pragma=query_only(ON)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.QueryRowContext(ctx, statement).Scan(to)
}

// backlog looks at what has not come to an end.
func (d *doctor) backlog(b checkout.Backlog) {
	const check = "backlog"
	quiet, now := true, d.clock.Now()
	note := func(l level, format string, args ...any) {
		quiet = false
		d.note(l, check, format, args...)
	}
	for _, p := range b.Attempts {
		what := fmt.Sprintf("%d %s payments with %s, the oldest from %s", p.Count, p.Status, p.Provider, p.Oldest.UTC().Format(time.RFC3339))
		limit := map[checkout.AttemptStatus]time.Duration{
			checkout.AttemptCreated: startWarn, checkout.AttemptUnsure: unsureWarn, checkout.AttemptOpen: openWarn,
		}[p.Status]
		switch {
		case !d.known(p.Provider):
			note(levelFail, "%s, which is not configured any more: configure it again until they have ended, or their money is lost track of", what)
		case limit > 0 && now.Sub(p.Oldest) > limit:
			note(levelWarn, "%s: see whether the server runs, and what its log says of %s", what, p.Provider)
		}
	}
	if overdue := now.Sub(b.OldestDelivery); !b.OldestDelivery.IsZero() && overdue > overdueWarn {
		note(levelWarn, "of %d webhooks that are owed, the first has been due for %s: see whether the server runs", b.Deliveries, overdue.Round(time.Second))
	}
	if b.Failing > 0 {
		note(levelWarn, "%d webhooks have taken nothing for an hour or more: their merchants should look at GET /webhooks/{id}/logs", b.Failing)
	}
	if b.Disabled > 0 {
		note(levelWarn, "%d webhooks are disabled, and what they are owed waits: repaired ones are enabled by PATCH /webhooks/{id} with is_active, others should be deleted", b.Disabled)
	}
	if b.Parked > 0 {
		note(levelWarn, "%d messages of providers are about payments that nobody knows here: see who else uses the same credentials", b.Parked)
	}
	if quiet {
		d.note(levelOK, check, "nothing has been pending for too long")
	}
}
