package store

import (
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) InsertProduct(p checkout.Product) error {
	r, err := row.FromProduct(p)
	if err != nil {
		return err
	}
	return mapErr(t.q.InsertProduct(t.ctx, sqlitedb.InsertProductParams(r)))
}

func (t txn) Product(id string) (checkout.Product, error) {
	r, err := t.q.Product(t.ctx, id)
	if err != nil {
		return checkout.Product{}, mapErr(err)
	}
	return row.Product(r).Domain()
}

func (t txn) PutProduct(p checkout.Product) error {
	r, err := row.FromProduct(p)
	if err != nil {
		return err
	}
	return mustChange(t.q.PutProduct(t.ctx, sqlitedb.PutProductParams{
		ID: r.ID, Version: r.Version,
		Name: r.Name, Description: r.Description, Type: r.Type, Images: r.Images,
		Active: r.Active, Storefront: r.Storefront, Metadata: r.Metadata,
		FirstPayment: r.FirstPayment, TrialDays: r.TrialDays, ChargeDay: r.ChargeDay,
		OnFailure: r.OnFailure, Cycles: r.Cycles, DefaultPrice: r.DefaultPrice, UpdatedAt: r.UpdatedAt,
	}))
}

func (t txn) ListProducts(q checkout.ProductQuery) ([]checkout.Product, error) {
	r := row.FromProductQuery(q)
	if !q.Nearest {
		return products(t.q.ListProducts(t.caller, sqlitedb.ListProductsParams(r)))
	}
	list, err := products(t.q.ListProductsNearest(t.caller, sqlitedb.ListProductsNearestParams(r)))
	slices.Reverse(list)
	return list, err
}

func products(rows []sqlitedb.Product, err error) ([]checkout.Product, error) {
	if err != nil {
		return nil, mapErr(err)
	}
	list := make([]checkout.Product, len(rows))
	for i, r := range rows {
		if list[i], err = row.Product(r).Domain(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (t txn) InsertPrice(p checkout.Price) error {
	return mapErr(t.q.InsertPrice(t.ctx, sqlitedb.InsertPriceParams(row.FromPrice(p))))
}

func (t txn) PriceOf(id string) (checkout.Price, checkout.Product, error) {
	r, err := t.q.PriceOf(t.ctx, id)
	if err != nil {
		return checkout.Price{}, checkout.Product{}, mapErr(err)
	}
	product, err := row.Product(r.Product).Domain()
	return row.Price(r.Price).Domain(), product, err
}

func (t txn) PutPrice(p checkout.Price) error {
	r := row.FromPrice(p)
	return mustChange(t.q.PutPrice(t.ctx, sqlitedb.PutPriceParams{
		ID: r.ID, Version: r.Version,
		Amount: r.Amount, Currency: r.Currency, BillingInterval: r.BillingInterval,
		Model: r.Model, Minimum: r.Minimum, Maximum: r.Maximum,
		Active: r.Active, Metadata: r.Metadata, UpdatedAt: r.UpdatedAt,
	}))
}

func (t txn) ProductPrices(product string) ([]checkout.Price, error) {
	return prices(t.q.ProductPrices(t.ctx, product))
}

func (t txn) ListPrices(q checkout.PriceQuery) ([]checkout.Price, error) {
	r := row.FromPriceQuery(q)
	if !q.Nearest {
		return prices(t.q.ListPrices(t.caller, sqlitedb.ListPricesParams(r)))
	}
	list, err := prices(t.q.ListPricesNearest(t.caller, sqlitedb.ListPricesNearestParams(r)))
	slices.Reverse(list)
	return list, err
}

func prices(rows []sqlitedb.Price, err error) ([]checkout.Price, error) {
	list := make([]checkout.Price, len(rows))
	for i, r := range rows {
		list[i] = row.Price(r).Domain()
	}
	return list, mapErr(err)
}
