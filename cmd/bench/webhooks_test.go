package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
)

func TestReceiversAnswerUnlessTheyHang(t *testing.T) {
	got := make(chan int, 1)
	r := &receivers{got: func(i int, _ time.Time) { got <- i }, hangs: func(i int) bool { return i == 1 }}
	if err := r.listen(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	defer r.close()
	client := &http.Client{}
	for range 2 {
		res, err := client.Post(r.urls[0], "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("answer %d, %v", res.StatusCode, err)
		}
		if i := <-got; i != 0 {
			t.Errorf("receiver %d got it", i)
		}
	}
	client.Timeout = 50 * time.Millisecond
	if _, err := client.Post(r.urls[1], "application/json", strings.NewReader("{}")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the one that hangs: %v", err)
	}
}

func TestWhatIsOwedIsDueInTheOrderOfItsSessions(t *testing.T) {
	file, at := filepath.Join(t.TempDir(), "o.db"), now
	if err := addEndpoints(t.Context(), file, []string{"https://a.example.com/", "https://b.example.com/", "https://c.example.com/"}); err != nil {
		t.Fatal(err)
	}
	err := outboxOf(file, func(o outbox) error {
		return errors.Join(o.pause(t.Context(), 2), o.events(t.Context(), 40, []byte("{}"), at), o.owe(t.Context(), 40, 0, 2, at))
	})
	if err != nil {
		t.Fatal(err)
	}
	claim := func() (n int) {
		err := with(file, func(db *store.DB) error {
			return db.Update(t.Context(), func(tx checkout.Tx) error {
				due, err := tx.DueEndpoints(at, 0, 100)
				for _, e := range due {
					some, fault := tx.ClaimDeliveries(e.ID, at, at.Add(time.Minute), 100)
					n, err = n+len(some), errors.Join(err, fault)
				}
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	// The first event has a session of its own, and so has the last.
	if n := claim(); n != 21 {
		t.Errorf("claimed %d of 40, want the first of each of 21 sessions", n)
	}
	if n := claim(); n != 0 {
		t.Errorf("claimed %d more", n)
	}
	if err := outboxOf(file, func(o outbox) error { return o.reset(t.Context(), 2, at) }); err != nil {
		t.Fatal(err)
	}
	if n := claim(); n != 21 {
		t.Errorf("claimed %d after the reset, want 21", n)
	}
}
