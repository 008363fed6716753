package webhook

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of Standard Webhooks. Names of headers know no case.
//
// Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md,
// "Webhook Headers", read 2026-11-23.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp" // Unix seconds of the try
	headerSignature = "Webhook-Signature" // of which one must be good, separated by spaces
)

// Prefixes of secrets and of public keys, each before the base64 of its bytes.
const (
	secretPrefix = "whsec_"
	publicPrefix = "whpk_"
)

// Tolerance is how far a message's time may be from the receiver's, either way.
const Tolerance = 5 * time.Minute

// What [Verify] finds wrong with a message.
var (
	ErrSignature = errors.New("webhook: no signature is good")
	ErrTimestamp = errors.New("webhook: the timestamp is missing or too far from the present")
)

// SignLomi returns the value of X-Lomi-Signature for body: the HMAC-SHA256 of
// exactly these bytes in 64 lower-case hexadecimal digits, without a prefix. The
// key is the whole text of secret, "whsec_" included.
//
// Source: the verifiers in lomi.'s shop plugins for WooCommerce, Magento and
// PrestaShop, read 2026-11-22.
func SignLomi(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// VerifyLomi reports whether signature is what [SignLomi] makes of secret and
// body. It compares in constant time. An empty secret verifies nothing.
func VerifyLomi(secret string, body []byte, signature string) bool {
	return secret != "" && hmac.Equal([]byte(SignLomi(secret, body)), []byte(signature))
}

// Sign returns one signature of Standard Webhooks, such as
// "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=". Unlike [SignLomi] it covers the
// identifier and the time, so that a receiver can refuse what is sent again
// later by somebody else. The key is what secret spells in base64 after
// "whsec_", or the text itself if it is no base64.
//
// Source: the specification, "Signature scheme", read 2026-11-23.
func Sign(secret, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, secretKey(secret))
	mac.Write(signed(id, stampSeconds(at), body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// SignAsymmetric returns one asymmetric signature of Standard Webhooks, "v1a,"
// and base64: whoever checks it needs [PublicKey] and can sign nothing.
func SignAsymmetric(key ed25519.PrivateKey, id string, at time.Time, body []byte) string {
	return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(key, signed(id, stampSeconds(at), body)))
}

// EndpointKey returns the key that signs for one endpoint, made of 32 bytes that
// the server keeps. Each endpoint has its own, so that what was sent to one
// proves nothing to another.
func EndpointKey(seed [32]byte, endpoint string) ed25519.PrivateKey {
	key, err := hkdf.Key(sha256.New, seed[:], nil, "checkoutd endpoint "+endpoint, ed25519.SeedSize)
	if err != nil {
		panic(err) // only for lengths beyond 255 hashes
	}
	return ed25519.NewKeyFromSeed(key)
}

// PublicKey returns the text of key's public half, "whpk_" and base64.
func PublicKey(key ed25519.PrivateKey) string {
	return publicPrefix + base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
}

// Verify checks a message that a receiver got at now, by the three headers of
// Standard Webhooks: header is the request's, body its bytes as they came. Each
// of keys is a secret, "whsec_…", or a public key, "whpk_…"; while one replaces
// another a receiver gives both.
//
// It returns an error that is [ErrTimestamp] if the message was signed more than
// [Tolerance] before or after now, and [ErrSignature] if nobody with one of the
// keys signed it. Comparisons take constant time; an empty key verifies nothing.
// A good message can still have been seen before: drop what carries an
// identifier, the header Webhook-Id, that is known.
func Verify(header http.Header, body []byte, now time.Time, keys ...string) error {
	seconds, err := strconv.ParseInt(header.Get(headerTimestamp), 10, 64)
	if err != nil {
		return fmt.Errorf("%w: %s is no number", ErrTimestamp, headerTimestamp)
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > Tolerance || off < -Tolerance {
		return fmt.Errorf("%w: it is off by %v", ErrTimestamp, off.Truncate(time.Second))
	}
	id := header.Get(headerID)
	if id == "" {
		return fmt.Errorf("%w: %s is missing", ErrSignature, headerID)
	}
	content := signed(id, header.Get(headerTimestamp), body)
	for signature := range strings.FieldsSeq(header.Get(headerSignature)) {
		version, text, _ := strings.Cut(signature, ",")
		mac, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			continue
		}
		for _, key := range keys {
			if good(version, key, content, mac) {
				return nil
			}
		}
	}
	return ErrSignature
}

// good reports whether signature, of the named version, is key's for content.
func good(version, key string, content, signature []byte) bool {
	public, asymmetric := strings.CutPrefix(key, publicPrefix)
	switch {
	case version == "v1" && !asymmetric:
		secret := secretKey(key)
		if len(secret) == 0 {
			return false
		}
		mac := hmac.New(sha256.New, secret)
		mac.Write(content)
		return hmac.Equal(mac.Sum(nil), signature)
	case version == "v1a" && asymmetric:
		point, err := base64.StdEncoding.DecodeString(public)
		return err == nil && len(point) == ed25519.PublicKeySize && ed25519.Verify(point, content, signature)
	}
	return false
}

// signed returns what a signature covers.
func signed(id, timestamp string, body []byte) []byte {
	content := make([]byte, 0, len(id)+len(timestamp)+len(body)+2)
	content = append(append(content, id...), '.')
	content = append(append(content, timestamp...), '.')
	return append(content, body...)
}

func secretKey(secret string) []byte {
	text := strings.TrimPrefix(secret, secretPrefix)
	if key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "=")); err == nil && len(key) > 0 {
		return key
	}
	return []byte(text)
}

func stampSeconds(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
