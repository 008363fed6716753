package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// aKey returns a key of 32 equal bytes, in base64.
func aKey(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }

func vaultOf(t *testing.T, keys ...string) *vault {
	t.Helper()
	v, err := newVault(client.Secret(strings.Join(keys, ",")))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatIsSealedOpensForItsAccountAndProviderAlone(t *testing.T) {
	settings := map[string]string{"api_key": "hush", "webhook_secret": "hush too"}
	v := vaultOf(t, aKey(1))
	sealed, err := v.seal(7, "wave", settings)
	if err != nil || bytes.Contains(sealed, []byte("hush")) {
		t.Fatalf("%q, %v", sealed, err)
	}
	again, _ := v.seal(7, "wave", settings)
	if bytes.Equal(sealed, again) {
		t.Error("the same twice: the nonce is not random")
	}
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)-1] ^= 1
	other := append([]byte{2}, sealed[1:]...)
	for _, c := range []struct {
		name     string
		vault    *vault
		account  int64
		provider string
		sealed   []byte
		good     bool
	}{
		{"as it was", v, 7, "wave", sealed, true},
		{"another account", v, 8, "wave", sealed, false},
		{"another provider", v, 7, "stripe", sealed, false},
		{"another key", vaultOf(t, aKey(2)), 7, "wave", sealed, false},
		{"the key behind a newer one", vaultOf(t, aKey(2), aKey(1)), 7, "wave", sealed, true},
		{"no key", vaultOf(t), 7, "wave", sealed, false},
		{"a changed byte", v, 7, "wave", flipped, false},
		{"cut off", v, 7, "wave", sealed[:9], false},
		{"nothing", v, 7, "wave", nil, false},
		{"another form", v, 7, "wave", other, false},
	} {
		got, err := c.vault.open(c.account, c.provider, c.sealed)
		if (err == nil) != c.good || c.good && !maps.Equal(got, settings) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
		if err != nil && !strings.Contains(err.Error(), "CHECKOUTD_ENCRYPTION_KEY") {
			t.Errorf("%s: %v does not name the variable", c.name, err)
		}
	}
}

func TestNewestKeySeals(t *testing.T) {
	sealed, err := vaultOf(t, aKey(2), aKey(1)).seal(7, "wave", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vaultOf(t, aKey(2)).open(7, "wave", sealed); err != nil {
		t.Errorf("the first key does not open it: %v", err)
	}
	if _, err := vaultOf(t).seal(7, "wave", nil); err == nil {
		t.Error("it was sealed without a key")
	}
}

func TestKeysMayBeBase64OrHex(t *testing.T) {
	raw := bytes.Repeat([]byte{0xfb, 0xff}, 16)
	sealed, err := vaultOf(t, base64.StdEncoding.EncodeToString(raw)).seal(7, "wave", map[string]string{"api_key": "k"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		base64.RawStdEncoding.EncodeToString(raw), base64.URLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
		hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)), " " + base64.StdEncoding.EncodeToString(raw) + " ,",
	} {
		if _, err := vaultOf(t, text).open(7, "wave", sealed); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"hush", aKey(1) + "A", hex.EncodeToString(raw[:31]), aKey(1) + ",hush", base64.StdEncoding.EncodeToString(raw[:16])} {
		if _, err := newVault(client.Secret(text)); err == nil || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), aKey(1)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestCheckWantsOneThatOpens: one that does not is the merchant's trouble, all
// that do not are a wrong key.
func TestCheckWantsOneThatOpens(t *testing.T) {
	row := func(v *vault, account int64) checkout.AccountCredentials {
		sealed, err := v.seal(account, "wave", nil)
		if err != nil {
			t.Fatal(err)
		}
		return checkout.AccountCredentials{
			Account: checkout.Account{Number: account}, Credentials: checkout.Credentials{Account: account, Provider: "wave", Sealed: sealed},
		}
	}
	mine, theirs := vaultOf(t, aKey(1)), vaultOf(t, aKey(2))
	if err := mine.check([]checkout.AccountCredentials{row(theirs, 1), row(mine, 2)}); err != nil {
		t.Error(err)
	}
	if err := mine.check(nil); err != nil {
		t.Error(err)
	}
	err := mine.check([]checkout.AccountCredentials{row(theirs, 1), row(theirs, 2)})
	if err == nil || !strings.Contains(err.Error(), "2 credentials") || !strings.Contains(err.Error(), "no key in CHECKOUTD_ENCRYPTION_KEY opens it") {
		t.Error(err)
	}
}
