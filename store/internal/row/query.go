package row

import (
	"math"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// Identifiers begin with these, see package checkout.
const (
	sessionPrefix = "cs_"
	attemptPrefix = "txn_"
	refundPrefix  = "re_"

	productPrefix      = "prod_"
	pricePrefix        = "price_"
	customerPrefix     = "cus_"
	couponPrefix       = "cpn_"
	linkPrefix         = "plink_"
	subscriptionPrefix = "sub_"
)

// after sorts behind every identifier.
const after = "~"

// SessionQuery is a [checkout.SessionQuery] as the queries take it.
type SessionQuery struct {
	Open, Completed, Expired int64 // 1: list the rows of that stored status
	OpenAfter                int64 // open rows must expire after it; -1: any
	LapsedBy                 int64 // list open rows that expired by it
	Newer, Older             string
}

// FromSessionQuery returns what q asks of the stored columns. That a session
// was created at or after an instant is asked of its identifier, which the
// indexes end in.
func FromSessionQuery(q checkout.SessionQuery) SessionQuery {
	r := SessionQuery{OpenAfter: -1, LapsedBy: math.MinInt64}
	r.Newer, r.Older = bounds(sessionPrefix, q.Newer, q.Older, q.From, q.Until)
	switch q.Status {
	case "":
		r.Open, r.Completed, r.Expired = 1, 1, 1
	case checkout.StatusOpen:
		r.Open, r.OpenAfter = 1, Millis(q.Now)
	case checkout.StatusCompleted:
		r.Completed = 1
	case checkout.StatusExpired:
		r.Expired, r.LapsedBy = 1, Millis(q.Now)
	}
	return r
}

// AttemptQuery is a [checkout.AttemptQuery] as the queries take it.
type AttemptQuery struct {
	Statuses, Providers, Methods, Currencies string // see list
	Newer, Older                             string
}

// FromAttemptQuery returns what q asks of the stored columns.
func FromAttemptQuery(q checkout.AttemptQuery) AttemptQuery {
	r := AttemptQuery{
		Statuses: list(q.Statuses), Providers: list(q.Providers),
		Methods: list(q.MethodCodes), Currencies: list(q.Currencies),
	}
	r.Newer, r.Older = bounds(attemptPrefix, "", "", q.From, q.Until)
	return r
}

// RefundQuery is a [checkout.RefundQuery] as the queries take it.
type RefundQuery struct {
	Account      int64
	Newer, Older string
	OfAttempt    string
	Statuses     string // see list
	Skip, Max    int64
}

// FromRefundQuery returns what q asks of the stored columns.
func FromRefundQuery(q checkout.RefundQuery) RefundQuery {
	r := RefundQuery{Account: q.Account, OfAttempt: q.AttemptID, Statuses: list(q.Statuses), Skip: int64(q.Offset), Max: int64(q.Limit)}
	r.Newer, r.Older = pageBounds(refundPrefix, q.Page)
	return r
}

// EventQuery is a [checkout.EventQuery] as the queries take it.
type EventQuery struct {
	Types         string // see list
	From, Until   int64
	After, Before int64 // both outside
	Limit         int64
}

// FromEventQuery returns what q asks of the stored columns.
func FromEventQuery(q checkout.EventQuery) EventQuery {
	r := EventQuery{
		Types: list(q.Types), From: math.MinInt64, Until: math.MaxInt64, Before: math.MaxInt64, Limit: int64(q.Limit),
	}
	if !q.Newest {
		r.After = q.After
	} else if q.Before > 0 {
		r.Before = q.Before
	}
	if !q.From.IsZero() {
		r.From = Millis(wholeMillis(q.From))
	}
	if !q.Until.IsZero() {
		r.Until = Millis(wholeMillis(q.Until))
	}
	return r
}

// bounds returns the identifiers between which a list lies, both outside it.
func bounds(prefix, newer, older string, from, until time.Time) (low, high string) {
	low, high = newer, older
	if high == "" {
		high = after
	}
	if !from.IsZero() {
		// Without its last character the floor sorts below what is made at from,
		// and above everything before.
		floor := checkout.IDFloor(prefix, wholeMillis(from))
		low = max(low, floor[:len(floor)-1])
	}
	if !until.IsZero() {
		high = min(high, checkout.IDFloor(prefix, wholeMillis(until)))
	}
	return low, high
}

// pageBounds returns the identifiers between which a page lies, both outside it.
func pageBounds(prefix string, p checkout.Page) (newer, older string) {
	return bounds(prefix, p.Newer, p.Older, p.From, p.Until)
}

// wanted returns which value of a flag a filter asks for, -1 for either.
func wanted(flag *bool) int64 {
	if flag == nil {
		return -1
	}
	return Flag(*flag)
}

// wholeMillis rounds up: what is made at whole milliseconds is before t if it is
// before the result.
func wholeMillis(t time.Time) time.Time {
	return t.Add(time.Millisecond - 1).Truncate(time.Millisecond)
}
