package mtn

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/checkout"
)

func TestDecimals(t *testing.T) {
	for _, c := range []struct {
		text   string
		places int
		want   int64 // -1: none
	}{
		{"2500", 0, 2500}, {"2500.00", 0, 2500}, {"2500.0", 0, 2500}, {"0002500", 0, 2500}, {"0", 0, 0},
		{"2500.50", 0, -1}, {"2500.", 0, -1}, {".5", 0, -1}, {"", 0, -1}, {".", 2, -1},
		{"10.50", 2, 1050}, {"10.5", 2, 1050}, {"10", 2, 1000}, {"1.15", 2, 115}, {"0.07", 2, 7}, {"10.500", 2, 1050},
		{"10.505", 2, -1}, {"+1", 0, -1}, {"-1", 0, -1}, {"1e3", 0, -1}, {"1,000", 0, -1}, {" 1", 0, -1}, {"1_0", 0, -1},
		{"0x10", 0, -1}, {"1.2.3", 2, -1}, {"NaN", 0, -1}, {"٣", 0, -1},
		{"9007199254740991", 0, checkout.MaxAmount}, {"9007199254740992", 0, -1}, {"90071992547409.91", 2, checkout.MaxAmount},
		{"90071992547409.92", 2, -1}, {"99999999999999999999999", 0, -1},
	} {
		got, err := parseDecimal(c.text, c.places)
		if (err == nil) != (c.want >= 0) || err == nil && got != c.want {
			t.Errorf("%q with %d places: got %d, %v, want %d", c.text, c.places, got, err, c.want)
		}
	}
}

// TestMoneyComesBackAsItWasSent is for every sum, in every environment.
func TestMoneyComesBackAsItWasSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := environments[rapid.SampledFrom([]string{"sandbox", "mtnivorycoast", "mtnbenin"}).Draw(t, "environment")]
		sent := checkout.Money{
			Amount:   rapid.Int64Range(1, checkout.MaxAmount).Draw(t, "amount"),
			Currency: rapid.SampledFrom(e.takes).Draw(t, "currency"),
		}
		amount, currency := e.send(sent)
		got, err := e.read(amount, currency, sent.Currency)
		if err != nil || got != sent {
			t.Fatalf("%v was sent as %s %s and read as %v, %v", sent, amount, currency, got, err)
		}
	})
}

func TestReferencesHaveTheFormOfVersion4(t *testing.T) {
	seen := map[string]bool{}
	for i := range 1000 {
		ref := reference("txn_" + strconv.Itoa(i))
		if len(ref) != 36 || ref[8] != '-' || ref[13] != '-' || ref[14] != '4' || ref[18] != '-' || ref[23] != '-' ||
			ref[19] != '8' && ref[19] != '9' && ref[19] != 'a' && ref[19] != 'b' || seen[ref] {
			t.Fatalf("%q", ref)
		}
		seen[ref] = true
	}
}
