package wavetest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// request is the body of an order.
type request struct {
	Amount             string `json:"amount"`
	Currency           string `json:"currency"`
	SuccessURL         string `json:"success_url"`
	ErrorURL           string `json:"error_url"`
	ClientReference    string `json:"client_reference"`
	RestrictPayer      string `json:"restrict_payer_mobile"`
	AggregatedMerchant string `json:"aggregated_merchant_id"`
}

var (
	wholeAmount = regexp.MustCompile(`^[1-9][0-9]{0,15}$`) // XOF has no decimals
	e164        = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// wrong returns the first field that is not as the API wants it, and how it
// should be.
func (q request) wrong() (field, should string) {
	switch {
	case q.Currency != string(checkout.XOF):
		return "currency", "must be the wallet's, XOF"
	case !wholeAmount.MatchString(q.Amount):
		return "amount", "must be a string of digits without leading zeros"
	case !secure(q.SuccessURL):
		return "success_url", "must be an https URL"
	case !secure(q.ErrorURL):
		return "error_url", "must be an https URL"
	case len(q.ClientReference) > 255:
		return "client_reference", "must be at most 255 characters"
	case q.RestrictPayer != "" && !e164.MatchString(q.RestrictPayer):
		return "restrict_payer_mobile", "must be in E.164"
	}
	return "", ""
}

// secure reports whether a customer may be sent to text. Unlike the real one it
// takes http too, on this machine.
func secure(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return false
	}
	local := u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1"
	return u.Scheme == "https" || u.Scheme == "http" && local
}

func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	var q request
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		refuse(w, http.StatusBadRequest, "request-validation-error", "The body is not as it should be: "+err.Error())
		return
	}
	if field, should := q.wrong(); field != "" {
		refuse(w, http.StatusBadRequest, "request-validation-error", field+" "+should)
		return
	}
	amount, _ := strconv.ParseInt(q.Amount, 10, 64) // digits, and few enough
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now().Truncate(time.Second)
	p := &Session{
		ID: s.id("cos-"), Amount: checkout.Money{Amount: amount, Currency: checkout.XOF},
		CheckoutStatus: "open", PaymentStatus: "processing",
		ClientReference: q.ClientReference, SuccessURL: q.SuccessURL, ErrorURL: q.ErrorURL,
		RestrictPayer: q.RestrictPayer, AggregatedMerchant: q.AggregatedMerchant,
		Created: now, Expires: now.Add(life),
	}
	p.LaunchURL = s.launchURL(p.ID, p.Amount)
	s.sessions = append(s.sessions, p)
	answer(w, s.wire(*p))
}

// session answers with the session that match accepts, or 404.
func (s *Server) session(w http.ResponseWriter, match func(*Session) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.sessions {
		if match(p) {
			answer(w, s.wire(*p))
			return
		}
	}
	notFound(w)
}

func (s *Server) read(w http.ResponseWriter, r *http.Request) {
	s.session(w, func(p *Session) bool { return p.ID == r.PathValue("id") })
}

func (s *Server) byTransaction(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("transaction_id")
	if id == "" {
		refuse(w, http.StatusBadRequest, "request-validation-error", "transaction_id must be given")
		return
	}
	s.session(w, func(p *Session) bool { return p.TransactionID == id })
}

func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	reference := r.URL.Query().Get("client_reference")
	if reference == "" {
		refuse(w, http.StatusBadRequest, "request-validation-error", "client_reference must be given")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []json.RawMessage{}
	for _, p := range s.sessions {
		if p.ClientReference == reference {
			found = append(found, s.wire(*p))
		}
	}
	answer(w, encode(map[string]any{"result": found}))
}

func (s *Server) expire(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.sessions {
		if p.ID != r.PathValue("id") {
			continue
		}
		if p.at(s.Now()).CheckoutStatus != "open" {
			refuse(w, http.StatusConflict, "request-validation-error", "The session is complete or expired")
			return
		}
		p.CheckoutStatus = "expired"
		return // 200 without a body
	}
	notFound(w)
}

func (s *Server) refundSession(w http.ResponseWriter, r *http.Request) {
	s.repay(w, func(p *Session) bool { return p.ID == r.PathValue("id") })
}

func (s *Server) refundTransaction(w http.ResponseWriter, r *http.Request) {
	s.repay(w, func(p *Session) bool { return p.TransactionID == r.PathValue("id") })
}

func (s *Server) repay(w http.ResponseWriter, match func(*Session) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.sessions {
		if !match(p) {
			continue
		}
		if err := s.refund(p); err != nil {
			refuse(w, http.StatusBadRequest, "checkout-refund-failed", err.Error())
		}
		return // 200 without a body, also for what was given back before
	}
	notFound(w)
}

func notFound(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "checkout-session-not-found", "There is no such session")
}

// answer writes a body.
func answer(w http.ResponseWriter, body json.RawMessage) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// refuse writes an error in the flat shape.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(map[string]string{"code": code, "message": message}))
}

// authorized lets requests with the key through, and with a signature if one is
// demanded.
//
// Source: docs.wave.com/business, "Authentication" and "Request signing", read
// 2026-11-22.
func (s *Server) authorized(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code := ""
		switch header := r.Header.Get("Authorization"); {
		case header == "":
			code = "missing-auth-header"
		case !strings.HasPrefix(header, "Bearer "):
			code = "invalid-auth"
		case header != "Bearer "+s.config.APIKey:
			code = "no-matching-api-key"
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
		if err != nil {
			refuse(w, http.StatusBadRequest, "request-validation-error", err.Error())
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if code == "" && s.config.SigningSecret != "" {
			code = check(s.config.SigningSecret, r.Header.Get("Wave-Signature"), body, s.Now())
		}
		if code != "" {
			refuse(w, http.StatusUnauthorized, code, "The request is not authorized")
			return
		}
		api.ServeHTTP(w, r)
	})
}
