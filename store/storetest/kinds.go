package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// kind is how rows are written and read that have an identifier, an account and a
// version, and come in pages.
type kind[V any] struct {
	name   string
	insert func(tx checkout.Tx, v V) error
	get    func(tx checkout.Tx, id string) (V, error)
	put    func(tx checkout.Tx, v V) error
	list   func(tx checkout.Tx, account int64, p checkout.Page) ([]V, error) // nil: none

	made func(n int) V      // a row of account 1 that is made at(n)
	key  func(v *V) rowKey  // where it has what every row has
	fit  func(v *V)         // makes values fit that cannot be just anything; nil: all can
	keep func(next, was *V) // sets what a put leaves as it was, besides the account and the time; nil: nothing
	need func(b *bench)     // inserts what rows refer to; nil: nothing
}

// rowKey points at the fields that every row has.
type rowKey struct {
	id      *string
	account *int64
	version *int64
	created *time.Time
}

// add inserts rows in one transaction.
func (k kind[V]) add(b *bench, list ...V) {
	b.Helper()
	b.update(func(tx checkout.Tx) error {
		for _, v := range list {
			if err := k.insert(tx, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// read reads a row that must be there.
func (k kind[V]) read(b *bench, id string) V {
	b.Helper()
	return read(b, func(tx checkout.Tx) (V, error) { return k.get(tx, id) })
}

// filled returns a row with every field set.
func (k kind[V]) filled(seed int) (v V) {
	fill(&v, seed)
	if k.fit != nil {
		k.fit(&v)
	}
	return v
}

// ids returns the identifiers of rows.
func (k kind[V]) ids(list []V) (ids []string) {
	for _, v := range list {
		ids = append(ids, *k.key(&v).id)
	}
	return ids
}

// of returns the identifiers of the rows made at these milliseconds.
func (k kind[V]) of(made ...int) (ids []string) {
	for _, n := range made {
		v := k.made(n)
		ids = append(ids, *k.key(&v).id)
	}
	return ids
}

// cases are what holds for each kind.
func (k kind[V]) cases() []testCase {
	cases := []testCase{
		{"every field of a " + k.name + " comes back, and what is put", k.comesBack},
		{"absent fields of a " + k.name + " come back absent", func(b *bench) {
			v := k.made(1)
			k.add(b, v)
			b.same(k.name, k.read(b, *k.key(&v).id), v)
		}},
		{"a " + k.name + " is inserted once, and an unknown one not found", func(b *bench) {
			k.add(b, k.made(1))
			v := k.made(1)
			*k.key(&v).account = 2
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return k.insert(tx, v) })
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := k.get(tx, k.of(2)[0]); return err })
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := k.get(tx, ""); return err })
		}},
		{"a " + k.name + " read before another put is stale", func(b *bench) {
			k.add(b, k.made(1))
			b.update(func(tx checkout.Tx) error { return k.put(tx, k.made(1)) })
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return k.put(tx, k.made(1)) })
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return k.put(tx, k.made(2)) })
		}},
	}
	if k.list != nil {
		cases = append(cases, testCase{"a page of " + k.name + "s is cut out of one account's, newest first", k.pages},
			testCase{"pages of " + k.name + "s have no gaps either way", k.noGaps})
	}
	for i, c := range cases {
		if k.need != nil {
			cases[i].check = func(b *bench) {
				k.need(b)
				c.check(b)
			}
		}
	}
	return cases
}

func (k kind[V]) comesBack(b *bench) {
	was, next := k.filled(1), k.filled(2)
	k.add(b, was)
	w, n := k.key(&was), k.key(&next)
	b.same(k.name, k.read(b, *w.id), was)
	if k.list != nil {
		got := read(b, func(tx checkout.Tx) ([]V, error) { return k.list(tx, *w.account, checkout.Page{Limit: 1}) })
		b.same("list", got, []V{was})
	}
	*n.id, *n.version = *w.id, *w.version
	b.update(func(tx checkout.Tx) error { return k.put(tx, next) })
	*n.account, *n.created = *w.account, *w.created
	if k.keep != nil {
		k.keep(&next, &was)
	}
	*n.version++
	b.same(k.name, k.read(b, *w.id), next)
}

// thirty inserts 30 rows in a random order, and as many of another account.
func (k kind[V]) thirty(b *bench) {
	b.Helper()
	var list []V
	for i := range 30 {
		v := k.made(i * 7 % 30)
		other := v
		*k.key(&other).id += "X"
		*k.key(&other).account = 2
		list = append(list, v, other)
	}
	k.add(b, list...)
}

// page lists what p asks for.
func (k kind[V]) page(b *bench, p checkout.Page) []string {
	b.Helper()
	return k.ids(read(b, func(tx checkout.Tx) ([]V, error) { return k.list(tx, 1, p) }))
}

func (k kind[V]) pages(b *bench) {
	k.thirty(b)
	id := func(n int) string { return k.of(n)[0] }
	for _, c := range []struct {
		p    checkout.Page
		want []int
	}{
		{checkout.Page{Limit: 3}, []int{29, 28, 27}},
		{checkout.Page{Limit: 3, Offset: 2}, []int{27, 26, 25}},
		{checkout.Page{Limit: 3, Offset: 28}, []int{1, 0}},
		{checkout.Page{Limit: 3, Offset: 30}, nil},
		{checkout.Page{Limit: 2, Older: id(10)}, []int{9, 8}},
		{checkout.Page{Limit: 2, Newer: id(10)}, []int{29, 28}},
		{checkout.Page{Limit: 9, Newer: id(5), Older: id(9)}, []int{8, 7, 6}},
		{checkout.Page{Limit: 3, Newer: id(5), Nearest: true}, []int{8, 7, 6}},
		{checkout.Page{Limit: 3, Newer: id(5), Nearest: true, Offset: 2}, []int{10, 9, 8}},
		{checkout.Page{Limit: 3, Newer: id(5), Nearest: true, Older: id(7)}, []int{6}},
		{checkout.Page{Limit: 3, Nearest: true}, []int{2, 1, 0}},
		{checkout.Page{Limit: 9, From: at(10), Until: at(13)}, []int{12, 11, 10}},
		{checkout.Page{Limit: 2, From: at(10), Until: at(13), Nearest: true}, []int{11, 10}},
		{checkout.Page{Limit: 9, From: at(10), Until: at(13), Newer: id(11)}, []int{12}},
		{checkout.Page{Limit: 9, From: at(10).Add(time.Microsecond), Until: at(12).Add(time.Microsecond)}, []int{12, 11}},
	} {
		b.same(fmt.Sprintf("%+v", c.p), k.page(b, c.p), k.of(c.want...))
	}
}

func (k kind[V]) noGaps(b *bench) {
	k.thirty(b)
	var made, down, up []string
	for n := 29; n >= 0; n-- {
		made = append(made, k.of(n)...)
	}
	p := checkout.Page{Limit: 4}
	for page := k.page(b, p); len(page) > 0; page = k.page(b, p) {
		down = append(down, page...)
		p.Older = page[len(page)-1]
	}
	p = checkout.Page{Limit: 4, Nearest: true}
	for page := k.page(b, p); len(page) > 0; page = k.page(b, p) {
		up = slices.Concat(page, up)
		p.Newer = page[0]
	}
	b.same("downwards", down, made)
	b.same("upwards", up, made)
}
