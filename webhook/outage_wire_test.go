package webhook_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/checkoutd/checkoutd/webhook"
)

// fault is how a receiver fails a request.
type fault int

const (
	faultNone fault = iota
	faultNoContent
	faultRefuse    // nobody listens
	faultTLS       // what listens speaks no TLS
	faultHang      // no answer in time
	faultReset     // the connection is reset after the request
	faultHalfHead  // the connection ends in the answer's first line
	faultTruncated // 200, but its body is cut off: it counts
	faultSlowBody  // 200, but its body does not end in time: it counts
	faultHuge      // 500 with a body of megabytes
	faultLoop      // a redirect to itself
	faultElsewhere // a redirect to another receiver
	faultThrottle  // 429 with a number of seconds
	faultBusy      // 503 with a date
	fault500
	fault502
	fault404
	fault401
	faultGone
	faults // how many there are
)

// plainStatus is what a receiver answers that does nothing else.
var plainStatus = map[fault]int{
	faultNone: 200, faultNoContent: 204, fault500: 500, fault502: 502, fault404: 404, fault401: 401, faultGone: 410,
}

// moment is when in a request the dispatcher is killed.
type moment int

const (
	never       moment = iota
	beforeSent         // nothing arrives
	beforeRead         // it has arrived, and the answer is lost
	afterStatus        // the answer has begun: it is recorded
)

// short is how long what hangs is waited for. No other request has a time-out
// that a busy machine could come to.
const short = 20 * time.Millisecond

// exchange is one request and what is to become of it.
type exchange struct {
	endpoint, event string
	fault           fault
	killed          moment
	retryAfter      time.Duration
	until           string // retryAfter as a date
	status          int    // what is recorded, 0 for no answer
	kill            context.CancelFunc
	debt            *debt
	body            string
}

func (x exchange) String() string {
	return fmt.Sprintf("fault %d, killed %d, Retry-After %v, recorded as %d", x.fault, x.killed, x.retryAfter, x.status)
}

// wire stands between the dispatcher and the receivers. It is an
// http.RoundTripper that makes requests fail before they arrive, and a server
// that makes them fail afterwards.
type wire struct {
	o       *outage
	client  *http.Client
	base    http.RoundTripper
	server  *httptest.Server
	garbage net.Listener
	closed  string // an address on which nobody listens
	serving sync.WaitGroup

	mu      sync.Mutex
	current *exchange
}

func newWire(o *outage) *wire {
	w := &wire{o: o}
	w.server = httptest.NewServer(w)
	w.client = webhook.NewClient(webhook.ClientOptions{Loopback: true})
	w.base, w.client.Transport = w.client.Transport, w
	w.garbage = w.listen()
	w.closed = "127.0.0.1:1" // where nobody listens, and nobody can while we run
	w.serving.Go(func() {
		for {
			conn, err := w.garbage.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "220 mail.example ESMTP ready\r\n")
			conn.Close()
		}
	})
	return w
}

func (w *wire) listen() net.Listener {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.o.t.Fatal(err)
	}
	return ln
}

func (w *wire) url(endpoint string) string { return w.server.URL + "/" + endpoint }

func (w *wire) close() {
	w.base.(interface{ CloseIdleConnections() }).CloseIdleConnections()
	w.server.CloseClientConnections()
	w.server.Close()
	w.garbage.Close()
	w.serving.Wait()
}

// draw decides what becomes of a request to an endpoint.
func (w *wire) draw(endpoint, event string) *exchange {
	o := w.o
	x := &exchange{endpoint: endpoint, event: event, kill: o.kill}
	for _, p := range o.sick {
		if p.id == endpoint && len(p.faults) > 0 {
			x.fault = p.faults[o.chance.IntN(len(p.faults))]
		}
	}
	if o.armed && o.odds(14) {
		x.killed = moment(1 + o.chance.IntN(int(afterStatus)))
	}
	switch x.fault {
	case faultThrottle:
		x.status, x.retryAfter = 429, time.Duration(1+o.chance.IntN(5400))*time.Second
	case faultBusy: // a date has whole seconds, and now may not
		at := o.clock.Now().Add(o.between(time.Second, 3*time.Hour)).Truncate(time.Second)
		x.status, x.retryAfter, x.until = 503, max(at.Sub(o.clock.Now()), 0), at.UTC().Format(http.TimeFormat)
	case faultTruncated, faultSlowBody:
		x.status = 200
	case faultHuge:
		x.status = 500
	case faultLoop, faultElsewhere:
		x.status = 302
	default:
		x.status = plainStatus[x.fault]
	}
	if x.killed == beforeSent || x.killed == beforeRead {
		x.status = 0
	}
	if x.killed == beforeRead {
		x.fault = faultHang
	}
	return x
}

// RoundTrip implements [http.RoundTripper]. The dispatcher calls it once for each
// try.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := readAgain(r)
	if err != nil {
		return nil, err
	}
	x := w.draw(strings.Trim(r.URL.Path, "/"), r.Header.Get("X-Lomi-Delivery"))
	w.o.watch.sent(x, r.Header, body)
	w.mu.Lock()
	w.current = x
	w.mu.Unlock()
	ctx, cancel := context.WithCancel(r.Context())
	if x.fault == faultHang && x.killed != beforeRead {
		ctx, cancel = context.WithTimeout(r.Context(), short)
	}
	r = r.Clone(ctx)
	switch {
	case x.killed == beforeSent:
		x.kill()
	case x.fault == faultRefuse:
		r.URL.Host = w.closed
	case x.fault == faultTLS:
		r.URL = &url.URL{Scheme: "https", Host: w.garbage.Addr().String(), Path: r.URL.Path}
	}
	res, err := w.base.RoundTrip(r)
	if err == nil && x.killed == afterStatus {
		x.kill()
	}
	time.AfterFunc(short, cancel) // the body is not waited for any longer than that
	if err == nil && x.fault != faultSlowBody {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<17)) // before the time is over
		res.Body = struct {
			io.Reader
			io.Closer
		}{bytes.NewReader(text), res.Body}
	}
	return res, err
}

func readAgain(r *http.Request) ([]byte, error) {
	again, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(again)
}

// ServeHTTP is the receivers.
func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.mu.Lock()
	x := w.current
	w.mu.Unlock()
	w.o.watch.arrived(x, strings.Trim(r.URL.Path, "/"), body)
	switch x.fault {
	case faultHang:
		if x.killed == beforeRead {
			x.kill()
		}
		<-r.Context().Done()
	case faultReset, faultHalfHead:
		hangUp(rw, x.fault)
	case faultTruncated:
		rw.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(rw, "{")
	case faultSlowBody:
		_, _ = io.WriteString(rw, "{")
		_ = http.NewResponseController(rw).Flush()
		<-r.Context().Done()
	case faultHuge:
		rw.WriteHeader(500)
		for line := []byte(strings.Repeat("x", 1<<16)); err == nil; {
			_, err = rw.Write(line)
		}
	case faultLoop:
		http.Redirect(rw, r, w.url(x.endpoint), http.StatusFound)
	case faultElsewhere:
		http.Redirect(rw, r, w.url("we_stolen"), http.StatusFound)
	case faultThrottle:
		rw.Header().Set("Retry-After", fmt.Sprint(int(x.retryAfter.Seconds())))
		rw.WriteHeader(429)
	case faultBusy:
		rw.Header().Set("Retry-After", x.until)
		rw.WriteHeader(503)
	default:
		rw.WriteHeader(plainStatus[x.fault])
	}
}

// hangUp ends a connection in the middle of an answer.
func hangUp(rw http.ResponseWriter, f fault) {
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		return
	}
	if f == faultHalfHead {
		_, _ = io.WriteString(conn, "HTTP/1.1 20")
	} else {
		_ = conn.(*net.TCPConn).SetLinger(0) // a reset, not an end
	}
	conn.Close()
}
