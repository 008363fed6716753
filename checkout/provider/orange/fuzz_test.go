package orange

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

const documented = `{"status":201,"message":"OK","pay_token":"f5720dd9","payment_url":"https:\/\/webpayment-qualif.orange-money.com\/payment\/pay_token\/f5720dd9","notif_token":"dd497bda"}`

// FuzzParse demands that a notification leads to one signal without a report, or
// to an error that the sender can understand.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		_, body, _ := strings.Cut(string(data), "\n\n")
		f.Add([]byte(body))
	}
	p, err := New(Config{ClientID: "c", ClientSecret: "s", MerchantKey: "m", Country: "dev"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := p.Parse(checkout.Inbound{Method: http.MethodPost, Header: http.Header{}.Get, Body: body})
		if err != nil {
			if checkout.CodeOf(err) != checkout.CodeInvalid || got != nil {
				t.Errorf("%q: %+v, %v", body, got, err)
			}
			return
		}
		if len(got) != 1 || len(got[0].Ref) != 64 || got[0] != (checkout.Signal{Trust: checkout.TrustShared, Ref: got[0].Ref}) || !json.Valid(body) {
			t.Errorf("%q: %+v", body, got)
		}
	})
}

// FuzzReadPage demands that only a whole answer opens a page, at an address that
// a browser may be sent to.
func FuzzReadPage(f *testing.F) {
	for _, body := range []string{documented, documented[:60], `{"status":"400","message":"no"}`, `{"status":1e400}`, "null", "", "<html>"} {
		for _, status := range []int{200, 201, 204, 302, 400, 401, 409, 429, 500} {
			f.Add(status, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		got, err := readPage(client.Answer{Status: status, Body: body})
		if err != nil {
			return
		}
		if status/100 != 2 || !json.Valid(body) || got.PayToken == "" || got.NotifToken == "" ||
			!strings.HasPrefix(strings.ToLower(got.PaymentURL), "http") {
			t.Errorf("%d %q: %+v", status, body, got)
		}
	})
}

// FuzzReadStatus demands that money is only reported of our own order, and never
// a sum.
func FuzzReadStatus(f *testing.F) {
	for _, word := range []string{"INITIATED", "PENDING", "SUCCESS", "FAILED", "EXPIRED", "success", ""} {
		f.Add(201, []byte(`{"status":"`+word+`","order_id":"txn_1","txnid":"MP150709.1341.A00073"}`))
	}
	f.Add(200, []byte(`{"status":"SUCCESS","order_id":"txn_2"}`))
	f.Add(404, []byte(`{"code":60,"message":"Resource not found"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		got, err := readStatus(client.Answer{Status: status, Body: body}, "txn_1")
		switch {
		case err != nil && got != (checkout.Report{}):
			t.Errorf("%d %q: %+v with %v", status, body, got, err)
		case err != nil:
		case got.State == "" || got.Paid != (checkout.Money{}) || got.Bound != (got.State == checkout.StatePaid) || !strings.Contains(string(body), "_"):
			t.Errorf("%d %q: %+v", status, body, got)
		}
	})
}

// FuzzReadToken demands that a token fits into a header, and that it is renewed
// before it ends.
func FuzzReadToken(f *testing.F) {
	for _, body := range []string{
		`{"token_type":"Bearer","access_token":"i6m2iIcY0SodWSe","expires_in":"7776000"}`,
		`{"access_token":"t","expires_in":3600}`, `{"access_token":"t","expires_in":-1}`,
		`{"access_token":"t","expires_in":9223372036854775807}`, `{"error":"invalid_client"}`, "", "null",
	} {
		f.Add(200, []byte(body))
		f.Add(400, []byte(body))
	}
	asked := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		got, err := readToken(client.Answer{Status: status, Body: body}, asked)
		if err != nil {
			return
		}
		if got.text == "" || strings.ContainsAny(got.text, "\r\n \x00") || got.renewAt.Before(asked) || got.endAt.Before(got.renewAt) {
			t.Errorf("%d %q: %+v", status, body, got)
		}
	})
}

// FuzzOpen demands that only what was sealed for an attempt is opened.
func FuzzOpen(f *testing.F) {
	v, err := newVault("a86b2087", strings.NewReader("a nonce of 1"))
	if err != nil {
		f.Fatal(err)
	}
	nonce, err := v.nonce()
	if err != nil {
		f.Fatal(err)
	}
	sealed := v.seal(nonce, "txn_1", "f5720dd9")
	for _, text := range []string{sealed, sealed[:20], sealed + "A", "", "never sealed"} {
		f.Add("txn_1", text)
		f.Add("txn_2", text)
	}
	f.Fuzz(func(t *testing.T, id, text string) {
		got, err := v.open(id, text)
		if clean := strings.NewReplacer("\r", "", "\n", "").Replace(text); err == nil && (id != "txn_1" || clean != sealed || got != "f5720dd9") {
			t.Errorf("%q of %q is %q", text, id, got)
		}
	})
}

// FuzzCut demands whole characters of what was there, and not too many.
func FuzzCut(f *testing.F) {
	for _, text := range []string{"Chez Awa", "L'épicerie d'Awa à Cocody, Abidjan", " \t\n", "\xff\xfe", strings.Repeat("é", 40)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := cut(text, maxReference)
		if len(got) > maxReference || !utf8.ValidString(got) || strings.TrimSpace(got) != got {
			t.Errorf("%q is cut to %q", text, got)
		}
	})
}
