// Package store remembers checkout sessions in SQLite. A [DB] is the
// [checkout.Store] of a server or of an embedding program:
//
//	db, err := store.Open("checkoutd.db") // or store.Use(hostDB)
//	svc, err := checkout.New(checkout.Config{Store: db})
//	defer db.Close()
//
// A DB is safe for concurrent use, also by several processes on one file. An
// update is on disk before it is acknowledged; updates that wait at the same
// time share that wait. Statements are generated from queries/ into
// internal/sqlitedb, and package internal/row turns rows into what the domain
// speaks of.
//
// All tables, indexes included, have names that begin with checkoutd_.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"strings"

	"modernc.org/sqlite"

	"github.com/checkoutd/checkoutd/checkout"
)

// DB is a database of checkout sessions.
type DB struct {
	readers *pool
	writers *group
}

// Options say how [Options.Open] opens a file. The zero value is what [Open]
// uses.
type Options struct {
	// MaxBatch is how many updates share a commit at most. Default: 512.
	MaxBatch int

	// Readers is how many transactions read at the same time; more of them wait.
	// Default: one for each processor, and at least 2.
	Readers int
}

// Open opens the SQLite file at path, making it (with mode 0600) and its tables
// if they are missing. Errors name the file and what is wrong with it.
func Open(path string) (*DB, error) { return Options{}.Open(path) }

// Open is [Open] with options.
func (o Options) Open(path string) (*DB, error) {
	if o.MaxBatch == 0 {
		o.MaxBatch = maxBatch
	}
	if o.Readers == 0 {
		o.Readers = max(2, runtime.GOMAXPROCS(0))
	}
	if err := touch(path); err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	if err := enterWAL(path); err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	writer, err := sql.Open("sqlite", dsn(path, "_txlock=immediate", "_pragma=synchronous(FULL)", "_pragma=wal_autocheckpoint(4000)"))
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	reader, err := sql.Open("sqlite", dsn(path, "_pragma=query_only(ON)"))
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	db := &DB{readers: newPool(reader, o.Readers), writers: &group{links: newPool(writer, 1), most: o.MaxBatch}}
	if err := migratePool(writer, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// touch makes the file if it is missing, so that nobody else may read it. SQLite
// gives the files beside it the same mode.
func touch(path string) error {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return errors.New("a database needs a file")
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err // the path is in the message already
		}
		return err
	}
	return f.Close()
}

// walTries bounds how often a new file is asked to become one with a
// write-ahead log.
const walTries = 100

// enterWAL gives the file a write-ahead log. Of several processes that do so at
// once SQLite turns all but one away without waiting, whatever the busy timeout:
// two that wait for each other would wait for ever. A lock that can be waited for
// tells when the other is done.
func enterWAL(path string) error {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	for range walTries {
		_, err = db.Exec("PRAGMA journal_mode(WAL)")
		if checkout.CodeOf(mapErr(err)) != checkout.CodeUnavailable {
			break
		}
		if _, locked := db.Exec(sqlWrite + "; " + sqlRollback); locked != nil {
			_, _ = db.Exec(sqlRollback) // if it began
		}
	}
	return errors.Join(mapErr(err), db.Close())
}

// dsn returns the address of a connection. A PRAGMA sent by Exec would reach
// one connection of a pool, so settings are part of it.
func dsn(path string, settings ...string) string {
	settings = append([]string{
		"_pragma=busy_timeout(5000)", // first: the others may have to wait
		"_pragma=journal_mode(WAL)",
		"_pragma=foreign_keys(ON)",
		"_pragma=cache_size(-4096)", // KiB; the system's page cache does the rest
	}, settings...)
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(settings, "&")
}

// Use makes the tables in the embedding program's own database, so that its rows
// and ours can be committed together, see [Join]. The pool must be of the driver
// modernc.org/sqlite, on one file, with the settings that errors ask for; a pool
// of one connection is enough. Closing the DB leaves the pool open.
func Use(db *sql.DB) (*DB, error) {
	if err := checkSettings(db); err != nil {
		return nil, err
	}
	if err := migratePool(db, "given to store.Use"); err != nil {
		return nil, err
	}
	links := &pool{db: db}
	return &DB{readers: links, writers: &group{links: links, most: maxBatch}}, nil
}

func migratePool(db *sql.DB, name string) error {
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("database %s: %w", name, mapErr(err))
	}
	return errors.Join(migrate(ctx, conn, name), conn.Close())
}

// checkSettings returns an error that says which setting of db would lose what
// was acknowledged.
func checkSettings(db *sql.DB) error {
	conn, err := db.Conn(context.Background())
	if err != nil {
		return mapErr(err)
	}
	defer conn.Close()
	// Rolling back nothing fails, which shows whose errors these are.
	var se *sqlite.Error
	if _, err := conn.ExecContext(context.Background(), sqlRollback); !errors.As(err, &se) {
		return fmt.Errorf("store: Use needs a pool of modernc.org/sqlite, whose errors it knows, not of %T", db.Driver())
	}
	for _, s := range []struct{ pragma, good, want string }{
		{"journal_mode", "wal", "journal_mode(WAL)"},
		{"synchronous", "2 3", "synchronous(FULL)"},
		{"foreign_keys", "1", "foreign_keys(ON)"},
	} {
		var value string
		if err := conn.QueryRowContext(context.Background(), "PRAGMA "+s.pragma).Scan(&value); err != nil {
			return mapErr(err)
		}
		if !strings.Contains(s.good, value) {
			return fmt.Errorf("store: the pool given to Use has %s %s: add _pragma=%s to its data source name", s.pragma, value, s.want)
		}
	}
	var wait int
	if err := conn.QueryRowContext(context.Background(), "PRAGMA busy_timeout").Scan(&wait); err != nil {
		return mapErr(err)
	}
	if wait == 0 {
		return errors.New("store: the pool given to Use has busy_timeout 0: add _pragma=busy_timeout(5000) to its data source name")
	}
	return nil
}

// Close waits for transactions to end and closes the file. What is asked of a
// closed DB is an error. A pool that was given to [Use] stays open.
func (db *DB) Close() error {
	return errors.Join(db.readers.close(), db.writers.links.close())
}
