package httpapi

import (
	"fmt"
	"net/http"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// wireCustomer is a customer on the wire.
type wireCustomer struct {
	ID             string   `json:"id"`
	CustomerID     string   `json:"customer_id"` // the same string
	OrganizationID string   `json:"organization_id"`
	Name           string   `json:"name"`
	Email          *string  `json:"email"`
	PhoneNumber    *string  `json:"phone_number"`    // in E.164
	WhatsappNumber *string  `json:"whatsapp_number"` // in E.164
	Address        *string  `json:"address"`
	City           *string  `json:"city"`
	PostalCode     *string  `json:"postal_code"`
	Country        *string  `json:"country"`
	IsBusiness     bool     `json:"is_business"`
	Metadata       jsonText `json:"metadata"`
	Environment    string   `json:"environment"`
	CreatedAt      instant  `json:"created_at"`
	UpdatedAt      instant  `json:"updated_at"`
}

// newCustomer returns c on the wire. Who gave no name is called by what is known.
func newCustomer(c checkout.Customer, account checkout.Account) wireCustomer {
	w := wireCustomer{
		ID: c.ID, CustomerID: c.ID, OrganizationID: account.Merchant, Name: c.Name, Email: some(c.Email),
		PhoneNumber: some(c.Phone), WhatsappNumber: some(c.WhatsApp), Address: some(c.Address), City: some(c.City),
		PostalCode: some(c.PostalCode), Country: some(c.Country), IsBusiness: c.Business, Metadata: jsonText(c.Metadata),
		Environment: account.Environment(), CreatedAt: instant(c.CreatedAt), UpdatedAt: instant(c.UpdatedAt),
	}
	for _, name := range []string{c.Email, c.Phone, "Customer"} {
		if w.Name == "" {
			w.Name = name
		}
	}
	return w
}

func (a *API) createCustomer(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	var c checkout.Customer
	customerFields(b)(&c)
	if err := b.problems.Err(); err != nil {
		return err
	}
	return a.create(w, r, b, func(tx checkout.Tx) (any, error) {
		made, err := a.service.CreateCustomerIn(tx, r.account, c)
		return newCustomer(made, r.account), err
	})
}

// customerFields reads a customer and returns what sets the fields that the request
// names.
func customerFields(b *body) func(*checkout.Customer) {
	var c checkout.Customer
	texts := []struct {
		name string
		of   func(*checkout.Customer) *string
	}{
		{"name", func(c *checkout.Customer) *string { return &c.Name }},
		{"email", func(c *checkout.Customer) *string { return &c.Email }},
		{"phone_number", func(c *checkout.Customer) *string { return &c.Phone }},
		{"whatsapp_number", func(c *checkout.Customer) *string { return &c.WhatsApp }},
		{"address", func(c *checkout.Customer) *string { return &c.Address }},
		{"city", func(c *checkout.Customer) *string { return &c.City }},
		{"postal_code", func(c *checkout.Customer) *string { return &c.PostalCode }},
		{"country", func(c *checkout.Customer) *string { return &c.Country }},
	}
	for _, f := range texts {
		*f.of(&c) = b.text(f.name)
	}
	c.Business, c.Metadata = b.flag("is_business", false), b.metadata("metadata")
	return func(to *checkout.Customer) {
		for _, f := range texts {
			set(b, f.name, f.of(to), *f.of(&c))
		}
		setFlag(b, "is_business", &to.Business, c.Business)
		set(b, "metadata", &to.Metadata, c.Metadata)
	}
}

// customers lists customers in lomi.'s envelope.
func (a *API) customers(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	page := q.page(checkout.PrefixCustomer, q.number("pageSize", 50, 1, maxPage))
	number := q.number("page", 1, 1, 1<<20)
	want := checkout.CustomerQuery{Search: q.text("search")}
	switch kind := q.text("type"); kind {
	case "", "all":
	case "business", "individual":
		business := kind == "business"
		want.Business = &business
	default:
		q.problems.Add("type", "type must be business, individual or all")
	}
	status := q.text("status")
	q.problems.Check(status == "" || status == "all" || status == "active" || status == "inactive", "status", "status must be active, inactive or all")
	if err := q.problems.Err(); err != nil {
		return err
	}
	if q.text("offset") == "" {
		page.Offset = (number - 1) * page.Limit
	}
	var total int64
	list := []checkout.Customer{}
	if status != "inactive" { // those are deleted here, and gone
		list, err = paged(w, q, a.base(r.Request)+r.URL.Path, page, func(c checkout.Customer) string { return c.ID }, func(p checkout.Page) (list []checkout.Customer, err error) {
			want.Page = p
			list, total, err = a.service.Customers(r.Context(), r.account, want)
			return list, err
		})
		if err != nil {
			return err
		}
	}
	rows := make([]wireCustomer, len(list))
	for i, c := range list {
		rows[i] = newCustomer(c, r.account)
	}
	return reply(w, http.StatusOK, map[string]any{"customers": rows, "pagination": map[string]int64{
		"page": int64(page.Offset/page.Limit + 1), "pageSize": int64(page.Limit), "totalCount": total,
		"totalPages": (total + int64(page.Limit) - 1) / int64(page.Limit),
	}})
}

func (a *API) customer(w http.ResponseWriter, r *request) error {
	c, err := a.service.Customer(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newCustomer(c, r.account))
}

// updateCustomer changes the fields that the request names; null and "" clear one.
func (a *API) updateCustomer(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	alter := customerFields(b)
	if err := b.problems.Err(); err != nil {
		return err
	}
	c, err := a.service.UpdateCustomer(r.Context(), r.account, r.param("id"), alter)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newCustomer(c, r.account))
}

func (a *API) deleteCustomer(w http.ResponseWriter, r *request) error {
	id := r.param("id")
	if err := a.service.DeleteCustomer(r.Context(), r.account, id); err != nil {
		return err
	}
	return reply(w, http.StatusOK, map[string]any{"id": id, "deleted": true, "message": fmt.Sprintf("Customer %s is deleted", id)})
}

// customerTransactions lists what a customer has paid, or tried to.
func (a *API) customerTransactions(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	want, none := transactionQuery(q)
	if err := q.problems.Err(); err != nil {
		return err
	}
	c, err := a.service.Customer(r.Context(), r.account, r.param("id"))
	if err != nil || none {
		return orNone(w, err)
	}
	want.CustomerID = c.ID
	list, err := a.service.Transactions(r.Context(), r.account, want)
	if err != nil {
		return err
	}
	return replyList(w, len(list), func(i int) any { return webhook.NewTransaction(list[i]) })
}

// orNone answers with an empty list, unless there is an error.
func orNone(w http.ResponseWriter, err error) error {
	if err != nil {
		return err
	}
	return replyList(w, 0, nil)
}
