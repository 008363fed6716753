package checkout

import (
	"fmt"
	"time"
)

// maxItems is how many lines a cart may have.
const maxItems = 100

// checkItems returns an error that names the items at fault.
func checkItems(items []Item) error {
	var v Problems
	v.Check(len(items) <= maxItems, "line_items", fmt.Sprintf("line_items must be at most %d", maxItems))
	for i, item := range items[:min(len(items), maxItems)] {
		name := fmt.Sprintf("line_items[%d]", i)
		v.Check(item.Quantity >= 1 && item.Quantity <= maxQuantity, name+".quantity", fmt.Sprintf("%s.quantity must be an integer from 1 to %d", name, maxQuantity))
		v.checkText(name+".name", item.Name, maxTitle)
		if item.PriceID != "" {
			continue
		}
		v.Check(item.Name != "", name+".name", name+".name is required for an item without a price_id")
		v.Check(item.Unit > 0 && item.Unit <= MaxAmount, name+".unit_amount", name+".unit_amount must be greater than 0 for an item without a price_id")
	}
	return v.Err()
}

// resolve returns the session with what it refers to.
func (d Draft) resolve(tx Tx) (Session, error) {
	s, p := d.session, d.params
	if p.CustomerID != "" {
		c, err := customerIn(tx, p.Account, p.CustomerID)
		if err != nil {
			return s, err
		}
		s.CustomerID, s.Customer = c.ID, s.Customer.fill(c.Contact)
	}
	if p.LinkID != "" {
		l, err := linkIn(tx, p.Account, p.LinkID)
		if err != nil {
			return s, err
		}
		s.LinkID = l.ID
		if s, p, err = l.sells(s, p); err != nil {
			return s, err
		}
	}
	if p.SubscriptionID != "" {
		sub, err := subscriptionIn(tx, p.Account, p.SubscriptionID)
		if err != nil {
			return s, err
		}
		s.SubscriptionID = sub.ID
		if p.Total.Amount == 0 && p.PriceID == "" && p.ProductID == "" && len(p.Items) == 0 {
			p.PriceID = sub.PriceID
		}
	}
	var err error
	switch {
	case len(p.Items) > 0:
		s, err = d.cart(tx, s, p)
	case p.PriceID != "" || p.ProductID != "":
		s, err = d.product(tx, s, p)
	}
	if err != nil || s.Total.Amount == 0 {
		return s, orRequired(err)
	}
	quote, err := NewQuote([]Line{{s.Total.Amount, 1}}, s.Deferred, s.Fee, nil)
	s.Total.Amount = quote.Subtotal
	return s, err
}

func orRequired(err error) error {
	if err != nil {
		return err
	}
	return invalid("amount", "amount is required")
}

// product gives the session what a product costs at one of its prices.
func (d Draft) product(tx Tx, s Session, p CreateSessionParams) (Session, error) {
	price, product, err := d.priceFor(tx, p)
	if err != nil {
		return s, err
	}
	s.ProductID, s.PriceID = product.ID, price.ID
	if s.Title == "" {
		s.Title = product.Name
	}
	if s.Description == "" {
		s.Description = product.Description
	}
	quantity := s.Quantity
	if price.Interval != "" {
		s.AllowQuantity, quantity = false, 1
	}
	if s.Total.Amount != 0 {
		if err := price.accept(s.Total, s.Quantity); err != nil {
			return s, err
		}
	} else {
		quote, err := NewQuote([]Line{{price.Amount.Amount, quantity}}, 0, 0, nil)
		if err != nil {
			return s, invalid("quantity", "quantity makes the amount too large")
		}
		s.Total.Amount = quote.Subtotal
		s.AllowAmount = price.Model == PriceOpen
	}
	if price.Interval != "" && s.SubscriptionID == "" {
		s.Deferred = product.Plan.deferred(price, s.CreatedAt)
	}
	return s, nil
}

// priceFor returns the price that is named, or chosen, if a new session may refer
// to it.
func (d Draft) priceFor(tx Tx, p CreateSessionParams) (price Price, product Product, err error) {
	if p.PriceID == "" {
		price, product, err = choosePrice(tx, p.Account, p.ProductID, p.Total.Currency)
	} else {
		price, product, err = priceOf(tx, p.Account, p.PriceID)
	}
	if err != nil {
		return price, product, err
	}
	if p.ProductID != "" && p.ProductID != product.ID {
		return price, product, refuse(CodePriceOfOther, "price_id", fmt.Sprintf("price_id: price %s is of product %s", price.ID, product.ID))
	}
	return price, product, sellable(price, product, p.Total.Currency, "price_id")
}

// sellable returns an error for field unless a session in this currency may refer
// to the price.
func sellable(price Price, product Product, currency Currency, field string) error {
	switch {
	case !product.Active:
		return refuse(CodeProductInactive, field, fmt.Sprintf("%s: product %s is not active", field, product.ID))
	case !price.Active:
		return refuse(CodePriceInactive, field, fmt.Sprintf("%s: price %s is not active", field, price.ID))
	case price.Amount.Currency != currency:
		return refuse(CodeCurrency, "currency_code", fmt.Sprintf("currency_code must be %s, that of price %s", price.Amount.Currency, price.ID))
	}
	return nil
}

func refuse(code Code, field, message string) error {
	return &Error{Code: code, Message: message, Fields: []Field{{field, message}}}
}

// cart gives the session what its items cost. What else the request says of a
// product, a quantity or an amount does not count, as with lomi.
func (d Draft) cart(tx Tx, s Session, p CreateSessionParams) (Session, error) {
	items, lines := make([]Item, len(p.Items)), make([]Line, len(p.Items))
	for i, item := range p.Items {
		field := fmt.Sprintf("line_items[%d].price_id", i)
		if item.PriceID != "" {
			price, product, err := priceOf(tx, p.Account, item.PriceID)
			if err != nil {
				return s, err
			}
			if err := inCart(price, product, s.Total.Currency, field); err != nil {
				return s, err
			}
			item.ProductID, item.Unit = product.ID, price.Amount.Amount
			if item.Name == "" {
				item.Name = product.Name
			}
		}
		items[i], lines[i] = item, Line{item.Unit, item.Quantity}
	}
	quote, err := NewQuote(lines, 0, 0, nil)
	if err != nil {
		return s, err
	}
	s.Total.Amount, s.Quantity, s.AllowQuantity = quote.Subtotal, 1, false
	s.Items, err = ItemsOf(items)
	return s, err
}

// inCart returns an error unless a price may stand in a cart.
func inCart(price Price, product Product, currency Currency, field string) error {
	if err := sellable(price, product, currency, field); err != nil {
		return err
	}
	switch {
	case price.Interval != "":
		return refuse(CodeCartRecurring, field, "Checkout line_items rejected: recurring not supported")
	case price.Model == PriceOpen:
		return refuse(CodeCartOpen, field, "Checkout line_items rejected: pwyw not supported")
	}
	return nil
}

// deferred returns how much of the first period of a price is not charged at
// sign-up.
func (p Plan) deferred(price Price, now time.Time) int64 {
	switch {
	case p.TrialDays > 0 || p.FirstPayment == FirstNonInitial:
		return price.Amount.Amount
	case p.FirstPayment == FirstProrated:
		return price.Amount.Amount - p.prorated(price, now)
	}
	return 0
}
