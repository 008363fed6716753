package webhook

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"code.dny.dev/ssrf"
)

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
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	_, port, _ = net.SplitHostPort(s.Listener.Addr().String())
	return port, connections
}

// client is a client whose parts can be seen.
type client struct {
	*http.Client
	transport *http.Transport
	dialed    atomic.Int64 // sockets that the guard let connect
}

// watch returns a client that trusts the certificates of httptest and counts the
// connections it starts, to wherever they lead.
func watch(t *testing.T, o ClientOptions) *client {
	t.Helper()
	c := &client{Client: NewClient(o)}
	guard := c.Transport.(*twins).guard
	c.transport = guard.Transport
	t.Cleanup(c.CloseIdleConnections)

	tls := httptest.NewUnstartedServer(nil)
	tls.StartTLS()
	defer tls.Close()
	c.transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	c.transport.TLSClientConfig.RootCAs.AddCert(tls.Certificate())

	control := guard.dialer.control
	guard.dialer.control = func(network, address string, raw syscall.RawConn) error {
		err := control(network, address, raw)
		if err == nil {
			c.dialed.Add(1)
		}
		return err
	}
	return c
}

// post sends a small body and returns the status, or the error.
func (c *client) post(url string) (int, error) {
	res, err := c.Post(url, "text/plain", strings.NewReader("x"))
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Body.Close()
}

// site is a TLS server on loopback for example.com and all names in it.
func site(t *testing.T, h http.HandlerFunc) (port string) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that tests make fail
	s.StartTLS()
	t.Cleanup(s.Close)
	_, port, _ = net.SplitHostPort(s.Listener.Addr().String())
	return port
}

func ok(http.ResponseWriter, *http.Request) {}

func TestANameThatTurnsPrivateBetweenTriesIsNotConnectedTo(t *testing.T) {
	port, connections := trap(t)
	c := watch(t, ClientOptions{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Resolver: nameServer(t, "127.0.0.1", "127.0.0.2")})
	if _, err := c.post("https://rebind.example.com:" + port + "/"); err == nil || connections.Load() != 1 {
		t.Fatalf("the first try made %d connections: %v", connections.Load(), err) // it fails later: the server speaks no TLS
	}
	if _, err := c.post("https://rebind.example.com:" + port + "/"); !errors.Is(err, ssrf.ErrProhibitedIP) {
		t.Errorf("the second try: %v", err)
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections were made", n)
	}
}

// The name is looked up once for each connection, so that it cannot say one
// thing when it is checked and another when it is dialled. Should that fail, the
// socket is checked too.
func TestTheAddressCheckedIsTheOneConnectedTo(t *testing.T) {
	port, connections := trap(t)
	d := &dialer{
		resolver: nameServer(t, "127.0.0.1", "127.0.0.2"),
		safe:     guardian(false, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}).SafeAddr,
		control:  guardian(false, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}).Safe,
	}
	conn, err := d.dial(t.Context(), "tcp", "rebind.example.com:"+port)
	if err != nil {
		t.Fatal(err)
	}
	if at := conn.RemoteAddr().(*net.TCPAddr).IP.String(); at != "127.0.0.1" {
		t.Errorf("connected to %s", at)
	}
	conn.Close()
	d.safe = func(netip.Addr) error { return nil }
	if _, err := d.dial(t.Context(), "tcp", "rebind.example.com:"+port); !errors.Is(err, ssrf.ErrProhibitedIP) {
		t.Errorf("without the first check: %v", err)
	}
	if n := connections.Load(); n > 1 {
		t.Errorf("%d connections were made", n)
	}
}

func TestTheNextAddressIsTriedIfOneDoesNotAnswer(t *testing.T) {
	port := site(t, ok) // on 127.0.0.1 only
	local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for answer, good := range map[string]bool{
		"127.0.0.1 127.0.0.2":                     true,
		"127.0.0.2 127.0.0.3 127.0.0.1":           true,
		"127.0.0.2":                               false,
		"127.0.0.2 127.0.0.3":                     false,
		"127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5": false,
	} {
		c := watch(t, ClientOptions{Allow: local, Resolver: nameServer(t, answer)})
		status, err := c.post("https://shop.example.com:" + port + "/")
		if (err == nil) != good || good && status != http.StatusOK {
			t.Errorf("%s: status %d, %v", answer, status, err)
		}
		if n := c.dialed.Load(); n > maxAddresses {
			t.Errorf("%s: %d addresses were tried", answer, n)
		}
	}
}

func TestNetworksOfTheEmbedder(t *testing.T) {
	port := site(t, ok)
	inside := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/30"), netip.MustParsePrefix("fd00:1234::/32")}
	elsewhere := []netip.Prefix{netip.MustParsePrefix("127.0.0.2/31"), netip.MustParsePrefix("10.0.0.0/8")}
	resolver := zone{
		"hooks": {"127.0.0.1"}, "hooks.internal": {"127.0.0.1"}, "shop.example.com": {"127.0.0.1"},
		"cloud.example.com": {"169.254.169.254"}, "mixed.example.com": {"127.0.0.1 127.0.0.4"},
	}.resolver(t)
	for _, c := range []struct {
		url     string
		allow   []netip.Prefix
		ok      bool
		problem string
	}{
		{"https://127.0.0.1", inside, true, ""},
		{"https://shop.example.com", inside, true, ""},
		{"https://hooks", inside, true, ""},
		{"https://hooks.internal", inside, true, ""},
		{"https://127.0.0.1", elsewhere, false, "url must not point to a private or reserved address"},
		{"https://shop.example.com", elsewhere, false, "the host's address is private or reserved"},
		{"https://hooks", elsewhere, false, "the host's address is private or reserved"},
		{"https://hooks", nil, false, "url must have a full host name, such as shop.example.com"},
		{"https://hooks.internal", nil, false, "url must not point to a private host"},
		{"https://cloud.example.com", inside, false, "the host's address is private or reserved"},
		{"https://mixed.example.com", inside, false, "the host's address is private or reserved"},
		{"https://127.0.0.4", inside, false, "url must not point to a private or reserved address"},
		{"https://[::ffff:127.0.0.1]", inside, false, "url must not point to a private or reserved address"},
		{"https://localhost", inside, false, "url must not point to a private host"},
		{"https://metadata", inside, false, "url must not point to a private host"},
		{"https://metadata.google.internal", inside, false, "url must not point to a private host"},
	} {
		client := watch(t, ClientOptions{Allow: c.allow, Resolver: resolver})
		client.transport.TLSClientConfig.ServerName = "example.com"
		status, err := client.post(c.url + ":" + port + "/")
		if c.ok && (err != nil || status != http.StatusOK) {
			t.Errorf("%s within %v: status %d, %v", c.url, c.allow, status, err)
		}
		if !c.ok && (err == nil || explain(err) != c.problem || client.dialed.Load() != 0) {
			t.Errorf("%s within %v: %v, %d connections", c.url, c.allow, err, client.dialed.Load())
		}
		checked := CheckURL(c.url, URLRules{Livemode: true, Allow: c.allow})
		if refused := strings.HasPrefix(c.problem, "url "); refused != (checked != nil) {
			t.Errorf("CheckURL(%s) within %v = %v", c.url, c.allow, checked)
		}
	}
}

func TestURLsAreCheckedAgainWhenUsed(t *testing.T) {
	port, connections := trap(t)
	c := NewClient(ClientOptions{})
	defer c.CloseIdleConnections()
	for _, url := range []string{"http://127.0.0.1:" + port, "https://127.0.0.1:" + port, "http://localhost:" + port, "ftp://example.com"} {
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
	c := watch(t, ClientOptions{Resolver: nameServer(t, "10.0.0.1")})
	for _, url := range []string{"https://shop.example.com/", "http://shop.example.com/"} {
		if _, err := c.post(url); !errors.Is(err, ssrf.ErrProhibitedIP) {
			t.Errorf("got %v", err)
		}
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestRedirectsAreAnswersAndNotFollowed(t *testing.T) {
	port, connections := trap(t)
	from := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:"+port, http.StatusTemporaryRedirect))
	defer from.Close()
	c := watch(t, ClientOptions{Loopback: true})
	status, err := c.post(from.URL)
	if err != nil {
		t.Fatal(err)
	}
	if status != http.StatusTemporaryRedirect || connections.Load() != 0 {
		t.Errorf("status %d, %d connections to where it leads", status, connections.Load())
	}
}

func TestOurNameServersAreNotShown(t *testing.T) {
	silent := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("dial udp 10.1.2.3:53: no route")
	}}
	for resolver, want := range map[*net.Resolver]string{
		zone{}.resolver(t): "lookup shop.example.com: no such host",
		silent:             "lookup shop.example.com: the lookup failed",
	} {
		_, err := watch(t, ClientOptions{Resolver: resolver}).post("https://shop.example.com/")
		var e *net.DNSError
		if !errors.As(err, &e) || explain(err) != want {
			t.Errorf("got %v, explained as %q, want %q", err, explain(err), want)
		}
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	c := watch(t, ClientOptions{})
	if c.transport.TLSClientConfig.MinVersion != 0x0303 || c.transport.Proxy != nil || c.Timeout != sendTimeout {
		t.Error("the client is too lenient")
	}
}
