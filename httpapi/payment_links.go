package httpapi

import (
	"net/http"

	"github.com/checkoutd/checkoutd/checkout"
)

// wireLink is a payment link on the wire.
type wireLink struct {
	ID              string            `json:"id"`
	LinkID          string            `json:"link_id"` // the same string
	OrganizationID  string            `json:"organization_id"`
	LinkType        string            `json:"link_type"`
	URL             string            `json:"url"`
	Title           string            `json:"title"`
	Description     *string           `json:"description"`
	Amount          int64             `json:"amount"` // of a product link what its price says now, 0 if it has none
	CurrencyCode    checkout.Currency `json:"currency_code"`
	ProductID       *string           `json:"product_id"`
	PriceID         *string           `json:"price_id"`
	AllowQuantity   bool              `json:"allow_quantity"`
	AllowCouponCode bool              `json:"allow_coupon_code"`
	BillingAddress  bool              `json:"require_billing_address"`
	RequireName     bool              `json:"require_name"`
	RequireEmail    bool              `json:"require_email"`
	RequirePhone    bool              `json:"require_phone"`
	SuccessURL      *string           `json:"success_url"`
	CancelURL       *string           `json:"cancel_url"`
	Metadata        jsonText          `json:"metadata"`
	IsActive        bool              `json:"is_active"`
	ExpiresAt       instant           `json:"expires_at"`
	MaxUses         *int64            `json:"max_uses"` // how many of its sessions may be paid
	Uses            int64             `json:"uses"`     // how many were
	Environment     string            `json:"environment"`
	CreatedAt       instant           `json:"created_at"`
	UpdatedAt       instant           `json:"updated_at"`
}

func newLink(l checkout.PricedLink, account checkout.Account, base string) wireLink {
	return wireLink{
		ID: l.ID, LinkID: l.ID, OrganizationID: account.Merchant, LinkType: string(l.Type), URL: base + "/" + l.ID,
		Title: l.Title, Description: some(l.Description), Amount: l.Costs, CurrencyCode: l.Currency,
		ProductID: some(l.ProductID), PriceID: some(l.PriceID),
		AllowQuantity: l.AllowQuantity, AllowCouponCode: l.AllowCouponCode, BillingAddress: l.Form.BillingAddress,
		RequireName: l.Form.Name, RequireEmail: l.Form.Email, RequirePhone: l.Form.Phone,
		SuccessURL: some(l.SuccessURL), CancelURL: some(l.CancelURL), Metadata: jsonText(l.Metadata),
		IsActive: l.Active, ExpiresAt: instant(l.ExpiresAt), MaxUses: some(l.MaxUses), Uses: l.Uses,
		Environment: account.Environment(), CreatedAt: instant(l.CreatedAt), UpdatedAt: instant(l.UpdatedAt),
	}
}

func (a *API) createLink(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	l := checkout.Link{Type: checkout.LinkType(b.text("link_type")), Form: checkout.DefaultForm}
	l.Currency = currencyOf(b)
	b.problems.Check(l.Currency != "" || b.problems.Has("currency_code"), "currency_code", "currency_code is required")
	linkFields(b)(&l)
	if err := b.problems.Err(); err != nil {
		return err
	}
	return a.create(w, r, b, func(tx checkout.Tx) (any, error) {
		made, err := a.service.CreateLinkIn(tx, r.account, l)
		return newLink(made, r.account, a.base(r.Request)), err
	})
}

// linkFields reads a link and returns what sets the fields that the request names.
func linkFields(b *body) func(*checkout.Link) {
	title, description, product, price := b.text("title"), b.text("description"), b.text("product_id"), b.text("price_id")
	success, cancel, metadata, expires := b.text("success_url"), b.text("cancel_url"), b.metadata("metadata"), b.instant("expires_at")
	amount, priced := b.integer("amount")
	b.problems.Check(!priced || amount > 0 || b.problems.Has("amount"), "amount", "amount must be greater than 0")
	most, given := b.integer("max_uses")
	b.problems.Check(!given || most >= 1 || b.problems.Has("max_uses"), "max_uses", "max_uses must be at least 1, or null for any number")
	quantity, coupons := b.flag("allow_quantity", false), b.flag("allow_coupon_code", false)
	billing, name := b.flag("require_billing_address", true), b.flag("require_name", true)
	email, phone := b.flag("require_email", true), b.flag("require_phone", false)
	return func(l *checkout.Link) {
		set(b, "title", &l.Title, title)
		set(b, "description", &l.Description, description)
		set(b, "amount", &l.Amount, amount)
		set(b, "product_id", &l.ProductID, product)
		set(b, "price_id", &l.PriceID, price)
		set(b, "success_url", &l.SuccessURL, success)
		set(b, "cancel_url", &l.CancelURL, cancel)
		set(b, "metadata", &l.Metadata, metadata)
		set(b, "expires_at", &l.ExpiresAt, expires)
		set(b, "max_uses", &l.MaxUses, most)
		setFlag(b, "allow_quantity", &l.AllowQuantity, quantity)
		setFlag(b, "allow_coupon_code", &l.AllowCouponCode, coupons)
		setFlag(b, "require_billing_address", &l.Form.BillingAddress, billing)
		setFlag(b, "require_name", &l.Form.Name, name)
		setFlag(b, "require_email", &l.Form.Email, email)
		setFlag(b, "require_phone", &l.Form.Phone, phone)
	}
}

// paymentLinks lists links in lomi.'s envelope. total is that of all links that
// match, not of the page.
func (a *API) paymentLinks(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	page := q.page(checkout.PrefixLink, defaultPage)
	want := checkout.LinkQuery{Type: checkout.LinkType(q.text("linkType")), Active: q.optional("isActive", "is_active")}
	q.problems.Check(want.Type == "" || want.Type == checkout.LinkInstant || want.Type == checkout.LinkProduct, "linkType", "linkType must be instant or product")
	if err := q.problems.Err(); err != nil {
		return err
	}
	var count int64
	list, err := paged(w, q, a.base(r.Request)+r.URL.Path, page, func(l checkout.PricedLink) string { return l.ID }, func(p checkout.Page) (list []checkout.PricedLink, err error) {
		want.Page = p
		list, count, err = a.service.Links(r.Context(), r.account, want)
		return list, err
	})
	if err != nil {
		return err
	}
	rows := make([]wireLink, len(list))
	for i, l := range list {
		rows[i] = newLink(l, r.account, a.base(r.Request))
	}
	return reply(w, http.StatusOK, map[string]any{"data": rows, "total": count, "limit": page.Limit, "offset": page.Offset})
}

func (a *API) paymentLink(w http.ResponseWriter, r *request) error {
	l, err := a.service.Link(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newLink(l, r.account, a.base(r.Request)))
}

func (a *API) updateLink(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	active := b.flag("is_active", false)
	for _, name := range []string{"link_type", "currency_code"} {
		b.problems.Check(b.get(name) == nil, name, name+" cannot be changed: make another link, and deactivate this one")
	}
	alter := linkFields(b)
	if err := b.problems.Err(); err != nil {
		return err
	}
	l, err := a.service.UpdateLink(r.Context(), r.account, r.param("id"), func(l *checkout.Link) {
		alter(l)
		setFlag(b, "is_active", &l.Active, active)
	})
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newLink(l, r.account, a.base(r.Request)))
}
