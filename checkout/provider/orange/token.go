package orange

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// Limits of a token's life.
const (
	maxMargin = 10 * time.Minute     // how long before its end a token is renewed, at most
	maxLife   = 366 * 24 * time.Hour // so that no answer overflows a duration
)

// tokens hands out the access token of an application. Whoever needs one while
// it is being fetched waits for that answer, so that there is one call however
// many need it.
type tokens struct {
	client *client.Client
	clock  clock.Clock
	keys   *keys

	mu      sync.Mutex
	current token
	flight  *flight // nil while nobody fetches one
}

// token is an access token and its times by our clock.
type token struct {
	text           string
	renewAt, endAt time.Time
}

// flight is one call for a token that others wait for.
type flight struct {
	done      chan struct{} // closed when the rest is set
	token     token
	err       error
	abandoned bool // whoever called gave up; the error is none of the others'
}

// get returns a token that is not refused, which is "" or one that the API did
// not accept.
func (t *tokens) get(ctx context.Context, refused string) (string, error) {
	for {
		t.mu.Lock()
		if now := t.current; now.text != "" && now.text != refused && t.clock.Now().Before(now.renewAt) {
			t.mu.Unlock()
			return now.text, nil
		}
		f, lead := t.flight, t.flight == nil
		if lead {
			f = &flight{done: make(chan struct{})}
			t.flight = f
		}
		t.mu.Unlock()
		if lead {
			t.fly(ctx, f)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", ctx.Err()
		}
		switch {
		case f.err == nil:
			return f.token.text, nil
		case lead || !f.abandoned:
			return t.last(refused, f.err)
		}
	}
}

// fly fetches a token and lands f.
func (t *tokens) fly(ctx context.Context, f *flight) {
	f.err = errors.New("the call for a token was broken off") // unless it returns
	defer func() {
		t.mu.Lock()
		if f.err == nil {
			t.current = f.token
		}
		t.flight = nil
		t.mu.Unlock()
		close(f.done)
	}()
	f.token, f.err = t.fetch(ctx)
	f.abandoned = f.err != nil && ctx.Err() != nil
}

// last returns the token that could not be renewed while it has not ended, or
// else err.
func (t *tokens) last(refused string, err error) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.current; now.text != "" && now.text != refused && t.clock.Now().Before(now.endAt) {
		return now.text, nil
	}
	return "", err
}

// fetch asks for a token. Its times count from before the call.
func (t *tokens) fetch(ctx context.Context) (token, error) {
	asked := t.clock.Now()
	basic := base64.StdEncoding.EncodeToString([]byte(t.keys.clientID + ":" + string(t.keys.clientSecret)))
	a, err := t.client.Do(ctx, http.MethodPost, "/oauth/v3/token", client.NewHeader(
		"Authorization", "Basic "+basic,
		"Content-Type", "application/x-www-form-urlencoded",
		"Accept", "application/json",
	), []byte("grant_type=client_credentials"))
	if err != nil {
		return token{}, err
	}
	return readToken(a, asked)
}

// readToken reads the answer to a call for a token that was made at asked. A
// token whose life is not told serves one call.
func readToken(a client.Answer, asked time.Time) (token, error) {
	var got struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"` // seconds, as a number or as text
		Error       string      `json:"error"`
	}
	err := json.Unmarshal(a.Body, &got)
	// Source: RFC 6749, section 5.2: unknown clients are refused with 401 or 400.
	if a.Status == http.StatusBadRequest && (got.Error == "invalid_client" || got.Error == "unauthorized_client") {
		return token{}, &checkout.BadCredentials{Err: a.Err()}
	}
	if refused := a.Refused(); refused != nil {
		return token{}, refused
	}
	if a.Status != http.StatusOK {
		return token{}, a.Err()
	}
	// From here on errors do not show the answer: it may hold a token.
	switch {
	case err != nil:
		return token{}, fmt.Errorf("the answer of the token endpoint cannot be read: %w", err)
	case got.AccessToken == "" || strings.ContainsFunc(got.AccessToken, func(r rune) bool { return r <= ' ' || r > '~' }):
		return token{}, errors.New("the answer of the token endpoint holds no token")
	}
	seconds, _ := got.ExpiresIn.Int64() // 0 if it is not told
	life := time.Duration(min(max(seconds, 0), int64(maxLife/time.Second))) * time.Second
	return token{got.AccessToken, asked.Add(life - min(life/10, maxMargin)), asked.Add(life)}, nil
}
