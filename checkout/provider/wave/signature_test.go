package wave

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// vector is a file of testdata/vectors: lines of "name: value", an empty line,
// and the body as it is signed.
type vector struct {
	secret, header, value, expect string
	now                           time.Time
	body                          []byte
}

func readVector(t testing.TB, file string) (v vector) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, body, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok {
		t.Fatalf("%s has no empty line", file)
	}
	v.body = body
	for line := range strings.SplitSeq(string(head), "\n") {
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "secret":
			v.secret = value
		case "expect":
			v.expect = value
		case "header":
			v.header, v.value, _ = strings.Cut(value, ": ")
		case "now":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			v.now = time.Unix(seconds, 0)
		case "comment":
		default:
			t.Fatalf("%s: unknown line %q", file, line)
		}
	}
	return v
}

func (v vector) inbound() checkout.Inbound {
	return checkout.Inbound{
		Method: "POST", Body: v.body, Now: v.now,
		Header: func(name string) string {
			if name == v.header {
				return v.value
			}
			return ""
		},
	}
}

func vectors(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	return files
}

func TestVectors(t *testing.T) {
	for _, file := range vectors(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			v := readVector(t, file)
			if v.expect == "sign" {
				if got := signature(v.secret, v.now, v.body); got != v.value {
					t.Errorf("signed %s, want %s", got, v.value)
				}
				return
			}
			p, err := New(Config{APIKey: "key", WebhookSecrets: []client.Secret{client.Secret(v.secret)}})
			if err != nil {
				t.Fatal(err)
			}
			signals, err := p.Parse(v.inbound())
			trust := map[string]checkout.Trust{"accept": checkout.TrustSigned, "shared": checkout.TrustShared}[v.expect]
			if v.expect == "reject" {
				if !errors.Is(err, errForged) || signals != nil {
					t.Errorf("got %+v, %v, want it refused", signals, err)
				}
				return
			}
			if err != nil || len(signals) != 1 || signals[0].Trust != trust || signals[0].Report.State != checkout.StatePaid {
				t.Errorf("got %+v, %v, want trust %d", signals, err, trust)
			}
		})
	}
}

// TestWrongSignatureIsNotMadeGoodByTheSecret holds a message to the stronger of
// two proofs that it shows.
func TestWrongSignatureIsNotMadeGoodByTheSecret(t *testing.T) {
	v := readVector(t, "testdata/vectors/w3-dot.txt")
	p, err := New(Config{APIKey: "key", WebhookSecrets: []client.Secret{client.Secret(v.secret)}})
	if err != nil {
		t.Fatal(err)
	}
	in := v.inbound()
	in.Header = func(name string) string {
		return map[string]string{signatureHeader: v.value, "Authorization": "Bearer " + v.secret}[name]
	}
	if signals, err := p.Parse(in); !errors.Is(err, errForged) {
		t.Errorf("got %+v, %v, want it refused", signals, err)
	}
}
