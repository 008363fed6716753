package mtn

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// send returns m as it is written in a request: "1000" for 1000 francs, "10.50"
// for 1050 cents. In the sandbox francs are called EUR.
func (e environment) send(m checkout.Money) (amount, currency string) {
	amount = strconv.FormatInt(m.Amount, 10)
	if places := m.Currency.Exponent(); places > 0 {
		amount = fmt.Sprintf("%0*d", places+1, m.Amount)
		amount = amount[:len(amount)-places] + "." + amount[len(amount)-places:]
	}
	if e.name == sandbox && m.Currency == checkout.XOF {
		return amount, string(checkout.EUR)
	}
	return amount, string(m.Currency)
}

// read is the reverse of send for an answer about an attempt in the currency
// asked. It returns an error for what is no amount of its currency, such as half
// a franc.
func (e environment) read(amount, currency string, asked checkout.Currency) (checkout.Money, error) {
	c := checkout.Currency(strings.ToUpper(currency))
	if e.name == sandbox && asked == checkout.XOF && c == checkout.EUR {
		c = checkout.XOF
	}
	if len(c) != 3 || strings.Trim(string(c), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return checkout.Money{}, fmt.Errorf("mtn: %.10q is no currency", currency)
	}
	if _, err := checkout.ParseCurrency(string(c)); err != nil {
		// Its places are not known here, and it is not what was asked for
		// whatever the amount: whole units will do.
		amount, _, _ = strings.Cut(amount, ".")
	}
	units, err := parseDecimal(amount, c.Exponent())
	return checkout.Money{Amount: units, Currency: c}, err
}

// parseDecimal returns a decimal such as "10.5" in units of 10^-places. Digits
// behind those places must be zeros.
func parseDecimal(text string, places int) (int64, error) {
	whole, fraction, dot := strings.Cut(text, ".")
	if whole == "" || dot && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, fmt.Errorf("mtn: %.30q is no amount", text)
	}
	if len(fraction) < places {
		fraction += strings.Repeat("0", places-len(fraction))
	}
	if strings.Trim(fraction[places:], "0") != "" {
		return 0, fmt.Errorf("mtn: %.30q has more than %d decimal places", text, places)
	}
	units, err := strconv.ParseInt(whole+fraction[:places], 10, 64)
	if err != nil || units > checkout.MaxAmount {
		return 0, fmt.Errorf("mtn: %.30q is too large", text)
	}
	return units, nil
}
