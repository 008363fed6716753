package webhook_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/checkoutd/checkoutd/checkout"
)

// What a server says that knows no HTTP, or a connection that breaks, is kept for
// the merchant to read: not at any length, and not with the address that we have
// in our own network.
func TestProblemsAreShortAndTellNoAddressOfOurs(t *testing.T) {
	for name, say := range map[string]string{
		"a status line": "HTTP/1.1 " + strings.Repeat("\x1b\xff", 4000) + "\r\n\r\n",
		"a header":      "HTTP/1.1 200 OK\r\nbad \x1b[31m\xff\x00" + strings.Repeat("A", 9000) + "\r\n\r\n",
		"an encoding":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + strings.Repeat("\xff\t", 4000) + "\r\n\r\n",
		"a reset":       "",
	} {
		t.Run(name, func(t *testing.T) {
			var ours atomic.Value
			r := newReceiver(t, func(rw http.ResponseWriter, q *http.Request) {
				ours.Store(q.RemoteAddr)
				conn, _, err := rw.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(conn, say)
				if say == "" {
					_ = conn.(*net.TCPConn).SetLinger(0)
				}
				conn.Close()
			})
			w := newWorld(t)
			w.endpoint("we_1", r.URL)
			w.owe("cs_1", checkout.EventPaymentSucceeded)
			w.drain(w.dispatcher(nil))
			got := w.tries("we_1")[0].Error
			if got == "" || len(got) > 500 || got != w.only("we_1").LastError || strings.Contains(got, ours.Load().(string)) || !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\x1b") {
				t.Errorf("kept %d bytes: %q; we are %s", len(got), got, ours.Load().(string))
			}
		})
	}
}
