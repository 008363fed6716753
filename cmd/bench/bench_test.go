package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
)

var now = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func TestSeededSessionsAreStoredNewestLastInTheSharesThatAreWanted(t *testing.T) {
	const n = 2000
	ctx := context.Background()
	file := filepath.Join(t.TempDir(), "s.db")
	db, err := store.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := (seed{account: 1, n: n, status: mixed}).write(ctx, db, now); err != nil {
		t.Fatal(err)
	}
	count := map[checkout.Status]int{}
	var newest []checkout.Session
	err = db.View(ctx, func(tx checkout.Tx) (err error) {
		newest, err = tx.ListSessions(checkout.SessionQuery{Account: 1, Limit: n + 1})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range newest {
		count[s.At(now).Status]++
		if s.At(now).Status != s.Status {
			t.Fatalf("%s is stored as %s and seen as %s", s.ID, s.Status, s.At(now).Status)
		}
		if i > 0 && !s.CreatedAt.Before(newest[i-1].CreatedAt) {
			t.Fatalf("%s is not older than what is listed before it", s.ID)
		}
	}
	for status, share := range map[checkout.Status]int{checkout.StatusOpen: 5, checkout.StatusCompleted: 70, checkout.StatusExpired: 25} {
		if got := count[status]; got < n*(share-3)/100 || got > n*(share+3)/100 {
			t.Errorf("%d of %d are %s, want about %d %%", got, n, status, share)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if size, err := shrink(ctx, file); err != nil || size < n*200 {
		t.Errorf("file of %d bytes, %v", size, err)
	}
}

func TestASeededSessionIsTheSameEachTime(t *testing.T) {
	s := seed{account: 1, n: 100, status: mixed}
	for i := range s.n {
		a, err := s.session(i, now)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := s.session(i, now); err != nil || a != b {
			t.Fatalf("session %d: %+v, then %+v, %v", i, a, b, err)
		}
	}
	if got := allOpen(rand.New(rand.NewPCG(1, 1)), 0, 1); got != checkout.StatusOpen {
		t.Errorf("allOpen = %s", got)
	}
}

func TestRequestsAreWholeAndCarryTheKey(t *testing.T) {
	keyed, bare := &server{addr: "h:1", key: "secret"}, &server{addr: "h:1"}
	if got, want := string(bare.gets("/health")(nil, 0)), "GET /health HTTP/1.1\r\nHost: h:1\r\n\r\n"; got != want {
		t.Errorf("request %q, want %q", got, want)
	}
	got := string(keyed.creates()([]byte("before "), 3))
	if !strings.HasPrefix(got, "before POST /checkout-sessions HTTP/1.1\r\nHost: h:1\r\nX-API-KEY: secret\r\n") || !strings.HasSuffix(got, "\r\n\r\n"+body) {
		t.Errorf("request %q", got)
	}
	once := keyed.createsWithKeys()
	if a, b := once(nil, 1), once(nil, 2); bytes.Equal(a, b) || !bytes.Contains(a, []byte("\r\nIdempotency-Key: ")) {
		t.Errorf("requests %q and %q", a, b)
	}
}

func TestIdentifierIsReadOutOfAnAnswer(t *testing.T) {
	for answer, want := range map[string]string{
		`{"id":"cs_1","checkout_session_id":"cs_2"}`: "cs_1",
		`{"error":{}}`: "",
	} {
		if got := identifier([]byte(answer)); got != want {
			t.Errorf("identifier(%s) = %q, want %q", answer, got, want)
		}
	}
}

func TestMemoryIsReadOutOfTheStatus(t *testing.T) {
	status := []byte("Name:\tx\nVmHWM:\t   20480 kB\nVmRSS:\t   10240 kB\n")
	for field, want := range map[string]float64{"VmHWM": 20, "VmRSS": 10} {
		if got, err := statusMiB(status, field); err != nil || got != want {
			t.Errorf("%s = %v, %v, want %v", field, got, err, want)
		}
	}
	if _, err := statusMiB(status, "VmSwap"); err == nil {
		t.Error("a field that is not there is no error")
	}
}

func TestProcessorTimeIsReadOutOfTheStatus(t *testing.T) {
	text := "12 (a) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0"
	if got, err := statTime([]byte(text)); err != nil || got != 2*time.Second {
		t.Errorf("statTime = %v, %v, want 2s", got, err)
	}
	for _, text := range []string{"", "12 (a) S 1", "12 (a) S 1 2 3 4 5 6 7 8 9 10 x 50"} {
		if got, err := statTime([]byte(text)); err == nil {
			t.Errorf("statTime(%q) = %v, want an error", text, got)
		}
	}
}

func TestRunRefusesWhatItCannotDo(t *testing.T) {
	for _, args := range [][]string{{"-seed-rows", "999"}, {"-only", "("}, {"-unknown"}} {
		var out, log strings.Builder
		if err := run(context.Background(), args, &out, &log); err == nil || out.Len() > 0 {
			t.Errorf("run %v = %v, printed %q", args, err, out.String())
		}
	}
}
