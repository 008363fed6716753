package mtn

import (
	"crypto/sha256"
	"fmt"
)

// reference returns the X-Reference-Id of an attempt or a refund: a UUID that
// has the form of version 4, as MTN demands, and is the same for the same id
// always. Changing how it is computed would orphan what MTN knows.
//
// Source: RFC 9562, 5.4, for the form.
func reference(id string) string {
	b := sha256.Sum256([]byte(id))
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
