package mtn

import "github.com/checkoutd/checkoutd/checkout"

// Codes that an answer turns on.
const (
	codeExists   = "RESOURCE_ALREADY_EXIST"
	codeNotFound = "RESOURCE_NOT_FOUND"
)

// reasons says what MTN's codes mean to a customer and a merchant.
//
// Source: momodeveloper.mtn.com, common error codes, and
// momodevelopercommunity.mtn.com, read 2026-11-25. INTERNAL_PROCESSING_ERROR is
// a default of MTN's that mostly means too little money, as the same page says;
// LOW_BALANCE… is what some countries say instead.
var reasons = map[string]string{
	"APPROVAL_REJECTED":             checkout.ReasonRejected,
	"PAYMENT_NOT_APPROVED":          checkout.ReasonRejected,
	"TRANSACTION_CANCELED":          checkout.ReasonCancelled,
	"EXPIRED":                       checkout.ReasonTimeout,
	"COULD_NOT_PERFORM_TRANSACTION": checkout.ReasonTimeout,
	"NOT_ENOUGH_FUNDS":              checkout.ReasonFunds,
	"INTERNAL_PROCESSING_ERROR":     checkout.ReasonFunds,
	"PAYER_LIMIT_REACHED":           checkout.ReasonLimit,
	"PAYER_NOT_FOUND":               checkout.ReasonPayerUnknown,
	"SENDER_ACCOUNT_NOT_ACTIVE":     checkout.ReasonPayerBlocked,
	"SERVICE_UNAVAILABLE":           checkout.ReasonUnavailable,

	"PAYEE_NOT_FOUND":                checkout.ReasonMerchant,
	"PAYEE_NOT_ALLOWED_TO_RECEIVE":   checkout.ReasonMerchant,
	"NOT_ALLOWED":                    checkout.ReasonMerchant,
	"NOT_ALLOWED_TARGET_ENVIRONMENT": checkout.ReasonMerchant,
	"INVALID_CALLBACK_URL_HOST":      checkout.ReasonMerchant,
	"INVALID_CURRENCY":               checkout.ReasonMerchant,

	"LOW_BALANCE_OR_PAYEE_LIMIT_REACHED_OR_NOT_ALLOWED": checkout.ReasonFunds,
}

// refusals are the codes by which MTN refuses a request before it does anything,
// although it answers 500 as for a fault of its own. The other codes of a 500,
// INTERNAL_PROCESSING_ERROR above all, leave open what was done.
//
// Source: momodeveloper.mtn.com, common error codes, read 2026-11-25.
var refusals = map[string]bool{
	"NOT_ALLOWED":                    true,
	"NOT_ALLOWED_TARGET_ENVIRONMENT": true,
	"INVALID_CALLBACK_URL_HOST":      true,
	"INVALID_CURRENCY":               true,
	"PAYER_NOT_FOUND":                true,
	"PAYEE_NOT_FOUND":                true,
	"PAYEE_NOT_ALLOWED_TO_RECEIVE":   true,
	"PAYER_LIMIT_REACHED":            true,
	"NOT_ENOUGH_FUNDS":               true,
	"SENDER_ACCOUNT_NOT_ACTIVE":      true,
}

// failures are the statuses of what came to nothing, with the reason that they
// are if no code says more. FAILED is the one that MTN documents.
var failures = map[string]string{
	"FAILED":    checkout.ReasonDeclined,
	"REJECTED":  checkout.ReasonRejected,
	"TIMEOUT":   checkout.ReasonTimeout,
	"CANCELLED": checkout.ReasonCancelled,
}

// reasonFor returns the reason that code stands for, or the one given if that is
// not known.
func reasonFor(code, otherwise string) string {
	if r, ok := reasons[code]; ok {
		return r
	}
	return otherwise
}
