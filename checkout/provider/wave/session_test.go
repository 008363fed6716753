package wave

import (
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// TestEveryPairOfStatuses holds each pair of words to what it means; a word that
// is not Wave's is not understood.
func TestEveryPairOfStatuses(t *testing.T) {
	want := map[standing]checkout.State{
		{"open", "processing"}: checkout.StatePending, {"open", "cancelled"}: checkout.StatePending,
		{"complete", "succeeded"}: checkout.StatePaid,
		{"expired", "processing"}: checkout.StateExpired, {"expired", "cancelled"}: checkout.StateExpired,
	}
	for _, status := range []string{"open", "complete", "expired", "Open", "closed", ""} {
		for _, payment := range []string{"processing", "cancelled", "succeeded", "failed", "Succeeded", ""} {
			s := session{ID: "cos-1", Amount: "2500", Currency: "XOF", CheckoutStatus: status, PaymentStatus: payment}
			r, err := s.report()
			if state := want[standing{status, payment}]; r.State != state || (err == nil) != (state != "") {
				t.Errorf("%q, %q: %+v, %v, want %q", status, payment, r, err, state)
			}
		}
	}
}

func TestReportOfASession(t *testing.T) {
	paid := session{
		ID: "cos-1", Amount: "2500.00", Currency: "XOF", CheckoutStatus: "complete", PaymentStatus: "succeeded",
		TransactionID: "TCN4Y4ZC3FM", Completed: "2022-11-08T15:05:45Z",
		LastError: lastError{Code: "insufficient-funds"}, // of a try before the one that succeeded
	}
	want := checkout.Report{
		State: checkout.StatePaid, Paid: checkout.Money{Amount: 2500, Currency: checkout.XOF},
		At: time.Date(2022, 11, 8, 15, 5, 45, 0, time.UTC), Charge: "TCN4Y4ZC3FM",
	}
	if got, err := paid.report(); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for name, spoil := range map[string]func(*session){
		"half a franc":        func(s *session) { s.Amount = "2500.50" },
		"no amount":           func(s *session) { s.Amount = "" },
		"another's currency":  func(s *session) { s.Currency = "GMD" },
		"a currency misspelt": func(s *session) { s.Currency = "CFA" },
	} {
		s := paid
		spoil(&s)
		if got, err := s.report(); err == nil {
			t.Errorf("%s: %+v, want an error", name, got)
		}
	}
	paid.Completed = "yesterday"
	if got, err := paid.report(); err != nil || !got.At.IsZero() {
		t.Errorf("got %+v, %v, want the zero time", got, err)
	}
}

func TestReasonsOfFailedTries(t *testing.T) {
	for code, want := range map[string]string{
		"blocked-account":                  checkout.ReasonPayerBlocked,
		"cross-border-payment-not-allowed": checkout.ReasonPayerBlocked,
		"customer-age-restricted":          checkout.ReasonPayerBlocked,
		"insufficient-funds":               checkout.ReasonFunds,
		"kyb-limits-exceeded":              checkout.ReasonLimit,
		"payer-mobile-mismatch":            checkout.ReasonPayerBlocked,
		"payment-failure":                  checkout.ReasonDeclined,
		"something-new":                    checkout.ReasonDeclined,
		"":                                 checkout.ReasonCancelled, // the customer went away
	} {
		s := session{CheckoutStatus: "open", PaymentStatus: "cancelled", LastError: lastError{Code: code}}
		if r, err := s.report(); err != nil || r.Reason != want {
			t.Errorf("%q: %+v, %v, want %q", code, r, err, want)
		}
	}
	s := session{CheckoutStatus: "open", PaymentStatus: "processing"}
	if r, err := s.report(); err != nil || r.Reason != "" {
		t.Errorf("nothing failed: %+v, %v", r, err)
	}
}

func TestNumbersInInternationalForm(t *testing.T) {
	for phone, want := range map[string]string{
		"+221 77 123 45 67":       "+221771234567",
		"00221-77.123.45.67":      "+221771234567",
		"+221 (77) 123\u00a04567": "+221771234567",
		"77 123 45 67":            "",
		"":                        "",
		"+0771234567":             "",
		"+221 77 123 45 6x":       "",
		"+1234567890123456":       "",
	} {
		if got := e164(phone); got != want {
			t.Errorf("e164(%q) = %q, want %q", phone, got, want)
		}
	}
}
