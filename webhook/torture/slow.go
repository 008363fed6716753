package torture

import (
	"context"
	"errors"
	"io"
	"sync"
)

const (
	drops   = 20 // pieces of a slow body
	hanging = 4  // connections whose bodies never end
)

// slowness sends bodies slowly, never to the end, and not to the end.
func (r *runner) slowness() {
	r.slowBody()
	r.hungBody()
	r.cutBody()
}

// slowBody sends a body in pieces.
func (r *runner) slowBody() {
	const check = "accepts-slow-body"
	r.Progress(check)
	m := r.paid()
	body, feed := io.Pipe()
	var fed sync.WaitGroup
	fed.Go(func() {
		defer feed.Close()
		for i := range drops {
			if _, err := feed.Write(m.body[i*len(m.body)/drops : (i+1)*len(m.body)/drops]); err != nil {
				return // the receiver has had enough
			}
			r.wait(r.Drip / drops)
		}
	})
	a := r.post(r.slow, m, body)
	fed.Wait()
	if a.ok() {
		r.note(check, Pass, "it takes a body that comes over %v", r.Drip)
		return
	}
	r.note(check, Fail, "%v to a body that came over %v: give a body at least 5 s", a, r.Drip)
}

// hungBody begins messages that it does not end, and sends good ones meanwhile.
func (r *runner) hungBody() {
	const check = "answers-beside-hung"
	r.Progress(check)
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel() // they last until the good ones are answered, or are not
	var hung, begun sync.WaitGroup
	begun.Add(hanging)
	for range hanging {
		m := r.paid()
		body, feed := io.Pipe()
		r.report.Requests++
		hung.Go(func() {
			r.exchange(ctx, r.slow, m, body)
		})
		hung.Go(func() {
			defer begun.Done()
			half := len(m.body) / 2
			_, _ = feed.Write(m.body[:half-1])
			_, _ = feed.Write(m.body[half-1 : half]) // taken once the first part is on its way
		})
	}
	begun.Wait()
	result, problem := Pass, answer{}
	for range 3 {
		if a := r.send(r.paid()); !a.ok() {
			result, problem = Fail, a
			break
		}
	}
	cancel()
	hung.Wait()
	if result == Pass {
		r.note(check, Pass, "it answers while %d others do not come to an end", hanging)
		return
	}
	r.note(check, Fail, "%v to a good message while %d others do not come to an end: read bodies before you lock anything, in more than one worker, "+
		"and give a body a time limit such as 10 s", problem, hanging)
}

// errCut ends a body before its end.
var errCut = errors.New("cut off")

// cutBody closes the connection in the middle of a body.
func (r *runner) cutBody() {
	const check = "ignores-cut-off-body"
	r.Progress(check)
	half := r.paid()
	m := half.as("", func(m *message) {})
	body, feed := io.Pipe()
	var fed sync.WaitGroup
	fed.Go(func() {
		_, _ = feed.Write(m.body[:len(m.body)/2])
		feed.CloseWithError(errCut)
	})
	r.post(r.slow, m, body)
	fed.Wait()
	a := r.send(r.paid())
	switch {
	case !a.ok():
		r.note(check, Fail, "%v to the next good message after a connection was closed in the middle of one", a)
	case !r.blind && done(r.effects(), m) > 0:
		r.note(check, Fail, "it acted on half a body: if reading it fails, answer 400 and do nothing")
	case r.blind:
		r.note(check, Skipped, "it goes on afterwards; whether it acted on half a body: %s", sayEffects)
	default:
		r.note(check, Pass, "it did nothing and goes on")
	}
}

// answers judges what all the answers were like.
func (r *runner) answers() {
	r.Progress("answers-promptly")
	switch {
	case r.slowest > r.Prompt:
		r.note("answers-promptly", Warn, "one answer took %v: note the message, answer at once and work afterwards; after %v it counts as lost", r.slowest.Round(1e6), r.Timeout)
	default:
		r.note("answers-promptly", Pass, "no answer took longer than %v", r.Prompt)
	}
	if r.largest > maxAnswer {
		r.note("answers-briefly", Warn, "an answer was larger than 64 KiB, which nobody reads: the status is enough")
		return
	}
	r.note("answers-briefly", Pass, "the largest answer had %d bytes", r.largest)
}
