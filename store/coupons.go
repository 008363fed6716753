package store

import (
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) InsertCoupon(c checkout.Coupon) error {
	return mapErr(t.q.InsertCoupon(t.ctx, sqlitedb.InsertCouponParams(row.FromCoupon(c))))
}

func (t txn) Coupon(id string) (checkout.Coupon, error) {
	r, err := t.q.Coupon(t.ctx, id)
	return row.Coupon(r).Domain(), mapErr(err)
}

func (t txn) CouponByCode(account int64, code string) (checkout.Coupon, error) {
	r, err := t.q.CouponByCode(t.ctx, sqlitedb.CouponByCodeParams{Account: account, Code: code})
	return row.Coupon(r).Domain(), mapErr(err)
}

func (t txn) PutCoupon(c checkout.Coupon) error {
	r := row.FromCoupon(c)
	return mustChange(t.q.PutCoupon(t.ctx, sqlitedb.PutCouponParams{
		ID: r.ID, Version: r.Version,
		Code: r.Code, Description: r.Description, Active: r.Active,
		Percent: r.Percent, Fixed: r.Fixed, Currency: r.Currency,
		MaxUses: r.MaxUses, MaxQuantity: r.MaxQuantity, StartsAt: r.StartsAt, ExpiresAt: r.ExpiresAt,
		CustomerType: r.CustomerType, Frequency: r.Frequency, PerFrequency: r.PerFrequency,
		Scope: r.Scope, Products: r.Products, Prices: r.Prices,
		Reserved: r.Reserved, Used: r.Used, UpdatedAt: r.UpdatedAt,
	}))
}

func (t txn) ListCoupons(q checkout.CouponQuery) ([]checkout.Coupon, error) {
	r := row.FromCouponQuery(q)
	if !q.Nearest {
		return coupons(t.q.ListCoupons(t.caller, sqlitedb.ListCouponsParams(r)))
	}
	list, err := coupons(t.q.ListCouponsNearest(t.caller, sqlitedb.ListCouponsNearestParams(r)))
	slices.Reverse(list)
	return list, err
}

func coupons(rows []sqlitedb.Coupon, err error) ([]checkout.Coupon, error) {
	list := make([]checkout.Coupon, len(rows))
	for i, r := range rows {
		list[i] = row.Coupon(r).Domain()
	}
	return list, mapErr(err)
}

func (t txn) PutRedemption(r checkout.Redemption) error {
	return mapErr(t.q.PutRedemption(t.ctx, sqlitedb.PutRedemptionParams(row.FromRedemption(r))))
}

func (t txn) Redemptions(session string) ([]checkout.Redemption, error) {
	rows, err := t.q.Redemptions(t.ctx, session)
	list := make([]checkout.Redemption, len(rows))
	for i, r := range rows {
		list[i] = row.Redemption(r).Domain()
	}
	return list, mapErr(err)
}

func (t txn) CountUses(q checkout.UseQuery) (int64, error) {
	since, until := row.Span(q)
	if q.CustomerID == "" {
		n, err := t.q.CountUses(t.ctx, sqlitedb.CountUsesParams{
			CouponID: q.CouponID, ProductID: q.ProductID, Since: since, Until: until, ButSession: q.ButSession,
		})
		return n, mapErr(err)
	}
	n, err := t.q.CountUsesOfCustomer(t.ctx, sqlitedb.CountUsesOfCustomerParams{
		CouponID: q.CouponID, CustomerID: q.CustomerID, ProductID: q.ProductID, Since: since, Until: until, ButSession: q.ButSession,
	})
	return n, mapErr(err)
}

func (t txn) CouponSums(coupon string) ([]checkout.CouponSums, error) {
	rows, err := t.q.CouponSums(t.caller, coupon)
	list := make([]checkout.CouponSums, len(rows))
	for i, r := range rows {
		list[i] = checkout.CouponSums{
			Currency: checkout.Currency(r.Currency), Uses: r.Uses, Discount: r.Discount, Revenue: r.Revenue, Customers: r.Customers,
		}
	}
	return list, mapErr(err)
}
