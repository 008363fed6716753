package storetest

import (
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
)

var customers = kind[checkout.Customer]{
	name:   "customer",
	insert: func(tx checkout.Tx, c checkout.Customer) error { return tx.InsertCustomer(c) },
	get:    func(tx checkout.Tx, id string) (checkout.Customer, error) { return tx.Customer(id) },
	put:    func(tx checkout.Tx, c checkout.Customer) error { return tx.PutCustomer(c) },
	list: func(tx checkout.Tx, account int64, p checkout.Page) ([]checkout.Customer, error) {
		return tx.ListCustomers(checkout.CustomerQuery{Account: account, Page: p})
	},
	made: func(n int) checkout.Customer {
		return checkout.Customer{ID: checkout.IDFloor("cus_", at(n)), Account: 1, Version: 1, CreatedAt: at(n), UpdatedAt: at(n)}
	},
	key: func(c *checkout.Customer) rowKey { return rowKey{&c.ID, &c.Account, &c.Version, &c.CreatedAt} },
}

// customer returns a customer of account 1 that is made at(n).
func customer(n int, name, email, phone string) checkout.Customer {
	c := customers.made(n)
	c.Name, c.Email, c.Phone = name, email, phone
	return c
}

func customerCases() []testCase {
	return slices.Concat(customers.cases(), []testCase{
		{"a customer is deleted once", func(b *bench) {
			customers.add(b, customers.made(1), customers.made(2))
			b.update(func(tx checkout.Tx) error { return tx.DeleteCustomer(customers.of(1)[0]) })
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { return tx.DeleteCustomer(customers.of(1)[0]) })
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Customer(customers.of(1)[0]); return err })
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return tx.PutCustomer(customers.made(1)) })
			b.same("left", customers.read(b, customers.of(2)[0]), customers.made(2))
		}},
		{"customers are found by a part of what names them", searchCustomers},
		{"a customer is found by their address in any spelling, the oldest first", customerByEmail},
		{"a customer is found by their number, the oldest first", func(b *bench) {
			first, second, other := customer(1, "", "", "+2250707070707"), customer(2, "", "", "+2250707070707"), customer(0, "", "", "+2250707070707")
			other.Account = 2
			customers.add(b, second, first, other, customer(3, "", "", ""))
			by := func(tx checkout.Tx) (checkout.Customer, error) { return tx.CustomerByPhone(1, "+2250707070707") }
			b.same("by number", read(b, by), first)
			first.Phone = ""
			b.update(func(tx checkout.Tx) error { return tx.PutCustomer(first) })
			b.same("when the oldest has another", read(b, by), second)
			for _, number := range []string{"", "+225070707070", "2250707070707"} {
				b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.CustomerByPhone(1, number); return err })
			}
		}},
		{"who has paid is known by paid attempts", hasPaid},
	})
}

func searchCustomers(b *bench) {
	business := customer(4, "100%_\\ Café", "", "")
	business.Business = true
	foreign := customer(5, "Awa", "", "")
	foreign.Account = 2
	customers.add(b, customer(0, "Awa Diop", "", ""), customer(1, "", "Contact@AWA.example", ""), customer(2, "Zoé", "", "+2250707"),
		customer(3, "1000 CAFÉ", "", ""), business, foreign)
	for _, c := range []struct {
		text     string
		business *bool
		want     []int
	}{
		{"", nil, []int{4, 3, 2, 1, 0}},
		{"aWa", nil, []int{1, 0}},
		{"Diop", nil, []int{0}},
		{"a d", nil, []int{0}},
		{"0707", nil, []int{2}},
		{"+225", nil, []int{2}},
		{"%", nil, []int{4}},
		{"_", nil, []int{4}},
		{"\\", nil, []int{4}},
		{"0%", nil, []int{4}},
		{"1_0", nil, nil},
		{"ZOé", nil, []int{2}},
		{"zoÉ", nil, nil}, // A to Z alone in either case
		{"caf", nil, []int{4, 3}},
		{"caf", yes, []int{4}},
		{"", yes, []int{4}},
		{"", no, []int{3, 2, 1, 0}},
		{"nobody", nil, nil},
	} {
		q := checkout.CustomerQuery{Account: 1, Search: c.text, Business: c.business, Page: checkout.Page{Limit: 9}}
		list := func(tx checkout.Tx) ([]checkout.Customer, error) { return tx.ListCustomers(q) }
		b.same("found by "+c.text, customers.ids(read(b, list)), customers.of(c.want...))
		q.Nearest = true
		b.same("nearest by "+c.text, customers.ids(read(b, list)), customers.of(c.want...))
		q.Page = checkout.Page{Offset: 1, Limit: 1, Older: customers.of(1)[0]}
		count := read(b, func(tx checkout.Tx) (int64, error) { return tx.CountCustomers(q) })
		b.same("number of "+c.text, count, int64(len(c.want)))
	}
}

func customerByEmail(b *bench) {
	first, second, other := customer(1, "", "Awa@Example.com", ""), customer(2, "", "awa@example.com", ""), customer(0, "", "awa@example.com", "")
	other.Account = 2
	customers.add(b, second, first, other, customer(3, "", "", ""))
	by := func(email string) checkout.Customer {
		return read(b, func(tx checkout.Tx) (checkout.Customer, error) { return tx.CustomerByEmail(1, email) })
	}
	b.same("by address", by(" aWA@eXAMPLE.COM "), first)
	first.Email = "diop@example.com"
	b.update(func(tx checkout.Tx) error { return tx.PutCustomer(first) })
	b.same("when the oldest has another", by("awa@example.com"), second)
	first.Version++
	b.same("by the other", by("Diop@example.com"), first)
	for _, email := range []string{"", " ", "awa", "awa@example"} {
		b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.CustomerByEmail(1, email); return err })
	}
}

func hasPaid(b *bench) {
	s, other := session(1), session(2)
	b.insert(s, other)
	paid, failed, unknown := attempt(1, s), attempt(2, other), attempt(3, other)
	paid.Status, paid.CustomerID = checkout.AttemptPaid, "cus_1"
	failed.Status, failed.CustomerID = checkout.AttemptFailed, "cus_2"
	unknown.Status = checkout.AttemptPaid
	again := attempt(4, s)
	again.CustomerID = "cus_1"
	b.insertAttempts(paid, failed, unknown, again)
	has := func(account int64, customer string) bool {
		return read(b, func(tx checkout.Tx) (bool, error) { return tx.HasPaid(account, customer) })
	}
	b.same("who paid", has(1, "cus_1"), true)
	b.same("who failed", has(1, "cus_2"), false)
	b.same("in another account", has(2, "cus_1"), false)
	b.same("nobody", has(1, ""), false)
	list := func(q checkout.AttemptQuery) (ids []string) {
		q.Account, q.Limit = 1, 9
		for _, a := range read(b, func(tx checkout.Tx) ([]checkout.Attempt, error) { return tx.ListAttempts(q) }) {
			ids = append(ids, a.ID)
		}
		return ids
	}
	b.same("attempts", list(checkout.AttemptQuery{CustomerID: "cus_1"}), []string{again.ID, paid.ID})
	b.same("by status", list(checkout.AttemptQuery{CustomerID: "cus_1", Statuses: []checkout.AttemptStatus{"paid"}}), []string{paid.ID})
	b.same("by time", list(checkout.AttemptQuery{CustomerID: "cus_1", From: at(2)}), []string{again.ID})
	b.same("by session", list(checkout.AttemptQuery{CustomerID: "cus_1", SessionID: other.ID}), []string(nil))
	b.same("by session", list(checkout.AttemptQuery{CustomerID: "cus_2", SessionID: other.ID}), []string{failed.ID})
	b.same("by a part", list(checkout.AttemptQuery{CustomerID: "cus"}), []string(nil))
}
