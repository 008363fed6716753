package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// tolerance is how far the time of a signature may be from ours, in seconds,
// before or after it.
//
// Source: docs.stripe.com/webhooks/signature, read 2026-11-25: five minutes.
const tolerance = 300

// verify returns an error unless body was signed with one of the secrets, about
// now.
//
// Source: docs.stripe.com/webhooks/signature, "Verify webhook signatures
// manually", read 2026-11-25. What is signed is the time, a dot and the body;
// the key is the whole secret, whsec_ included; v0 is for test events and proves
// nothing.
func (k keys) verify(header string, body []byte, now time.Time) error {
	at, signatures, ok := parseSignature(header)
	if !ok {
		return unsigned("Unable to extract timestamp and signatures from header")
	}
	matches := false
	for _, secret := range k.webhook {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(at))
		mac.Write([]byte{'.'})
		mac.Write(body)
		want := mac.Sum(nil)
		for _, got := range signatures {
			matches = hmac.Equal(got, want) || matches
		}
	}
	if !matches {
		return unsigned("No signatures found matching the expected signature for payload")
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if off := now.Unix() - seconds; err != nil || off > tolerance || off < -tolerance {
		return unsigned("Timestamp outside the tolerance zone")
	}
	return nil
}

// parseSignature reads "t=1700000000,v1=a1b2…,v1=…,v0=…". There must be one t,
// of at most 12 digits, and a v1 that can be read; others are left out.
func parseSignature(header string) (at string, signatures [][]byte, ok bool) {
	for field := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(field, "=")
		switch name {
		case "t":
			if at != "" || value == "" || len(value) > 12 || strings.Trim(value, "0123456789") != "" {
				return "", nil, false
			}
			at = value
		case "v1":
			if sum, err := hex.DecodeString(value); err == nil && len(sum) == sha256.Size {
				signatures = append(signatures, sum)
			}
		}
	}
	return at, signatures, at != "" && len(signatures) > 0
}

// unsigned is the error of a message that is not believed. Stripe expects 400,
// and the words are those of its own libraries: its dashboard shows them next to
// the delivery.
func unsigned(why string) error { return invalid(why, checkout.ErrSignature) }

// invalid is the error of a message that cannot be taken.
func invalid(why string, cause error) error {
	return &checkout.Error{Code: checkout.CodeInvalid, Message: "Webhook Error: " + why, Err: cause}
}
