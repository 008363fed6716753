package webhook_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/webhook"
)

// vector is one file of testdata/vectors: lines of "name: value", an empty line,
// and the exact body.
type vector struct {
	secret, signature string
	valid             bool
	body              []byte
}

func readVector(t *testing.T, path string) vector {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, body, ok := bytes.Cut(file, []byte("\n\n"))
	if !ok || !bytes.Contains(head, []byte("# Source: ")) {
		t.Fatalf("%s has no body or no source", path)
	}
	v := vector{body: body}
	for line := range strings.Lines(string(head)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "secret":
			v.secret = value
		case "signature":
			v.signature = value
		case "valid":
			v.valid = value == "true"
		}
	}
	return v
}

func TestSignaturesAgreeWithTheVectors(t *testing.T) {
	paths, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d vectors, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			v := readVector(t, path)
			if got := webhook.VerifyLomi(v.secret, v.body, v.signature); got != v.valid {
				t.Errorf("Verify(%q, %q, %q) = %v, want %v", v.secret, v.body, v.signature, got, v.valid)
			}
			if got := webhook.SignLomi(v.secret, v.body); v.secret != "" && (got == v.signature) != v.valid {
				t.Errorf("Sign(%q, %q) = %q, the vector has %q, which is valid: %v", v.secret, v.body, got, v.signature, v.valid)
			}
		})
	}
}

func TestEveryChangedBitBreaksASignature(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringN(1, 60, -1).Draw(t, "secret")
		body := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "body")
		signature := webhook.SignLomi(secret, body)
		if !webhook.VerifyLomi(secret, body, signature) {
			t.Fatal("a signature does not verify")
		}
		bit := rapid.IntRange(0, len(body)*8-1).Draw(t, "bit")
		body[bit/8] ^= 1 << (bit % 8)
		if webhook.VerifyLomi(secret, body, signature) {
			t.Fatal("a changed body verifies")
		}
	})
}
