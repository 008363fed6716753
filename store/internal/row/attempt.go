package row

import "github.com/checkoutd/checkoutd/checkout"

// Attempt is a row of checkoutd_attempts.
type Attempt struct {
	ID         string
	Account    int64
	SessionID  string
	Status     string
	Version    int64
	Provider   string
	Method     string
	Amount     int64
	Currency   string
	Received   int64
	ReceivedIn string
	Payer      string
	Ref        string
	Next       string
	Reason     string
	Polls      int64
	DueAt      int64
	PaidAt     int64
	CreatedAt  int64
	UpdatedAt  int64
}

// FromAttempt returns the row of a.
func FromAttempt(a checkout.Attempt) (Attempt, error) {
	payer, err := object(a.Payer)
	if err != nil {
		return Attempt{}, err
	}
	next, err := object(a.Next)
	return Attempt{
		ID: a.ID, Account: a.Account, SessionID: a.SessionID, Status: string(a.Status), Version: a.Version,
		Provider: a.Provider, Method: a.Method,
		Amount: a.Amount.Amount, Currency: string(a.Amount.Currency),
		Received: a.Received.Amount, ReceivedIn: string(a.Received.Currency),
		Payer: payer, Ref: a.Ref, Next: next, Reason: a.Reason,
		Polls: a.Polls, DueAt: Optional(a.DueAt), PaidAt: Optional(a.PaidAt),
		CreatedAt: Millis(a.CreatedAt), UpdatedAt: Millis(a.UpdatedAt),
	}, err
}

// Domain returns the attempt that r is the row of.
func (r Attempt) Domain() (checkout.Attempt, error) {
	payer, err := parse[checkout.Contact](r.Payer)
	if err != nil {
		return checkout.Attempt{}, err
	}
	next, err := parse[checkout.Next](r.Next)
	return checkout.Attempt{
		ID: r.ID, Account: r.Account, SessionID: r.SessionID, Status: checkout.AttemptStatus(r.Status), Version: r.Version,
		Provider: r.Provider, Method: r.Method,
		Amount: money(r.Amount, r.Currency), Received: money(r.Received, r.ReceivedIn),
		Payer: payer, Ref: r.Ref, Next: next, Reason: r.Reason,
		Polls: r.Polls, DueAt: OptionalAt(r.DueAt), PaidAt: OptionalAt(r.PaidAt),
		CreatedAt: At(r.CreatedAt), UpdatedAt: At(r.UpdatedAt),
	}, err
}
