package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// alter changes the order as the customer asks on its page: quantity, amount and
// coupons. It answers with the form as they have filled it in so far.
func (h *hosted) alter(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	if v.Session.Status != checkout.StatusOpen {
		return seeOther(w, v.link())
	}
	if err := readForm(r); err != nil {
		return err
	}
	_, err = h.changed(r, v)
	return h.altered(w, r, v, err, false)
}

// altered answers once the order was changed, or could not be, which err says. A
// customer who has pressed to pay sees what it comes to now; others who have typed
// nothing yet get a page that can be reloaded.
func (h *hosted) altered(w http.ResponseWriter, r *http.Request, v visit, err error, paying bool) error {
	if err != nil && checkout.CodeOf(err) == checkout.CodeNotOpen {
		return seeOther(w, v.link())
	}
	v, errVisit := h.visit(r)
	if errVisit != nil {
		return errVisit
	}
	f, blank := newForm(v), newForm(v)
	f.take(r.PostForm)
	switch {
	case err != nil:
		return h.unaltered(w, v, f, r.PostForm, err)
	case paying:
		return h.show(w, http.StatusConflict, v, f, []string{v.W.Changed})
	case f.sameAs(blank):
		return seeOther(w, v.link())
	}
	return h.show(w, http.StatusOK, v, f, nil)
}

// badChange is what is wrong with what was typed to change the order.
type badChange struct {
	field string // "quantity", "amount" or "coupon"
	err   error
}

func (b *badChange) Error() string { return b.field + ": " + b.err.Error() }
func (b *badChange) Unwrap() error { return b.err }

// changed makes the changes that a form asks for, and reports whether there was
// one. Those before the one that fails stay made.
func (h *hosted) changed(r *http.Request, v visit) (bool, error) {
	s, done := v.Session, false
	for _, step := range []struct {
		field string
		do    func(*http.Request, locale, checkout.Session) (checkout.Session, error)
	}{{"quantity", h.setQuantity}, {"amount", h.setAmount}, {"coupon", h.setCoupons}} {
		now, err := step.do(r, v.Lang, s)
		if err != nil {
			return done, &badChange{step.field, err}
		}
		done = done || now.Version != s.Version
		s = now
	}
	return done, nil
}

// errNoNumber means that a number was asked for and something else was typed.
var errNoNumber = errors.New("httpapi: not a number")

// setQuantity takes the number in the form and the step of the button beside it.
func (h *hosted) setQuantity(r *http.Request, _ locale, s checkout.Session) (checkout.Session, error) {
	sent := r.PostForm
	if !s.QuantityChanges() || !sent.Has("quantity") {
		return s, nil
	}
	n, err := strconv.ParseInt(spaces.Replace(strings.TrimSpace(sent.Get("quantity"))), 10, 32)
	if err != nil || n < 1 {
		return s, errNoNumber
	}
	switch sent.Get("step") {
	case "1":
		n++
	case "-1":
		n = max(n-1, 1)
	}
	if n == s.Quantity {
		return s, nil
	}
	return h.payments.SetQuantity(r.Context(), s.ID, n)
}

// setAmount takes the amount in the form, which is for one.
func (h *hosted) setAmount(r *http.Request, l locale, s checkout.Session) (checkout.Session, error) {
	sent := r.PostForm
	if !s.AllowAmount || !sent.Has("amount") {
		return s, nil
	}
	n, ok := l.parseAmount(strings.TrimSpace(sent.Get("amount")), s.Total.Currency)
	if !ok || n > checkout.MaxAmount/s.Quantity {
		return s, errNoNumber
	}
	if n*s.Quantity == s.Total.Amount {
		return s, nil
	}
	return h.payments.SetAmount(r.Context(), s.ID, n*s.Quantity)
}

// setCoupons removes a coupon, and applies the one that was typed.
func (h *hosted) setCoupons(r *http.Request, l locale, s checkout.Session) (_ checkout.Session, err error) {
	sent := r.PostForm
	if code := sent.Get("remove"); code != "" {
		now, err := h.payments.RemoveCoupon(r.Context(), s.ID, code)
		switch {
		case err == nil:
			s = now
		case checkout.CodeOf(err) != checkout.CodeNotFound: // it was removed before
			return s, err
		}
	}
	code := strings.TrimSpace(sent.Get("coupon"))
	if code == "" || !s.AllowCouponCode {
		return s, nil
	}
	if err := h.site.tries(s.ID); err != nil {
		return s, err
	}
	if err := h.site.guesses(r); err != nil {
		return s, err
	}
	return h.payments.ApplyCoupon(r.Context(), s.ID, code, typedBuyer(sent, l.words()))
}

// typedBuyer returns who the form says pays, as far as it is filled in well.
func typedBuyer(sent url.Values, w *words) (c checkout.Contact) {
	email, phone := strings.TrimSpace(sent.Get("email")), strings.TrimSpace(sent.Get("phone"))
	if (field{Value: email, check: checkEmail}).fault(w) == "" {
		c.Email = email
	}
	if (field{Value: phone, check: checkPhone}).fault(w) == "" {
		c.Phone = digits(phone, "+")
	}
	return c
}

// unaltered shows why the order was not changed.
func (h *hosted) unaltered(w http.ResponseWriter, v visit, f *form, sent url.Values, err error) error {
	var bad *badChange
	if !errors.As(err, &bad) {
		return err
	}
	code, text := checkout.CodeOf(err), v.refusal(bad)
	switch {
	case code == checkout.CodeConflict || code == checkout.CodeUnavailable:
		return h.show(w, http.StatusConflict, v, f, []string{v.W.Busy})
	case text == "":
		return err
	}
	f.wrong = &wrong{field: bad.field, value: clip(strings.TrimSpace(sent.Get(bad.field)), maxLabel), text: text}
	return h.show(w, http.StatusUnprocessableEntity, v, f, nil)
}

// badAmounts are how the service refuses an amount that is out of bounds.
var badAmounts = []checkout.Code{checkout.CodeInvalid, checkout.CodeAmountLow, checkout.CodeAmountHigh, checkout.CodeAmountParts}

// refusal returns the words for a change that was refused, "" if there are none.
func (v visit) refusal(bad *badChange) string {
	code := checkout.CodeOf(bad.err)
	switch {
	case failureOf(bad.err).status == http.StatusTooManyRequests:
		return v.W.CouponTooOften
	case v.W.coupon(code) != "":
		return v.W.coupon(code)
	case bad.field == "quantity" && errors.Is(bad.err, errNoNumber):
		return v.W.BadQuantity
	case bad.field == "quantity" && code == checkout.CodeInvalid:
		return v.W.TooFar
	case bad.field == "amount" && errors.Is(bad.err, errNoNumber):
		return fmt.Sprintf(v.W.BadAmount, v.Lang.plainAmount(v.unit()))
	case bad.field == "amount" && slices.Contains(badAmounts, code):
		return v.bounds()
	}
	return ""
}
