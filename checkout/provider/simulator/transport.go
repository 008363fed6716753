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
	in := received(r)
	defer func() {
		if r.Body != nil {
			r.Body.Close()
		}
		p := recover()
		if p == nil {
			return
		}
		if p != http.ErrAbortHandler {
			panic(p)
		}
		switch {
		case r.Context().Err() != nil:
			err = r.Context().Err()
		case answer.body.Len() > 0:
			res = answer.response(r, io.MultiReader(bytes.NewReader(answer.body.Bytes()), broken{}))
		default:
			err = io.ErrUnexpectedEOF
		}
	}()
	t.handler.ServeHTTP(answer, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return answer.response(r, bytes.NewReader(answer.body.Bytes())), nil
}

// received returns r as a server sees it.
func received(r *http.Request) *http.Request {
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:1"
	in.URL.Scheme, in.URL.Host, in.URL.User, in.URL.Fragment = "", "", nil, ""
	in.GetBody = nil
	return in
}

// broken is the rest of an answer whose connection broke.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
