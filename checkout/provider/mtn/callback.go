package mtn

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// callbacks makes and checks the tokens that MTN's messages carry in their path.
// MTN signs nothing: the token is all that tells its messages from anybody's.
type callbacks struct{ key func() []byte }

// newCallbacks derives the key of tokens from the API key, so that they are good
// after a restart and need no setting of their own.
func newCallbacks(apiKey client.Secret) *callbacks {
	h := hmac.New(sha256.New, []byte(apiKey))
	h.Write([]byte("checkoutd mtn callback token"))
	key := h.Sum(nil)
	return &callbacks{key: func() []byte { return key }}
}

// token returns the attempt's identifier, a dot and a tag, 128 bits in hex, that
// nobody can compute without the key.
func (c *callbacks) token(attemptID string) string {
	h := hmac.New(sha256.New, c.key())
	h.Write([]byte(attemptID))
	return attemptID + "." + hex.EncodeToString(h.Sum(nil)[:16])
}

// attempt returns whose token it is, and false if it is none of ours.
func (c *callbacks) attempt(token string) (string, bool) {
	id, _, _ := strings.Cut(token, ".")
	return id, id != "" && hmac.Equal([]byte(token), []byte(c.token(id)))
}

// url returns where MTN is to send messages about an attempt. It reports false
// if base is not known or not a URL that MTN could use: then there are none, and
// polling finds out.
func (c *callbacks) url(base, attemptID string) (string, bool) {
	if client.CheckURL(base) != nil {
		return "", false
	}
	return strings.TrimSuffix(base, "/") + "/" + c.token(attemptID), true
}

// Parse says which attempt a message is about, by the token in its path. Nothing
// else of it is believed. A message without a good token is about nothing, and
// is no error, so that strangers learn nothing from the answer.
func (p *Provider) Parse(in checkout.Inbound) ([]checkout.Signal, error) {
	id, ok := p.callbacks.attempt(in.Token)
	if !ok {
		return nil, nil
	}
	return []checkout.Signal{{Trust: checkout.TrustNone, AttemptID: id}}, nil
}
