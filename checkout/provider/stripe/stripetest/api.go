package stripetest

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// kept is an answer that is repeated for its idempotency key.
type kept struct {
	request string // what was asked for
	answer  answer
	at      time.Time
}

// answer is what goes out.
type answer struct {
	status   int
	body     []byte
	replayed bool
}

// call is what came in.
type call struct {
	*http.Request
	form form
	base string // where browsers find the server
}

// serveAPI answers a call of the API.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Request-Id", newID("req_"))
	if version := r.Header.Get("Stripe-Version"); version != "" {
		h.Set("Stripe-Version", version)
	}
	key := r.Header.Get("Idempotency-Key")
	if key != "" {
		h.Set("Idempotency-Key", key)
	}
	var a answer
	if body, fault := s.admit(w, r); fault != nil {
		a = render(nil, fault)
	} else {
		a = s.answer(r, body, key)
	}
	s.flush()
	if a.replayed {
		h.Set("Idempotent-Replayed", "true")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

var versionShape = regexp.MustCompile(`^20\d\d-\d\d-\d\d(\.[a-z]+)?$`)

// admit checks what comes before the parameters and returns them.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (string, *apiError) {
	if fault := s.authorize(r); fault != nil {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Stripe"`)
		return "", fault
	}
	if v := r.Header.Get("Stripe-Version"); v != "" && !versionShape.MatchString(v) {
		return "", invalid("", "", "Invalid Stripe API version: %s", v)
	}
	if len(r.Header.Get("Idempotency-Key")) > 255 {
		return "", invalid("", "", "Idempotency keys can be at most 255 characters long.")
	}
	if r.Method != http.MethodPost {
		return r.URL.RawQuery, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		return "", invalid("", "", "Invalid request: %v", err)
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); len(body) > 0 && kind != "application/x-www-form-urlencoded" {
		return "", invalid("", "", "Invalid request (check that your POST content type is application/x-www-form-urlencoded).")
	}
	return string(body), nil
}

func (s *Server) authorize(r *http.Request) *apiError {
	key, _, ok := r.BasicAuth()
	if !ok {
		key, ok = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	if ok && subtle.ConstantTimeCompare([]byte(key), []byte(s.config.SecretKey)) == 1 {
		return nil
	}
	fault := invalid("", "", "You did not provide an API key. You need to provide your API key in the Authorization header, "+
		"using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').")
	if ok {
		fault.Message = "Invalid API Key provided: " + key[:min(len(key), 8)] + strings.Repeat("*", 12)
	}
	fault.status = http.StatusUnauthorized
	return fault
}

// answer does what is asked for, unless it was done for the same key before.
//
// Source: docs.stripe.com/api/idempotent_requests, read 2026-11-25: an answer is
// kept with its key once the work has begun, also one of 500, but not one to
// parameters that are wrong.
func (s *Server) answer(r *http.Request, body, key string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expireDue()
	if r.Method != http.MethodPost {
		key = ""
	}
	request := r.Method + " " + r.URL.Path + "\n" + body
	if k, ok := s.answers[key]; ok && key != "" && s.Now().Sub(k.at) < day {
		if k.request != request {
			return render(nil, reused(key))
		}
		k.answer.replayed = true
		return k.answer
	}
	f, fault := parseForm(body)
	if fault != nil {
		return render(nil, fault)
	}
	object, fault := s.route(call{Request: r, form: f, base: s.base(r)})
	a := render(object, fault)
	if fault == nil && r.Method == http.MethodPost && s.crashes > 0 {
		s.crashes--
		a = render(nil, &apiError{Type: "api_error", Message: "An unknown error occurred", status: http.StatusInternalServerError})
	}
	if key != "" && fault == nil {
		s.answers[key] = kept{request, a, s.Now()}
	}
	return a
}

func reused(key string) *apiError {
	return &apiError{
		Type: "idempotency_error", status: http.StatusBadRequest,
		Message: fmt.Sprintf("Keys for idempotent requests can only be used with the same parameters they were first used with. "+
			"Try using a key other than '%s' if you meant to execute a different request.", key),
	}
}

// base returns where browsers find the server: as the caller found it, which is
// without TLS on one machine only.
func (s *Server) base(r *http.Request) string {
	if s.config.PublicURL != "" {
		return strings.TrimSuffix(s.config.PublicURL, "/")
	}
	host := (&url.URL{Host: r.Host}).Hostname()
	ip, err := netip.ParseAddr(host)
	if r.TLS == nil && (host == "localhost" || err == nil && ip.IsLoopback()) {
		return "http://" + r.Host
	}
	return "https://" + r.Host
}

// route calls what answers the path.
func (s *Server) route(c call) (any, *apiError) {
	parts := strings.Split(strings.TrimPrefix(c.URL.Path, "/v1/"), "/")
	kind, rest := parts[0], parts[1:]
	if kind == "checkout" && len(rest) > 0 {
		kind, rest = "checkout/"+rest[0], rest[1:]
	}
	switch shape := c.Method + " " + kind + strings.Repeat("/id", min(len(rest), 1)); {
	case shape == "POST checkout/sessions":
		return s.createSession(c)
	case shape == "GET checkout/sessions":
		return s.listSessions(c)
	case shape == "GET checkout/sessions/id" && len(rest) == 1:
		return s.readSession(c, rest[0])
	case shape == "POST checkout/sessions/id" && len(rest) == 2 && rest[1] == "expire":
		return s.expireSession(c, rest[0])
	case shape == "POST refunds":
		return s.createRefund(c)
	case shape == "GET refunds":
		return s.listRefunds(c)
	case shape == "GET refunds/id" && len(rest) == 1:
		return s.readRefund(c, rest[0])
	case shape == "GET events":
		return s.listEvents(c)
	}
	fault := invalid("", "", "Unrecognized request URL (%s: %s). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.", c.Method, c.URL.Path)
	fault.status = http.StatusNotFound
	return nil, fault
}

// render spells an object, or an error, as JSON.
func render(object any, fault *apiError) answer {
	a := answer{status: http.StatusOK}
	if fault != nil {
		a.status, object = fault.status, map[string]*apiError{"error": fault}
	}
	var err error
	if a.body, err = json.MarshalIndent(object, "", "  "); err != nil {
		panic(err) // all objects are our own
	}
	return a
}
