package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxAnswer bounds what the demo reads of an answer, in bytes.
const maxAnswer = 1 << 20

// newShopClient returns an HTTP client of its own, which follows no redirects.
func newShopClient() *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// shopAPI is the shop's side of the public API.
type shopAPI struct {
	base   string // "http://127.0.0.1:8080"
	key    string // a test key; it stays on the shop's server
	client *http.Client
}

// apiSession is what the shop reads of a checkout session. Null is "".
type apiSession struct {
	ID            string         `json:"id"`
	CheckoutURL   string         `json:"checkout_url"`
	Status        string         `json:"status"`
	Amount        int64          `json:"amount"` // in the smallest unit of the currency
	CurrencyCode  string         `json:"currency_code"`
	Title         string         `json:"title"`
	CustomerEmail string         `json:"customer_email"`
	TransactionID string         `json:"transaction_id"`
	Metadata      map[string]any `json:"metadata"`
}

// apiTransaction is what the shop reads of a transaction, from the API and from
// webhooks alike.
type apiTransaction struct {
	ID                string `json:"transaction_id"`
	CheckoutSessionID string `json:"checkout_session_id"`
	Status            string `json:"status"`
	GrossAmount       int64  `json:"gross_amount"` // in the smallest unit of the currency
	CurrencyCode      string `json:"currency_code"`
}

// apiError is an answer that was not the one hoped for.
type apiError struct {
	method, path string
	status       int
	body         []byte
}

func (e *apiError) Error() string {
	return fmt.Sprintf("%s %s answered %d: %s", e.method, e.path, e.status, bytes.TrimSpace(e.body))
}

// call sends body, unless it is nil, as JSON and reads the answer, which must
// have the given status, into answer.
func (a *shopAPI) call(ctx context.Context, method, path string, body any, status int, answer any) error {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, a.base+path, &sent)
	if err != nil {
		return err
	}
	r.Header.Set("X-API-KEY", a.key)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := a.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return err
	}
	if res.StatusCode != status {
		return &apiError{method, path, res.StatusCode, got}
	}
	return json.Unmarshal(got, answer)
}

// get reads what stands at path.
func (a *shopAPI) get(ctx context.Context, path string, answer any) error {
	return a.call(ctx, http.MethodGet, path, nil, http.StatusOK, answer)
}

// create makes something at path.
func (a *shopAPI) create(ctx context.Context, path string, body, answer any) error {
	return a.call(ctx, http.MethodPost, path, body, http.StatusCreated, answer)
}
