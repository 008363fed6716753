package storetest

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// merchant returns a merchant that is made at(n).
func merchant(n int) checkout.Merchant {
	return checkout.Merchant{ID: checkout.IDFloor("mer_", at(n)), Name: string(rune('a' + n)), CreatedAt: at(n)}
}

// accounts makes merchant n with a test and a live account.
func (b *bench) accounts(n int) (test, live checkout.Account) {
	b.Helper()
	m := merchant(n)
	b.update(func(tx checkout.Tx) error {
		if err := tx.InsertMerchant(m); err != nil {
			return err
		}
		for _, a := range []*checkout.Account{&test, &live} {
			*a = checkout.Account{Merchant: m.ID, Name: m.Name, Livemode: a == &live}
			var err error
			if a.Number, err = tx.InsertAccount(m.ID, a.Livemode); err != nil {
				return err
			}
		}
		return nil
	})
	return test, live
}

func key(n int, a checkout.Account) checkout.Key {
	return checkout.Key{ID: checkout.IDFloor("key_", at(n)), Hash: [32]byte{byte(n)}, Hint: "lomi_sk_test_…abcd", Account: a, CreatedAt: at(n)}
}

func accountCases() []testCase {
	return []testCase{
		{"merchants are found by name, in its case", func(b *bench) {
			b.accounts(1)
			got := read(b, func(tx checkout.Tx) (checkout.Merchant, error) { return tx.MerchantByName(merchant(1).Name) })
			b.same("merchant", got, merchant(1))
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error {
				_, err := tx.MerchantByName("B")
				return err
			})
		}},
		{"identifier and name of a merchant are unique", func(b *bench) {
			b.accounts(1)
			for _, m := range []checkout.Merchant{
				{ID: merchant(1).ID, Name: "other", CreatedAt: start},
				{ID: "mer_other", Name: merchant(1).Name, CreatedAt: start},
			} {
				b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.InsertMerchant(m) })
			}
		}},
		{"accounts have numbers of their own above 0", func(b *bench) {
			t1, l1 := b.accounts(1)
			t2, l2 := b.accounts(2)
			got := read(b, func(tx checkout.Tx) ([]checkout.Account, error) { return tx.ListAccounts() })
			b.same("accounts", got, []checkout.Account{t1, l1, t2, l2})
			b.same("first number", t1.Number, int64(1))
			for _, want := range got {
				b.same("by number", read(b, func(tx checkout.Tx) (checkout.Account, error) { return tx.Account(want.Number) }), want)
				b.same("by merchant", read(b, func(tx checkout.Tx) (checkout.Account, error) { return tx.AccountOf(want.Merchant, want.Livemode) }), want)
			}
		}},
		{"an account is made once, for a merchant that exists", func(b *bench) {
			b.accounts(1)
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { _, err := tx.InsertAccount(merchant(1).ID, true); return err })
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.InsertAccount("mer_none", true); return err })
		}},
		{"unknown accounts are not found", func(b *bench) {
			b.accounts(1)
			for _, number := range []int64{-1, 0, 3} {
				b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Account(number); return err })
			}
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.AccountOf("mer_none", false); return err })
		}},
	}
}

func keyCases() []testCase {
	return []testCase{
		{"keys are found by hash and listed oldest first", func(b *bench) {
			test, live := b.accounts(1)
			keys := []checkout.Key{key(1, test), key(2, live)}
			b.update(func(tx checkout.Tx) error {
				if err := tx.InsertKey(keys[1]); err != nil {
					return err
				}
				return tx.InsertKey(keys[0])
			})
			b.same("keys", read(b, func(tx checkout.Tx) ([]checkout.Key, error) { return tx.ListKeys() }), keys)
			b.same("key", read(b, func(tx checkout.Tx) (checkout.Key, error) { return tx.KeyByHash(keys[1].Hash) }), keys[1])
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.KeyByHash([32]byte{9}); return err })
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.InsertKey(keys[0]) })
		}},
		{"a revoked key keeps the time it was revoked first", func(b *bench) {
			test, _ := b.accounts(1)
			want := key(1, test)
			b.update(func(tx checkout.Tx) error { return tx.InsertKey(want) })
			for _, now := range []time.Time{at(5), at(9)} {
				b.update(func(tx checkout.Tx) error { return tx.RevokeKey(want.ID, now) })
			}
			want.RevokedAt = at(5)
			b.same("key", read(b, func(tx checkout.Tx) (checkout.Key, error) { return tx.KeyByHash(want.Hash) }), want)
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { return tx.RevokeKey("key_none", at(5)) })
		}},
		{"a key revoked at the epoch is revoked", func(b *bench) {
			test, _ := b.accounts(1)
			b.update(func(tx checkout.Tx) error { return tx.InsertKey(key(1, test)) })
			b.update(func(tx checkout.Tx) error { return tx.RevokeKey(key(1, test).ID, time.UnixMilli(0)) })
			got := read(b, func(tx checkout.Tx) (checkout.Key, error) { return tx.KeyByHash(key(1, test).Hash) })
			b.same("revoked", !got.RevokedAt.IsZero(), true)
		}},
		{"balances add up for each account and currency", func(b *bench) {
			b.update(func(tx checkout.Tx) error {
				for i, m := range []checkout.Money{{Amount: 100, Currency: "XOF"}, {Amount: 7, Currency: "EUR"}, {Amount: 50, Currency: "XOF"}} {
					if err := tx.AddBalance(1, m, at(i)); err != nil {
						return err
					}
				}
				return tx.AddBalance(2, checkout.Money{Amount: 1, Currency: "XOF"}, at(9))
			})
			got := read(b, func(tx checkout.Tx) ([]checkout.Balance, error) { return tx.Balances(1) })
			b.same("balances", got, []checkout.Balance{
				{Total: checkout.Money{Amount: 7, Currency: "EUR"}, UpdatedAt: at(1)},
				{Total: checkout.Money{Amount: 150, Currency: "XOF"}, UpdatedAt: at(2)},
			})
			b.same("no balances", read(b, func(tx checkout.Tx) ([]checkout.Balance, error) { return tx.Balances(3) }), []checkout.Balance(nil))
		}},
	}
}

func answerCases() []testCase {
	k := checkout.Idempotency{Route: "POST /checkout-sessions", Key: "k", Fingerprint: [32]byte{1, 31: 2}}
	put := func(b *bench, account int64, k checkout.Idempotency, body string, at time.Time) {
		b.Helper()
		b.update(func(tx checkout.Tx) error { return tx.PutAnswer(account, k, []byte(body), at) })
	}
	return []testCase{
		{"an answer is kept by account, route and key", func(b *bench) {
			put(b, 1, k, "{}", at(5))
			got := read(b, func(tx checkout.Tx) (checkout.KeptAnswer, error) { return tx.Answer(1, k, at(5)) })
			b.same("answer", got, checkout.KeptAnswer{Fingerprint: k.Fingerprint, Body: []byte("{}")})
			for _, other := range []struct {
				account int64
				k       checkout.Idempotency
			}{{2, k}, {1, checkout.Idempotency{Route: "other", Key: "k"}}, {1, checkout.Idempotency{Route: k.Route, Key: "K"}}} {
				b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Answer(other.account, other.k, at(0)); return err })
			}
		}},
		{"an answer from before since is not found", func(b *bench) {
			put(b, 1, k, "{}", at(5))
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Answer(1, k, at(6)); return err })
		}},
		{"a newer answer takes the place of the old one", func(b *bench) {
			put(b, 1, k, "old", at(5))
			k := k
			k.Fingerprint[0] = 9
			put(b, 1, k, "new", at(8))
			got := read(b, func(tx checkout.Tx) (checkout.KeptAnswer, error) { return tx.Answer(1, k, at(8)) })
			b.same("answer", got, checkout.KeptAnswer{Fingerprint: k.Fingerprint, Body: []byte("new")})
		}},
		{"pruning drops so many of the oldest answers", func(b *bench) {
			key := func(n int) checkout.Idempotency {
				return checkout.Idempotency{Route: "r", Key: string(rune('a' + n))}
			}
			for n := range 5 {
				put(b, 1, key(n), "{}", at(n))
			}
			for _, want := range []int{2, 1, 0} {
				b.update(func(tx checkout.Tx) error {
					n, err := tx.PruneAnswers(at(3), 2)
					b.same("pruned", n, want)
					return err
				})
			}
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Answer(1, key(2), at(0)); return err })
			b.view(func(tx checkout.Tx) error { _, err := tx.Answer(1, key(3), at(0)); return err })
		}},
	}
}
