package mtntest

import "time"

// Statuses of payments and refunds.
const (
	pending    = "PENDING"
	successful = "SUCCESSFUL"
	failed     = "FAILED"
)

// outcome is what becomes of a payment or a refund by itself.
type outcome struct {
	status string
	reason string
	after  time.Duration
}

// number is what a phone number stands for.
type number struct {
	refused error // the request is not accepted
	first   string
	outcome outcome // no status: it stays as it is
}

// numbers are the phone numbers that decide by themselves, in EUR and in XOF.
//
// Source: momodeveloper.mtn.com, testing, read 2026-11-25. The first five are as
// they were seen in the sandbox on 2026-09-02 and 2026-09-09: accepted, and then
// as here. Of the others only the names are documented, "payer not found" and so
// on; that they are accepted and then fail, or are refused where the gateway
// would know at once, is a guess.
var numbers = map[string]number{
	"46733123450": {outcome: outcome{status: failed, reason: "INTERNAL_PROCESSING_ERROR"}},
	"46733123451": {outcome: outcome{status: failed, reason: "APPROVAL_REJECTED"}},
	"46733123452": {outcome: outcome{status: failed, reason: "EXPIRED"}},
	"46733123453": {},
	"46733123454": {first: "CREATED", outcome: outcome{status: successful, after: 25 * time.Second}},
	"46733123455": {outcome: outcome{status: failed, reason: "PAYER_NOT_FOUND"}},
	"46733123456": {outcome: outcome{status: failed, reason: "PAYEE_NOT_ALLOWED_TO_RECEIVE"}},
	"46733123457": {refused: errAllowed},
	"46733123458": {refused: errTarget},
	"46733123459": {refused: errCallback},
	"46733123460": {refused: errCurrency},
	"46733123461": {outcome: outcome{status: failed, reason: "INTERNAL_PROCESSING_ERROR"}},
	"46733123462": {refused: errService},
	"46733123463": {outcome: outcome{status: failed, reason: "COULD_NOT_PERFORM_TRANSACTION"}},
	"46733123464": {outcome: outcome{status: failed, reason: "TRANSFER_TYPE_UNKNOWN"}},
}

// number says what becomes of a payment by msisdn.
func (s *Server) number(msisdn string) number {
	if n, ok := numbers[msisdn]; ok {
		return n
	}
	if s.config.Manual {
		return number{outcome: outcome{failed, "COULD_NOT_PERFORM_TRANSACTION", promptLife}}
	}
	return number{outcome: outcome{successful, "", s.config.Delay}}
}

// refundNumbers are the values of referenceIdToRefund that decide by themselves.
//
// Source: momodeveloper.mtn.com, testing, read 2026-11-25: "not found", "failed"
// and "rejected", without the answers.
var refundNumbers = map[string]number{
	"1": {refused: errNotFound},
	"2": {outcome: outcome{status: failed, reason: "INTERNAL_PROCESSING_ERROR"}},
	"3": {outcome: outcome{status: failed, reason: "APPROVAL_REJECTED"}},
}
