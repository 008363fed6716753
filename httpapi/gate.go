package httpapi

import (
	"net/http"
	"sync"
)

// gate bounds how many requests of one kind are under way at once, in all and for
// one account, so that no merchant keeps the others out.
type gate struct {
	all, each int
	mu        sync.Mutex
	busy      int
	of        map[int64]int
}

func newGate(all, each int) *gate { return &gate{all: all, each: each, of: map[int64]int{}} }

// enter reports whether there is room for a request of account, which then has to
// leave.
func (g *gate) enter(account int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy >= g.all || g.of[account] >= g.each {
		return false
	}
	g.busy++
	g.of[account]++
	return true
}

func (g *gate) leave(account int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy--
	if g.of[account]--; g.of[account] == 0 {
		delete(g.of, account)
	}
}

// through returns a handler that lets requests through g, or answers 429.
func through(g *gate, handle handler) handler {
	return func(w http.ResponseWriter, r *request) error {
		if !g.enter(r.account.Number) {
			w.Header().Set("Retry-After", "1")
			return newFailure(http.StatusTooManyRequests, "rate_limit_exceeded", "Too many requests of this kind are under way: wait for their answers")
		}
		defer g.leave(r.account.Number)
		return handle(w, r)
	}
}
