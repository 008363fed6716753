package httpapi

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// wireCoupon is a coupon on the wire.
type wireCoupon struct {
	ID                 string            `json:"id"`
	CouponID           string            `json:"coupon_id"` // the same string
	OrganizationID     string            `json:"organization_id"`
	Code               string            `json:"code"`
	Description        *string           `json:"description"`
	IsActive           bool              `json:"is_active"`
	DiscountType       string            `json:"discount_type"`       // percentage or fixed
	DiscountPercentage *percentage       `json:"discount_percentage"` // of a percentage one
	DiscountFixed      *int64            `json:"discount_fixed_amount"`
	CurrencyCode       *string           `json:"currency_code"` // of a fixed one that is good for one currency only
	MaxUses            *int64            `json:"max_uses"`
	MaxQuantity        *int64            `json:"max_quantity_per_use"`
	ValidFrom          instant           `json:"valid_from"`
	ExpiresAt          instant           `json:"expires_at"`
	CustomerType       string            `json:"customer_type"`
	Frequency          string            `json:"usage_frequency_limit"`
	FrequencyLimit     *int64            `json:"usage_limit_value"`
	ScopeType          string            `json:"scope_type"`
	ProductIDs         []string          `json:"product_ids"`
	PriceIDs           []string          `json:"price_ids"`
	CurrentUses        int64             `json:"current_uses"`          // completed and reserved
	ReservedUses       int64             `json:"reserved_uses"`         // of sessions that are open
	Completed          int64             `json:"completed_redemptions"` // of sessions that were paid
	ProductLinks       []wireProductLink `json:"product_links"`
	PlanLinks          []struct{}        `json:"plan_links"` // always empty
	Environment        string            `json:"environment"`
	CreatedAt          instant           `json:"created_at"`
	UpdatedAt          instant           `json:"updated_at"`
}

type wireProductLink struct {
	ProductID string `json:"product_id"`
}

// percentage is in hundredths of a percent, and on the wire in percent.
type percentage int64

// MarshalJSON writes 12.5 for 1250 and 20 for 2000.
func (p percentage) MarshalJSON() ([]byte, error) {
	text := strconv.FormatInt(int64(p)/100, 10)
	if rest := int64(p) % 100; rest != 0 {
		text += strings.TrimRight("."+strconv.Itoa(100 + int(rest))[1:], "0")
	}
	return []byte(text), nil
}

func newCoupon(c checkout.Coupon, account checkout.Account) wireCoupon {
	w := wireCoupon{
		ID: c.ID, CouponID: c.ID, OrganizationID: account.Merchant, Code: c.Code, Description: some(c.Description), IsActive: c.Active,
		DiscountType: "percentage", DiscountPercentage: some(percentage(c.Percent)), DiscountFixed: some(c.Fixed),
		CurrencyCode: some(string(c.Currency)), MaxUses: some(c.MaxUses), MaxQuantity: some(c.MaxQuantity),
		ValidFrom: instant(c.StartsAt), ExpiresAt: instant(c.ExpiresAt), CustomerType: string(c.CustomerType),
		Frequency: string(c.Frequency), FrequencyLimit: some(c.Limit), ScopeType: string(c.Scope),
		ProductIDs: c.ProductIDs, PriceIDs: c.PriceIDs,
		CurrentUses: c.Reserved + c.Used, ReservedUses: c.Reserved, Completed: c.Used,
		ProductLinks: []wireProductLink{}, PlanLinks: []struct{}{}, Environment: account.Environment(),
		CreatedAt: instant(c.CreatedAt), UpdatedAt: instant(c.UpdatedAt),
	}
	if c.Fixed > 0 {
		w.DiscountType = "fixed"
	}
	for _, list := range []*[]string{&w.ProductIDs, &w.PriceIDs} {
		if *list == nil {
			*list = []string{}
		}
	}
	for _, id := range c.ProductIDs {
		w.ProductLinks = append(w.ProductLinks, wireProductLink{id})
	}
	return w
}

func (a *API) createCoupon(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	c := readCoupon(b)
	if err := b.problems.Err(); err != nil {
		return err
	}
	return a.create(w, r, b, func(tx checkout.Tx) (any, error) {
		made, err := a.service.CreateCouponIn(tx, r.account, c)
		return newCoupon(made, r.account), err
	})
}

func readCoupon(b *body) checkout.Coupon {
	c := checkout.Coupon{
		Code: b.text("code"), Description: b.text("description"), Active: b.flag("is_active", true),
		StartsAt: b.instant("valid_from"), ExpiresAt: b.instant("expires_at"),
		CustomerType: checkout.CustomersAll, Frequency: checkout.FrequencyTotal, Scope: checkout.ScopeAll,
		ProductIDs: b.texts("product_ids"), PriceIDs: b.texts("price_ids"),
	}
	if text := b.text("customer_type"); text == "existing" {
		c.CustomerType = checkout.CustomersReturning
	} else if text != "" {
		c.CustomerType = checkout.CustomerType(text)
	}
	if text := b.text("usage_frequency_limit"); text != "" {
		c.Frequency = checkout.Frequency(text)
	}
	if text := b.text("scope_type"); text != "" {
		c.Scope = checkout.Scope(text)
	}
	if text := b.text("currency_code"); text != "" {
		currency, err := checkout.ParseCurrency(text)
		b.problems.Merge(err)
		c.Currency = currency
	}
	for _, f := range []struct {
		name string
		to   *int64
	}{{"max_uses", &c.MaxUses}, {"max_quantity_per_use", &c.MaxQuantity}, {"usage_limit_value", &c.Limit}} {
		n, given := b.integer(f.name)
		b.problems.Check(!given || n >= 1 || b.problems.Has(f.name), f.name, f.name+" must be at least 1")
		*f.to = n
	}
	kind := b.text("discount_type")
	fixed, isFixed := b.integer("discount_fixed_amount")
	b.problems.Check(!isFixed || fixed > 0 || b.problems.Has("discount_fixed_amount") || kind != "fixed", "discount_fixed_amount", "discount_fixed_amount must be greater than 0")
	switch kind {
	case "", "percentage":
		c.Percent = b.percentage("discount_percentage")
		b.problems.Check(!isFixed || fixed == 0, "discount_type", "discount_type must be fixed for discount_fixed_amount to count")
	case "fixed":
		b.problems.Check(isFixed, "discount_fixed_amount", "discount_fixed_amount is required")
		b.problems.Check(b.get("discount_percentage") == nil || string(b.get("discount_percentage")) == "0", "discount_type", "discount_type must be percentage for discount_percentage to count")
		c.Fixed = fixed
	default:
		b.problems.Add("discount_type", "discount_type must be percentage or fixed")
	}
	return c
}

// percentage returns a field in hundredths: it is a number with at most two
// decimals, and is never a float here.
func (b *body) percentage(name string) int64 {
	raw := b.get(name)
	if raw == nil {
		b.problems.Add(name, name+" is required")
		return 0
	}
	whole, rest, _ := bytes.Cut(raw, []byte("."))
	if len(rest) < 2 {
		rest = append(bytes.Clone(rest), "00"[len(rest):]...)
	}
	n, err := strconv.ParseUint(string(whole)+string(rest[:2]), 10, 32)
	ok := err == nil && len(bytes.Trim(rest[2:], "0")) == 0 && n > 0 && n <= 10_000
	b.problems.Check(ok, name, name+" must be a number above 0 and up to 100, with at most two decimals")
	return int64(n)
}

func (a *API) coupons(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	page := q.page(checkout.PrefixCoupon, defaultPage)
	want := checkout.CouponQuery{Active: q.optional("isActive", "is_active")}
	if err := q.problems.Err(); err != nil {
		return err
	}
	list, err := paged(w, q, a.base(r.Request)+r.URL.Path, page, func(c checkout.Coupon) string { return c.ID }, func(p checkout.Page) ([]checkout.Coupon, error) {
		want.Page = p
		return a.service.Coupons(r.Context(), r.account, want)
	})
	if err != nil {
		return err
	}
	return replyList(w, len(list), func(i int) any { return newCoupon(list[i], r.account) })
}

// wireCouponUse is a coupon with what counting its uses says.
type wireCouponUse struct {
	wireCoupon
	Customers int64 `json:"distinct_customers_completed"` // as far as they are known
}

func (a *API) coupon(w http.ResponseWriter, r *request) error {
	c, sums, err := a.service.CouponSums(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	use := wireCouponUse{wireCoupon: newCoupon(c, r.account)}
	for _, s := range sums {
		use.Customers += s.Customers
	}
	return reply(w, http.StatusOK, use)
}

// updateCoupon changes what does not touch those who hold the coupon.
func (a *API) updateCoupon(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	description, active, expires := b.text("description"), b.flag("is_active", false), b.instant("expires_at")
	most, given := b.integer("max_uses")
	b.problems.Check(!given || most >= 1 || b.problems.Has("max_uses"), "max_uses", "max_uses must be at least 1, or null for any number")
	for _, name := range []string{"code", "discount_type", "discount_percentage", "discount_fixed_amount", "currency_code", "customer_type", "usage_frequency_limit", "usage_limit_value", "scope_type", "product_ids", "price_ids", "max_quantity_per_use", "valid_from"} {
		b.problems.Check(b.get(name) == nil, name, name+" cannot be changed: make another coupon, and deactivate this one")
	}
	if err := b.problems.Err(); err != nil {
		return err
	}
	c, err := a.service.UpdateCoupon(r.Context(), r.account, r.param("id"), func(c *checkout.Coupon) {
		set(b, "description", &c.Description, description)
		setFlag(b, "is_active", &c.Active, active)
		set(b, "expires_at", &c.ExpiresAt, expires)
		set(b, "max_uses", &c.MaxUses, most)
	})
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newCoupon(c, r.account))
}

// wirePerformance is what paid sessions with a coupon add up to, by both sets of
// names that lomi. has for it. Amounts of different currencies do not add up: the
// figures outside of by_currency are those of the currency with the most uses.
type wirePerformance struct {
	CouponID string `json:"coupon_id"`
	wireSums
	UniqueCustomers int64      `json:"unique_customers"` // as far as they are known
	ByCurrency      []wireSums `json:"by_currency"`
}

type wireSums struct {
	CurrencyCode        *string `json:"currency_code"`
	TotalUses           int64   `json:"total_uses"`
	TotalDiscountAmount int64   `json:"total_discount_amount"`
	TotalDiscounts      int64   `json:"total_discounts"` // the same number
	TotalRevenue        int64   `json:"total_revenue"`
	AverageOrderValue   int64   `json:"average_order_value"` // whole smallest units
	AverageDiscount     int64   `json:"average_discount"`
}

func (a *API) couponPerformance(w http.ResponseWriter, r *request) error {
	c, sums, err := a.service.CouponSums(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	p := wirePerformance{CouponID: c.ID, ByCurrency: make([]wireSums, len(sums))}
	for i, s := range sums {
		p.ByCurrency[i] = wireSums{
			CurrencyCode: some(string(s.Currency)), TotalUses: s.Uses, TotalDiscountAmount: s.Discount, TotalDiscounts: s.Discount,
			TotalRevenue: s.Revenue, AverageOrderValue: s.Revenue / s.Uses, AverageDiscount: s.Discount / s.Uses,
		}
		p.UniqueCustomers += s.Customers
	}
	if len(sums) > 0 {
		p.wireSums = slices.MaxFunc(p.ByCurrency, func(a, b wireSums) int { return int(a.TotalUses - b.TotalUses) })
	}
	return reply(w, http.StatusOK, p)
}
