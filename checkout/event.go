package checkout

import "time"

// EventType names a fact that merchants can be told.
type EventType string

// The events that this version sends.
const (
	EventPaymentCreated   EventType = "PAYMENT_CREATED"   // an attempt was started
	EventPaymentSucceeded EventType = "PAYMENT_SUCCEEDED" // the attempt completed its session
	EventPaymentFailed    EventType = "PAYMENT_FAILED"    // the attempt, or one try of it, failed; the session stays open
	EventPaymentHeld      EventType = "PAYMENT_HELD"      // money arrived that did not complete its session
	EventRefundCreated    EventType = "REFUND_CREATED"
	EventRefundCompleted  EventType = "REFUND_COMPLETED"
	EventRefundFailed     EventType = "REFUND_FAILED"
	EventDisputeCreated   EventType = "DISPUTE_CREATED"
	EventDisputeUpdated   EventType = "DISPUTE_UPDATED"
	EventDisputeClosed    EventType = "DISPUTE_CLOSED"

	EventSubscriptionCreated   EventType = "SUBSCRIPTION_CREATED"
	EventSubscriptionUpdated   EventType = "SUBSCRIPTION_UPDATED" // its status changed, or a renewal is to be paid
	EventSubscriptionRenewed   EventType = "SUBSCRIPTION_RENEWED" // a renewal was paid
	EventSubscriptionCancelled EventType = "SUBSCRIPTION_CANCELLED"

	// EventTest is sent to one endpoint, which Subject names, when somebody asks.
	// It is about no transaction.
	EventTest EventType = "test.webhook"
)

// EventTypes lists what an endpoint may ask for, also what is not sent yet, so
// that one list of a shop plugin serves every version.
var EventTypes = []EventType{
	EventPaymentCreated, EventPaymentSucceeded, EventPaymentFailed, EventPaymentHeld,
	EventRefundCreated, EventRefundCompleted, EventRefundFailed,
	EventSubscriptionCreated, EventSubscriptionUpdated, EventSubscriptionRenewed, EventSubscriptionCancelled,
	"USAGE_RECORDED", "USAGE_INVOICE_CREATED", "USAGE_INVOICE_PAID", "USAGE_INVOICE_OVERDUE",
	"SUBSCRIPTION_USAGE_PERIOD_CLOSED",
	"PAYOUT_CREATED", "PAYOUT_COMPLETED", "PAYOUT_FAILED",
	EventDisputeCreated, EventDisputeUpdated, EventDisputeClosed,
	EventTest,
}

// Transaction is an attempt together with the session it pays and the account
// they belong to: what merchants see as a transaction.
type Transaction struct {
	Account Account
	Session Session
	Attempt Attempt

	Refund       *Refund       // the one that an event is about, else nil
	Dispute      *Dispute      // the one that an event is about, else nil
	Subscription *Subscription // the one that an event is about, else nil

	Change *SubscriptionChange // what an EventSubscriptionUpdated is about, else nil
}

// Event is a fact about a session that its merchant is owed. It is written in
// the transaction that makes it true.
type Event struct {
	Seq       int64 // the order of commit, given by the store
	ID        string
	Type      EventType
	Subject   string // the try, refund, message or endpoint that it is about, "" for the attempt itself
	CreatedAt time.Time

	// Transaction is a copy of what the event is about, as it was then.
	Transaction Transaction

	// Body is what every delivery carries, byte for byte. It is made once, when
	// the event is fanned out to endpoints, and empty before. It is empty again
	// when everybody has had it for long enough; then Transaction tells what it
	// said.
	Body []byte
}
