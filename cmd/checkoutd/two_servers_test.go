package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// crossing is a merchant's receiver that sees whether two servers send it the same
// event at once. While it hangs it answers nothing.
type crossing struct {
	mu       sync.Mutex
	changed  *sync.Cond
	hanging  chan struct{} // closed to go on; nil while it does not hang
	flying   map[string]int
	taken    map[string]int // answered
	cut      map[string]int // whose sender died
	sessions map[string]map[string]bool
	problems []string
	most     int // requests at once
}

func newCrossing() *crossing {
	c := &crossing{flying: map[string]int{}, taken: map[string]int{}, cut: map[string]int{}, sessions: map[string]map[string]bool{}}
	c.changed = sync.NewCond(&c.mu)
	return c
}

func (c *crossing) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var event struct {
		ID, Event string
		Data      struct {
			Session string `json:"checkout_session_id"`
		}
	}
	if err != nil || json.Unmarshal(body, &event) != nil {
		return // its sender was killed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.changed.Broadcast()
	if c.flying[event.ID]++; c.flying[event.ID] > 1 {
		c.problems = append(c.problems, event.ID+" is sent by two at once")
	}
	defer func() {
		if c.flying[event.ID]--; c.flying[event.ID] == 0 {
			delete(c.flying, event.ID)
		}
	}()
	c.most = max(c.most, len(c.flying))
	if hanging := c.hanging; hanging != nil {
		c.changed.Broadcast()
		c.mu.Unlock()
		select {
		case <-hanging:
		case <-r.Context().Done():
		}
		c.mu.Lock()
	}
	if r.Context().Err() != nil {
		c.cut[event.ID]++
		return
	}
	c.taken[event.ID]++
	if c.sessions[event.Data.Session] == nil {
		c.sessions[event.Data.Session] = map[string]bool{}
	}
	c.sessions[event.Data.Session][event.Event] = true
}

// hang has it answer nothing until the returned function is called.
func (c *crossing) hang() (release func()) {
	hanging := make(chan struct{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hanging = hanging
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.hanging = nil
		close(hanging)
	})
}

// await waits until something is true of what came.
func (c *crossing) await(t *testing.T, what string, is func() bool) {
	t.Helper()
	over := false
	timer := time.AfterFunc(40*time.Second, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		over = true
		c.changed.Broadcast()
	})
	defer timer.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for !is() {
		if over {
			t.Fatalf("not in time: %s", what)
		}
		c.changed.Wait()
	}
}

// told reports whether both events of each of these sessions came.
func (c *crossing) told(sessions []string) bool {
	for _, id := range sessions {
		if len(c.sessions[id]) != 2 {
			return false
		}
	}
	return true
}

// payCrosswise makes sessions through one server and pays them through another,
// on several connections, until so many are paid or a server is gone.
func payCrosswise(from, to *caller, n int) (paid []string) {
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for {
				mu.Lock()
				n--
				left := n
				mu.Unlock()
				if left < 0 {
					return
				}
				made, err := from.call(201, "POST", "/checkout-sessions", `{"amount":700,"currency_code":"XOF"}`)
				if err != nil {
					return
				}
				id := made["id"].(string)
				if _, err := to.call(201, "POST", "/test/checkout-sessions/"+id+"/pay", ""); err != nil {
					return
				}
				mu.Lock()
				paid = append(paid, id)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return paid
}

// TestTwoServersShareAFile runs two servers on one file under load, kills one while
// its webhooks hang and lets the other one go on. No webhook is ever sent by both at
// once, and in the end all have arrived. That what the dead one held is sent when
// its leases end is for a server with a clock that can be moved.
func TestTwoServersShareAFile(t *testing.T) {
	program := binary(t)
	db := filepath.Join(t.TempDir(), "two.db")
	out, err := exec.Command(program, "keys", "create", "--db", db, "--env", "test").Output()
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(string(out))
	c := newCrossing()
	receiver := httptest.NewServer(c)
	defer receiver.Close()
	serve := func(args ...string) (*process, *caller) {
		p := launch(t, program, append([]string{"--db", db, "--rate-limit", "0", "--allow-loopback-webhooks"}, args...)...)
		return p, newCaller(t, p.url, key)
	}
	first, one := serve()
	second, two := serve()
	must := mustCall(t)
	must(one.call(201, "POST", "/webhooks", fmt.Sprintf(`{"url":%q,"authorized_events":["PAYMENT_CREATED","PAYMENT_SUCCEEDED"]}`, receiver.URL)))
	var paid, more []string
	var both sync.WaitGroup
	both.Go(func() { paid = payCrosswise(one, two, 60) })
	both.Go(func() { more = payCrosswise(two, one, 60) })
	both.Wait()
	paid = append(paid, more...)
	c.await(t, "everything of two servers", func() bool { return c.told(paid) })

	// The first server is woken by what is paid through it; the second one looks for
	// what is due each second.
	release := c.hang()
	defer release()
	paid = append(paid, payCrosswise(one, one, 12)...)
	c.await(t, "webhooks of both servers that hang", func() bool { return len(c.flying) > 2 }) // each begins with two
	first.kill()
	killed := time.Now()
	c.await(t, "the end of those of the dead server", func() bool { return len(c.cut) > 0 })
	release()
	late := payCrosswise(two, two, 40)
	c.await(t, "what happened after the kill", func() bool { return c.told(late) })
	c.mu.Lock()
	for id := range c.cut {
		if c.taken[id] > 0 && time.Since(killed) < 50*time.Second {
			t.Errorf("%s was sent again while the dead server held it", id)
		}
	}
	c.mu.Unlock()
	if err := second.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := second.cmd.Wait(); err != nil {
		t.Errorf("the second server ended with %v", err)
	}
	checkIntegrity(t, db)
	_, last := serve("--test-clock")
	must(last.call(200, "POST", "/test/clock/advance", `{"seconds":120}`))
	c.verdict(t, append(paid, late...))
}

// verdict demands that each session was told of, and no event by two at once.
func (c *crossing) verdict(t *testing.T, paid []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range paid {
		if len(c.sessions[id]) != 2 {
			t.Errorf("of %s only %v arrived", id, c.sessions[id])
		}
	}
	for _, problem := range c.problems {
		t.Error(problem)
	}
	again := 0
	for id := range c.cut {
		if c.taken[id] != 1 {
			t.Errorf("%s, which the dead server held, was taken %d times", id, c.taken[id])
		}
		again++
	}
	t.Logf("%d sessions paid, %d events, at most %d at once, %d held by the dead server", len(paid), len(c.taken), c.most, again)
}
