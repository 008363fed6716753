// Package client is the HTTP client of provider adapters: TLS except to this
// machine, no redirects, no proxies of the environment, bounded answers, and
// errors that say whether the provider can have heard of a call.
package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// Limits of one call.
const (
	timeout        = 25 * time.Second // shorter than the service waits, so that our error is seen
	connectTimeout = 5 * time.Second
	maxAnswer      = 1 << 20
)

// Secret is a text that prints as "[secret]", in logs and with every verb of
// package fmt. string(s) is the text.
//
// What no method can hide is a Secret in an unexported field: fmt prints that as
// the string it is. A type that keeps one there has a Format of its own.
type Secret string

const hidden = "[secret]"

// String returns a placeholder.
func (Secret) String() string { return hidden }

// Format writes a placeholder, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue returns a placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText returns a placeholder.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Client calls one provider.
type Client struct {
	base string
	http *http.Client
}

// New returns a Client of the API at base, "https://api.example". Plain http is
// for this machine only. rt makes the calls; nil for connections of its own.
func New(base string, rt http.RoundTripper) (*Client, error) {
	if err := CheckURL(base); err != nil {
		return nil, err
	}
	if rt == nil {
		rt = &http.Transport{
			DialContext:            (&net.Dialer{Timeout: connectTimeout}).DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    connectTimeout,
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    8,
			IdleConnTimeout:        90 * time.Second,
		}
	}
	return &Client{base: strings.TrimSuffix(base, "/"), http: &http.Client{
		Transport:     rt,
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// CheckURL returns an error unless text is a URL that secrets may be sent to:
// https, or http on this machine, without user, query and fragment.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(text, "?#"):
		// It may hold a password, and is not repeated.
		return errors.New("base URL must be like https://api.example, without user, query and fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("base URL %q must be https; http is for this machine only", text)
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Base returns the URL that paths are put behind.
func (c *Client) Base() string { return c.base }

// Answer is what a provider answered, whatever the status.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends body, nil for none, to a path of the API. An error that is
// [checkout.ErrNotSent] says that the call certainly did not arrive; after any
// other nobody knows. Errors never hold what was sent.
func (c *Client) Do(ctx context.Context, method, path string, header http.Header, body []byte) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", checkout.ErrNotSent, err)
	}
	if body == nil {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	// Not to be sent again by the transport: a call may have had an effect.
	r.GetBody = nil
	for name, values := range header {
		r.Header[name] = values
	}
	res, err := c.http.Do(r)
	if err != nil {
		return Answer{}, classify(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return Answer{}, fmt.Errorf("the answer broke off: %w", err)
	}
	if len(text) > maxAnswer {
		return Answer{}, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: text}, nil
}

// classify marks errors that came before a byte of the call was sent.
func classify(err error) error {
	var op *net.OpError
	var dns *net.DNSError
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	// net/http turns the RecordHeaderError of a server that speaks plain HTTP
	// into ErrSchemeMismatch.
	if errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns) || errors.As(err, &record) ||
		errors.As(err, &certificate) || errors.Is(err, http.ErrSchemeMismatch) {
		return fmt.Errorf("%w: %w", checkout.ErrNotSent, err)
	}
	return err
}

// Refused returns the error of an answer that says the same at every provider:
// [checkout.BadCredentials] for 401 and 403, [checkout.Throttled] for 429; nil
// for any other.
func (a Answer) Refused() error {
	switch a.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return &checkout.BadCredentials{Err: a.Err()}
	case http.StatusTooManyRequests:
		seconds, _ := strconv.Atoi(a.Header.Get("Retry-After"))
		return &checkout.Throttled{After: time.Duration(min(max(seconds, 0), 3600)) * time.Second, Err: a.Err()}
	}
	return nil
}

// Err returns what was answered as an error, cut to what a log can bear.
func (a Answer) Err() error {
	return fmt.Errorf("answered %d: %.300q", a.Status, a.Body)
}

// NewHeader returns a header of names and values in turn.
func NewHeader(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}
