package stripetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"time"
)

const signatureHeader = "Stripe-Signature"

// Sign returns the Stripe-Signature of a body that is sent at that time, with a
// v1 for each secret.
//
// Source: docs.stripe.com/webhooks/signature, read 2026-11-25.
func Sign(body []byte, at time.Time, secrets ...string) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	header := "t=" + seconds
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(seconds + "."))
		mac.Write(body)
		header += ",v1=" + hex.EncodeToString(mac.Sum(nil))
	}
	return header
}

// signing returns a client that signs as it sends: each try of an event has a
// signature of its own, as old ones are not believed.
func (s *Server) signing(c *http.Client) *http.Client {
	if c == nil {
		c = &http.Client{
			Timeout:       clientTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	signs := *c
	signs.Transport = signer{s, c.Transport}
	return &signs
}

type signer struct {
	server *Server
	next   http.RoundTripper
}

// RoundTrip sends r with a signature, unless it has one, which is a forged one.
func (g signer) RoundTrip(r *http.Request) (*http.Response, error) {
	next := g.next
	if next == nil {
		next = http.DefaultTransport
	}
	if r.Header.Get(signatureHeader) != "" || r.GetBody == nil {
		return next.RoundTrip(r)
	}
	copied, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(copied)
	if err != nil {
		return nil, err
	}
	signed := r.Clone(r.Context())
	signed.Header.Set(signatureHeader, Sign(body, g.server.Now(), g.server.config.WebhookSecrets...))
	return next.RoundTrip(signed)
}
