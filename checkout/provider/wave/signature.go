package wave

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// signatureHeader is the header that proves who wrote a body, theirs and ours:
// "t=<unix seconds>,v1=<hex>[,v1=<hex>…]". Signed is the decimal timestamp
// directly followed by the body, with nothing between.
//
// Source: docs.wave.com/webhook, read 2026-11-22; testdata/vectors/published.txt
// is the sample there.
const signatureHeader = "Wave-Signature"

// How far a timestamp may lie behind us and ahead of us.
//
// Source: docs.wave.com/business, "Request signing", read 2026-11-22.
const (
	maxAge   = 5 * time.Minute
	maxAhead = 30 * time.Second
)

// digest returns the HMAC-SHA256 of timestamp and body.
func digest(secret, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp))
	mac.Write(body)
	return mac.Sum(nil)
}

// signature returns the header of a body that is sent at now.
func signature(secret string, now time.Time, body []byte) string {
	t := strconv.FormatInt(now.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(digest(secret, t, body))
}

// verify returns nil if header proves body under one of the secrets at now.
func verify(secrets []string, header string, body []byte, now time.Time) error {
	timestamp, digests, ok := parseSignature(header)
	if !ok {
		return errForged
	}
	proven := false
	for _, secret := range secrets {
		want := digest(secret, timestamp, body)
		for _, got := range digests {
			proven = hmac.Equal(got, want) || proven
		}
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if !proven || err != nil {
		return errForged
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > maxAge || age < -maxAhead {
		return errForged
	}
	return nil
}

// parseSignature takes a header apart. Versions other than v1 are left out, and
// so is what is not hexadecimal. ok is false unless there is exactly one
// timestamp, of digits alone.
func parseSignature(header string) (timestamp string, digests [][]byte, ok bool) {
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			if ok || value == "" || strings.Trim(value, "0123456789") != "" {
				return "", nil, false
			}
			timestamp, ok = value, true
		case "v1":
			if d, err := hex.DecodeString(value); err == nil {
				digests = append(digests, d)
			}
		}
	}
	return timestamp, digests, ok
}

var errForged = &checkout.Error{Code: checkout.CodeUnauthorized, Message: "Invalid webhook signature", Err: checkout.ErrSignature}
