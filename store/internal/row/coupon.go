package row

import (
	"math"

	"github.com/checkoutd/checkoutd/checkout"
)

// Coupon is a row of checkoutd_coupons.
type Coupon struct {
	ID           string
	Account      int64
	Version      int64
	Code         string
	Description  string
	Active       int64
	Percent      int64
	Fixed        int64
	Currency     string
	MaxUses      int64
	MaxQuantity  int64
	StartsAt     int64
	ExpiresAt    int64
	CustomerType string
	Frequency    string
	PerFrequency int64
	Scope        string
	Products     string
	Prices       string
	Reserved     int64
	Used         int64
	CreatedAt    int64
	UpdatedAt    int64
}

// FromCoupon returns the row of c.
func FromCoupon(c checkout.Coupon) Coupon {
	return Coupon{
		ID: c.ID, Account: c.Account, Version: c.Version,
		Code: c.Code, Description: c.Description, Active: Flag(c.Active),
		Percent: c.Percent, Fixed: c.Fixed, Currency: string(c.Currency),
		MaxUses: c.MaxUses, MaxQuantity: c.MaxQuantity, StartsAt: Optional(c.StartsAt), ExpiresAt: Optional(c.ExpiresAt),
		CustomerType: string(c.CustomerType), Frequency: string(c.Frequency), PerFrequency: c.Limit,
		Scope: string(c.Scope), Products: list(c.ProductIDs), Prices: list(c.PriceIDs),
		Reserved: c.Reserved, Used: c.Used,
		CreatedAt: Millis(c.CreatedAt), UpdatedAt: Millis(c.UpdatedAt),
	}
}

// Domain returns the coupon that r is the row of.
func (r Coupon) Domain() checkout.Coupon {
	return checkout.Coupon{
		ID: r.ID, Account: r.Account, Version: r.Version,
		Code: r.Code, Description: r.Description, Active: r.Active != 0,
		Percent: r.Percent, Fixed: r.Fixed, Currency: checkout.Currency(r.Currency),
		MaxUses: r.MaxUses, MaxQuantity: r.MaxQuantity, StartsAt: OptionalAt(r.StartsAt), ExpiresAt: OptionalAt(r.ExpiresAt),
		CustomerType: checkout.CustomerType(r.CustomerType), Frequency: checkout.Frequency(r.Frequency), Limit: r.PerFrequency,
		Scope: checkout.Scope(r.Scope), ProductIDs: unlist[string](r.Products), PriceIDs: unlist[string](r.Prices),
		Reserved: r.Reserved, Used: r.Used,
		CreatedAt: At(r.CreatedAt), UpdatedAt: At(r.UpdatedAt),
	}
}

// CouponQuery is a [checkout.CouponQuery] as the queries take it.
type CouponQuery struct {
	Account      int64
	Newer, Older string
	Active       int64
	Skip, Max    int64
}

// FromCouponQuery returns what q asks of the stored columns.
func FromCouponQuery(q checkout.CouponQuery) CouponQuery {
	r := CouponQuery{Account: q.Account, Active: wanted(q.Active), Skip: int64(q.Offset), Max: int64(q.Limit)}
	r.Newer, r.Older = pageBounds(couponPrefix, q.Page)
	return r
}

// Redemption is a row of checkoutd_redemptions.
type Redemption struct {
	SessionID  string
	CouponID   string
	Account    int64
	CustomerID string
	ProductID  string
	Status     string
	Discount   int64
	Currency   string
	Paid       int64
	AppliedAt  int64
	UpdatedAt  int64
}

// FromRedemption returns the row of r.
func FromRedemption(r checkout.Redemption) Redemption {
	return Redemption{
		SessionID: r.SessionID, CouponID: r.CouponID, Account: r.Account,
		CustomerID: r.CustomerID, ProductID: r.ProductID, Status: string(r.Status),
		Discount: r.Discount.Amount, Currency: string(r.Discount.Currency), Paid: r.Paid,
		AppliedAt: Millis(r.AppliedAt), UpdatedAt: Millis(r.UpdatedAt),
	}
}

// Domain returns the redemption that r is the row of.
func (r Redemption) Domain() checkout.Redemption {
	return checkout.Redemption{
		SessionID: r.SessionID, CouponID: r.CouponID, Account: r.Account,
		CustomerID: r.CustomerID, ProductID: r.ProductID, Status: checkout.RedemptionStatus(r.Status),
		Discount: money(r.Discount, r.Currency), Paid: r.Paid,
		AppliedAt: At(r.AppliedAt), UpdatedAt: At(r.UpdatedAt),
	}
}

// Span returns the milliseconds that a [checkout.UseQuery] is about: from since
// on, before until.
func Span(q checkout.UseQuery) (since, until int64) {
	since, until = math.MinInt64, math.MaxInt64
	if !q.From.IsZero() {
		since = Millis(wholeMillis(q.From))
	}
	if !q.Until.IsZero() {
		until = Millis(wholeMillis(q.Until))
	}
	return since, until
}
