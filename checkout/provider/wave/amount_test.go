package wave

import (
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

func TestMoneyIsReadExactly(t *testing.T) {
	for _, c := range []struct {
		amount, currency string
		want             int64 // -1: an error
	}{
		{"2500", "XOF", 2500},
		{"2500.00", "XOF", 2500},
		{"2500.0", "xof", 2500},
		{"0", "XOF", 0},
		{"9007199254740991", "XOF", 9007199254740991},
		{"25", "EUR", 2500},
		{"25.5", "EUR", 2550},
		{"25.50", "EUR", 2550},
		{"0.29", "EUR", 29},
		{"1.15", "USD", 115},
		{"90071992547409.91", "EUR", 9007199254740991},
		{"2500.50", "XOF", -1},
		{"2500.01", "XOF", -1},
		{"25.505", "EUR", -1},
		{"9007199254740992", "XOF", -1},
		{"99999999999999999999999999", "XOF", -1},
		{"", "XOF", -1},
		{".", "XOF", -1},
		{".5", "EUR", -1},
		{"5.", "EUR", -1},
		{"-5", "XOF", -1},
		{"+5", "XOF", -1},
		{"5.-1", "EUR", -1},
		{"1e3", "XOF", -1},
		{"1,000", "XOF", -1},
		{"2 500", "XOF", -1},
		{"2500.0.0", "XOF", -1},
		{"0x10", "XOF", -1},
		{"٢", "XOF", -1},
		{"2500", "GMD", -1},
		{"2500", "", -1},
	} {
		got, err := money(c.amount, c.currency)
		if (err != nil) != (c.want == -1) || err == nil && got.Amount != c.want {
			t.Errorf("money(%q, %q) = %v, %v, want %d", c.amount, c.currency, got, err, c.want)
		}
	}
}

func TestChangesMayBeNegative(t *testing.T) {
	for text, want := range map[string]int64{"-2475": -2475, "2475": 2475, "-2475.00": -2475, "-0": 0} {
		if got, err := change(text, "XOF"); err != nil || got != (checkout.Money{Amount: want, Currency: checkout.XOF}) {
			t.Errorf("change(%q) = %v, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"--1", "-", "", "+1", "- 1"} {
		if got, err := change(text, "XOF"); err == nil {
			t.Errorf("change(%q) = %v, want an error", text, got)
		}
	}
}
