package httpapi

import (
	"net/http"
	"net/url"
	"strings"
)

// Front returns one handler for everything: it picks by the start of the path.
func (a *API) Front() http.Handler {
	return respell(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := r.URL.Path; strings.HasPrefix(p, "/cs_") || strings.HasPrefix(p, "/"+linkPrefix) || strings.HasPrefix(p, "/sub_") {
			a.hosted.ServeHTTP(w, r)
			return
		}
		if isInbound(r) {
			a.inbound.ServeHTTP(w, r)
			return
		}
		a.keyed.ServeHTTP(w, r)
	}))
}

// respell gives next the one spelling of paths that older clients spell
// otherwise: /v1/x is /x, /checkout_sessions is /checkout-sessions,
// /checkout/{session id} is /{session id}, and /x/ is /x.
func respell(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := canonicalPath(r.URL.Path)
		if path != r.URL.Path {
			u := new(url.URL)
			*u = *r.URL
			u.Path, u.RawPath = path, ""
			copied := *r
			copied.URL = u
			r = &copied
		}
		next.ServeHTTP(w, r)
	})
}

func canonicalPath(path string) string {
	if rest, ok := strings.CutPrefix(path, "/v1"); ok && (rest == "" || rest[0] == '/') {
		path = rest
	}
	if path == "" {
		path = "/"
	}
	if rest, ok := strings.CutPrefix(path, "/checkout_sessions"); ok && (rest == "" || rest[0] == '/') {
		path = "/checkout-sessions" + rest
	}
	if rest, ok := strings.CutPrefix(path, "/checkout/cs_"); ok {
		path = "/cs_" + rest
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return path
}
