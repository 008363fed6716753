package httpapi

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
)

// admit finds out whose key r carries and lets it pass, or not. A caller
// without a good key is held to the rate of its address.
func (a *API) admit(w http.ResponseWriter, r *request, access access) error {
	now := a.clock.Now()
	from := a.address(r.Request)
	switch access {
	case anyone:
		return a.strangers.allow(w.Header(), from, now)
	case sender:
		return nil
	}
	secret := secretOf(r.Header)
	if secret == "" {
		if err := a.strangers.allow(w.Header(), from, now); err != nil {
			return err
		}
		return &checkout.Error{Code: checkout.CodeUnauthorized, Message: "API Key is missing"}
	}
	if !a.guesses.may(from, now) && !a.keys.seen(secret) {
		return a.guesses.allow(w.Header(), from, now) // not looked up
	}
	k, err := a.keys.find(r.Request, secret, now)
	if checkout.CodeOf(err) == checkout.CodeUnauthorized {
		if limited := a.guesses.allow(w.Header(), from, now); limited != nil {
			return limited
		}
	}
	if err != nil {
		return err
	}
	r.account = k.Account
	if err := a.limits.allow(w.Header(), k.ID, now); err != nil {
		return err
	}
	if k.Account.Livemode && (access == tester || a.advance != nil) {
		return &checkout.Error{Code: checkout.CodeForbidden, Message: "This needs a test key"}
	}
	return nil
}

// secretOf returns the API key in h, "" if there is none.
func secretOf(h http.Header) string {
	for _, name := range []string{"X-Api-Key", "X-Lomi-Api-Key"} {
		if v := strings.TrimSpace(h.Get(name)); v != "" {
			return v
		}
	}
	scheme, secret, _ := strings.Cut(h.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(secret)
	}
	return ""
}

// keyring remembers good keys for a short while, so that most requests need no
// look at the store. A key that another process revokes stays good for ttl.
type keyring struct {
	service *checkout.Service
	clock   clock.Clock
	ttl     time.Duration
	known   sync.Map // [32]byte -> believed
}

type believed struct {
	key checkout.Key
	at  time.Time
}

// seen reports whether the secret was good when it was last looked up.
func (k *keyring) seen(secret string) bool {
	_, ok := k.known.Load(sha256.Sum256([]byte(secret)))
	return ok
}

// cached returns what is remembered of a secret. A clock that was set back
// makes nothing last longer.
func (k *keyring) cached(secret string, now time.Time) (checkout.Key, bool) {
	v, ok := k.known.Load(sha256.Sum256([]byte(secret)))
	if !ok {
		return checkout.Key{}, false
	}
	b := v.(believed)
	age := now.Sub(b.at)
	return b.key, age >= 0 && age < k.ttl
}

// find returns the key with that secret.
func (k *keyring) find(r *http.Request, secret string, now time.Time) (checkout.Key, error) {
	if key, ok := k.cached(secret, now); ok {
		return key, nil
	}
	hash := sha256.Sum256([]byte(secret))
	key, err := k.service.Authenticate(r.Context(), secret)
	if err != nil {
		k.known.Delete(hash)
		return key, err
	}
	k.known.Store(hash, believed{key, now})
	return key, nil
}
