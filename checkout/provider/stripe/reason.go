package stripe

import "github.com/checkoutd/checkoutd/checkout"

// declines says what Stripe's words for a refused card mean here. What is not
// listed is a plain no, and so are lost, stolen and fraudulent cards, of which
// the person with the card in hand must not be told.
//
// Source: docs.stripe.com/declines/codes and docs.stripe.com/error-codes, read
// 2026-11-25.
var declines = map[string]string{
	"insufficient_funds":                     checkout.ReasonFunds,
	"card_velocity_exceeded":                 checkout.ReasonLimit,
	"withdrawal_count_limit_exceeded":        checkout.ReasonLimit,
	"invalid_amount":                         checkout.ReasonLimit,
	"card_not_supported":                     checkout.ReasonPayerBlocked,
	"currency_not_supported":                 checkout.ReasonPayerBlocked,
	"not_permitted":                          checkout.ReasonPayerBlocked,
	"restricted_card":                        checkout.ReasonPayerBlocked,
	"service_not_allowed":                    checkout.ReasonPayerBlocked,
	"transaction_not_allowed":                checkout.ReasonPayerBlocked,
	"invalid_account":                        checkout.ReasonPayerUnknown,
	"issuer_not_available":                   checkout.ReasonUnavailable,
	"payment_intent_payment_attempt_expired": checkout.ReasonTimeout,
	"authentication_required":                "authentication_failed",
	"payment_intent_authentication_failure":  "authentication_failed",
	"expired_card":                           "expired_card",
	"incorrect_cvc":                          "incorrect_cvc",
	"invalid_cvc":                            "incorrect_cvc",
	"incorrect_number":                       "incorrect_number",
	"invalid_number":                         "incorrect_number",
	"invalid_expiry_month":                   "invalid_expiry",
	"invalid_expiry_year":                    "invalid_expiry",
	"processing_error":                       "processing_error",
	"testmode_decline":                       "not_a_test_card",
}

// declineReason returns why a card was refused. The decline code, from the
// issuer, says more than the code.
func declineReason(code, declineCode string) string {
	for _, word := range []string{declineCode, code} {
		if reason, ok := declines[word]; ok {
			return reason
		}
	}
	return checkout.ReasonDeclined
}

// startReason returns why a Checkout Session was refused. Unless it is the sum
// or the customer, the account is at fault, or this package.
func startReason(f *failure) string {
	switch {
	case f.Type == "card_error":
		return declineReason(f.Code, f.DeclineCode)
	case f.Code == "amount_too_small":
		return checkout.ReasonAmountTooLow
	case f.Code == "amount_too_large":
		return checkout.ReasonAmountTooHigh
	case f.Code == "email_invalid" || f.Param == "customer_email":
		return checkout.ReasonDeclined
	}
	return checkout.ReasonMerchant
}

// refusals says why a refund is refused at once.
//
// Source: docs.stripe.com/error-codes, read 2026-11-25.
var refusals = map[string]string{
	"charge_already_refunded": "charge_already_refunded",
	"charge_disputed":         "charge_disputed",
	"balance_insufficient":    checkout.ReasonFunds,
	"insufficient_funds":      checkout.ReasonFunds,
	"amount_too_large":        checkout.ReasonAmountTooHigh,
	"amount_too_small":        checkout.ReasonAmountTooLow,
	"resource_missing":        checkout.ReasonMerchant,
}

// refusalReason returns why a refund was refused. More than is left of a charge
// has no code of its own, only the parameter.
func refusalReason(f *failure) string {
	if reason, ok := refusals[f.Code]; ok {
		return reason
	}
	if f.Param == "amount" {
		return checkout.ReasonAmountTooHigh
	}
	return checkout.ReasonDeclined
}

// returns says why a refund failed on its way.
//
// Source: docs.stripe.com/api/refunds/object, failure_reason, read 2026-11-25.
var returns = map[string]string{
	"insufficient_funds":                 checkout.ReasonFunds,
	"lost_or_stolen_card":                "lost_or_stolen_card",
	"expired_or_canceled_card":           "expired_or_canceled_card",
	"charge_for_pending_refund_disputed": "charge_disputed",
	"merchant_request":                   checkout.ReasonCancelled,
}

func returnReason(word string) string {
	if reason, ok := returns[word]; ok {
		return reason
	}
	return checkout.ReasonDeclined
}
