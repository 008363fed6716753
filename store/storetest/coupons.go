package storetest

import (
	"fmt"
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
)

var coupons = kind[checkout.Coupon]{
	name:   "coupon",
	insert: func(tx checkout.Tx, c checkout.Coupon) error { return tx.InsertCoupon(c) },
	get:    func(tx checkout.Tx, id string) (checkout.Coupon, error) { return tx.Coupon(id) },
	put:    func(tx checkout.Tx, c checkout.Coupon) error { return tx.PutCoupon(c) },
	list: func(tx checkout.Tx, account int64, p checkout.Page) ([]checkout.Coupon, error) {
		return tx.ListCoupons(checkout.CouponQuery{Account: account, Page: p})
	},
	made: func(n int) checkout.Coupon {
		return checkout.Coupon{
			ID: checkout.IDFloor("cpn_", at(n)), Account: 1, Version: 1, Code: fmt.Sprint("CODE", n), Percent: 1000,
			CreatedAt: at(n), UpdatedAt: at(n),
		}
	},
	key: func(c *checkout.Coupon) rowKey { return rowKey{&c.ID, &c.Account, &c.Version, &c.CreatedAt} },
	fit: func(c *checkout.Coupon) { c.MaxUses = c.Reserved + c.Used },
}

// use returns the use of the first coupon by the nth session, at(n).
func use(n int, status checkout.RedemptionStatus, customer, product string) checkout.Redemption {
	return checkout.Redemption{
		SessionID: session(n).ID, CouponID: coupons.of(1)[0], Account: 1, CustomerID: customer, ProductID: product, Status: status,
		Discount: checkout.Money{Amount: 100, Currency: checkout.XOF}, AppliedAt: at(n), UpdatedAt: at(n),
	}
}

// redeem writes uses of coupons.
func (b *bench) redeem(list ...checkout.Redemption) {
	b.Helper()
	b.update(func(tx checkout.Tx) error {
		for _, r := range list {
			if err := tx.PutRedemption(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func couponCases() []testCase {
	return slices.Concat(coupons.cases(), []testCase{
		{"a code is unique in its account, in its case", func(b *bench) {
			c := coupons.made(1)
			foreign := coupons.made(2)
			foreign.Account, foreign.Code = 2, c.Code
			coupons.add(b, c, foreign, coupons.made(3))
			taken := coupons.made(4)
			taken.Code = c.Code
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.InsertCoupon(taken) })
			taken = coupons.made(3)
			taken.Code = c.Code
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.PutCoupon(taken) })
			by := func(account int64) checkout.Coupon {
				return read(b, func(tx checkout.Tx) (checkout.Coupon, error) { return tx.CouponByCode(account, c.Code) })
			}
			b.same("by code", by(1), c)
			b.same("of another account", by(2), foreign)
			for _, code := range []string{"", "code1", "CODE"} {
				b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.CouponByCode(1, code); return err })
			}
		}},
		{"coupons are found by whether they are active", func(b *bench) {
			active := coupons.made(1)
			active.Active = true
			coupons.add(b, active, coupons.made(2))
			list := func(active *bool) []string {
				return coupons.ids(read(b, func(tx checkout.Tx) ([]checkout.Coupon, error) {
					return tx.ListCoupons(checkout.CouponQuery{Account: 1, Active: active, Page: checkout.Page{Limit: 9}})
				}))
			}
			b.same("all", list(nil), coupons.of(2, 1))
			b.same("active", list(yes), coupons.of(1))
			b.same("inactive", list(no), coupons.of(2))
		}},
		{"a coupon is not used more often than it may be", func(b *bench) {
			c := coupons.made(1)
			c.MaxUses, c.Reserved, c.Used = 3, 1, 2
			coupons.add(b, c)
			for _, uses := range [][2]int64{{2, 2}, {0, 4}, {-1, 2}, {2, -1}} {
				c.Reserved, c.Used = uses[0], uses[1]
				b.refused(func(tx checkout.Tx) error { return tx.PutCoupon(c) })
			}
			c.MaxUses, c.Reserved, c.Used = 0, 5, 5
			b.update(func(tx checkout.Tx) error { return tx.PutCoupon(c) })
		}},
		{"the scope of a coupon belongs to nobody else", func(b *bench) {
			c := coupons.made(1)
			c.ProductIDs, c.PriceIDs = []string{"prod_1", "prod_2"}, []string{"price_1"}
			coupons.add(b, c)
			c.ProductIDs[0] = "changed"
			coupons.read(b, c.ID).PriceIDs[0] = "changed"
			got := coupons.read(b, c.ID)
			b.same("products", got.ProductIDs, []string{"prod_1", "prod_2"})
			b.same("prices", got.PriceIDs, []string{"price_1"})
		}},
		{"every field of a redemption comes back, by coupon, and a later one replaces it", func(b *bench) {
			var first, second, next checkout.Redemption
			fill(&first, 1)
			fill(&second, 2)
			fill(&next, 3)
			first.Status, second.Status, next.Status = checkout.RedemptionReserved, checkout.RedemptionUsed, checkout.RedemptionReleased
			second.SessionID = first.SessionID
			second.CouponID = "A" // sorts before
			next.SessionID, next.CouponID = first.SessionID, first.CouponID
			b.redeem(first, second, use(1, checkout.RedemptionUsed, "", ""))
			of := func(session string) []checkout.Redemption {
				return read(b, func(tx checkout.Tx) ([]checkout.Redemption, error) { return tx.Redemptions(session) })
			}
			b.same("redemptions", of(first.SessionID), []checkout.Redemption{second, first})
			b.redeem(next)
			b.same("replaced", of(first.SessionID), []checkout.Redemption{second, next})
			b.same("of another", of("cs_none"), []checkout.Redemption(nil))
		}},
		{"uses of a coupon are counted", countUses},
		{"paid uses of a coupon are summed up by currency", couponSums},
	})
}

func countUses(b *bench) {
	foreign := use(1, checkout.RedemptionUsed, "cus_1", "prod_1")
	foreign.CouponID = coupons.of(2)[0]
	b.redeem(
		use(1, checkout.RedemptionReserved, "cus_1", "prod_1"), use(2, checkout.RedemptionUsed, "cus_1", "prod_2"),
		use(3, checkout.RedemptionUsed, "cus_2", "prod_1"), use(4, checkout.RedemptionReleased, "cus_1", "prod_1"),
		use(5, checkout.RedemptionUsed, "", ""), foreign,
	)
	for i, c := range []struct {
		q    checkout.UseQuery
		want int64
	}{
		{checkout.UseQuery{}, 4},
		{checkout.UseQuery{CustomerID: "cus_1"}, 2},
		{checkout.UseQuery{CustomerID: "cus_1", ProductID: "prod_1"}, 1},
		{checkout.UseQuery{ProductID: "prod_1"}, 3}, // one is for no single product
		{checkout.UseQuery{CustomerID: "cus_3"}, 0},
		{checkout.UseQuery{From: at(2)}, 3},
		{checkout.UseQuery{From: at(2), Until: at(5)}, 2},
		{checkout.UseQuery{Until: at(2)}, 1},
		{checkout.UseQuery{CustomerID: "cus_1", From: at(2), Until: at(5)}, 1},
		{checkout.UseQuery{ButSession: session(3).ID}, 3},
		{checkout.UseQuery{ButSession: session(4).ID}, 4},
		{checkout.UseQuery{CustomerID: "cus_1", ButSession: session(1).ID}, 1},
	} {
		c.q.CouponID = coupons.of(1)[0]
		got := read(b, func(tx checkout.Tx) (int64, error) { return tx.CountUses(c.q) })
		b.same(fmt.Sprint("query ", i), got, c.want)
	}
	b.redeem(use(1, checkout.RedemptionReleased, "cus_1", "prod_1"))
	q := checkout.UseQuery{CouponID: coupons.of(1)[0]}
	b.same("after a release", read(b, func(tx checkout.Tx) (int64, error) { return tx.CountUses(q) }), int64(3))
}

func couponSums(b *bench) {
	paid := func(n int, customer string, amount, discount int64, currency checkout.Currency) checkout.Redemption {
		r := use(n, checkout.RedemptionUsed, customer, "")
		r.Paid, r.Discount = amount, checkout.Money{Amount: discount, Currency: currency}
		return r
	}
	foreign := paid(1, "cus_1", 9, 9, "XOF")
	foreign.CouponID = coupons.of(2)[0]
	b.redeem(
		paid(1, "cus_1", 900, 100, "XOF"), paid(2, "cus_1", 800, 200, "XOF"), paid(3, "cus_2", 0, 1000, "XOF"), paid(4, "", 700, 300, "XOF"),
		paid(5, "cus_1", 50, 5, "EUR"), use(6, checkout.RedemptionReserved, "cus_3", ""), use(7, checkout.RedemptionReleased, "cus_4", ""), foreign,
	)
	sums := func(coupon string) []checkout.CouponSums {
		return read(b, func(tx checkout.Tx) ([]checkout.CouponSums, error) { return tx.CouponSums(coupon) })
	}
	b.same("sums", sums(coupons.of(1)[0]), []checkout.CouponSums{
		{Currency: "EUR", Uses: 1, Discount: 5, Revenue: 50, Customers: 1},
		{Currency: "XOF", Uses: 4, Discount: 1600, Revenue: 2400, Customers: 2},
	})
	b.same("of an unused one", sums("cpn_none"), []checkout.CouponSums(nil))
}
