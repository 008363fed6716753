package orange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// Limits of the fields of a payment, in characters.
//
// Source: Getting started, section 3.1.1, read 2026-11-25.
const (
	maxReference = 30 // order_id too
	maxURL       = 120
)

// payment is the question of webpayment.
type payment struct {
	MerchantKey string `json:"merchant_key"`
	Currency    string `json:"currency"`
	OrderID     string `json:"order_id"` // our attempt, unique at Orange
	Amount      int64  `json:"amount"`   // whole francs, or units of the sandbox
	ReturnURL   string `json:"return_url"`
	CancelURL   string `json:"cancel_url"`
	NotifURL    string `json:"notif_url"`
	Lang        string `json:"lang"`
	Reference   string `json:"reference"` // whom the customer pays, shown on the page
}

// page is the answer of webpayment.
type page struct {
	Status     json.Number `json:"status"` // 201, in the body too
	Message    string      `json:"message"`
	PayToken   string      `json:"pay_token"`
	PaymentURL string      `json:"payment_url"`
	NotifToken string      `json:"notif_token"`
}

// Start asks for a payment page.
func (p *Provider) Start(ctx context.Context, o checkout.Order) (checkout.Started, error) {
	question, err := p.payment(o)
	if err != nil {
		return checkout.Started{}, err
	}
	nonce, err := p.vault.nonce() // before the call: afterwards nothing of ours may fail
	if err != nil {
		return checkout.Started{}, fmt.Errorf("%w: %w", checkout.ErrNotSent, err)
	}
	a, err := p.call(ctx, "webpayment", question)
	if err != nil {
		return checkout.Started{}, err
	}
	got, err := readPage(a)
	if err != nil {
		return checkout.Started{}, err
	}
	return checkout.Started{
		Ref:    ref(got.NotifToken),
		Secret: p.vault.seal(nonce, o.Attempt.ID, got.PayToken),
		Next:   checkout.Next{Kind: checkout.NextRedirect, URL: got.PaymentURL},
		Until:  p.clock.Now().UTC().Add(life),
	}, nil
}

// payment returns the question for o, or a [checkout.Declined] if Orange would
// certainly refuse it.
func (p *Provider) payment(o checkout.Order) (payment, error) {
	q := payment{
		MerchantKey: string(p.keys.merchantKey),
		Currency:    p.currency,
		OrderID:     o.Attempt.ID,
		Amount:      o.Attempt.Amount.Amount,
		ReturnURL:   o.SuccessURL,
		CancelURL:   o.CancelURL,
		NotifURL:    o.NotifyURL,
		Lang:        "fr",
		Reference:   cut(o.Title, maxReference),
	}
	if o.Locale == "en" {
		q.Lang = "en"
	}
	if total := o.Attempt.Amount; total.Currency != checkout.XOF || total.Amount <= 0 {
		return q, merchantFault(fmt.Errorf("%d %s cannot be collected", total.Amount, total.Currency))
	}
	for _, f := range []struct {
		name, value string
		most        int
	}{
		{"order_id", q.OrderID, maxReference},
		{"return_url", q.ReturnURL, maxURL}, {"cancel_url", q.CancelURL, maxURL}, {"notif_url", q.NotifURL, maxURL},
	} {
		if len(f.value) == 0 || len(f.value) > f.most {
			return q, merchantFault(fmt.Errorf("%s must have 1 to %d characters and has %d", f.name, f.most, len(f.value)))
		}
	}
	return q, nil
}

func merchantFault(err error) error {
	return &checkout.Declined{Reason: checkout.ReasonMerchant, Err: err}
}

// cut returns text on one line and in at most so many bytes, without half a
// character.
func cut(text string, most int) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if len(text) <= most {
		return text
	}
	return strings.TrimSpace(strings.ToValidUTF8(text[:most], ""))
}

// readPage reads the answer of webpayment. Errors do not show an answer that may
// hold tokens.
func readPage(a client.Answer) (page, error) {
	if a.Status/100 != 2 {
		return page{}, refusal(a)
	}
	var got page
	if err := json.Unmarshal(a.Body, &got); err != nil {
		return page{}, fmt.Errorf("the answer of webpayment cannot be read: %w", err)
	}
	if got.Status != "" && got.Status != "201" {
		status, _ := got.Status.Int64()
		return page{}, refusal(client.Answer{Status: int(status), Header: a.Header, Body: []byte(got.Message)})
	}
	switch {
	case got.PayToken == "" || got.NotifToken == "":
		return page{}, errors.New("the answer of webpayment holds no pay_token or no notif_token")
	case !isPage(got.PaymentURL):
		return page{}, errors.New("the answer of webpayment holds no payment_url that a browser may be sent to")
	}
	return got, nil
}

// refusal returns what an answer without a page means: a certain no if the
// question was at fault. After the other statuses there may be a page.
func refusal(a client.Answer) error {
	if err := a.Refused(); err != nil {
		return err
	}
	switch a.Status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly:
		return a.Err()
	}
	if a.Status/100 == 4 {
		return merchantFault(a.Err())
	}
	return a.Err()
}

// isPage reports whether text is the address of a page: https, or http on this
// machine, where a simulated Orange may be.
func isPage(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	return client.CheckURL(u.Scheme+"://"+u.Host) == nil && u.User == nil
}
