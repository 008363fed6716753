package httpapi

import (
	"strconv"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// spaces are what people put between groups of digits.
var spaces = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "\u2009", "", "'", "", "’", "")

// parseAmount reads an amount in major units as people write it: "10000",
// "1 234,50", "12.5", "1,234.50". It reports false for what is none, and for more
// decimals than the currency has.
func (l locale) parseAmount(text string, c checkout.Currency) (minor int64, ok bool) {
	text = spaces.Replace(text)
	whole, decimals, ok := l.cutDecimals(text, c.Exponent())
	if !ok || whole == "" || len(decimals) > c.Exponent() || !onlyOf(whole+decimals, "") || len(whole) > 16 {
		return 0, false
	}
	for len(decimals) < c.Exponent() {
		decimals += "0"
	}
	minor, err := strconv.ParseInt(whole+decimals, 10, 64)
	return minor, err == nil && minor <= checkout.MaxAmount
}

// cutDecimals cuts text at its decimal sign and drops the signs between groups of
// digits. A sign is a decimal one if another kind stands before it, or if it stands
// alone and no group of three follows. What could be both, such as 1.234, counts as
// a group where the language writes it so or the currency has no decimals; else it
// has more decimals than any currency.
func (l locale) cutDecimals(text string, exponent int) (whole, decimals string, ok bool) {
	at := strings.LastIndexAny(text, ".,")
	if at < 0 {
		return text, "", true
	}
	sign, before := text[at:at+1], text[:at]
	other := map[string]string{".": ",", ",": "."}[sign]
	grouped := strings.Contains(before, sign)
	if !grouped && !strings.Contains(before, other) && len(text)-at-1 == 3 {
		grouped = exponent == 0 || l == english && sign == ","
	}
	if grouped {
		whole, ok = ungroup(text, sign)
		return whole, "", ok
	}
	if whole, ok = ungroup(before, other); text[at+1:] == "" {
		ok = false
	}
	return whole, text[at+1:], ok
}

// ungroup drops the signs between groups of three digits. It reports whether all
// groups but the first have three.
func ungroup(text, sign string) (string, bool) {
	groups := strings.Split(text, sign)
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && (g == "" || len(g) > 3) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// plainAmount returns an amount as it can be typed in l: "10000", "1234,50".
func (l locale) plainAmount(m checkout.Money) string {
	n := m.Currency.Exponent()
	text := strconv.FormatInt(m.Amount, 10)
	if n == 0 {
		return text
	}
	for len(text) <= n {
		text = "0" + text
	}
	point := "."
	if l == french {
		point = ","
	}
	return text[:len(text)-n] + point + text[len(text)-n:]
}
