package checkout

import "strings"

// MaxAmount is the largest amount of a [Money] that is accepted, 2^53−1: the
// largest integer that every JSON reader keeps exactly.
const MaxAmount = 1<<53 - 1

// Currency is an ISO 4217 code that [ParseCurrency] accepts.
type Currency string

// The accepted currencies.
const (
	XOF Currency = "XOF" // West African CFA franc, which has no subunit
	USD Currency = "USD"
	EUR Currency = "EUR"
)

// exponents holds the number of decimal places of each accepted currency.
//
// Source: ISO 4217 list one (SIX), as of 2026-01-01.
var exponents = map[Currency]int{XOF: 0, USD: 2, EUR: 2}

// ParseCurrency returns the currency that text names in either case.
func ParseCurrency(text string) (Currency, error) {
	c := Currency(strings.ToUpper(text))
	if _, ok := exponents[c]; !ok {
		return "", invalid("currency_code", "currency_code must be one of XOF, USD, EUR")
	}
	return c, nil
}

// Exponent returns the number of decimal places: 2 for USD, 0 for XOF.
func (c Currency) Exponent() int { return exponents[c] }

// Money is an amount of minor units: 12500 XOF is 12 500 francs, 12500 EUR is
// 125 euros.
type Money struct {
	Amount   int64
	Currency Currency
}

// validate returns an error for field unless m can be charged: 1 to MaxAmount.
func (m Money) validate(field string) error {
	switch {
	case m.Amount <= 0:
		return invalid(field, field+" must be greater than 0")
	case m.Amount > MaxAmount:
		return invalid(field, field+" must be at most 9007199254740991")
	}
	return nil
}
