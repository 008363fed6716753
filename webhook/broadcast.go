package webhook

import "sync"

// broadcast tells everybody who waits that something has happened. The zero value
// is ready to use.
type broadcast struct {
	mu      sync.Mutex
	waiting chan struct{} // closed to tell; nil while nobody waits
}

// next returns a channel that is closed when tell is called next.
func (b *broadcast) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == nil {
		b.waiting = make(chan struct{})
	}
	return b.waiting
}

func (b *broadcast) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting != nil {
		close(b.waiting)
		b.waiting = nil
	}
}
