package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestPercentileIsTheNearestRank(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, tt := range []struct {
		name   string
		sorted []time.Duration
		p      float64
		want   time.Duration
	}{
		{"middle of an odd number", []time.Duration{1, 2, 9}, 50, 2},
		{"lower middle of an even number", []time.Duration{1, 2, 3, 9}, 50, 2},
		{"one element", []time.Duration{7}, 99, 7},
		{"p99 of a hundred leaves one out", hundred, 99, 99},
		{"p100 is the last", hundred, 100, 100},
		{"p0 is the first", hundred, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Percentile(tt.sorted, tt.p); got != tt.want {
				t.Errorf("Percentile(%v, %v) = %v, want %v", tt.sorted, tt.p, got, tt.want)
			}
		})
	}
}

func TestAnswerIsReadToItsEndAndNoFurther(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		status     int
		body       string
		fails      bool
	}{
		{"body", "HTTP/1.1 201 Created\r\nContent-Type: a\r\nContent-Length: 5\r\n\r\nhelloNEXT", 201, "hello", false},
		{"header name in lower case", "HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\nokNEXT", 200, "ok", false},
		{"empty body", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\nNEXT", 204, "", false},
		{"no reason", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\nNEXT", 200, "", false},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, "", true},
		{"length is no number", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 0, "", true},
		{"not HTTP", "SSH-2.0-x\r\n", 0, "", true},
		{"cut in the header", "HTTP/1.1 200 OK\r\nContent-Le", 0, "", true},
		{"cut in the body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", 0, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &conn{read: bufio.NewReader(strings.NewReader(tt.text))}
			status, body, err := c.answer()
			if tt.fails {
				if err == nil {
					t.Fatalf("answer() = %d %q, want an error", status, body)
				}
				return
			}
			if err != nil || status != tt.status || string(body) != tt.body {
				t.Fatalf("answer() = %d %q %v, want %d %q", status, body, err, tt.status, tt.body)
			}
			if rest, _ := io.ReadAll(c.read); string(rest) != "NEXT" {
				t.Errorf("left %q unread, want %q", rest, "NEXT")
			}
		})
	}
}

func TestRunSendsEveryRequestOnceOverFixedConnections(t *testing.T) {
	var requests, conns atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, r.URL.Path)
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()

	var bodies atomic.Int64
	got, err := Run(context.Background(), Plan{
		Addr: srv.Listener.Addr().String(), Connections: 4, Duration: time.Minute, Requests: 1000,
		Status:  http.StatusCreated,
		Request: func(dst []byte, i int) []byte { return fmt.Appendf(dst, "GET /%03d HTTP/1.1\r\nHost: a\r\n\r\n", i) },
		Body:    func(b []byte) { bodies.Add(int64(len(b))) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if requests.Load() != 1000 || conns.Load() != 4 || bodies.Load() != 4000 {
		t.Errorf("%d requests, %d connections, %d bytes, want 1000, 4, 4000", requests.Load(), conns.Load(), bodies.Load())
	}
	if got.Requests != 1000 || got.Sent != 1000 || got.Bytes != 4 || got.Rate <= 0 || got.P50 <= 0 || got.P99 < got.P50 {
		t.Errorf("result %+v", got)
	}
}

func TestRunFails(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	get := func(dst []byte, _ int) []byte { return append(dst, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"...) }
	plan := Plan{Addr: srv.Listener.Addr().String(), Connections: 2, Duration: time.Minute, Requests: 10, Status: 200, Request: get}

	t.Run("with the answer if its status is another", func(t *testing.T) {
		_, err := Run(context.Background(), plan)
		if err == nil || !strings.Contains(err.Error(), "404 instead of 200: 404 page not found") {
			t.Errorf("Run = %v", err)
		}
	})
	t.Run("when its context has ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := Run(ctx, plan); err == nil {
			t.Error("Run = nil")
		}
	})
	t.Run("if nothing was measured", func(t *testing.T) {
		p := plan
		p.Status, p.Warmup = 404, time.Minute
		if _, err := Run(context.Background(), p); err == nil {
			t.Error("Run = nil")
		}
	})
}
