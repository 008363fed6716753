package httpapi

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxBuckets is how many callers are remembered before those that have been
// quiet are forgotten.
const maxBuckets = 10_000

// limiter holds callers to a rate: each has a bucket of two seconds' worth of
// requests, which fills up steadily. A nil limiter lets everything pass.
type limiter struct {
	rate    rate.Limit
	burst   int
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newLimiter(perSecond float64) *limiter {
	if perSecond <= 0 {
		return nil
	}
	return newBurst(perSecond, max(int(2*perSecond), 1))
}

// Opening a payment link writes a row for whoever comes by, so that one address may
// open so many a second in the long run, and so many at once, whatever
// [Config.RateLimit] says.
const (
	openRate  = 1
	openBurst = 20
)

// So many coupon codes may be tried in one session, and in all sessions from one
// address: whoever tries more is guessing.
const (
	codeRate   = 0.2
	codeBurst  = 10
	guessRate  = 1
	guessBurst = 50
)

// newBurst returns a limiter whose buckets hold burst requests.
func newBurst(perSecond float64, burst int) *limiter {
	return &limiter{rate: rate.Limit(perSecond), burst: burst, buckets: map[string]*rate.Limiter{}}
}

// bucket returns the bucket of a caller.
func (l *limiter) bucket(caller string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.buckets[caller]; b != nil {
		return b
	}
	if len(l.buckets) >= maxBuckets {
		l.forget(now)
	}
	b := rate.NewLimiter(l.rate, l.burst)
	l.buckets[caller] = b
	return b
}

// forget drops the buckets that are full again, which are as good as new; if
// that is none, all: a flood of addresses must not use up the memory.
func (l *limiter) forget(now time.Time) {
	for caller, b := range l.buckets {
		if b.TokensAt(now) >= float64(l.burst) {
			delete(l.buckets, caller)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

// may reports whether the caller has a request left.
func (l *limiter) may(caller string, now time.Time) bool {
	return l == nil || l.bucket(caller, now).TokensAt(now) >= 1
}

// allow takes one request from the caller's bucket and says in h what is left.
// It returns a failure with status 429 if nothing was.
func (l *limiter) allow(h http.Header, caller string, now time.Time) error {
	if l == nil {
		return nil
	}
	b := l.bucket(caller, now)
	ok := b.AllowN(now, 1)
	left := b.TokensAt(now)
	full := seconds((float64(l.burst) - left) / float64(l.rate))
	h["X-Ratelimit-Limit"] = []string{strconv.Itoa(l.burst)}
	h["X-Ratelimit-Remaining"] = []string{strconv.Itoa(max(int(left), 0))}
	h["X-Ratelimit-Reset"] = []string{strconv.Itoa(full)}
	if ok {
		return nil
	}
	wait := max(seconds((1-left)/float64(l.rate)), 1)
	h.Set("Retry-After", strconv.Itoa(wait))
	h.Set("X-RateLimit-Policy", "token-bucket")
	h.Set("X-RateLimit-Window-Seconds", strconv.Itoa(seconds(float64(l.burst)/float64(l.rate))))
	f := newFailure(http.StatusTooManyRequests, "rate_limit_exceeded", "Too many requests")
	f.details = map[string]int{"retry_after_seconds": wait, "limit": l.burst}
	return f
}

// seconds rounds up to whole seconds.
func seconds(s float64) int { return int(math.Ceil(s)) }
