package checkout_test

import (
	"encoding/binary"
	"math/big"
	"slices"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

func TestQuoteWorkedExamples(t *testing.T) {
	const most = checkout.MaxAmount
	percent := func(p int64) checkout.Cut { return checkout.Cut{Percent: p} }
	fixed := func(f int64) checkout.Cut { return checkout.Cut{Fixed: f} }
	one := func(unit int64) []checkout.Line { return []checkout.Line{{Unit: unit, Quantity: 1}} }
	first := func(c checkout.Cut) checkout.Cut { c.Covers = []bool{true, false}; return c }
	two := []checkout.Line{{Unit: 500, Quantity: 2}, {Unit: 9000, Quantity: 1}}
	for _, c := range []struct {
		name          string
		lines         []checkout.Line
		deferred, fee int64
		cuts          []checkout.Cut
		discounts     []int64
		total         int64
	}{
		{"nothing off", one(3000), 0, 0, nil, nil, 3000},
		{"percentage", one(10000), 0, 0, []checkout.Cut{percent(2000)}, []int64{2000}, 8000},
		{"fixed", one(10000), 0, 0, []checkout.Cut{fixed(1000)}, []int64{1000}, 9000},
		{"clamped, without the fee", one(2500), 0, 500, []checkout.Cut{fixed(5000)}, []int64{2500}, 500},
		{"fees are not discounted", one(2500), 0, 500, []checkout.Cut{percent(10_000)}, []int64{2500}, 500},
		{"20 % and then 1000", one(10000), 0, 0, []checkout.Cut{percent(2000), fixed(1000)}, []int64{2000, 1000}, 7000},
		{"1000 and then 20 %", one(10000), 0, 0, []checkout.Cut{fixed(1000), percent(2000)}, []int64{1000, 1800}, 7200},
		{"nothing left for the second", one(100), 0, 0, []checkout.Cut{percent(10_000), fixed(1)}, []int64{100, 0}, 0},
		{"half rounds up", one(5), 0, 0, []checkout.Cut{percent(1000)}, []int64{1}, 4},       // 0.5
		{"more than one half", one(15), 0, 0, []checkout.Cut{percent(1000)}, []int64{2}, 13}, // 1.5
		{"and an even one", one(25), 0, 0, []checkout.Cut{percent(1000)}, []int64{3}, 22},    // 2.5
		{"just less than half", one(49), 0, 0, []checkout.Cut{percent(100)}, []int64{0}, 49}, // 0.49
		{"exactly half of one", one(50), 0, 0, []checkout.Cut{percent(100)}, []int64{1}, 49}, // 0.50
		{"two decimals", one(4000), 0, 0, []checkout.Cut{percent(1234)}, []int64{494}, 3506}, // 12.34 %: 493.6
		{"one hundredth of a percent", one(5000), 0, 0, []checkout.Cut{percent(1)}, []int64{1}, 4999},
		{"just less of it", one(4999), 0, 0, []checkout.Cut{percent(1)}, []int64{0}, 4999},
		{"rounding takes it all", one(1), 0, 0, []checkout.Cut{percent(5000)}, []int64{1}, 0},
		{"each rounds by itself", one(5), 0, 0, []checkout.Cut{percent(1000), percent(1000)}, []int64{1, 0}, 4},
		{"the largest amount", one(most), 0, 0, []checkout.Cut{percent(9999)}, []int64{most - 900719925474}, 900719925474},
		{"what is charged later is not discounted", one(1000), 400, 50, []checkout.Cut{percent(5000)}, []int64{300}, 350},
		{"all is charged later", one(1000), 1000, 0, []checkout.Cut{fixed(10)}, []int64{0}, 0},
		{"of one thing", two, 0, 0, []checkout.Cut{first(percent(5000))}, []int64{500}, 9500},
		{"of one thing, clamped to it", two, 0, 0, []checkout.Cut{first(fixed(5000))}, []int64{1000}, 9000},
		{"twice of the same thing", two, 0, 0, []checkout.Cut{first(percent(10_000)), first(fixed(5000))}, []int64{1000, 0}, 9000},
		{"of what another has left of it", two, 0, 0, []checkout.Cut{percent(5000), first(percent(5000))}, []int64{5000, 250}, 4750},
		{"of all, after one of it is free", two, 0, 0, []checkout.Cut{first(percent(10_000)), percent(1000)}, []int64{1000, 900}, 8100},
		{"of nothing", two, 0, 0, []checkout.Cut{{Percent: 5000, Covers: []bool{false, false}}}, []int64{0}, 10000},
	} {
		q, err := checkout.NewQuote(c.lines, c.deferred, c.fee, c.cuts)
		if err != nil || !slices.Equal(q.Discounts, c.discounts) || q.Total != c.total {
			t.Errorf("%s: %+v, %v; want %v and %d", c.name, q, err, c.discounts, c.total)
		}
	}
}

func TestQuoteRefusesWhatCannotBeCharged(t *testing.T) {
	const most = checkout.MaxAmount
	for _, c := range []struct {
		name          string
		lines         []checkout.Line
		deferred, fee int64
	}{
		{"unit", []checkout.Line{{Unit: -1, Quantity: 1}}, 0, 0},
		{"quantity", []checkout.Line{{Unit: 1, Quantity: -1}}, 0, 0},
		{"product", []checkout.Line{{Unit: most, Quantity: 2}}, 0, 0},
		{"product that wraps around", []checkout.Line{{Unit: 1 << 32, Quantity: 1 << 32}}, 0, 0},
		{"sum", []checkout.Line{{Unit: most, Quantity: 1}, {Unit: 1, Quantity: 1}}, 0, 0},
		{"fee", []checkout.Line{{Unit: 1, Quantity: 1}}, 0, -1},
		{"sum with the fee", []checkout.Line{{Unit: most, Quantity: 1}}, 0, 1},
		{"deferred", []checkout.Line{{Unit: 5, Quantity: 1}}, -1, 0},
		{"more deferred than there is", []checkout.Line{{Unit: 5, Quantity: 1}}, 6, 0},
	} {
		if q, err := checkout.NewQuote(c.lines, c.deferred, c.fee, nil); checkout.CodeOf(err) != checkout.CodeInvalid {
			t.Errorf("%s: %+v, %v", c.name, q, err)
		}
	}
}

// FuzzQuote holds NewQuote to a model in exact numbers.
func FuzzQuote(f *testing.F) {
	seed := func(deferred, fee int64, nLines byte, numbers ...int64) {
		var b []byte
		for _, n := range numbers {
			b = binary.LittleEndian.AppendUint64(b, uint64(n))
		}
		f.Add(deferred, fee, nLines, b)
	}
	const most = checkout.MaxAmount
	seed(0, 0, 0)
	seed(0, 500, 1, 2500, 1, 0, 5000, -1)
	seed(0, 0, 1, 10000, 1, 2000, 0, -1, 0, 1000, -1)
	seed(0, 0, 1, 10000, 1, 0, 1000, -1, 2000, 0, -1)
	seed(0, 0, 1, 15, 1, 1000, 0, -1, 1000, 0, -1)
	seed(400, 50, 1, 1000, 1, 5000, 0, -1)
	seed(0, 0, 2, 500, 2, 9000, 1, 10000, 0, 1, 0, 5000, 1)
	seed(1, 0, 3, 1, 1, 1, 1, 1, 1, 5000, 0, 5, 3333, 0, 3, 1, 0, 6)
	seed(0, 0, 1, most, 1, 9999, 0, -1, 1, 0, -1)
	seed(0, 0, 2, most/2, 1, most/2, 1, 9999, 0, 1, 0, most, -1)
	seed(0, 1, 1, most, 1)
	seed(-1, -1, 2, 1<<32, 1<<32, -5, 3)
	f.Fuzz(func(t *testing.T, deferred, fee int64, nLines byte, numbers []byte) {
		next := func() (n int64, ok bool) {
			if len(numbers) < 8 {
				return 0, false
			}
			n, numbers = int64(binary.LittleEndian.Uint64(numbers)), numbers[8:]
			return n, true
		}
		var lines []checkout.Line
		for range nLines % 8 {
			unit, _ := next()
			quantity, ok := next()
			if !ok {
				break
			}
			lines = append(lines, checkout.Line{Unit: unit, Quantity: quantity})
		}
		var cuts []checkout.Cut
		for len(cuts) < 8 {
			p, _ := next()
			fixed, _ := next()
			mask, ok := next()
			if !ok {
				break
			}
			cut := checkout.Cut{Percent: p % 10_001, Fixed: fixed}
			if mask >= 0 {
				cut.Covers = make([]bool, len(lines))
				for i := range lines {
					cut.Covers[i] = mask>>i&1 == 1
				}
			}
			cuts = append(cuts, cut)
		}
		got, err := checkout.NewQuote(lines, deferred, fee, cuts)
		want := quoteModel(lines, deferred, fee, cuts)
		if (err == nil) != (want != nil) {
			t.Fatalf("NewQuote(%v, %d, %d, %v) = %+v, %v, want %v", lines, deferred, fee, cuts, got, err, want)
		}
		if err != nil {
			return
		}
		checkQuote(t, got, want)
	})
}

// checkQuote holds a quote to its parts in exact numbers, and to what must be true
// of every quote.
func checkQuote(t *testing.T, q checkout.Quote, discounts []*big.Int) {
	t.Helper()
	var sum int64
	for i, d := range q.Discounts {
		if d < 0 || big.NewInt(d).Cmp(discounts[i]) != 0 {
			t.Errorf("cut %d takes %d off, want %s", i, d, discounts[i])
		}
		sum += d
	}
	for _, n := range []int64{q.Subtotal, q.Deferred, q.Discount, q.Fee, q.Total} {
		if n < 0 || n > checkout.MaxAmount {
			t.Errorf("%d in %+v", n, q)
		}
	}
	if sum != q.Discount || len(q.Discounts) != len(discounts) || q.Discount > q.Subtotal-q.Deferred || q.Total != q.Subtotal-q.Deferred-q.Discount+q.Fee {
		t.Errorf("%+v, want %v", q, discounts)
	}
}

// quoteModel returns what each cut takes off, nil if there can be no quote.
func quoteModel(lines []checkout.Line, deferred, fee int64, cuts []checkout.Cut) []*big.Int {
	left, sum := []*big.Int{}, new(big.Int)
	for _, l := range lines {
		costs := new(big.Int).Mul(big.NewInt(l.Unit), big.NewInt(l.Quantity))
		if l.Unit < 0 || l.Quantity < 0 {
			return nil
		}
		left, sum = append(left, costs), sum.Add(sum, costs)
	}
	most := big.NewInt(checkout.MaxAmount)
	if sum.Cmp(most) > 0 || fee < 0 || deferred < 0 || big.NewInt(deferred).Cmp(sum) > 0 || new(big.Int).Add(sum, big.NewInt(fee)).Cmp(most) > 0 {
		return nil
	}
	takeModel(left, nil, big.NewInt(deferred))
	discounts := []*big.Int{}
	for _, c := range cuts {
		base := new(big.Int)
		for i, l := range left {
			if c.Covers == nil || c.Covers[i] {
				base.Add(base, l)
			}
		}
		off := big.NewInt(max(c.Fixed, 0))
		if c.Percent > 0 { // half up: the floor of one half more
			exact := new(big.Rat).SetFrac(new(big.Int).Mul(base, big.NewInt(c.Percent)), big.NewInt(10_000))
			off = floor(exact.Add(exact, big.NewRat(1, 2)))
		}
		if off.Cmp(base) > 0 {
			off = base
		}
		takeModel(left, c.Covers, off)
		discounts = append(discounts, off)
	}
	return discounts
}

// takeModel takes off from lines in proportion: from the first n of them together,
// for each n, the floor of their share.
func takeModel(left []*big.Int, covers []bool, off *big.Int) {
	base := new(big.Int)
	for i, l := range left {
		if covers == nil || covers[i] {
			base.Add(base, l)
		}
	}
	if base.Sign() == 0 {
		return
	}
	share := new(big.Rat).SetFrac(off, base)
	sum, taken := new(big.Int), new(big.Int)
	for i, l := range left {
		if covers != nil && !covers[i] {
			continue
		}
		sum.Add(sum, l)
		upTo := floor(new(big.Rat).Mul(share, new(big.Rat).SetInt(sum)))
		left[i] = new(big.Int).Sub(l, new(big.Int).Sub(upTo, taken))
		taken = upTo
	}
}

func floor(r *big.Rat) *big.Int { return new(big.Int).Div(r.Num(), r.Denom()) }
