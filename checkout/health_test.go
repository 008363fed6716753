package checkout

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// patient is an endpoint to which things happen, and what should be true of it,
// worked out from what happened.
type patient struct {
	t   *rapid.T
	now time.Time
	e   Endpoint

	since    time.Time      // the first failure since something was taken or it was resumed
	failed   map[int64]bool // what has failed since
	warned   []string       // what people were told since
	missed   bool           // it was away, and has not got all that it missed
	gone     bool           // the last thing that it said of itself
	probedAt time.Time
}

func (p *patient) taken() {
	away := p.e.Status == EndpointDisabled ||
		!p.since.IsZero() && p.now.Sub(p.since) >= minOutage && (len(p.failed) > 1 || len(p.warned) > 0)
	p.e = p.e.Succeeded(p.now)
	if p.missed = p.missed || away; p.e.Status != EndpointActive {
		p.missed = false // it is resumed first, and then has missed everything
	}
	p.since, p.failed, p.warned, p.gone = time.Time{}, map[int64]bool{}, nil, false
}

func (p *patient) fails() {
	event := rapid.Int64Range(1, 3).Draw(p.t, "event")
	if p.since.IsZero() {
		p.since = p.now
	}
	p.failed[event] = true
	refused := rapid.Bool().Draw(p.t, "refused")
	if !refused {
		p.failed[0] = true // which is no event: the endpoint itself has failed
		p.failed[-1] = true
	}
	p.e = p.e.Failed(event, refused, p.now)
}

func (p *patient) leaves() {
	p.gone, p.missed = p.e.Status != EndpointPaused, false
	p.e = p.e.Gone()
	if !p.e.CheckAt.IsZero() {
		p.t.Fatalf("gone, and looked at again: %+v", p.e)
	}
}

// looks does what a dispatcher does when CheckAt is reached.
func (p *patient) looks() {
	if p.e.CheckAt.IsZero() || p.e.CheckAt.After(p.now) {
		return
	}
	if p.e.CatchingUp() {
		if rapid.Bool().Draw(p.t, "nothing is left") {
			p.e.CatchUp, p.e.CheckAt, p.missed = time.Time{}, time.Time{}, false
		}
		return
	}
	was := p.e
	next, warning, probe := p.e.Checked(p.now)
	p.e = next
	if warning != "" {
		p.warned = append(p.warned, warning)
	}
	if p.e.Status != was.Status {
		p.missed = false
		if p.now.Sub(p.since) < disableAfter || warning == "" {
			p.t.Fatalf("disabled after %v, with the warning %q", p.now.Sub(p.since), warning)
		}
	}
	if probe {
		if p.e.Status != EndpointDisabled || p.e.Reason != ReasonFailing || !p.probedAt.IsZero() && p.now.Sub(p.probedAt) < probeEvery {
			p.t.Fatalf("probed at %v after %v: %+v", p.now, p.probedAt, p.e)
		}
		p.probedAt = p.now
	}
	if !p.e.CheckAt.IsZero() && !p.e.CheckAt.After(p.now) {
		p.t.Fatalf("looked at again at once: %+v", p.e)
	}
}

func (p *patient) resumes() {
	if p.e.Status != EndpointActive {
		p.since, p.failed, p.warned, p.missed, p.gone = time.Time{}, map[int64]bool{}, nil, true, false
	}
	p.e = p.e.resumed(p.now)
}

func (p *patient) pauses() {
	p.missed, p.gone = false, false
	p.e = p.e.paused()
}

// check holds the endpoint to what happened.
func (p *patient) check(t *rapid.T) {
	e := p.e
	for _, c := range []struct {
		bad  bool
		what string
	}{
		{e.Status != EndpointDisabled && e.Reason != "", "has a reason and is not disabled"},
		{e.Status == EndpointDisabled && e.Reason != ReasonFailing && e.Reason != ReasonGone, "is disabled for no reason"},
		{e.Status == EndpointDisabled && (e.Reason == ReasonGone) != p.gone, "is disabled for the wrong reason"},
		{!e.FailingSince.Equal(p.since), "fails since another time"},
		{e.Down != (len(p.failed) > 1), "is down, or not"},
		{e.Status == EndpointActive && !e.FailingSince.IsZero() && e.CheckAt.IsZero(), "fails and is not looked at"},
		{e.Status == EndpointActive && !e.FailingSince.IsZero() && e.CheckAt.After(e.FailingSince.Add(disableAfter)), "fails and is looked at too late"},
		{e.Status == EndpointPaused && !e.CheckAt.IsZero(), "is paused and looked at"},
		{e.Marks < 0 || e.Marks > int64(len(marks)), "has been warned of too often"},
		{e.Marks > 0 && p.now.Sub(e.FailingSince) < marks[e.Marks-1], "has been warned of too early"},
		{len(p.warned) > len(marks)+1, "has been warned of twice"},
		{!e.CatchUp.IsZero() && e.Status != EndpointActive, "catches up and is not active"},
		{e.CatchUp.After(p.now), "catches up in the future"},
		{p.missed && e.CatchUp.IsZero(), "has missed something and does not catch up"},
		{!p.missed && !e.CatchUp.IsZero(), "catches up and has missed nothing"},
		{!e.CatchUp.IsZero() && e.FailingSince.IsZero() && e.CheckAt.IsZero(), "catches up and is not looked at"},
	} {
		if c.bad {
			t.Fatalf("at %v it %s: %+v", p.now, c.what, e)
		}
	}
}

// TestHealthOfAnEndpoint lets anything happen to an endpoint in any order.
func TestHealthOfAnEndpoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &patient{t: t, now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), failed: map[int64]bool{}, e: Endpoint{Status: EndpointActive}}
		marked := struct {
			since time.Time
			marks int64
		}{}
		t.Repeat(map[string]func(*rapid.T){
			"takes":   func(*rapid.T) { p.taken() },
			"fails":   func(*rapid.T) { p.fails() },
			"fails 2": func(*rapid.T) { p.fails() },
			"leaves":  func(*rapid.T) { p.leaves() },
			"resumes": func(*rapid.T) { p.resumes() },
			"pauses":  func(*rapid.T) { p.pauses() },
			"waits": func(t *rapid.T) {
				p.now = p.now.Add(time.Duration(rapid.Int64Range(1, int64(30*time.Hour/time.Millisecond)).Draw(t, "ms")) * time.Millisecond)
				p.looks()
			},
			"waits a little": func(t *rapid.T) {
				p.now = p.now.Add(time.Duration(rapid.Int64Range(0, 90_000).Draw(t, "ms")) * time.Millisecond)
				p.looks()
			},
			"waits until it is looked at": func(t *rapid.T) {
				if p.e.CheckAt.After(p.now) {
					p.now = p.e.CheckAt
				}
				p.looks()
			},
			"": func(t *rapid.T) {
				p.check(t)
				if p.e.FailingSince.Equal(marked.since) && p.e.Marks < marked.marks {
					t.Fatalf("marks have become fewer: %+v", p.e)
				}
				marked.since, marked.marks = p.e.FailingSince, p.e.Marks
			},
		})
	})
}
