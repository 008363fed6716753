package stripetest

import (
	"fmt"
	"net/http"
)

// apiError is the error of an answer.
//
// Source: docs.stripe.com/api/errors, read 2026-11-25.
type apiError struct {
	Code    string `json:"code,omitempty"`
	DocURL  string `json:"doc_url,omitempty"`
	Message string `json:"message"`
	Param   string `json:"param,omitempty"`
	Type    string `json:"type"`

	status int
}

func (e *apiError) Error() string { return e.Message }

// invalid is a request that Stripe cannot take.
func invalid(code, param, format string, args ...any) *apiError {
	e := &apiError{Type: "invalid_request_error", Code: code, Param: param, Message: fmt.Sprintf(format, args...), status: http.StatusBadRequest}
	if code != "" {
		e.DocURL = "https://stripe.com/docs/error-codes/" + code
	}
	return e
}

// missing is an object of a path that does not exist.
func missing(kind, param, id string) *apiError {
	e := invalid("resource_missing", param, "No such %s: '%s'", kind, id)
	e.status = http.StatusNotFound
	return e
}

// required is a parameter that was left out.
func required(param string) *apiError {
	return invalid("parameter_missing", param, "Missing required param: %s.", param)
}
