package row

import "github.com/checkoutd/checkoutd/checkout"

// OrderLock is a row of checkoutd_order_locks.
type OrderLock struct {
	Account   int64
	Reference string
	SessionID string
	Paid      int64
	Version   int64
}

// FromOrderLock returns the row of l.
func FromOrderLock(l checkout.OrderLock) OrderLock {
	return OrderLock{Account: l.Account, Reference: l.Reference, SessionID: l.SessionID, Paid: Flag(l.Paid), Version: l.Version}
}

// Domain returns the lock that r is the row of.
func (r OrderLock) Domain() checkout.OrderLock {
	return checkout.OrderLock{Account: r.Account, Reference: r.Reference, SessionID: r.SessionID, Paid: r.Paid != 0, Version: r.Version}
}
