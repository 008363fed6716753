package checkout

import (
	"errors"
	"sync"
	"time"
)

// A provider that fails maxFaults times in a row, or does not accept our
// credentials, has its methods hidden for restTime. It is asked about attempts
// all the same, and one answer brings it back.
const (
	maxFaults = 5
	restTime  = time.Minute
)

// defaultRate is how often a provider is asked if it names no rate, in calls a
// second.
const defaultRate = 10

// line is what is known of the way to a provider: whether it works, and when it
// may be used again. It is safe for concurrent use.
type line struct {
	mu     sync.Mutex
	faults int       // in a row
	rest   time.Time // the methods are hidden until then
	free   time.Time // when the calls that were allowed so far have been paid for

	news   string    // what people were last told of faults
	told   time.Time // when they were last told of settings that were refused
	warned time.Time // when they were last told of messages that were refused
}

// What people are told of a provider that does not work.
const (
	newsDown        = "The provider fails again and again; its methods are hidden for a while"
	newsCredentials = "The provider refuses the credentials: set them again; its methods are hidden for a minute at a time"
	newsSettings    = "The provider refuses every payment with these settings: compare them with its portal"
)

// note takes the outcome of a call at now and returns what people should hear of
// it, "" if nothing is new.
func (l *line) note(err error, now time.Time) (news string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var declined *Declined
	var throttled *Throttled
	var bad *BadCredentials
	switch {
	case err == nil || errors.As(err, &declined):
		l.faults, l.rest = 0, time.Time{}
		if err == nil || declined.Reason != ReasonMerchant || !mayTell(&l.told, now) {
			return ""
		}
		return newsSettings
	case errors.As(err, &throttled):
		l.pause(now.Add(throttled.After))
		return ""
	case errors.As(err, &bad):
		l.faults, news = max(l.faults+1, maxFaults), newsCredentials
	default:
		l.faults, news = l.faults+1, newsDown
	}
	if l.faults < maxFaults {
		return ""
	}
	known := now.Before(l.rest) && (news == newsDown || news == l.news)
	if l.rest = now.Add(restTime); known {
		return ""
	}
	l.news = news
	return news
}

// refused reports whether people should hear at now of a message that was not
// signed with our secret.
func (l *line) refused(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return mayTell(&l.warned, now)
}

// mayTell lets what anybody can cause be told once in restTime.
func mayTell(told *time.Time, now time.Time) bool {
	if now.Sub(*told).Abs() < restTime {
		return false
	}
	*told = now
	return true
}

// pause lets no call start before until.
func (l *line) pause(until time.Time) {
	if free := until.Add(time.Second); free.After(l.free) {
		l.free = free
	}
}

// well reports whether the methods of the provider may be offered at now. A
// clock that was set back does not make a rest longer.
func (l *line) well(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !now.Before(l.rest) || l.rest.Sub(now) > restTime
}

// take reports whether a call may start now, and counts it if so. If not, it
// returns when one may, behind so many others that wait. A second's worth of calls
// may start at once, half of it, or one call, for pages that wait: however many
// there are, what is due has its turn.
func (l *line) take(now time.Time, rate, waiting int, page bool) (at time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if rate <= 0 {
		rate = defaultRate
	}
	step := time.Second / time.Duration(rate)
	if l.free.Before(now) || l.free.Sub(now) > 2*time.Hour { // the clock was set back
		l.free = now
	}
	burst := time.Second
	if page {
		burst = max(burst/2, step)
	}
	if at = l.free.Add(-burst + step); at.After(now) {
		return at.Add(time.Duration(waiting) * step), false
	}
	l.free = l.free.Add(step)
	return now, true
}
