package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Sign returns the value of X-Lomi-Signature for body: the HMAC-SHA256 of
// exactly these bytes in 64 lower-case hexadecimal digits, without a prefix. The
// key is the whole text of secret, "whsec_" included.
//
// Source: the verifiers in lomi.'s shop plugins for WooCommerce, Magento and
// PrestaShop, read 2026-11-22.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Verify reports whether signature is what [Sign] makes of secret and body. It
// compares in constant time. An empty secret verifies nothing.
func Verify(secret string, body []byte, signature string) bool {
	return secret != "" && hmac.Equal([]byte(Sign(secret, body)), []byte(signature))
}
