package httpapi

import "regexp"

// placeholder matches the spellings of {CHECKOUT_SESSION_ID} that clients use:
// one or two braces, encoded or not, any case. (?i) would also take K and S of
// other alphabets.
var placeholder = regexp.MustCompile(
	`(?:\{\{|%7[Bb]%7[Bb])` + placeholderName + `(?:\}\}|%7[Dd]%7[Dd])` +
		`|(?:\{|%7[Bb])` + placeholderName + `(?:\}|%7[Dd])`)

const placeholderName = `[Cc][Hh][Ee][Cc][Kk][Oo][Uu][Tt]_[Ss][Ee][Ss][Ss][Ii][Oo][Nn]_[Ii][Dd]`

// fillURL returns address with the session's identifier in each placeholder.
// Every other byte stays as the merchant wrote it.
func fillURL(address, session string) string {
	return placeholder.ReplaceAllLiteralString(address, session)
}
