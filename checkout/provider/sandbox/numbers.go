package sandbox

import (
	"strconv"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// phones says what the phone numbers with a meaning of their own come to; every
// other number pays. Digits only.
//
// Source: MTN MoMo developer portal, "Sandbox testing": the numbers of the
// collection sandbox, read 2026-09-02.
var phones = map[string]verdict{
	"46733123450": {checkout.OutcomeDecline, "failed"},
	"46733123451": {checkout.OutcomeCancel, "rejected"},
	"46733123452": {checkout.OutcomeDecline, "expired"},
	"46733123453": {checkout.OutcomeSilent, ""},
	"46733123454": {checkout.OutcomeDelay, ""},
	"46733123455": {checkout.OutcomeDecline, "payer_not_found"},
	"46733123456": {checkout.OutcomeDecline, "payee_not_allowed_to_receive"},
	"46733123457": {checkout.OutcomeDecline, "not_allowed"},
	"46733123458": {checkout.OutcomeDecline, "not_allowed_target_environment"},
	"46733123459": {checkout.OutcomeDecline, "invalid_callback_url_host"},
	"46733123460": {checkout.OutcomeDecline, "invalid_currency"},
	"46733123461": {checkout.OutcomeDecline, "internal_processing_error"},
	"46733123462": {checkout.OutcomeDecline, "service_unavailable"},
	"46733123463": {checkout.OutcomeDecline, "could_not_perform_transaction"},
	"46733123464": {checkout.OutcomeDecline, "transfer_type_unknown"},
}

// cards says what the test cards come to. A card that is not listed is refused,
// so that nobody types a real one twice; 3-D Secure leaves the outcome to the
// simulator's page.
//
// Source: https://docs.stripe.com/testing, read 2026-09-02, as lomi. uses them.
var cards = map[string]verdict{
	"4242424242424242": {checkout.OutcomeSucceed, ""},
	"4000000000000002": {checkout.OutcomeDecline, "card_declined"},
	"4000000000009995": {checkout.OutcomeDecline, "insufficient_funds"},
	"4000000000009987": {checkout.OutcomeDecline, "lost_card"},
	"4000000000009979": {checkout.OutcomeDecline, "stolen_card"},
	"4000000000000069": {checkout.OutcomeDecline, "expired_card"},
	"4000000000000127": {checkout.OutcomeDecline, "incorrect_cvc"},
	"4000000000000119": {checkout.OutcomeDecline, "processing_error"},
	"4000000000003155": {},
}

func phoneVerdict(phone string) verdict {
	if v, ok := phones[digits(phone)]; ok {
		return v
	}
	return verdict{outcome: checkout.OutcomeSucceed}
}

// cardVerdict checks a card as a form would and looks its number up.
func cardVerdict(c checkout.Card, now time.Time) verdict {
	if !validExpiry(c.Expiry, now) {
		return verdict{outcome: checkout.OutcomeDecline, reason: "invalid_expiry"}
	}
	if cvc := strings.TrimSpace(c.CVC); len(digits(cvc)) != len(cvc) || len(cvc) < 3 || len(cvc) > 4 {
		return verdict{outcome: checkout.OutcomeDecline, reason: "incorrect_cvc"}
	}
	if v, ok := cards[digits(c.Number)]; ok {
		return v
	}
	return verdict{outcome: checkout.OutcomeDecline, reason: "not_a_test_card"}
}

// validExpiry reports whether text is a month, MM/YY or MM/YYYY, that has not
// ended by now.
func validExpiry(text string, now time.Time) bool {
	mm, yy, _ := strings.Cut(strings.ReplaceAll(text, " ", ""), "/")
	month, err := strconv.Atoi(mm)
	year, err2 := strconv.Atoi(yy)
	if err != nil || err2 != nil || month < 1 || month > 12 || year < 0 || len(yy) != 2 && len(yy) != 4 {
		return false
	}
	if len(yy) == 2 {
		year += 2000
	}
	return now.UTC().Before(time.Date(year, time.Month(month)+1, 1, 0, 0, 0, 0, time.UTC))
}

// digits returns the decimal digits of text.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}
