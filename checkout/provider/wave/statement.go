package wave

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxDays is how far back statements are read.
const maxDays = 366

// page is a part of the statement of one day.
//
// Source: docs.wave.com/balance-api, "List transactions", read 2026-11-22.
type page struct {
	Info struct {
		More bool   `json:"has_next_page"`
		End  string `json:"end_cursor"`
	} `json:"page_info"`
	Items []row `json:"items"`
}

// row is one transaction of a statement. That its amount is what the balance
// changed by is how public clients quote the documentation, whose sample has 99
// and a fee of 1.
//
// Source: docs.wave.com/balance-api, "Transaction object", read 2026-11-22.
type row struct {
	Timestamp       string `json:"timestamp"`
	TransactionID   string `json:"transaction_id"`
	Type            string `json:"transaction_type"`
	Amount          string `json:"amount"` // what the balance changed by, after the fee: -990
	Fee             string `json:"fee"`    // what Wave kept of it: -10 if it was returned
	Tax             string `json:"government_tax_amount"`
	Currency        string `json:"currency"`
	Mobile          string `json:"counterparty_mobile"`
	ClientReference string `json:"client_reference"`
	Session         string `json:"checkout_api_session_id"`
	Reversal        bool   `json:"is_reversal"`
}

// List reads the statements of all days from since on, in UTC as Wave keeps
// them, and yields what concerns checkout sessions: payments, and refunds, also
// those made in the portal. since may lie a year back.
func (p *Provider) List(ctx context.Context, since time.Time, yield func(checkout.Signal) error) error {
	now := p.clock.Now().UTC()
	if now.Sub(since) > maxDays*24*time.Hour {
		return fmt.Errorf("wave: statements go back %d days, not to %s", maxDays, since.UTC().Format(time.DateOnly))
	}
	var faults rowFaults
	for day := since.UTC().Truncate(24 * time.Hour); !day.After(now); day = day.Add(24 * time.Hour) {
		if err := p.listDay(ctx, day, since, yield, &faults); err != nil {
			return errors.Join(append(faults, err)...)
		}
	}
	return checkout.Unreadable(faults)
}

// rowFaults are what is wrong with single rows: an error once all others were
// told of.
type rowFaults []error

// listDay reads the statement of one day, page by page.
func (p *Provider) listDay(ctx context.Context, day, since time.Time, yield func(checkout.Signal) error, faults *rowFaults) error {
	query := url.Values{"date": {day.Format(time.DateOnly)}}
	for {
		answer, err := p.call(ctx, http.MethodGet, "/v1/transactions?"+query.Encode(), nil)
		if err != nil {
			return err
		}
		if answer.Status != http.StatusOK {
			return trouble(answer)
		}
		var part page
		if err := json.Unmarshal(answer.Body, &part); err != nil {
			return fmt.Errorf("wave: the statement cannot be read: %w", err)
		}
		if part.Items == nil {
			return fmt.Errorf("wave: the statement of %s has no items", query.Get("date"))
		}
		if err := part.tell(since, yield, faults); err != nil {
			return err
		}
		if !part.Info.More {
			return nil
		}
		if part.Info.End == "" || part.Info.End == query.Get("after") {
			return fmt.Errorf("wave: the statement of %s does not go on", query.Get("date"))
		}
		query.Set("after", part.Info.End)
	}
}

// tell yields what the page says of checkout sessions since then.
func (g page) tell(since time.Time, yield func(checkout.Signal) error, faults *rowFaults) error {
	for _, r := range g.Items {
		if at := instant(r.Timestamp); !at.IsZero() && at.Before(since.Truncate(time.Second)) {
			continue
		}
		sig, ok, err := r.signal()
		if err != nil {
			*faults = append(*faults, fmt.Errorf("wave: row %.40q: %w", r.TransactionID, err))
			continue
		}
		if !ok {
			continue
		}
		if err := yield(sig); err != nil {
			return err
		}
	}
	return nil
}

// signal returns what the row says of a checkout session; ok is false if it is
// about something else.
func (r row) signal() (sig checkout.Signal, ok bool, err error) {
	refund := r.Type == "api_checkout_refund" || r.Type == "api_checkout" && r.Reversal
	if !refund && r.Type != "api_checkout" || r.Session == "" && r.ClientReference == "" {
		return sig, false, nil
	}
	amount, err := r.gross()
	if err != nil {
		return sig, false, err
	}
	sig = checkout.Signal{
		Type: r.Type, EventID: "statement:" + r.Type + ":" + r.TransactionID, Trust: checkout.TrustSigned,
		AttemptID: r.ClientReference, Ref: r.Session,
	}
	if refund {
		if r.Type == "api_checkout" {
			sig.EventID += ":reversal"
		}
		sig.Kind = checkout.SignalRefund
		sig.Refund = checkout.RefundReport{State: checkout.RefundSucceeded, Ref: r.TransactionID, Amount: amount, Total: true}
		return sig, true, nil
	}
	if strings.Trim(r.Tax, "0.") != "" {
		sig.Trust = checkout.TrustNone // who bears the tax is not said, so neither is the sum
	}
	sig.Charge = r.TransactionID
	sig.Report = checkout.Report{
		State: checkout.StatePaid, Paid: amount, At: instant(r.Timestamp),
		Charge: r.TransactionID, Payer: mask(r.Mobile),
	}
	return sig, true, nil
}

// gross returns what the customer paid or got back: the change of the balance
// and the fee that Wave took out of it.
func (r row) gross() (checkout.Money, error) {
	amount, err := change(r.Amount, r.Currency)
	if err != nil || r.Fee == "" {
		return absolute(amount), err
	}
	fee, err := change(r.Fee, r.Currency)
	amount.Amount += fee.Amount
	return absolute(amount), err
}

func absolute(m checkout.Money) checkout.Money {
	m.Amount = max(m.Amount, -m.Amount)
	return m
}

// mask hides all but the last three digits of a number.
func mask(number string) string {
	if len(number) <= 3 {
		return ""
	}
	return strings.Repeat("•", len(number)-3) + number[len(number)-3:]
}
