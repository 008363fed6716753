package stripe

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// vector is a file of testdata/vectors.
type vector struct {
	in       checkout.Inbound
	secrets  []client.Secret
	expected string // "accept", or "reject" and how the message begins
}

func readVector(t testing.TB, file string) vector {
	t.Helper()
	text, err := os.ReadFile(file)
	do(t, err)
	head, body, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok {
		t.Fatalf("%s has no empty line", file)
	}
	v := vector{in: checkout.Inbound{Method: http.MethodPost, Body: body}}
	header := http.Header{}
	for line := range strings.SplitSeq(string(head), "\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch name {
		case "Source":
		case "Secret":
			v.secrets = append(v.secrets, client.Secret(value))
		case "Now":
			seconds, err := strconv.ParseInt(value, 10, 64)
			do(t, err)
			v.in.Now = time.Unix(seconds, 0)
		case "Stripe-Signature":
			header.Set(name, value)
		case "Expected":
			v.expected = value
		case "Encoding":
			v.in.Body, err = base64.StdEncoding.DecodeString(string(body))
			do(t, err)
		default:
			t.Fatalf("%s: unknown line %q", file, line)
		}
	}
	v.in.Header = header.Get
	return v
}

func vectorFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	return files
}

func TestVectors(t *testing.T) {
	for _, file := range vectorFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			v := readVector(t, file)
			p, err := New(Config{SecretKey: testKey, WebhookSecrets: v.secrets})
			do(t, err)
			signals, err := p.Parse(v.in)
			why, rejected := strings.CutPrefix(v.expected, "reject ")
			switch {
			case !rejected && (v.expected != "accept" || err != nil || len(signals) != 1):
				t.Errorf("got %v, %v, want %q", signals, err, v.expected)
			case rejected && (!errors.Is(err, checkout.ErrSignature) || checkout.CodeOf(err) != checkout.CodeInvalid || !strings.Contains(err.Error(), ": Webhook Error: "+why)):
				t.Errorf("got %v, %v, want %q", signals, err, v.expected)
			}
		})
	}
}

// TestEverySingleBitCounts turns each bit of a message and of its signature.
func TestEverySingleBitCounts(t *testing.T) {
	v := readVector(t, "testdata/vectors/s1-good.txt")
	p, err := New(Config{SecretKey: testKey, WebhookSecrets: v.secrets})
	do(t, err)
	for i := range len(v.in.Body) * 8 {
		in := v.in
		in.Body = bytes.Clone(in.Body)
		in.Body[i/8] ^= 1 << (i % 8)
		if _, err := p.Parse(in); !errors.Is(err, checkout.ErrSignature) {
			t.Errorf("bit %d of the body: %v", i, err)
		}
	}
	header := []byte(v.in.Header("Stripe-Signature"))
	for i := range len(header) * 8 {
		in, spoilt := v.in, bytes.Clone(header)
		spoilt[i/8] ^= 1 << (i % 8)
		in.Header = func(string) string { return string(spoilt) }
		if _, err := p.Parse(in); err == nil && !bytes.EqualFold(spoilt, header) {
			t.Errorf("bit %d of the header: %s is accepted", i, spoilt)
		}
	}
}

// FuzzParse parses foreign headers, and foreign bodies that are signed.
func FuzzParse(f *testing.F) {
	for _, file := range vectorFiles(f) {
		v := readVector(f, file)
		if len(v.in.Body) < 4096 {
			f.Add(v.in.Header("Stripe-Signature"), v.in.Body, v.in.Now.Unix())
		}
	}
	for _, e := range eventCases {
		f.Add("", []byte(e.body), int64(1700000000))
	}
	p := newProvider(f, Config{})
	f.Fuzz(func(t *testing.T, header string, body []byte, seconds int64) {
		now := time.Unix(seconds, 0)
		if signals, err := p.Parse(checkout.Inbound{Header: func(string) string { return header }, Body: body, Now: now}); (err == nil) == (len(signals) == 0) {
			t.Errorf("%v, %v", signals, err)
		}
		signals, err := p.Parse(inbound(body, time.Unix(1700000000, 0)))
		if (err == nil) == (len(signals) == 0) {
			t.Errorf("%v, %v", signals, err)
		}
		for _, sig := range signals {
			if sig.EventID == "" || sig.Type == "" {
				t.Errorf("%+v", sig)
			}
			if r := sig.Report; sig.Trust == checkout.TrustSigned && r.State == checkout.StatePaid && r.Paid.Currency == "" {
				t.Errorf("paid without a sum: %+v", sig)
			}
			if sig.Kind != checkout.SignalNone && sig.AttemptID == "" && sig.Charge == "" {
				t.Errorf("names nothing: %+v", sig)
			}
		}
	})
}
