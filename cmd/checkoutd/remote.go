package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// apiFlags are the flags of commands that call a server by its API, wherever it
// runs.
type apiFlags struct {
	configFlag
	API string        `default:"http://127.0.0.1:8080" help:"The server." placeholder:"URL" name:"api"`
	Key client.Secret `help:"An API key of the merchant, better given as CHECKOUTD_KEY." placeholder:"KEY"`
}

// open returns a client of the server that the flags name.
func (f apiFlags) open() (*remote, error) {
	u, err := url.Parse(f.API)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(f.API, "?#") {
		return nil, errors.New("--api must be like https://pay.example") // it may hold a password, and is not repeated
	}
	switch key := string(f.Key); {
	case key == "":
		return nil, errors.New("give an API key as CHECKOUTD_KEY or with --key; checkoutd keys create prints one")
	case strings.HasPrefix(key, "lomi_sk_live_"):
		if err := client.CheckURL(f.API); err != nil {
			return nil, fmt.Errorf("--api: a live key must not be sent there: %w", err)
		}
	}
	return newRemote(f.API, f.Key), nil
}

const (
	// longPoll is for how long the server is asked to wait, in seconds.
	longPoll = 30

	// patience is how long an answer may take, of which the server may wait for
	// most.
	patience = (longPoll + 15) * time.Second

	// reach is how long a connection may take.
	reach = 10 * time.Second

	// maxRemote bounds an answer, in bytes: a page of events with all that
	// metadata can hold is smaller.
	maxRemote = 32 << 20
)

// remote calls a server with a key.
type remote struct {
	base string
	key  client.Secret
	http *http.Client
}

func newRemote(base string, key client.Secret) *remote {
	return &remote{strings.TrimRight(base, "/"), key, &http.Client{
		Timeout: patience,
		Transport: &http.Transport{
			Proxy:       http.ProxyFromEnvironment, // the server may be far away
			DialContext: (&net.Dialer{Timeout: reach}).DialContext, TLSHandshakeTimeout: reach,
			ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 10, IdleConnTimeout: time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// close lets go of connections.
func (a *remote) close() { a.http.CloseIdleConnections() }

// get reads what stands at path into answer.
func (a *remote) get(ctx context.Context, path string, answer any) error {
	return a.call(ctx, http.MethodGet, path, nil, answer)
}

// post sends body, unless it is nil, and reads the answer.
func (a *remote) post(ctx context.Context, path string, body, answer any) error {
	return a.call(ctx, http.MethodPost, path, body, answer)
}

// call returns a [refusal] unless the server says that all is well.
func (a *remote) call(ctx context.Context, method, path string, body, answer any) error {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, a.base+path, &sent)
	if err != nil {
		return err
	}
	r.Header.Set("X-API-KEY", string(a.key))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := a.http.Do(r)
	if err != nil {
		return &unreached{a.base, err}
	}
	defer res.Body.Close()
	got, err := io.ReadAll(io.LimitReader(res.Body, maxRemote))
	switch {
	case err != nil:
		return &unreached{a.base, err}
	case res.StatusCode/100 != 2:
		return newRefusal(res.StatusCode, got)
	}
	if err := json.Unmarshal(got, answer); err != nil {
		return fmt.Errorf("%s %s answered no JSON; is --api %s the server?", method, path, a.base)
	}
	return nil
}

// unreached says that the server gave no answer.
type unreached struct {
	base string
	err  error
}

func (e *unreached) Error() string {
	return fmt.Sprintf("no answer from %s: %s; does the server run, and is --api right?", e.base, cause(e.err))
}

func (e *unreached) Unwrap() error { return e.err }

// waited reports whether there was a connection, and no answer in time.
func (e *unreached) waited() bool {
	var dial *net.OpError
	var timeout net.Error
	return errors.As(e.err, &timeout) && timeout.Timeout() && !(errors.As(e.err, &dial) && dial.Op == "dial")
}

// cause returns why a request got no answer, without its URL, which may hold a
// secret.
func cause(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return "no answer in time"
		}
		err = u.Err
	}
	return plainText(err.Error())
}

// refusal is an answer that says no.
type refusal struct {
	status    int
	message   string
	fields    map[string]string // what is wrong with each
	details   json.RawMessage
	requestID string
}

func newRefusal(status int, body []byte) *refusal {
	var wire struct {
		Error struct {
			Fields  map[string]string `json:"fields"`
			Details json.RawMessage   `json:"details"`
		} `json:"error"`
		Message   string `json:"message"`
		RequestID string `json:"request_id"`
	}
	_ = json.Unmarshal(body, &wire) // what is no JSON is not of checkoutd: then only the status is known
	return &refusal{status, wire.Message, wire.Error.Fields, wire.Error.Details, wire.RequestID}
}

// Error returns the server's message and what it says of each field.
func (e *refusal) Error() string {
	texts := []string{cmp.Or(e.message, fmt.Sprintf("the server answered %d %s", e.status, http.StatusText(e.status)))}
	for _, name := range slices.Sorted(maps.Keys(e.fields)) {
		text := e.fields[name]
		if text == e.message { // of a single field
			texts = texts[1:]
		}
		if !strings.HasPrefix(text, name) {
			text = name + ": " + text
		}
		texts = append(texts, text)
	}
	text := strings.Join(texts, "; ")
	switch {
	case e.status == http.StatusUnauthorized:
		text += ": the server does not know this key; check CHECKOUTD_KEY and --api"
	case e.status >= 500 && e.requestID != "":
		text += ", request " + e.requestID
	}
	return plainText(text)
}

// status returns what the server answered, 0 if nothing.
func status(err error) int {
	var no *refusal
	if errors.As(err, &no) {
		return no.status
	}
	return 0
}

// passing reports whether what failed may succeed later: the server is away,
// overloaded or being replaced.
func passing(err error) bool {
	var away *unreached
	s := status(err)
	return errors.As(err, &away) || s >= 500 || s == http.StatusTooManyRequests
}

// plainText returns text as one line that does nothing to a terminal.
func plainText(text string) string {
	return strings.Map(func(r rune) rune {
		if active(r) {
			return ' '
		}
		return r
	}, text)
}

// active reports whether r may do something to a terminal: escape, or turn around
// what is read.
func active(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// pathOf returns the path of something with an identifier, which may be
// anything that was typed.
func pathOf(dir, id string, more ...string) string {
	return dir + "/" + url.PathEscape(id) + strings.Join(more, "")
}
