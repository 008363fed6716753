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
)

// EventTypes lists what an endpoint may ask for, also what is not sent yet, so
// that one list of a shop plugin serves every version.
var EventTypes = []EventType{
	EventPaymentCreated, EventPaymentSucceeded, EventPaymentFailed, EventPaymentHeld,
	EventRefundCreated, EventRefundCompleted, EventRefundFailed,
	"SUBSCRIPTION_CREATED", "SUBSCRIPTION_UPDATED", "SUBSCRIPTION_RENEWED", "SUBSCRIPTION_CANCELLED",
	"USAGE_RECORDED", "USAGE_INVOICE_CREATED", "USAGE_INVOICE_PAID", "USAGE_INVOICE_OVERDUE",
	"SUBSCRIPTION_USAGE_PERIOD_CLOSED",
	"PAYOUT_CREATED", "PAYOUT_COMPLETED", "PAYOUT_FAILED",
	EventDisputeCreated, EventDisputeUpdated, EventDisputeClosed,
	"test.webhook",
}

// Transaction is an attempt together with the session it pays and the account
// they belong to: what merchants see as a transaction.
type Transaction struct {
	Account Account
	Session Session
	Attempt Attempt

	Refund  *Refund  // the one that an event is about, else nil
	Dispute *Dispute // the one that an event is about, else nil
}

// Event is a fact about a session that its merchant is owed. It is written in
// the transaction that makes it true.
type Event struct {
	Seq       int64 // the order of commit, given by the store
	ID        string
	Type      EventType
	Subject   string // the try, refund or message that it is about, "" for the attempt itself
	CreatedAt time.Time

	// Transaction is a copy of what the event is about, as it was then.
	Transaction Transaction

	// Body is what every delivery carries, byte for byte. It is made once, when
	// the event is fanned out to endpoints, and empty before.
	Body []byte
}

// DeliveryStatus is where a delivery stands.
type DeliveryStatus string

// The statuses of a delivery.
const (
	DeliveryPending   DeliveryStatus = "pending"   // owed
	DeliveryDelivered DeliveryStatus = "delivered" // the endpoint answered 2xx
	DeliveryDead      DeliveryStatus = "dead"      // every try failed
)

// Delivery is one event owed to one endpoint.
type Delivery struct {
	Event      int64 // [Event.Seq]
	EndpointID string
	SessionID  string // deliveries of one session to one endpoint go out in order
	Status     DeliveryStatus
	Tries      int64     // how often it has been sent
	DueAt      time.Time // when it is to be sent, or until when its sender holds it
	LastStatus int64     // the HTTP status of the last try, 0 if there was no answer
	LastError  string    // what went wrong in the last try
	UpdatedAt  time.Time
}

// Owed is a delivery that has been claimed, with what is needed to send it.
type Owed struct {
	Delivery Delivery
	Event    Event
	Endpoint Endpoint
}
