package mtn

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// renewal is how long before its end a token is renewed, and maxLife how long
// one is believed to last at most.
//
// Source: momodevelopercommunity.mtn.com, best practices, read 2026-11-25: a
// token lasts an hour and is not to be asked for with every transaction.
const (
	renewal = 10 * time.Minute
	maxLife = 24 * time.Hour
)

// product is one of MTN's products, which have credentials and tokens each of
// their own. It is safe for concurrent use.
type product struct {
	name        string // the first part of its paths
	environment string
	client      *client.Client
	credentials func() Credentials // not a field: package fmt would print it
	clock       clock.Clock

	turn  chan struct{} // whoever puts a value in may use token until taking it out
	token token
}

// token is what calls are made with.
type token struct {
	text func() client.Secret
	due  time.Time // when it is renewed
}

func newProduct(name string, e environment, calls *client.Client, c Credentials, now clock.Clock) *product {
	return &product{
		name: name, environment: e.name, client: calls, clock: now,
		credentials: func() Credentials { return c }, turn: make(chan struct{}, 1),
		token: token{text: func() client.Secret { return "" }},
	}
}

// call makes one call with a token. Errors before it is made are
// [checkout.ErrNotSent]. A 401 says that the token is not good any more and that
// nothing was done, so that the same call is made once again with a new one.
func (p *product) call(ctx context.Context, method, path string, header http.Header, body []byte) (client.Answer, error) {
	var stale client.Secret
	for {
		t, err := p.bearer(ctx, stale)
		if err != nil {
			return client.Answer{}, fmt.Errorf("token: %w", err)
		}
		h := client.NewHeader(
			"Authorization", "Bearer "+string(t),
			"Ocp-Apim-Subscription-Key", string(p.credentials().SubscriptionKey),
			"X-Target-Environment", p.environment,
		)
		maps.Copy(h, header)
		if body != nil {
			h.Set("Content-Type", "application/json")
		}
		answer, err := p.client.Do(ctx, method, "/"+p.name+path, h, body)
		if err != nil || answer.Status != http.StatusUnauthorized || stale != "" {
			return answer, err
		}
		stale = t
	}
}

// bearer returns a token that is not stale. Whoever comes while one is being
// asked for waits for it.
func (p *product) bearer(ctx context.Context, stale client.Secret) (client.Secret, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return "", notSent(ctx.Err())
	}
	if p.token.text() == stale || !p.clock.Now().Before(p.token.due) {
		t, err := p.renew(ctx)
		if err != nil {
			return "", err
		}
		p.token = t
	}
	return p.token.text(), nil
}

// renew asks for a new token. Every error is a [checkout.ErrNotSent]: the call
// that wants the token was not made.
func (p *product) renew(ctx context.Context) (token, error) {
	login := p.credentials().APIUser + ":" + string(p.credentials().APIKey)
	// Without a body, or MTN answers 400.
	answer, err := p.client.Do(ctx, http.MethodPost, "/"+p.name+"/token/", client.NewHeader(
		"Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(login)),
		"Ocp-Apim-Subscription-Key", string(p.credentials().SubscriptionKey),
	), nil)
	if err != nil {
		return token{}, notSent(err)
	}
	if err := answer.Refused(); err != nil {
		return token{}, err
	}
	if answer.Status/100 != 2 {
		return token{}, notSent(answer.Err())
	}
	text, life, err := decodeToken(answer.Body)
	if err != nil {
		return token{}, notSent(err)
	}
	return token{text: func() client.Secret { return text }, due: p.clock.Now().Add(life - min(renewal, life/2))}, nil
}

// decodeToken reads a token and how long it lasts. Errors do not hold it.
func decodeToken(body []byte) (client.Secret, time.Duration, error) {
	var t struct {
		Text    string      `json:"access_token"`
		Seconds json.Number `json:"expires_in"` // as a number or as a string
	}
	if err := json.Unmarshal(body, &t); err != nil {
		return "", 0, errors.New("the answer is not JSON, or not that of a token")
	}
	seconds, err := t.Seconds.Int64()
	if err != nil || seconds <= 0 {
		return "", 0, errors.New("the answer does not say how long the token lasts")
	}
	for _, r := range t.Text {
		if r <= ' ' || r > '~' {
			return "", 0, errors.New("the token cannot stand in a header")
		}
	}
	if t.Text == "" {
		return "", 0, errors.New("the answer holds no token")
	}
	return client.Secret(t.Text), min(time.Duration(min(seconds, 1<<30))*time.Second, maxLife), nil
}

// notSent makes err a [checkout.ErrNotSent], if it is none.
func notSent(err error) error {
	if errors.Is(err, checkout.ErrNotSent) {
		return err
	}
	return fmt.Errorf("%w: %w", checkout.ErrNotSent, err)
}
