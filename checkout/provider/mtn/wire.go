package mtn

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// collectRequest is the body of a request to pay.
//
// Source: momodeveloper.mtn.com, Collection API, POST /v1_0/requesttopay, read
// 2026-11-25.
type collectRequest struct {
	Amount       string `json:"amount"`
	Currency     string `json:"currency"`
	ExternalID   string `json:"externalId"`
	Payer        party  `json:"payer"`
	PayerMessage string `json:"payerMessage"`
	PayeeNote    string `json:"payeeNote"`
}

// refundRequest is the body of a refund.
//
// Source: momodeveloper.mtn.com, Disbursement API, POST /v1_0/refund, read
// 2026-11-25.
type refundRequest struct {
	Amount       string `json:"amount"`
	Currency     string `json:"currency"`
	ExternalID   string `json:"externalId"`
	PayerMessage string `json:"payerMessage"`
	PayeeNote    string `json:"payeeNote"`
	Reference    string `json:"referenceIdToRefund"`
}

// party is one side of a payment.
type party struct {
	Type string `json:"partyIdType"`
	ID   text   `json:"partyId"` // for MSISDN: with the calling code, without a plus
}

// transaction is how a payment or a refund stands.
type transaction struct {
	Amount   text   `json:"amount"`
	Currency string `json:"currency"`
	Charge   text   `json:"financialTransactionId"`
	Payer    party  `json:"payer"`
	Status   string `json:"status"`
	Reason   code   `json:"reason"`
}

// decodeTransaction reads how a payment or a refund stands. Its errors hold
// nothing of the answer, which has the payer's number in it.
func decodeTransaction(body []byte) (transaction, error) {
	var t transaction
	if json.Unmarshal(body, &t) != nil {
		return transaction{}, errors.New("mtn: the answer is not JSON, or not that of a transaction")
	}
	if t.Status == "" {
		return transaction{}, errors.New("mtn: the answer has no status")
	}
	return t, nil
}

// text is a string that may be written as a number.
type text string

// UnmarshalJSON keeps a number as it is spelt.
func (t *text) UnmarshalJSON(b []byte) error {
	var n json.Number
	if b[0] != '"' {
		err := json.Unmarshal(b, &n)
		*t = text(n)
		return err
	}
	return json.Unmarshal(b, (*string)(t))
}

// code is why a transaction failed: a string in practice, an object in MTN's
// specification. It only explains a status, and "" if it cannot be read.
type code string

// UnmarshalJSON takes either and returns no error.
func (c *code) UnmarshalJSON(b []byte) error {
	var o struct{ Code string }
	switch b[0] {
	case '"':
		_ = json.Unmarshal(b, (*string)(c))
	case '{':
		_ = json.Unmarshal(b, &o)
		*c = code(o.Code)
	}
	return nil
}

// codeOf returns the code of an error, "" if it has none.
func codeOf(body []byte) string {
	var e struct{ Code code }
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	return string(e.Code)
}

// accepted returns nil if MTN has taken a request, now or, by our reference,
// before. It returns a [checkout.Declined] if MTN certainly has not, and any
// other error if that is open.
func accepted(a client.Answer) error {
	code := codeOf(a.Body)
	if a.Status == http.StatusAccepted || a.Status/100 != 2 && code == codeExists {
		return nil
	}
	if err := a.Refused(); err != nil {
		return err
	}
	unclear := a.Status == http.StatusRequestTimeout || a.Status == http.StatusConflict
	if a.Status/100 == 4 && !unclear || a.Status/100 == 5 && refusals[code] {
		return &checkout.Declined{Reason: reasonFor(code, checkout.ReasonDeclined), Err: a.Err()}
	}
	return a.Err()
}
