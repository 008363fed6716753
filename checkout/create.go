package checkout

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of what a session holds, in bytes.
const (
	maxTitle       = 500
	maxDescription = 5000
	maxContact     = 500
	maxEmail       = 254
	maxReference   = 200
	maxURL         = 2048
	maxQuantity    = 1_000_000
)

// CreateSessionParams describe a new [Session]. Zero fields are absent.
type CreateSessionParams struct {
	Account Account

	// Total is required, but that its Amount may be 0 if ProductID, PriceID,
	// SubscriptionID, LinkID or Items say what everything costs. What is given must be
	// what the catalogue says, or lie within the bounds of an open price.
	Total       Money
	Fee         int64 // on top of Total, never discounted
	Title       string
	Description string
	Quantity    int64 // default 1; of a bare amount a number to show, Total is for all of them

	ProductID      string // at its default price, or at PriceID
	PriceID        string
	Items          []Item // a cart, in the place of a product: each item has a PriceID, or a Name and a Unit
	CustomerID     string // whose contact fills the blanks of Customer
	SubscriptionID string // the one that is paid for
	LinkID         string // the payment link that it is opened by

	// Exclusive sessions of one ClientReference are one order: only the newest can
	// be paid, and none once one is.
	Exclusive bool

	AllowQuantity   bool
	AllowCouponCode bool
	Form            *Form // default [DefaultForm]

	Customer          Contact
	ClientReference   string
	SuccessURL        string // absolute http or https; {CHECKOUT_SESSION_ID} is filled in
	CancelURL         string
	Metadata          Metadata
	IntegrationSource string // default "system"

	// TTL is how long the session can be paid, ExpiresAt until when; at most one
	// of them. Default: 60 minutes. From MinTTL to MaxTTL.
	TTL       time.Duration
	ExpiresAt time.Time
}

// Validate returns nil or an [Error] with CodeInvalid that names each field at
// fault as the wire spells it. It does not look at the clock: a bad ExpiresAt
// is found when the session is created.
func (p CreateSessionParams) Validate() error {
	var v Problems
	if p.Total.Currency == "" {
		v.Add("currency_code", "currency_code is required")
	} else if _, err := ParseCurrency(string(p.Total.Currency)); err != nil {
		v.Merge(err)
	}
	if p.Total.Amount != 0 {
		v.Merge(p.Total.validate("amount"))
	} else {
		v.Check(p.refers(), "amount", "amount is required")
	}
	v.Check(p.Fee >= 0 && p.Fee <= MaxAmount, "fee_amount", "fee_amount must be from 0 to 9007199254740991")
	v.Check(!p.Exclusive || p.ClientReference != "", "client_reference_id", "client_reference_id is required for an exclusive order")
	v.Check(!p.Exclusive || !strings.HasPrefix(p.ClientReference, prefixSubscription), "client_reference_id",
		"client_reference_id of an exclusive order must not begin with "+prefixSubscription)
	v.Merge(checkItems(p.Items))
	v.Check(p.Quantity >= 0 && p.Quantity <= maxQuantity, "quantity", fmt.Sprintf("quantity must be an integer from 1 to %d", maxQuantity))
	c := p.Customer
	for _, f := range []struct {
		name, value string
		max         int
	}{
		{"title", p.Title, maxTitle}, {"description", p.Description, maxDescription},
		{"customer_name", c.Name, maxContact}, {"customer_email", c.Email, maxEmail},
		{"customer_phone", c.Phone, maxContact}, {"customer_address", c.Address, maxContact},
		{"customer_city", c.City, maxContact}, {"customer_postal_code", c.PostalCode, maxContact},
		{"customer_country", c.Country, maxContact},
		{"client_reference_id", p.ClientReference, maxReference},
		{"integration_source", p.IntegrationSource, maxReference},
		{"success_url", p.SuccessURL, maxURL}, {"cancel_url", p.CancelURL, maxURL},
	} {
		v.checkText(f.name, f.value, f.max)
	}
	v.Check(c.Email == "" || ValidEmail(c.Email), "customer_email", "customer_email must be an email address")
	v.checkURL("success_url", p.SuccessURL)
	v.checkURL("cancel_url", p.CancelURL)
	v.Check(p.TTL == 0 || p.ExpiresAt.IsZero(), "expires_in", "expires_in and expires_at exclude each other")
	v.Check(p.TTL == 0 || p.TTL >= MinTTL && p.TTL <= MaxTTL, "expires_in", "expires_in must be from 60 to 2592000 seconds")
	return v.Err()
}

func (p *Problems) checkText(field, value string, most int) {
	switch {
	case len(value) > most:
		p.Add(field, fmt.Sprintf("%s must be at most %d bytes", field, most))
	case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
		p.Add(field, field+" must be text in UTF-8 without NUL")
	}
}

// checkURL notes a URL that a browser cannot be sent to. The placeholder's
// braces may stand anywhere behind the host.
func (p *Problems) checkURL(field, value string) {
	if value == "" || p.Has(field) {
		return
	}
	u, err := url.Parse(value)
	ok := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && validPort(u.Port()) &&
		!strings.ContainsFunc(value, unprintable)
	p.Check(ok, field, field+" must be an absolute http or https URL")
}

func validPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && n > 0
}

func unprintable(r rune) bool { return r <= ' ' || r == 0x7f }

// ValidEmail reports whether text looks like an email address: something, an @,
// and a domain, without spaces. Whether mail arrives only mail can tell.
func ValidEmail(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	return ok && local != "" && domain != "" && len(text) <= maxEmail &&
		!strings.Contains(domain, "@") && !strings.ContainsFunc(text, unprintable) &&
		!strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}

// refers reports whether something else than Total says what everything costs.
func (p CreateSessionParams) refers() bool {
	return p.ProductID != "" || p.PriceID != "" || p.SubscriptionID != "" || p.LinkID != "" || len(p.Items) > 0
}

// CreateSession opens a session that can be paid. It returns after the session
// is on disk.
//
// It returns an [Error] with CodeInvalid that names the fields at fault, one with
// the code that says why an amount, or what it refers to, is not good, CodeNotFound
// for what is not the account's, and CodePaidOrder.
func (s *Service) CreateSession(ctx context.Context, p CreateSessionParams) (created Session, err error) {
	d, err := s.Draft(p)
	if err != nil {
		return Session{}, err
	}
	err = s.store.Update(ctx, func(tx Tx) error {
		created, err = d.CreateIn(tx)
		return err
	})
	return created, err
}

// CreateSessionIn is [Service.CreateSession] inside a transaction of the
// caller: the session exists once that is committed.
func (s *Service) CreateSessionIn(tx Tx, p CreateSessionParams) (Session, error) {
	d, err := s.Draft(p)
	if err != nil {
		return Session{}, err
	}
	return d.CreateIn(tx)
}

// Draft is a session that is about to be created.
type Draft struct {
	service *Service
	params  CreateSessionParams
	session Session
}

// Draft does all of [Service.CreateSession] that needs no transaction.
func (s *Service) Draft(p CreateSessionParams) (Draft, error) {
	if err := p.Validate(); err != nil {
		return Draft{}, err
	}
	now := s.now()
	expires, err := p.expiry(now)
	if err != nil {
		return Draft{}, err
	}
	id, err := NewID(prefixSession, now, s.random)
	if err != nil {
		return Draft{}, err
	}
	d := Draft{service: s, params: p, session: Session{
		ID: id, Account: p.Account.Number, Status: StatusOpen, Version: 1,
		Total: p.Total, Fee: p.Fee, Title: p.Title, Description: p.Description, Quantity: max(p.Quantity, 1),
		AllowQuantity: p.AllowQuantity, AllowCouponCode: p.AllowCouponCode, Form: DefaultForm, Exclusive: p.Exclusive,
		Customer: p.Customer, ClientReference: p.ClientReference,
		SuccessURL: p.SuccessURL, CancelURL: p.CancelURL,
		Metadata: p.Metadata, IntegrationSource: p.IntegrationSource,
		CreatedAt: now, UpdatedAt: now, ExpiresAt: expires,
	}}
	if p.Form != nil {
		d.session.Form = *p.Form
	}
	if d.session.IntegrationSource == "" {
		d.session.IntegrationSource = "system"
	}
	return d, nil
}

// CreateIn looks up what the session refers to and inserts it.
func (d Draft) CreateIn(tx Tx) (Session, error) {
	created, err := d.resolve(tx)
	if err != nil {
		return Session{}, err
	}
	if created.Exclusive {
		if err := d.service.lockOrder(tx, created); err != nil {
			return Session{}, err
		}
	}
	return created, tx.InsertSession(created)
}

func (p CreateSessionParams) expiry(now time.Time) (time.Time, error) {
	if p.ExpiresAt.IsZero() {
		if p.TTL == 0 {
			return now.Add(DefaultTTL), nil
		}
		return now.Add(p.TTL).Truncate(time.Millisecond), nil
	}
	at := p.ExpiresAt.UTC().Truncate(time.Millisecond)
	if at.Before(now.Add(MinTTL)) || at.After(now.Add(MaxTTL)) {
		return at, invalid("expires_at", "expires_at must be from 60 seconds to 30 days from now")
	}
	return at, nil
}
