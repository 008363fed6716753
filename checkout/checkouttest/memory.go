package checkouttest

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// NewStore returns an empty [checkout.Store] in memory, for tests. It passes the
// suite in store/storetest. Each update that writes copies the store, so it is
// meant for thousands of rows at most.
func NewStore() checkout.Store { return &memory{now: &state{}} }

// memory holds a state that is never changed, only replaced.
type memory struct {
	updates sync.Mutex // one update after the other

	mu  sync.Mutex
	now *state
}

// state is everything that is remembered.
type state struct {
	merchants map[string]checkout.Merchant
	accounts  []checkout.Account // without the names of merchants
	keys      map[[32]byte]checkout.Key
	answers   map[answerKey]answer
	sessions  map[string]checkout.Session
	attempts  map[string]checkout.Attempt
	refunds   map[string]checkout.Refund
	inbound   map[[2]string]bool
	parked    map[[2]string]checkout.Parked
	read      map[string]checkout.Statement // by inbox
	policies  map[int64]checkout.Policy
	secrets   map[ownKey]checkout.Credentials
	balances  map[balanceKey]checkout.Balance
	events    []event // by Seq, from 1
	endpoints map[string]checkout.Endpoint
	owed      map[owedKey]checkout.Delivery
	tries     map[string]checkout.Try

	locks         map[orderKey]checkout.OrderLock
	products      map[string]checkout.Product
	prices        map[string]checkout.Price
	customers     map[string]checkout.Customer
	coupons       map[string]checkout.Coupon
	redemptions   map[[2]string]checkout.Redemption // by session and coupon
	links         map[string]checkout.Link
	subscriptions map[string]checkout.Subscription
}

type answerKey struct {
	account    int64
	route, key string
}

type answer struct {
	checkout.KeptAnswer
	at time.Time
}

type ownKey struct {
	account  int64
	provider string
}

type balanceKey struct {
	account  int64
	currency checkout.Currency
}

type orderKey struct {
	account   int64
	reference string
}

type event struct {
	checkout.Event
	fanned bool
}

type owedKey struct {
	endpoint string
	event    int64
}

func (s *state) clone() *state {
	return &state{
		merchants: own(s.merchants), accounts: slices.Clone(s.accounts), keys: own(s.keys), answers: own(s.answers),
		sessions: own(s.sessions), attempts: own(s.attempts), refunds: own(s.refunds), balances: own(s.balances),
		inbound: own(s.inbound), parked: own(s.parked), read: own(s.read), policies: own(s.policies), secrets: own(s.secrets),
		events: slices.Clone(s.events), endpoints: own(s.endpoints), owed: own(s.owed),
		tries: own(s.tries),
		locks: own(s.locks), products: own(s.products), prices: own(s.prices), customers: own(s.customers),
		coupons: own(s.coupons), redemptions: own(s.redemptions), links: own(s.links), subscriptions: own(s.subscriptions),
	}
}

// own returns a copy of m that can be written to.
func own[K comparable, V any](m map[K]V) map[K]V {
	c := make(map[K]V, len(m)+1)
	maps.Copy(c, m)
	return c
}

func (m *memory) current() *state {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

func (m *memory) View(ctx context.Context, fn func(tx checkout.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(&memoryTx{state: m.current()})
}

func (m *memory) Update(ctx context.Context, fn func(tx checkout.Tx) error) error {
	m.updates.Lock()
	defer m.updates.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &memoryTx{state: m.current()}
	if err := fn(t); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = t.state
	return nil
}

// memoryTx reads a state until the first write, which makes a copy.
type memoryTx struct {
	*state
	copied bool
}

func (t *memoryTx) write() *state {
	if !t.copied {
		t.state, t.copied = t.clone(), true
	}
	return t.state
}

// find returns m[key], or ErrNotFound.
func find[K comparable, V any](m map[K]V, key K) (V, error) {
	v, ok := m[key]
	if !ok {
		return v, checkout.ErrNotFound
	}
	return v, nil
}

// some returns the values of m that keep accepts, in the given order.
func some[K comparable, V any](m map[K]V, keep func(V) bool, order func(a, b V) int) []V {
	var list []V
	for _, v := range m {
		if keep(v) {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, order)
	return list
}

// page returns limit values of list from offset on.
func page[V any](list []V, offset, limit int) []V {
	from := min(offset, len(list))
	return list[from:min(from+limit, len(list))]
}

func (t *memoryTx) InsertMerchant(m checkout.Merchant) error {
	_, taken := t.merchants[m.ID]
	if _, err := t.MerchantByName(m.Name); err == nil || taken {
		return checkout.ErrExists
	}
	t.write().merchants[m.ID] = m
	return nil
}

func (t *memoryTx) MerchantByName(name string) (checkout.Merchant, error) {
	for _, m := range t.merchants {
		if m.Name == name {
			return m, nil
		}
	}
	return checkout.Merchant{}, checkout.ErrNotFound
}

func (t *memoryTx) InsertAccount(merchant string, livemode bool) (int64, error) {
	if _, ok := t.merchants[merchant]; !ok {
		return 0, checkout.ErrNotFound
	}
	if _, err := t.AccountOf(merchant, livemode); err == nil {
		return 0, checkout.ErrExists
	}
	number := int64(len(t.accounts)) + 1
	s := t.write()
	s.accounts = append(s.accounts, checkout.Account{Number: number, Merchant: merchant, Livemode: livemode})
	return number, nil
}

func (t *memoryTx) Account(number int64) (checkout.Account, error) {
	if number < 1 || number > int64(len(t.accounts)) {
		return checkout.Account{}, checkout.ErrNotFound
	}
	a := t.accounts[number-1]
	a.Name = t.merchants[a.Merchant].Name
	return a, nil
}

func (t *memoryTx) AccountOf(merchant string, livemode bool) (checkout.Account, error) {
	for _, a := range t.accounts {
		if a.Merchant == merchant && a.Livemode == livemode {
			return t.Account(a.Number)
		}
	}
	return checkout.Account{}, checkout.ErrNotFound
}

func (t *memoryTx) ListAccounts() (list []checkout.Account, err error) {
	for _, a := range t.accounts {
		a.Name = t.merchants[a.Merchant].Name
		list = append(list, a)
	}
	return list, nil
}

func (t *memoryTx) InsertKey(k checkout.Key) error {
	for _, other := range t.keys {
		if other.ID == k.ID || other.Hash == k.Hash {
			return checkout.ErrExists
		}
	}
	account, err := t.Account(k.Account.Number)
	if err != nil {
		return err
	}
	k.Account = account
	t.write().keys[k.Hash] = k
	return nil
}

func (t *memoryTx) KeyByHash(hash [32]byte) (checkout.Key, error) { return find(t.keys, hash) }

func (t *memoryTx) ListKeys() ([]checkout.Key, error) {
	all := func(checkout.Key) bool { return true }
	return some(t.keys, all, func(a, b checkout.Key) int { return cmp.Compare(a.ID, b.ID) }), nil
}

func (t *memoryTx) RevokeKey(id string, at time.Time) error {
	for hash, k := range t.keys {
		if k.ID != id {
			continue
		}
		if k.RevokedAt.IsZero() {
			k.RevokedAt = at
			t.write().keys[hash] = k
		}
		return nil
	}
	return checkout.ErrNotFound
}

func (t *memoryTx) Answer(account int64, k checkout.Idempotency, since time.Time) (checkout.KeptAnswer, error) {
	a, err := find(t.answers, answerKey{account, k.Route, k.Key})
	if err != nil || a.at.Before(since) {
		return checkout.KeptAnswer{}, checkout.ErrNotFound
	}
	a.Body = bytes.Clone(a.Body)
	return a.KeptAnswer, nil
}

func (t *memoryTx) PutAnswer(account int64, k checkout.Idempotency, body []byte, at time.Time) error {
	t.write().answers[answerKey{account, k.Route, k.Key}] = answer{
		KeptAnswer: checkout.KeptAnswer{Fingerprint: k.Fingerprint, Body: bytes.Clone(body)}, at: at,
	}
	return nil
}

func (t *memoryTx) PruneAnswers(before time.Time, limit int) (n int, err error) {
	var old []answerKey
	for k, a := range t.answers {
		if a.at.Before(before) {
			old = append(old, k)
		}
	}
	slices.SortFunc(old, func(a, b answerKey) int { return t.answers[a].at.Compare(t.answers[b].at) })
	old = old[:min(limit, len(old))]
	for _, k := range old {
		delete(t.write().answers, k)
	}
	return len(old), nil
}

func (t *memoryTx) AddBalance(account int64, m checkout.Money, at time.Time) error {
	k := balanceKey{account, m.Currency}
	sum := t.balances[k].Total.Amount
	sum += min(m.Amount, math.MaxInt64-sum)
	t.write().balances[k] = checkout.Balance{Total: checkout.Money{Amount: sum, Currency: m.Currency}, UpdatedAt: at}
	return nil
}

func (t *memoryTx) Balances(account int64) (list []checkout.Balance, err error) {
	for k, b := range t.balances {
		if k.account == account {
			list = append(list, b)
		}
	}
	slices.SortFunc(list, func(a, b checkout.Balance) int { return cmp.Compare(a.Total.Currency, b.Total.Currency) })
	return list, nil
}
