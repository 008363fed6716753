package checkout

import (
	"testing"
	"time"
)

var attemptStatuses = []AttemptStatus{
	AttemptCreated, AttemptOpen, AttemptUnsure, AttemptPaid, AttemptFailed, AttemptExpired, AttemptSurplus, AttemptMismatch,
	AttemptLate, AttemptRefunded,
}

// TestEveryReportOnEveryAttempt writes out what each report makes of an attempt
// in each status; "" is no change.
func TestEveryReportOnEveryAttempt(t *testing.T) {
	asked := Money{12500, XOF}
	reports := []Report{
		{State: StatePending}, {State: StatePaid, Paid: asked}, {State: StateFailed, Reason: "declined"},
		{State: StateExpired}, {State: StateMissing}, {State: "odd"},
	}
	for status, want := range map[AttemptStatus][]AttemptStatus{
		AttemptCreated:  {"", AttemptPaid, AttemptFailed, AttemptExpired, AttemptFailed, ""},
		AttemptOpen:     {"", AttemptPaid, AttemptFailed, AttemptExpired, AttemptFailed, ""},
		AttemptUnsure:   {AttemptOpen, AttemptPaid, AttemptFailed, AttemptExpired, AttemptFailed, ""},
		AttemptPaid:     {"", "", "", "", "", ""},
		AttemptFailed:   {"", AttemptPaid, "", "", "", ""},
		AttemptExpired:  {"", AttemptPaid, "", "", "", ""},
		AttemptSurplus:  {"", "", "", "", "", ""},
		AttemptMismatch: {"", "", "", "", "", ""},
		AttemptLate:     {"", "", "", "", "", ""},
		AttemptRefunded: {"", "", "", "", "", ""},
	} {
		for i, r := range reports {
			before := Attempt{ID: "txn_1", Status: status, Amount: asked, DueAt: noon, Polls: 2}
			after, changed := before.Apply(r, noon)
			switch {
			case want[i] == "" && (changed || after != before):
				t.Errorf("%s, then %s: %+v", status, r.State, after)
			case want[i] != "" && (!changed || after.Status != want[i]):
				t.Errorf("%s, then %s: %s, want %s", status, r.State, after.Status, want[i])
			case want[i] != "" && !after.Live() && !after.DueAt.IsZero():
				t.Errorf("%s, then %s: it is still to be polled", status, r.State)
			}
		}
	}
}

func TestOtherSumsNeverCount(t *testing.T) {
	for _, paid := range []Money{{12499, XOF}, {12501, XOF}, {12500, EUR}, {0, XOF}, {}, {-12500, XOF}} {
		a := Attempt{Status: AttemptOpen, Amount: Money{12500, XOF}}
		got, changed := a.Apply(Report{State: StatePaid, Paid: paid}, noon)
		if !changed || got.Status != AttemptMismatch || got.Received != paid {
			t.Errorf("%v: %+v", paid, got)
		}
	}
}

// TestMissingIsBelievedSlowly asks about an attempt of which the provider says
// that it never heard.
func TestMissingIsBelievedSlowly(t *testing.T) {
	for _, c := range []struct {
		name  string
		ref   string
		polls int64
		age   time.Duration
		want  AttemptStatus
	}{
		{"old and asked twice", "", 2, missingGrace, AttemptFailed},
		{"asked once", "", 1, time.Hour, AttemptUnsure},
		{"young", "", 9, missingGrace - 1, AttemptUnsure},
		{"accepted before", "cos-1", 9, time.Hour, AttemptUnsure},
	} {
		a := Attempt{Status: AttemptUnsure, Ref: c.ref, Polls: c.polls, CreatedAt: noon}
		got, _ := a.Apply(Report{State: StateMissing}, noon.Add(c.age))
		if got.Status != c.want || got.Status == AttemptFailed && got.Reason != ReasonNotSent {
			t.Errorf("%s: %s, %q, want %s", c.name, got.Status, got.Reason, c.want)
		}
	}
}

func TestBoundMoneyNeedsNoAmount(t *testing.T) {
	asked := Money{12500, XOF}
	for _, c := range []struct {
		name     string
		r        Report
		status   AttemptStatus
		received Money
		asserted bool
	}{
		{"bound", Report{State: StatePaid, Bound: true}, AttemptPaid, asked, true},
		{"not bound", Report{State: StatePaid}, AttemptMismatch, Money{}, false},
		{"bound, and another amount", Report{State: StatePaid, Bound: true, Paid: Money{1, XOF}}, AttemptMismatch, Money{1, XOF}, false},
		{"bound, and the amount", Report{State: StatePaid, Bound: true, Paid: asked}, AttemptPaid, asked, false},
	} {
		got, _ := Attempt{Status: AttemptOpen, Amount: asked}.Apply(c.r, noon)
		if got.Status != c.status || got.Received != c.received || got.Asserted != c.asserted {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestFailedTryOfALiveAttemptIsRemembered(t *testing.T) {
	try := Report{State: StatePending, Reason: ReasonFunds, Try: "EV_1"}
	for _, status := range attemptStatuses {
		a := Attempt{Status: status}
		got, changed := a.Apply(try, noon)
		if changed != a.Live() || changed && got.Reason != ReasonFunds || changed && !got.Live() {
			t.Errorf("%s: %+v, %v", status, got, changed)
		}
		if _, changed = got.Apply(try, noon); changed && got.Status != AttemptUnsure {
			t.Errorf("%s: changed again", status)
		}
	}
}

func TestMoneyIsDatedByTheProviderIfItSays(t *testing.T) {
	a := Attempt{Status: AttemptFailed, Reason: "declined", Amount: Money{1, XOF}}
	got, _ := a.Apply(Report{State: StatePaid, Paid: a.Amount, At: noon.Add(-time.Hour)}, noon)
	if !got.PaidAt.Equal(noon.Add(-time.Hour)) || got.Reason != "" || !got.UpdatedAt.Equal(noon) {
		t.Errorf("%+v", got)
	}
	if got, _ = a.Apply(Report{State: StatePaid, Paid: a.Amount}, noon); !got.PaidAt.Equal(noon) {
		t.Errorf("%+v", got)
	}
}

func TestEveryStatusHasItsMoves(t *testing.T) {
	for _, s := range attemptStatuses {
		moves, ok := attemptMoves[s]
		if !ok {
			t.Errorf("%s is not in the table", s)
		}
		for _, to := range moves {
			if to == AttemptCreated || to == s {
				t.Errorf("%s may become %s", s, to)
			}
		}
	}
	if len(attemptMoves) != len(attemptStatuses) {
		t.Errorf("%d statuses in the table", len(attemptMoves))
	}
}
