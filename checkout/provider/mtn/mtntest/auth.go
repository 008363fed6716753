package mtntest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// tokenLife is how long a token is good.
//
// Source: momodevelopercommunity.mtn.com, best practices, read 2026-11-25.
const tokenLife = time.Hour

// product is one of MTN's products.
type product struct {
	name string // the first part of its paths
	key  string // its subscription key
}

// user is an API user.
type user struct {
	host string // that callbacks may be sent to; "" for any
	key  string
}

// token is what calls of one product are made with.
type token struct {
	product string
	user    string
	until   time.Time
}

// subscribed checks the subscription key of a call, or answers 401.
func subscribed(w http.ResponseWriter, r *http.Request, keys ...string) bool {
	for _, key := range keys {
		if r.Header.Get("Ocp-Apim-Subscription-Key") == key {
			return true
		}
	}
	write(w, http.StatusUnauthorized, map[string]any{
		"statusCode": 401,
		"message":    "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.",
	})
	return false
}

// issue hands out tokens.
func (s *Server) issue(p product) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !subscribed(w, r, p.key) {
			return
		}
		if r.ContentLength > 0 {
			finish(w, 0, bad("a token is asked for without a body"))
			return
		}
		name, key, ok := r.BasicAuth()
		s.mu.Lock()
		defer s.mu.Unlock()
		u, known := s.users[name]
		if !ok || !known || u.key == "" || u.key != key {
			write(w, http.StatusUnauthorized, map[string]string{"error": "login_failed"})
			return
		}
		s.serial++
		text := fmt.Sprintf("token-%s-%d", p.name, s.serial)
		s.tokens[text] = token{p.name, name, s.Now().Add(tokenLife)}
		write(w, http.StatusOK, map[string]any{
			"access_token": text, "token_type": "access_token", "expires_in": int(tokenLife / time.Second),
		})
	}
}

// RevokeTokens ends every token before its time.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// authorised calls next for calls with a token of p.
func (s *Server) authorised(p product, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !subscribed(w, r, p.key) {
			return
		}
		if _, ok := s.caller(p, r); !ok {
			write(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
			return
		}
		if r.Header.Get("X-Target-Environment") != s.target {
			finish(w, 0, errTarget)
			return
		}
		next(w, r)
	}
}

// caller returns the API user of a call, and whether its token is good.
func (s *Server) caller(p product, r *http.Request) (user, bool) {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	t, known := s.tokens[text]
	return s.users[t.user], ok && known && t.product == p.name && s.Now().Before(t.until)
}

// createUser makes an API user of the name that the caller chose.
func (s *Server) createUser(w http.ResponseWriter, r *http.Request) {
	if !subscribed(w, r, s.config.SubscriptionKey, s.config.DisbursementKey) {
		return
	}
	var q struct {
		Host string `json:"providerCallbackHost"`
	}
	id, err := newReference(r)
	if err == nil {
		err = decode(r, &q)
	}
	if err == nil && (q.Host == "" || strings.ContainsAny(q.Host, "/:")) {
		err = bad("providerCallbackHost must be a host, without scheme and path")
	}
	if err == nil {
		err = s.do(func() error {
			if _, ok := s.users[id]; ok {
				return errExists
			}
			s.users[id] = user{host: q.Host}
			return nil
		})
	}
	finish(w, http.StatusCreated, err)
}

// readUser says what an API user may do.
func (s *Server) readUser(w http.ResponseWriter, r *http.Request) {
	if !subscribed(w, r, s.config.SubscriptionKey, s.config.DisbursementKey) {
		return
	}
	s.mu.Lock()
	u, ok := s.users[r.PathValue("id")]
	s.mu.Unlock()
	if !ok {
		finish(w, 0, errNotFound)
		return
	}
	write(w, http.StatusOK, map[string]string{"providerCallbackHost": u.host, "targetEnvironment": s.target})
}

// createKey gives an API user a new key. The one before is good no more.
func (s *Server) createKey(w http.ResponseWriter, r *http.Request) {
	if !subscribed(w, r, s.config.SubscriptionKey, s.config.DisbursementKey) {
		return
	}
	id := r.PathValue("id")
	s.mu.Lock()
	u, ok := s.users[id]
	if ok {
		s.serial++
		u.key = fmt.Sprintf("%032x", s.serial)
		s.users[id] = u
	}
	s.mu.Unlock()
	if !ok {
		finish(w, 0, errNotFound)
		return
	}
	write(w, http.StatusCreated, map[string]string{"apiKey": u.key})
}
