package wavetest

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// TestSignerAgreesWithTheVectors signs what the adapter's vectors hold, among
// them the sample that Wave publishes.
func TestSignerAgreesWithTheVectors(t *testing.T) {
	for _, name := range []string{"published", "w1-good", "w6-right-digest", "w8-request-get", "w9-request-post"} {
		text, err := os.ReadFile("../testdata/vectors/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		head, body, _ := bytes.Cut(text, []byte("\n\n"))
		field := func(name string) string {
			_, rest, _ := strings.Cut("\n"+string(head)+"\n", "\n"+name+": ")
			value, _, _ := strings.Cut(rest, "\n")
			return value
		}
		want := strings.TrimPrefix(field("header"), "Wave-Signature: ")
		digits, _, _ := strings.Cut(strings.TrimPrefix(want, "t="), ",")
		seconds, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(seconds, 0)
		if got := Sign(field("secret"), now, body); got != want {
			t.Errorf("%s: signed %s, want %s", name, got, want)
		}
		if code := check(field("secret"), want, body, now); code != "" {
			t.Errorf("%s: refused as %s", name, code)
		}
	}
}

func TestSignaturesOfRequestsAreChecked(t *testing.T) {
	now := time.Unix(1700000000, 0)
	good := Sign("secret", now, []byte("{}"))
	for _, c := range []struct {
		name, header string
		now          time.Time
		want         string
	}{
		{"good", good, now, ""},
		{"good, at the end", good, now.Add(5 * time.Minute), ""},
		{"none", "", now, "missing-signature"},
		{"no parts", "hello", now, "invalid-signature-format"},
		{"no time", "v1=00,t=1", now, "invalid-signature-format"},
		{"time in words", "t=now,v1=00", now, "invalid-signature-format"},
		{"another body", Sign("secret", now, nil), now, "invalid-signature"},
		{"another secret", Sign("other", now, []byte("{}")), now, "invalid-signature"},
		{"old", good, now.Add(5*time.Minute + time.Second), "expired-signature-timestamp"},
		{"of the future", good, now.Add(-31 * time.Second), "invalid-signature-timestamp"},
	} {
		if got := check("secret", c.header, []byte("{}"), c.now); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAmountsAsText(t *testing.T) {
	for want, m := range map[string]checkout.Money{
		"2500": {Amount: 2500, Currency: checkout.XOF}, "-2475": {Amount: -2475, Currency: checkout.XOF}, "0": {Currency: checkout.XOF},
		"25.00": {Amount: 2500, Currency: checkout.EUR}, "0.05": {Amount: 5, Currency: checkout.EUR}, "-0.05": {Amount: -5, Currency: checkout.USD},
	} {
		if got := decimal(m); got != want {
			t.Errorf("decimal(%v) = %q, want %q", m, got, want)
		}
	}
}
