package checkouttest

import (
	"cmp"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func (t *memoryTx) InsertCoupon(c checkout.Coupon) error {
	if err := t.refuses(c); err != nil {
		return err
	}
	return add(t.write().coupons, c.ID, ownScope(c))
}

// refuses returns why c cannot be written: it was used too often, or another
// coupon has its code.
func (t *memoryTx) refuses(c checkout.Coupon) error {
	if c.Reserved < 0 || c.Used < 0 || c.MaxUses != 0 && c.Reserved+c.Used > c.MaxUses {
		return errCap
	}
	if other, err := t.CouponByCode(c.Account, c.Code); err == nil && other.ID != c.ID {
		return checkout.ErrExists
	}
	return nil
}

// ownScope returns c with lists that nobody else can write to.
func ownScope(c checkout.Coupon) checkout.Coupon {
	c.ProductIDs, c.PriceIDs = slices.Clone(c.ProductIDs), slices.Clone(c.PriceIDs)
	return c
}

func (t *memoryTx) Coupon(id string) (checkout.Coupon, error) {
	c, err := find(t.coupons, id)
	return ownScope(c), err
}

func (t *memoryTx) CouponByCode(account int64, code string) (checkout.Coupon, error) {
	for _, c := range t.coupons {
		if c.Account == account && c.Code == code {
			return ownScope(c), nil
		}
	}
	return checkout.Coupon{}, checkout.ErrNotFound
}

func (t *memoryTx) PutCoupon(c checkout.Coupon) error {
	was, ok := t.coupons[c.ID]
	if !ok || was.Version != c.Version {
		return checkout.ErrStale
	}
	c.Version++
	c.Account, c.CreatedAt = was.Account, was.CreatedAt
	if err := t.refuses(c); err != nil {
		return err
	}
	t.write().coupons[c.ID] = ownScope(c)
	return nil
}

func (t *memoryTx) ListCoupons(q checkout.CouponQuery) ([]checkout.Coupon, error) {
	list := listed(t.coupons, q.Page, func(c checkout.Coupon) time.Time { return c.CreatedAt },
		func(c checkout.Coupon) bool { return c.Account == q.Account && is(q.Active, c.Active) })
	for i, c := range list {
		list[i] = ownScope(c)
	}
	return list, nil
}

func (t *memoryTx) PutRedemption(r checkout.Redemption) error {
	t.write().redemptions[[2]string{r.SessionID, r.CouponID}] = r
	return nil
}

func (t *memoryTx) Redemptions(session string) ([]checkout.Redemption, error) {
	of := func(r checkout.Redemption) bool { return r.SessionID == session }
	return some(t.redemptions, of, func(a, b checkout.Redemption) int { return cmp.Compare(a.CouponID, b.CouponID) }), nil
}

func (t *memoryTx) CountUses(q checkout.UseQuery) (n int64, err error) {
	for _, r := range t.redemptions {
		if r.CouponID == q.CouponID && r.Status != checkout.RedemptionReleased && r.SessionID != q.ButSession &&
			(q.CustomerID == "" || r.CustomerID == q.CustomerID) &&
			(q.ProductID == "" || r.ProductID == "" || r.ProductID == q.ProductID) &&
			(q.From.IsZero() || !r.AppliedAt.Before(q.From)) &&
			(q.Until.IsZero() || r.AppliedAt.Before(q.Until)) {
			n++
		}
	}
	return n, nil
}

func (t *memoryTx) CouponSums(coupon string) ([]checkout.CouponSums, error) {
	sums := map[checkout.Currency]checkout.CouponSums{}
	known := map[[2]string]bool{}
	for _, r := range t.redemptions {
		if r.CouponID != coupon || r.Status != checkout.RedemptionUsed {
			continue
		}
		currency := r.Discount.Currency
		s := sums[currency]
		s.Currency = currency
		s.Uses++
		s.Discount += r.Discount.Amount
		s.Revenue += r.Paid
		if k := [2]string{string(currency), r.CustomerID}; r.CustomerID != "" && !known[k] {
			known[k] = true
			s.Customers++
		}
		sums[currency] = s
	}
	all := func(checkout.CouponSums) bool { return true }
	return some(sums, all, func(a, b checkout.CouponSums) int { return cmp.Compare(a.Currency, b.Currency) }), nil
}
