package checkout

import "testing"

func TestCurrenciesAreThreeInEitherCase(t *testing.T) {
	for text, want := range map[string]Currency{"XOF": XOF, "xof": XOF, "Usd": USD, "EUR": EUR, "": "", "GBP": "", "XOFX": ""} {
		got, err := ParseCurrency(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for c, want := range map[Currency]int{XOF: 0, USD: 2, EUR: 2} {
		if c.Exponent() != want {
			t.Errorf("%s has %d decimals", c, c.Exponent())
		}
	}
}

func TestAmountsThatCanBeCharged(t *testing.T) {
	for amount, ok := range map[int64]bool{1: true, MaxAmount: true, 0: false, -1: false, MaxAmount + 1: false, -1 << 63: false, 1<<63 - 1: false} {
		if err := (Money{amount, XOF}).validate("amount"); (err == nil) != ok {
			t.Errorf("%d: %v", amount, err)
		}
	}
}
