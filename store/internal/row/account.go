package row

import "github.com/checkoutd/checkoutd/checkout"

// Account is a row of checkoutd_accounts with the name of its merchant.
type Account struct {
	Number     int64
	MerchantID string
	Name       string
	Livemode   int64
}

// Domain returns the account that r is the row of.
func (r Account) Domain() checkout.Account {
	return checkout.Account{Number: r.Number, Merchant: r.MerchantID, Name: r.Name, Livemode: r.Livemode != 0}
}

// Key is a row of checkoutd_api_keys with its account.
type Key struct {
	Hash       []byte
	ID         string
	Hint       string
	CreatedAt  int64
	RevokedAt  int64
	Account    int64
	MerchantID string
	Name       string
	Livemode   int64
}

// Domain returns the key that r is the row of.
func (r Key) Domain() checkout.Key {
	k := checkout.Key{
		ID: r.ID, Hint: r.Hint,
		Account:   Account{r.Account, r.MerchantID, r.Name, r.Livemode}.Domain(),
		CreatedAt: At(r.CreatedAt), RevokedAt: OptionalAt(r.RevokedAt),
	}
	copy(k.Hash[:], r.Hash)
	return k
}
