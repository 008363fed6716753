package checkout

import (
	"context"
	"fmt"
)

// CreateCouponIn makes a coupon of the account inside a transaction of the caller.
// Its identifier, counts and times are set here. It returns an [Error] with
// CodeInvalid that names the fields at fault, also for a code that is taken, and
// with CodeNotFound for a product or a price that is not the account's.
func (s *Service) CreateCouponIn(tx Tx, account Account, c Coupon) (Coupon, error) {
	now := s.now()
	id, err := NewID(prefixCoupon, now, s.random)
	if err != nil {
		return c, err
	}
	c.ID, c.Account, c.Version, c.Reserved, c.Used, c.CreatedAt, c.UpdatedAt = id, account.Number, 1, 0, 0, now, now
	c.Code = CouponCode(c.Code)
	if err := c.validate(); err != nil {
		return c, err
	}
	for _, id := range c.ProductIDs {
		if _, _, err := productOf(tx, account, id); err != nil {
			return c, err
		}
	}
	for _, id := range c.PriceIDs {
		if _, _, err := priceOf(tx, account, id); err != nil {
			return c, err
		}
	}
	if _, err := tx.CouponByCode(account.Number, c.Code); err == nil {
		return c, invalid("code", fmt.Sprintf("code %s is taken by another coupon", c.Code))
	}
	return c, tx.InsertCoupon(c)
}

// couponIn returns the account's coupon with the given identifier.
func couponIn(tx Tx, account Account, id string) (Coupon, error) {
	c, err := tx.Coupon(id)
	if err == nil && c.Account != account.Number {
		err = ErrNotFound
	}
	return c, notFound(err, fmt.Sprintf("Discount coupon with ID %s not found or access denied", id))
}

// Coupon returns the account's coupon with the given identifier.
func (s *Service) Coupon(ctx context.Context, account Account, id string) (c Coupon, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		c, err = couponIn(tx, account, id)
		return err
	})
	return c, err
}

// Coupons lists coupons newest first.
func (s *Service) Coupons(ctx context.Context, account Account, q CouponQuery) (list []Coupon, err error) {
	q.Account = account.Number
	err = s.store.View(ctx, func(tx Tx) error {
		list, err = tx.ListCoupons(q)
		return err
	})
	return list, err
}

// UpdateCoupon changes what alter changes of the account's coupon: its
// description, whether it is active, when it expires, and how often it may be
// used, which cannot be less than it is. Sessions that hold it keep it.
func (s *Service) UpdateCoupon(ctx context.Context, account Account, id string, alter func(*Coupon)) (c Coupon, err error) {
	err = s.store.Update(ctx, func(tx Tx) error {
		if c, err = couponIn(tx, account, id); err != nil {
			return err
		}
		changed := c
		alter(&changed)
		c.Description, c.Active, c.ExpiresAt, c.MaxUses = changed.Description, changed.Active, changed.ExpiresAt, changed.MaxUses
		c.UpdatedAt = s.now()
		if err := c.validate(); err != nil {
			return err
		}
		if uses := c.Reserved + c.Used; c.MaxUses > 0 && c.MaxUses < uses {
			return invalid("max_uses", fmt.Sprintf("max_uses must be at least %d: so often it is used or reserved", uses))
		}
		if err := tx.PutCoupon(c); err != nil {
			return err
		}
		c.Version++
		return nil
	})
	return c, err
}

// CouponSums returns what paid sessions with the account's coupon add up to, by
// currency.
func (s *Service) CouponSums(ctx context.Context, account Account, id string) (c Coupon, sums []CouponSums, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		if c, err = couponIn(tx, account, id); err != nil {
			return err
		}
		sums, err = tx.CouponSums(id)
		return err
	})
	return c, sums, err
}
