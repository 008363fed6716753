package row

import (
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// Customer is a row of checkoutd_customers.
type Customer struct {
	ID         string
	Account    int64
	Version    int64
	Name       string
	Email      string
	EmailKey   string
	Phone      string
	Address    string
	City       string
	PostalCode string
	Country    string
	Whatsapp   string
	Business   int64
	Metadata   string
	CreatedAt  int64
	UpdatedAt  int64
}

// FromCustomer returns the row of c.
func FromCustomer(c checkout.Customer) Customer {
	return Customer{
		ID: c.ID, Account: c.Account, Version: c.Version,
		Name: c.Name, Email: c.Email, EmailKey: checkout.EmailKey(c.Email), Phone: c.Phone,
		Address: c.Address, City: c.City, PostalCode: c.PostalCode, Country: c.Country,
		Whatsapp: c.WhatsApp, Business: Flag(c.Business), Metadata: string(c.Metadata),
		CreatedAt: Millis(c.CreatedAt), UpdatedAt: Millis(c.UpdatedAt),
	}
}

// Domain returns the customer that r is the row of.
func (r Customer) Domain() checkout.Customer {
	return checkout.Customer{
		ID: r.ID, Account: r.Account, Version: r.Version,
		Contact: checkout.Contact{
			Name: r.Name, Email: r.Email, Phone: r.Phone,
			Address: r.Address, City: r.City, PostalCode: r.PostalCode, Country: r.Country,
		},
		WhatsApp: r.Whatsapp, Business: r.Business != 0, Metadata: checkout.Metadata(r.Metadata),
		CreatedAt: At(r.CreatedAt), UpdatedAt: At(r.UpdatedAt),
	}
}

// CustomerQuery is a [checkout.CustomerQuery] as the queries take it.
type CustomerQuery struct {
	Account      int64
	Newer, Older string
	Business     int64
	Search       string
	Skip, Max    int64
}

// FromCustomerQuery returns what q asks of the stored columns.
func FromCustomerQuery(q checkout.CustomerQuery) CustomerQuery {
	r := CustomerQuery{
		Account: q.Account, Business: wanted(q.Business), Search: lower(q.Search),
		Skip: int64(q.Offset), Max: int64(q.Limit),
	}
	r.Newer, r.Older = pageBounds(customerPrefix, q.Page)
	return r
}

// lower folds the letters A to Z, as SQLite does.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, text)
}
