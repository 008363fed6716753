package checkouttest

import (
	"cmp"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func (t *memoryTx) InsertCustomer(c checkout.Customer) error {
	return add(t.write().customers, c.ID, c)
}

func (t *memoryTx) Customer(id string) (checkout.Customer, error) { return find(t.customers, id) }

func (t *memoryTx) PutCustomer(c checkout.Customer) error {
	was, ok := t.customers[c.ID]
	if !ok || was.Version != c.Version {
		return checkout.ErrStale
	}
	c.Version++
	c.Account, c.CreatedAt = was.Account, was.CreatedAt
	t.write().customers[c.ID] = c
	return nil
}

func (t *memoryTx) DeleteCustomer(id string) error {
	if _, ok := t.customers[id]; !ok {
		return checkout.ErrNotFound
	}
	delete(t.write().customers, id)
	return nil
}

func (t *memoryTx) ListCustomers(q checkout.CustomerQuery) ([]checkout.Customer, error) {
	return listed(t.customers, q.Page, func(c checkout.Customer) time.Time { return c.CreatedAt },
		func(c checkout.Customer) bool { return customerMatches(c, q) }), nil
}

func (t *memoryTx) CountCustomers(q checkout.CustomerQuery) (n int64, err error) {
	for _, c := range t.customers {
		if customerMatches(c, q) {
			n++
		}
	}
	return n, nil
}

// customerMatches reports whether q asks for c, its page aside.
func customerMatches(c checkout.Customer, q checkout.CustomerQuery) bool {
	holds := func(text string) bool { return strings.Contains(lower(text), lower(q.Search)) }
	return c.Account == q.Account && is(q.Business, c.Business) && (holds(c.Name) || holds(c.Email) || holds(c.Phone))
}

func (t *memoryTx) CustomerByEmail(account int64, email string) (checkout.Customer, error) {
	key := checkout.EmailKey(email)
	return t.oldestCustomer(func(c checkout.Customer) bool {
		return key != "" && c.Account == account && checkout.EmailKey(c.Email) == key
	})
}

func (t *memoryTx) CustomerByPhone(account int64, phone string) (checkout.Customer, error) {
	return t.oldestCustomer(func(c checkout.Customer) bool { return phone != "" && c.Account == account && c.Phone == phone })
}

func (t *memoryTx) oldestCustomer(keep func(checkout.Customer) bool) (checkout.Customer, error) {
	list := some(t.customers, keep, func(a, b checkout.Customer) int { return cmp.Compare(a.ID, b.ID) })
	if len(list) == 0 {
		return checkout.Customer{}, checkout.ErrNotFound
	}
	return list[0], nil
}

func (t *memoryTx) HasPaid(account int64, customer string) (bool, error) {
	for _, a := range t.attempts {
		if customer != "" && a.Account == account && a.CustomerID == customer && a.Status == checkout.AttemptPaid {
			return true, nil
		}
	}
	return false, nil
}

func (t *memoryTx) InsertSubscription(s checkout.Subscription) error {
	return add(t.write().subscriptions, s.ID, s)
}

func (t *memoryTx) Subscription(id string) (checkout.Subscription, error) {
	return find(t.subscriptions, id)
}

func (t *memoryTx) PutSubscription(s checkout.Subscription) error {
	was, ok := t.subscriptions[s.ID]
	if !ok || was.Version != s.Version {
		return checkout.ErrStale
	}
	s.Version++
	s.Account, s.CreatedAt = was.Account, was.CreatedAt
	t.write().subscriptions[s.ID] = s
	return nil
}

func (t *memoryTx) ListSubscriptions(q checkout.SubscriptionQuery) ([]checkout.Subscription, error) {
	return listed(t.subscriptions, q.Page, func(s checkout.Subscription) time.Time { return s.CreatedAt }, func(s checkout.Subscription) bool {
		return s.Account == q.Account && (q.CustomerID == "" || s.CustomerID == q.CustomerID) && oneOf(q.Statuses, s.Status)
	}), nil
}

func (t *memoryTx) DueSubscriptions(now time.Time, limit int) ([]checkout.Subscription, error) {
	list := some(t.subscriptions, func(s checkout.Subscription) bool {
		return !s.DueAt.IsZero() && !s.DueAt.After(now)
	}, func(a, b checkout.Subscription) int { return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID)) })
	return page(list, 0, limit), nil
}
