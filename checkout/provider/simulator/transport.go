package simulator

import (
	"bytes"
	"io"
	"net/http"
)

// Transport returns a RoundTripper that calls h in this process: a client of a
// simulated provider, or of our own server, without a socket.
func Transport(h http.Handler) http.RoundTripper { return transport{h} }

type transport struct{ handler http.Handler }

// RoundTrip lets the handler answer r. A handler that aborts is a connection
// that breaks.
func (t transport) RoundTrip(r *http.Request) (res *http.Response, err error) {
	answer := newRecorder()
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:1"
	defer func() {
		if r.Body != nil {
			r.Body.Close()
		}
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			err = io.ErrUnexpectedEOF
			if answer.body.Len() > 0 {
				res, err = answer.response(r, io.MultiReader(bytes.NewReader(answer.body.Bytes()), broken{})), nil
			}
		}
	}()
	t.handler.ServeHTTP(answer, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return answer.response(r, bytes.NewReader(answer.body.Bytes())), nil
}

func (r *recorder) response(to *http.Request, body io.Reader) *http.Response {
	return &http.Response{
		Status: http.StatusText(r.status), StatusCode: r.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.header, Body: io.NopCloser(body), ContentLength: -1, Request: to,
	}
}

// broken is the rest of an answer whose connection broke.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
