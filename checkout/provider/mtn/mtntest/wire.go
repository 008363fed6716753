package mtntest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// refusal is an error of the API.
type refusal struct {
	status        int
	code, message string
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

// Errors of the API.
//
// Source: momodeveloper.mtn.com, common error codes, read 2026-11-25. That a
// code other than RESOURCE_… has the status 500 was seen with INVALID_CURRENCY.
var (
	errExists   = &refusal{http.StatusConflict, "RESOURCE_ALREADY_EXIST", "Duplicated reference id. Creation of resource failed."}
	errNotFound = &refusal{http.StatusNotFound, "RESOURCE_NOT_FOUND", "Requested resource was not found."}
	errCurrency = &refusal{http.StatusInternalServerError, "INVALID_CURRENCY", "Currency not supported."}
	errTarget   = &refusal{http.StatusInternalServerError, "NOT_ALLOWED_TARGET_ENVIRONMENT", "Access to target environment is forbidden."}
	errCallback = &refusal{http.StatusInternalServerError, "INVALID_CALLBACK_URL_HOST", "Callback URL with different host name to configured for API User."}
	errAllowed  = &refusal{http.StatusInternalServerError, "NOT_ALLOWED", "Authorization failed. User does not have permission."}
	errService  = &refusal{http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE", "Service temporarily unavailable, try again later."}
)

// bad is a 400. What MTN answers is not documented beyond the status.
func bad(format string, args ...any) error {
	return &refusal{http.StatusBadRequest, "", fmt.Sprintf(format, args...)}
}

// write answers with JSON.
func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// finish answers with status and no body, or with err.
func finish(w http.ResponseWriter, status int, err error) {
	var r *refusal
	switch {
	case err == nil:
		w.WriteHeader(status)
	case errors.As(err, &r):
		body := map[string]string{"message": r.message}
		if r.code != "" {
			body["code"] = r.code
		}
		write(w, r.status, body)
	default:
		write(w, http.StatusInternalServerError, map[string]string{"code": "INTERNAL_PROCESSING_ERROR", "message": err.Error()})
	}
}

// decode reads the body of a request.
func decode(r *http.Request, v any) error {
	if r.Header.Get("Content-Type") != "application/json" {
		return bad("Content-Type must be application/json")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil || json.Unmarshal(body, v) != nil {
		return bad("the body is not that of this call")
	}
	return nil
}

var (
	uuidForm   = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`)
	msisdnForm = regexp.MustCompile(`^[1-9][0-9]{6,14}$`)
	amountForm = regexp.MustCompile(`^[0-9]{1,16}(\.[0-9]{1,2})?$`)
	noteForm   = regexp.MustCompile(`^[A-Za-z0-9 .-]{0,160}$`)
)

// newReference returns the X-Reference-Id of a request that makes something.
func newReference(r *http.Request) (string, error) {
	reference := r.Header.Get("X-Reference-Id")
	if !uuidForm.MatchString(reference) {
		return "", bad("X-Reference-Id must be a UUID of version 4")
	}
	return strings.ToLower(reference), nil
}

// notes checks the messages to payer and payee.
func notes(texts ...string) error {
	for _, text := range texts {
		if !noteForm.MatchString(text) {
			return bad("payerMessage and payeeNote hold at most 160 characters and no special ones")
		}
	}
	return nil
}

// places is the number of decimal places of a currency.
func places(currency string) int {
	if currency == "XOF" {
		return 0
	}
	return 2
}

// minor returns an amount of currency in its smallest unit: "10.5" EUR is 1050.
func minor(amount, currency string) (int64, error) {
	whole, fraction, _ := strings.Cut(amount, ".")
	if !amountForm.MatchString(amount) || len(fraction) > places(currency) {
		return 0, bad("amount must be a number of %s, as a string", currency)
	}
	units, err := strconv.ParseInt(whole+(fraction + "00")[:places(currency)], 10, 64)
	if err != nil || units <= 0 {
		return 0, bad("amount must be more than 0")
	}
	return units, nil
}

// decimal is the reverse of minor.
func decimal(units int64, currency string) string {
	if places(currency) == 0 {
		return strconv.FormatInt(units, 10)
	}
	return fmt.Sprintf("%d.%02d", units/100, units%100)
}
