package stripetest

import (
	"regexp"
	"slices"
	"strings"
)

// card is how a test card behaves.
type card struct {
	brand    string
	decline  string // why it is refused, "" if it is not
	asks     bool   // for 3-D Secure first
	disputed bool   // paid, and then disputed
}

// cards are the test cards. Expiry and CVC do not matter.
//
// Source: docs.stripe.com/testing, read 2026-11-25.
var cards = map[string]card{
	"4242424242424242": {brand: "visa"},
	"5555555555554444": {brand: "mastercard"},
	"378282246310005":  {brand: "amex"},
	"4000000000000002": {brand: "visa", decline: "generic_decline"},
	"4000000000009995": {brand: "visa", decline: "insufficient_funds"},
	"4000000000009987": {brand: "visa", decline: "lost_card"},
	"4000000000009979": {brand: "visa", decline: "stolen_card"},
	"4000000000000069": {brand: "visa", decline: "expired_card"},
	"4000000000000127": {brand: "visa", decline: "incorrect_cvc"},
	"4000000000000119": {brand: "visa", decline: "processing_error"},
	"4000000000006975": {brand: "visa", decline: "card_velocity_exceeded"},
	"4000000000000341": {brand: "visa", decline: "generic_decline"},
	"4100000000000019": {brand: "visa", decline: "fraudulent"},
	"4242424242424241": {brand: "visa", decline: "incorrect_number"},
	"4000000000000259": {brand: "visa", disputed: true},
	"4000000000003055": {brand: "visa"},
	"4000002500003155": {brand: "visa", asks: true},
	"4000002760003184": {brand: "visa", asks: true},
	"4000000000003220": {brand: "visa", asks: true},
	"4000003800000446": {brand: "visa", asks: true},
	"4000008400001629": {brand: "visa", asks: true, decline: "generic_decline"},
	"4000008260003178": {brand: "visa", asks: true, decline: "insufficient_funds"},
}

// cardOf returns how a number behaves. One that is not listed is refused as a
// real card is in test mode.
func cardOf(number string) (card, methodDetails) {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
	c, ok := cards[digits]
	if !ok {
		c = card{brand: "unknown", decline: "test_mode_live_card"}
	}
	return c, methodDetails{Type: "card", Card: &cardDetails{c.brand, digits[max(len(digits)-4, 0):]}}
}

// unauthenticated is the code of a customer who did not get through 3-D Secure.
const unauthenticated = "payment_intent_authentication_failure"

// own are the decline codes that stand as the code of an error too; the others
// stand behind card_declined.
//
// Source: docs.stripe.com/declines/codes, read 2026-11-25.
var own = map[string]string{
	"expired_card":     "Your card has expired.",
	"incorrect_cvc":    "Your card's security code is incorrect.",
	"incorrect_number": "Your card number is incorrect.",
	"processing_error": "An error occurred while processing your card. Try again in a little bit.",
	unauthenticated:    "The provided PaymentMethod has failed authentication.",
}

// declineCodes are the codes of the cards above and of a customer who did not get
// through 3-D Secure, first the one that says nothing.
func declineCodes() []string {
	codes := []string{"generic_decline"}
	for _, c := range cards {
		if c.decline != "" && !slices.Contains(codes, c.decline) {
			codes = append(codes, c.decline)
		}
	}
	slices.Sort(codes[1:])
	return append(codes, unauthenticated)
}

var declineShape = regexp.MustCompile(`^[a-z_]{3,64}$`)

// refusal is the error of a card that is refused for that reason.
func refusal(decline string) *cardError {
	if message, ok := own[decline]; ok {
		e := &cardError{Type: "card_error", Code: decline, DeclineCode: decline, Message: message}
		if decline == unauthenticated {
			e.Type, e.DeclineCode = "invalid_request_error", ""
		}
		return e
	}
	e := &cardError{Type: "card_error", Code: "card_declined", DeclineCode: decline, Message: "Your card was declined."}
	if decline == "insufficient_funds" {
		e.Message = "Your card has insufficient funds."
	}
	return e
}
