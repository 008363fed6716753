package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Provider moves money for one attempt at a time. Its methods are safe for
// concurrent use and are never called inside [Store.Update]. What a provider can
// do beyond them, it says by implementing [Notifier], [Finder], [Closer],
// [Refunder], [RefundPoller] or [Lister]; what it does not implement cannot be
// done with it.
//
// Package providertest holds every adapter to what is said here.
type Provider interface {
	// Name is kept with every attempt and never changes: "wave", "sandbox". It
	// is also the word in the path of the provider's messages, /webhooks/wave.
	Name() string

	// Livemode reports whether the provider moves real money. A provider serves
	// the accounts of its own mode only.
	Livemode() bool

	// Caps says what the provider can do. It never changes.
	Caps() Caps

	// Start asks for o to be collected. It is called once for an attempt and
	// must not repeat by itself what may have had an effect. A [Declined] is a
	// certain no; an error that is [ErrNotSent] says that the provider certainly
	// did nothing; after every other error nobody knows, and Find or Poll will
	// be asked.
	Start(ctx context.Context, o Order) (Started, error)

	// Poll asks how the attempt stands. An error says nothing about it.
	Poll(ctx context.Context, a Attempt) (Report, error)
}

// A Notifier is a provider that sends messages.
type Notifier interface {
	// Parse verifies a message and says what it is about. It is pure: it calls
	// nobody and takes the time from in. A message that is not the provider's
	// is [ErrSignature], as the cause of an [Error] with CodeUnauthorized, or
	// with CodeInvalid where the provider expects 400; one that cannot be read
	// is CodeInvalid; one of the other mode is [ErrOtherMode]. What it is about
	// may be nothing.
	Parse(in Inbound) ([]Signal, error)
}

// A Finder is a provider that can be asked about an attempt of which only our
// own identifier is known, because the answer to Start was lost.
type Finder interface {
	// Find returns what Start would have. If the provider never heard of a, the
	// Report's State is StateMissing.
	Find(ctx context.Context, a Attempt) (Started, error)
}

// A Closer is a provider that can end an attempt before the customer does.
type Closer interface {
	// Close ends a and reports how it stands: StateExpired if it is closed now,
	// StatePaid if the customer was faster.
	Close(ctx context.Context, a Attempt) (Report, error)
}

// A Refunder is a provider that can give money back. [Caps.Refunds] says how
// much of it.
type Refunder interface {
	// Refund asks for o to be given back. It is repeated until the answer is
	// known, and gives back once however often: o.Refund.ID is its key, and
	// o.Refund.Tries says whether it may have been heard of before. A [Declined]
	// is a certain no, also to what was asked before; after every other error it
	// is asked again.
	Refund(ctx context.Context, o RefundOrder) (RefundReport, error)
}

// A RefundPoller is a [Refunder] whose refunds take time.
type RefundPoller interface {
	// PollRefund asks how a refund stands that the provider has accepted.
	PollRefund(ctx context.Context, o RefundOrder) (RefundReport, error)
}

// A Lister is a provider that can be asked for everything that happened: the
// net under lost messages, and the way to learn of what was done in the
// provider's own portal.
type Lister interface {
	// List calls yield for what happened at or after since, in any order, until
	// there is no more or yield fails, whose error it returns. What it said
	// before it may say again, with the same EventID. What it cannot read is no
	// reason to keep the rest back: see [Unreadable].
	List(ctx context.Context, since time.Time, yield func(Signal) error) error
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

// Caps is what a provider can do.
type Caps struct {
	Methods []Method
	Polls   Schedule
	Rate    int           // calls a second that it takes from Poll and Find; default 10
	Refunds RefundAbility // what its Refund takes
}

// RefundAbility is how much of a payment can be given back.
type RefundAbility string

// The abilities.
const (
	RefundNone    RefundAbility = ""        // nothing, by the API
	RefundFull    RefundAbility = "full"    // all of it
	RefundPartial RefundAbility = "partial" // any part of it
)

// Method is one way to pay.
type Method struct {
	ID         string // unique in a mode: "wave", "mtn", "card"
	Name       string // what customers call it: "Wave"; "" for a word of the page's own
	Code       string // payment_method_code on the wire: MOBILE_MONEY, CARDS
	Takes      []Range
	NeedsPhone bool // Order.Phone must be set
	NeedsCard  bool // Order.Card must be set: the form is ours
}

// Range is what a method takes of one currency, in minor units.
type Range struct {
	Currency Currency
	Min, Max int64 // 0: no bound of its own
}

// Accepts reports whether the method can be used for m.
func (m Method) Accepts(total Money) bool {
	for _, r := range m.Takes {
		if r.Currency == total.Currency {
			return total.Amount >= r.Min && (r.Max == 0 || total.Amount <= r.Max)
		}
	}
	return false
}

// Schedule says when a provider is asked how an attempt stands. Every wait is
// lengthened or shortened by up to a fifth, by chance.
type Schedule struct {
	Waits  []time.Duration // before the first question, the second and so on; the last repeats
	Life   time.Duration   // how long an attempt may be paid, if [Started.Until] is zero
	Margin time.Duration   // a question is due this long after that time
	GiveUp time.Duration   // an attempt that is pending this long after that time has expired
	Late   []time.Duration // when to ask again after an attempt ended without money, each from that end on
}

// Order is what a provider is asked to collect.
type Order struct {
	Attempt Attempt
	Title   string // what the customer sees
	Email   string // of who pays, "" if unknown
	Locale  string // "en" or "fr", "" if unknown
	Phone   string // E.164 or as the customer typed it, for methods that need one
	Card    Card

	// SuccessURL and CancelURL are where the provider's page sends the customer
	// when they are done with it.
	SuccessURL, CancelURL string

	// NotifyURL is where the provider's messages about this attempt are to go,
	// for providers that are told so with each. An adapter may put a slash and a
	// token behind it, which comes back as [Inbound.Token]. "" if unknown.
	NotifyURL string

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
	NextQR       NextKind = "qr"       // scan QR, or open URL if there is one
	NextPrompt   NextKind = "prompt"   // answer on the phone; Text is its masked number
	NextSimulate NextKind = "simulate" // open the simulator's page, which is ours
)

// Next is what the customer has to do to pay.
type Next struct {
	Kind NextKind
	URL  string
	Text string
	QR   string // what a QR code is to say, for customers at a desktop; "" for none
	Hint string // how else to answer a prompt, such as a USSD code: "*133#"
}

// Started is a provider's answer to a new attempt.
type Started struct {
	Ref    string    // its own identifier of the attempt
	Secret string    // what it must be shown when it is polled, sealed by the adapter; "" if nothing
	Next   Next      // what the customer has to do
	Until  time.Time // until when the customer can do it, by the provider; zero if it does not say
	PollAt time.Time // when to ask first; zero for the usual schedule
	Report Report    // how the attempt stands already; zero State means pending
}

// Declined is a certain no: the provider refused and no money can move.
type Declined struct {
	Reason string // a short code, one of the Reason values where one fits
	Err    error  // what the provider said, for the log
}

func (d *Declined) Error() string { return "declined: " + d.Reason }

// Unwrap returns what the provider said.
func (d *Declined) Unwrap() error { return d.Err }

// Reasons why an attempt failed, in the words that the page and merchants know.
// Others are possible.
const (
	ReasonDeclined      = "declined"           // no reason given
	ReasonFunds         = "insufficient_funds" // or a limit of the balance
	ReasonLimit         = "limit_exceeded"     // of the payer's account
	ReasonRejected      = "rejected"           // the customer said no
	ReasonCancelled     = "cancelled"          // the customer went away
	ReasonTimeout       = "timeout"            // the customer did not answer in time
	ReasonPayerUnknown  = "payer_not_found"    // no wallet has that number
	ReasonPayerBlocked  = "payer_not_allowed"  // the payer's account may not pay this
	ReasonUnavailable   = "provider_unavailable"
	ReasonNotSent       = "not_sent"       // the provider never heard of it
	ReasonMerchant      = "merchant_setup" // the provider refuses the merchant: wrong settings
	ReasonAmountTooLow  = "amount_too_small"
	ReasonAmountTooHigh = "amount_too_large"
)

// ErrNotSent means that a provider certainly did nothing, so that another
// attempt is safe.
var ErrNotSent = errors.New("checkout: the provider was not reached")

// ErrUnreadable means that a statement was read to its end, but for some of it
// that cannot be read. It is not read again for that.
var ErrUnreadable = errors.New("checkout: a part of the statement cannot be read")

// Unreadable returns the error of a [Lister] that has told of everything but what
// had these faults: an ErrUnreadable, nil if there are none.
func Unreadable(faults []error) error {
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnreadable, errors.Join(faults...))
}

// Throttled says that a provider refused to be asked so often. It is an
// ErrNotSent.
type Throttled struct {
	After time.Duration // how long to leave it alone, 0 if it did not say
	Err   error
}

func (t *Throttled) Error() string { return "checkout: the provider is asked too often" }

// Is reports whether target is ErrNotSent.
func (t *Throttled) Is(target error) bool { return target == ErrNotSent }

// Unwrap returns what the provider said.
func (t *Throttled) Unwrap() error { return t.Err }

// BadCredentials says that a provider does not accept our credentials. It is an
// ErrNotSent.
type BadCredentials struct{ Err error }

func (b *BadCredentials) Error() string {
	return "checkout: the provider does not accept our credentials"
}

// Is reports whether target is ErrNotSent.
func (b *BadCredentials) Is(target error) bool { return target == ErrNotSent }

// Unwrap returns what the provider said.
func (b *BadCredentials) Unwrap() error { return b.Err }
