package checkout

import "time"

// Merchant is who is paid: what API keys belong to.
type Merchant struct {
	ID        string
	Name      string // unique on a server
	CreatedAt time.Time
}

// Account is one merchant in one environment. Every other row belongs to an
// account, so that neither merchants nor test and live data ever mix.
//
// The zero Account is the embedding program's own in test mode, [LiveAccount]
// the one in live mode: a program that takes payments for itself needs no
// merchant and no key.
type Account struct {
	Number   int64
	Merchant string // [Merchant.ID]
	Name     string // [Merchant.Name]
	Livemode bool
}

// LiveAccount is the embedding program's own account of real money.
var LiveAccount = Account{Number: -1, Livemode: true}

// Environment returns "live" or "test".
func (a Account) Environment() string {
	if a.Livemode {
		return "live"
	}
	return "test"
}

// AccountIn returns the account with the given number: one of the program's own,
// or a merchant's.
func AccountIn(tx Tx, number int64) (Account, error) {
	switch number {
	case 0:
		return Account{}, nil
	case LiveAccount.Number:
		return LiveAccount, nil
	}
	return tx.Account(number)
}

// Balance is what an account has taken in one currency.
type Balance struct {
	Total     Money
	UpdatedAt time.Time
}

// Key is an API key as it is remembered, without its secret.
type Key struct {
	ID        string
	Hash      [32]byte // SHA-256 of the secret
	Hint      string   // the secret's prefix and last four characters
	Account   Account
	CreatedAt time.Time
	RevokedAt time.Time // zero while the key is good
}
