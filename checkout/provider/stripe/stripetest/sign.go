package stripetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

const signatureHeader = "Stripe-Signature"

// Sign returns the Stripe-Signature of a body that is sent at that time, with a
// v1 for each secret.
//
// Source: docs.stripe.com/webhooks/signature, read 2026-11-25.
func Sign(body []byte, at time.Time, secrets ...string) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	header := "t=" + seconds
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(seconds + "."))
		mac.Write(body)
		header += ",v1=" + hex.EncodeToString(mac.Sum(nil))
	}
	return header
}
