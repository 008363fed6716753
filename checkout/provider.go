package checkout

import (
	"context"
	"errors"
	"time"
)

// Provider moves money for one attempt at a time. Its methods are safe for
// concurrent use and are never called inside [Store.Update].
type Provider interface {
	// Name is kept with every attempt and never changes: "wave", "sandbox".
	Name() string

	// Livemode reports whether the provider moves real money. A provider serves
	// the accounts of its own mode only.
	Livemode() bool

	// Methods lists the ways to pay that it offers.
	Methods() []Method

	// Start asks for o to be collected. It is called once for an attempt and
	// must not repeat by itself what may have had an effect. A [Declined] is a
	// certain no, [ErrNotSent] says that the provider was certainly not reached;
	// after every other error nobody knows, and Poll will be asked.
	Start(ctx context.Context, o Order) (Started, error)

	// Poll asks how the attempt stands. An error says nothing about it.
	Poll(ctx context.Context, a Attempt) (Report, error)
}

// A Closer is a provider that can end an attempt before the customer does.
type Closer interface {
	// Close ends a and reports how it stands: StateExpired if it is closed now,
	// StatePaid if the customer was faster.
	Close(ctx context.Context, a Attempt) (Report, error)
}

// A Simulator is a provider that plays the customer's part too.
type Simulator interface {
	// Simulate does to a what a customer would do on the provider's own page
	// and returns the provider's message about it, if that is at once.
	Simulate(a Attempt, choice Outcome) (Simulated, error)
}

// Simulated is what a simulated customer's choice led to.
type Simulated struct {
	Signal *Signal // what the provider says now; nil if it says nothing yet
	Ref    string  // replaces [Attempt.Ref] if not ""
	PollAt time.Time
}

// Outcome is what becomes of a simulated payment.
type Outcome string

// The outcomes.
const (
	OutcomeSucceed Outcome = "succeed"
	OutcomeDecline Outcome = "decline" // the provider refuses
	OutcomeCancel  Outcome = "cancel"  // the customer does
	OutcomeDelay   Outcome = "delay"   // success, some time later
	OutcomeSilent  Outcome = "silent"  // nothing is ever heard
)

// Method is one way to pay.
type Method struct {
	ID         string // unique in a mode: "wallet", "wave", "card"
	Code       string // payment_method_code on the wire: MOBILE_MONEY, CARDS
	Currencies []Currency
	NeedsPhone bool // Order.Phone must be set
	NeedsCard  bool // Order.Card must be set: the form is ours
}

// Order is what a provider is asked to collect.
type Order struct {
	Attempt Attempt
	Title   string // what the customer sees
	Phone   string // E.164 or as the customer typed it, for methods that need one
	Card    Card

	// Outcome, if not "", is what a simulated payment is to come to. Providers
	// that move real money never see one.
	Outcome Outcome

	// Deadline is when the session expires.
	Deadline time.Time
}

// Card is what the customer typed into a card form of ours. Only the sandbox
// has one; it is never stored or logged.
type Card struct {
	Number, Expiry, CVC string
}

// NextKind is what kind of step a [Next] is.
type NextKind string

// The steps.
const (
	NextNone     NextKind = ""         // nothing: wait for the answer
	NextRedirect NextKind = "redirect" // open URL
	NextPrompt   NextKind = "prompt"   // answer on the phone; Text is its masked number
	NextSimulate NextKind = "simulate" // open the simulator's page, which is ours
)

// Next is what the customer has to do to pay.
type Next struct {
	Kind NextKind
	URL  string
	Text string
}

// Started is a provider's answer to a new attempt.
type Started struct {
	Ref    string    // its own identifier of the attempt
	Next   Next      // what the customer has to do
	PollAt time.Time // when to ask first; zero for the usual schedule
	Report Report    // how the attempt stands already; zero State means pending
}

// Declined is a certain no: the provider refused and no money can move.
type Declined struct {
	Reason string // a short code, kept as [Attempt.Reason]
	Err    error  // what the provider said, for the log
}

func (d *Declined) Error() string { return "declined: " + d.Reason }

// Unwrap returns what the provider said.
func (d *Declined) Unwrap() error { return d.Err }

// ErrNotSent means that a provider was certainly not reached, so that another
// attempt is safe.
var ErrNotSent = errors.New("checkout: the provider was not reached")
