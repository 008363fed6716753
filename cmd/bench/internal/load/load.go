// Package load drives an HTTP server with a fixed number of keep-alive
// connections and measures what it answers.
//
// It writes and reads HTTP/1.1 itself: the generator shares its cores with the
// server that it measures, and net/http's client costs as much as the server.
// The servers measured must send a Content-Length.
package load

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Request appends one whole HTTP/1.1 request to dst and returns it. i counts
// the requests of a run over all connections, from 0. It is called by all
// connections at once.
type Request func(dst []byte, i int) []byte

// Plan says what a run does. A run ends after Requests requests or after Warmup
// and Duration, whatever comes first.
type Plan struct {
	Addr        string // host:port
	Connections int    // each sends its next request when it has its answer
	Warmup      time.Duration
	Duration    time.Duration
	Requests    int // over all connections
	Request     Request
	Status      int // what every answer must have

	// Body, if set, is given every answer's body, by all connections at once.
	// The body is only valid during the call.
	Body func(body []byte)
}

// Result is what was measured after the warm-up, and how many requests were
// answered with it.
type Result struct {
	Sent     int
	Requests int
	Rate     float64 // requests a second
	P50, P99 time.Duration
	Bytes    float64 // of an answer's body, on average
}

// grace is how long answers may be late after the end of a run.
const grace = 15 * time.Second

// run is the state that the connections of one run share.
type run struct {
	Plan
	sent       atomic.Int64
	begin, end time.Time
}

// sample is what one connection measured.
type sample struct {
	sent  int // warm-up included
	waits []time.Duration
	bytes int
	last  time.Time // when the last answer counted was complete
}

// Run does what p says. The first connection that fails, or is answered with
// another status, ends the run with its error.
func Run(ctx context.Context, p Plan) (Result, error) {
	conns, err := dialAll(ctx, p.Addr, p.Connections)
	if err != nil {
		return Result{}, err
	}
	closeAll := func() {
		for _, c := range conns {
			c.close()
		}
	}
	defer closeAll()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, closeAll)()

	r := &run{Plan: p, begin: time.Now().Add(p.Warmup)}
	r.end = r.begin.Add(p.Duration)
	samples := make([]sample, len(conns))
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() {
			if err := r.drive(c, &samples[i]); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return Result{}, context.Cause(ctx)
	}
	return r.sum(samples)
}

// drive sends one request after the other on c until the run is over.
func (r *run) drive(c *conn, s *sample) error {
	if err := c.setDeadline(r.end.Add(grace)); err != nil {
		return err
	}
	var request []byte
	for {
		i := int(r.sent.Add(1)) - 1
		if i >= r.Requests {
			return nil
		}
		request = r.Request(request[:0], i)
		sent := time.Now()
		status, body, err := c.do(request)
		if err != nil {
			return err
		}
		if status != r.Status {
			return fmt.Errorf("answer %d instead of %d: %.300s", status, r.Status, body)
		}
		done := time.Now()
		s.sent++
		if r.Body != nil {
			r.Body(body)
		}
		if done.After(r.end) {
			return nil
		}
		if !sent.Before(r.begin) {
			s.waits, s.bytes, s.last = append(s.waits, done.Sub(sent)), s.bytes+len(body), done
		}
	}
}

// sum puts the samples of all connections together.
func (r *run) sum(samples []sample) (Result, error) {
	var waits []time.Duration
	var bytes, sent int
	last := r.begin
	for _, s := range samples {
		waits = append(waits, s.waits...)
		bytes += s.bytes
		sent += s.sent
		if s.last.After(last) {
			last = s.last
		}
	}
	if len(waits) == 0 {
		return Result{}, errors.New("no answer came after the warm-up")
	}
	slices.Sort(waits)
	return Result{
		Sent:     sent,
		Requests: len(waits),
		Rate:     float64(len(waits)) / last.Sub(r.begin).Seconds(),
		P50:      Percentile(waits, 50),
		P99:      Percentile(waits, 99),
		Bytes:    float64(bytes) / float64(len(waits)),
	}, nil
}

// Percentile returns the smallest element of sorted that p percent of the
// elements do not exceed. sorted must not be empty.
func Percentile(sorted []time.Duration, p float64) time.Duration {
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}
