package checkout

import (
	"testing"
	"time"
)

var attemptStatuses = []AttemptStatus{
	AttemptCreated, AttemptOpen, AttemptUnsure, AttemptPaid, AttemptFailed, AttemptExpired, AttemptSurplus, AttemptMismatch,
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
		AttemptCreated:  {"", AttemptPaid, AttemptFailed, AttemptExpired, AttemptExpired, ""},
		AttemptOpen:     {"", AttemptPaid, AttemptFailed, AttemptExpired, AttemptExpired, ""},
		AttemptUnsure:   {AttemptOpen, AttemptPaid, AttemptFailed, AttemptExpired, AttemptExpired, ""},
		AttemptPaid:     {"", "", "", "", "", ""},
		AttemptFailed:   {"", AttemptPaid, "", "", "", ""},
		AttemptExpired:  {"", AttemptPaid, "", "", "", ""},
		AttemptSurplus:  {"", "", "", "", "", ""},
		AttemptMismatch: {"", "", "", "", "", ""},
	} {
		for i, r := range reports {
			before := Attempt{ID: "txn_1", Status: status, Amount: asked, DueAt: noon}
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
