package checkout

import (
	"strings"
	"time"
)

// Customer is somebody who pays a merchant.
type Customer struct {
	ID      string
	Account int64
	Version int64

	Contact         // the email address as it was given, the phone number in E.164
	WhatsApp string // in E.164
	Business bool
	Metadata Metadata

	CreatedAt time.Time
	UpdatedAt time.Time
}

// CustomerQuery says which customers of an account to list. Zero fields do not
// restrict.
type CustomerQuery struct {
	Account  int64
	Search   string // in the name, the email address or the phone number; A to Z in either case
	Business *bool
	Page
}

// EmailKey returns what two spellings of one email address have in common.
func EmailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// ParsePhone returns text in E.164, such as +2250707070707, if it is a number in
// international form: with + or 00, and maybe marks between the digits.
//
// Source: ITU-T E.164 (2010), 6.2: at most 15 digits, the first of a country code
// is not 0.
func ParsePhone(text string) (number string, ok bool) {
	text = strings.TrimSpace(text)
	var b strings.Builder
	for i, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+' && i == 0, strings.ContainsRune(" .-/()\u00a0\u202f", r):
		default:
			return "", false
		}
	}
	digits := b.String()
	if !strings.HasPrefix(text, "+") {
		var international bool
		if digits, international = strings.CutPrefix(digits, "00"); !international {
			return "", false
		}
	}
	if len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return "", false
	}
	return "+" + digits, true
}
