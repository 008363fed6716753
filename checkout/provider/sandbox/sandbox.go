// Package sandbox is a payment provider that moves no money: it plays a wallet,
// a phone prompt and a card form, and the customer's part in them.
//
// What becomes of a payment is decided by what the customer types, see
// numbers.go, or presses on the simulator's page, or by
// [checkout.Order.Outcome]. The sandbox keeps nothing in memory: an attempt's
// fate is spelt in its Ref and unfolds on the injected clock, so that it
// survives a restart and happens the same way each time.
package sandbox

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
)

// DefaultDelay is how long a delayed success takes.
const DefaultDelay = 30 * time.Second

// The methods.
const (
	MethodWallet = "wallet" // a page with pay, decline and cancel
	MethodPhone  = "phone"  // a prompt, answered by the number it is sent to
	MethodCard   = "card"   // a form, answered by the card's number
)

// Config says how the sandbox behaves.
type Config struct {
	// Clock tells the time. Default: the system clock.
	Clock clock.Clock

	// Delay is how long a delayed success takes. Default: [DefaultDelay].
	Delay time.Duration
}

// Provider is the sandbox. It serves test accounts only.
type Provider struct {
	clock clock.Clock
	delay time.Duration
}

// New returns a sandbox.
func New(c Config) *Provider {
	p := &Provider{clock: c.Clock, delay: c.Delay}
	if p.clock == nil {
		p.clock = clock.New()
	}
	if p.delay <= 0 {
		p.delay = DefaultDelay
	}
	return p
}

// Name returns "sandbox".
func (p *Provider) Name() string { return "sandbox" }

// Livemode returns false.
func (p *Provider) Livemode() bool { return false }

// Caps returns wallet, phone and card, for every amount of every currency, and
// refunds of any part.
func (p *Provider) Caps() checkout.Caps {
	all := []checkout.Range{{Currency: checkout.XOF}, {Currency: checkout.USD}, {Currency: checkout.EUR}}
	return checkout.Caps{
		Methods: []checkout.Method{
			{ID: MethodWallet, Code: "MOBILE_MONEY", Takes: all},
			{ID: MethodPhone, Code: "MOBILE_MONEY", Takes: all, NeedsPhone: true},
			{ID: MethodCard, Code: "CARDS", Takes: all, NeedsCard: true},
		},
		Polls:   checkout.Schedule{Waits: polls},
		Rate:    1000,
		Refunds: checkout.RefundPartial,
	}
}

// polls is how long the sandbox is left alone between questions.
var polls = []time.Duration{
	5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 2 * time.Minute,
}

// Refund gives back at once.
func (p *Provider) Refund(_ context.Context, o checkout.RefundOrder) (checkout.RefundReport, error) {
	return checkout.RefundReport{State: checkout.RefundSucceeded, Ref: "sbx_" + o.Refund.ID}, nil
}

// Start decides what becomes of the attempt and says what the customer has to
// do. What is refused at once is a [checkout.Declined].
func (p *Provider) Start(_ context.Context, o checkout.Order) (checkout.Started, error) {
	if o.Outcome != "" {
		return p.start(o, verdict{outcome: o.Outcome})
	}
	switch o.Attempt.Method {
	case MethodPhone:
		return p.start(o, phoneVerdict(o.Phone))
	case MethodCard:
		return p.start(o, cardVerdict(o.Card, p.clock.Now()))
	}
	return p.start(o, verdict{})
}

// verdict is what a number stands for. The zero outcome leaves it to the
// simulator's page.
type verdict struct {
	outcome checkout.Outcome
	reason  string
}

func (p *Provider) start(o checkout.Order, v verdict) (checkout.Started, error) {
	now := p.clock.Now()
	started := checkout.Started{Ref: ref{id: o.Attempt.ID}.String()}
	if o.Attempt.Method == MethodPhone {
		started.Next = checkout.Next{Kind: checkout.NextPrompt, Text: mask(digits(o.Phone))}
	}
	switch v.outcome {
	case "":
		started.Next = checkout.Next{Kind: checkout.NextSimulate}
	case checkout.OutcomeSucceed:
		started.Ref, started.Report = ref{o.Attempt.ID, now}.String(), paid(o.Attempt, now)
	case checkout.OutcomeDecline:
		return checkout.Started{}, &checkout.Declined{Reason: cmp.Or(v.reason, "declined")}
	case checkout.OutcomeCancel:
		started.Report = checkout.Report{State: checkout.StateFailed, Reason: cmp.Or(v.reason, "cancelled")}
	case checkout.OutcomeDelay:
		at := now.Add(p.delay)
		started.Ref, started.PollAt = ref{o.Attempt.ID, at}.String(), at
	case checkout.OutcomeSilent:
		// The customer never answers, and neither does the sandbox.
	default:
		return checkout.Started{}, fmt.Errorf("sandbox: unknown outcome %q", v.outcome)
	}
	return started, nil
}

// Poll reports a delayed success once its time has come.
func (p *Provider) Poll(_ context.Context, a checkout.Attempt) (checkout.Report, error) {
	if a.Ref == "" {
		return checkout.Report{State: checkout.StateMissing}, nil
	}
	r, err := parseRef(a.Ref)
	if err != nil {
		return checkout.Report{}, err
	}
	if !r.paidAt.IsZero() && !p.clock.Now().Before(r.paidAt) {
		return paid(a, r.paidAt), nil
	}
	return checkout.Report{State: checkout.StatePending}, nil
}

// Close ends an attempt, unless it has been paid already.
func (p *Provider) Close(ctx context.Context, a checkout.Attempt) (checkout.Report, error) {
	report, err := p.Poll(ctx, a)
	if err == nil && report.State == checkout.StatePending {
		report = checkout.Report{State: checkout.StateExpired}
	}
	return report, err
}

// Simulate presses a button of the simulator's page.
func (p *Provider) Simulate(a checkout.Attempt, choice checkout.Outcome) (checkout.Simulated, error) {
	now := p.clock.Now()
	signal := checkout.Signal{Provider: p.Name(), EventID: a.ID + ":" + string(choice), AttemptID: a.ID}
	switch choice {
	case checkout.OutcomeSucceed:
		signal.Report = paid(a, now)
	case checkout.OutcomeDecline:
		signal.Report = checkout.Report{State: checkout.StateFailed, Reason: "declined"}
	case checkout.OutcomeCancel:
		signal.Report = checkout.Report{State: checkout.StateFailed, Reason: "cancelled"}
	case checkout.OutcomeDelay:
		at := now.Add(p.delay)
		return checkout.Simulated{Ref: ref{a.ID, at}.String(), PollAt: at}, nil
	case checkout.OutcomeSilent:
		return checkout.Simulated{Ref: a.Ref, PollAt: a.DueAt}, nil
	default:
		return checkout.Simulated{}, &checkout.Error{Code: checkout.CodeInvalid, Message: fmt.Sprintf("unknown outcome %q", choice)}
	}
	return checkout.Simulated{Signal: &signal}, nil
}

func paid(a checkout.Attempt, at time.Time) checkout.Report {
	return checkout.Report{State: checkout.StatePaid, Paid: a.Amount, At: at.UTC().Truncate(time.Millisecond)}
}

// ref is what the sandbox knows of an attempt: "sbx_ID" while it waits for the
// customer, "sbx_ID@MS" if it will be paid at that Unix millisecond.
type ref struct {
	id     string
	paidAt time.Time
}

func (r ref) String() string {
	if r.paidAt.IsZero() {
		return "sbx_" + r.id
	}
	return fmt.Sprintf("sbx_%s@%d", r.id, r.paidAt.UnixMilli())
}

func parseRef(text string) (ref, error) {
	rest, ok := strings.CutPrefix(text, "sbx_")
	id, at, timed := strings.Cut(rest, "@")
	if !ok {
		return ref{}, fmt.Errorf("sandbox: %q is not a reference of the sandbox", text)
	}
	if !timed {
		return ref{id: id}, nil
	}
	ms, err := strconv.ParseInt(at, 10, 64)
	return ref{id, time.UnixMilli(ms).UTC()}, err
}

// mask hides all but the last three digits.
func mask(phone string) string {
	if len(phone) <= 3 {
		return phone
	}
	return strings.Repeat("•", len(phone)-3) + phone[len(phone)-3:]
}
