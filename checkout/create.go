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

	Total       Money // required
	Title       string
	Description string
	Quantity    int64 // default 1; a number to show, Total is for all of them

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
	v.Merge(p.Total.validate("amount"))
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

// CreateSession opens a session that can be paid. It returns after the session
// is on disk.
//
// It returns an [Error] with CodeInvalid that names the fields at fault.
func (s *Service) CreateSession(ctx context.Context, p CreateSessionParams) (Session, error) {
	created, err := s.NewSession(p)
	if err != nil {
		return Session{}, err
	}
	return created, s.store.Update(ctx, func(tx Tx) error { return tx.InsertSession(created) })
}

// CreateSessionIn is [Service.CreateSession] inside a transaction of the
// caller: the session exists once that is committed.
func (s *Service) CreateSessionIn(tx Tx, p CreateSessionParams) (Session, error) {
	created, err := s.NewSession(p)
	if err != nil {
		return Session{}, err
	}
	return created, tx.InsertSession(created)
}

// NewSession returns the session that p describes, as it is to be inserted: all
// of [Service.CreateSession] that needs no transaction.
func (s *Service) NewSession(p CreateSessionParams) (Session, error) {
	if err := p.Validate(); err != nil {
		return Session{}, err
	}
	now := s.now()
	expires, err := p.expiry(now)
	if err != nil {
		return Session{}, err
	}
	id, err := NewID(prefixSession, now, s.random)
	if err != nil {
		return Session{}, err
	}
	created := Session{
		ID: id, Account: p.Account.Number, Status: StatusOpen, Version: 1,
		Total: p.Total, Title: p.Title, Description: p.Description, Quantity: max(p.Quantity, 1),
		AllowQuantity: p.AllowQuantity, AllowCouponCode: p.AllowCouponCode, Form: DefaultForm,
		Customer: p.Customer, ClientReference: p.ClientReference,
		SuccessURL: p.SuccessURL, CancelURL: p.CancelURL,
		Metadata: p.Metadata, IntegrationSource: p.IntegrationSource,
		CreatedAt: now, UpdatedAt: now, ExpiresAt: expires,
	}
	if p.Form != nil {
		created.Form = *p.Form
	}
	if created.IntegrationSource == "" {
		created.IntegrationSource = "system"
	}
	return created, nil
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
