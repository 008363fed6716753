package row

import "github.com/checkoutd/checkoutd/checkout"

// Attempt is a row of checkoutd_attempts.
type Attempt struct {
	ID         string
	Account    int64
	SessionID  string
	Status     string
	Version    int64
	CustomerID string
	Provider   string
	Own        int64
	Method     string
	MethodCode string
	Amount     int64
	Currency   string
	Received   int64
	ReceivedIn string
	Asserted   int64
	Payer      string
	Ref        string
	Secret     string
	Charge     string
	Next       string
	Reason     string
	Refunding  int64
	Refunded   int64
	Dispute    string
	Polls      int64
	PolledAt   int64
	DueAt      int64
	Until      int64
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
		ID: a.ID, Account: a.Account, SessionID: a.SessionID, Status: string(a.Status), Version: a.Version, CustomerID: a.CustomerID,
		Provider: a.Provider, Own: Flag(a.Own), Method: a.Method, MethodCode: a.MethodCode,
		Amount: a.Amount.Amount, Currency: string(a.Amount.Currency),
		Received: a.Received.Amount, ReceivedIn: string(a.Received.Currency), Asserted: Flag(a.Asserted),
		Payer: payer, Ref: a.Ref, Secret: a.Secret, Charge: a.Charge, Next: next, Reason: a.Reason,
		Refunding: a.Refunding, Refunded: a.Refunded, Dispute: string(a.Dispute),
		Polls: a.Polls, PolledAt: Optional(a.PolledAt), DueAt: Optional(a.DueAt), Until: Optional(a.Until),
		PaidAt: Optional(a.PaidAt), CreatedAt: Millis(a.CreatedAt), UpdatedAt: Millis(a.UpdatedAt),
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
		ID: r.ID, Account: r.Account, SessionID: r.SessionID, Status: checkout.AttemptStatus(r.Status), Version: r.Version, CustomerID: r.CustomerID,
		Provider: r.Provider, Own: r.Own != 0, Method: r.Method, MethodCode: r.MethodCode,
		Amount: money(r.Amount, r.Currency), Received: money(r.Received, r.ReceivedIn), Asserted: r.Asserted != 0,
		Payer: payer, Ref: r.Ref, Secret: r.Secret, Charge: r.Charge, Next: next, Reason: r.Reason,
		Refunding: r.Refunding, Refunded: r.Refunded, Dispute: checkout.DisputeState(r.Dispute),
		Polls: r.Polls, PolledAt: OptionalAt(r.PolledAt), DueAt: OptionalAt(r.DueAt), Until: OptionalAt(r.Until),
		PaidAt: OptionalAt(r.PaidAt), CreatedAt: At(r.CreatedAt), UpdatedAt: At(r.UpdatedAt),
	}, err
}
