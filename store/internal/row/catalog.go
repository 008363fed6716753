package row

import "github.com/checkoutd/checkoutd/checkout"

// Product is a row of checkoutd_products.
type Product struct {
	ID           string
	Account      int64
	Version      int64
	Name         string
	Description  string
	Type         string
	Images       string
	Active       int64
	Storefront   int64
	Metadata     string
	FirstPayment string
	TrialDays    int64
	ChargeDay    int64
	OnFailure    string
	Cycles       int64
	DefaultPrice string
	CreatedAt    int64
	UpdatedAt    int64
}

// FromProduct returns the row of p.
func FromProduct(p checkout.Product) (Product, error) {
	images, err := texts(p.Images)
	return Product{
		ID: p.ID, Account: p.Account, Version: p.Version,
		Name: p.Name, Description: p.Description, Type: string(p.Type), Images: images,
		Active: Flag(p.Active), Storefront: Flag(p.Storefront), Metadata: string(p.Metadata),
		FirstPayment: string(p.Plan.FirstPayment), TrialDays: p.Plan.TrialDays, ChargeDay: p.Plan.ChargeDay,
		OnFailure: string(p.Plan.OnFailure), Cycles: p.Plan.Cycles, DefaultPrice: p.Default,
		CreatedAt: Millis(p.CreatedAt), UpdatedAt: Millis(p.UpdatedAt),
	}, err
}

// Domain returns the product that r is the row of.
func (r Product) Domain() (checkout.Product, error) {
	images, err := parseTexts[string](r.Images)
	return checkout.Product{
		ID: r.ID, Account: r.Account, Version: r.Version,
		Name: r.Name, Description: r.Description, Type: checkout.ProductType(r.Type), Images: images,
		Active: r.Active != 0, Storefront: r.Storefront != 0, Metadata: checkout.Metadata(r.Metadata),
		Plan: plan(r.FirstPayment, r.TrialDays, r.ChargeDay, r.OnFailure, r.Cycles), Default: r.DefaultPrice,
		CreatedAt: At(r.CreatedAt), UpdatedAt: At(r.UpdatedAt),
	}, err
}

func plan(first string, trial, chargeDay int64, onFailure string, cycles int64) checkout.Plan {
	return checkout.Plan{
		FirstPayment: checkout.FirstPayment(first), TrialDays: trial, ChargeDay: chargeDay,
		OnFailure: checkout.FailureAction(onFailure), Cycles: cycles,
	}
}

// ProductQuery is a [checkout.ProductQuery] as the queries take it.
type ProductQuery struct {
	Account      int64
	Newer, Older string
	Active       int64
	Skip, Max    int64
}

// FromProductQuery returns what q asks of the stored columns.
func FromProductQuery(q checkout.ProductQuery) ProductQuery {
	r := ProductQuery{Account: q.Account, Active: wanted(q.Active), Skip: int64(q.Offset), Max: int64(q.Limit)}
	r.Newer, r.Older = pageBounds(productPrefix, q.Page)
	return r
}

// PriceQuery is a [checkout.PriceQuery] as the queries take it.
type PriceQuery struct {
	Account      int64
	Newer, Older string
	OfProduct    string
	Active       int64
	Skip, Max    int64
}

// FromPriceQuery returns what q asks of the stored columns.
func FromPriceQuery(q checkout.PriceQuery) PriceQuery {
	r := PriceQuery{Account: q.Account, OfProduct: q.ProductID, Active: wanted(q.Active), Skip: int64(q.Offset), Max: int64(q.Limit)}
	r.Newer, r.Older = pageBounds(pricePrefix, q.Page)
	return r
}

// Price is a row of checkoutd_prices.
type Price struct {
	ID              string
	Account         int64
	ProductID       string
	Version         int64
	Amount          int64
	Currency        string
	BillingInterval string
	Model           string
	Minimum         int64
	Maximum         int64
	Active          int64
	Metadata        string
	CreatedAt       int64
	UpdatedAt       int64
}

// FromPrice returns the row of p.
func FromPrice(p checkout.Price) Price {
	return Price{
		ID: p.ID, Account: p.Account, ProductID: p.ProductID, Version: p.Version,
		Amount: p.Amount.Amount, Currency: string(p.Amount.Currency), BillingInterval: string(p.Interval),
		Model: string(p.Model), Minimum: p.Minimum, Maximum: p.Maximum, Active: Flag(p.Active), Metadata: string(p.Metadata),
		CreatedAt: Millis(p.CreatedAt), UpdatedAt: Millis(p.UpdatedAt),
	}
}

// Domain returns the price that r is the row of.
func (r Price) Domain() checkout.Price {
	return checkout.Price{
		ID: r.ID, Account: r.Account, ProductID: r.ProductID, Version: r.Version,
		Amount: money(r.Amount, r.Currency), Interval: checkout.Interval(r.BillingInterval),
		Model: checkout.PricingModel(r.Model), Minimum: r.Minimum, Maximum: r.Maximum, Active: r.Active != 0, Metadata: checkout.Metadata(r.Metadata),
		CreatedAt: At(r.CreatedAt), UpdatedAt: At(r.UpdatedAt),
	}
}
