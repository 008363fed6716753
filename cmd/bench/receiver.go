package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// receivers are merchants' servers on this machine, as cheap as they can be: the
// sender is what is measured.
type receivers struct {
	urls []string

	// got is called with the number of the receiver and when the first byte of a
	// message came, before it is answered.
	got func(i int, first time.Time)

	hangs func(i int) bool // whether it never answers; nil for none

	listeners []net.Listener
	running   sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
	ended bool
}

// listen opens n receivers.
func (r *receivers) listen(ctx context.Context, n int) error {
	for i := range n {
		var config net.ListenConfig
		l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return errors.Join(err, r.close())
		}
		r.listeners = append(r.listeners, l)
		r.urls = append(r.urls, "http://"+l.Addr().String()+"/webhooks")
		r.running.Go(func() { r.accept(i, l) })
	}
	return nil
}

func (r *receivers) accept(i int, l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // closed
		}
		r.mu.Lock()
		if r.ended {
			_ = c.Close()
		}
		r.conns = append(r.conns, c)
		r.mu.Unlock()
		r.running.Go(func() { r.serve(i, c) })
	}
}

// serve answers each message of a connection, until either side closes it.
func (r *receivers) serve(i int, c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		if _, err := in.Peek(1); err != nil {
			return
		}
		first := time.Now()
		q, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, q.Body); err != nil {
			return
		}
		if r.hangs != nil && r.hangs(i) {
			_, _ = in.Peek(1) // until it is closed
			return
		}
		r.got(i, first)
		if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); err != nil {
			return
		}
	}
}

// close hangs up on everybody.
func (r *receivers) close() error {
	var faults []error
	for _, l := range r.listeners {
		faults = append(faults, l.Close())
	}
	r.mu.Lock()
	r.ended = true
	for _, c := range r.conns {
		_ = c.Close() // the sender may have been first
	}
	r.mu.Unlock()
	r.running.Wait()
	return errors.Join(faults...)
}
