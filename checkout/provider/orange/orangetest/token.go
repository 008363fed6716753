package orangetest

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// token answers a call for an access token.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	type problem struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	id, secret, _ := r.BasicAuth()
	if !same(id, s.config.ClientID) || !same(secret, s.config.ClientSecret) {
		answer(w, http.StatusUnauthorized, problem{"invalid_client", "The requested service needs credentials, but the ones provided were invalid."})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if r.PostFormValue("grant_type") != "client_credentials" {
		answer(w, http.StatusBadRequest, problem{"unsupported_grant_type", "grant_type must be client_credentials"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := s.random(14)
	if err != nil {
		refuse(w, http.StatusInternalServerError, 1, "Internal error", err.Error())
		return
	}
	s.tokens[text] = s.Now().Add(s.config.TokenLife)
	s.fetched++
	answer(w, http.StatusOK, struct {
		TokenType   string `json:"token_type"`
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"`
	}{"Bearer", text, int64(s.config.TokenLife.Seconds())})
}

// Tokens returns how many access tokens were handed out.
func (s *Server) Tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetched
}

// Revoke makes all access tokens invalid before their time.
func (s *Server) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// authorized lets next answer those who show an access token and ask for the
// country that is served.
func (s *Server) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		s.mu.Lock()
		end, known := s.tokens[text]
		s.mu.Unlock()
		switch {
		case !ok:
			refuse(w, http.StatusUnauthorized, 40, "Missing credentials", "The requested service needs credentials, but none were provided.")
		case !known:
			refuse(w, http.StatusUnauthorized, 41, "Invalid credentials", "The requested service needs credentials, but the ones provided were invalid.")
		case !s.Now().Before(end):
			refuse(w, http.StatusUnauthorized, 42, "Expired credentials", "The requested service needs credentials, and the ones provided were out-of-date.")
		case r.PathValue("country") != s.config.Country:
			refuse(w, http.StatusNotFound, 60, "Resource not found", "The requested URI does not exist for this application.")
		default:
			next(w, r)
		}
	}
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
