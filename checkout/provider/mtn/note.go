package mtn

import (
	"strings"
	"unicode"
)

// maxNote is how long a message to payer or payee may be, in characters.
//
// Source: momodevelopercommunity.mtn.com, common errors, 400 BAD REQUEST, read
// 2026-11-25: more than 160 characters, and special ones such as an apostrophe,
// are refused.
const maxNote = 160

// plain spells the letters of French, and those of its neighbours, in ASCII.
var plain = strings.NewReplacer(
	"à", "a", "á", "a", "â", "a", "ã", "a", "ä", "a", "å", "a", "æ", "ae", "ç", "c",
	"è", "e", "é", "e", "ê", "e", "ë", "e", "ì", "i", "í", "i", "î", "i", "ï", "i",
	"ñ", "n", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ö", "o", "ø", "o", "œ", "oe",
	"ù", "u", "ú", "u", "û", "u", "ü", "u", "ý", "y", "ÿ", "y", "ß", "ss", "ɛ", "e", "ɔ", "o",
	"À", "A", "Á", "A", "Â", "A", "Ã", "A", "Ä", "A", "Å", "A", "Æ", "AE", "Ç", "C",
	"È", "E", "É", "E", "Ê", "E", "Ë", "E", "Ì", "I", "Í", "I", "Î", "I", "Ï", "I",
	"Ñ", "N", "Ò", "O", "Ó", "O", "Ô", "O", "Õ", "O", "Ö", "O", "Ø", "O", "Œ", "OE",
	"Ù", "U", "Ú", "U", "Û", "U", "Ü", "U", "Ý", "Y", "Ÿ", "Y", "Ɛ", "E", "Ɔ", "O",
)

// note returns text as MTN takes it: ASCII letters, digits, spaces, dots and
// dashes. Everything else becomes a space, so that words stay apart.
func note(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		case unicode.Is(unicode.Mn, r): // an accent that is a character of its own
			return -1
		}
		return ' '
	}, plain.Replace(text))
	text = strings.Join(strings.Fields(text), " ")
	return strings.TrimRight(text[:min(len(text), maxNote)], " ")
}
