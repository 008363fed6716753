package webhook

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// Limits of one try.
const (
	sendTimeout    = 15 * time.Second // from the first lookup to the last byte of the answer
	connectTimeout = 5 * time.Second
	maxAddresses   = 3        // how many addresses of a host are tried
	maxHead        = 4 << 10  // how much of an answer is kept
	maxDiscard     = 64 << 10 // how much more is read so that the connection can be used again
	maxHeaders     = 16 << 10
	maxIdle        = 200
	maxIdlePerHost = 16 // as many as one endpoint is sent at once by default
)

// ClientOptions says what a client may reach besides public addresses. The zero
// value is nothing.
type ClientOptions struct {
	// Loopback opens this machine, also by http, for development and tests, as
	// [URLRules.Loopback] does.
	Loopback bool

	// Allow opens networks of the embedder's own, as [URLRules.Allow] does.
	Allow []netip.Prefix

	// Resolver looks names up. Default: net.DefaultResolver.
	Resolver *net.Resolver
}

// NewClient returns an HTTP client for URLs that merchants chose. It sends to
// URLs that [CheckURL] accepts, in test mode since it does not know who asks:
// callers that send for real money check the URL themselves. A host is connected
// to only if each address that its name resolves to is public or in o, and the
// addresses connected to are those that were checked, so that a name which
// changes its mind gains nothing.
//
// It follows no redirect but the one between a host and the same with "www."
// before it, ignores proxy settings of the environment, and takes at most 15
// seconds.
func NewClient(o ClientOptions) *http.Client {
	safe := guardian(o.Loopback, o.Allow)
	d := &dialer{resolver: cmp.Or(o.Resolver, net.DefaultResolver), safe: safe.SafeAddr, control: safe.Safe}
	return &http.Client{
		Timeout:       sendTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &twins{&guard{rules: URLRules{Loopback: o.Loopback, Allow: o.Allow}, dialer: d, Transport: &http.Transport{
			DialContext:            d.dial,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    connectTimeout,
			DisableCompression:     true, // a small answer may not unfold into a large one
			MaxResponseHeaderBytes: maxHeaders,
			MaxIdleConns:           maxIdle,
			MaxIdleConnsPerHost:    maxIdlePerHost,
			IdleConnTimeout:        90 * time.Second,
		}}},
	}
}

// guard checks each URL again when it is used: the rules may be stricter than
// when the endpoint was created.
type guard struct {
	*http.Transport
	dialer *dialer
	rules  URLRules
}

// RoundTrip sends r if its URL may be sent to.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := CheckURL(r.URL.String(), g.rules); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	return g.Transport.RoundTrip(r)
}

// hostServers are addresses outside the registries of special ones that are not
// on the internet all the same.
//
// Source: https://github.com/coreos/afterburn/pull/145, read 2026-11-30: on Azure
// the machine under each virtual machine serves its configuration there.
var hostServers = []netip.Prefix{netip.MustParsePrefix("168.63.129.16/32")}

// guardian returns the check of addresses. Beside hostServers it refuses all
// that the registries of IANA call special, whether or not it can be reached.
func guardian(loopback bool, allow []netip.Prefix) *ssrf.Guardian {
	var v4, v6 []netip.Prefix
	for _, p := range allow {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	if loopback {
		v4 = append(v4, netip.MustParsePrefix("127.0.0.0/8"))
		v6 = append(v6, netip.MustParsePrefix("::1/128"))
	}
	return ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...),
		ssrf.WithDeniedV4Prefixes(hostServers...))
}

// dialer connects to hosts all of whose addresses may be connected to.
type dialer struct {
	resolver *net.Resolver
	safe     func(netip.Addr) error
	control  func(network, address string, c syscall.RawConn) error // the second guard, at the socket
}

// dial is what DialContext of a [net.Dialer] is.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addrs, err := d.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	addrs = addrs[:min(len(addrs), maxAddresses)]
	one := &net.Dialer{Timeout: connectTimeout / time.Duration(len(addrs)), Control: d.control}
	var first error
	for _, ip := range addrs {
		conn, err := one.DialContext(ctx, network, net.JoinHostPort(ip.String(), port))
		if err == nil {
			return conn, nil
		}
		first = cmp.Or(first, err)
	}
	return nil, first
}

// lookup returns the addresses of host, at least one, the best first, or an
// error if any of them may not be connected to: a public one among private ones
// is a trick or a mistake.
func (d *dialer) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, d.safe(ip)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	addrs, err := d.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, withoutServer(host, err)
	}
	if len(addrs) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	for i, ip := range addrs {
		addrs[i] = ip.Unmap() // resolvers spell IPv4 addresses either way
		if err := d.safe(addrs[i]); err != nil {
			return nil, err
		}
	}
	return addrs, nil
}

// withoutServer returns err, of a lookup of host, without the addresses of our
// own name servers: merchants read what became of a try.
func withoutServer(host string, err error) error {
	var e *net.DNSError
	if !errors.As(err, &e) {
		return err
	}
	reason := "the lookup failed"
	if e.IsNotFound {
		reason = "no such host"
	}
	return &net.DNSError{Err: reason, Name: host, IsNotFound: e.IsNotFound, IsTimeout: e.IsTimeout, IsTemporary: e.IsTemporary}
}
