package httpapi

import (
	"context"
	"net/http"

	"github.com/checkoutd/checkoutd/checkout"
)

// changeSession answers with the account's session as change leaves it.
func (a *API) changeSession(w http.ResponseWriter, r *request, change func(ctx context.Context, id string) (checkout.Session, error)) error {
	id := r.param("id")
	if _, err := a.service.Session(r.Context(), r.account, id); err != nil {
		return err
	}
	s, err := change(r.Context(), id)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, wireSession{&s, r.account, a.base(r.Request)})
}

// updateSession changes what a customer could change on the page: the quantity, or
// the amount of a price that is open.
func (a *API) updateSession(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	quantity, byQuantity := b.integer("quantity")
	amount, byAmount := b.integer("amount")
	b.problems.Check(byQuantity != byAmount, "quantity", "give quantity or amount, one of them")
	if err := b.problems.Err(); err != nil {
		return err
	}
	return a.changeSession(w, r, func(ctx context.Context, id string) (checkout.Session, error) {
		if byQuantity {
			return a.service.SetQuantity(ctx, id, quantity)
		}
		return a.service.SetAmount(ctx, id, amount)
	})
}

// applyCoupon applies a coupon. Who pays counts for coupons that ask.
func (a *API) applyCoupon(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	code := b.text("code")
	buyer := checkout.Contact{Name: b.text("customer_name"), Email: b.text("customer_email"), Phone: b.text("customer_phone")}
	b.problems.Check(code != "" || b.problems.Has("code"), "code", "code is required")
	b.problems.Check(buyer.Email == "" || checkout.ValidEmail(buyer.Email), "customer_email", "customer_email must be an email address")
	if err := b.problems.Err(); err != nil {
		return err
	}
	return a.changeSession(w, r, func(ctx context.Context, id string) (checkout.Session, error) {
		return a.service.ApplyCoupon(ctx, id, code, buyer)
	})
}

// removeCoupon takes a coupon back.
func (a *API) removeCoupon(w http.ResponseWriter, r *request) error {
	return a.changeSession(w, r, func(ctx context.Context, id string) (checkout.Session, error) {
		return a.service.RemoveCoupon(ctx, id, r.param("code"))
	})
}
