package checkout

import (
	"fmt"
	"time"
)

// EndpointStatus says whether an endpoint is sent what it is owed.
type EndpointStatus string

// The statuses of an endpoint. What happens is owed to it in each of them.
const (
	EndpointActive   EndpointStatus = "active"
	EndpointPaused   EndpointStatus = "paused"   // its merchant wants nothing for now
	EndpointDisabled EndpointStatus = "disabled" // it has failed for days, or said that it is gone
	EndpointDeleted  EndpointStatus = "deleted"  // what it was owed is being dropped
)

// Why an endpoint is disabled.
const (
	ReasonFailing = "failing"
	ReasonGone    = "gone" // it answered 410
)

const (
	disableAfter = 5 * 24 * time.Hour

	// A disabled endpoint is sent the oldest thing that it is owed now and then,
	// and enabled if it takes it.
	probeEvery = 6 * time.Hour
	probeFor   = 30 * 24 * time.Hour
)

// marks is after how long without a success people are warned.
var marks = []time.Duration{time.Hour, 24 * time.Hour}

// minOutage is from when on an endpoint that is up again catches up: what a
// shorter outage stopped is due anyway, with the second try.
const minOutage = 5 * time.Second

// Succeeded returns e after it took something at now. If it had been down, it
// catches up with what it missed.
func (e Endpoint) Succeeded(now time.Time) Endpoint {
	missed := (e.Down || e.Marks > 0) && now.Sub(e.FailingSince) >= minOutage
	if e.Status == EndpointDisabled {
		missed, e.Status, e.Reason = true, EndpointActive, ""
	}
	if missed && e.Status == EndpointActive {
		e.CatchUp = now
	}
	if missed || !e.CatchingUp() {
		e.CheckAt = e.CatchUp
	}
	e.FailingSince, e.FailingEvent, e.Down, e.Marks = time.Time{}, 0, false, 0
	return e
}

// Failed returns e after a try of an event failed at now. refused says that the
// answer was about the event: one that is refused while others are taken says
// nothing of the endpoint, which is down when a second one fails. What it was
// catching up with waits until it takes something again.
func (e Endpoint) Failed(event int64, refused bool, now time.Time) Endpoint {
	if e.FailingSince.IsZero() || e.FailingSince.After(now) {
		e.FailingSince, e.FailingEvent, e.Down, e.Marks = now, event, false, 0
		if e.Status == EndpointActive {
			e.CheckAt = now.Add(marks[0])
		}
	}
	e.Down = e.Down || !refused || event != e.FailingEvent
	return e
}

// Gone returns e after it said that it is gone, which a probe may hear too.
func (e Endpoint) Gone() Endpoint {
	if e.Status == EndpointActive || e.Status == EndpointDisabled {
		e.Status, e.Reason = EndpointDisabled, ReasonGone
	}
	e.CheckAt, e.CatchUp = time.Time{}, time.Time{}
	return e
}

// Checked returns e after the look at CheckAt, what to warn people of, if
// anything, and whether to probe it.
func (e Endpoint) Checked(now time.Time) (_ Endpoint, warning string, probe bool) {
	failing := now.Sub(e.FailingSince)
	switch {
	case e.FailingSince.IsZero() || e.Status == EndpointPaused:
		e.CheckAt = time.Time{}
	case e.Status == EndpointDisabled:
		probe = e.Reason == ReasonFailing && failing < disableAfter+probeFor
		if e.CheckAt = (time.Time{}); probe {
			e.CheckAt = now.Add(probeEvery)
		}
	case failing >= disableAfter:
		e.Status, e.Reason, e.CatchUp, e.CheckAt = EndpointDisabled, ReasonFailing, time.Time{}, now.Add(probeEvery)
		warning = "has taken nothing for 5 days and is disabled; nothing that it is owed is dropped"
	default:
		passed := int64(0)
		next := disableAfter
		for _, mark := range marks {
			if failing >= mark {
				passed++
			} else {
				next = min(next, mark)
			}
		}
		if passed > e.Marks {
			e.Marks = passed
			warning = fmt.Sprintf("has taken nothing for %v", marks[passed-1])
		}
		e.CheckAt = e.FailingSince.Add(next)
	}
	return e, warning, probe
}

// CatchingUp reports whether what e missed is to be brought forward now.
func (e Endpoint) CatchingUp() bool {
	return e.Status == EndpointActive && !e.CatchUp.IsZero() && e.FailingSince.IsZero()
}

// Begun returns e, which catches up, after the first of what it missed was brought
// forward: the rest can wait until that is sent.
func (e Endpoint) Begun() Endpoint {
	e.CheckAt = e.CatchUp.Add(-time.Millisecond)
	return e
}

// HasBegun reports whether there was a [Endpoint.Begun] since e was up again.
func (e Endpoint) HasBegun() bool { return e.CheckAt.Before(e.CatchUp) }

// resumed returns e as its merchant wants it: sent what it is owed, from now on.
func (e Endpoint) resumed(now time.Time) Endpoint {
	if e.Status != EndpointActive {
		e.Status, e.Reason, e.CatchUp, e.CheckAt = EndpointActive, "", now, now
		e.FailingSince, e.FailingEvent, e.Down, e.Marks = time.Time{}, 0, false, 0
	}
	return e
}

// paused returns e as its merchant wants it: sent nothing for now.
func (e Endpoint) paused() Endpoint {
	e.Status, e.Reason, e.CatchUp, e.CheckAt = EndpointPaused, "", time.Time{}, time.Time{}
	return e
}
