package main

import (
	"encoding/json"
	"strings"
)

type (
	productRows  struct{}
	priceRows    struct{}
	customerRows struct{}
	couponRows   struct{}
	linkRows     struct{}
	refundRows   struct{}
)

func (productRows) path() string    { return "/products" }
func (productRows) list() string    { return "" }
func (productRows) columns() string { return "id name product_type is_active prices" }
func (priceRows) path() string      { return "/prices" }
func (priceRows) list() string      { return "" }
func (priceRows) columns() string {
	return "id product_id amount currency_code billing_interval pricing_model is_active is_default"
}
func (customerRows) path() string    { return "/customers" }
func (customerRows) list() string    { return "customers" }
func (customerRows) columns() string { return "id name email phone_number created_at" }
func (couponRows) path() string      { return "/discount-coupons" }
func (couponRows) list() string      { return "" }
func (couponRows) columns() string {
	return "id code discount_percentage discount_fixed_amount is_active current_uses max_uses expires_at"
}
func (linkRows) path() string    { return "/payment-links" }
func (linkRows) list() string    { return "data" }
func (linkRows) columns() string { return "id title amount currency_code is_active uses max_uses url" }
func (refundRows) path() string  { return "/refunds" }
func (refundRows) list() string  { return "data" }
func (refundRows) columns() string {
	return "id transaction_id amount currency_code status origin created_at"
}

type productsCmd struct {
	Create productsCreateCmd    `cmd:"" help:"Make a product with a price."`
	List   listCmd[productRows] `cmd:"" help:"List products with their prices, the newest first."`
	Show   showCmd[productRows] `cmd:"" help:"Show a product."`
}

// priceFlags describe a price.
type priceFlags struct {
	Amount   int64  `local:"" help:"What one costs, in the smallest unit: francs, cents. Of an open price what is suggested." placeholder:"N"`
	Currency string `local:"" default:"XOF" help:"XOF, USD or EUR." placeholder:"CODE"`
	Interval string `local:"" help:"How often it is paid, for a recurring product: day, week, bi-weekly, month, bi-monthly, quarterly, semi-annual or year." placeholder:"HOW"`
	Minimum  int64  `local:"" help:"Lets the customer choose what to pay, from so much on." placeholder:"N"`
	Maximum  int64  `local:"" help:"Up to so much." placeholder:"N"`
}

func (p priceFlags) fields() map[string]any {
	fields := map[string]any{
		"amount": p.Amount, "currency_code": p.Currency, "billing_interval": p.Interval,
		"minimum_amount": p.Minimum, "maximum_amount": p.Maximum,
	}
	if p.Minimum != 0 || p.Maximum != 0 {
		fields["pricing_model"] = "pay_what_you_want"
	}
	return given(fields)
}

type productsCreateCmd struct {
	made
	priceFlags
	Name         string   `arg:"" help:"What customers call it."`
	Description  string   `local:"" help:"What customers read about it." placeholder:"TEXT"`
	Image        []string `local:"" help:"The URL of a picture; may be given again." placeholder:"URL"`
	TrialDays    int64    `local:"" help:"Of a recurring one: nothing is charged for so many days." placeholder:"N"`
	FirstPayment string   `local:"" help:"Of a recurring one: initial, non_initial or prorated." placeholder:"HOW"`
	ChargeDay    int64    `local:"" help:"Of a recurring one: the day of the month on which it is charged, 1 to 28." placeholder:"N"`
	OnFailure    string   `local:"" help:"Of a recurring one, if it is not paid: continue, pause or cancel." placeholder:"WHAT"`
	Cycles       int64    `local:"" help:"Of a recurring one: how often it is charged in all." placeholder:"N"`
}

// Run makes the product.
func (c *productsCreateCmd) Run(e *env) error {
	fields := map[string]any{
		"name": c.Name, "description": c.Description, "images": c.Image, "prices": []any{c.fields()},
		"trial_period_days": c.TrialDays, "trial_enabled": c.TrialDays > 0, "first_payment_type": c.FirstPayment,
		"charge_day": c.ChargeDay, "failed_payment_action": c.OnFailure, "cycles": c.Cycles,
	}
	if c.Interval != "" {
		fields["product_type"] = "recurring"
	}
	return c.create(e, "/products", fields)
}

type pricesCmd struct {
	Create pricesCreateCmd    `cmd:"" help:"Give a product another price."`
	List   listCmd[priceRows] `cmd:"" help:"List prices, the newest first; --filter product_id=prod_… for those of a product."`
	Show   showCmd[priceRows] `cmd:"" help:"Show a price."`
}

type pricesCreateCmd struct {
	made
	priceFlags
	Product string `local:"" required:"" help:"Of which product." placeholder:"prod_…"`
	Default bool   `local:"" help:"Make it what the product costs if no price is named."`
}

// Run makes the price.
func (c *pricesCreateCmd) Run(e *env) error {
	fields := c.fields()
	fields["is_default"] = c.Default
	return c.create(e, pathOf("/products", c.Product, "/prices"), fields)
}

type customersCmd struct {
	Create customersCreateCmd    `cmd:"" help:"Make a customer."`
	List   listCmd[customerRows] `cmd:"" help:"List customers, the newest first; --filter search=TEXT finds some."`
	Show   showCmd[customerRows] `cmd:"" help:"Show a customer."`
}

type customersCreateCmd struct {
	made
	Name       string `arg:"" help:"Their name."`
	Email      string `local:"" help:"Their email address." placeholder:"ADDRESS"`
	Phone      string `local:"" help:"Their phone number, in international form." placeholder:"+225…"`
	Whatsapp   string `local:"" help:"Their number on WhatsApp, in international form." placeholder:"+225…"`
	Address    string `local:"" help:"Street and number." placeholder:"TEXT"`
	City       string `local:"" help:"City." placeholder:"TEXT"`
	PostalCode string `local:"" help:"Postal code." placeholder:"TEXT"`
	Country    string `local:"" help:"Country." placeholder:"TEXT"`
	Business   bool   `local:"" help:"They are a business."`
}

// Run makes the customer.
func (c *customersCreateCmd) Run(e *env) error {
	return c.create(e, "/customers", map[string]any{
		"name": c.Name, "email": c.Email, "phone_number": c.Phone, "whatsapp_number": c.Whatsapp, "address": c.Address,
		"city": c.City, "postal_code": c.PostalCode, "country": c.Country, "is_business": c.Business,
	})
}

type couponsCmd struct {
	Create couponsCreateCmd    `cmd:"" help:"Make a coupon."`
	List   listCmd[couponRows] `cmd:"" help:"List coupons, the newest first."`
	Show   showCmd[couponRows] `cmd:"" help:"Show a coupon."`
}

type couponsCreateCmd struct {
	made
	Code        string   `arg:"" help:"What customers type."`
	Percent     string   `local:"" xor:"off" required:"" help:"What it takes off, in percent, such as 12.5." placeholder:"N"`
	Fixed       int64    `local:"" xor:"off" required:"" help:"What it takes off, in the smallest unit." placeholder:"N"`
	Currency    string   `local:"" help:"Of --fixed: the only currency it is good for." placeholder:"CODE"`
	Description string   `local:"" help:"For you." placeholder:"TEXT"`
	MaxUses     int64    `local:"" help:"How often it may be used in all." placeholder:"N"`
	MaxQuantity int64    `local:"" help:"For how many at once it is good." placeholder:"N"`
	Limit       int64    `local:"" help:"How often it may be used per --per." placeholder:"N"`
	Per         string   `local:"" help:"What --limit counts: customer, customer_per_product, day, week or month (UTC)." placeholder:"WHAT"`
	Customers   string   `local:"" help:"Who may use it: all, new or returning." placeholder:"WHO"`
	From        string   `local:"" help:"From when on, such as 2026-03-01T09:00:00Z." placeholder:"TIME"`
	Until       string   `local:"" help:"Until when." placeholder:"TIME"`
	Product     []string `local:"" xor:"scope" help:"For this product only; may be given again." placeholder:"prod_…"`
	Price       []string `local:"" xor:"scope" help:"For this price only; may be given again." placeholder:"price_…"`
}

// Run makes the coupon.
func (c *couponsCreateCmd) Run(e *env) error {
	fields := map[string]any{
		"code": c.Code, "discount_type": "percentage", "discount_fixed_amount": c.Fixed, "currency_code": c.Currency,
		"description": c.Description, "max_uses": c.MaxUses, "max_quantity_per_use": c.MaxQuantity,
		"usage_limit_value": c.Limit, "customer_type": c.Customers, "valid_from": c.From, "expires_at": c.Until,
		"product_ids": c.Product, "price_ids": c.Price,
	}
	if c.Percent != "" {
		fields["discount_percentage"] = decimal(c.Percent)
	} else {
		fields["discount_type"] = "fixed"
	}
	if c.Per != "" {
		fields["usage_frequency_limit"] = "per_" + c.Per
	}
	switch {
	case len(c.Product) > 0:
		fields["scope_type"] = "specific_products"
	case len(c.Price) > 0:
		fields["scope_type"] = "specific_prices"
	}
	return c.create(e, "/discount-coupons", fields)
}

// decimal is a number as it was typed. What is none goes as text, so that the
// server says what is wrong.
type decimal string

// MarshalJSON writes the number.
func (d decimal) MarshalJSON() ([]byte, error) {
	if number := []byte(d); json.Valid(number) && strings.Trim(string(d), "0123456789.") == "" {
		return number, nil
	}
	return json.Marshal(string(d))
}

type linksCmd struct {
	Create linksCreateCmd    `cmd:"" help:"Make a payment link."`
	List   listCmd[linkRows] `cmd:"" help:"List payment links, the newest first."`
	Show   showCmd[linkRows] `cmd:"" help:"Show a payment link."`
}

type linksCreateCmd struct {
	made
	Title         string `arg:"" help:"What customers read above the amount."`
	Amount        int64  `local:"" help:"What is to be paid, in the smallest unit." placeholder:"N"`
	Product       string `local:"" help:"What is sold, in the place of an amount." placeholder:"prod_…"`
	Price         string `local:"" help:"At which price. Default: the product's default." placeholder:"price_…"`
	Currency      string `local:"" default:"XOF" help:"XOF, USD or EUR." placeholder:"CODE"`
	Description   string `local:"" help:"What customers read below the title." placeholder:"TEXT"`
	AllowQuantity bool   `local:"" help:"Customers may change how many."`
	AllowCoupons  bool   `local:"" help:"Customers may use coupons."`
	MaxUses       int64  `local:"" help:"How often it can be paid." placeholder:"N"`
	Until         string `local:"" help:"Until when it can be opened, such as 2026-03-01T09:00:00Z." placeholder:"TIME"`
	SuccessURL    string `local:"" name:"success-url" help:"Where customers go who have paid." placeholder:"URL"`
	CancelURL     string `local:"" name:"cancel-url" help:"Where customers go who do not want to pay." placeholder:"URL"`
	Billing       bool   `local:"" default:"true" negatable:"" help:"Ask for the billing address."`
}

// Run makes the link.
func (c *linksCreateCmd) Run(e *env) error {
	fields := given(map[string]any{
		"link_type": "instant", "title": c.Title, "amount": c.Amount, "currency_code": c.Currency, "description": c.Description,
		"product_id": c.Product, "price_id": c.Price, "allow_quantity": c.AllowQuantity, "allow_coupon_code": c.AllowCoupons,
		"max_uses": c.MaxUses, "expires_at": c.Until, "success_url": c.SuccessURL, "cancel_url": c.CancelURL,
	})
	if c.Product != "" || c.Price != "" {
		fields["link_type"] = "product"
	}
	if !c.Billing {
		fields["require_billing_address"] = json.RawMessage("false") // which is not left out
	}
	return c.create(e, "/payment-links", fields)
}

type refundsCmd struct {
	Create refundsCreateCmd    `cmd:"" help:"Give money back."`
	List   listCmd[refundRows] `cmd:"" help:"List refunds, the newest first."`
	Show   showCmd[refundRows] `cmd:"" help:"Show a refund."`
}

type refundsCreateCmd struct {
	apiFlags
	Transaction string `arg:"" help:"Of which transaction." placeholder:"txn_…"`
	Amount      int64  `local:"" help:"How much of it, in the smallest unit. Default: all that is left." placeholder:"N"`
	Reason      string `local:"" help:"Why, for you." placeholder:"TEXT"`
	Manual      bool   `local:"" help:"Record what you have paid back yourself."`
	Reference   string `local:"" help:"Of a manual one: your reference of it." placeholder:"TEXT"`
	JSON        bool   `local:"" name:"json" help:"Print it as JSON, on one line."`
}

// Run asks for the refund.
func (c *refundsCreateCmd) Run(e *env) error {
	m := made{apiFlags: c.apiFlags, JSON: c.JSON}
	return m.create(e, "/refunds", map[string]any{
		"transaction_id": c.Transaction, "amount": c.Amount, "reason": c.Reason, "manual": c.Manual, "reference": c.Reference,
	})
}
