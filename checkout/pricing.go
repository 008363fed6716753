package checkout

import "math/bits"

// Line is a number of the same thing at one price, in minor units.
type Line struct{ Unit, Quantity int64 }

// Cut is what one coupon takes off.
type Cut struct {
	Percent int64  // in hundredths of a percent, or
	Fixed   int64  // in minor units
	Covers  []bool // off which of the lines; nil: off all
}

// Quote is what a session comes to, in minor units of its currency:
//
//	Total = Subtotal − Deferred − Discount + Fee
//
// Nothing in it is negative.
type Quote struct {
	Subtotal  int64   // everything at its list price
	Deferred  int64   // of Subtotal: charged later
	Discount  int64   // of what is left of Subtotal
	Discounts []int64 // the part of each cut
	Fee       int64   // on top, never discounted
	Total     int64   // what is to be paid now
}

// NewQuote adds up: it is the only place that does. Each cut takes its part of
// what those before it have left of the lines that it covers, from each of them in
// proportion. Parts of a minor unit round half up. It returns an [Error] with
// CodeInvalid if a sum is beyond [MaxAmount] or something is negative.
func NewQuote(lines []Line, deferred, fee int64, cuts []Cut) (Quote, error) {
	q := Quote{Deferred: deferred, Fee: fee}
	left := make(remains, len(lines))
	for i, l := range lines {
		if l.Unit < 0 || l.Quantity < 0 || l.Quantity > 0 && l.Unit > (MaxAmount-q.Subtotal)/l.Quantity {
			return Quote{}, invalid("amount", "amount must be at most 9007199254740991 in total")
		}
		left[i] = l.Unit * l.Quantity
		q.Subtotal += left[i]
	}
	if fee < 0 || fee > MaxAmount-q.Subtotal {
		return Quote{}, invalid("fee_amount", "fee_amount and what is bought must be at most 9007199254740991 together")
	}
	if deferred < 0 || deferred > q.Subtotal {
		return Quote{}, invalid("amount", "amount must not be less than what is charged later")
	}
	left.take(nil, deferred)
	for _, c := range cuts {
		base := left.of(c.Covers)
		off := min(c.Fixed, base)
		if c.Percent > 0 {
			off = min(percent(base, c.Percent), base)
		}
		off = max(off, 0)
		left.take(c.Covers, off)
		q.Discounts = append(q.Discounts, off)
		q.Discount += off
	}
	q.Total = q.Subtotal - q.Deferred - q.Discount + q.Fee
	return q, nil
}

// remains is what is left of each line.
type remains []int64

// of returns what is left of the lines that are covered.
func (r remains) of(covers []bool) (sum int64) {
	for i, left := range r {
		if covers == nil || covers[i] {
			sum += left
		}
	}
	return sum
}

// take takes off, which is at most what is left of the lines that are covered,
// from each of them in proportion. What is rounded is rounded once: the parts add
// up.
func (r remains) take(covers []bool, off int64) {
	base := r.of(covers)
	if base == 0 {
		return
	}
	var upTo, taken int64 // what is left of the lines so far, and what is taken from them
	for i, left := range r {
		if covers != nil && !covers[i] {
			continue
		}
		upTo += left
		high, low := bits.Mul64(uint64(off), uint64(upTo))
		part, _ := bits.Div64(high, low, uint64(base))
		r[i] -= int64(part) - taken
		taken = int64(part)
	}
}

// percent returns hundredths of a percent of base, half a minor unit rounded up.
// The product is taken apart so that it fits an int64.
func percent(base, hundredths int64) int64 {
	const whole = 10_000
	return base/whole*hundredths + (base%whole*hundredths+whole/2)/whole
}
