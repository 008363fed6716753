package checkout

import (
	"errors"
	"time"
)

// userOf returns the customer who uses a coupon, "" if it does not ask who, or if
// that is not known. own is the use that the session has of it already.
func (s *Service) userOf(tx Tx, account Account, session Session, c Coupon, own Redemption, buyer Contact, now time.Time) (string, error) {
	switch {
	case !c.asksWho():
		return "", nil
	case session.CustomerID != "":
		return session.CustomerID, nil
	case own.Status == RedemptionReserved && own.CustomerID != "":
		return own.CustomerID, nil
	}
	return s.customerOf(tx, account, session.Customer.fill(buyer), now)
}

// useOf returns what the rules of c ask, for a use by who.
func (s *Service) useOf(tx Tx, session Session, c Coupon, own Redemption, who string, items []Item, now time.Time) (u couponUse, err error) {
	u = couponUse{now: now, currency: session.Total.Currency, items: items, quantity: session.Quantity, customer: who}
	at := now
	if u.held = own.Status == RedemptionReserved; u.held {
		at = own.AppliedAt
	}
	if c.Limit > 0 {
		if u.times, err = tx.CountUses(c.counts(session, who, items, at)); err != nil {
			return u, err
		}
	}
	if c.CustomerType == CustomersAll || who == "" {
		return u, nil
	}
	if u.paidBefore, err = tx.HasPaid(session.Account, who); err != nil || u.paidBefore || c.CustomerType != CustomersNew {
		return u, err
	}
	// Somebody who is about to pay with the coupon elsewhere is not new for long.
	others, err := tx.CountUses(UseQuery{CouponID: c.ID, CustomerID: who, ButSession: session.ID})
	u.paidBefore = others > 0
	return u, err
}

// counts returns which uses of the coupon its Limit is held against, for one by who
// in session, which is for these items, at the given time.
func (c Coupon) counts(session Session, who string, items []Item, at time.Time) UseQuery {
	q := UseQuery{CouponID: c.ID, ButSession: session.ID}
	q.From, q.Until = c.Frequency.period(at)
	if c.Frequency == FrequencyCustomer || c.Frequency == FrequencyCustomerAndProduct {
		q.CustomerID = who
	}
	if c.Frequency == FrequencyCustomerAndProduct {
		q.ProductID = c.product(items)
	}
	return q
}

// product returns the one product among items that a use of the coupon is for, "" if
// there is none or several.
func (c Coupon) product(items []Item) (only string) {
	for _, i := range items {
		switch {
		case i.ProductID == "" || i.ProductID == only || !c.covers(i):
		case only != "":
			return ""
		default:
			only = i.ProductID
		}
	}
	return only
}

// redemption returns the use of a coupon by a session, its zero value if there is
// none.
func redemption(tx Tx, session, coupon string) (Redemption, error) {
	list, err := tx.Redemptions(session)
	for _, r := range list {
		if r.CouponID == coupon {
			return r, nil
		}
	}
	return Redemption{}, err
}

// reserve writes that the session holds these coupons and no others.
func (s *Service) reserve(tx Tx, session Session, coupons []Coupon, discounts []int64, users map[string]string, now time.Time) error {
	before, err := tx.Redemptions(session.ID)
	if err != nil {
		return err
	}
	held := map[string]Redemption{}
	for _, r := range before {
		if r.Status == RedemptionReserved {
			held[r.CouponID] = r
		}
	}
	items, err := session.bought()
	if err != nil {
		return err
	}
	for i, c := range coupons {
		r, is := held[c.ID]
		delete(held, c.ID)
		if !is {
			r = Redemption{
				SessionID: session.ID, CouponID: c.ID, Account: session.Account, ProductID: c.product(items),
				Status: RedemptionReserved, AppliedAt: now,
			}
			c.Reserved++
			if err := tx.PutCoupon(c); err != nil {
				return err
			}
		}
		if who, named := users[c.ID]; named {
			r.CustomerID = who
		}
		r.Discount, r.UpdatedAt = Money{discounts[i], session.Total.Currency}, now
		if err := tx.PutRedemption(r); err != nil {
			return err
		}
	}
	for _, r := range held {
		if err := free(tx, r, now); err != nil {
			return err
		}
	}
	return nil
}

// free gives back the use of a coupon.
func free(tx Tx, r Redemption, now time.Time) error {
	c, err := tx.Coupon(r.CouponID)
	if err != nil {
		return err
	}
	c.Reserved--
	r.Status, r.UpdatedAt = RedemptionReleased, now
	return errors.Join(tx.PutCoupon(c), tx.PutRedemption(r))
}

// release gives back the coupons of a session that is over, unless somebody may
// still be paying it.
func (s *Service) release(tx Tx, session Session, now time.Time) error {
	if session.Coupons == "" || session.Status != StatusExpired {
		return nil
	}
	live, err := liveAttempts(tx, session.ID)
	if err != nil || len(live) > 0 {
		return err
	}
	list, err := tx.Redemptions(session.ID)
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.Status == RedemptionReserved {
			if err := free(tx, r, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayRedeem reports whether the coupons of a session that is being completed can
// be counted as used: always if they are reserved, else if there is room for them.
func (s *Service) mayRedeem(tx Tx, session Session) (bool, error) {
	held, err := session.Coupons.List()
	if err != nil {
		return false, err
	}
	for _, h := range held {
		r, err := redemption(tx, session.ID, h.ID)
		if err != nil {
			return false, err
		}
		if r.Status != RedemptionReleased {
			continue
		}
		c, err := tx.Coupon(h.ID)
		if err != nil {
			return false, err
		}
		if room, err := c.room(tx, session, r); err != nil || !room {
			return false, err
		}
	}
	return true, nil
}

// room reports whether the coupon can be used after all by a session that it was
// released from.
func (c Coupon) room(tx Tx, session Session, r Redemption) (bool, error) {
	if c.MaxUses > 0 && c.Reserved+c.Used >= c.MaxUses {
		return false, nil
	}
	if c.Limit == 0 {
		return true, nil
	}
	items, err := session.bought()
	if err != nil {
		return false, err
	}
	times, err := tx.CountUses(c.counts(session, r.CustomerID, items, r.AppliedAt))
	return times < c.Limit, err
}

// redeem counts the coupons of a session that has been paid as used. What was
// released, and has no room any more, stays so: somebody has accepted the money
// all the same.
func (s *Service) redeem(tx Tx, session Session, a Attempt, now time.Time) error {
	held, err := session.Coupons.List()
	if err != nil {
		return err
	}
	for _, h := range held {
		r, err := redemption(tx, session.ID, h.ID)
		if err != nil {
			return err
		}
		c, err := tx.Coupon(h.ID)
		if err != nil {
			return err
		}
		if r.Status == RedemptionReserved {
			c.Reserved--
		} else if room, err := c.room(tx, session, r); err != nil {
			return err
		} else if !room {
			continue
		}
		c.Used++
		if err := tx.PutCoupon(c); err != nil {
			return err
		}
		r.Status, r.Paid, r.UpdatedAt = RedemptionUsed, a.Received.Amount, now
		if r.CustomerID == "" {
			r.CustomerID = a.CustomerID
		}
		if err := tx.PutRedemption(r); err != nil {
			return err
		}
	}
	return nil
}
