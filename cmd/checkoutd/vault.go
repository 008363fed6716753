package main

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// encryptionVariable is what errors call the flag of [keyFlags].
const encryptionVariable = "CHECKOUTD_ENCRYPTION_KEY"

// sealedForm is the first byte of what a vault seals, should there be another
// form one day.
const sealedForm = 1

// vault seals merchants' own credentials with AES-256-GCM. What is sealed for
// one account and provider cannot be opened for another.
type vault struct{ keys []cipher.AEAD }

// newVault returns a vault with the keys of a setting, which may be none.
func newVault(setting client.Secret) (*vault, error) {
	v := &vault{}
	for text := range strings.SplitSeq(string(setting), ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		key, ok := decodeKey(text)
		if !ok {
			return nil, fmt.Errorf("%s must be 32 bytes in base64 or hex, or several of them with commas between; checkoutd credentials key prints one", encryptionVariable)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		v.keys = append(v.keys, aead)
	}
	return v, nil
}

// decodeKey reads a key of 32 bytes.
func decodeKey(text string) ([]byte, bool) {
	if key, err := hex.DecodeString(text); err == nil && len(key) == 32 {
		return key, true
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	key, err := base64.RawStdEncoding.DecodeString(text)
	return key, err == nil && len(key) == 32
}

// bound is what a seal is bound to.
func bound(account int64, provider string) []byte {
	return fmt.Appendf(nil, "checkoutd credentials of account %d for %s", account, provider)
}

// errNoKey means that there is nothing to seal or open with.
var errNoKey = errors.New(encryptionVariable + " is not set")

// seal hides settings, with the first key.
func (v *vault) seal(account int64, provider string, settings map[string]string) ([]byte, error) {
	if len(v.keys) == 0 {
		return nil, fmt.Errorf("%w; checkoutd credentials key prints a new one", errNoKey)
	}
	plain, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	return v.keys[0].Seal([]byte{sealedForm}, nil, plain, bound(account, provider)), nil
}

// open returns settings that were sealed with any of the keys.
func (v *vault) open(account int64, provider string, sealed []byte) (settings map[string]string, err error) {
	if len(v.keys) == 0 {
		return nil, errNoKey
	}
	if len(sealed) > 0 && sealed[0] == sealedForm {
		for _, key := range v.keys {
			if plain, err := key.Open(nil, nil, sealed[1:], bound(account, provider)); err == nil {
				err = json.Unmarshal(plain, &settings)
				return settings, err
			}
		}
	}
	return nil, errors.New("no key in " + encryptionVariable + " opens it")
}

// provider makes the adapter of one merchant from what was sealed.
func (v *vault) provider(account checkout.Account, name string, sealed []byte, now clock.Clock) (checkout.Provider, error) {
	p, err := findProvider(name)
	if err != nil {
		return nil, err
	}
	settings, err := v.open(account.Number, name, sealed)
	if err != nil {
		return nil, err
	}
	return p.open(func(name string) string { return settings[entry(name)] }, account.Livemode, now, entry)
}

// check returns an error if merchants have credentials and none of them can be
// opened: then the key is missing or another one.
func (v *vault) check(list []checkout.AccountCredentials) error {
	var fault error
	for _, c := range list {
		if _, err := v.open(c.Account.Number, c.Provider, c.Sealed); err == nil {
			return nil
		} else if fault == nil {
			fault = err
		}
	}
	if fault == nil {
		return nil
	}
	return fmt.Errorf("%d credentials of merchants are stored, and none can be opened: set %s to the key that they were set with; "+
		"if it is lost, remove them with credentials remove --force and set them again: %w", len(list), encryptionVariable, fault)
}
