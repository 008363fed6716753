package badshop

// Fault is one mistake. Each has been made by somebody.
type Fault string

// The faults of checking signatures.
const (
	Unsigned  Fault = "unsigned"  // what has no signature is not checked
	Partial   Fault = "partial"   // only the beginning of the signature is compared
	Rewritten Fault = "rewritten" // what is checked is the body decoded and encoded again
	EmptyKey  Fault = "empty-key" // a secret that was not set is one
	Timeless  Fault = "timeless"  // the time of the message is taken for the present
	Eager     Fault = "eager"     // it acts first and checks the signature then
	AnyMethod Fault = "any-method"
)

// The faults of doing things once.
const (
	Repeats     Fault = "repeats"      // nothing is remembered
	BySignature Fault = "by-signature" // signatures are remembered, which change with each try
	Forgetful   Fault = "forgetful"    // only the last message is remembered
	Race        Fault = "race"         // it looks, works and notes, while the same message comes again
	ByID        Fault = "by-id"        // identifiers of messages are remembered, but not what they are about
)

// The faults of order.
const (
	Undo       Fault = "undo"        // an earlier try that failed takes back what is paid
	Reset      Fault = "reset"       // what has begun is not paid yet, even if it is
	LostRefund Fault = "lost-refund" // a refund of what is not paid is dropped
)

// The faults of taking what is good.
const (
	Serial Fault = "serial" // one request at a time, from its first byte to its last
	Strict Fault = "strict" // fields that it does not know are errors
	Small  Fault = "small"  // a body is cut at 16 KiB
	Picky  Fault = "picky"  // events that it does not know are errors
)

// Faults lists all.
var Faults = []Fault{
	Unsigned, Partial, Rewritten, EmptyKey, Timeless, Eager, AnyMethod,
	Repeats, BySignature, Forgetful, Race, ByID,
	Undo, Reset, LostRefund,
	Serial, Strict, Small, Picky,
}
