package wave

import (
	"fmt"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// money reads an amount as Wave spells it: "2500", "2500.00". What cannot be
// paid in the currency, such as half a franc, is an error, and so is a currency
// whose minor unit is not known.
func money(amount, currency string) (checkout.Money, error) {
	c, err := checkout.ParseCurrency(currency)
	if err != nil {
		return checkout.Money{}, fmt.Errorf("wave: currency %.20q is unknown", currency)
	}
	whole, fraction, _ := strings.Cut(amount, ".")
	if whole == "" || strings.HasSuffix(amount, ".") {
		return checkout.Money{}, fmt.Errorf("wave: amount %.40q is not a number", amount)
	}
	for len(fraction) < c.Exponent() {
		fraction += "0"
	}
	var minor int64
	for _, digit := range whole + fraction[:c.Exponent()] {
		if digit < '0' || digit > '9' {
			return checkout.Money{}, fmt.Errorf("wave: amount %.40q is not a number", amount)
		}
		if minor = minor*10 + int64(digit-'0'); minor > checkout.MaxAmount {
			return checkout.Money{}, fmt.Errorf("wave: amount %.40q is too large", amount)
		}
	}
	if strings.Trim(fraction[c.Exponent():], "0") != "" {
		return checkout.Money{}, fmt.Errorf("wave: amount %.40q is not one of %s", amount, c)
	}
	return checkout.Money{Amount: minor, Currency: c}, nil
}

// change reads an amount that may be negative, as statements have them.
func change(amount, currency string) (checkout.Money, error) {
	digits, negative := strings.CutPrefix(amount, "-")
	m, err := money(digits, currency)
	if negative {
		m.Amount = -m.Amount
	}
	return m, err
}
