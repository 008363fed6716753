package store

import (
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) InsertCustomer(c checkout.Customer) error {
	return mapErr(t.q.InsertCustomer(t.ctx, sqlitedb.InsertCustomerParams(row.FromCustomer(c))))
}

func (t txn) Customer(id string) (checkout.Customer, error) {
	r, err := t.q.Customer(t.ctx, id)
	return row.Customer(r).Domain(), mapErr(err)
}

func (t txn) PutCustomer(c checkout.Customer) error {
	r := row.FromCustomer(c)
	return mustChange(t.q.PutCustomer(t.ctx, sqlitedb.PutCustomerParams{
		ID: r.ID, Version: r.Version,
		Name: r.Name, Email: r.Email, EmailKey: r.EmailKey, Phone: r.Phone,
		Address: r.Address, City: r.City, PostalCode: r.PostalCode, Country: r.Country,
		Whatsapp: r.Whatsapp, Business: r.Business, Metadata: r.Metadata, UpdatedAt: r.UpdatedAt,
	}))
}

func (t txn) DeleteCustomer(id string) error {
	n, err := t.q.DeleteCustomer(t.ctx, id)
	return mustFind(n, err, checkout.ErrNotFound)
}

func (t txn) ListCustomers(q checkout.CustomerQuery) ([]checkout.Customer, error) {
	r := row.FromCustomerQuery(q)
	if !q.Nearest {
		return customers(t.q.ListCustomers(t.caller, sqlitedb.ListCustomersParams(r)))
	}
	list, err := customers(t.q.ListCustomersNearest(t.caller, sqlitedb.ListCustomersNearestParams(r)))
	slices.Reverse(list)
	return list, err
}

func customers(rows []sqlitedb.Customer, err error) ([]checkout.Customer, error) {
	list := make([]checkout.Customer, len(rows))
	for i, r := range rows {
		list[i] = row.Customer(r).Domain()
	}
	return list, mapErr(err)
}

func (t txn) CountCustomers(q checkout.CustomerQuery) (int64, error) {
	r := row.FromCustomerQuery(q)
	n, err := t.q.CountCustomers(t.caller, sqlitedb.CountCustomersParams{Account: r.Account, Business: r.Business, Search: r.Search})
	return n, mapErr(err)
}

func (t txn) CustomerByEmail(account int64, email string) (checkout.Customer, error) {
	r, err := t.q.CustomerByEmail(t.ctx, sqlitedb.CustomerByEmailParams{Account: account, EmailKey: checkout.EmailKey(email)})
	return row.Customer(r).Domain(), mapErr(err)
}

func (t txn) CustomerByPhone(account int64, phone string) (checkout.Customer, error) {
	r, err := t.q.CustomerByPhone(t.ctx, sqlitedb.CustomerByPhoneParams{Account: account, Phone: phone})
	return row.Customer(r).Domain(), mapErr(err)
}

func (t txn) HasPaid(account int64, customer string) (bool, error) {
	n, err := t.q.PaidAttempts(t.ctx, sqlitedb.PaidAttemptsParams{Account: account, CustomerID: customer})
	return n > 0, mapErr(err)
}
