package checkout

import (
	"encoding/binary"
	"io"
	"strings"
	"time"
)

// Prefixes of identifiers.
const (
	prefixSession  = "cs_"
	prefixAttempt  = "txn_"
	prefixEvent    = "evt_"
	prefixRefund   = "re_"
	prefixEndpoint = "we_"
	prefixMerchant = "mer_"
	prefixKey      = "key_"

	prefixProduct      = "prod_"
	prefixPrice        = "price_"
	prefixCustomer     = "cus_"
	prefixCoupon       = "cpn_"
	prefixLink         = "plink_"
	prefixSubscription = "sub_"
)

// Prefixes of identifiers that other packages make, or check.
const (
	PrefixEvent        = prefixEvent
	PrefixTry          = "try_"
	PrefixProduct      = prefixProduct
	PrefixPrice        = prefixPrice
	PrefixCustomer     = prefixCustomer
	PrefixCoupon       = prefixCoupon
	PrefixLink         = prefixLink
	PrefixSubscription = prefixSubscription
	PrefixRefund       = prefixRefund
)

// alphabet is Crockford's base 32 in ascending ASCII order, so that the text of
// two identifiers sorts as their numbers do.
//
// Source: https://www.crockford.com/base32.html, read 2026-11-23.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// idLen is the length of an identifier without its prefix: 128 bits in groups
// of five.
const idLen = 26

// NewID returns prefix and 26 characters: 48 bits of now in Unix milliseconds,
// then 80 bits from random. Identifiers sort by the time they were made, and
// those of one millisecond cannot be guessed from each other.
func NewID(prefix string, now time.Time, random io.Reader) (string, error) {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	if _, err := io.ReadFull(random, b[6:]); err != nil {
		return "", err
	}
	return prefix + encodeID(b), nil
}

// encodeID writes the 128 bits of b, most significant first.
func encodeID(b [16]byte) string {
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var out [idLen]byte
	for i := idLen - 1; i >= 0; i-- {
		out[i] = alphabet[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out[:])
}

// IDFloor returns the smallest identifier that could be made at t. Everything
// made before t sorts below it.
func IDFloor(prefix string, t time.Time) string {
	var b [16]byte
	ms := min(max(t.UnixMilli(), 0), 1<<48-1)
	binary.BigEndian.PutUint64(b[:8], uint64(ms)<<16)
	return prefix + encodeID(b)
}

// ValidSessionID reports whether id has the form of a session's identifier.
func ValidSessionID(id string) bool { return ValidID(prefixSession, id) }

// ValidID reports whether id is prefix and 26 characters of the alphabet.
func ValidID(prefix, id string) bool {
	rest, ok := strings.CutPrefix(id, prefix)
	if !ok || len(rest) != idLen {
		return false
	}
	for i := range len(rest) {
		if strings.IndexByte(alphabet, rest[i]) < 0 {
			return false
		}
	}
	return true
}
