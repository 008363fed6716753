package httpapi

import (
	"fmt"
	"strconv"

	"github.com/bojanz/currency"

	"github.com/checkoutd/checkoutd/checkout"
)

// Bounds of what a page says of an order, for the reason that maxShown has.
const (
	maxLines   = 5  // of a cart, beside the form
	maxReceipt = 30 // of a cart, on a receipt
	maxLabel   = 45 // characters
)

// orderLine is one line of what is bought, or of what it comes to.
type orderLine struct {
	Label, Note, Value string
	Code               string // of a coupon that can be removed
	Sum                bool
}

// change is a field in which the customer changes the order.
type change struct{ Name, Label, Value, Hint, Problem string }

// order is what is bought and what it comes to, with what the customer may change
// of it; nil pointers are what they may not.
type order struct {
	Lines    []orderLine
	Quantity *change
	Amount   *change
	Coupon   *change
	Due      int64 // what the page says is to be paid

	QuantityURL, AmountURL, CouponURL, RemoveURL string
}

// Changes reports whether the customer may change anything.
func (o *order) Changes() bool { return o.Quantity != nil || o.Amount != nil || o.Coupon != nil }

// Shown reports whether the page has to say anything about the order.
func (o *order) Shown() bool { return len(o.Lines) > 0 || o.Changes() }

// order returns the order of the session. Without open nothing of it can be
// changed any more.
func (v visit) order(open bool) (order, error) {
	o := order{Due: v.Session.Due().Amount}
	coupons, err := v.Session.Coupons.List()
	if err != nil {
		return o, err
	}
	most := maxReceipt
	if open {
		most = maxLines
	}
	bought, err := v.bought(most)
	if err != nil {
		return o, err
	}
	rest := v.adjustments(coupons, open)
	o.Lines = bought
	if len(bought) > 1 || len(bought) == 0 && len(rest) > 0 {
		o.Lines = append(o.Lines, orderLine{Label: v.W.Subtotal, Value: v.Lang.amount(v.Session.Total)})
	}
	o.Lines = append(o.Lines, rest...)
	if !open {
		return o, nil
	}
	if len(o.Lines) > 1 {
		o.Lines = append(o.Lines, orderLine{Label: v.W.Total, Value: v.amount(), Sum: true})
	}
	v.changes(&o, len(coupons) > 0)
	return o, nil
}

// correct shows what was typed and why it is no good, if anything was.
func (o *order) correct(bad *wrong) {
	if bad == nil {
		return
	}
	if c := map[string]*change{"quantity": o.Quantity, "amount": o.Amount, "coupon": o.Coupon}[bad.field]; c != nil {
		c.Value, c.Problem = bad.value, bad.text
	}
}

// bought returns a line for each thing that is bought, at most so many and one for
// the rest; none if there is but one of one product, or a bare amount.
func (v visit) bought(most int) (lines []orderLine, err error) {
	s := v.Session
	money := func(n int64) string { return v.Lang.amount(checkout.Money{Amount: n, Currency: s.Total.Currency}) }
	items, err := s.Items.List()
	if err != nil {
		return nil, err
	}
	if n := v.multiple(); n > 1 {
		items = []checkout.Item{{Name: s.Title, Unit: s.Total.Amount / n, Quantity: n}}
	}
	rest := int64(0)
	for i, item := range items {
		cost := item.Unit * item.Quantity
		if i >= most && len(items) > most+1 {
			rest += cost
			continue
		}
		line := orderLine{Label: clip(item.Name, maxLabel), Value: money(cost)}
		if item.Quantity > 1 {
			line.Note = fmt.Sprintf("%d × %s", item.Quantity, money(item.Unit))
		}
		lines = append(lines, line)
	}
	if rest > 0 {
		lines = append(lines, orderLine{Label: fmt.Sprintf(v.W.More, len(items)-most), Value: money(rest)})
	}
	return lines, nil
}

// multiple returns how many of one product Total is for, 1 if its price does not
// multiply.
func (v visit) multiple() int64 {
	s := v.Session
	if s.PriceID == "" || s.Quantity <= 1 || s.Total.Amount%s.Quantity != 0 || s.SubscriptionID != "" || s.Deferred > 0 {
		return 1
	}
	return s.Quantity
}

// adjustments returns what the customer pays less or more than the subtotal.
func (v visit) adjustments(coupons []checkout.AppliedCoupon, open bool) (lines []orderLine) {
	s := v.Session
	money := func(n int64) string { return v.Lang.amount(checkout.Money{Amount: n, Currency: s.Total.Currency}) }
	if s.Deferred > 0 {
		lines = append(lines, orderLine{Label: v.W.Later, Value: "−" + money(s.Deferred)})
	}
	for _, c := range coupons {
		line := orderLine{Label: c.Code, Value: "−" + money(c.Discount)}
		if open {
			line.Code = c.Code
		}
		lines = append(lines, line)
	}
	if s.Fee > 0 {
		lines = append(lines, orderLine{Label: v.W.Fee, Value: money(s.Fee)})
	}
	return lines
}

// changes adds to o what the customer may change.
func (v visit) changes(o *order, coupons bool) {
	s, w := v.Session, v.W
	if s.QuantityChanges() {
		o.Quantity = &change{Name: "quantity", Label: w.HowMany, Value: strconv.FormatInt(s.Quantity, 10)}
	}
	if s.AllowAmount {
		o.Amount = &change{Name: "amount", Label: fmt.Sprintf(w.YourAmount, v.symbol()), Value: v.Lang.plainAmount(v.unit()), Hint: v.bounds()}
		if s.Quantity > 1 {
			o.Amount.Label = fmt.Sprintf(w.EachAmount, v.symbol())
		}
	}
	if s.AllowCouponCode || coupons {
		o.Coupon = &change{Name: "coupon", Label: w.Promo}
	}
	o.QuantityURL, o.AmountURL = v.link("quantity"), v.link("amount")
	o.CouponURL, o.RemoveURL = v.link("coupon"), v.link("coupon", "remove")
}

// unit returns what the customer chose to pay for one.
func (v visit) unit() checkout.Money {
	m := v.Session.Total
	m.Amount /= max(v.Session.Quantity, 1)
	return m
}

// bounds says between what the customer may choose.
func (v visit) bounds() string {
	p, c := v.Price, v.Session.Total.Currency
	least := v.Lang.amount(checkout.Money{Amount: p.Minimum, Currency: c})
	if p.Maximum == 0 {
		return fmt.Sprintf(v.W.AtLeast, least)
	}
	return fmt.Sprintf(v.W.Between, least, v.Lang.amount(checkout.Money{Amount: p.Maximum, Currency: c}))
}

// symbol returns the sign of the session's currency.
func (v visit) symbol() string {
	c := string(v.Session.Total.Currency)
	if sign, ok := currency.GetSymbol(c, currency.NewLocale(string(v.Lang))); ok {
		return sign
	}
	return c
}

// free reports whether the order costs nothing.
func (v visit) free() bool { return v.Session.Due().Amount == 0 }
