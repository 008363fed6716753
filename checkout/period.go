package checkout

import "time"

const day = 24 * time.Hour

// after returns the boundary between periods that follows the given one. Both lie
// a whole number of intervals behind anchor: a month that is too short for the
// anchor's day ends on its last one, and the next is none the shorter for it.
func (i Interval) after(anchor, boundary time.Time) time.Time {
	length := intervals[i]
	if length.months == 0 {
		return boundary.AddDate(0, 0, length.days)
	}
	n := 12*(boundary.Year()-anchor.Year()) + int(boundary.Month()) - int(anchor.Month())
	first := anchor.AddDate(0, 0, 1-anchor.Day()).AddDate(0, n+length.months, 0)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(anchor.Day(), last)-1)
}

// chargesBy reports whether periods of this length begin on the plan's ChargeDay.
func (p Plan) chargesBy(i Interval) bool { return p.ChargeDay > 0 && intervals[i].months > 0 }

// nextChargeDay returns the beginning, in UTC, of the first charge day after now.
func (p Plan) nextChargeDay(now time.Time) time.Time {
	at := time.Date(now.Year(), now.Month(), int(p.ChargeDay), 0, 0, 0, 0, time.UTC)
	if !at.After(now) {
		at = at.AddDate(0, 1, 0)
	}
	return at
}

// prorated returns the part of a price for the days, that of now included, which
// are left until the next charge day, half a minor unit rounded up. It is the whole
// price if there is no charge day.
func (p Plan) prorated(price Price, now time.Time) int64 {
	whole := price.Amount.Amount
	if !p.chargesBy(price.Interval) {
		return whole
	}
	end := p.nextChargeDay(now)
	days := int64(end.Sub(end.AddDate(0, -intervals[price.Interval].months, 0)) / day)
	left := int64(end.Sub(now.Truncate(day)) / day)
	return (2*whole*left + days) / (2 * days)
}

// begin returns the subscription with the period that a session has paid at now, or
// with its trial.
func (s Subscription) begin(session Session, now time.Time) Subscription {
	s.Status, s.Cycle = SubscriptionActive, 1
	trial := session.Deferred == session.Total.Amount
	if trial {
		s.Status, s.Cycle = SubscriptionTrialing, 0
	}
	s.PeriodStart, s.AnchorAt = now, now
	byDay := s.Plan.chargesBy(s.Interval)
	switch {
	case trial && s.Plan.TrialDays > 0:
		s.PeriodEnd = now.AddDate(0, 0, int(s.Plan.TrialDays))
		s.AnchorAt = s.PeriodEnd
		if byDay {
			s.AnchorAt = s.Plan.nextChargeDay(s.PeriodEnd)
		}
	case byDay && session.Deferred > 0 && !trial:
		// The part was worked out when the session was made, which may be a while ago.
		s.PeriodStart = session.CreatedAt
		s.PeriodEnd = s.Plan.nextChargeDay(session.CreatedAt)
		s.AnchorAt = s.PeriodEnd
		for next := s.nextEnd(); !next.After(now); next = s.nextEnd() {
			s.PeriodEnd = next
		}
	case byDay:
		s.PeriodEnd = s.Plan.nextChargeDay(now)
		s.AnchorAt = s.PeriodEnd
	default:
		s.PeriodEnd = s.Interval.after(now, now)
	}
	s.DueAt = s.PeriodEnd
	return s
}

// nextEnd returns when the period ends that follows the present one.
func (s Subscription) nextEnd() time.Time {
	if s.PeriodEnd.Before(s.AnchorAt) { // from the end of a trial to the first charge day
		return s.AnchorAt
	}
	return s.Interval.after(s.AnchorAt, s.PeriodEnd)
}

// advance returns the subscription in its next period.
func (s Subscription) advance() Subscription {
	s.PeriodStart, s.PeriodEnd = s.PeriodEnd, s.nextEnd()
	return s
}

// upTo returns the subscription in the period that now lies in, if its own is over.
func (s Subscription) upTo(now time.Time) Subscription {
	for !s.PeriodEnd.After(now) {
		s = s.advance()
	}
	return s
}
