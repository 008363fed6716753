package mtn

import (
	"strings"
	"unicode"
)

// Bounds of a number with its calling code, where the country is not known.
//
// Source: ITU-T E.164 (11/2010), 6.2, for the upper one.
const (
	minDigits = 7
	maxDigits = 15
)

// msisdn returns what a customer typed as MTN wants it: the calling code and the
// number, digits only. It reports false for what cannot be a wallet here.
func (e environment) msisdn(typed string) (string, bool) {
	number := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("-.()/", r) {
			return -1
		}
		return r
	}, typed)
	number, plus := strings.CutPrefix(number, "+")
	number, zeros := strings.CutPrefix(number, "00")
	if strings.Trim(number, "0123456789") != "" {
		return "", false
	}
	if e.code == "" {
		return number, len(number) >= minDigits && len(number) <= maxDigits && number[0] != '0' // no calling code begins with 0
	}
	if national, ok := strings.CutPrefix(number, e.code); ok && (plus || zeros || len(national) == e.digits) {
		number = national
	} else if plus || zeros {
		return "", false // of another country
	}
	return e.code + number, len(number) == e.digits && strings.HasPrefix(number, e.lead)
}

// mask hides all but the last three digits of a number.
func mask(number string) string {
	digits := []rune(number)
	for i := range max(len(digits)-3, 0) {
		digits[i] = '•'
	}
	return string(digits)
}
