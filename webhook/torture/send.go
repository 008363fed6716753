package torture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// maxAnswer is how much of an answer is read: no sender reads more.
const maxAnswer = 64 << 10

// answer is what the receiver made of a message.
type answer struct {
	status  int // 0 if there was none
	problem string
	timeout bool
	took    time.Duration
	size    int
}

// ok reports whether the message counts as delivered.
func (a answer) ok() bool { return a.status/100 == 2 }

// String says it in words that follow "answered" or stand alone.
func (a answer) String() string {
	if a.status == 0 {
		return "no answer (" + a.problem + ")"
	}
	return fmt.Sprintf("%d %s", a.status, http.StatusText(a.status))
}

// send sends m as the dispatcher would.
func (r *runner) send(m message) answer {
	if err := r.stopped(); err != nil {
		return answer{problem: err.Error()}
	}
	a := r.post(r.client, m, bytes.NewReader(m.body))
	if a.timeout {
		r.silent++
	} else {
		r.silent = 0
	}
	if a.status != 0 {
		r.slowest, r.largest = max(r.slowest, a.took), max(r.largest, a.size)
	}
	return a
}

// post sends m with a body that may do as it likes, and counts it.
func (r *runner) post(client *http.Client, m message, body io.Reader) answer {
	r.report.Requests++
	ctx, cancel := context.WithTimeout(r.ctx, r.Timeout)
	defer cancel()
	return r.exchange(ctx, client, m, body)
}

// exchange is post uncounted and until ctx ends, so that several can go on at
// once.
func (r *runner) exchange(ctx context.Context, client *http.Client, m message, body io.Reader) answer {
	if pipe, ok := body.(io.Closer); ok { // the transport does not end before its body, so that the end of time must end both
		defer pipe.Close()
		defer context.AfterFunc(ctx, func() { pipe.Close() })()
	}
	q, err := http.NewRequestWithContext(ctx, m.method, r.URL, body)
	if err != nil {
		return answer{problem: err.Error()}
	}
	q.Header, q.ContentLength = m.header.Clone(), int64(len(m.body))
	begun := r.Clock.Now()
	res, err := client.Do(q)
	if err != nil {
		return answer{problem: explain(err), timeout: errors.Is(err, context.DeadlineExceeded)}
	}
	defer res.Body.Close()
	n, _ := io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer+1)) // the status counts, whatever becomes of the body
	return answer{status: res.StatusCode, took: r.Clock.Now().Sub(begun), size: int(n)}
}

// explain says why there was no answer.
func explain(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "none in time"
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}
