package webhook

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"time"

	"code.dny.dev/ssrf"
)

// Limits of one try.
const (
	sendTimeout    = 15 * time.Second // from the first lookup to the last byte of the answer
	connectTimeout = 5 * time.Second
	maxHead        = 4 << 10  // how much of an answer is kept
	maxDiscard     = 64 << 10 // how much more is read so that the connection can be used again
	maxHeaders     = 16 << 10
)

// NewClient returns an HTTP client for URLs that merchants chose. It sends to
// URLs that [CheckURL] accepts and connects to public addresses only: the
// address is checked after the name was resolved, when the connection is made,
// so that a name which changes its mind gains nothing. It follows no redirects,
// ignores proxy settings of the environment, and takes at most 15 seconds.
//
// With allowLoopback it also connects to this machine, by http or https.
func NewClient(allowLoopback bool) *http.Client { return newClient(allowLoopback, nil) }

// newClient is NewClient with a resolver of choice, nil for the system's.
func newClient(allowLoopback bool, resolver *net.Resolver) *http.Client {
	options := []ssrf.Option{ssrf.WithAnyPort()}
	if allowLoopback {
		options = append(options,
			ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.0/8")),
			ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128")))
	}
	dialer := &net.Dialer{Timeout: connectTimeout, Resolver: resolver, Control: ssrf.New(options...).Safe}
	return &http.Client{
		Timeout:       sendTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &guard{allowLoopback: allowLoopback, Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    connectTimeout,
			DisableCompression:     true, // a small answer may not unfold into a large one
			MaxResponseHeaderBytes: maxHeaders,
			MaxIdleConns:           100,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        90 * time.Second,
		}},
	}
}

// guard checks each URL again when it is used: the rules may be stricter than
// when the endpoint was created.
type guard struct {
	*http.Transport
	allowLoopback bool
}

// RoundTrip sends r if its URL may be sent to.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := CheckURL(r.URL.String(), g.allowLoopback); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	return g.Transport.RoundTrip(r)
}
