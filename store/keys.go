package store

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) InsertMerchant(m checkout.Merchant) error {
	return mapErr(t.q.InsertMerchant(t.ctx, sqlitedb.InsertMerchantParams{
		ID: m.ID, Name: m.Name, CreatedAt: row.Millis(m.CreatedAt),
	}))
}

func (t txn) MerchantByName(name string) (checkout.Merchant, error) {
	r, err := t.q.MerchantByName(t.ctx, name)
	return checkout.Merchant{ID: r.ID, Name: r.Name, CreatedAt: row.At(r.CreatedAt)}, mapErr(err)
}

func (t txn) InsertAccount(merchant string, livemode bool) (int64, error) {
	number, err := t.q.InsertAccount(t.ctx, sqlitedb.InsertAccountParams{MerchantID: merchant, Livemode: row.Flag(livemode)})
	return number, mapErr(err)
}

func (t txn) Account(number int64) (checkout.Account, error) {
	r, err := t.q.Account(t.ctx, number)
	return row.Account(r).Domain(), mapErr(err)
}

func (t txn) AccountOf(merchant string, livemode bool) (checkout.Account, error) {
	r, err := t.q.AccountOf(t.ctx, sqlitedb.AccountOfParams{MerchantID: merchant, Livemode: row.Flag(livemode)})
	return row.Account(r).Domain(), mapErr(err)
}

func (t txn) ListAccounts() ([]checkout.Account, error) {
	rows, err := t.q.ListAccounts(t.ctx)
	list := make([]checkout.Account, len(rows))
	for i, r := range rows {
		list[i] = row.Account(r).Domain()
	}
	return list, mapErr(err)
}

func (t txn) InsertKey(k checkout.Key) error {
	return mapErr(t.q.InsertKey(t.ctx, sqlitedb.InsertKeyParams{
		Hash: k.Hash[:], ID: k.ID, Account: k.Account.Number, Hint: k.Hint,
		CreatedAt: row.Millis(k.CreatedAt), RevokedAt: row.Optional(k.RevokedAt),
	}))
}

func (t txn) KeyByHash(hash [32]byte) (checkout.Key, error) {
	r, err := t.q.KeyByHash(t.ctx, hash[:])
	return row.Key(r).Domain(), mapErr(err)
}

func (t txn) ListKeys() ([]checkout.Key, error) {
	rows, err := t.q.ListKeys(t.ctx)
	list := make([]checkout.Key, len(rows))
	for i, r := range rows {
		list[i] = row.Key(r).Domain()
	}
	return list, mapErr(err)
}

func (t txn) RevokeKey(id string, at time.Time) error {
	n, err := t.q.RevokeKey(t.ctx, sqlitedb.RevokeKeyParams{ID: id, RevokedAt: row.Optional(at)})
	return mustFind(n, err, checkout.ErrNotFound)
}

func (t txn) Answer(account int64, k checkout.Idempotency, since time.Time) (checkout.KeptAnswer, error) {
	r, err := t.q.Answer(t.ctx, sqlitedb.AnswerParams{
		Account: account, Route: k.Route, Key: k.Key, Since: row.Millis(since),
	})
	kept := checkout.KeptAnswer{Body: r.Answer}
	copy(kept.Fingerprint[:], r.Fingerprint)
	return kept, mapErr(err)
}

func (t txn) PutAnswer(account int64, k checkout.Idempotency, answer []byte, at time.Time) error {
	return mapErr(t.q.PutAnswer(t.ctx, sqlitedb.PutAnswerParams{
		Account: account, Route: k.Route, Key: k.Key, Fingerprint: k.Fingerprint[:],
		Answer: row.Blob(answer), CreatedAt: row.Millis(at),
	}))
}

func (t txn) PruneAnswers(before time.Time, limit int) (int, error) {
	n, err := t.q.PruneAnswers(t.ctx, sqlitedb.PruneAnswersParams{Before: row.Millis(before), Max: int64(limit)})
	return int(n), mapErr(err)
}

func (t txn) AddBalance(account int64, m checkout.Money, at time.Time) error {
	if m.Amount < 0 {
		return mapErr(t.q.TakeBalance(t.ctx, sqlitedb.TakeBalanceParams{
			Account: account, Currency: string(m.Currency), Amount: -m.Amount, UpdatedAt: row.Millis(at),
		}))
	}
	return mapErr(t.q.AddBalance(t.ctx, sqlitedb.AddBalanceParams{
		Account: account, Currency: string(m.Currency), Amount: m.Amount, UpdatedAt: row.Millis(at),
	}))
}

func (t txn) Balances(account int64) ([]checkout.Balance, error) {
	rows, err := t.q.Balances(t.ctx, account)
	list := make([]checkout.Balance, len(rows))
	for i, r := range rows {
		list[i] = checkout.Balance{
			Total:     checkout.Money{Amount: r.Amount, Currency: checkout.Currency(r.Currency)},
			UpdatedAt: row.At(r.UpdatedAt),
		}
	}
	return list, mapErr(err)
}

func (t txn) Policy(account int64) (checkout.Policy, error) {
	r, err := t.q.Policy(t.ctx, account)
	return checkout.Policy{Late: checkout.Rule(r.Late), Excess: checkout.Rule(r.Excess), Surplus: checkout.Rule(r.Surplus)}, mapErr(err)
}

func (t txn) PutPolicy(account int64, p checkout.Policy) error {
	return mapErr(t.q.PutPolicy(t.ctx, sqlitedb.PutPolicyParams{
		Account: account, Late: string(p.Late), Excess: string(p.Excess), Surplus: string(p.Surplus),
	}))
}

func (t txn) PutCredentials(c checkout.Credentials) error {
	return mapErr(t.q.PutCredentials(t.ctx, sqlitedb.PutCredentialsParams{
		Account: c.Account, Provider: c.Provider, Sealed: row.Blob(c.Sealed), UpdatedAt: row.Millis(c.UpdatedAt),
	}))
}

func (t txn) Credentials(account int64) ([]checkout.Credentials, error) {
	rows, err := t.q.Credentials(t.ctx, account)
	return credentials(rows), mapErr(err)
}

func (t txn) ListCredentials() ([]checkout.Credentials, error) {
	rows, err := t.q.ListCredentials(t.ctx)
	return credentials(rows), mapErr(err)
}

func credentials(rows []sqlitedb.Credential) []checkout.Credentials {
	list := make([]checkout.Credentials, len(rows))
	for i, r := range rows {
		list[i] = checkout.Credentials{Account: r.Account, Provider: r.Provider, Sealed: r.Sealed, UpdatedAt: row.At(r.UpdatedAt)}
	}
	return list
}

func (t txn) DeleteCredentials(account int64, provider string) error {
	n, err := t.q.DeleteCredentials(t.ctx, sqlitedb.DeleteCredentialsParams{Account: account, Provider: provider})
	return mustFind(n, err, checkout.ErrNotFound)
}
