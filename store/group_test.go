package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func openTemp(t *testing.T) (db *DB, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "test.db")
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db, path
}

func session(n int) checkout.Session {
	at := time.UnixMilli(int64(n))
	return checkout.Session{
		ID: checkout.IDFloor("cs_", at), Status: checkout.StatusOpen, Version: 1, Quantity: 1,
		Total: checkout.Money{Amount: 1, Currency: checkout.XOF}, CreatedAt: at, UpdatedAt: at, ExpiresAt: at,
	}
}

func (db *DB) insert(n int) error {
	return db.Update(context.Background(), func(tx checkout.Tx) error { return tx.InsertSession(session(n)) })
}

func (db *DB) has(n int) bool {
	return nil == db.View(context.Background(), func(tx checkout.Tx) error {
		_, err := tx.Session(session(n).ID)
		return err
	})
}

// hold occupies the writer with an update until release is called, which
// returns its outcome.
func hold(db *DB, n int) (release func() error) {
	begun, end, outcome := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		outcome <- db.Update(context.Background(), func(tx checkout.Tx) error {
			close(begun)
			<-end
			return tx.InsertSession(session(n))
		})
	}()
	<-begun
	return func() error {
		close(end)
		return <-outcome
	}
}

// queue starts an update and returns once it waits for its turn.
func queue(db *DB, ctx context.Context, fn func(tx checkout.Tx) error) (outcome chan error) {
	waiting := func() int {
		db.writers.mu.Lock()
		defer db.writers.mu.Unlock()
		return len(db.writers.waiting)
	}
	before := waiting()
	outcome = make(chan error, 1)
	go func() { outcome <- db.Update(ctx, fn) }()
	for waiting() == before {
		runtime.Gosched()
	}
	return outcome
}

func TestUpdatesThatWaitShareACommit(t *testing.T) {
	db, _ := openTemp(t)
	release := hold(db, 0)
	var outcomes []chan error
	for n := 1; n <= 10; n++ {
		outcomes = append(outcomes, queue(db, context.Background(), func(tx checkout.Tx) error {
			if !db.has(0) {
				return errors.New("the batch before is not committed")
			}
			if _, err := tx.Session(session(n - 1).ID); err != nil {
				return fmt.Errorf("the update before is not seen: %w", err)
			}
			if n > 1 && db.has(n-1) {
				return errors.New("the update before has a commit of its own")
			}
			return tx.InsertSession(session(n))
		}))
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	for n, outcome := range outcomes {
		if err := <-outcome; err != nil || !db.has(n+1) {
			t.Errorf("update %d: %v", n+1, err)
		}
	}
}

func TestBatchesHaveALargestSize(t *testing.T) {
	db, _ := openTemp(t)
	db.writers.most = 3
	release := hold(db, 0)
	var outcomes []chan error
	for n := 1; n <= 7; n++ {
		outcomes = append(outcomes, queue(db, context.Background(), func(tx checkout.Tx) error {
			if committed := n > 1 && db.has(n-1); committed != (n == 4 || n == 7) {
				return fmt.Errorf("the update before is committed: %t", committed)
			}
			return tx.InsertSession(session(n))
		}))
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	for n, outcome := range outcomes {
		if err := <-outcome; err != nil {
			t.Errorf("update %d: %v", n+1, err)
		}
	}
}

func TestCallerWhoLeftIsNotServed(t *testing.T) {
	db, _ := openTemp(t)
	release := hold(db, 0)
	ctx, cancel := context.WithCancel(context.Background())
	first := queue(db, ctx, func(checkout.Tx) error { t.Error("it ran first"); return nil })
	between := queue(db, context.Background(), func(tx checkout.Tx) error { return tx.InsertSession(session(1)) })
	last := queue(db, ctx, func(checkout.Tx) error { t.Error("it ran last"); return nil })
	cancel()
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := <-between; err != nil || !db.has(1) {
		t.Errorf("the one between: %v", err)
	}
	for _, outcome := range []chan error{first, last} {
		if err := <-outcome; !errors.Is(err, context.Canceled) {
			t.Errorf("one who left: %v", err)
		}
	}
}

func TestLeaderThatIsTornAwayLosesItsBatchOnly(t *testing.T) {
	db, _ := openTemp(t)
	release := hold(db, 0)
	queue(db, context.Background(), func(tx checkout.Tx) error { return tx.InsertSession(session(4)) }) // leads, and is torn away
	before := queue(db, context.Background(), func(tx checkout.Tx) error { return tx.InsertSession(session(5)) })
	queue(db, context.Background(), func(tx checkout.Tx) error {
		if err := tx.InsertSession(session(1)); err != nil {
			t.Error(err)
		}
		runtime.Goexit() // what t.FailNow does
		return nil
	})
	beside := queue(db, context.Background(), func(tx checkout.Tx) error { return tx.InsertSession(session(2)) })
	if err := release(); err != nil {
		t.Fatal(err)
	}
	for name, outcome := range map[string]chan error{"before": before, "behind": beside} {
		if err := <-outcome; !errors.Is(err, errAbandoned) {
			t.Errorf("%s it: %v", name, err)
		}
	}
	if err := db.insert(3); err != nil || !db.has(0) {
		t.Errorf("afterwards: %v", err)
	}
	for _, n := range []int{1, 2, 4, 5} {
		if db.has(n) {
			t.Errorf("%d is there", n)
		}
	}
}

// limit makes the writer use connections that can grow the file to that many
// pages of 4 KiB.
func limit(t *testing.T, db *DB, path string, pages int) {
	t.Helper()
	writer, err := sql.Open("sqlite", dsn(path, fmt.Sprintf("_pragma=max_page_count(%d)", pages)))
	if err != nil {
		t.Fatal(err)
	}
	links := db.writers.links
	if l := <-links.free; l != nil {
		l.discard()
	}
	t.Cleanup(func() { links.db.Close() })
	links.db = writer
	links.free <- nil
}

func TestFullDiskLosesNothingThatWasAcknowledged(t *testing.T) {
	db, path := openTemp(t)
	limit(t, db, path, 60)
	const callers, each = 16, 40
	var mu sync.Mutex
	acknowledged, refused := map[int]bool{}, 0
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				n := c*each + i + 1
				err := db.insert(n)
				mu.Lock()
				if err == nil {
					acknowledged[n] = true
				} else if refused++; checkout.CodeOf(err) != checkout.CodeUnavailable {
					t.Errorf("update %d: %v", n, err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(acknowledged) == 0 || refused == 0 {
		t.Fatalf("%d acknowledged, %d refused", len(acknowledged), refused)
	}
	for n := 1; n <= callers*each; n++ {
		if db.has(n) != acknowledged[n] {
			t.Errorf("session %d: acknowledged %t, there %t", n, acknowledged[n], db.has(n))
		}
	}
	limit(t, db, path, 10_000)
	if err := db.insert(callers*each + 1); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestBusyFileIsUnavailableForAWhile(t *testing.T) {
	db, path := openTemp(t)
	other, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	conn, err := other.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	impatient, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(1)")
	if err != nil {
		t.Fatal(err)
	}
	<-db.writers.links.free
	patient := db.writers.links.db
	defer patient.Close()
	db.writers.links.db = impatient
	db.writers.links.free <- nil

	if _, err := conn.ExecContext(context.Background(), sqlWrite); err != nil {
		t.Fatal(err)
	}
	if err := db.insert(1); checkout.CodeOf(err) != checkout.CodeUnavailable {
		t.Errorf("while another writes: %v", err)
	}
	if _, err := conn.ExecContext(context.Background(), sqlRollback); err != nil {
		t.Fatal(err)
	}
	if err := db.insert(1); err != nil || !db.has(1) {
		t.Errorf("afterwards: %v", err)
	}
}

// A foreign key that is checked at the end makes COMMIT itself fail.
func TestFailedCommitAnswersEveryUpdate(t *testing.T) {
	db, _ := openTemp(t)
	l, err := db.writers.links.get(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	good := &job{ctx: context.Background(), fn: func(t txn) error { return t.InsertSession(session(1)) }}
	bad := &job{ctx: context.Background(), fn: func(t txn) error {
		if _, err := l.conn.ExecContext(t.ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
			return err
		}
		_, err := t.InsertAccount("none", false)
		return err
	}}
	outside := commit(l, []*job{good, bad})
	db.writers.links.put(l, !outside)
	for _, j := range []*job{good, bad} {
		if j.err == nil {
			t.Error("acknowledged what was not committed")
		}
	}
	if db.has(1) {
		t.Error("an update of the failed batch is there")
	}
	if err := db.insert(2); err != nil || !db.has(2) {
		t.Errorf("afterwards: %v", err)
	}
}
