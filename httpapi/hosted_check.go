package httpapi

import (
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// digits returns text without what people put between digits: everything but
// digits and the characters of keep goes.
func digits(text, keep string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || strings.ContainsRune(keep, r) {
			return r
		}
		return -1
	}, text)
}

// onlyOf reports whether text holds digits and characters of others alone.
func onlyOf(text, others string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return (r < '0' || r > '9') && !strings.ContainsRune(others, r) })
}

func checkEmail(w *words, value string) string {
	if !checkout.ValidEmail(value) {
		return w.BadEmail
	}
	return ""
}

// checkPhone accepts what E.164 and local habits write.
func checkPhone(w *words, value string) string {
	n := len(digits(value, ""))
	rest, _ := strings.CutPrefix(value, "+")
	if n < 6 || n > 15 || !onlyOf(rest, " .-/()\u00a0\u202f") {
		return w.BadPhone
	}
	return ""
}

// checkNumber accepts the lengths of ISO/IEC 7812. Check digits are left to the
// provider: some test numbers have none.
func checkNumber(w *words, value string) string {
	if n := len(digits(value, "")); n < 12 || n > 19 || !onlyOf(value, " -\u00a0") {
		return w.BadNumber
	}
	return ""
}

func checkExpiry(w *words, value string) string {
	if expiry(value) == "" || !onlyOf(value, " /-") {
		return w.BadExpiry
	}
	return ""
}

// expiry returns text, a month and a year of two or four digits, as MM/YY; ""
// if it is none.
func expiry(text string) string {
	month, year, ok := strings.Cut(strings.ReplaceAll(text, "-", "/"), "/")
	if !ok && len(digits(text, "")) > 2 {
		d := digits(text, "")
		month, year = d[:2], d[2:]
	}
	month, year = digits(month, ""), digits(year, "")
	if len(month) == 1 {
		month = "0" + month
	}
	if len(year) == 4 && year[:2] == "20" {
		year = year[2:]
	}
	if len(year) != 2 || month < "01" || month > "12" || len(month) != 2 {
		return ""
	}
	return month + "/" + year
}

func checkCVC(w *words, value string) string {
	if n := len(value); n < 3 || n > 4 || !onlyOf(value, "") {
		return w.BadCVC
	}
	return ""
}
