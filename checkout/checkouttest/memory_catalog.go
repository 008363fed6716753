package checkouttest

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// errCap is what a row is refused with that counts beyond its own limit, or below
// zero.
var errCap = errors.New("checkouttest: a count is out of bounds")

// add inserts v under key.
func add[K comparable, V any](m map[K]V, key K, v V) error {
	if _, taken := m[key]; taken {
		return checkout.ErrExists
	}
	m[key] = v
	return nil
}

// listed returns the page p of those values of m, by identifier, that keep
// accepts. created tells when a value was made.
func listed[V any](m map[string]V, p checkout.Page, created func(V) time.Time, keep func(V) bool) []V {
	var ids []string
	for id, v := range m {
		at := created(v)
		if keep(v) && id > p.Newer && (p.Older == "" || id < p.Older) &&
			(p.From.IsZero() || !at.Before(p.From)) && (p.Until.IsZero() || at.Before(p.Until)) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	if !p.Nearest {
		slices.Reverse(ids)
	}
	ids = page(ids, p.Offset, p.Limit)
	if p.Nearest {
		slices.Reverse(ids)
	}
	list := make([]V, len(ids))
	for i, id := range ids {
		list[i] = m[id]
	}
	return list
}

// is reports whether a flag is as wanted, or nothing is asked for.
func is(wanted *bool, flag bool) bool { return wanted == nil || *wanted == flag }

func (t *memoryTx) OrderLock(account int64, reference string) (checkout.OrderLock, error) {
	return find(t.locks, orderKey{account, reference})
}

func (t *memoryTx) InsertOrderLock(l checkout.OrderLock) error {
	return add(t.write().locks, orderKey{l.Account, l.Reference}, l)
}

func (t *memoryTx) PutOrderLock(l checkout.OrderLock) error {
	k := orderKey{l.Account, l.Reference}
	was, ok := t.locks[k]
	if !ok || was.Version != l.Version {
		return checkout.ErrStale
	}
	l.Version++
	t.write().locks[k] = l
	return nil
}

func (t *memoryTx) InsertProduct(p checkout.Product) error {
	return add(t.write().products, p.ID, ownImages(p))
}

// ownImages returns p with images that nobody else can write to.
func ownImages(p checkout.Product) checkout.Product {
	p.Images = slices.Clone(p.Images)
	return p
}

func (t *memoryTx) Product(id string) (checkout.Product, error) {
	p, err := find(t.products, id)
	return ownImages(p), err
}

func (t *memoryTx) PutProduct(p checkout.Product) error {
	was, ok := t.products[p.ID]
	if !ok || was.Version != p.Version {
		return checkout.ErrStale
	}
	p.Version++
	p.Account, p.CreatedAt = was.Account, was.CreatedAt
	t.write().products[p.ID] = ownImages(p)
	return nil
}

func (t *memoryTx) ListProducts(q checkout.ProductQuery) ([]checkout.Product, error) {
	list := listed(t.products, q.Page, func(p checkout.Product) time.Time { return p.CreatedAt },
		func(p checkout.Product) bool { return p.Account == q.Account && is(q.Active, p.Active) })
	for i, p := range list {
		list[i] = ownImages(p)
	}
	return list, nil
}

func (t *memoryTx) InsertPrice(p checkout.Price) error {
	if _, ok := t.products[p.ProductID]; !ok {
		return checkout.ErrNotFound
	}
	return add(t.write().prices, p.ID, p)
}

func (t *memoryTx) PriceOf(id string) (checkout.Price, checkout.Product, error) {
	p, err := find(t.prices, id)
	if err != nil {
		return checkout.Price{}, checkout.Product{}, err
	}
	product, err := t.Product(p.ProductID)
	return p, product, err
}

func (t *memoryTx) PutPrice(p checkout.Price) error {
	was, ok := t.prices[p.ID]
	if !ok || was.Version != p.Version {
		return checkout.ErrStale
	}
	p.Version++
	p.Account, p.ProductID, p.CreatedAt = was.Account, was.ProductID, was.CreatedAt
	t.write().prices[p.ID] = p
	return nil
}

func (t *memoryTx) ProductPrices(product string) ([]checkout.Price, error) {
	of := func(p checkout.Price) bool { return p.ProductID == product }
	return some(t.prices, of, func(a, b checkout.Price) int { return cmp.Compare(a.ID, b.ID) }), nil
}

func (t *memoryTx) ListPrices(q checkout.PriceQuery) ([]checkout.Price, error) {
	return listed(t.prices, q.Page, func(p checkout.Price) time.Time { return p.CreatedAt }, func(p checkout.Price) bool {
		return p.Account == q.Account && (q.ProductID == "" || p.ProductID == q.ProductID) && is(q.Active, p.Active)
	}), nil
}

func (t *memoryTx) InsertLink(l checkout.Link) error {
	if linkOverCap(l) {
		return errCap
	}
	return add(t.write().links, l.ID, l)
}

func linkOverCap(l checkout.Link) bool {
	return l.Uses < 0 || l.MaxUses != 0 && l.Uses > l.MaxUses
}

func (t *memoryTx) Link(id string) (checkout.Link, error) { return find(t.links, id) }

func (t *memoryTx) PutLink(l checkout.Link) error {
	was, ok := t.links[l.ID]
	if !ok || was.Version != l.Version {
		return checkout.ErrStale
	}
	if linkOverCap(l) {
		return errCap
	}
	l.Version++
	l.Account, l.CreatedAt = was.Account, was.CreatedAt
	t.write().links[l.ID] = l
	return nil
}

func (t *memoryTx) ListLinks(q checkout.LinkQuery) ([]checkout.Link, error) {
	return listed(t.links, q.Page, func(l checkout.Link) time.Time { return l.CreatedAt },
		func(l checkout.Link) bool { return linkMatches(l, q) }), nil
}

func (t *memoryTx) CountLinks(q checkout.LinkQuery) (n int64, err error) {
	for _, l := range t.links {
		if linkMatches(l, q) {
			n++
		}
	}
	return n, nil
}

// linkMatches reports whether q asks for l, its page aside.
func linkMatches(l checkout.Link, q checkout.LinkQuery) bool {
	return l.Account == q.Account && (q.Type == "" || l.Type == q.Type) && is(q.Active, l.Active)
}
