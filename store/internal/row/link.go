package row

import "github.com/checkoutd/checkoutd/checkout"

// Link is a row of checkoutd_links.
type Link struct {
	ID                    string
	Account               int64
	Version               int64
	Type                  string
	Title                 string
	Description           string
	Amount                int64
	Currency              string
	ProductID             string
	PriceID               string
	AllowQuantity         int64
	AllowCouponCode       int64
	RequireName           int64
	RequireEmail          int64
	RequirePhone          int64
	RequireBillingAddress int64
	SuccessURL            string
	CancelURL             string
	Metadata              string
	Active                int64
	ExpiresAt             int64
	MaxUses               int64
	Uses                  int64
	CreatedAt             int64
	UpdatedAt             int64
}

// FromLink returns the row of l.
func FromLink(l checkout.Link) Link {
	return Link{
		ID: l.ID, Account: l.Account, Version: l.Version, Type: string(l.Type),
		Title: l.Title, Description: l.Description, Amount: l.Amount, Currency: string(l.Currency),
		ProductID: l.ProductID, PriceID: l.PriceID,
		AllowQuantity: Flag(l.AllowQuantity), AllowCouponCode: Flag(l.AllowCouponCode),
		RequireName: Flag(l.Form.Name), RequireEmail: Flag(l.Form.Email),
		RequirePhone: Flag(l.Form.Phone), RequireBillingAddress: Flag(l.Form.BillingAddress),
		SuccessURL: l.SuccessURL, CancelURL: l.CancelURL, Metadata: string(l.Metadata),
		Active: Flag(l.Active), ExpiresAt: Optional(l.ExpiresAt), MaxUses: l.MaxUses, Uses: l.Uses,
		CreatedAt: Millis(l.CreatedAt), UpdatedAt: Millis(l.UpdatedAt),
	}
}

// Domain returns the link that r is the row of.
func (r Link) Domain() checkout.Link {
	return checkout.Link{
		ID: r.ID, Account: r.Account, Version: r.Version, Type: checkout.LinkType(r.Type),
		Title: r.Title, Description: r.Description, Amount: r.Amount, Currency: checkout.Currency(r.Currency),
		ProductID: r.ProductID, PriceID: r.PriceID,
		AllowQuantity: r.AllowQuantity != 0, AllowCouponCode: r.AllowCouponCode != 0,
		Form: checkout.Form{
			Name: r.RequireName != 0, Email: r.RequireEmail != 0,
			Phone: r.RequirePhone != 0, BillingAddress: r.RequireBillingAddress != 0,
		},
		SuccessURL: r.SuccessURL, CancelURL: r.CancelURL, Metadata: checkout.Metadata(r.Metadata),
		Active: r.Active != 0, ExpiresAt: OptionalAt(r.ExpiresAt), MaxUses: r.MaxUses, Uses: r.Uses,
		CreatedAt: At(r.CreatedAt), UpdatedAt: At(r.UpdatedAt),
	}
}

// LinkQuery is a [checkout.LinkQuery] as the queries take it.
type LinkQuery struct {
	Account      int64
	Newer, Older string
	Type         string
	Active       int64
	Skip, Max    int64
}

// FromLinkQuery returns what q asks of the stored columns.
func FromLinkQuery(q checkout.LinkQuery) LinkQuery {
	r := LinkQuery{Account: q.Account, Type: string(q.Type), Active: wanted(q.Active), Skip: int64(q.Offset), Max: int64(q.Limit)}
	r.Newer, r.Older = pageBounds(linkPrefix, q.Page)
	return r
}
