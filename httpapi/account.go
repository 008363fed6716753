package httpapi

import (
	_ "embed" // openapi.yaml
	"net/http"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// hello is what lomi.'s command line takes for a sign of life.
func (a *API) hello(w http.ResponseWriter, _ *request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("checkoutd is running. The API's contract is at /openapi.yaml.\n"))
	return nil
}

// health reports whether the store can be read.
func (a *API) health(w http.ResponseWriter, r *request) error {
	if err := a.service.Ping(r.Context()); err != nil {
		return err
	}
	return reply(w, http.StatusOK, map[string]any{
		"ok": true, "service": "checkoutd", "uptime": a.clock.Since(a.started).Seconds(),
	})
}

//go:embed openapi.yaml
var openAPI []byte

// contract answers with the API's description.
func (a *API) contract(w http.ResponseWriter, _ *request) error {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(openAPI)
	return nil
}

func (a *API) me(w http.ResponseWriter, r *request) error {
	return reply(w, http.StatusOK, map[string]string{
		"merchant_id": r.account.Merchant, "organization_id": r.account.Merchant,
		"organization_name": r.account.Name, "environment": r.account.Environment(),
	})
}

// wireAccount is what an account has taken in one currency, in its smallest
// unit.
type wireAccount struct {
	AccountID      string            `json:"account_id"`
	OrganizationID string            `json:"organization_id"`
	CurrencyCode   checkout.Currency `json:"currency_code"`
	Balance        int64             `json:"balance"`
	Environment    string            `json:"environment"`
	LastUpdated    instant           `json:"last_updated"`
	UpdatedAt      instant           `json:"updated_at"`
}

func (a *API) accounts(w http.ResponseWriter, r *request) error {
	list, err := a.balances(r)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, list)
}

func (a *API) balance(w http.ResponseWriter, r *request) error {
	list, err := a.balances(r)
	if err != nil {
		return err
	}
	wanted := strings.ToUpper(r.URL.Query().Get("currency"))
	if wanted == "" {
		return reply(w, http.StatusOK, list)
	}
	for _, row := range list {
		if string(row.CurrencyCode) == wanted {
			return reply(w, http.StatusOK, []wireAccount{row})
		}
	}
	return &checkout.Error{Code: checkout.CodeNotFound, Message: "No account in currency " + wanted}
}

// balances returns a row for each accepted currency, also those in which
// nothing was taken yet.
func (a *API) balances(r *request) ([]wireAccount, error) {
	taken, err := a.service.Balances(r.Context(), r.account)
	if err != nil {
		return nil, err
	}
	var list []wireAccount
	for _, c := range []checkout.Currency{checkout.XOF, checkout.USD, checkout.EUR} {
		row := wireAccount{
			AccountID:      r.account.Merchant + "_" + r.account.Environment() + "_" + strings.ToLower(string(c)),
			OrganizationID: r.account.Merchant, CurrencyCode: c, Environment: r.account.Environment(),
		}
		for _, b := range taken {
			if b.Total.Currency == c {
				row.Balance = b.Total.Amount
				row.LastUpdated, row.UpdatedAt = instant(b.UpdatedAt), instant(b.UpdatedAt)
			}
		}
		list = append(list, row)
	}
	return list, nil
}
