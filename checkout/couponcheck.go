package checkout

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxCoupons is how many coupons a session may hold.
const maxCoupons = 5

// CouponCode returns the one spelling of a coupon's code.
func CouponCode(text string) string { return strings.ToUpper(strings.TrimSpace(text)) }

// couponUse is what the rules of a coupon ask about a session and who pays it.
type couponUse struct {
	now      time.Time
	currency Currency
	items    []Item // what is bought; none for a bare amount
	quantity int64  // of everything

	held       bool   // the session holds the coupon already, which is counted in Reserved
	customer   string // who pays, "" if that is not known
	paidBefore bool   // the customer has paid the merchant before
	times      int64  // how often it was used, by other sessions, as its Frequency counts
}

// check returns nil if the coupon is good for u, or an [Error] with the code of
// the first rule that it breaks, in this order: it exists and is active, its time,
// its number of uses, how often it may be used, the quantity, who pays, and what
// is bought.
func (c Coupon) check(u couponUse) error {
	reserved := c.Reserved
	if u.held {
		reserved--
	}
	switch {
	case !c.Active:
		return c.refuse(CodeCouponInactive, "is not active")
	case u.now.Before(c.StartsAt):
		return c.refuse(CodeCouponEarly, "is not valid yet")
	case !c.ExpiresAt.IsZero() && !u.now.Before(c.ExpiresAt):
		return c.refuse(CodeCouponExpired, "has expired")
	case c.MaxUses > 0 && reserved+c.Used >= c.MaxUses:
		return c.refuse(CodeCouponUsedUp, "has been used as often as it may be")
	case c.asksWho() && c.Frequency != FrequencyTotal && !c.periodic() && u.customer == "":
		return c.refuse(CodeCouponWho, "can be used once it is known who pays: give an email address or a phone number first")
	case c.Limit > 0 && u.times >= c.Limit:
		return c.refuse(CodeCouponFrequency, "has been used as often as it may be "+c.Frequency.words())
	case c.MaxQuantity > 0 && u.counted(c) > c.MaxQuantity:
		return c.refuse(CodeCouponQuantity, fmt.Sprintf("is good for a quantity of at most %d", c.MaxQuantity))
	case c.CustomerType != CustomersAll && u.customer == "":
		return c.refuse(CodeCouponWho, "can be used once it is known who pays: give an email address or a phone number first")
	case c.CustomerType == CustomersNew && u.paidBefore:
		return c.refuse(CodeCouponNew, "is for new customers")
	case c.CustomerType == CustomersReturning && !u.paidBefore:
		return c.refuse(CodeCouponReturning, "is for customers who have bought before")
	case c.Scope != ScopeAll && !slices.ContainsFunc(u.items, c.covers):
		return c.refuse(CodeCouponScope, "is not good for what is bought")
	case c.Currency != "" && c.Currency != u.currency:
		return c.refuse(CodeCouponCurrency, fmt.Sprintf("is for payments in %s", c.Currency))
	}
	return nil
}

func (c Coupon) refuse(code Code, why string) error {
	return &Error{Code: code, Message: fmt.Sprintf("Coupon %s %s", c.Code, why)}
}

// asksWho reports whether it matters who uses the coupon.
func (c Coupon) asksWho() bool {
	return c.CustomerType != CustomersAll || c.Frequency == FrequencyCustomer || c.Frequency == FrequencyCustomerAndProduct
}

func (c Coupon) periodic() bool {
	return c.Frequency == FrequencyDay || c.Frequency == FrequencyWeek || c.Frequency == FrequencyMonth
}

// words says what a frequency counts in.
func (f Frequency) words() string {
	return map[Frequency]string{
		FrequencyCustomer: "by one customer", FrequencyCustomerAndProduct: "by one customer for this product",
		FrequencyDay: "in one day", FrequencyWeek: "in one week", FrequencyMonth: "in one month",
	}[f]
}

// period returns the calendar period in UTC that f counts in at now, and zero
// times if it counts for ever.
func (f Frequency) period(now time.Time) (from, until time.Time) {
	y, m, d := now.UTC().Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	switch f {
	case FrequencyDay:
		return day, day.AddDate(0, 0, 1)
	case FrequencyWeek:
		monday := day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
		return monday, monday.AddDate(0, 0, 7)
	case FrequencyMonth:
		first := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
		return first, first.AddDate(0, 1, 0)
	}
	return from, until
}

// covers reports whether the coupon is good for i.
func (c Coupon) covers(i Item) bool {
	switch c.Scope {
	case ScopeProducts:
		return slices.Contains(c.ProductIDs, i.ProductID)
	case ScopePrices:
		return slices.Contains(c.PriceIDs, i.PriceID)
	}
	return true
}

// counted returns the quantity that the coupon looks at.
func (u couponUse) counted(c Coupon) (n int64) {
	if len(u.items) == 0 {
		return u.quantity
	}
	for _, i := range u.items {
		if c.covers(i) {
			n += i.Quantity
		}
	}
	return n
}

// cut returns what the coupon takes off a session with these items.
func (c Coupon) cut(items []Item) Cut {
	cut := Cut{Percent: c.Percent, Fixed: c.Fixed}
	if c.Scope == ScopeAll {
		return cut
	}
	cut.Covers = make([]bool, max(len(items), 1)) // a bare amount is a line too
	for i, item := range items {
		cut.Covers[i] = c.covers(item)
	}
	return cut
}

// validate returns an error that names the fields at fault.
func (c Coupon) validate() error {
	var v Problems
	v.Check(c.Code != "", "code", "code is required")
	v.Check(len(c.Code) <= maxCouponCode && !strings.ContainsFunc(c.Code, unprintable) && !strings.Contains(c.Code, "/"), "code",
		fmt.Sprintf("code must be at most %d bytes without spaces and slashes", maxCouponCode)) // it stands in a path
	v.checkText("code", c.Code, maxCouponCode)
	v.checkText("description", c.Description, maxDescription)
	v.Check(c.Percent >= 0 && c.Percent <= 10_000, "discount_percentage", "discount_percentage must be more than 0 and at most 100, with at most two decimals")
	v.Check(c.Fixed >= 0 && c.Fixed <= MaxAmount, "discount_fixed_amount", "discount_fixed_amount must be greater than 0")
	v.Check((c.Percent == 0) != (c.Fixed == 0), "discount_type", "a coupon takes off discount_percentage or discount_fixed_amount, and not both")
	if c.Currency != "" {
		_, err := ParseCurrency(string(c.Currency))
		v.Merge(err)
		v.Check(c.Fixed > 0, "currency_code", "currency_code is for coupons with a discount_fixed_amount")
	}
	for _, n := range []struct {
		name  string
		value int64
	}{{"max_uses", c.MaxUses}, {"max_quantity_per_use", c.MaxQuantity}, {"usage_limit_value", c.Limit}} {
		v.Check(n.value >= 0 && n.value <= MaxAmount, n.name, n.name+" must be at least 1")
	}
	v.Check(c.ExpiresAt.IsZero() || c.ExpiresAt.After(c.StartsAt), "expires_at", "expires_at must be after valid_from")
	v.Check(c.CustomerType == CustomersAll || c.CustomerType == CustomersNew || c.CustomerType == CustomersReturning, "customer_type",
		"customer_type must be one of all, new, returning")
	v.Check(c.Frequency == FrequencyTotal || c.Frequency.words() != "", "usage_frequency_limit",
		"usage_frequency_limit must be one of total, per_customer, per_customer_per_product, per_day, per_week, per_month")
	v.Check(c.Frequency == FrequencyTotal || c.Limit > 0, "usage_limit_value", "usage_limit_value is required unless usage_frequency_limit is total")
	v.Check(c.Frequency != FrequencyTotal || c.Limit == 0, "usage_limit_value", "usage_limit_value needs a usage_frequency_limit other than total; for uses in all, give max_uses")
	switch c.Scope {
	case ScopeAll:
		v.Check(len(c.ProductIDs)+len(c.PriceIDs) == 0, "scope_type", "scope_type must be specific_products or specific_prices if some are named")
	case ScopeProducts:
		v.Check(len(c.ProductIDs) > 0 && len(c.ProductIDs) <= maxScope, "product_ids", fmt.Sprintf("product_ids must be 1 to %d", maxScope))
		v.Check(len(c.PriceIDs) == 0, "price_ids", "price_ids are for scope_type specific_prices")
	case ScopePrices:
		v.Check(len(c.PriceIDs) > 0 && len(c.PriceIDs) <= maxScope, "price_ids", fmt.Sprintf("price_ids must be 1 to %d", maxScope))
		v.Check(len(c.ProductIDs) == 0, "product_ids", "product_ids are for scope_type specific_products")
	default:
		v.Add("scope_type", "scope_type must be one of organization_wide, specific_products, specific_prices")
	}
	return v.Err()
}

// Limits of what a coupon holds.
const (
	maxCouponCode = 64 // bytes
	maxScope      = 100
)
