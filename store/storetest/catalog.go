package storetest

import (
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// yes and no are what a filter on a flag can ask for.
var yes, no = new(true), new(false)

var products = kind[checkout.Product]{
	name:   "product",
	insert: func(tx checkout.Tx, p checkout.Product) error { return tx.InsertProduct(p) },
	get:    func(tx checkout.Tx, id string) (checkout.Product, error) { return tx.Product(id) },
	put:    func(tx checkout.Tx, p checkout.Product) error { return tx.PutProduct(p) },
	list: func(tx checkout.Tx, account int64, p checkout.Page) ([]checkout.Product, error) {
		return tx.ListProducts(checkout.ProductQuery{Account: account, Page: p})
	},
	made: func(n int) checkout.Product {
		return checkout.Product{
			ID: checkout.IDFloor("prod_", at(n)), Account: 1, Version: 1, Name: "Coffee", Type: checkout.ProductOneTime,
			CreatedAt: at(n), UpdatedAt: at(n),
		}
	},
	key: func(p *checkout.Product) rowKey { return rowKey{&p.ID, &p.Account, &p.Version, &p.CreatedAt} },
}

var prices = kind[checkout.Price]{
	name:   "price",
	insert: func(tx checkout.Tx, p checkout.Price) error { return tx.InsertPrice(p) },
	get: func(tx checkout.Tx, id string) (checkout.Price, error) {
		p, _, err := tx.PriceOf(id)
		return p, err
	},
	put: func(tx checkout.Tx, p checkout.Price) error { return tx.PutPrice(p) },
	list: func(tx checkout.Tx, account int64, p checkout.Page) ([]checkout.Price, error) {
		return tx.ListPrices(checkout.PriceQuery{Account: account, Page: p})
	},
	made: func(n int) checkout.Price {
		return checkout.Price{
			ID: checkout.IDFloor("price_", at(n)), Account: 1, ProductID: products.of(1)[0], Version: 1,
			Amount: checkout.Money{Amount: 500, Currency: checkout.XOF}, Model: checkout.PriceStandard,
			CreatedAt: at(n), UpdatedAt: at(n),
		}
	},
	key:  func(p *checkout.Price) rowKey { return rowKey{&p.ID, &p.Account, &p.Version, &p.CreatedAt} },
	keep: func(next, was *checkout.Price) { next.ProductID = was.ProductID },
	need: func(b *bench) {
		var filled checkout.Price
		fill(&filled, 1)
		of := products.made(2)
		of.ID = filled.ProductID
		products.add(b, products.made(1), of)
	},
}

var links = kind[checkout.Link]{
	name:   "link",
	insert: func(tx checkout.Tx, l checkout.Link) error { return tx.InsertLink(l) },
	get:    func(tx checkout.Tx, id string) (checkout.Link, error) { return tx.Link(id) },
	put:    func(tx checkout.Tx, l checkout.Link) error { return tx.PutLink(l) },
	list: func(tx checkout.Tx, account int64, p checkout.Page) ([]checkout.Link, error) {
		return tx.ListLinks(checkout.LinkQuery{Account: account, Page: p})
	},
	made: func(n int) checkout.Link {
		return checkout.Link{
			ID: checkout.IDFloor("plink_", at(n)), Account: 1, Version: 1, Type: checkout.LinkInstant,
			Title: "Donate", Amount: 500, Currency: checkout.XOF, CreatedAt: at(n), UpdatedAt: at(n),
		}
	},
	key: func(l *checkout.Link) rowKey { return rowKey{&l.ID, &l.Account, &l.Version, &l.CreatedAt} },
	fit: func(l *checkout.Link) { l.Uses = l.MaxUses },
}

func catalogCases() []testCase {
	return slices.Concat(products.cases(), prices.cases(), links.cases(), lockCases(), []testCase{
		{"products are found by whether they are active", func(b *bench) {
			active := products.made(1)
			active.Active = true
			products.add(b, active, products.made(2))
			list := func(active *bool) []string {
				return products.ids(read(b, func(tx checkout.Tx) ([]checkout.Product, error) {
					return tx.ListProducts(checkout.ProductQuery{Account: 1, Active: active, Page: checkout.Page{Limit: 9}})
				}))
			}
			b.same("all", list(nil), products.of(2, 1))
			b.same("active", list(yes), products.of(1))
			b.same("inactive", list(no), products.of(2))
		}},
		{"images of a product belong to nobody else", func(b *bench) {
			p := products.made(1)
			p.Images = []string{"https://shop.example/a,b.png", "https://shop.example/c.png"}
			products.add(b, p)
			want := slices.Clone(p.Images)
			p.Images[0] = "changed"
			products.read(b, p.ID).Images[1] = "changed"
			b.same("images", products.read(b, p.ID).Images, want)
		}},
		{"prices belong to a product that exists, and come with it oldest first", func(b *bench) {
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { return tx.InsertPrice(prices.made(1)) })
			products.add(b, products.made(1), products.made(2))
			other := prices.made(2)
			other.ProductID = products.of(2)[0]
			prices.add(b, prices.made(3), prices.made(1), other)
			b.view(func(tx checkout.Tx) error {
				price, product, err := tx.PriceOf(other.ID)
				b.same("price", price, other)
				b.same("product", product, products.made(2))
				return err
			})
			b.same("listed", prices.ids(read(b, func(tx checkout.Tx) ([]checkout.Price, error) {
				return tx.ListPrices(checkout.PriceQuery{Account: 1, ProductID: products.of(1)[0], Active: no, Page: checkout.Page{Limit: 9}})
			})), prices.of(3, 1))
			of := func(product string) []checkout.Price {
				return read(b, func(tx checkout.Tx) ([]checkout.Price, error) { return tx.ProductPrices(product) })
			}
			b.same("prices", of(products.of(1)[0]), []checkout.Price{prices.made(1), prices.made(3)})
			b.same("of an unknown product", of("prod_none"), []checkout.Price(nil))
		}},
		{"links are found by their type and whether they are active", func(b *bench) {
			for n := range 4 {
				l := links.made(n)
				if l.Active = n%2 == 0; n >= 2 {
					l.Type = checkout.LinkProduct
				}
				links.add(b, l)
			}
			list := func(kind checkout.LinkType, active *bool) []string {
				q := checkout.LinkQuery{Account: 1, Type: kind, Active: active, Page: checkout.Page{Limit: 9}}
				found := links.ids(read(b, func(tx checkout.Tx) ([]checkout.Link, error) { return tx.ListLinks(q) }))
				q.Limit, q.Offset = 1, 1
				b.same("number", read(b, func(tx checkout.Tx) (int64, error) { return tx.CountLinks(q) }), int64(len(found)))
				return found
			}
			b.same("all", list("", nil), links.of(3, 2, 1, 0))
			b.same("of a product", list(checkout.LinkProduct, nil), links.of(3, 2))
			b.same("inactive", list("", no), links.of(3, 1))
			b.same("both", list(checkout.LinkInstant, yes), links.of(0))
			b.same("of no type", list("inst", nil), []string(nil))
		}},
		{"a link is not used more often than it may be", func(b *bench) {
			l := links.made(1)
			l.MaxUses, l.Uses = 2, 2
			links.add(b, l)
			for _, uses := range []int64{3, -1} {
				l.Uses = uses
				b.refused(func(tx checkout.Tx) error { return tx.PutLink(l) })
			}
			l.Uses, l.MaxUses = 3, 0
			b.update(func(tx checkout.Tx) error { return tx.PutLink(l) })
		}},
	})
}

// refused runs fn in a transaction that must fail, in whatever way.
func (b *bench) refused(fn func(tx checkout.Tx) error) {
	b.Helper()
	if err := b.store.Update(b.Context(), fn); err == nil {
		b.Fatal("Update takes what it must refuse")
	}
}

func lockCases() []testCase {
	lock := func(b *bench, account int64, reference string) checkout.OrderLock {
		return read(b, func(tx checkout.Tx) (checkout.OrderLock, error) { return tx.OrderLock(account, reference) })
	}
	insert := func(b *bench, l checkout.OrderLock) {
		b.update(func(tx checkout.Tx) error { return tx.InsertOrderLock(l) })
	}
	return []testCase{
		{"every field of an order lock comes back, and what is put", func(b *bench) {
			var l, next checkout.OrderLock
			fill(&l, 1)
			insert(b, l)
			b.same("lock", lock(b, l.Account, l.Reference), l)
			fill(&next, 2)
			next.Account, next.Reference, next.Version, next.Paid = l.Account, l.Reference, l.Version, false
			b.update(func(tx checkout.Tx) error { return tx.PutOrderLock(next) })
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return tx.PutOrderLock(next) })
			next.Version++
			b.same("lock", lock(b, l.Account, l.Reference), next)
		}},
		{"there is one order lock for a reference of an account, in its case", func(b *bench) {
			l := checkout.OrderLock{Account: 1, Reference: "A", SessionID: "cs_1", Version: 1}
			other := checkout.OrderLock{Account: 2, Reference: "A", SessionID: "cs_2", Version: 1}
			insert(b, l)
			insert(b, other)
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.InsertOrderLock(l) })
			b.same("lock", lock(b, 1, "A"), l)
			b.same("of another account", lock(b, 2, "A"), other)
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.OrderLock(1, "a"); return err })
			l.Reference = "B"
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return tx.PutOrderLock(l) })
		}},
		{"one of many that want an order gets it", func(b *bench) {
			outcomes := b.race(func(i int) error {
				return b.store.Update(b.Context(), func(tx checkout.Tx) error {
					return tx.InsertOrderLock(checkout.OrderLock{Account: 1, Reference: "A", SessionID: session(i).ID, Version: 1})
				})
			})
			b.same("winners", b.count(outcomes, checkout.ErrExists), 1)
		}},
	}
}

var subscriptions = kind[checkout.Subscription]{
	name:   "subscription",
	insert: func(tx checkout.Tx, s checkout.Subscription) error { return tx.InsertSubscription(s) },
	get:    func(tx checkout.Tx, id string) (checkout.Subscription, error) { return tx.Subscription(id) },
	put:    func(tx checkout.Tx, s checkout.Subscription) error { return tx.PutSubscription(s) },
	list: func(tx checkout.Tx, account int64, p checkout.Page) ([]checkout.Subscription, error) {
		return tx.ListSubscriptions(checkout.SubscriptionQuery{Account: account, Page: p})
	},
	made: func(n int) checkout.Subscription {
		return checkout.Subscription{
			ID: checkout.IDFloor("sub_", at(n)), Account: 1, Version: 1, Status: checkout.SubscriptionActive,
			Amount: checkout.Money{Amount: 500, Currency: checkout.XOF}, CreatedAt: at(n), UpdatedAt: at(n),
		}
	},
	key: func(s *checkout.Subscription) rowKey { return rowKey{&s.ID, &s.Account, &s.Version, &s.CreatedAt} },
	fit: func(s *checkout.Subscription) { s.Status = checkout.SubscriptionPastDue },
}

func subscriptionCases() []testCase {
	return slices.Concat(subscriptions.cases(), []testCase{
		{"subscriptions are found by their customer and status", func(b *bench) {
			for n, s := range []checkout.Subscription{
				{CustomerID: "cus_1", Status: checkout.SubscriptionActive},
				{CustomerID: "cus_2", Status: checkout.SubscriptionActive},
				{CustomerID: "cus_1", Status: checkout.SubscriptionPaused},
				{CustomerID: "cus_1", Status: checkout.SubscriptionPastDue},
				{Account: 2, CustomerID: "cus_1", Status: checkout.SubscriptionActive},
			} {
				made := subscriptions.made(n)
				made.CustomerID, made.Status = s.CustomerID, s.Status
				made.Account = max(s.Account, 1)
				subscriptions.add(b, made)
			}
			list := func(customer string, p checkout.Page, statuses ...checkout.SubscriptionStatus) []string {
				p.Limit = 2
				return subscriptions.ids(read(b, func(tx checkout.Tx) ([]checkout.Subscription, error) {
					return tx.ListSubscriptions(checkout.SubscriptionQuery{Account: 1, CustomerID: customer, Statuses: statuses, Page: p})
				}))
			}
			b.same("all", list("", checkout.Page{}), subscriptions.of(3, 2))
			b.same("of a customer", list("cus_1", checkout.Page{}), subscriptions.of(3, 2))
			b.same("older", list("cus_1", checkout.Page{Older: subscriptions.of(3)[0]}), subscriptions.of(2, 0))
			b.same("nearest", list("cus_1", checkout.Page{Nearest: true}), subscriptions.of(2, 0))
			b.same("in a time", list("cus_1", checkout.Page{From: at(1), Until: at(3)}), subscriptions.of(2))
			b.same("by status", list("", checkout.Page{}, checkout.SubscriptionActive), subscriptions.of(1, 0))
			b.same("by two", list("", checkout.Page{}, checkout.SubscriptionPaused, checkout.SubscriptionPastDue), subscriptions.of(3, 2))
			b.same("by both", list("cus_1", checkout.Page{}, checkout.SubscriptionActive), subscriptions.of(0))
			b.same("by a part", list("cus", checkout.Page{}), []string(nil))
		}},
		{"due subscriptions come longest due first", func(b *bench) {
			var want []checkout.Subscription
			for n := range 4 {
				s := subscriptions.made(n)
				s.DueAt = at(100 - n)
				want = append([]checkout.Subscription{s}, want...)
			}
			subscriptions.add(b, want...)
			subscriptions.add(b, subscriptions.made(9)) // never due
			due := func(n, limit int) []checkout.Subscription {
				return read(b, func(tx checkout.Tx) ([]checkout.Subscription, error) { return tx.DueSubscriptions(at(n), limit) })
			}
			b.same("before", due(96, 9), []checkout.Subscription(nil))
			b.same("at", due(97, 9), want[:1])
			b.same("after", due(1000, 9), want)
			b.same("limited", due(1000, 2), want[:2])
			next := func(n int) time.Time {
				return read(b, func(tx checkout.Tx) (time.Time, error) { return tx.NextDue(at(n)) })
			}
			b.same("next", next(1), at(97))
			b.same("next behind one", next(97), at(98))
			b.same("never", next(100), time.Time{})
		}},
	})
}
