// Package storetest holds every [checkout.Store] to what its interface says.
// It needs nothing but that interface, so engines of other modules can run it:
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) checkout.Store { return open(t) })
//	}
package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// Run checks the store that open returns. open is called once for each subtest
// and returns an empty store.
func Run(t *testing.T, open func(t *testing.T) checkout.Store) {
	for _, c := range slices.Concat(
		transactionCases(), accountCases(), keyCases(), answerCases(), sessionCases(), listCases(),
		attemptCases(), attemptListCases(), refundCases(), parkedCases(), settingCases(), eventCases(), deliveryCases(), raceCases(),
		catalogCases(), customerCases(), couponCases(), subscriptionCases(),
	) {
		t.Run(c.name, func(t *testing.T) { c.check(&bench{T: t, store: open(t)}) })
	}
}

type testCase struct {
	name  string
	check func(b *bench)
}

// bench is one empty store and the test it is for. Its methods end the test when
// the store fails.
type bench struct {
	*testing.T
	store checkout.Store
}

// update runs fn in a transaction that must succeed.
func (b *bench) update(fn func(tx checkout.Tx) error) {
	b.Helper()
	if err := b.store.Update(context.Background(), fn); err != nil {
		b.Fatalf("Update: %v", err)
	}
}

// fails runs fn in a transaction that must fail with want.
func (b *bench) fails(want error, fn func(tx checkout.Tx) error) {
	b.Helper()
	if err := b.store.Update(context.Background(), fn); !errors.Is(err, want) {
		b.Fatalf("Update: %v, want %v", err, want)
	}
}

// view runs fn in a reading transaction that must succeed.
func (b *bench) view(fn func(tx checkout.Tx) error) {
	b.Helper()
	if err := b.store.View(context.Background(), fn); err != nil {
		b.Fatalf("View: %v", err)
	}
}

// same ends the test unless got is want. An empty list is like none.
func (b *bench) same(what string, got, want any) {
	b.Helper()
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	if g.Kind() == reflect.Slice && g.Len() == 0 && w.Len() == 0 {
		return
	}
	if !reflect.DeepEqual(got, want) {
		b.Fatalf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// read returns what one method of a reading transaction answers.
func read[V any](b *bench, method func(tx checkout.Tx) (V, error)) (v V) {
	b.Helper()
	b.view(func(tx checkout.Tx) (err error) {
		v, err = method(tx)
		return err
	})
	return v
}

// start is when the first rows of a test are made.
var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// at returns the nth millisecond after start.
func at(n int) time.Time { return start.Add(time.Duration(n) * time.Millisecond) }

// session returns an open session of account 1 that is made at(n) and expires an
// hour later.
func session(n int) checkout.Session {
	return checkout.Session{
		ID: checkout.IDFloor("cs_", at(n)), Account: 1, Status: checkout.StatusOpen, Version: 1,
		Total: checkout.Money{Amount: 12500, Currency: checkout.XOF}, Quantity: 1,
		CreatedAt: at(n), UpdatedAt: at(n), ExpiresAt: at(n).Add(time.Hour),
	}
}

// stored returns s in a status that it could have reached.
func stored(s checkout.Session, status checkout.Status) checkout.Session {
	if s.Status = status; status == checkout.StatusCompleted {
		s.TransactionID = "txn_of_" + s.ID
	}
	return s
}

// attempt returns a new attempt of s that is made at(n).
func attempt(n int, s checkout.Session) checkout.Attempt {
	return checkout.Attempt{
		ID: checkout.IDFloor("txn_", at(n)), Account: s.Account, SessionID: s.ID,
		Status: checkout.AttemptCreated, Version: 1, Provider: "sandbox", Method: "wallet", Amount: s.Total,
		CreatedAt: at(n), UpdatedAt: at(n),
	}
}

// endpoint returns an endpoint of account 1 that is made at(n).
func endpoint(n int) checkout.Endpoint {
	return checkout.Endpoint{
		ID: checkout.IDFloor("we_", at(n)), Account: 1, URL: fmt.Sprintf("https://shop.example/%d", n),
		Events: []checkout.EventType{checkout.EventPaymentSucceeded}, Secret: "whsec_x",
		Status: checkout.EndpointActive, CreatedAt: at(n), UpdatedAt: at(n),
	}
}

// event returns an event about the nth attempt of s.
func event(n int, s checkout.Session) checkout.Event {
	return checkout.Event{
		ID: checkout.IDFloor("evt_", at(n)), Type: checkout.EventPaymentSucceeded, CreatedAt: at(n),
		Transaction: checkout.Transaction{Account: checkout.Account{Number: s.Account}, Session: s, Attempt: attempt(n, s)},
	}
}

// insert inserts sessions in one transaction.
func (b *bench) insert(list ...checkout.Session) {
	b.Helper()
	b.update(func(tx checkout.Tx) error {
		for _, s := range list {
			if err := tx.InsertSession(s); err != nil {
				return err
			}
		}
		return nil
	})
}

// fill sets every field of the struct that v points at to a value that is not
// zero and differs with seed, so that a field which a store forgets is noticed.
func fill(v any, seed int) {
	n := seed * 1000
	fillValue(reflect.ValueOf(v).Elem(), &n)
}

func fillValue(v reflect.Value, n *int) {
	*n++
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(at(*n)))
	case v.Type() == reflect.TypeFor[checkout.Metadata]():
		v.SetString(fmt.Sprintf(`{"order":"%d <é>"}`, *n))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillValue(v.Elem(), n)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fillValue(v.Field(i), n)
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fillValue(v.Index(i), n)
		}
	case v.Kind() == reflect.Array:
		for i := range v.Len() {
			fillValue(v.Index(i), n)
		}
	case v.Kind() == reflect.String:
		v.SetString(fmt.Sprintf("text %d 'é\" \\", *n))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(int64(*n))
	case v.CanUint():
		v.SetUint(uint64(*n % 256))
	default:
		panic("storetest: no value for a " + v.Type().String())
	}
}
