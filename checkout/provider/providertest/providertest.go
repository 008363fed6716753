package providertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
)

// Noon is a good time for the clock of a [Harness] to start at.
var Noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// Suite is a provider to be tested, and how it may differ from others.
type Suite struct {
	// New returns a provider that has never been called, and what plays the
	// other side of it. It is called for each subtest. Required.
	New func(t *testing.T) Harness

	// Blind says that the provider cannot be asked about an attempt unless its
	// answer to Start arrived. Nobody can have paid it then, because nobody was
	// shown the page that the answer named.
	Blind bool

	// NoCharge says that the provider has no identifier of the money.
	NoCharge bool
}

// Harness is one provider and the hands on the other side of it. What is nil is
// not possible with this provider.
type Harness struct {
	Provider checkout.Provider // Required.
	Clock    *clock.Mock       // the provider's, and its server's. Required.

	// Order returns an order that the provider takes, for the attempt with that
	// identifier: with a method, a sum, and all that the method needs. Required.
	Order func(attempt string) checkout.Order

	// Pay is the customer who pays what was asked for, Fail the one whose try
	// does not succeed, and PayAmount one who pays something else.
	Pay, Fail func(a checkout.Attempt) error
	PayAmount func(a checkout.Attempt, m checkout.Money) error

	// Fault makes the next call about money go wrong, in one of the ways below.
	// If the adapter is to repeat a refused call with a new token, that is
	// refused too.
	Fault func(fault string)

	// Messages returns what the provider has sent since the last time, as it
	// would arrive now.
	Messages func() []checkout.Inbound

	// Spoil breaks the proof that a message shows: its signature, or the secret
	// in it.
	Spoil func(in *checkout.Inbound)

	// Trust is what the provider's messages prove.
	Trust checkout.Trust

	// GivenBack returns how much of an attempt the provider has paid back.
	GivenBack func(a checkout.Attempt) checkout.Money

	// Secrets must never be printed.
	Secrets []string
}

// The faults, spelt as package simulator does.
const (
	FaultLost     = "lost_answer"  // the call has its effect; then the connection breaks
	FaultBefore   = "error_before" // 500, and nothing was done
	FaultAfter    = "error_after"  // the call has its effect; the answer is 500
	FaultThrottle = "throttle"     // 429, and nothing was done
	FaultCut      = "truncated"    // the call has its effect; half of the answer arrives
	FaultRefuse   = "refuse"       // 401, as for a revoked key
	FaultNotFound = "not_found"    // 404, and nothing was done
)

// Run tests the provider that s makes. In the end it says how much there was
// nothing to see of.
func Run(t *testing.T, s Suite) {
	checks := []struct {
		name string
		test func(t *testing.T, s Suite, h Harness)
	}{
		{"CapsAreSane", capsAreSane},
		{"SecretsAreNotPrinted", secretsAreNotPrinted},
		{"StartAnswers", startAnswers},
		{"StartsAtOnce", startsAtOnce},
		{"PaidInFull", paidInFull},
		{"EverySumIsExact", everySumIsExact},
		{"WrongSumIsReportedAsItIs", wrongSumIsReported},
		{"FailedTry", failedTry},
		{"TimePasses", timePasses},
		{"NeverHeardOf", neverHeardOf},
		{"LostAnswerIsFound", lostAnswerIsFound},
		{"ErrorSaysNothing", errorSaysNothing},
		{"ThrottledIsNotSent", throttledIsNotSent},
		{"RefusedCredentials", refusedCredentials},
		{"RefusedIsNoSuccess", refusedIsNoSuccess},
		{"FaultyQuestions", faultyQuestions},
		{"MessageOfMoney", messageOfMoney},
		{"MessageOfFailure", messageOfFailure},
		{"SameMessageTwice", sameMessageTwice},
		{"SpoiltMessages", spoiltMessages},
		{"UnreadableMessages", unreadableMessages},
		{"StaleMessages", staleMessages},
		{"ClosePending", closePending},
		{"ClosePaid", closePaid},
		{"RefundOnce", refundOnce},
		{"RefundAfterLostAnswer", refundAfterLostAnswer},
		{"RefundInParts", refundInParts},
		{"RefundOfNothing", refundOfNothing},
		{"ListTellsOfMoney", listTellsOfMoney},
	}
	skipped := make([]bool, len(checks))
	t.Cleanup(func() { // once all have ended
		var names []string
		for i, c := range checks {
			if skipped[i] {
				names = append(names, c.name)
			}
		}
		if len(names) > 0 {
			t.Logf("%d of %d checks were skipped, since the harness has not, or the provider does not, what they look at: %s",
				len(names), len(checks), strings.Join(names, ", "))
		}
	})
	for i, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			defer func() { skipped[i] = t.Skipped() }()
			h := s.New(t)
			if h.Provider == nil || h.Clock == nil || h.Order == nil {
				t.Fatal("the harness lacks Provider, Clock or Order")
			}
			c.test(t, s, h)
		})
	}
}

// isNothing reports whether an answer to Start leads nowhere.
func isNothing(started checkout.Started) bool {
	return started.Ref == "" && started.Next.Kind == checkout.NextNone
}

// attemptID returns the nth identifier, spelt as the service spells them.
func attemptID(n int) string { return fmt.Sprintf("txn_%026d", n) }

// kept returns o's attempt as the service keeps it after started.
func kept(o checkout.Order, started checkout.Started) checkout.Attempt {
	a := o.Attempt
	a.Status = checkout.AttemptOpen
	a.Ref, a.Secret, a.Next, a.Until = started.Ref, started.Secret, started.Next, started.Until
	a.Charge = started.Report.Charge
	return a
}

// order returns an order for the nth attempt.
func (h Harness) order(n int) checkout.Order {
	o := h.Order(attemptID(n))
	o.Attempt.ID = attemptID(n)
	o.Attempt.Status = checkout.AttemptCreated
	o.Attempt.Provider = h.Provider.Name()
	o.Attempt.CreatedAt, o.Attempt.UpdatedAt = h.Clock.Now().UTC(), h.Clock.Now().UTC()
	return o
}

// begin starts the nth attempt.
func (h Harness) begin(t *testing.T, n int) checkout.Attempt {
	t.Helper()
	o := h.order(n)
	started, err := h.Provider.Start(t.Context(), o)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	if isNothing(started) {
		t.Fatalf("Start: %+v and no error: neither Ref nor Next", started)
	}
	return kept(o, started)
}

// pay pays a, or skips the test if nobody can.
func (h Harness) pay(t *testing.T, a checkout.Attempt) {
	t.Helper()
	if h.Pay == nil {
		t.Skip("the harness has no Pay")
	}
	if err := h.Pay(a); err != nil {
		t.Fatalf("Pay: %v", err)
	}
}

// poll asks about a and demands an answer in one of the states.
func (h Harness) poll(t *testing.T, a checkout.Attempt, want ...checkout.State) checkout.Report {
	t.Helper()
	r, err := h.Provider.Poll(t.Context(), a)
	if err != nil {
		t.Fatalf("Poll: %v", err)
	}
	in(t, "Poll", r, want...)
	return r
}

// in demands that r is in one of the states.
func in(t *testing.T, what string, r checkout.Report, want ...checkout.State) {
	t.Helper()
	for _, s := range want {
		if r.State == s {
			return
		}
	}
	t.Fatalf("%s reports %+v, want state %v", what, r, want)
}

// paid demands that r tells of all the money of a.
func paid(t *testing.T, s Suite, r checkout.Report, a checkout.Attempt) {
	t.Helper()
	if r.State != checkout.StatePaid {
		t.Fatalf("reported %+v, want it paid", r)
	}
	if r.Paid != a.Amount && (r.Paid != checkout.Money{} || !r.Bound) {
		t.Errorf("reported %v (bound %t), want %v", r.Paid, r.Bound, a.Amount)
	}
	if r.Charge == "" && !s.NoCharge {
		t.Error("the report has no Charge")
	}
	if !r.At.IsZero() && r.At.Location() != time.UTC {
		t.Errorf("paid at %v, want UTC", r.At)
	}
}

// unknown demands an error after which nobody knows what happened.
func unknown(t *testing.T, what string, err error) {
	t.Helper()
	var declined *checkout.Declined
	switch {
	case err == nil:
		t.Fatalf("%s: no error", what)
	case errors.Is(err, checkout.ErrNotSent):
		t.Fatalf("%s: %v says that nothing was sent", what, err)
	case errors.As(err, &declined):
		t.Fatalf("%s: %v is a certain no", what, err)
	}
}

// found asks about o's attempt, of which only our own identifier is known, and
// returns what is known then. ok says whether the provider has heard of it.
func (h Harness) found(ctx context.Context, o checkout.Order) (a checkout.Attempt, ok bool, err error) {
	a = o.Attempt
	a.Status = checkout.AttemptUnsure
	if f, is := h.Provider.(checkout.Finder); is {
		started, err := f.Find(ctx, a)
		if err != nil || started.Report.State == checkout.StateMissing {
			return a, false, err
		}
		return kept(o, started), true, nil
	}
	r, err := h.Provider.Poll(ctx, a)
	return a, err == nil && r.State != checkout.StateMissing, err
}
