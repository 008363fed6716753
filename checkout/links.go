package checkout

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// CreateLinkIn makes a payment link of the account inside a transaction of the
// caller. Its identifier, its count of uses and times are set here. It returns an
// [Error] with CodeInvalid that names the fields at fault, and the errors of a
// session that refers to the same product.
func (s *Service) CreateLinkIn(tx Tx, account Account, l Link) (PricedLink, error) {
	now := s.now()
	id, err := NewID(prefixLink, now, s.random)
	if err != nil {
		return PricedLink{Link: l}, err
	}
	l.ID, l.Account, l.Version, l.Uses, l.Active, l.CreatedAt, l.UpdatedAt = id, account.Number, 1, 0, true, now, now
	made, err := s.checkLink(tx, account, l)
	if err != nil {
		return made, err
	}
	return made, tx.InsertLink(made.Link)
}

// PricedLink is a link with what its sessions cost, in minor units of its currency.
type PricedLink struct {
	Link
	Costs int64 // 0 if the product has no price any more
}

// checkLink returns the link with what follows from its product, if its sessions
// could be created.
func (s *Service) checkLink(tx Tx, account Account, l Link) (PricedLink, error) {
	var v Problems
	v.Check(l.Type == LinkInstant || l.Type == LinkProduct, "link_type", "link_type must be instant or product")
	v.Check(l.Title != "", "title", "title is required")
	v.Check(l.MaxUses >= 0 && l.MaxUses <= MaxAmount, "max_uses", "max_uses must be at least 1")
	switch l.Type {
	case LinkInstant:
		v.Check(l.Amount > 0, "amount", "amount is required, and must be greater than 0, for an instant link")
		v.Check(l.ProductID == "" && l.PriceID == "", "product_id", "product_id and price_id are for product links")
	case LinkProduct:
		v.Check(l.ProductID != "" || l.PriceID != "", "product_id", "product_id or price_id is required for a product link")
		v.Check(l.Amount == 0, "amount", "amount is for instant links: a product link costs what its price says")
	}
	p := l.params(account)
	p.LinkID = ""
	v.Merge(p.Validate())
	if err := v.Err(); err != nil {
		return PricedLink{Link: l}, err
	}
	d, err := s.Draft(p)
	if err != nil {
		return PricedLink{Link: l}, err
	}
	made, err := d.resolve(tx)
	if l.Type == LinkProduct {
		l.ProductID = cmp.Or(l.ProductID, made.ProductID)
	}
	return PricedLink{l, made.Total.Amount}, err
}

// priced returns the link with what its sessions cost now.
func (s *Service) priced(tx Tx, account Account, l Link) (PricedLink, error) {
	if l.Type == LinkInstant {
		return PricedLink{l, l.Amount}, nil
	}
	var price Price
	var err error
	if l.PriceID != "" {
		price, _, err = priceOf(tx, account, l.PriceID)
	} else {
		price, _, err = choosePrice(tx, account, l.ProductID, l.Currency)
	}
	if code := CodeOf(err); code == CodePriceInactive || code == CodeCurrency {
		return PricedLink{Link: l}, nil
	}
	return PricedLink{l, price.Amount.Amount}, err
}

// params describes a session of the link.
func (l Link) params(account Account) CreateSessionParams {
	form := l.Form
	return CreateSessionParams{
		Account: account, LinkID: l.ID, Total: Money{l.Amount, l.Currency}, ProductID: l.ProductID, PriceID: l.PriceID,
		Title: l.Title, Description: l.Description,
		AllowQuantity: l.AllowQuantity, AllowCouponCode: l.AllowCouponCode, Form: &form,
		SuccessURL: l.SuccessURL, CancelURL: l.CancelURL, Metadata: l.Metadata, IntegrationSource: "payment_link",
	}
}

// sells returns a session, and what it is asked to be for, with what the link
// sells, unless the request says that itself.
func (l Link) sells(s Session, p CreateSessionParams) (Session, CreateSessionParams, error) {
	if err := l.open(s.CreatedAt); err != nil {
		return s, p, err
	}
	if p.Total.Amount != 0 || p.ProductID != "" || p.PriceID != "" || len(p.Items) > 0 {
		return s, p, nil
	}
	if l.Currency != p.Total.Currency {
		return s, p, refuse(CodeCurrency, "currency_code", fmt.Sprintf("currency_code must be %s, that of payment link %s", l.Currency, l.ID))
	}
	s.Total.Amount = l.Amount
	p.ProductID, p.PriceID = l.ProductID, l.PriceID
	s.Title, s.Description = cmp.Or(s.Title, l.Title), cmp.Or(s.Description, l.Description)
	return s, p, nil
}

// open returns nil if the link can be opened at now, else an [Error] with
// CodeLinkClosed.
func (l Link) open(now time.Time) error {
	why := ""
	switch {
	case !l.Active:
		why = "is not active"
	case !l.ExpiresAt.IsZero() && !now.Before(l.ExpiresAt):
		why = "has expired"
	case l.full():
		why = "has been used as often as it may be"
	default:
		return nil
	}
	return &Error{Code: CodeLinkClosed, Message: fmt.Sprintf("Payment link %s %s", l.ID, why)}
}

func (l Link) full() bool { return l.MaxUses > 0 && l.Uses >= l.MaxUses }

// linkIn returns the account's link with the given identifier.
func linkIn(tx Tx, account Account, id string) (Link, error) {
	l, err := tx.Link(id)
	if err == nil && l.Account != account.Number {
		err = ErrNotFound
	}
	return l, notFound(err, fmt.Sprintf("Payment link with ID %s not found or access denied", id))
}

// Link returns the account's link with the given identifier.
func (s *Service) Link(ctx context.Context, account Account, id string) (l PricedLink, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		found, err := linkIn(tx, account, id)
		if err != nil {
			return err
		}
		l, err = s.priced(tx, account, found)
		return err
	})
	return l, err
}

// Links lists links newest first, and counts all that q asks for.
func (s *Service) Links(ctx context.Context, account Account, q LinkQuery) (list []PricedLink, total int64, err error) {
	q.Account = account.Number
	err = s.store.View(ctx, func(tx Tx) error {
		links, err := tx.ListLinks(q)
		if err != nil {
			return err
		}
		list = make([]PricedLink, len(links))
		for i, l := range links {
			if list[i], err = s.priced(tx, account, l); err != nil {
				return err
			}
		}
		total, err = tx.CountLinks(q)
		return err
	})
	return list, total, err
}

// UpdateLink changes what alter changes of the account's link. Sessions that it
// has opened stay as they are.
func (s *Service) UpdateLink(ctx context.Context, account Account, id string, alter func(*Link)) (l PricedLink, err error) {
	err = s.store.Update(ctx, func(tx Tx) error {
		before, err := linkIn(tx, account, id)
		if err != nil {
			return err
		}
		changed := before
		alter(&changed)
		changed.ID, changed.Account, changed.Version, changed.Type, changed.Uses = before.ID, before.Account, before.Version, before.Type, before.Uses
		changed.CreatedAt, changed.UpdatedAt = before.CreatedAt, s.now()
		check := s.checkLink
		if !changed.Active && changed.sameGoods(before) { // what it refers to may be gone
			check = s.priced
		}
		if l, err = check(tx, account, changed); err != nil {
			return err
		}
		if l.MaxUses > 0 && l.MaxUses < l.Uses {
			return invalid("max_uses", fmt.Sprintf("max_uses must be at least %d: so often it has been used", l.Uses))
		}
		if err := tx.PutLink(l.Link); err != nil {
			return err
		}
		l.Version++
		return nil
	})
	return l, err
}

// sameGoods reports whether l says and sells the same as before, but for whether,
// how long and how often.
func (l Link) sameGoods(before Link) bool {
	l.Active, l.ExpiresAt, l.MaxUses, l.UpdatedAt = before.Active, before.ExpiresAt, before.MaxUses, before.UpdatedAt
	return l == before
}

// Opening is a link as somebody sees it who opens it.
type Opening struct {
	Link    Link
	Account Account
	Price   Price // of a product one
	Err     error // CodeLinkClosed, or why its product cannot be sold; nil if it can be opened
}

// Opening returns what anybody who holds the identifier of a link may see.
func (s *Service) Opening(ctx context.Context, id string) (o Opening, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		if o.Link, err = tx.Link(id); err != nil {
			return notFound(err, fmt.Sprintf("Payment link with ID %s not found", id))
		}
		if o.Account, err = AccountIn(tx, o.Link.Account); err != nil {
			return err
		}
		if o.Err = o.Link.open(s.now()); o.Err != nil || o.Link.Type == LinkInstant {
			return nil
		}
		d, err := s.Draft(o.Link.params(o.Account))
		if err != nil {
			return err
		}
		o.Price, _, o.Err = d.priceFor(tx, d.params)
		return nil
	})
	return o, err
}

// OpenLink makes a session of a link. It returns an [Error] with CodeNotFound,
// with CodeLinkClosed, or one that says why its product cannot be sold any more.
func (s *Service) OpenLink(ctx context.Context, id string) (created Session, err error) {
	err = s.store.Update(ctx, func(tx Tx) error {
		l, err := tx.Link(id)
		if err != nil {
			return notFound(err, fmt.Sprintf("Payment link with ID %s not found", id))
		}
		account, err := AccountIn(tx, l.Account)
		if err != nil {
			return err
		}
		created, err = s.CreateSessionIn(tx, l.params(account))
		return err
	})
	return created, err
}

// linkFull reports whether the link of a session has been used up by others.
func linkFull(tx Tx, session Session) (bool, error) {
	if session.LinkID == "" {
		return false, nil
	}
	l, err := tx.Link(session.LinkID)
	return l.full(), err
}

// useLink counts a paid session of a link.
func useLink(tx Tx, session Session) error {
	if session.LinkID == "" {
		return nil
	}
	l, err := tx.Link(session.LinkID)
	if err != nil || l.full() {
		return err
	}
	l.Uses++
	return tx.PutLink(l)
}
