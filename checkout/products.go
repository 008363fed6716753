package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// CreateProductIn makes a product with prices, the first of which becomes the
// default unless one is marked by asDefault, inside a transaction of the caller.
// Identifiers, times and what belongs together are set here. It returns an [Error]
// with CodeInvalid that names the fields at fault.
func (s *Service) CreateProductIn(tx Tx, account Account, p Product, prices []Price, asDefault int) (Product, []Price, error) {
	now := s.now()
	id, err := NewID(prefixProduct, now, s.random)
	if err != nil {
		return p, nil, err
	}
	p.ID, p.Account, p.Version, p.CreatedAt, p.UpdatedAt, p.Default = id, account.Number, 1, now, now, ""
	if err := p.validate(); err != nil {
		return p, nil, err
	}
	if len(prices) == 0 || len(prices) > maxActivePrices {
		return p, nil, invalid("prices", fmt.Sprintf("prices must be 1 to %d", maxActivePrices))
	}
	made := make([]Price, len(prices))
	for i, price := range prices {
		if made[i], err = s.newPrice(p, price, now); err != nil {
			return p, nil, under(fmt.Sprintf("prices[%d]", i), err)
		}
	}
	inOrder(made)
	p.Default = made[min(max(asDefault, 0), len(made)-1)].ID
	if err := tx.InsertProduct(p); err != nil {
		return p, nil, err
	}
	for _, price := range made {
		if err := tx.InsertPrice(price); err != nil {
			return p, nil, err
		}
	}
	return p, made, nil
}

// inOrder gives prices that are made at once identifiers in their order: the first
// of them is the oldest.
func inOrder(made []Price) {
	ids := make([]string, len(made))
	for i, price := range made {
		ids[i] = price.ID
	}
	slices.Sort(ids)
	for i := range made {
		made[i].ID = ids[i]
	}
}

// under returns err with its fields named as parts of one.
func under(name string, err error) error {
	var e *Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	var v Problems
	for _, f := range e.Fields {
		v.Add(name+"."+f.Name, name+": "+f.Message)
	}
	return v.Err()
}

// newPrice returns a price of product as it is to be inserted.
func (s *Service) newPrice(product Product, p Price, now time.Time) (Price, error) {
	id, err := NewID(prefixPrice, now, s.random)
	if err != nil {
		return p, err
	}
	p.ID, p.Account, p.ProductID, p.Version = id, product.Account, product.ID, 1
	p.Active, p.CreatedAt, p.UpdatedAt = true, now, now
	if p.Model == "" {
		p.Model = PriceStandard
	}
	if p.Model == PriceOpen && p.Amount.Amount == 0 {
		p.Amount.Amount = p.Minimum
	}
	return p, p.validate(product)
}

// AddPriceIn gives a product another price, inside a transaction of the caller. It
// returns an [Error] with CodeInvalid that names the fields at fault, with
// CodeConflict if the product has three active prices already or 200 in all, and with
// CodeNotFound.
func (s *Service) AddPriceIn(tx Tx, account Account, product string, p Price, asDefault bool) (Price, Product, error) {
	owner, prices, err := productOf(tx, account, product)
	if err != nil {
		return p, owner, err
	}
	now := s.now()
	made, err := s.newPrice(owner, p, now)
	if err != nil {
		return made, owner, err
	}
	if active(prices) >= maxActivePrices {
		return made, owner, errTooManyPrices
	}
	if len(prices) >= maxPrices {
		return made, owner, &Error{Code: CodeConflict, Message: fmt.Sprintf("A product has at most %d prices, active or not: make another product", maxPrices)}
	}
	if err := tx.InsertPrice(made); err != nil || !asDefault {
		return made, owner, err
	}
	owner.Default, owner.UpdatedAt = made.ID, now
	return made, owner, tx.PutProduct(owner)
}

var errTooManyPrices = &Error{Code: CodeConflict, Message: fmt.Sprintf("A product has at most %d active prices", maxActivePrices)}

func active(prices []Price) (n int) {
	for _, p := range prices {
		if p.Active {
			n++
		}
	}
	return n
}

// Priced is a product with all of its prices, oldest first.
type Priced struct {
	Product
	Prices []Price
}

// productOf returns the account's product with the given identifier.
func productOf(tx Tx, account Account, id string) (Product, []Price, error) {
	p, err := tx.Product(id)
	if err == nil && p.Account != account.Number {
		err = ErrNotFound
	}
	if err != nil {
		return p, nil, notFound(err, fmt.Sprintf("Product with ID %s not found or access denied", id))
	}
	prices, err := tx.ProductPrices(id)
	return p, prices, err
}

// Product returns the account's product with the given identifier.
func (s *Service) Product(ctx context.Context, account Account, id string) (p Priced, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		p.Product, p.Prices, err = productOf(tx, account, id)
		return err
	})
	return p, err
}

// Products lists products newest first.
func (s *Service) Products(ctx context.Context, account Account, q ProductQuery) (list []Priced, err error) {
	q.Account = account.Number
	err = s.store.View(ctx, func(tx Tx) error {
		products, err := tx.ListProducts(q)
		list = make([]Priced, len(products))
		for i, p := range products {
			list[i].Product = p
			if list[i].Prices, err = tx.ProductPrices(p.ID); err != nil {
				return err
			}
		}
		return err
	})
	return list, err
}

// UpdateProduct changes what alter changes of the account's product: its name,
// description, images, metadata, what it is for, and whether it is active.
// How it is billed never changes: sessions that are open have promised it. The default
// is set if it is an active price of the product.
func (s *Service) UpdateProduct(ctx context.Context, account Account, id string, alter func(*Product)) (p Priced, err error) {
	err = s.store.Update(ctx, func(tx Tx) error {
		if p.Product, p.Prices, err = productOf(tx, account, id); err != nil {
			return err
		}
		changed := p.Product
		alter(&changed)
		changed.ID, changed.Account, changed.Version, changed.Type, changed.Plan = p.ID, p.Account, p.Version, p.Type, p.Plan
		changed.CreatedAt, changed.UpdatedAt = p.CreatedAt, s.now()
		if err := changed.validate(); err != nil {
			return err
		}
		if changed.Default != p.Default && !hasActive(p.Prices, changed.Default) {
			return notFound(ErrNotFound, fmt.Sprintf("Price with ID %s is not an active price of the product", changed.Default))
		}
		if err := tx.PutProduct(changed); err != nil {
			return err
		}
		changed.Version++
		p.Product = changed
		return nil
	})
	return p, err
}

func hasActive(prices []Price, id string) bool {
	for _, p := range prices {
		if p.ID == id {
			return p.Active
		}
	}
	return false
}

// UpdatePrice changes whether a price is active, and its metadata.
func (s *Service) UpdatePrice(ctx context.Context, account Account, product, id string, alter func(*Price)) (p Price, of Product, err error) {
	err = s.store.Update(ctx, func(tx Tx) error {
		var prices []Price
		if of, prices, err = productOf(tx, account, product); err != nil {
			return err
		}
		i := slices.IndexFunc(prices, func(p Price) bool { return p.ID == id })
		if i < 0 {
			return notFound(ErrNotFound, fmt.Sprintf("Price with ID %s not found or access denied", id))
		}
		p = prices[i]
		changed := p
		alter(&changed)
		if changed.Active && !p.Active && active(prices) >= maxActivePrices {
			return errTooManyPrices
		}
		p.Active, p.Metadata, p.UpdatedAt = changed.Active, changed.Metadata, s.now()
		if err := tx.PutPrice(p); err != nil {
			return err
		}
		p.Version++
		return nil
	})
	return p, of, err
}

// priceOf returns the account's price with the given identifier and its product.
func priceOf(tx Tx, account Account, id string) (Price, Product, error) {
	p, product, err := tx.PriceOf(id)
	if err == nil && p.Account != account.Number {
		err = ErrNotFound
	}
	return p, product, notFound(err, fmt.Sprintf("Price with ID %s not found or access denied", id))
}

// Price returns the account's price with the given identifier and its product.
func (s *Service) Price(ctx context.Context, account Account, id string) (p Price, product Product, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		p, product, err = priceOf(tx, account, id)
		return err
	})
	return p, product, err
}

// Prices lists prices newest first, each with its product.
func (s *Service) Prices(ctx context.Context, account Account, q PriceQuery) (list []Price, products []Product, err error) {
	q.Account = account.Number
	err = s.store.View(ctx, func(tx Tx) error {
		if list, err = tx.ListPrices(q); err != nil {
			return err
		}
		products = make([]Product, len(list))
		for i, p := range list {
			if products[i], err = tx.Product(p.ProductID); err != nil {
				return err
			}
		}
		return nil
	})
	return list, products, err
}

// choosePrice returns the price of a session that names a product alone: its
// default, if that is active and of the currency, else the first that is.
func choosePrice(tx Tx, account Account, id string, currency Currency) (Price, Product, error) {
	p, prices, err := productOf(tx, account, id)
	if err != nil {
		return Price{}, p, err
	}
	var found *Price
	others := false
	for i, price := range prices {
		switch {
		case !price.Active:
		case price.Amount.Currency != currency:
			others = true
		case found == nil || price.ID == p.Default:
			found = &prices[i]
		}
	}
	switch {
	case found != nil:
		return *found, p, nil
	case others:
		return Price{}, p, refuse(CodeCurrency, "currency_code", fmt.Sprintf("currency_code must be one in which product %s has an active price", id))
	}
	return Price{}, p, refuse(CodePriceInactive, "product_id", fmt.Sprintf("product_id: product %s has no active price", id))
}

// accept returns an error unless amount is what so many may cost.
func (p Price) accept(amount Money, quantity int64) error {
	if p.Interval != "" {
		quantity = 1 // of a recurring price it does not multiply
	}
	if p.Model == PriceStandard {
		quote, err := NewQuote([]Line{{p.Amount.Amount, quantity}}, 0, 0, nil)
		if err == nil && amount.Amount != quote.Subtotal {
			return refuse(CodeAmountMismatch, "amount", fmt.Sprintf("amount must be %d, %d times the price of %d, or be left out", quote.Subtotal, quantity, p.Amount.Amount))
		}
		return err
	}
	if err := amount.validate("amount"); err != nil {
		return err
	}
	switch unit := amount.Amount / quantity; {
	case amount.Amount%quantity != 0:
		return refuse(CodeAmountParts, "amount", fmt.Sprintf("amount must be a multiple of the quantity, %d", quantity))
	case unit < p.Minimum:
		return refuse(CodeAmountLow, "amount", fmt.Sprintf("amount must be at least %d for each of %d", p.Minimum, quantity))
	case p.Maximum > 0 && unit > p.Maximum:
		return refuse(CodeAmountHigh, "amount", fmt.Sprintf("amount must be at most %d for each of %d", p.Maximum, quantity))
	}
	return nil
}
