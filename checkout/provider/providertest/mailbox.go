package providertest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// Mailbox takes the messages of a simulated provider, which sends them with
// [Mailbox.Client]. The zero value is ready to use.
type Mailbox struct {
	mu    sync.Mutex
	taken []letter
}

type letter struct {
	method, token string
	header        http.Header
	body          []byte
}

// Client returns an HTTP client whose requests all land in m and are answered
// with 200.
func (m *Mailbox) Client() *http.Client { return &http.Client{Transport: m} }

// RoundTrip keeps r and answers 200.
func (m *Mailbox) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		defer r.Body.Close()
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	// What stands behind the provider's name: /webhooks/{name}/{token}.
	_, path, _ := strings.Cut(r.URL.Path, "/webhooks/")
	_, token, _ := strings.Cut(path, "/")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken = append(m.taken, letter{r.Method, token, r.Header.Clone(), body})
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(nil)), Request: r,
	}, nil
}

// Take returns what came since the last Take, in order, as if it came at now.
func (m *Mailbox) Take(now time.Time) []checkout.Inbound {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []checkout.Inbound
	for _, l := range m.taken {
		all = append(all, checkout.Inbound{Method: l.method, Header: l.header.Get, Body: l.body, Token: l.token, Now: now})
	}
	m.taken = nil
	return all
}
