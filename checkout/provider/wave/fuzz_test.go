package wave

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// FuzzParse demands that nothing is believed without proof, and that what is
// said of money is a sum that can be.
func FuzzParse(f *testing.F) {
	const secret = "wave_sn_WHS_test_0123456789abcdef"
	for _, file := range vectors(f) {
		v := readVector(f, file)
		f.Add(v.value, v.body, v.now.Unix(), false)
		f.Add(v.value, v.body, v.now.Unix(), true)
	}
	p, err := New(Config{APIKey: "key", WebhookSecrets: []client.Secret{secret}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string, body []byte, seconds int64, honest bool) {
		now := time.Unix(seconds, 0)
		if honest { // to reach what lies behind the signature
			header = signature(secret, now, body)
		}
		in := checkout.Inbound{Body: body, Now: now, Header: func(name string) string {
			if name == signatureHeader {
				return header
			}
			return ""
		}}
		signals, err := p.Parse(in)
		if err != nil {
			if signals != nil {
				t.Errorf("%+v besides %v", signals, err)
			}
			return
		}
		if t1, digests, ok := parseSignature(header); !ok || len(digests) == 0 || !strings.Contains(header, t1) {
			t.Errorf("accepted %q", header)
		}
		for _, sig := range signals {
			if sig.EventID == "" || sig.Trust != checkout.TrustSigned {
				t.Errorf("%+v", sig)
			}
			if r := sig.Report; r.State == checkout.StatePaid && (r.Paid.Amount < 0 || r.Paid.Amount > checkout.MaxAmount || r.Paid.Currency == "") {
				t.Errorf("%+v", r)
			}
		}
	})
}

// FuzzAnswer reads answers to questions.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"id":"cos-1","amount":"2500","currency":"XOF","checkout_status":"complete","payment_status":"succeeded","client_reference":"txn_1","transaction_id":"T1","when_completed":"2026-03-02T11:59:58Z"}`))
	f.Add([]byte(`{"id":"cos-1","amount":"2500","currency":"XOF","checkout_status":"open","payment_status":"cancelled","last_payment_error":{"code":"insufficient-funds","message":""},"wave_launch_url":"https://pay.wave.com/c/cos-1"}`))
	f.Add([]byte(`{"code":"checkout-session-not-found","message":""}`))
	f.Add([]byte(`{"error":{"code":"checkout-session-not-found","message":"","httpcode":404}}`))
	f.Add([]byte(`{"error":"text"}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		answer := client.Answer{Status: 404, Body: body}
		if missing(answer) && !json.Valid(body) {
			t.Errorf("%q says that a session is missing", body)
		}
		a := checkout.Attempt{ID: "txn_1", Ref: "cos-1"}
		s, err := readSession(answer, a)
		if err != nil {
			return
		}
		if s.ID != a.Ref {
			t.Errorf("session %q for %q", s.ID, a.Ref)
		}
		started, err := s.started()
		if err == nil && started.Report.State == checkout.StatePending && !strings.HasPrefix(strings.ToLower(started.Next.URL), "http") {
			t.Errorf("leads to %q", started.Next.URL)
		}
	})
}

// FuzzStatement reads statements.
func FuzzStatement(f *testing.F) {
	f.Add([]byte(`{"page_info":{"start_cursor":null,"end_cursor":"x","has_next_page":true},"date":"2026-03-02","items":[{"timestamp":"2026-03-02T11:30:00Z","transaction_id":"T1","transaction_type":"api_checkout","amount":"990","fee":"10","balance":"10344","currency":"XOF","counterparty_name":"Mame Diop","counterparty_mobile":"+221761110000","client_reference":"txn_1","checkout_api_session_id":"cos-1","is_reversal":false}]}`))
	f.Add([]byte(`{"items":[{"transaction_type":"api_checkout_refund","amount":"-990","fee":"-10","currency":"XOF","client_reference":"txn_1"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var g page
		if json.Unmarshal(body, &g) != nil {
			return
		}
		_ = g.tell(time.Time{}, func(sig checkout.Signal) error {
			if m := sig.Report.Paid; m.Amount < 0 || sig.Refund.Amount.Amount < 0 {
				t.Errorf("%+v", sig)
			}
			return nil
		}, new(rowFaults))
	})
}

// FuzzMoney demands that each sum is read as it would be written again.
func FuzzMoney(f *testing.F) {
	for _, text := range []string{"2500", "2500.00", "2500.50", "0.29", "-1", "1e3", "9007199254740991", "", "."} {
		f.Add(text, "XOF")
		f.Add(text, "EUR")
	}
	f.Fuzz(func(t *testing.T, amount, currency string) {
		m, err := money(amount, currency)
		if err != nil {
			return
		}
		digits := strings.TrimLeft(strings.ReplaceAll(amount, ".", ""), "0")
		minor := strings.TrimLeft(strings.TrimRight(digits, "0"), "0")
		if m.Amount < 0 || m.Amount > checkout.MaxAmount || strings.TrimRight(numeral(m.Amount), "0") != minor {
			t.Errorf("money(%q, %q) = %d", amount, currency, m.Amount)
		}
	})
}

// numeral writes n, nothing for 0.
func numeral(n int64) string {
	if n == 0 {
		return ""
	}
	text, _ := json.Marshal(n)
	return string(text)
}
