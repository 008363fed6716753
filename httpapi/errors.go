package httpapi

import (
	"errors"
	"net/http"

	"github.com/checkoutd/checkoutd/checkout"
)

// failure is an error as clients see it.
type failure struct {
	status  int
	code    string
	message string
	details any // an array of texts for bad fields, else a text or an object
	fields  map[string]string
}

func (f *failure) Error() string { return "httpapi: " + f.code + ": " + f.message }

// statusOf is the one table from the domain's codes to HTTP statuses.
var statusOf = map[checkout.Code]int{
	checkout.CodeInvalid:      http.StatusBadRequest,
	checkout.CodeUnauthorized: http.StatusUnauthorized,
	checkout.CodeForbidden:    http.StatusForbidden,
	checkout.CodeNotFound:     http.StatusNotFound,
	checkout.CodeConflict:     http.StatusConflict,
	checkout.CodeKeyReused:    http.StatusConflict,
	checkout.CodeNotOpen:      http.StatusConflict,
	checkout.CodeDeclined:     http.StatusPaymentRequired,
	checkout.CodeTooMany:      http.StatusTooManyRequests,
	checkout.CodeNoMethod:     http.StatusUnprocessableEntity,
	checkout.CodeNoRefund:     http.StatusUnprocessableEntity,
	checkout.CodeNoPartial:    http.StatusUnprocessableEntity,
	checkout.CodeUnavailable:  http.StatusServiceUnavailable,
	checkout.CodeInternal:     http.StatusInternalServerError,
	checkout.CodePaidOrder:    http.StatusConflict,
	checkout.CodeLinkClosed:   http.StatusGone,

	checkout.CodeAmountMismatch:  http.StatusBadRequest,
	checkout.CodeAmountLow:       http.StatusBadRequest,
	checkout.CodeAmountHigh:      http.StatusBadRequest,
	checkout.CodeAmountParts:     http.StatusBadRequest,
	checkout.CodeCurrency:        http.StatusBadRequest,
	checkout.CodeProductInactive: http.StatusBadRequest,
	checkout.CodePriceInactive:   http.StatusBadRequest,
	checkout.CodePriceOfOther:    http.StatusBadRequest,
	checkout.CodeCartRecurring:   http.StatusBadRequest,
	checkout.CodeCartOpen:        http.StatusBadRequest,

	checkout.CodeCouponBarred:    http.StatusBadRequest,
	checkout.CodeCouponUnknown:   http.StatusBadRequest,
	checkout.CodeCouponTwice:     http.StatusBadRequest,
	checkout.CodeCouponTooMany:   http.StatusBadRequest,
	checkout.CodeCouponInactive:  http.StatusBadRequest,
	checkout.CodeCouponEarly:     http.StatusBadRequest,
	checkout.CodeCouponExpired:   http.StatusBadRequest,
	checkout.CodeCouponUsedUp:    http.StatusBadRequest,
	checkout.CodeCouponFrequency: http.StatusBadRequest,
	checkout.CodeCouponQuantity:  http.StatusBadRequest,
	checkout.CodeCouponWho:       http.StatusBadRequest,
	checkout.CodeCouponNew:       http.StatusBadRequest,
	checkout.CodeCouponReturning: http.StatusBadRequest,
	checkout.CodeCouponScope:     http.StatusBadRequest,
	checkout.CodeCouponCurrency:  http.StatusBadRequest,
}

// failureOf returns err as clients see it. What is not meant for them reads as
// an internal error.
func failureOf(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return newFailure(http.StatusRequestEntityTooLarge, "payload_too_large", "The request body is too large")
	}
	var e *checkout.Error
	if !errors.As(err, &e) || e.Code == checkout.CodeInternal || statusOf[e.Code] == 0 {
		return newFailure(http.StatusInternalServerError, string(checkout.CodeInternal), "An unexpected error occurred")
	}
	f = newFailure(statusOf[e.Code], string(e.Code), e.Message)
	if e.Code == checkout.CodeInvalid {
		f.code = "bad_request"
	}
	if len(e.Fields) > 0 {
		if e.Code == checkout.CodeInvalid {
			f.code = "validation_failed"
		}
		texts := make([]string, len(e.Fields))
		f.fields = make(map[string]string, len(e.Fields))
		for i, field := range e.Fields {
			texts[i] = field.Message
			f.fields[field.Name] = field.Message
		}
		f.details = texts
	}
	return f
}

func newFailure(status int, code, message string) *failure {
	return &failure{status: status, code: code, message: message, details: http.StatusText(status)}
}

// wireError is the body of every answer with a status from 400 on. The message
// stands twice: lomi.'s own clients read the inner one, shop plugins the outer.
type wireError struct {
	Error struct {
		Code    string            `json:"code"`
		Message string            `json:"message"`
		Details any               `json:"details"`
		Fields  map[string]string `json:"fields,omitempty"`
	} `json:"error"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
}

func (f *failure) wire(requestID string) wireError {
	w := wireError{Message: f.message, RequestID: requestID}
	w.Error.Code, w.Error.Message, w.Error.Details, w.Error.Fields = f.code, f.message, f.details, f.fields
	return w
}
