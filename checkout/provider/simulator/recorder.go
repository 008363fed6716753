package simulator

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// recorder is an answer that nobody has been sent yet. Like a server's, its
// header and status count as they are at the first of WriteHeader and Write.
type recorder struct {
	header http.Header // what the handler sees
	sent   http.Header // what counts; nil until then
	status int
	body   bytes.Buffer
}

func newRecorder() *recorder { return &recorder{header: http.Header{}, status: http.StatusOK} }

// Header returns the header of the answer.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader notes the status.
func (r *recorder) WriteHeader(status int) {
	if r.sent == nil {
		r.status, r.sent = status, r.header.Clone()
	}
}

// Write notes a part of the body.
func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// response returns the answer to a request, with a body of its own.
func (r *recorder) response(to *http.Request, body io.Reader) *http.Response {
	r.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)), StatusCode: r.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.sent, Body: io.NopCloser(body), ContentLength: -1, Request: to,
	}
}
