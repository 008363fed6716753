package mtn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

const collectPath = "/v1_0/requesttopay"

// Start asks the customer's phone for the money. A number that cannot be a
// wallet of the country is declined before MTN hears of it.
func (p *Provider) Start(ctx context.Context, o checkout.Order) (checkout.Started, error) {
	payer, ok := p.environment.msisdn(o.Phone)
	if !ok {
		return checkout.Started{}, &checkout.Declined{
			Reason: checkout.ReasonPayerUnknown,
			Err:    fmt.Errorf("mtn: the phone number cannot be one of %s", p.environment.name),
		}
	}
	if !slices.Contains(p.environment.takes, o.Attempt.Amount.Currency) {
		return checkout.Started{}, fmt.Errorf("%w: %s does not take %s", checkout.ErrNotSent, p.environment.name, o.Attempt.Amount.Currency)
	}
	amount, currency := p.environment.send(o.Attempt.Amount)
	body, err := json.Marshal(collectRequest{
		Amount: amount, Currency: currency, ExternalID: o.Attempt.ID,
		Payer:        party{Type: "MSISDN", ID: text(payer)},
		PayerMessage: note(o.Title), PayeeNote: note(o.Title),
	})
	if err != nil {
		return checkout.Started{}, notSent(err)
	}
	header := client.NewHeader("X-Reference-Id", reference(o.Attempt.ID))
	if to, ok := p.callbacks.url(o.NotifyURL, o.Attempt.ID); ok {
		header.Set("X-Callback-Url", to)
	}
	answer, err := p.collection.call(ctx, http.MethodPost, collectPath, header, body)
	if err == nil {
		err = accepted(answer)
	}
	if err != nil {
		return checkout.Started{}, fmt.Errorf("mtn: request to pay: %w", err)
	}
	return checkout.Started{
		Ref: reference(o.Attempt.ID), Next: p.prompt(payer), Until: p.clock.Now().UTC().Add(life),
	}, nil
}

// prompt is what the customer has to do.
func (p *Provider) prompt(payer string) checkout.Next {
	return checkout.Next{Kind: checkout.NextPrompt, Text: mask(payer), Hint: p.environment.hint}
}

// Poll asks how an attempt stands, by our own identifier.
func (p *Provider) Poll(ctx context.Context, a checkout.Attempt) (checkout.Report, error) {
	t, err := p.ask(ctx, p.collection, collectPath, a.ID)
	if errors.Is(err, errMissing) {
		return checkout.Report{State: checkout.StateMissing}, nil
	}
	if err != nil {
		return checkout.Report{}, err
	}
	return p.report(t, a)
}

// Find asks for an attempt whose answer was lost.
func (p *Provider) Find(ctx context.Context, a checkout.Attempt) (checkout.Started, error) {
	t, err := p.ask(ctx, p.collection, collectPath, a.ID)
	if errors.Is(err, errMissing) {
		return checkout.Started{Report: checkout.Report{State: checkout.StateMissing}}, nil
	}
	if err != nil {
		return checkout.Started{}, err
	}
	r, err := p.report(t, a)
	if err != nil {
		return checkout.Started{}, err
	}
	return checkout.Started{
		Ref: reference(a.ID), Next: p.prompt(string(t.Payer.ID)), Until: a.CreatedAt.Add(life), Report: r,
	}, nil
}

// errMissing means that MTN has never heard of a reference.
var errMissing = errors.New("mtn: the reference is not known")

// ask asks how the payment or the refund with our identifier stands. It returns
// errMissing if MTN says that there is none; a 404 that does not say so may be
// of a wrong address.
func (p *Provider) ask(ctx context.Context, from *product, path, id string) (transaction, error) {
	answer, err := from.call(ctx, http.MethodGet, path+"/"+reference(id), nil, nil)
	if err != nil {
		return transaction{}, fmt.Errorf("mtn: status: %w", err)
	}
	if err := answer.Refused(); err != nil {
		return transaction{}, fmt.Errorf("mtn: status: %w", err)
	}
	switch {
	case answer.Status == http.StatusOK:
		return decodeTransaction(answer.Body)
	case answer.Status == http.StatusNotFound && codeOf(answer.Body) == codeNotFound:
		return transaction{}, errMissing
	}
	return transaction{}, fmt.Errorf("mtn: status: %w", answer.Err())
}

// report says how a stands by t. MTN gives no time.
func (p *Provider) report(t transaction, a checkout.Attempt) (checkout.Report, error) {
	r := checkout.Report{Charge: string(t.Charge), Payer: mask(string(t.Payer.ID))}
	switch t.Status {
	case "PENDING", "CREATED":
		r.State = checkout.StatePending
		return r, nil
	case "SUCCESSFUL":
		var err error
		r.State = checkout.StatePaid
		r.Paid, err = p.environment.read(string(t.Amount), t.Currency, a.Amount.Currency)
		if err != nil {
			return checkout.Report{}, err
		}
		return r, nil
	}
	otherwise, ok := failures[t.Status]
	if !ok {
		return checkout.Report{}, fmt.Errorf("mtn: unknown status %.40q", t.Status)
	}
	r.State, r.Reason = checkout.StateFailed, reasonFor(string(t.Reason), otherwise)
	return r, nil
}
