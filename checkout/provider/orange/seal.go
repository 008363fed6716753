package orange

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// vault seals pay_tokens, so that none is read in a backup or a log by chance or
// serves another attempt. It is no more than that: a merchant key is short, and
// the address of the payment page, which the customer is shown, spells the token
// too. Without the application's credentials a token lets nobody ask anything.
type vault struct {
	aead   cipher.AEAD
	random io.Reader
}

// sealInfo binds the key to its use. It must never change: what was sealed
// before could not be opened any more.
const sealInfo = "checkoutd orange pay_token"

func newVault(merchantKey client.Secret, random io.Reader) (*vault, error) {
	key, err := hkdf.Key(sha256.New, []byte(merchantKey), nil, sealInfo, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &vault{aead, random}, err
}

// nonce returns what seal needs for one text, drawn by chance.
func (v *vault) nonce() ([]byte, error) {
	nonce := make([]byte, v.aead.NonceSize())
	_, err := io.ReadFull(v.random, nonce)
	return nonce, err
}

// seal returns text as it may be stored with an attempt.
func (v *vault) seal(nonce []byte, attemptID, text string) string {
	return base64.RawURLEncoding.EncodeToString(v.aead.Seal(nonce, nonce, []byte(text), []byte(attemptID)))
}

// open returns what was sealed for an attempt.
func (v *vault) open(attemptID, sealed string) (string, error) {
	all, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(all) < v.aead.NonceSize() {
		return "", errors.New("the attempt's secret is not one of Orange Money's")
	}
	nonce, box := all[:v.aead.NonceSize()], all[v.aead.NonceSize():]
	text, err := v.aead.Open(nil, nonce, box, []byte(attemptID))
	if err != nil {
		return "", fmt.Errorf("the attempt's secret was sealed with another merchant key, or for another attempt: %w", err)
	}
	return string(text), nil
}
