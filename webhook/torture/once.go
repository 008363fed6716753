package torture

import (
	"context"
	"io"
	"sync"
	"time"
)

// twins is how many copies of a message are sent at the same moment.
const twins = 8

// The checks of messages that come more than once.
const (
	onceInARow    = "once-in-a-row"
	onceRetried   = "once-retried"
	onceTogether  = "once-at-the-same-moment"
	onceLater     = "once-later"
	oncePayment   = "once-per-payment"
	adviceOnce    = "keep the identifier of each message, Webhook-Id or the body's id, in the same transaction as what it causes, and do nothing if it is there"
	adviceConfirm = "answer 2xx to what was seen before, else it is sent again for 75 hours"
)

// once sends good messages more than once.
func (r *runner) once() {
	r.repeated(onceInARow, adviceOnce, func() (message, []answer) {
		m := r.paid()
		return m, []answer{r.send(m), r.send(m), r.send(m)}
	})
	if r.failed(onceInARow) {
		for _, check := range []string{onceRetried, onceTogether, onceLater, oncePayment} {
			r.note(check, Skipped, "it does not pass %s either", onceInARow)
		}
		return
	}
	r.repeated(onceRetried, "a retry has the same identifier and the same body under a new time and signature: "+adviceOnce, func() (message, []answer) {
		now := r.now()
		m := r.paidAt(now.Add(-time.Minute))
		return m, []answer{r.send(m), r.send(m.as("", func(m *message) { m.sign(r.Secret, now) }))}
	})
	r.together()
	r.repeated(onceLater, "it forgets: identifiers have to be kept for at least 4 days, on disk", func() (message, []answer) {
		m := r.first.as("", func(m *message) { m.sign(r.Secret, r.now()) })
		return m, []answer{r.send(m)}
	})
	r.perPayment()
}

// repeated judges a message that send sends more than once.
func (r *runner) repeated(check, advice string, send func() (message, []answer)) {
	r.Progress(check)
	m, answers := send()
	for _, a := range answers {
		if !a.ok() {
			r.note(check, Fail, "%v: %s", a, adviceConfirm)
			return
		}
	}
	r.actedOnce(check, m, advice)
}

// actedOnce judges what the receiver did about m. It reports whether that was
// good.
func (r *runner) actedOnce(check string, m message, advice string) bool {
	if r.blind {
		r.note(check, Skipped, sayEffects)
		return false
	}
	n := done(r.effects(), m)
	switch n {
	case 0:
		r.note(check, Fail, "it answered 2xx and did nothing: %s is lost", m.event.Type)
	case 1:
		r.note(check, Pass, "it acted once")
	default:
		r.note(check, Fail, "it acted %d times on one message: %s", n, advice)
	}
	return n == 1
}

// together sends copies whose last bytes arrive at the same moment, so that all
// of them are under way before any can be answered.
func (r *runner) together() {
	r.Progress(onceTogether)
	m := r.paid()
	answers, release := make([]answer, twins), make(chan struct{})
	ctx, cancel := context.WithTimeout(r.ctx, r.Timeout)
	defer cancel()
	var ready, sent sync.WaitGroup
	ready.Add(twins)
	for i := range answers {
		body, feed := io.Pipe()
		r.report.Requests++
		sent.Go(func() {
			answers[i] = r.exchange(ctx, r.slow, m, body)
		})
		sent.Go(func() {
			_, _ = feed.Write(m.body[:len(m.body)-1])
			ready.Done()
			<-release
			_, _ = feed.Write(m.body[len(m.body)-1:])
			feed.Close()
		})
	}
	ready.Wait()
	close(release)
	sent.Wait()
	var good int
	var bad answer
	for _, a := range answers {
		if a.ok() {
			good++
		} else {
			bad = a
		}
	}
	switch {
	case good == 0:
		r.note(onceTogether, Fail, "%v to each of %d copies at the same moment: %s", bad, twins, adviceConfirm)
	case r.blind:
		r.note(onceTogether, Skipped, sayEffects)
	case done(r.effects(), m) == 1 && good < twins:
		r.note(onceTogether, Warn, "it acted once, but %d of %d copies at the same moment were not answered 2xx (%v) and would be sent again", twins-good, twins, bad)
	default:
		r.actedOnce(onceTogether, m, "between looking whether a message is known and noting it, another can come: let a unique key of the database decide, "+
			"INSERT … ON CONFLICT DO NOTHING")
	}
}

// perPayment tells of one payment in two messages. This server never does; what
// it is compatible with may.
func (r *runner) perPayment() {
	if r.failed(onceRetried) {
		r.note(oncePayment, Skipped, "it does not pass %s either", onceRetried)
		return
	}
	r.Progress(oncePayment)
	first := r.paid()
	again := r.message(r.event(payment{first.event.Transaction.Session, first.event.Transaction.Attempt}, first.event.Type, r.now()), r.now())
	for _, a := range []answer{r.send(first), r.send(again)} {
		if !a.ok() {
			r.note(oncePayment, Fail, "%v: %s", a, adviceConfirm)
			return
		}
	}
	if !r.blind {
		if n := done(r.effects(), first); n > 1 {
			r.note(oncePayment, Warn, "it acted %d times on one payment that two messages told of: checkoutd sends one, but lomi. may send more. "+
				"Keep the pair of event and transaction too, and do nothing if it is there", n)
			return
		}
	}
	r.actedOnce(oncePayment, first, adviceOnce)
}
