package webhook

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"code.dny.dev/ssrf"
)

// nameServer answers every question for an address with one of answers, in
// turn, and returns a resolver that asks it.
func nameServer(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-ended })
	go func() {
		defer close(ended)
		buf := make([]byte, 512)
		for asked := 0; ; {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			question := buf[:n]
			ip := netip.MustParseAddr(answers[asked%len(answers)])
			if questionType(question) == recordType(ip) {
				asked++
			}
			_, _ = conn.WriteTo(reply(question, ip), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func recordType(ip netip.Addr) uint16 {
	if ip.Is4() {
		return 1
	}
	return 28
}

// question returns the first question of a DNS message, without what follows.
func question(message []byte) []byte {
	end := 12
	for message[end] != 0 {
		end += int(message[end]) + 1
	}
	return message[12 : end+5]
}

func questionType(message []byte) uint16 {
	q := question(message)
	return binary.BigEndian.Uint16(q[len(q)-4:])
}

// reply returns the DNS message that answers a question with ip, or with nothing
// if it was for another type of record.
//
// Source: RFC 1035, section 4.1.
func reply(message []byte, ip netip.Addr) []byte {
	out := append([]byte{}, message[:2]...)               // the identifier
	out = append(out, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0) // a recursive answer, one question
	out = append(out, question(message)...)
	if questionType(message) == recordType(ip) {
		out[7] = 1
		out = append(out, 0xc0, 12) // the name in the question
		out = binary.BigEndian.AppendUint16(out, recordType(ip))
		out = append(out, 0, 1, 0, 0, 0, 0)
		out = binary.BigEndian.AppendUint16(out, uint16(len(ip.AsSlice())))
		out = append(out, ip.AsSlice()...)
	}
	return out
}

// trap is a server on loopback that counts connections.
func trap(t *testing.T) (port string, connections *atomic.Int64) {
	t.Helper()
	connections = new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	_, port, _ = net.SplitHostPort(s.Listener.Addr().String())
	return port, connections
}

func TestANameThatLeadsToAPrivateAddressIsNotConnectedTo(t *testing.T) {
	port, connections := trap(t)
	for _, ip := range []string{
		"127.0.0.1", "0.0.0.0", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1",
		"::1", "::", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1",
	} {
		t.Run(ip, func(t *testing.T) {
			c := newClient(false, nameServer(t, ip))
			defer c.CloseIdleConnections()
			res, err := c.Post("https://shop.example.com:"+port+"/", "text/plain", nil)
			if err == nil {
				res.Body.Close()
				t.Fatal("answered")
			}
			if !errors.Is(err, ssrf.ErrProhibitedIP) || explain(err) != "the host's address is private or reserved" {
				t.Errorf("got %v, explained as %q", err, explain(err))
			}
		})
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestANameThatTurnsPrivateBetweenTriesIsNotConnectedTo(t *testing.T) {
	port, connections := trap(t)
	resolver := nameServer(t, "127.0.0.1", "10.0.0.1")
	c := newClient(true, resolver) // loopback is open, so that the first answer can be seen to work
	defer c.CloseIdleConnections()
	if _, err := c.Post("https://rebind.example.com:"+port+"/", "text/plain", nil); err == nil || connections.Load() != 1 {
		t.Fatalf("the first try made %d connections: %v", connections.Load(), err) // it fails later: the server speaks no TLS
	}
	if _, err := c.Post("https://rebind.example.com:"+port+"/", "text/plain", nil); !errors.Is(err, ssrf.ErrProhibitedIP) {
		t.Errorf("the second try: %v", err)
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections were made", n)
	}
}

func TestURLsAreCheckedAgainWhenUsed(t *testing.T) {
	port, connections := trap(t)
	c := NewClient(false)
	defer c.CloseIdleConnections()
	for _, url := range []string{"http://127.0.0.1:" + port, "https://127.0.0.1:" + port, "http://localhost:" + port, "http://example.com"} {
		_, err := c.Post(url, "text/plain", strings.NewReader("x"))
		if err == nil || !strings.HasPrefix(explain(err), "url must ") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestProxiesOfTheEnvironmentAreIgnored(t *testing.T) {
	port, connections := trap(t)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, "http://127.0.0.1:"+port)
	}
	c := newClient(false, nameServer(t, "10.0.0.1"))
	if _, err := c.Post("https://shop.example.com/", "text/plain", nil); !errors.Is(err, ssrf.ErrProhibitedIP) {
		t.Errorf("got %v", err)
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestRedirectsAreAnswersAndNotFollowed(t *testing.T) {
	port, connections := trap(t)
	from := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:"+port, http.StatusTemporaryRedirect))
	defer from.Close()
	c := NewClient(true)
	defer c.CloseIdleConnections()
	res, err := c.Post(from.URL, "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusTemporaryRedirect || connections.Load() != 0 {
		t.Errorf("status %d, %d connections to where it leads", res.StatusCode, connections.Load())
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	transport := NewClient(false).Transport.(*guard).Transport
	if transport.TLSClientConfig.MinVersion != 0x0303 || transport.Proxy != nil || NewClient(false).Timeout != sendTimeout {
		t.Error("the client is too lenient")
	}
}
