package httpapi

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
)

// wireProduct is a product on the wire. fees are part of the contract and always
// empty: what a session costs on top it says itself, in fee_amount.
type wireProduct struct {
	ID             string      `json:"id"`
	ProductID      string      `json:"product_id"` // the same string
	OrganizationID string      `json:"organization_id"`
	Name           string      `json:"name"`
	Description    *string     `json:"description"`
	ProductType    string      `json:"product_type"` // one_time or recurring
	Images         []string    `json:"images"`
	IsActive       bool        `json:"is_active"`
	Storefront     bool        `json:"display_on_storefront"`
	Prices         []wirePrice `json:"prices"`
	Fees           []struct{}  `json:"fees"`
	FirstPayment   *string     `json:"first_payment_type"` // of a recurring one, like the next five
	TrialEnabled   bool        `json:"trial_enabled"`
	TrialDays      *int64      `json:"trial_period_days"`
	ChargeDay      *int64      `json:"charge_day"`
	OnFailure      *string     `json:"failed_payment_action"`
	Cycles         *int64      `json:"cycles"` // how many periods are billed; null: until it is cancelled
	Metadata       jsonText    `json:"metadata"`
	Environment    string      `json:"environment"`
	CreatedAt      instant     `json:"created_at"`
	UpdatedAt      instant     `json:"updated_at"`
}

// wirePrice is a price on the wire. Amounts are in the smallest unit.
type wirePrice struct {
	ID              string            `json:"id"`
	PriceID         string            `json:"price_id"` // the same string
	ProductID       string            `json:"product_id"`
	Amount          int64             `json:"amount"`
	CurrencyCode    checkout.Currency `json:"currency_code"`
	BillingInterval *string           `json:"billing_interval"`
	PricingModel    string            `json:"pricing_model"`
	MinimumAmount   *int64            `json:"minimum_amount"`
	MaximumAmount   *int64            `json:"maximum_amount"`
	IsActive        bool              `json:"is_active"`
	IsDefault       bool              `json:"is_default"`
	Metadata        jsonText          `json:"metadata"`
	CreatedAt       instant           `json:"created_at"`
	UpdatedAt       instant           `json:"updated_at"`
}

// jsonText is metadata on the wire.
type jsonText checkout.Metadata

// MarshalJSON writes the object.
func (t jsonText) MarshalJSON() ([]byte, error) { return checkout.Metadata(t).JSON(), nil }

// some returns nil for the zero value.
func some[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func newProduct(p checkout.Priced, account checkout.Account) wireProduct {
	w := wireProduct{
		ID: p.ID, ProductID: p.ID, OrganizationID: account.Merchant, Name: p.Name, Description: some(p.Description),
		ProductType: string(p.Type), Images: p.Images, IsActive: p.Active, Storefront: p.Storefront,
		Prices: []wirePrice{}, Fees: []struct{}{},
		FirstPayment: some(string(p.Plan.FirstPayment)), TrialEnabled: p.Plan.TrialDays > 0, TrialDays: some(p.Plan.TrialDays),
		ChargeDay: some(p.Plan.ChargeDay), OnFailure: some(string(p.Plan.OnFailure)), Cycles: some(p.Plan.Cycles),
		Metadata: jsonText(p.Metadata), Environment: account.Environment(), CreatedAt: instant(p.CreatedAt), UpdatedAt: instant(p.UpdatedAt),
	}
	if w.Images == nil {
		w.Images = []string{}
	}
	for _, price := range p.Prices {
		w.Prices = append(w.Prices, newPrice(price, p.Product))
	}
	return w
}

func newPrice(p checkout.Price, of checkout.Product) wirePrice {
	return wirePrice{
		ID: p.ID, PriceID: p.ID, ProductID: p.ProductID, Amount: p.Amount.Amount, CurrencyCode: p.Amount.Currency,
		BillingInterval: some(string(p.Interval)), PricingModel: string(p.Model),
		MinimumAmount: some(p.Minimum), MaximumAmount: some(p.Maximum),
		IsActive: p.Active, IsDefault: p.ID == of.Default, Metadata: jsonText(p.Metadata),
		CreatedAt: instant(p.CreatedAt), UpdatedAt: instant(p.UpdatedAt),
	}
}

func (a *API) createProduct(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	p := checkout.Product{
		Name: b.text("name"), Description: b.text("description"), Type: checkout.ProductType(b.text("product_type")),
		Images: b.texts("images"), Active: b.flag("is_active", true), Storefront: b.flag("display_on_storefront", true),
		Metadata: b.metadata("metadata"), Plan: plan(b),
	}
	switch p.Type {
	case "":
		p.Type = checkout.ProductOneTime
	case "usage_based":
		b.problems.Add("product_type", "product_type must be one_time or recurring: usage is not billed here")
		p.Type = checkout.ProductOneTime
	}
	prices, asDefault := pricesOf(b)
	if err := b.problems.Err(); err != nil {
		return err
	}
	return a.create(w, r, b, func(tx checkout.Tx) (any, error) {
		made, prices, err := a.service.CreateProductIn(tx, r.account, p, prices, asDefault)
		return newProduct(checkout.Priced{Product: made, Prices: prices}, r.account), err
	})
}

// pricesOf reads the prices of a new product, and which of them is its default.
func pricesOf(b *body) (list []checkout.Price, asDefault int) {
	for i, one := range b.objects("prices") {
		p, first := price(one)
		if first {
			asDefault = i
		}
		b.absorb("prices", i, one)
		list = append(list, p)
	}
	return list, asDefault
}

// plan reads how a recurring product is billed.
func plan(b *body) (p checkout.Plan) {
	p.FirstPayment = checkout.FirstPayment(b.text("first_payment_type"))
	p.OnFailure = checkout.FailureAction(b.text("failed_payment_action"))
	p.ChargeDay, _ = b.integer("charge_day")
	p.Cycles, _ = b.integer("cycles")
	days, given := b.integer("trial_period_days")
	b.problems.Check(days >= 0 || b.problems.Has("trial_period_days"), "trial_period_days", "trial_period_days must be at least 0")
	days = max(days, 0)
	trial := b.flag("trial_enabled", days > 0)
	b.problems.Check(!trial || days > 0 || b.problems.Has("trial_period_days"), "trial_period_days", "trial_period_days is required with trial_enabled")
	b.problems.Check(trial || !given || days == 0, "trial_enabled", "trial_enabled must be true for trial_period_days to count")
	p.TrialDays = days
	return p
}

// price reads a price, and whether it is to be the default.
func price(b *body) (p checkout.Price, asDefault bool) {
	text := b.text("currency_code")
	b.problems.Check(text != "" || b.problems.Has("currency_code"), "currency_code", "currency_code is required")
	if text != "" {
		currency, err := checkout.ParseCurrency(text)
		b.problems.Merge(err)
		p.Amount.Currency = currency
	}
	p.Model, p.Interval = checkout.PricingModel(b.text("pricing_model")), checkout.Interval(b.text("billing_interval"))
	amount, given := b.integer("amount")
	b.problems.Check(given || p.Model == checkout.PriceOpen || b.problems.Has("amount"), "amount", "amount is required")
	p.Amount.Amount = amount
	p.Minimum, _ = b.integer("minimum_amount")
	p.Maximum, _ = b.integer("maximum_amount")
	p.Metadata = b.metadata("metadata")
	return p, b.flag("is_default", false)
}

func (a *API) products(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	page := q.page(checkout.PrefixProduct, 15)
	want := checkout.ProductQuery{Active: q.optional("isActive", "is_active")}
	if err := q.problems.Err(); err != nil {
		return err
	}
	list, err := paged(w, q, a.base(r.Request)+r.URL.Path, page, func(p checkout.Priced) string { return p.ID }, func(p checkout.Page) ([]checkout.Priced, error) {
		want.Page = p
		return a.service.Products(r.Context(), r.account, want)
	})
	if err != nil {
		return err
	}
	return replyList(w, len(list), func(i int) any { return newProduct(list[i], r.account) })
}

func (a *API) product(w http.ResponseWriter, r *request) error {
	p, err := a.service.Product(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newProduct(p, r.account))
}

func (a *API) updateProduct(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	name, description, images := b.text("name"), b.text("description"), b.texts("images")
	metadata, active, storefront := b.metadata("metadata"), b.flag("is_active", false), b.flag("display_on_storefront", false)
	for _, name := range []string{"product_type", "prices", "first_payment_type", "trial_enabled", "trial_period_days", "charge_day", "failed_payment_action", "cycles"} {
		b.problems.Check(b.get(name) == nil, name, name+" of a product never changes: make another product, and deactivate this one")
	}
	if err := b.problems.Err(); err != nil {
		return err
	}
	p, err := a.service.UpdateProduct(r.Context(), r.account, r.param("id"), func(p *checkout.Product) {
		set(b, "name", &p.Name, name)
		set(b, "description", &p.Description, description)
		set(b, "metadata", &p.Metadata, metadata)
		setFlag(b, "is_active", &p.Active, active)
		setFlag(b, "display_on_storefront", &p.Storefront, storefront)
		if b.given("images") {
			p.Images = images
		}
	})
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newProduct(p, r.account))
}

// set changes a field that the request names, also to nothing.
func set[T any](b *body, name string, field *T, value T) {
	if b.given(name) {
		*field = value
	}
}

// setFlag changes a flag that the request names, which cannot be nothing.
func setFlag(b *body, name string, field *bool, value bool) {
	if b.get(name) != nil {
		*field = value
	}
}

func (a *API) createPrice(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	p, asDefault := price(b)
	if err := b.problems.Err(); err != nil {
		return err
	}
	return a.create(w, r, b, func(tx checkout.Tx) (any, error) {
		made, of, err := a.service.AddPriceIn(tx, r.account, r.param("id"), p, asDefault)
		return newPrice(made, of), err
	})
}

func (a *API) prices(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	page := q.page(checkout.PrefixPrice, defaultPage)
	want := checkout.PriceQuery{ProductID: q.text("product_id"), Active: q.optional("isActive", "is_active")}
	if err := q.problems.Err(); err != nil {
		return err
	}
	var of []checkout.Product
	list, err := paged(w, q, a.base(r.Request)+r.URL.Path, page, func(p checkout.Price) string { return p.ID }, func(p checkout.Page) (list []checkout.Price, err error) {
		want.Page = p
		list, of, err = a.service.Prices(r.Context(), r.account, want)
		return list, err
	})
	if err != nil {
		return err
	}
	return replyList(w, len(list), func(i int) any {
		at := slices.IndexFunc(of, func(p checkout.Product) bool { return p.ID == list[i].ProductID })
		return newPrice(list[i], of[at])
	})
}

func (a *API) price(w http.ResponseWriter, r *request) error {
	p, of, err := a.service.Price(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newPrice(p, of))
}

func (a *API) updatePrice(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	for _, name := range []string{"amount", "currency_code", "billing_interval", "pricing_model", "minimum_amount", "maximum_amount"} {
		b.problems.Check(b.get(name) == nil, name, fmt.Sprintf("%s of a price never changes: make another price, and deactivate this one", name))
	}
	active, metadata := b.flag("is_active", false), b.metadata("metadata")
	if err := b.problems.Err(); err != nil {
		return err
	}
	p, of, err := a.service.UpdatePrice(r.Context(), r.account, r.param("id"), r.param("price"), func(p *checkout.Price) {
		setFlag(b, "is_active", &p.Active, active)
		set(b, "metadata", &p.Metadata, metadata)
	})
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newPrice(p, of))
}

func (a *API) setDefaultPrice(w http.ResponseWriter, r *request) error {
	p, err := a.service.UpdateProduct(r.Context(), r.account, r.param("id"), func(p *checkout.Product) { p.Default = r.param("price") })
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newProduct(p, r.account))
}
