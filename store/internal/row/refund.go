package row

import "github.com/checkoutd/checkoutd/checkout"

// Refund is a row of checkoutd_refunds.
type Refund struct {
	ID        string
	Account   int64
	AttemptID string
	SessionID string
	Status    string
	Version   int64
	Amount    int64
	Currency  string
	Origin    string
	Reason    string
	Ref       string
	Failure   string
	Tries     int64
	DueAt     int64
	CreatedAt int64
	UpdatedAt int64
}

// FromRefund returns the row of r.
func FromRefund(r checkout.Refund) Refund {
	return Refund{
		ID: r.ID, Account: r.Account, AttemptID: r.AttemptID, SessionID: r.SessionID, Status: string(r.Status), Version: r.Version,
		Amount: r.Amount.Amount, Currency: string(r.Amount.Currency), Origin: string(r.Origin), Reason: r.Reason,
		Ref: r.Ref, Failure: r.Failure, Tries: r.Tries,
		DueAt: Optional(r.DueAt), CreatedAt: Millis(r.CreatedAt), UpdatedAt: Millis(r.UpdatedAt),
	}
}

// Domain returns the refund that r is the row of.
func (r Refund) Domain() checkout.Refund {
	return checkout.Refund{
		ID: r.ID, Account: r.Account, AttemptID: r.AttemptID, SessionID: r.SessionID, Status: checkout.RefundStatus(r.Status), Version: r.Version,
		Amount: money(r.Amount, r.Currency), Origin: checkout.RefundOrigin(r.Origin), Reason: r.Reason,
		Ref: r.Ref, Failure: r.Failure, Tries: r.Tries,
		DueAt: OptionalAt(r.DueAt), CreatedAt: At(r.CreatedAt), UpdatedAt: At(r.UpdatedAt),
	}
}

// Parked is a row of checkoutd_parked_signals.
type Parked struct {
	Inbox      string
	EventID    string
	AttemptID  string
	Ref        string
	Charge     string
	Signal     string
	ReceivedAt int64
}

// FromParked returns the row of p.
func FromParked(p checkout.Parked) (Parked, error) {
	s := p.Signal
	text, err := object(s)
	return Parked{
		Inbox: s.Inbox(), EventID: s.EventID, AttemptID: s.AttemptID, Ref: s.Ref, Charge: s.Charge,
		Signal: text, ReceivedAt: Millis(p.ReceivedAt),
	}, err
}

// Domain returns the signal that r is the row of.
func (r Parked) Domain() (checkout.Parked, error) {
	s, err := parse[checkout.Signal](r.Signal)
	return checkout.Parked{Signal: s, ReceivedAt: At(r.ReceivedAt)}, err
}
