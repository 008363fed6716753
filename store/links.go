package store

import (
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) InsertLink(l checkout.Link) error {
	return mapErr(t.q.InsertLink(t.ctx, sqlitedb.InsertLinkParams(row.FromLink(l))))
}

func (t txn) Link(id string) (checkout.Link, error) {
	r, err := t.q.Link(t.ctx, id)
	return row.Link(r).Domain(), mapErr(err)
}

func (t txn) PutLink(l checkout.Link) error {
	r := row.FromLink(l)
	return mustChange(t.q.PutLink(t.ctx, sqlitedb.PutLinkParams{
		ID: r.ID, Version: r.Version, Type: r.Type,
		Title: r.Title, Description: r.Description, Amount: r.Amount, Currency: r.Currency,
		ProductID: r.ProductID, PriceID: r.PriceID,
		AllowQuantity: r.AllowQuantity, AllowCouponCode: r.AllowCouponCode,
		RequireName: r.RequireName, RequireEmail: r.RequireEmail, RequirePhone: r.RequirePhone,
		RequireBillingAddress: r.RequireBillingAddress,
		SuccessURL:            r.SuccessURL, CancelURL: r.CancelURL, Metadata: r.Metadata,
		Active: r.Active, ExpiresAt: r.ExpiresAt, MaxUses: r.MaxUses, Uses: r.Uses, UpdatedAt: r.UpdatedAt,
	}))
}

func (t txn) ListLinks(q checkout.LinkQuery) ([]checkout.Link, error) {
	r := row.FromLinkQuery(q)
	if !q.Nearest {
		return paymentLinks(t.q.ListLinks(t.caller, sqlitedb.ListLinksParams(r)))
	}
	list, err := paymentLinks(t.q.ListLinksNearest(t.caller, sqlitedb.ListLinksNearestParams(r)))
	slices.Reverse(list)
	return list, err
}

func (t txn) CountLinks(q checkout.LinkQuery) (int64, error) {
	r := row.FromLinkQuery(q)
	n, err := t.q.CountLinks(t.caller, sqlitedb.CountLinksParams{Account: r.Account, Type: r.Type, Active: r.Active})
	return n, mapErr(err)
}

func paymentLinks(rows []sqlitedb.Link, err error) ([]checkout.Link, error) {
	list := make([]checkout.Link, len(rows))
	for i, r := range rows {
		list[i] = row.Link(r).Domain()
	}
	return list, mapErr(err)
}
