package wave

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// problem returns the code of an error that Wave answered, "" if there is none.
// Both shapes are met: {"code":…} and {"error":{"code":…}}.
//
// Source: docs.wave.com/business, "Errors", and public clients, read 2026-11-22.
func problem(answer client.Answer) string {
	var flat struct {
		Code  string          `json:"code"`
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(answer.Body, &flat) != nil {
		return ""
	}
	var nested struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(flat.Error, &nested) != nil {
		return flat.Code
	}
	return cmp.Or(flat.Code, nested.Code)
}

// missing reports whether Wave says that it never heard of a session. A 404
// without Wave's words is somebody else's.
func missing(answer client.Answer) bool {
	return answer.Status == http.StatusNotFound && problem(answer) != ""
}

// trouble returns the error of an answer to a question, which says nothing about
// what was asked.
func trouble(answer client.Answer) error {
	if err := answer.Refused(); err != nil {
		return fmt.Errorf("wave: %w", err)
	}
	return fmt.Errorf("wave: %w", answer.Err())
}

// refusal returns the error of an order that was not fulfilled: a certain no if
// Wave says that the order is wrong, for reason unless its words say more, and
// else one that says nothing.
func refusal(answer client.Answer, reason string) error {
	switch answer.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusUnprocessableEntity:
		return &checkout.Declined{
			Reason: cmp.Or(reasons[problem(answer)], reason),
			Err:    fmt.Errorf("wave: %w", answer.Err()),
		}
	}
	return trouble(answer)
}
