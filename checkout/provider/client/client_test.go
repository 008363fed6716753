package client

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// serve starts a server of this machine, without a log of broken handshakes.
func serve(t *testing.T, h http.HandlerFunc, start func(*httptest.Server)) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	start(s)
	t.Cleanup(s.Close)
	return s
}

func newClient(t *testing.T, base string) *Client {
	t.Helper()
	c, err := New(base, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// raw answers each connection with bytes that are no business of net/http, once
// it has read the head of a request.
func raw(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, answer)
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestErrorsSayWhatIsCertain(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	fine := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }
	plain := serve(t, fine, (*httptest.Server).Start)
	strange := serve(t, fine, (*httptest.Server).StartTLS)
	old := serve(t, fine, func(s *httptest.Server) {
		s.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
		s.StartTLS()
	})
	for _, c := range []struct {
		name, base string
		notSent    bool
	}{
		{"nobody listens", "http://" + closed.Addr().String(), true},
		{"a certificate of nobody we know", strange.URL, true},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), true},
		{"neither TLS nor HTTP", strings.Replace(raw(t, "SSH-2.0-OpenSSH\r\n"), "http:", "https:", 1), true},
		{"the connection is closed", raw(t, ""), false},
		{"half a head", raw(t, "HTTP/1.1 200 O"), false},
		{"no HTTP", raw(t, "SSH-2.0-OpenSSH\r\n\r\n"), false},
		{"half a body", raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"), false},
		{"half a chunk", raw(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"), false},
		{"old TLS", old.URL, false}, // certain in truth, and not told apart
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := newClient(t, c.base).Do(t.Context(), http.MethodPost, "/pay", nil, []byte(`{"pin":"s3cr3t"}`))
			if err == nil || errors.Is(err, checkout.ErrNotSent) != c.notSent || got.Status != 0 {
				t.Errorf("got %+v, %v, want an error that is ErrNotSent: %t", got, err, c.notSent)
			}
			if err != nil && strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the error holds what was sent: %v", err)
			}
		})
	}
}

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		err     error
		notSent bool
	}{
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, true},
		{&net.DNSError{Err: "no such host", Name: "api.example"}, true},
		{fmt.Errorf("wrapped: %w", &net.OpError{Op: "dial", Err: &net.DNSError{}}), true},
		{&tls.CertificateVerificationError{Err: errors.New("expired")}, true},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, true},
		{fmt.Errorf("wrapped: %w", http.ErrSchemeMismatch), true},
		{&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, false},
		{&net.OpError{Op: "write", Err: errors.New("broken pipe")}, false},
		{context.DeadlineExceeded, false},
		{context.Canceled, false},
		{io.ErrUnexpectedEOF, false},
		{io.EOF, false},
	} {
		got := classify(c.err)
		if errors.Is(got, checkout.ErrNotSent) != c.notSent || !errors.Is(got, c.err) {
			t.Errorf("%v: got %v, want ErrNotSent: %t", c.err, got, c.notSent)
		}
	}
}

func TestNoAnswerInTime(t *testing.T) {
	arrived := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not notice that we have gone
		close(arrived)
		<-r.Context().Done()
	}, (*httptest.Server).Start)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := newClient(t, s.URL).Do(ctx, http.MethodPost, "/", nil, []byte("{}"))
	if !errors.Is(err, context.Canceled) || errors.Is(err, checkout.ErrNotSent) {
		t.Errorf("got %v", err)
	}
}

// TestNothingIsSentTwice breaks the kept connection of a client, after which
// net/http would like to repeat the call.
func TestNothingIsSentTwice(t *testing.T) {
	var calls atomic.Int32
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, "{}")
	}, (*httptest.Server).Start)
	c := newClient(t, s.URL)
	header := NewHeader("Idempotency-Key", "key_1") // which allows it to
	if _, err := c.Do(t.Context(), http.MethodPost, "/", header, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), http.MethodPost, "/", header, []byte("{}")); err == nil || errors.Is(err, checkout.ErrNotSent) {
		t.Errorf("got %v", err)
	}
	if got := calls.Load(); got != 2 {
		t.Errorf("%d calls arrived, want 2", got)
	}
}

func TestWhatArrives(t *testing.T) {
	var method, uri, body, sent, length string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		method, uri, body, sent, length = r.Method, r.RequestURI, string(text), r.Header.Get("X-Sent"), fmt.Sprint(r.ContentLength)
		w.Header().Set("X-Answer", "1")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, "short and stout")
	}, (*httptest.Server).Start)
	for _, c := range []struct {
		method, path string
		body         []byte
		length       string
	}{
		{"POST", "/v1/pay?a=1%2B1", []byte(`{"a":"+"}`), "9"},
		{"GET", "/v1/pay", nil, "0"},
		{"POST", "/v1/close", nil, "0"},
		{"PUT", "/", []byte{}, "0"},
	} {
		got, err := newClient(t, s.URL+"/").Do(t.Context(), c.method, c.path, NewHeader("X-Sent", "yes"), c.body)
		if err != nil || got.Status != http.StatusTeapot || got.Header.Get("X-Answer") != "1" || string(got.Body) != "short and stout" {
			t.Errorf("%s %s: got %+v, %v", c.method, c.path, got, err)
		}
		if method != c.method || uri != c.path || body != string(c.body) || sent != "yes" || length != c.length {
			t.Errorf("%s %s: arrived as %s %s %q of %s bytes, header %q", c.method, c.path, method, uri, body, length, sent)
		}
	}
	if _, err := newClient(t, s.URL).Do(t.Context(), "BAD METHOD", "/", nil, nil); !errors.Is(err, checkout.ErrNotSent) {
		t.Errorf("a bad method: %v", err)
	}
	if _, err := newClient(t, s.URL).Do(t.Context(), "GET", "/%zz", nil, nil); !errors.Is(err, checkout.ErrNotSent) {
		t.Errorf("a bad path: %v", err)
	}
}

func TestRedirectsAreAnswers(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		followed := false
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				followed = true
				return
			}
			http.Redirect(w, r, "/elsewhere", status)
		}, (*httptest.Server).Start)
		got, err := newClient(t, s.URL).Do(t.Context(), http.MethodPost, "/", nil, []byte("{}"))
		if err != nil || got.Status != status || followed {
			t.Errorf("%d: got %d, %v, followed: %t", status, got.Status, err, followed)
		}
	}
}

func TestAnswersAreCapped(t *testing.T) {
	for size, ok := range map[int]bool{0: true, maxAnswer: true, maxAnswer + 1: false, 4 * maxAnswer: false} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", size)) }, (*httptest.Server).Start)
		got, err := newClient(t, s.URL).Do(t.Context(), http.MethodGet, "/", nil, nil)
		if (err == nil) != ok || ok && len(got.Body) != size || errors.Is(err, checkout.ErrNotSent) {
			t.Errorf("%d bytes: got %d, %v", size, len(got.Body), err)
		}
	}
}

func TestURLs(t *testing.T) {
	for text, ok := range map[string]bool{
		"https://api.example":              true,
		"https://api.example:8443/v1/":     true,
		"https://10.0.0.1":                 true,
		"http://localhost:8080":            true,
		"http://127.0.0.1:8080":            true,
		"http://127.8.8.8":                 true,
		"http://[::1]:8080":                true,
		"http://[::ffff:127.0.0.1]":        true,
		"http://api.example":               false,
		"http://localhost.example":         false,
		"http://0.0.0.0:8080":              false,
		"http://10.0.0.1":                  false,
		"http://169.254.169.254":           false,
		"http://2130706433":                false,
		"ftp://api.example":                false,
		"api.example":                      false,
		"//api.example":                    false,
		"https://":                         false,
		"https://:8080":                    false,
		"":                                 false,
		"https://api.example?key=s3cr3t":   false,
		"https://api.example#s3cr3t":       false,
		"https://user:s3cr3t@api.example":  false,
		"https://user:s3cr3t@[::1":         false,
		"http://s3cr3t@127.0.0.1":          false,
		"https://api.example\r\nX-Evil: 1": false,
	} {
		err := CheckURL(text)
		if (err == nil) != ok {
			t.Errorf("%q: got %v, want it good: %t", text, err, ok)
		}
		if err != nil && strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%q: the error holds the secret: %v", text, err)
		}
		if c, err := New(text, nil); (err == nil) != ok || ok && c.Base() != strings.TrimSuffix(text, "/") {
			t.Errorf("%q: New returns %v", text, err)
		}
	}
}

// TestLimits reads what takes too long to try.
func TestLimits(t *testing.T) {
	c := newClient(t, "https://api.example")
	rt, ok := c.http.Transport.(*http.Transport)
	if !ok {
		t.Fatalf("calls are made by %T", c.http.Transport)
	}
	if rt.Proxy != nil {
		t.Error("proxies of the environment are used")
	}
	if rt.TLSClientConfig.MinVersion < tls.VersionTLS12 || rt.TLSClientConfig.InsecureSkipVerify {
		t.Error("TLS is not strict")
	}
	if c.http.Timeout <= 0 || c.http.Timeout > 30*time.Second || rt.TLSHandshakeTimeout > 5*time.Second || rt.MaxResponseHeaderBytes > 1<<20 {
		t.Errorf("timeouts %v and %v, header of %d bytes", c.http.Timeout, rt.TLSHandshakeTimeout, rt.MaxResponseHeaderBytes)
	}
	if c.http.Jar != nil {
		t.Error("cookies are kept")
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		status int
		after  string
		want   string
		wait   time.Duration
	}{
		{200, "", "", 0}, {400, "", "", 0}, {404, "", "", 0}, {500, "30", "", 0}, {503, "30", "", 0},
		{401, "", "credentials", 0}, {403, "", "credentials", 0},
		{429, "", "throttled", 0}, {429, "2", "throttled", 2 * time.Second}, {429, "-5", "throttled", 0}, {429, "soon", "throttled", 0},
		{429, "7200", "throttled", time.Hour}, {429, "99999999999999999999", "throttled", time.Hour},
		{429, "Mon, 02 Mar 2026 12:00:00 GMT", "throttled", 0},
	} {
		err := Answer{Status: c.status, Header: NewHeader("Retry-After", c.after), Body: []byte("no")}.Refused()
		var bad *checkout.BadCredentials
		var throttled *checkout.Throttled
		got := ""
		switch {
		case errors.As(err, &bad):
			got = "credentials"
		case errors.As(err, &throttled):
			got = "throttled"
			if throttled.After != c.wait {
				t.Errorf("%d after %q: wait %v, want %v", c.status, c.after, throttled.After, c.wait)
			}
		}
		if got != c.want || (err != nil) != (c.want != "") || err != nil && !errors.Is(err, checkout.ErrNotSent) {
			t.Errorf("%d: got %v, want %s", c.status, err, c.want)
		}
	}
	if err := (Answer{Status: 429}).Refused(); err == nil {
		t.Error("without a header nothing is refused")
	}
}

func TestErrIsShort(t *testing.T) {
	got := Answer{Status: 500, Body: []byte("a\nb" + strings.Repeat("é", 1000))}.Err().Error()
	if !strings.HasPrefix(got, `answered 500: "a\nbé`) || len(got) > 700 {
		t.Errorf("got %d bytes: %s", len(got), got)
	}
	if got := (Answer{Status: 500, Body: []byte{0xff, 0}}).Err().Error(); got != `answered 500: "\xff\x00"` {
		t.Errorf("got %s", got)
	}
}

func TestNewHeader(t *testing.T) {
	h := NewHeader("content-type", "application/json", "X-A", "1", "X-A", "2", "left over")
	if len(h) != 2 || h.Get("Content-Type") != "application/json" || h.Get("X-A") != "2" {
		t.Errorf("got %v", h)
	}
}

// TestSecretIsNotPrinted prints a secret in every way that a log does.
func TestSecretIsNotPrinted(t *testing.T) {
	const text = "s3cr3t"
	type config struct {
		Name string
		Key  Secret
		Keys []Secret
		Map  map[string]Secret
		Ref  *Secret
	}
	s := Secret(text)
	c := config{"x", s, []Secret{s}, map[string]Secret{"a": s}, &s}
	var printed []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T %v", "%10s", "%.3s", "%-8q", "% x"} {
		values := []any{s, &s, c, &c, []Secret{s}, map[Secret]int{s: 1}, struct{ Secret }{s}}
		for _, v := range values {
			if verb == "%T %v" {
				printed = append(printed, fmt.Sprintf(verb, v, v))
				continue
			}
			printed = append(printed, fmt.Sprintf(verb, v))
		}
	}
	printed = append(printed, fmt.Sprint(s), fmt.Sprintln(c), s.String(), fmt.Errorf("no: %v", s).Error())
	for _, v := range []any{s, &s, c, map[string]Secret{"a": s}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		printed = append(printed, string(b))
	}
	var lines strings.Builder
	for _, h := range []slog.Handler{slog.NewTextHandler(&lines, nil), slog.NewJSONHandler(&lines, nil)} {
		l := slog.New(h).With("with", s)
		l.Info("a", "secret", s, "pointer", &s, "config", c, "list", []Secret{s}, slog.Group("g", "secret", s))
	}
	printed = append(printed, lines.String())
	var old strings.Builder
	log.New(&old, "", 0).Printf("%v %+v", s, c)
	printed = append(printed, old.String())
	for _, line := range printed {
		for _, spelt := range []string{text, "s3c", "733363", "73 33 63", fmt.Sprintf("%X", text)} {
			if strings.Contains(line, spelt) {
				t.Errorf("printed as %s", line)
			}
		}
	}
	if got := fmt.Sprintf("%v %+v %s", s, s, s); got != "[secret] [secret] [secret]" {
		t.Errorf("got %s", got)
	}
	if b, err := json.Marshal(s); err != nil || string(b) != `"[secret]"` {
		t.Errorf("got %s, %v", b, err)
	}
	if string(s) != text {
		t.Errorf("the secret is %s", string(s))
	}
}
