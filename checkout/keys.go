package checkout

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// Prefixes of API keys. The rest of a key is never looked at.
const (
	KeyPrefixTest = "lomi_sk_test_"
	KeyPrefixLive = "lomi_sk_live_"
)

// maxMerchantName bounds the name of a merchant, in bytes.
const maxMerchantName = 100

// CreateKey makes an API key for the merchant of that name, who is made too if
// there is none. It returns the secret, which is remembered nowhere.
func (s *Service) CreateKey(ctx context.Context, merchant string, livemode bool) (secret string, k Key, err error) {
	if merchant = strings.TrimSpace(merchant); merchant == "" || len(merchant) > maxMerchantName || strings.ContainsFunc(merchant, unicode.IsControl) {
		return "", Key{}, invalid("merchant", fmt.Sprintf("merchant must be a name of 1 to %d bytes without control characters", maxMerchantName))
	}
	now := s.now()
	secret, err = newSecret(livemode, s.random)
	if err != nil {
		return "", Key{}, err
	}
	id, err := NewID(prefixKey, now, s.random)
	if err != nil {
		return "", Key{}, err
	}
	err = s.store.Update(ctx, func(tx Tx) error {
		account, err := s.findAccount(tx, merchant, livemode, now)
		if err != nil {
			return err
		}
		k = Key{ID: id, Hash: sha256.Sum256([]byte(secret)), Hint: hint(secret), Account: account, CreatedAt: now}
		return tx.InsertKey(k)
	})
	return secret, k, err
}

// findAccount returns the account of a merchant, making what is missing.
func (s *Service) findAccount(tx Tx, name string, livemode bool, now time.Time) (Account, error) {
	m, err := tx.MerchantByName(name)
	if errors.Is(err, ErrNotFound) {
		if m.ID, err = NewID(prefixMerchant, now, s.random); err != nil {
			return Account{}, err
		}
		m.Name, m.CreatedAt = name, now
		err = tx.InsertMerchant(m)
	}
	if err != nil {
		return Account{}, err
	}
	account, err := tx.AccountOf(m.ID, livemode)
	if !errors.Is(err, ErrNotFound) {
		return account, err
	}
	number, err := tx.InsertAccount(m.ID, livemode)
	return Account{Number: number, Merchant: m.ID, Name: m.Name, Livemode: livemode}, err
}

// newSecret returns an API key: its prefix and 160 random bits.
func newSecret(livemode bool, random io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	for i, r := range b {
		b[i] = alphabet[r&31]
	}
	if livemode {
		return KeyPrefixLive + string(b[:]), nil
	}
	return KeyPrefixTest + string(b[:]), nil
}

// hint is what a list shows of a secret.
func hint(secret string) string {
	return secret[:len(KeyPrefixTest)] + "…" + secret[len(secret)-4:]
}

// Authenticate returns the key with the given secret. It returns an [Error]
// with CodeUnauthorized for one that is unknown or revoked.
func (s *Service) Authenticate(ctx context.Context, secret string) (k Key, err error) {
	hash := sha256.Sum256([]byte(secret))
	err = s.store.View(ctx, func(tx Tx) error {
		k, err = tx.KeyByHash(hash)
		return err
	})
	if errors.Is(err, ErrNotFound) || err == nil && !k.RevokedAt.IsZero() {
		return Key{}, &Error{Code: CodeUnauthorized, Message: "Invalid API Key"}
	}
	return k, err
}

// Keys lists the API keys of all merchants, oldest first.
func (s *Service) Keys(ctx context.Context) (list []Key, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		list, err = tx.ListKeys()
		return err
	})
	return list, err
}

// RevokeKey makes a key useless. It returns an [Error] with CodeNotFound if
// there is no such key; one that is revoked already stays so.
func (s *Service) RevokeKey(ctx context.Context, id string) error {
	err := s.store.Update(ctx, func(tx Tx) error { return tx.RevokeKey(id, s.now()) })
	return notFound(err, fmt.Sprintf("API key with ID %s not found", id))
}

// HasLiveAccount reports whether the store holds an account of real money.
func (s *Service) HasLiveAccount(ctx context.Context) (found bool, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		list, err := tx.ListAccounts()
		for _, a := range list {
			found = found || a.Livemode
		}
		return err
	})
	return found, err
}
