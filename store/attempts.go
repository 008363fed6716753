package store

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) InsertAttempt(a checkout.Attempt) error {
	r, err := row.FromAttempt(a)
	if err != nil {
		return err
	}
	return mapErr(t.q.InsertAttempt(t.ctx, sqlitedb.InsertAttemptParams(r)))
}

func (t txn) Attempt(id string) (checkout.Attempt, error) {
	r, err := t.q.Attempt(t.ctx, id)
	if err != nil {
		return checkout.Attempt{}, mapErr(err)
	}
	return row.Attempt(r).Domain()
}

func (t txn) PutAttempt(a checkout.Attempt) error {
	r, err := row.FromAttempt(a)
	if err != nil {
		return err
	}
	return mustChange(t.q.PutAttempt(t.ctx, sqlitedb.PutAttemptParams{
		ID: r.ID, Version: r.Version,
		Status: r.Status, CustomerID: r.CustomerID, Provider: r.Provider, Own: r.Own, Method: r.Method, MethodCode: r.MethodCode,
		Amount: r.Amount, Currency: r.Currency, Received: r.Received, ReceivedIn: r.ReceivedIn, Asserted: r.Asserted,
		Payer: r.Payer, Ref: r.Ref, Secret: r.Secret, Charge: r.Charge, Next: r.Next, Reason: r.Reason,
		Refunding: r.Refunding, Refunded: r.Refunded, Dispute: r.Dispute,
		Polls: r.Polls, PolledAt: r.PolledAt, DueAt: r.DueAt, Until: r.Until, PaidAt: r.PaidAt, UpdatedAt: r.UpdatedAt,
	}))
}

func (t txn) AttemptByRef(provider string, own int64, ref string) (checkout.Attempt, error) {
	r, err := t.q.AttemptByRef(t.ctx, sqlitedb.AttemptByRefParams{Provider: provider, OfOwn: own, Ref: ref})
	if err != nil {
		return checkout.Attempt{}, mapErr(err)
	}
	return row.Attempt(r).Domain()
}

func (t txn) AttemptByCharge(provider string, own int64, charge string) (checkout.Attempt, error) {
	r, err := t.q.AttemptByCharge(t.ctx, sqlitedb.AttemptByChargeParams{Provider: provider, OfOwn: own, Charge: charge})
	if err != nil {
		return checkout.Attempt{}, mapErr(err)
	}
	return row.Attempt(r).Domain()
}

func (t txn) SessionAttempts(session string) ([]checkout.Attempt, error) {
	return attempts(t.q.SessionAttempts(t.ctx, session))
}

func (t txn) ListAttempts(q checkout.AttemptQuery) ([]checkout.Attempt, error) {
	r := row.FromAttemptQuery(q)
	switch {
	case q.SessionID != "":
		return attempts(t.q.ListAttemptsOfSession(t.caller, sqlitedb.ListAttemptsOfSessionParams{
			Account: q.Account, SessionID: q.SessionID, CustomerID: q.CustomerID, Newer: r.Newer, Older: r.Older,
			Statuses: r.Statuses, Providers: r.Providers, Methods: r.Methods, Currencies: r.Currencies,
			Max: int64(q.Limit), Skip: int64(q.Offset),
		}))
	case q.CustomerID != "":
		return attempts(t.q.ListAttemptsOfCustomer(t.caller, sqlitedb.ListAttemptsOfCustomerParams{
			Account: q.Account, CustomerID: q.CustomerID, Newer: r.Newer, Older: r.Older,
			Statuses: r.Statuses, Providers: r.Providers, Methods: r.Methods, Currencies: r.Currencies,
			Max: int64(q.Limit), Skip: int64(q.Offset),
		}))
	}
	return attempts(t.q.ListAttempts(t.caller, sqlitedb.ListAttemptsParams{
		Account: q.Account, Newer: r.Newer, Older: r.Older,
		Statuses: r.Statuses, Providers: r.Providers, Methods: r.Methods, Currencies: r.Currencies,
		Max: int64(q.Limit), Skip: int64(q.Offset),
	}))
}

func (t txn) DueAttempts(provider string, now time.Time, limit int) ([]checkout.Attempt, error) {
	return attempts(t.q.DueAttempts(t.ctx, sqlitedb.DueAttemptsParams{Provider: provider, Now: row.Millis(now), Max: int64(limit)}))
}

func attempts(rows []sqlitedb.Attempt, err error) ([]checkout.Attempt, error) {
	if err != nil {
		return nil, mapErr(err)
	}
	list := make([]checkout.Attempt, len(rows))
	for i, r := range rows {
		if list[i], err = row.Attempt(r).Domain(); err != nil {
			return nil, err
		}
	}
	return list, nil
}
