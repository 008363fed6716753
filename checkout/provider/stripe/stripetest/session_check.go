package stripetest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// locales are some of those that Stripe's page speaks.
var locales = []string{"auto", "de", "en", "en-GB", "es", "fr", "fr-CA", "it", "nl", "pt", "pt-BR"}

// checkSession looks for what Stripe would refuse in each parameter by itself.
func (s *Server) checkSession(f form) *apiError {
	if fault := f.check(sessionParams...); fault != nil {
		return fault
	}
	for _, name := range []string{"mode", "success_url"} {
		if _, ok := f[name]; !ok {
			return required(name)
		}
	}
	if f["mode"] != "payment" {
		return invalid("", "mode", "Invalid mode: must be one of payment, setup, or subscription, and this server knows payment only")
	}
	for _, name := range []string{"success_url", "cancel_url"} {
		if fault := f.checkURL(name, s.config.Livemode); fault != nil {
			return fault
		}
	}
	for name, known := range map[string][]string{
		"locale": locales, "adaptive_pricing[enabled]": {"true", "false"}, "ui_mode": {"hosted_page"},
	} {
		if value, ok := f[name]; ok && !slices.Contains(known, value) {
			return invalid("", name, "Invalid %s: must be one of %s", name, strings.Join(known, ", "))
		}
	}
	if len([]rune(f["client_reference_id"])) > 200 {
		return invalid("", "client_reference_id", "Invalid string: must be at most 200 characters")
	}
	if email, ok := f["customer_email"]; ok && !address.MatchString(email) {
		return invalid("email_invalid", "customer_email", "Invalid email address: %s", email)
	}
	return nil
}

// lineItems adds the lines up and returns the name of the first.
func (f form) lineItems() (total int64, currency, title string, fault *apiError) {
	if _, ok := f["line_items[0][quantity]"]; !ok {
		return 0, "", "", required("line_items[0][quantity]")
	}
	for i := 0; i < 100; i++ {
		line := "line_items[" + strconv.Itoa(i) + "]"
		if _, ok := f[line+"[quantity]"]; !ok {
			break
		}
		amount, fault := f.line(line)
		if fault != nil {
			return 0, "", "", fault
		}
		if total > math.MaxInt64-amount {
			return 0, "", "", tooLarge()
		}
		total += amount
		got := f[line+"[price_data][currency]"]
		if i == 0 {
			currency, title = got, f[line+"[price_data][product_data][name]"]
		}
		if got != currency {
			return 0, "", "", invalid("", line+"[price_data][currency]", "All line items must have the same currency")
		}
	}
	return total, currency, title, nil
}

// line returns the amount of one line.
func (f form) line(line string) (int64, *apiError) {
	price := line + "[price_data]"
	for _, name := range []string{price + "[currency]", price + "[unit_amount]", price + "[product_data][name]"} {
		if _, ok := f[name]; !ok {
			return 0, required(name)
		}
	}
	currency := f[price+"[currency]"]
	if _, ok := minimums[currency]; !ok {
		return 0, invalid("", price+"[currency]", "Invalid currency: %s. Stripe currently supports these currencies: usd, eur, xof", currency)
	}
	unit, fault := f.integer(price+"[unit_amount]", 0)
	if fault != nil {
		return 0, fault
	}
	quantity, fault := f.integer(line+"[quantity]", 1)
	if fault != nil {
		return 0, fault
	}
	switch {
	case unit < 0:
		return 0, invalid("parameter_invalid_integer", price+"[unit_amount]", "Invalid non-negative integer")
	case quantity < 1:
		return 0, invalid("parameter_invalid_integer", line+"[quantity]", "This value must be greater than or equal to 1.")
	case unit > math.MaxInt64/quantity:
		return 0, tooLarge()
	}
	return unit * quantity, nil
}

// minimums are the smallest sums, in minor units.
//
// Source: docs.stripe.com/currencies, read 2026-11-25. 0.50 EUR are 327.98 XOF.
var minimums = map[string]int64{"eur": 50, "usd": 50, "xof": 328}

// checkTotal holds a sum to what can be charged.
func checkTotal(total int64, currency string) *apiError {
	switch {
	case total > 99_999_999:
		return tooLarge()
	case total < minimums[currency]:
		return invalid("amount_too_small", "", "The Checkout Session's total amount due must add up to at least %s %s",
			decimal(minimums[currency], currency), currency)
	}
	return nil
}

func tooLarge() *apiError {
	return invalid("amount_too_large", "", "The Checkout Session's total amount due must be no more than 8 digits")
}

// decimal spells a sum for people.
func decimal(amount int64, currency string) string {
	if strings.EqualFold(currency, "xof") {
		return strconv.FormatInt(amount, 10)
	}
	return fmt.Sprintf("%d.%02d", amount/100, amount%100)
}
