package checkout

import (
	"fmt"
	"slices"
	"time"
)

// Status is where a session stands.
type Status string

// The statuses of a session.
const (
	StatusOpen      Status = "open"      // it can be paid
	StatusCompleted Status = "completed" // it has been paid
	StatusExpired   Status = "expired"   // its time ran out
)

// moves is the whole state machine: the statuses each status may become. Money
// that arrives after expiry is never dropped, so an expired session may still
// be completed; nothing leaves completed.
var moves = map[Status][]Status{
	StatusOpen:      {StatusCompleted, StatusExpired},
	StatusCompleted: {},
	StatusExpired:   {StatusCompleted},
}

// Contact is who pays, as far as known. "" is unknown.
type Contact struct {
	Name       string
	Email      string
	Phone      string
	Address    string
	City       string
	PostalCode string
	Country    string
}

// fill returns c with its blanks taken from d.
func (c Contact) fill(d Contact) Contact {
	for _, f := range []struct{ have, from *string }{
		{&c.Name, &d.Name}, {&c.Email, &d.Email}, {&c.Phone, &d.Phone}, {&c.Address, &d.Address},
		{&c.City, &d.City}, {&c.PostalCode, &d.PostalCode}, {&c.Country, &d.Country},
	} {
		if *f.have == "" {
			*f.have = *f.from
		}
	}
	return c
}

// validate returns an error that names the fields at fault, as a form calls them.
func (c Contact) validate() error {
	var v Problems
	for _, f := range []struct {
		name, value string
		max         int
	}{
		{"name", c.Name, maxContact}, {"email", c.Email, maxEmail}, {"phone", c.Phone, maxContact}, {"address", c.Address, maxContact},
		{"city", c.City, maxContact}, {"postal_code", c.PostalCode, maxContact}, {"country", c.Country, maxContact},
	} {
		v.checkText(f.name, f.value, f.max)
	}
	v.Check(c.Email == "" || v.Has("email") || ValidEmail(c.Email), "email", "email must be an email address")
	return v.Err()
}

// Form says which contact fields the hosted page must ask for.
type Form struct {
	Name, Email, Phone, BillingAddress bool
}

// DefaultForm is the form of a session that names none.
var DefaultForm = Form{Name: true, Email: true, BillingAddress: true}

// Session is one hosted attempt to collect one total. Times are UTC and whole
// milliseconds; "" and the zero time mean absent.
type Session struct {
	ID      string
	Account int64 // [Account.Number] of the merchant and environment it belongs to
	Status  Status
	Version int64 // counts the writes of the row

	// Total is what everything costs at its list price. Discounts and fees never
	// change it; a customer who may choose a quantity or an amount does.
	Total Money
	// Of Total, Deferred is charged later, see [Plan], and Discount is taken off
	// by Coupons; Fee comes on top. What is left to pay is [Session.Due].
	Deferred int64
	Discount int64
	Fee      int64
	Coupons  AppliedCoupons

	Title       string
	Description string
	Quantity    int64

	// What is bought: one product at one of its prices, or Items, or neither.
	ProductID string
	PriceID   string
	Items     Items

	CustomerID     string
	SubscriptionID string // the one that it pays for, or has opened
	LinkID         string // the [Link] that it was opened by

	AllowQuantity   bool // the customer may change Quantity
	AllowAmount     bool // the customer may change Total, within the bounds of the price
	AllowCouponCode bool
	Exclusive       bool // see [OrderLock]
	Form            Form

	// Customer is what the merchant gave, its blanks filled by who paid.
	Customer Contact

	ClientReference   string // the merchant's own identifier of the session
	SuccessURL        string
	CancelURL         string
	Metadata          Metadata
	IntegrationSource string

	// TransactionID names the paid [Attempt] of a completed session.
	TransactionID string
	// Late is set if the payment arrived after ExpiresAt.
	Late bool

	CreatedAt time.Time
	UpdatedAt time.Time
	ExpiresAt time.Time // the first instant at which the session cannot be paid
}

// Due is what the customer is to pay now.
func (s Session) Due() Money {
	return Money{s.Total.Amount - s.Deferred - s.Discount + s.Fee, s.Total.Currency}
}

// At returns s as it is seen at now: an open session reads as expired from
// ExpiresAt on, whether or not a sweep has written so.
func (s Session) At(now time.Time) Session {
	if s.Status == StatusOpen && !now.Before(s.ExpiresAt) {
		s.Status = StatusExpired
		s.UpdatedAt = s.ExpiresAt
	}
	return s
}

// Complete returns s as it stands once a, an attempt that has been paid in
// full, was accepted at now. It returns an [Error] with CodeNotOpen if s is
// completed already.
func (s Session) Complete(a Attempt, now time.Time) (Session, error) {
	late := !s.inTime(a)
	if err := s.move(StatusCompleted); err != nil {
		return s, err
	}
	s.Status, s.TransactionID, s.Late, s.UpdatedAt = StatusCompleted, a.ID, late, now
	s.Customer = s.Customer.fill(a.Payer)
	if s.CustomerID == "" {
		s.CustomerID = a.CustomerID
	}
	return s, nil
}

// paidGrace is for how long after a session expired money still counts as paid
// in time: clocks differ, and customers press the button in the last second.
const paidGrace = 2 * time.Minute

// inTime reports whether a was paid before s expired, by the provider's clock.
func (s Session) inTime(a Attempt) bool { return a.PaidAt.Before(s.ExpiresAt.Add(paidGrace)) }

// Expire returns s as it stands once its time has run out at now. An expired
// session stays as it is; a completed one is an [Error] with CodeNotOpen.
func (s Session) Expire(now time.Time) (Session, error) {
	if s.Status == StatusExpired {
		return s, nil
	}
	if err := s.move(StatusExpired); err != nil {
		return s, err
	}
	s.Status, s.UpdatedAt = StatusExpired, now
	if now.Before(s.ExpiresAt) {
		s.ExpiresAt = now
	}
	return s, nil
}

func (s Session) move(to Status) error {
	if slices.Contains(moves[s.Status], to) {
		return nil
	}
	return &Error{Code: CodeNotOpen, Message: fmt.Sprintf("Checkout session %s is %s", s.ID, s.Status)}
}
