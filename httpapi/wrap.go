package httpapi

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// serve runs one route of the keyed API: it finds out who calls, holds them to
// their rate, and turns errors and panics into answers.
func (a *API) serve(w http.ResponseWriter, hr *http.Request, row route, param func(string) string) {
	start := a.clock.Now()
	r := &request{Request: hr, id: a.requestID(hr), param: param}
	rec := recorder{ResponseWriter: w}
	secure(rec.Header(), r.id)
	err := a.admit(&rec, r, row.access)
	if err == nil {
		err = guard(func() error { return row.handle(&rec, r) })
	}
	if err != nil {
		a.answerError(&rec, r, err)
	}
	if level := levelOf(rec.status); a.log.Enabled(hr.Context(), level) {
		a.log.LogAttrs(hr.Context(), level, "request",
			slog.String("id", r.id), slog.String("method", hr.Method), slog.String("path", logged(hr)),
			slog.Int("status", rec.status), slog.Duration("took", a.clock.Since(start)), slog.String("merchant", r.account.Merchant))
	}
}

// servePage runs one route of the hosted page and writes its line in the log.
func (a *API) servePage(w http.ResponseWriter, r *http.Request, page func(http.ResponseWriter, *http.Request) error) {
	start := a.clock.Now()
	rec := recorder{ResponseWriter: w}
	if err := page(&rec, r); err != nil {
		a.log.ErrorContext(r.Context(), "hosted page", "path", logged(r), "err", err)
		if rec.status == 0 {
			http.Error(&rec, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	}
	a.log.Log(r.Context(), levelOf(rec.status), "page", "method", r.Method, "path", logged(r), "status", rec.status, "took", a.clock.Since(start))
}

// levelOf keeps those who ask too often from filling the disk with it.
func levelOf(status int) slog.Level {
	if status == http.StatusTooManyRequests {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// maxLogged bounds a path in the log, in bytes.
const maxLogged = 200

// logged returns r's path for the log: its beginning, and of a provider's message
// only the provider, since what follows may be what proves it.
func logged(r *http.Request) string {
	path := r.URL.Path
	if isInbound(r) {
		provider, _, _ := strings.Cut(strings.TrimPrefix(path, "/webhooks/"), "/")
		path = "/webhooks/" + provider
	}
	if len(path) > maxLogged {
		path = path[:maxLogged] + "…"
	}
	return path
}

// guard runs f and returns a panic as an error.
func guard(f func() error) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// The values of headers that are always the same, made once.
var (
	headerJSON    = []string{"application/json; charset=utf-8"}
	headerNoSniff = []string{"nosniff"}
	headerDeny    = []string{"DENY"}
	headerNoRef   = []string{"no-referrer"}
	headerSite    = []string{"same-site"}
	headerPolicy  = []string{"camera=(), microphone=(), geolocation=(), payment=()"}
	headerNoStore = []string{"no-store"}
)

// secure sets the headers of every answer of the keyed API.
func secure(h http.Header, id string) {
	h["X-Request-Id"] = []string{id}
	h["X-Content-Type-Options"] = headerNoSniff
	h["X-Frame-Options"] = headerDeny
	h["Referrer-Policy"] = headerNoRef
	h["Cross-Origin-Resource-Policy"] = headerSite
	h["Permissions-Policy"] = headerPolicy
	h["Cache-Control"] = headerNoStore
}

// requestID returns the identifier that the caller gave a request, if it is one
// that can stand in a log, else a new one in the form of a UUID.
func (a *API) requestID(r *http.Request) string {
	given := r.Header.Get("X-Request-Id")
	if given != "" && len(given) <= 64 && printable(given) {
		return given
	}
	var b [16]byte
	if _, err := io.ReadFull(a.random, b[:]); err != nil {
		return "unknown"
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var text [36]byte
	hex.Encode(text[:], b[:4])
	hex.Encode(text[9:], b[4:6])
	hex.Encode(text[14:], b[6:8])
	hex.Encode(text[19:], b[8:10])
	hex.Encode(text[24:], b[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

func printable(text string) bool {
	for i := range len(text) {
		c := text[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}

// answerError writes err as an answer, unless one has been begun.
func (a *API) answerError(w *recorder, r *request, err error) {
	f := failureOf(err)
	if f.status >= http.StatusInternalServerError {
		a.log.ErrorContext(r.Context(), "request failed", "id", r.id, "path", logged(r.Request), "err", err)
	}
	if w.status != 0 {
		return
	}
	if err := reply(w, f.status, f.wire(r.id)); err != nil {
		a.log.ErrorContext(r.Context(), "error answer", "id", r.id, "err", err)
	}
}

// buffers holds what answers are encoded into.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// reply answers with v as JSON. It writes nothing if v cannot be encoded.
func reply(w http.ResponseWriter, status int, v any) error {
	b := buffers.Get().(*bytes.Buffer)
	defer recycle(b)
	b.Reset()
	if err := encode(b, v); err != nil {
		return err
	}
	replyBytes(w, status, b.Bytes())
	return nil
}

// largePiece is how much of a list is encoded before it is sent, and the largest
// buffer that is kept for reuse, in bytes.
const largePiece = 64 << 10

// replyList answers 200 with an array of n rows. A long one is sent in pieces, so
// that what it takes in memory does not grow with it.
func replyList(w http.ResponseWriter, n int, row func(i int) any) error {
	b := buffers.Get().(*bytes.Buffer)
	defer recycle(b)
	b.Reset()
	b.WriteByte('[')
	sent := false
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encode(b, row(i)); err != nil {
			if sent {
				panic(http.ErrAbortHandler) // the caller must see that it is not whole
			}
			return err
		}
		b.Truncate(b.Len() - 1) // the newline
		if b.Len() < largePiece {
			continue
		}
		if !sent {
			w.Header()["Content-Type"] = headerJSON
			w.WriteHeader(http.StatusOK)
			sent = true
		}
		_, _ = w.Write(b.Bytes())
		b.Reset()
	}
	b.WriteString("]\n")
	if sent {
		_, _ = w.Write(b.Bytes())
		return nil
	}
	replyBytes(w, http.StatusOK, b.Bytes())
	return nil
}

// recycle keeps a buffer for the next answer, unless it has grown large.
func recycle(b *bytes.Buffer) {
	if b.Cap() <= 2*largePiece {
		buffers.Put(b)
	}
}

// replyBytes answers with JSON that has been encoded before. A caller that has
// gone away learns nothing, and so there is no error.
func replyBytes(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = headerJSON
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// address returns who a request comes from: an IPv4 address, or the /64 that an IPv6
// address lies in, which is the least that anybody gets. That is the other end of the
// connection, or, if that is one of our proxies, whom it says: the last that is not
// one of our proxies, since what stands before it anybody may have written.
func (a *API) address(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	from := at.Addr().Unmap().WithZone("")
	said := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for i := len(said) - 1; i >= 0 && a.isProxy(from); i-- {
		text := strings.TrimSpace(said[i])
		next, err := netip.ParseAddr(text)
		if port, errPort := netip.ParseAddrPort(text); errPort == nil {
			next, err = port.Addr(), nil
		}
		if err != nil {
			break
		}
		from = next.Unmap().WithZone("")
	}
	if from.Is6() {
		network, _ := from.Prefix(64)
		return network.String()
	}
	return from.String()
}

// isProxy reports whether requests from an address say in X-Forwarded-For whom they
// are of.
func (a *API) isProxy(at netip.Addr) bool {
	return slices.ContainsFunc(a.proxies, func(p netip.Prefix) bool { return p.Contains(at) })
}
