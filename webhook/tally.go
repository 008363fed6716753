package webhook

import (
	"context"
	"sync"
)

// tally counts claimed deliveries whose fate is open. Unlike a sync.WaitGroup it
// may grow from zero while somebody waits, and the waiting can be given up.
type tally struct {
	mu   sync.Mutex
	n    int
	zero chan struct{} // closed when n falls to 0
}

func (t *tally) add(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == 0 && n > 0 {
		t.zero = make(chan struct{})
	}
	t.n += n
	if t.n == 0 && n < 0 {
		close(t.zero)
	}
}

// wait reports whether the count was 0; if not, it waits until it is.
func (t *tally) wait(ctx context.Context) (bool, error) {
	t.mu.Lock()
	n, zero := t.n, t.zero
	t.mu.Unlock()
	if n == 0 {
		return true, nil
	}
	select {
	case <-zero:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
