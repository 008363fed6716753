package checkout

import "errors"

// Code says what kind of failure an [Error] is. Codes are part of the API:
// they are sent to clients and never renamed.
type Code string

// The codes. Package httpapi holds the one table that turns them into HTTP
// statuses.
const (
	CodeInvalid      Code = "invalid_request"              // the caller can fix the request
	CodeUnauthorized Code = "unauthorized"                 // no key, an unknown key or a revoked one
	CodeForbidden    Code = "forbidden"                    // the key may not do this
	CodeNotFound     Code = "not_found"                    // no such object, or not the caller's
	CodeConflict     Code = "conflict"                     // lost a race, or the object exists already
	CodeKeyReused    Code = "idempotency_key_reused"       // the idempotency key came with another request
	CodeNotOpen      Code = "session_not_open"             // the session is completed or expired
	CodeDeclined     Code = "payment_declined"             // the provider refused the payment
	CodeTooMany      Code = "too_many_attempts"            // the session has been tried too often
	CodeNoMethod     Code = "payment_method_unavailable"   // no configured provider can take this payment
	CodeNoRefund     Code = "refund_not_supported"         // the provider gives nothing back by API
	CodeNoPartial    Code = "partial_refund_not_supported" // the provider gives back all or nothing
	CodePaidOrder    Code = "order_already_paid"           // another session of the exclusive order is paid

	// What is wrong with the amount, or what a request names, of a new session.
	CodeAmountMismatch  Code = "amount_mismatch"          // it is not what the catalogue says
	CodeAmountLow       Code = "amount_below_minimum"     // of an open price
	CodeAmountHigh      Code = "amount_above_maximum"     // of an open price
	CodeAmountParts     Code = "amount_not_divisible"     // by the quantity
	CodeCurrency        Code = "currency_mismatch"        // it is not that of the price
	CodeProductInactive Code = "product_inactive"         // or its price
	CodePriceInactive   Code = "price_inactive"           // or the product has no active one
	CodePriceOfOther    Code = "price_of_another_product" // than the one that is named
	CodeCartRecurring   Code = "line_items_recurring_not_supported"
	CodeCartOpen        Code = "line_items_pwyw_not_supported"
	CodeLinkClosed      Code = "payment_link_closed" // inactive, expired or used up

	// Why a coupon cannot be used.
	CodeCouponBarred    Code = "coupon_not_allowed"     // the session takes none
	CodeCouponUnknown   Code = "coupon_not_found"       // there is none with that code
	CodeCouponTwice     Code = "coupon_already_applied" // the session holds it
	CodeCouponTooMany   Code = "too_many_coupons"       // the session holds as many as it may
	CodeCouponInactive  Code = "coupon_inactive"
	CodeCouponEarly     Code = "coupon_not_started"
	CodeCouponExpired   Code = "coupon_expired"
	CodeCouponUsedUp    Code = "coupon_used_up"
	CodeCouponFrequency Code = "coupon_usage_limit_reached"
	CodeCouponQuantity  Code = "coupon_quantity_exceeded"
	CodeCouponWho       Code = "coupon_customer_required" // it asks who pays, and that is not known
	CodeCouponNew       Code = "coupon_for_new_customers"
	CodeCouponReturning Code = "coupon_for_returning_customers"
	CodeCouponScope     Code = "coupon_not_applicable" // to what is bought
	CodeCouponCurrency  Code = "coupon_currency_mismatch"

	CodeUnavailable Code = "service_unavailable" // a passing fault, such as a full disk: try again
	CodeInternal    Code = "internal_error"      // everything else
)

// Field is what is wrong with one field of a request.
type Field struct {
	Name    string // the field as the caller spelt it, such as "amount" or "metadata.order_id"
	Message string // for people, complete by itself: "amount must be an integer"
}

// Error is a failure the caller may act on. Message is for people and may be
// shown to the merchant; Err is the cause and is only logged.
type Error struct {
	Code    Code
	Message string
	Fields  []Field // the fields at fault, if the request is
	Err     error
}

func (e *Error) Error() string {
	text := "checkout: " + string(e.Code) + ": " + e.Message
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is an Error of the same code and message, so that
// the Err values below can be compared with errors.Is when they carry a cause.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Message == e.Message
}

// What a [Store] answers. A store returns these and no driver's errors for the
// cases they name.
var (
	// ErrNotFound means that no row has the key.
	ErrNotFound = &Error{Code: CodeNotFound, Message: "not found"}
	// ErrExists means that a row with the same key, or the same unique value,
	// is there already.
	ErrExists = &Error{Code: CodeConflict, Message: "already exists"}
	// ErrStale means that the row was changed after it was read.
	ErrStale = &Error{Code: CodeConflict, Message: "changed by another request"}
)

// CodeOf returns the code of the first [Error] in err's chain, "" for nil and
// CodeInternal when there is none.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// invalid builds the error for one bad field.
func invalid(field, message string) *Error {
	return &Error{Code: CodeInvalid, Message: message, Fields: []Field{{field, message}}}
}

// Problems collects what is wrong with a request, so that a caller learns all
// of it at once. The zero value is ready to use.
type Problems struct{ fields []Field }

// Add notes that message is wrong with field.
func (p *Problems) Add(field, message string) {
	p.fields = append(p.fields, Field{field, message})
}

// Check notes message for field unless ok.
func (p *Problems) Check(ok bool, field, message string) {
	if !ok {
		p.Add(field, message)
	}
}

// Has reports whether something is noted for field already.
func (p *Problems) Has(field string) bool {
	for _, f := range p.fields {
		if f.Name == field {
			return true
		}
	}
	return false
}

// Merge notes the fields of err, which must be nil or an [Error]; fields that
// have a note keep it.
func (p *Problems) Merge(err error) {
	var e *Error
	if !errors.As(err, &e) {
		return
	}
	for _, f := range e.Fields {
		if !p.Has(f.Name) {
			p.fields = append(p.fields, f)
		}
	}
}

// Err returns nil if nothing was noted, else one [Error] with CodeInvalid.
func (p *Problems) Err() error {
	switch len(p.fields) {
	case 0:
		return nil
	case 1:
		return &Error{Code: CodeInvalid, Message: p.fields[0].Message, Fields: p.fields}
	}
	return &Error{Code: CodeInvalid, Message: "Validation failed", Fields: p.fields}
}
