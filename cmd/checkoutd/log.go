package main

import (
	"io"
	"sync"
)

// maxUnwritten is how much log may wait for a slow reader before those who log
// wait too, in bytes.
const maxUnwritten = 1 << 20

// logWriter lets lines that are logged at the same time share a write. A line is
// written at once, but its caller does not wait for that.
type logWriter struct {
	to io.Writer

	mu      sync.Mutex
	changed sync.Cond
	pending []byte
	closed  bool
	done    chan struct{}
}

// newLogWriter returns a logWriter to w. It must be closed.
func newLogWriter(w io.Writer) *logWriter {
	l := &logWriter{to: w, done: make(chan struct{})}
	l.changed.L = &l.mu
	go l.drain()
	return l
}

// Write takes lines. It never fails: there is nobody to tell.
func (l *logWriter) Write(lines []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.pending) > maxUnwritten && !l.closed {
		l.changed.Wait()
	}
	l.pending = append(l.pending, lines...)
	l.changed.Broadcast()
	return len(lines), nil
}

// drain writes what is pending until the end.
func (l *logWriter) drain() {
	defer close(l.done)
	var spare []byte
	for {
		l.mu.Lock()
		for len(l.pending) == 0 && !l.closed {
			l.changed.Wait()
		}
		lines := l.pending
		l.pending = spare[:0]
		l.changed.Broadcast()
		l.mu.Unlock()
		if len(lines) == 0 {
			return
		}
		_, _ = l.to.Write(lines)
		spare = lines
	}
}

// Close writes what is left.
func (l *logWriter) Close() error {
	l.mu.Lock()
	l.closed = true
	l.changed.Broadcast()
	l.mu.Unlock()
	<-l.done
	return nil
}
