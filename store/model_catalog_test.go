package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/store"
)

// TestStoresAgreeOnTheCatalogue is TestStoresAgree for the rows that sessions refer
// to.
func TestStoresAgreeOnTheCatalogue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		file := openFile(t, store.Options{Readers: 1})
		defer file.Close()
		m := &model{file: file, memory: checkouttest.NewStore(), now: start}
		rt.Repeat(map[string]func(*rapid.T){
			"look":         m.looksTheSame,
			"pass":         m.pass,
			"create":       m.create,
			"pay":          m.pay,
			"report":       m.report,
			"product":      m.product,
			"price":        m.price,
			"customer":     m.customer,
			"customers":    m.findCustomers,
			"coupon":       m.coupon,
			"redeem":       m.redeem,
			"link":         m.link,
			"subscription": m.subscription,
			"lock":         m.lock,
		})
	})
}

// catalog is what a model knows of the rows that sessions refer to.
type catalog struct {
	products, prices, customers, coupons, links, subscriptions []string
}

var (
	phones = []string{"", "+2250707070707", "+33123456789"}
	names  = []string{"", "Awa", "AWA %", "É_\\"}
	codes  = []string{"A", "B", "C"}
)

func (m *model) account(t *rapid.T) int64 { return rapid.Int64Range(1, 2).Draw(t, "account") }

// isNew reports whether to make another of these rather than to change one.
func isNew(t *rapid.T, ids []string) bool { return len(ids) == 0 || rapid.Bool().Draw(t, "new") }

// page returns a page of rows with these identifiers.
func (m *model) page(t *rapid.T, ids []string) checkout.Page {
	p := checkout.Page{
		From: m.instant(t, "from"), Until: m.instant(t, "until"), Nearest: rapid.Bool().Draw(t, "nearest"),
		Offset: rapid.IntRange(0, 3).Draw(t, "offset"), Limit: rapid.IntRange(1, 5).Draw(t, "limit"),
	}
	if ids = append([]string{""}, ids...); rapid.Bool().Draw(t, "bounded") {
		p.Newer, p.Older = draw(t, ids, "newer"), draw(t, ids, "older")
	}
	return p
}

// flag returns what to ask of a flag.
func flag(t *rapid.T) *bool { return draw(t, []*bool{nil, new(true), new(false)}, "flag") }

// tend reads a row, changes it and puts it, as it was read or as it was before.
func tend[V any](t *rapid.T, m *model, what string, get func(tx checkout.Tx) (V, error), change func(v *V), put func(tx checkout.Tx, v V) error) {
	again := rapid.IntRange(0, 3).Draw(t, "again") == 0
	_ = m.do(t, what, func(tx checkout.Tx) error {
		v, err := get(tx)
		if err != nil {
			return err
		}
		change(&v)
		if err := put(tx, v); err != nil || !again {
			return err
		}
		return put(tx, v)
	})
}

func (m *model) product(t *rapid.T) {
	if isNew(t, m.products) {
		p := checkout.Product{
			ID: m.id("prod_"), Account: m.account(t), Version: 1, Name: "Coffee", Type: checkout.ProductOneTime,
			Active: rapid.Bool().Draw(t, "active"), CreatedAt: m.now, UpdatedAt: m.now,
		}
		if m.do(t, "InsertProduct", func(tx checkout.Tx) error { return tx.InsertProduct(p) }) == nil {
			m.products = append(m.products, p.ID)
		}
		return
	}
	id := draw(t, m.products, "product")
	active := rapid.Bool().Draw(t, "active")
	tend(t, m, "PutProduct", func(tx checkout.Tx) (checkout.Product, error) { return tx.Product(id) },
		func(p *checkout.Product) { p.Active, p.UpdatedAt, p.Images = active, m.now, []string{"a,b"} }, checkout.Tx.PutProduct)
	q := checkout.ProductQuery{Account: m.account(t), Active: flag(t), Page: m.page(t, m.products)}
	_, _ = both(t, m, fmt.Sprintf("ListProducts(%+v)", q), func(tx checkout.Tx) ([]checkout.Product, error) { return tx.ListProducts(q) })
}

func (m *model) price(t *rapid.T) {
	product := draw(t, append([]string{"prod_none"}, m.products...), "product")
	if isNew(t, m.prices) {
		p := checkout.Price{
			ID: m.id("price_"), Account: m.account(t), ProductID: product, Version: 1,
			Amount: checkout.Money{Amount: 500, Currency: checkout.XOF}, CreatedAt: m.now, UpdatedAt: m.now,
		}
		if m.do(t, "InsertPrice", func(tx checkout.Tx) error { return tx.InsertPrice(p) }) == nil {
			m.prices = append(m.prices, p.ID)
		}
		return
	}
	id := draw(t, m.prices, "price")
	tend(t, m, "PutPrice", func(tx checkout.Tx) (checkout.Price, error) {
		p, _, err := tx.PriceOf(id)
		return p, err
	}, func(p *checkout.Price) { p.Active, p.ProductID, p.UpdatedAt = true, product, m.now }, checkout.Tx.PutPrice)
	_, _ = both(t, m, "PriceOf", func(tx checkout.Tx) (of struct {
		price   checkout.Price
		product checkout.Product
	}, err error) {
		of.price, of.product, err = tx.PriceOf(id)
		return of, err
	})
	_, _ = both(t, m, "ProductPrices", func(tx checkout.Tx) ([]checkout.Price, error) { return tx.ProductPrices(product) })
}

func (m *model) customer(t *rapid.T) {
	contact := checkout.Contact{Name: draw(t, names, "name"), Email: draw(t, emails, "email"), Phone: draw(t, phones, "phone")}
	if isNew(t, m.customers) {
		c := checkout.Customer{
			ID: m.id("cus_"), Account: m.account(t), Version: 1, Contact: contact, Business: rapid.Bool().Draw(t, "business"),
			CreatedAt: m.now, UpdatedAt: m.now,
		}
		if m.do(t, "InsertCustomer", func(tx checkout.Tx) error { return tx.InsertCustomer(c) }) == nil {
			m.customers = append(m.customers, c.ID)
		}
		return
	}
	id := draw(t, m.customers, "customer")
	if rapid.IntRange(0, 9).Draw(t, "delete") == 0 {
		_ = m.do(t, "DeleteCustomer", func(tx checkout.Tx) error { return tx.DeleteCustomer(id) })
		return
	}
	tend(t, m, "PutCustomer", func(tx checkout.Tx) (checkout.Customer, error) { return tx.Customer(id) },
		func(c *checkout.Customer) { c.Contact, c.UpdatedAt = contact, m.now }, checkout.Tx.PutCustomer)
}

func (m *model) findCustomers(t *rapid.T) {
	account, email, phone := m.account(t), draw(t, emails, "email"), draw(t, phones, "phone")
	_, _ = both(t, m, "CustomerByEmail", func(tx checkout.Tx) (checkout.Customer, error) { return tx.CustomerByEmail(account, email) })
	_, _ = both(t, m, "CustomerByPhone", func(tx checkout.Tx) (checkout.Customer, error) { return tx.CustomerByPhone(account, phone) })
	q := checkout.CustomerQuery{
		Account: account, Search: draw(t, []string{"", "a", "X.ex", "%", "_", "\\", "07", "é", "É"}, "search"),
		Business: flag(t), Page: m.page(t, m.customers),
	}
	_, _ = both(t, m, fmt.Sprintf("ListCustomers(%+v)", q), func(tx checkout.Tx) ([]checkout.Customer, error) { return tx.ListCustomers(q) })
	_, _ = both(t, m, fmt.Sprintf("CountCustomers(%+v)", q), func(tx checkout.Tx) (int64, error) { return tx.CountCustomers(q) })
	if len(m.customers) > 0 {
		id := draw(t, m.customers, "customer")
		_, _ = both(t, m, "HasPaid", func(tx checkout.Tx) (bool, error) { return tx.HasPaid(account, id) })
		by := checkout.AttemptQuery{Account: account, CustomerID: id, Limit: 3, Offset: rapid.IntRange(0, 2).Draw(t, "skip")}
		_, _ = both(t, m, "ListAttempts of a customer", func(tx checkout.Tx) ([]checkout.Attempt, error) { return tx.ListAttempts(by) })
	}
}

func (m *model) coupon(t *rapid.T) {
	code := draw(t, codes, "code")
	if isNew(t, m.coupons) {
		c := checkout.Coupon{
			ID: m.id("cpn_"), Account: m.account(t), Version: 1, Code: code, Percent: 1000, Active: rapid.Bool().Draw(t, "active"),
			MaxUses: rapid.Int64Range(0, 2).Draw(t, "most"), ProductIDs: []string{"prod_1"}, CreatedAt: m.now, UpdatedAt: m.now,
		}
		if m.do(t, "InsertCoupon", func(tx checkout.Tx) error { return tx.InsertCoupon(c) }) == nil {
			m.coupons = append(m.coupons, c.ID)
		}
		return
	}
	id := draw(t, m.coupons, "coupon")
	tend(t, m, "PutCoupon", func(tx checkout.Tx) (checkout.Coupon, error) { return tx.Coupon(id) },
		func(c *checkout.Coupon) { c.Code, c.UpdatedAt = code, m.now }, checkout.Tx.PutCoupon)
	q := checkout.CouponQuery{Account: m.account(t), Active: flag(t), Page: m.page(t, m.coupons)}
	_, _ = both(t, m, fmt.Sprintf("ListCoupons(%+v)", q), func(tx checkout.Tx) ([]checkout.Coupon, error) { return tx.ListCoupons(q) })
	_, _ = both(t, m, "CouponByCode", func(tx checkout.Tx) (checkout.Coupon, error) { return tx.CouponByCode(q.Account, code) })
}

// redeem does what happens to the use of a coupon: the counts of both rows go
// together.
func (m *model) redeem(t *rapid.T) {
	if len(m.coupons) == 0 || len(m.sessions) == 0 {
		t.Skip("nothing to redeem")
	}
	r := checkout.Redemption{
		SessionID: draw(t, m.sessions, "session").ID, CouponID: draw(t, m.coupons, "coupon"), Account: 1,
		CustomerID: draw(t, append([]string{""}, m.customers...), "customer"), ProductID: draw(t, append([]string{""}, m.products...), "product"),
		Status:   draw(t, []checkout.RedemptionStatus{checkout.RedemptionReserved, checkout.RedemptionUsed, checkout.RedemptionReleased}, "status"),
		Discount: checkout.Money{Amount: 100, Currency: draw(t, []checkout.Currency{"XOF", "EUR"}, "currency")}, AppliedAt: m.now, UpdatedAt: m.now,
	}
	if r.Status == checkout.RedemptionUsed {
		r.Paid = rapid.Int64Range(0, 900).Draw(t, "paid")
	}
	_ = m.do(t, "redeem", func(tx checkout.Tx) error {
		c, err := tx.Coupon(r.CouponID)
		if err != nil || c.MaxUses > 0 && c.Reserved+c.Used == c.MaxUses {
			return errors.Join(err, errors.New("used up"))
		}
		switch r.Status {
		case checkout.RedemptionReserved:
			c.Reserved++
		case checkout.RedemptionUsed:
			c.Used++
		}
		return errors.Join(tx.PutCoupon(c), tx.PutRedemption(r))
	})
	m.countUses(t, r)
}

func (m *model) countUses(t *rapid.T, r checkout.Redemption) {
	q := checkout.UseQuery{CouponID: r.CouponID, From: m.instant(t, "from"), Until: m.instant(t, "until")}
	if rapid.Bool().Draw(t, "of the customer") {
		q.CustomerID = r.CustomerID
	}
	if rapid.Bool().Draw(t, "of the product") {
		q.ProductID = r.ProductID
	}
	if rapid.Bool().Draw(t, "but the session") {
		q.ButSession = r.SessionID
	}
	_, _ = both(t, m, fmt.Sprintf("CountUses(%+v)", q), func(tx checkout.Tx) (int64, error) { return tx.CountUses(q) })
	_, _ = both(t, m, "CouponSums", func(tx checkout.Tx) ([]checkout.CouponSums, error) { return tx.CouponSums(r.CouponID) })
	_, _ = both(t, m, "Redemptions", func(tx checkout.Tx) ([]checkout.Redemption, error) { return tx.Redemptions(r.SessionID) })
}

func (m *model) link(t *rapid.T) {
	if isNew(t, m.links) {
		l := checkout.Link{
			ID: m.id("plink_"), Account: m.account(t), Version: 1, Type: draw(t, []checkout.LinkType{checkout.LinkInstant, checkout.LinkProduct}, "type"),
			Active: rapid.Bool().Draw(t, "active"), MaxUses: rapid.Int64Range(0, 2).Draw(t, "most"), CreatedAt: m.now, UpdatedAt: m.now,
		}
		if m.do(t, "InsertLink", func(tx checkout.Tx) error { return tx.InsertLink(l) }) == nil {
			m.links = append(m.links, l.ID)
		}
		return
	}
	id := draw(t, m.links, "link")
	tend(t, m, "PutLink", func(tx checkout.Tx) (checkout.Link, error) { return tx.Link(id) }, func(l *checkout.Link) {
		if l.UpdatedAt = m.now; l.MaxUses == 0 || l.Uses < l.MaxUses {
			l.Uses++
		}
	}, checkout.Tx.PutLink)
	q := checkout.LinkQuery{
		Account: m.account(t), Type: draw(t, []checkout.LinkType{"", checkout.LinkInstant}, "type"), Active: flag(t), Page: m.page(t, m.links),
	}
	_, _ = both(t, m, fmt.Sprintf("ListLinks(%+v)", q), func(tx checkout.Tx) ([]checkout.Link, error) { return tx.ListLinks(q) })
}

func (m *model) subscription(t *rapid.T) {
	status := draw(t, []checkout.SubscriptionStatus{checkout.SubscriptionTrialing, checkout.SubscriptionActive, checkout.SubscriptionCancelled}, "status")
	due := draw(t, []time.Time{{}, m.now.Add(time.Second)}, "due")
	if isNew(t, m.subscriptions) {
		s := checkout.Subscription{
			ID: m.id("sub_"), Account: m.account(t), Version: 1, Status: status, CustomerID: draw(t, append([]string{""}, m.customers...), "customer"),
			Customer: checkout.Contact{Name: draw(t, names, "name")}, DueAt: due, CreatedAt: m.now, UpdatedAt: m.now,
		}
		if m.do(t, "InsertSubscription", func(tx checkout.Tx) error { return tx.InsertSubscription(s) }) == nil {
			m.subscriptions = append(m.subscriptions, s.ID)
		}
		return
	}
	id := draw(t, m.subscriptions, "subscription")
	tend(t, m, "PutSubscription", func(tx checkout.Tx) (checkout.Subscription, error) { return tx.Subscription(id) },
		func(s *checkout.Subscription) {
			s.Status, s.DueAt, s.SessionID, s.UpdatedAt = status, due, "cs_1", m.now
		}, checkout.Tx.PutSubscription)
	q := checkout.SubscriptionQuery{
		Account: m.account(t), CustomerID: draw(t, append([]string{""}, m.customers...), "customer"), Page: m.page(t, m.subscriptions),
	}
	if rapid.Bool().Draw(t, "by status") {
		q.Statuses = []checkout.SubscriptionStatus{checkout.SubscriptionActive, checkout.SubscriptionTrialing}
	}
	_, _ = both(t, m, fmt.Sprintf("ListSubscriptions(%+v)", q), func(tx checkout.Tx) ([]checkout.Subscription, error) { return tx.ListSubscriptions(q) })
}

func (m *model) lock(t *rapid.T) {
	l := checkout.OrderLock{Account: m.account(t), Reference: draw(t, references, "reference"), SessionID: m.id("cs_"), Version: 1}
	_ = m.do(t, "InsertOrderLock", func(tx checkout.Tx) error { return tx.InsertOrderLock(l) })
	tend(t, m, "PutOrderLock", func(tx checkout.Tx) (checkout.OrderLock, error) { return tx.OrderLock(l.Account, l.Reference) },
		func(was *checkout.OrderLock) { was.SessionID, was.Paid = l.SessionID, !was.Paid }, checkout.Tx.PutOrderLock)
	_, _ = both(t, m, "OrderLock", func(tx checkout.Tx) (checkout.OrderLock, error) { return tx.OrderLock(l.Account, l.Reference) })
}
