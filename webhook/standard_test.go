package webhook_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/webhook"
)

// The message that the tests of the specification's own libraries sign.
//
// Source: https://github.com/standard-webhooks/standard-webhooks,
// libraries/go/webhook_symmetric_test.go and webhook_asymmetric_test.go, read
// 2026-11-30.
const (
	specSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	specID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	specTime      = 1614265330
	specBody      = `{"test": 2432232314}`
	specSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

	specSeed       = "TESTSIGNINGKEYDONOTUSETHISFORANY"
	specAsymmetric = "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag=="
)

// message is what a receiver got.
type message struct {
	id, timestamp, signature string
	body                     []byte
}

func (m message) header() http.Header {
	h := http.Header{}
	for name, value := range map[string]string{"webhook-id": m.id, "webhook-timestamp": m.timestamp, "webhook-signature": m.signature} {
		if value != "" {
			h.Set(name, value)
		}
	}
	return h
}

// sent returns a message signed with [secret] at a time.
func sent(at time.Time, body string) message {
	return message{messageID, strconv.FormatInt(at.Unix(), 10), webhook.Sign(secret, messageID, at, []byte(body)), []byte(body)}
}

func TestSignaturesAgreeWithTheSpecification(t *testing.T) {
	at := time.Unix(specTime, 0)
	for _, s := range []string{specSecret, strings.TrimPrefix(specSecret, "whsec_")} {
		if got := webhook.Sign(s, specID, at, []byte(specBody)); got != specSignature {
			t.Errorf("Sign with %s = %s", s, got)
		}
		m := message{specID, strconv.Itoa(specTime), specSignature, []byte(specBody)}
		if err := webhook.Verify(m.header(), m.body, at, s); err != nil {
			t.Error(err)
		}
	}
}

func TestAsymmetricSignaturesAgreeWithTheSpecification(t *testing.T) {
	at, key := time.Unix(specTime, 0), ed25519.NewKeyFromSeed([]byte(specSeed))
	if got := webhook.SignAsymmetric(key, specID, at, []byte(specBody)); got != specAsymmetric {
		t.Errorf("SignAsymmetric = %s", got)
	}
	m := message{specID, strconv.Itoa(specTime), specAsymmetric, []byte(specBody)}
	if err := webhook.Verify(m.header(), m.body, at, webhook.PublicKey(key)); err != nil {
		t.Error(err)
	}
}

// Fractions of a second are not sent, and do not count.
func TestAMessageIsSignedForAWholeSecond(t *testing.T) {
	at := time.Unix(specTime, 999_999_999)
	if got := webhook.Sign(specSecret, specID, at, []byte(specBody)); got != specSignature {
		t.Errorf("Sign = %s", got)
	}
}

func TestTheWindowOfTime(t *testing.T) {
	m := sent(start, "{}")
	for off, good := range map[time.Duration]bool{
		0:                                  true,
		webhook.Tolerance:                  true,
		-webhook.Tolerance:                 true,
		webhook.Tolerance + 1:              false,
		-webhook.Tolerance - 1:             false,
		webhook.Tolerance + time.Second:    false,
		-(webhook.Tolerance + time.Second): false,
		24 * time.Hour:                     false,
		-24 * time.Hour:                    false,
		math.MaxInt64:                      false,
	} {
		err := webhook.Verify(m.header(), m.body, start.Truncate(time.Second).Add(off), secret)
		if good != (err == nil) || !good && !errors.Is(err, webhook.ErrTimestamp) {
			t.Errorf("%v off: %v", off, err)
		}
	}
}

func TestSecretsAndKeysInTurn(t *testing.T) {
	key, another := webhook.EndpointKey([32]byte{1}, "ep_1"), webhook.EndpointKey([32]byte{1}, "ep_2")
	body := []byte("{}")
	old, v1 := webhook.Sign(otherSecret, messageID, start, body), webhook.Sign(secret, messageID, start, body)
	v1a := webhook.SignAsymmetric(key, messageID, start, body)
	public, stranger := webhook.PublicKey(key), webhook.PublicKey(another)
	raw := func(signature string) string { _, text, _ := strings.Cut(signature, ","); return text }
	for name, c := range map[string]struct {
		signature string
		keys      []string
		good      bool
	}{
		"one":                       {v1, []string{secret}, true},
		"the receiver has both":     {old, []string{secret, otherSecret}, true},
		"the sender has both":       {old + " " + v1, []string{secret}, true},
		"both have both":            {old + " " + v1, []string{secret, otherSecret}, true},
		"several spaces":            {"  " + old + "   " + v1 + " ", []string{secret}, true},
		"junk before":               {"v2,AAAA , v1 v1, v1,!! " + v1, []string{secret}, true},
		"a short one before":        {"v1,AAAA " + v1, []string{secret}, true},
		"asymmetric":                {v1a, []string{public}, true},
		"asymmetric of both":        {v1 + " " + v1a, []string{public}, true},
		"symmetric of both":         {v1a + " " + v1, []string{secret}, true},
		"secrets and public keys":   {v1a, []string{secret, stranger, public}, true},
		"another secret":            {v1, []string{otherSecret}, false},
		"another public key":        {v1a, []string{stranger}, false},
		"no keys":                   {v1, nil, false},
		"an empty key":              {v1, []string{""}, false},
		"only a prefix":             {v1, []string{"whsec_"}, false},
		"only a public prefix":      {v1a, []string{"whpk_"}, false},
		"a secret for v1a":          {v1a, []string{secret}, false},
		"a public key for v1":       {v1, []string{public}, false},
		"v1 called v1a":             {"v1a," + raw(v1), []string{secret}, false},
		"v1a called v1":             {"v1," + raw(v1a), []string{secret, public}, false},
		"upper case":                {"V1," + raw(v1), []string{secret}, false},
		"no version":                {raw(v1), []string{secret}, false},
		"v2":                        {"v2," + raw(v1), []string{secret}, false},
		"two commas":                {"v1,," + raw(v1), []string{secret}, false},
		"commas between":            {old + "," + v1, []string{secret}, false},
		"hexadecimal":               {"v1," + webhook.SignLomi(secret, body), []string{secret}, false},
		"empty":                     {"", []string{secret}, false},
		"an empty signature":        {"v1,", []string{secret}, false},
		"half a signature":          {v1[:len(v1)/2], []string{secret}, false},
		"without padding":           {strings.TrimRight(v1, "="), []string{secret}, false},
		"a public key of no base64": {v1a, []string{"whpk_!"}, false},
		"a short public key":        {v1a, []string{"whpk_AAAA"}, false},
		"a long public key":         {v1a, []string{public + public[len("whpk_"):]}, false},
	} {
		m := message{messageID, strconv.FormatInt(start.Unix(), 10), c.signature, body}
		err := webhook.Verify(m.header(), m.body, start, c.keys...)
		if c.good != (err == nil) || !c.good && !errors.Is(err, webhook.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Public keys are public: whoever knows one must not be able to sign with its
// text or its bytes as a secret.
func TestAPublicKeyIsNoSecret(t *testing.T) {
	public := webhook.PublicKey(webhook.EndpointKey([32]byte{1}, "ep_1"))
	body := []byte("{}")
	for _, forged := range []string{public, strings.TrimPrefix(public, "whpk_"), "whsec_" + strings.TrimPrefix(public, "whpk_")} {
		v1 := webhook.Sign(forged, messageID, start, body)
		for _, signature := range []string{v1, strings.Replace(v1, "v1,", "v1a,", 1)} {
			m := message{messageID, strconv.FormatInt(start.Unix(), 10), signature, body}
			if err := webhook.Verify(m.header(), m.body, start, public); !errors.Is(err, webhook.ErrSignature) {
				t.Errorf("signed with %s: %v", forged, err)
			}
		}
	}
}

func TestHeadersThatAreMissingOrJunk(t *testing.T) {
	good := sent(start, "{}")
	for name, change := range map[string]struct {
		edit func(m *message)
		want error
	}{
		"no identifier":       {func(m *message) { m.id = "" }, webhook.ErrSignature},
		"no signature":        {func(m *message) { m.signature = "" }, webhook.ErrSignature},
		"no time":             {func(m *message) { m.timestamp = "" }, webhook.ErrTimestamp},
		"a word":              {func(m *message) { m.timestamp = "now" }, webhook.ErrTimestamp},
		"a fraction":          {func(m *message) { m.timestamp += ".5" }, webhook.ErrTimestamp},
		"milliseconds":        {func(m *message) { m.timestamp += "000" }, webhook.ErrTimestamp},
		"hexadecimal":         {func(m *message) { m.timestamp = "0x10" }, webhook.ErrTimestamp},
		"a space":             {func(m *message) { m.timestamp = " " + m.timestamp }, webhook.ErrTimestamp},
		"no number of 64 bit": {func(m *message) { m.timestamp = "99999999999999999999" }, webhook.ErrTimestamp},
		"the largest number":  {func(m *message) { m.timestamp = "9223372036854775807" }, webhook.ErrTimestamp},
		"the smallest number": {func(m *message) { m.timestamp = "-9223372036854775808" }, webhook.ErrTimestamp},
		"a plus":              {func(m *message) { m.timestamp = "+" + m.timestamp }, webhook.ErrSignature},
		"a zero before":       {func(m *message) { m.timestamp = "0" + m.timestamp }, webhook.ErrSignature},
		"dots moved":          {func(m *message) { m.id, m.body = m.id+"."+m.timestamp, nil }, webhook.ErrSignature},
	} {
		m := good
		change.edit(&m)
		if err := webhook.Verify(m.header(), m.body, start, secret); !errors.Is(err, change.want) {
			t.Errorf("%s: %v, want %v", name, err, change.want)
		}
	}
}

// A secret that is no base64 is used as it is written, by both sides.
func TestSecretsThatAreNoBase64(t *testing.T) {
	body := []byte("{}")
	for _, s := range []string{"whsec_not base64!", "plain", "whsec_abc", strings.Repeat("é", 40)} {
		m := message{messageID, strconv.FormatInt(start.Unix(), 10), webhook.Sign(s, messageID, start, body), body}
		if err := webhook.Verify(m.header(), m.body, start, s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
		if err := webhook.Verify(m.header(), m.body, start, s+"x"); err == nil {
			t.Errorf("%q is as good as %q", s+"x", s)
		}
	}
}

func TestEachEndpointHasAKeyOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	for _, seed := range [][32]byte{{}, {1}, {31: 1}} {
		for _, endpoint := range []string{"", "ep_1", "ep_2", "ep_12"} {
			key := webhook.EndpointKey(seed, endpoint)
			if !key.Equal(webhook.EndpointKey(seed, endpoint)) {
				t.Fatal("a key differs from one time to the next")
			}
			public := webhook.PublicKey(key)
			if other, ok := seen[public]; ok {
				t.Errorf("%q has the key of %q", endpoint, other)
			}
			seen[public] = endpoint
			point, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(public, "whpk_"))
			if err != nil || len(public) != len("whpk_")+44 || !bytes.Equal(point, key.Public().(ed25519.PublicKey)) {
				t.Errorf("the public key is %q", public)
			}
		}
	}
}

// Receivers keep public keys: what a seed and an endpoint give may never change.
//
// Source: HKDF of RFC 5869 and Ed25519 by Node's crypto, computed 2026-11-30.
func TestKeysOfEndpointsStayAsTheyAre(t *testing.T) {
	const want = "whpk_8rYtsNMTAf4HtIFaKKW3aIMi/COJ2GL5rwZ3MhFyoSE="
	if got := webhook.PublicKey(webhook.EndpointKey([32]byte([]byte("0123456789abcdef0123456789abcdef")), "ep_1")); got != want {
		t.Errorf("the key is now %s", got)
	}
}

func TestEveryChangedBitBreaksAStandardSignature(t *testing.T) {
	key := webhook.EndpointKey([32]byte{1}, "ep_1")
	public := webhook.PublicKey(key)
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "body")
		id := rapid.StringMatching(`[a-zA-Z0-9_.-]{1,40}`).Draw(t, "id")
		at := time.Unix(rapid.Int64Range(1, 1<<40).Draw(t, "at"), 0)
		for keyText, signature := range map[string]string{
			secret: webhook.Sign(secret, id, at, body), public: webhook.SignAsymmetric(key, id, at, body),
		} {
			m := message{id, strconv.FormatInt(at.Unix(), 10), signature, body}
			if err := webhook.Verify(m.header(), m.body, at, keyText); err != nil {
				t.Fatal(err)
			}
			broken := m
			broken.body = flip(t, body)
			other := m
			other.id = string(flip(t, []byte(id)))
			later := m
			later.timestamp = string(flip(t, []byte(m.timestamp)))
			resigned := m
			version, text, _ := strings.Cut(signature, ",")
			mac, _ := base64.StdEncoding.DecodeString(text)
			resigned.signature = version + "," + base64.StdEncoding.EncodeToString(flip(t, mac))
			for _, m := range []message{broken, other, later, resigned} {
				h := m.header()
				h["Webhook-Id"], h["Webhook-Timestamp"] = []string{m.id}, []string{m.timestamp}
				now := at
				if n, err := strconv.ParseInt(m.timestamp, 10, 64); err == nil {
					now = time.Unix(n, 0) // only the signature can tell
				}
				if err := webhook.Verify(h, m.body, now, keyText); err == nil {
					t.Fatalf("%q verifies", m)
				}
			}
		}
	})
}

// flip returns b with one bit changed.
func flip(t *rapid.T, b []byte) []byte {
	bit := rapid.IntRange(0, len(b)*8-1).Draw(t, "bit")
	b = bytes.Clone(b)
	b[bit/8] ^= 1 << (bit % 8)
	return b
}

// FuzzVerify gives Verify headers of somebody who knows the public key but not
// the secret: it must neither panic nor accept.
func FuzzVerify(f *testing.F) {
	good := sent(start, "{}")
	v1a := webhook.SignAsymmetric(webhook.EndpointKey([32]byte{2}, "ep_1"), messageID, start, good.body)
	public := webhook.PublicKey(webhook.EndpointKey([32]byte{1}, "ep_1"))
	f.Add(messageID, good.timestamp, webhook.Sign(otherSecret, messageID, start, good.body), good.body)
	f.Add(messageID, good.timestamp, v1a, good.body)
	f.Add(messageID, good.timestamp, "v1,"+public, good.body)
	f.Add("", "", "", []byte(nil))
	f.Add("a", "-9223372036854775808", "v1, v1a, ,, v1", []byte{0xff})
	f.Add("a", good.timestamp, "v1a,"+base64.StdEncoding.EncodeToString(make([]byte, 64)), []byte("x"))
	f.Fuzz(func(t *testing.T, id, timestamp, signature string, body []byte) {
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {timestamp}, "Webhook-Signature": {signature}}
		err := webhook.Verify(h, body, start, secret, public, "", "whpk_", "whpk_AAAA")
		if err == nil {
			t.Fatal("accepted")
		}
		if !errors.Is(err, webhook.ErrSignature) && !errors.Is(err, webhook.ErrTimestamp) {
			t.Errorf("got %v", err)
		}
	})
}
