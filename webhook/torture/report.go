package torture

import "fmt"

// Result is how a check ended.
type Result string

// The results. Only a Fail fails a run.
const (
	Pass    Result = "pass"
	Warn    Result = "warn" // it works, but could be better or depends on something
	Fail    Result = "FAIL"
	Skipped Result = "skipped" // nothing is known, and the message says why
)

// Check is one thing that a receiver should do.
type Check struct {
	Name    string `json:"check"`
	Result  Result `json:"result"`
	Message string `json:"message"` // what was seen, and what to do if it is not good
}

// Kind is what a receiver tells good messages by.
type Kind string

// The kinds of receivers.
const (
	KindStandard Kind = "standard" // Webhook-Signature, which covers the time
	KindLomi     Kind = "lomi"     // X-Lomi-Signature, as lomi.'s shop plugins
	KindBoth     Kind = "both"     // it wants both to be good
	KindEither   Kind = "either"   // one good one of the two is enough
	KindNone     Kind = "none"     // neither
)

// timed reports whether such a receiver can refuse what is sent again later.
func (k Kind) timed() bool { return k == KindStandard || k == KindBoth }

// Report is what a run found.
type Report struct {
	URL      string  `json:"url"`
	Kind     Kind    `json:"kind,omitempty"` // "" if the receiver refused the first message
	Requests int     `json:"requests"`       // how many the receiver was sent
	Checks   []Check `json:"checks"`
}

// Count returns how many checks ended so.
func (r Report) Count(result Result) (n int) {
	for _, c := range r.Checks {
		if c.Result == result {
			n++
		}
	}
	return n
}

// note adds a check to the report, unless the run has stopped in the middle of it.
func (r *runner) note(check string, result Result, format string, args ...any) {
	if r.stopped() != nil {
		return
	}
	r.report.Checks = append(r.report.Checks, Check{check, result, fmt.Sprintf(format, args...)})
}

// failed reports whether a check of that name has failed.
func (r *runner) failed(check string) bool {
	for _, c := range r.report.Checks {
		if c.Name == check {
			return c.Result == Fail
		}
	}
	return false
}
