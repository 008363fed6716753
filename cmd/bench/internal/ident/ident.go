// Package ident makes identifiers like checkoutd's own, for rows that the
// benchmark writes itself.
package ident

import (
	"encoding/base32"
	"encoding/binary"
	"io"
	"time"
)

// crockford is Crockford's base 32.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

// New returns prefix and 26 characters: 48 bits of at in Unix milliseconds,
// then 80 bits from random, as one number in base 32.
func New(prefix string, at time.Time, random io.Reader) (string, error) {
	// 32 characters hold 160 bits; the first 6 are the zeros that fill up 128
	// bits to 160 from the left, but for two bits.
	var b [20]byte
	binary.BigEndian.PutUint64(b[4:12], uint64(at.UnixMilli())<<16)
	if _, err := io.ReadFull(random, b[10:]); err != nil {
		return "", err
	}
	return prefix + crockford.EncodeToString(b[:])[6:], nil
}
