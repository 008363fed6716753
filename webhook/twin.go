package webhook

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// twins sends a request once more, to the twin of its host, where the first
// answer or the lack of one says that the merchant registered the wrong of the
// two: shop.example.com for www.shop.example.com, or the other way round. That
// is no general redirect, since both names belong to one owner, and nothing of
// the new URL is taken from the answer.
//
// Source: lomi.'s delivery of merchants' webhooks, read 2026-11-22.
type twins struct{ *guard }

// RoundTrip sends r, and by https once more to the twin if r's host does not
// exist or it answers that just this twin is the place. The second request has
// the method, headers and body of the first, and what is left of its time. Every
// other redirect is an answer.
func (t *twins) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.guard.RoundTrip(r)
	twin := twinOf(r.URL)
	if r.Body != nil && r.GetBody == nil || twin != nil && CheckURL(twin.String(), t.rules) != nil {
		twin = nil
	}
	if err != nil {
		if twin == nil || !isUnknown(err) {
			return nil, err
		}
		again, second := t.resend(r, twin)
		if second != nil && isUnknown(second) {
			return nil, err // it names the host that the merchant registered
		}
		return again, second
	}
	to, err := res.Location()
	switch {
	case errors.Is(err, http.ErrNoLocation):
	case err != nil:
		res.Header.Del("Location") // http.Client would make an error of it, and the status would be lost
	case twin != nil && isMove(res.StatusCode) && sameURL(to, twin):
		res.Body.Close()
		return t.resend(r, twin)
	}
	return res, nil
}

// resend sends r to another URL.
func (t *twins) resend(r *http.Request, to *url.URL) (*http.Response, error) {
	again := r.Clone(r.Context())
	again.URL, again.Host = to, to.Host
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		again.Body = body
	}
	return t.guard.RoundTrip(again)
}

// twinOf returns u with "www." taken from or put before its host, nil if u has
// no twin because it is not https or its host is an address.
func twinOf(u *url.URL) *url.URL {
	host := u.Host
	if u.Scheme != "https" || isAddress(u.Hostname()) {
		return nil
	}
	const www = "www."
	if len(host) > len(www) && strings.EqualFold(host[:len(www)], www) {
		host = host[len(www):]
	} else {
		host = www + host
	}
	twin := *u
	twin.Host = host
	return &twin
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// isUnknown reports whether err says that a host does not exist. A name server
// that fails says nothing of the kind.
func isUnknown(err error) bool {
	var e *net.DNSError
	return errors.As(err, &e) && e.IsNotFound
}

// isMove reports whether status sends a client elsewhere with the same request.
func isMove(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// sameURL reports whether the https URLs a and b are the same, however they
// spell the case of the host, the usual port and the root.
func sameURL(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.Opaque == "" && a.User == nil && a.Fragment == "" &&
		strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b) &&
		pathOf(a) == pathOf(b) && a.RawQuery == b.RawQuery
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return "443"
}

func pathOf(u *url.URL) string {
	if path := u.EscapedPath(); path != "" {
		return path
	}
	return "/"
}
