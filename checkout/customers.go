package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// CreateCustomerIn makes a customer of the account inside a transaction of the
// caller. Its identifier and times are set here. It returns an [Error] with
// CodeInvalid that names the fields at fault.
func (s *Service) CreateCustomerIn(tx Tx, account Account, c Customer) (Customer, error) {
	now := s.now()
	id, err := NewID(prefixCustomer, now, s.random)
	if err != nil {
		return c, err
	}
	c.ID, c.Account, c.Version, c.CreatedAt, c.UpdatedAt = id, account.Number, 1, now, now
	if c, err = c.checked(true); err != nil {
		return c, err
	}
	return c, tx.InsertCustomer(c)
}

// checked returns the customer with phone numbers in E.164, or an error that names
// the fields at fault. Who made themselves by paying may have no name.
func (c Customer) checked(named bool) (Customer, error) {
	var v Problems
	v.Check(c.Name != "" || !named, "name", "name is required")
	for _, f := range []struct {
		name, value string
		max         int
	}{
		{"name", c.Name, maxContact}, {"email", c.Email, maxEmail}, {"address", c.Address, maxContact},
		{"city", c.City, maxContact}, {"postal_code", c.PostalCode, maxContact}, {"country", c.Country, maxContact},
	} {
		v.checkText(f.name, f.value, f.max)
	}
	v.Check(c.Email == "" || v.Has("email") || ValidEmail(c.Email), "email", "email must be an email address")
	for _, f := range []struct {
		name   string
		number *string
	}{{"phone_number", &c.Phone}, {"whatsapp_number", &c.WhatsApp}} {
		if *f.number == "" {
			continue
		}
		number, ok := ParsePhone(*f.number)
		v.Check(ok, f.name, f.name+" must be a number in international form, such as +2250707070707")
		*f.number = number
	}
	return c, v.Err()
}

// customerIn returns the account's customer with the given identifier.
func customerIn(tx Tx, account Account, id string) (Customer, error) {
	c, err := tx.Customer(id)
	if err == nil && c.Account != account.Number {
		err = ErrNotFound
	}
	return c, notFound(err, fmt.Sprintf("Customer with ID %s not found or access denied", id))
}

// Customer returns the account's customer with the given identifier.
func (s *Service) Customer(ctx context.Context, account Account, id string) (c Customer, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		c, err = customerIn(tx, account, id)
		return err
	})
	return c, err
}

// Customers lists customers newest first, and counts all that q asks for.
func (s *Service) Customers(ctx context.Context, account Account, q CustomerQuery) (list []Customer, total int64, err error) {
	q.Account = account.Number
	release, err := s.alone(ctx) // it may read many that it does not show
	if err != nil {
		return nil, 0, err
	}
	defer release()
	err = s.store.View(ctx, func(tx Tx) error {
		if list, err = tx.ListCustomers(q); err != nil {
			return err
		}
		total, err = tx.CountCustomers(q)
		return err
	})
	return list, total, err
}

// UpdateCustomer changes what alter changes of the account's customer.
func (s *Service) UpdateCustomer(ctx context.Context, account Account, id string, alter func(*Customer)) (c Customer, err error) {
	err = s.store.Update(ctx, func(tx Tx) error {
		if c, err = customerIn(tx, account, id); err != nil {
			return err
		}
		before := c
		alter(&c)
		c.ID, c.Account, c.Version, c.CreatedAt, c.UpdatedAt = before.ID, before.Account, before.Version, before.CreatedAt, s.now()
		if c, err = c.checked(before.Name != ""); err != nil {
			return err
		}
		if err := tx.PutCustomer(c); err != nil {
			return err
		}
		c.Version++
		return nil
	})
	return c, err
}

// DeleteCustomer forgets a customer. Sessions and transactions keep what was known
// when they were made.
func (s *Service) DeleteCustomer(ctx context.Context, account Account, id string) error {
	return s.store.Update(ctx, func(tx Tx) error {
		if _, err := customerIn(tx, account, id); err != nil {
			return err
		}
		return tx.DeleteCustomer(id)
	})
}

// customerOf returns the identifier of the customer with the email address of c,
// or else with its phone number; a new one if there is none, "" if c has neither.
// Nothing that is stored changes: c is what anybody may have written in a form.
func (s *Service) customerOf(tx Tx, account Account, c Contact, now time.Time) (string, error) {
	email := EmailKey(c.Email)
	if !ValidEmail(email) {
		email, c.Email = "", ""
	}
	phone, _ := ParsePhone(c.Phone)
	if email == "" && phone == "" {
		return "", nil
	}
	if email != "" {
		if found, err := tx.CustomerByEmail(account.Number, email); !errors.Is(err, ErrNotFound) {
			return found.ID, err
		}
	}
	if phone != "" {
		if found, err := tx.CustomerByPhone(account.Number, phone); !errors.Is(err, ErrNotFound) {
			return found.ID, err
		}
	}
	id, err := NewID(prefixCustomer, now, s.random)
	if err != nil {
		return "", err
	}
	c.Phone = phone
	return id, tx.InsertCustomer(Customer{ID: id, Account: account.Number, Version: 1, Contact: c, CreatedAt: now, UpdatedAt: now})
}
