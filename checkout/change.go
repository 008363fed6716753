package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// errInFlight undoes a change of a session that is being paid.
var errInFlight = &Error{Code: CodeConflict, Message: "A payment of this session is under way; wait until it has ended, or cancel it"}

// change alters what an open session comes to, while nobody pays it. An attempt
// that is open is closed at its provider first, once it is known that the change
// is possible; if that cannot be done there is no change, and an [Error] with
// CodeConflict.
func (s *Service) change(ctx context.Context, id string, alter func(tx Tx, account Account, session Session, now time.Time) (Session, error)) (Session, error) {
	for range 3 {
		var changed Session
		var open []question
		err := s.store.Update(ctx, func(tx Tx) error {
			open = nil
			now := s.now()
			session, account, err := s.sessionAt(tx, id, now)
			if err != nil {
				return err
			}
			if session.Status != StatusOpen {
				return session.move(StatusOpen)
			}
			if changed, err = alter(tx, account, session, now); err != nil {
				return err
			}
			if open, err = s.openAttempts(tx, account, id); err != nil {
				return err
			}
			changed.UpdatedAt = now
			if err := tx.PutSession(changed); err != nil {
				return err
			}
			changed.Version++
			return nil
		})
		if err == nil || len(open) == 0 {
			return changed, err
		}
		for _, q := range open {
			if a, err := s.close(ctx, q); err != nil || a.Live() {
				return Session{}, errInFlight
			}
		}
	}
	return Session{}, errInFlight
}

// openAttempts returns errInFlight if a session has live attempts, and with it
// those that can be closed, if all of them can.
func (s *Service) openAttempts(tx Tx, account Account, session string) (open []question, err error) {
	live, err := liveAttempts(tx, session)
	if err != nil || len(live) == 0 {
		return nil, err
	}
	for _, a := range live {
		c, err := s.connections.by(tx, account, a)
		if err != nil {
			return nil, errInFlight
		}
		if _, closes := c.Provider.(Closer); !closes || a.Status != AttemptOpen {
			return nil, errInFlight
		}
		open = append(open, question{connection: c, account: account, attempt: a})
	}
	return open, errInFlight
}

// ApplyCoupon takes a coupon off what a session comes to. buyer is who pays, as
// far as the session does not know: it counts for coupons that ask. The use of the
// coupon is reserved until the session is paid or expires.
//
// It returns an [Error] with CodeNotFound, CodeNotOpen, CodeConflict while a
// payment is under way, or one of the codes that begin with CodeCoupon.
func (s *Service) ApplyCoupon(ctx context.Context, session, code string, buyer Contact) (Session, error) {
	return s.change(ctx, session, func(tx Tx, account Account, session Session, now time.Time) (Session, error) {
		if !session.AllowCouponCode {
			return session, &Error{Code: CodeCouponBarred, Message: "This session takes no coupons"}
		}
		c, err := tx.CouponByCode(account.Number, CouponCode(code))
		if errors.Is(err, ErrNotFound) {
			return session, &Error{Code: CodeCouponUnknown, Message: fmt.Sprintf("There is no coupon %q", CouponCode(code))}
		}
		if err != nil {
			return session, err
		}
		held, err := session.Coupons.List()
		if err != nil {
			return session, err
		}
		if slices.ContainsFunc(held, func(h AppliedCoupon) bool { return h.ID == c.ID }) {
			return session, c.refuse(CodeCouponTwice, "is applied already")
		}
		if len(held) >= maxCoupons {
			return session, &Error{Code: CodeCouponTooMany, Message: fmt.Sprintf("A session takes at most %d coupons", maxCoupons)}
		}
		if err := buyer.validate(); err != nil && c.asksWho() {
			return session, err
		}
		return s.reprice(tx, account, session, append(held, AppliedCoupon{ID: c.ID, Code: c.Code}), buyer, now)
	})
}

// RemoveCoupon undoes [Service.ApplyCoupon]. What other coupons take off may grow;
// whether they are good still is not asked, so that each can be removed.
// It returns CodeNotFound if the session does not hold the coupon.
func (s *Service) RemoveCoupon(ctx context.Context, session, code string) (Session, error) {
	return s.change(ctx, session, func(tx Tx, account Account, session Session, now time.Time) (Session, error) {
		held, err := session.Coupons.List()
		if err != nil {
			return session, err
		}
		left := slices.DeleteFunc(slices.Clone(held), func(h AppliedCoupon) bool { return h.Code == CouponCode(code) })
		if len(left) == len(held) {
			return session, &Error{Code: CodeNotFound, Message: fmt.Sprintf("The session holds no coupon %q", CouponCode(code))}
		}
		return s.price(tx, session, left, nil, now)
	})
}

// SetQuantity changes how many of a product a session is for. It returns an
// [Error] with CodeInvalid if the session does not allow it, with CodeConflict
// while a payment is under way, and that of a coupon which is not good for so many.
func (s *Service) SetQuantity(ctx context.Context, session string, quantity int64) (Session, error) {
	return s.change(ctx, session, func(tx Tx, account Account, session Session, now time.Time) (Session, error) {
		if !session.QuantityChanges() {
			return session, invalid("quantity", "quantity cannot be changed in this session")
		}
		if quantity < 1 || quantity > maxQuantity {
			return session, invalid("quantity", fmt.Sprintf("quantity must be an integer from 1 to %d", maxQuantity))
		}
		unit := session.Total.Amount / session.Quantity
		quote, err := NewQuote([]Line{{unit, quantity}}, 0, 0, nil)
		if err != nil {
			return session, invalid("quantity", "quantity makes the amount too large")
		}
		session.Quantity, session.Total.Amount = quantity, quote.Subtotal
		return s.repriced(tx, account, session, now)
	})
}

// QuantityChanges reports whether the customer may change the quantity: of one
// product, at a price that it multiplies.
func (s Session) QuantityChanges() bool {
	return s.AllowQuantity && s.PriceID != "" && s.Quantity > 0 && s.Total.Amount%s.Quantity == 0
}

// SetAmount changes what a customer pays who may choose that: amount is for the
// whole quantity. It returns an [Error] with CodeInvalid, CodeAmountLow,
// CodeAmountHigh or CodeAmountParts, and with CodeConflict while a payment is under
// way.
func (s *Service) SetAmount(ctx context.Context, session string, amount int64) (Session, error) {
	return s.change(ctx, session, func(tx Tx, account Account, session Session, now time.Time) (Session, error) {
		if !session.AllowAmount {
			return session, invalid("amount", "amount cannot be changed in this session")
		}
		price, _, err := tx.PriceOf(session.PriceID)
		if err != nil {
			return session, err
		}
		if err := price.accept(Money{amount, session.Total.Currency}, session.Quantity); err != nil {
			return session, err
		}
		session.Total.Amount = amount
		return s.repriced(tx, account, session, now)
	})
}

// repriced is reprice with the coupons that the session holds.
func (s *Service) repriced(tx Tx, account Account, session Session, now time.Time) (Session, error) {
	held, err := session.Coupons.List()
	if err != nil {
		return session, err
	}
	return s.reprice(tx, account, session, held, Contact{}, now)
}

// reprice returns the session with these coupons, whose uses it reserves, and
// releases those of others. If one of them is not good for the session, none is.
// buyer is who pays, as far as the session does not know.
func (s *Service) reprice(tx Tx, account Account, session Session, want []AppliedCoupon, buyer Contact, now time.Time) (Session, error) {
	items, err := session.bought()
	if err != nil {
		return session, err
	}
	users := map[string]string{}
	for _, w := range want {
		c, err := tx.Coupon(w.ID)
		if err != nil {
			return session, err
		}
		own, err := redemption(tx, session.ID, c.ID)
		if err != nil {
			return session, err
		}
		who, err := s.userOf(tx, account, session, c, own, buyer, now)
		if err != nil {
			return session, err
		}
		u, err := s.useOf(tx, session, c, own, who, items, now)
		if err != nil {
			return session, err
		}
		if err := c.check(u); err != nil {
			return session, err
		}
		users[c.ID] = who
	}
	return s.price(tx, session, want, users, now)
}

// price is reprice without the rules of the coupons. users are the customers whose
// uses of coupons they are; those that are not named stay as they are.
func (s *Service) price(tx Tx, session Session, want []AppliedCoupon, users map[string]string, now time.Time) (Session, error) {
	items, err := session.bought()
	if err != nil {
		return session, err
	}
	coupons, cuts := make([]Coupon, len(want)), make([]Cut, len(want))
	for i, w := range want {
		if coupons[i], err = tx.Coupon(w.ID); err != nil {
			return session, err
		}
		cuts[i] = coupons[i].cut(items)
	}
	quote, err := NewQuote(session.lines(items), session.Deferred, session.Fee, cuts)
	if err != nil {
		return session, err
	}
	for i, off := range quote.Discounts {
		want[i].Discount = off
	}
	session.Discount = quote.Discount
	if session.Coupons, err = CouponsOf(want); err != nil {
		return session, err
	}
	return session, s.reserve(tx, session, coupons, quote.Discounts, users, now)
}

// lines returns what the items cost, which is the total.
func (s Session) lines(items []Item) []Line {
	if len(items) == 0 {
		return []Line{{s.Total.Amount, 1}}
	}
	lines := make([]Line, len(items))
	for i, item := range items {
		lines[i] = Line{item.Unit, item.Quantity}
	}
	return lines
}

// bought returns what is bought; nothing for a bare amount.
func (s Session) bought() ([]Item, error) {
	if s.Items != "" || s.PriceID == "" {
		return s.Items.List()
	}
	i := Item{PriceID: s.PriceID, ProductID: s.ProductID, Name: s.Title, Unit: s.Total.Amount, Quantity: 1}
	if s.Quantity > 0 && s.Total.Amount%s.Quantity == 0 {
		i.Unit, i.Quantity = s.Total.Amount/s.Quantity, s.Quantity
	}
	return []Item{i}, nil
}
