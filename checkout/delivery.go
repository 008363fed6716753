package checkout

import "time"

// DeliveryStatus is where a delivery stands.
type DeliveryStatus string

// The statuses of a delivery.
const (
	DeliveryPending   DeliveryStatus = "pending"   // owed
	DeliveryDelivered DeliveryStatus = "delivered" // the endpoint answered 2xx
	DeliveryDead      DeliveryStatus = "dead"      // every try failed; owed again when the endpoint catches up
	DeliveryDropped   DeliveryStatus = "dropped"   // the endpoint no longer asks for its type
)

// Delivery is one event owed to one endpoint.
type Delivery struct {
	Event      int64 // [Event.Seq]
	EndpointID string
	SessionID  string // deliveries of one session to one endpoint go out in order
	Status     DeliveryStatus

	// Held is true while somebody sends it, at most until DueAt.
	Held bool

	// Passable lets later deliveries of the session go first: the receiver has
	// refused this one again and again.
	Passable bool

	Tries      int64     // how often it has been sent
	Step       int64     // how much of the schedule is used up; resending starts over
	DueAt      time.Time // when it is to be sent, or until when its sender holds it
	LastStatus int64     // the HTTP status of the last try, 0 if there was no answer
	LastError  string    // what went wrong in the last try
	UpdatedAt  time.Time
}

// Owed is a delivery that has been claimed, with what is needed to send it. The
// Event's Transaction has nothing but the number of the Account.
type Owed struct {
	Delivery Delivery
	Event    Event
	Endpoint Endpoint
}

// Try is one time that an event was sent to an endpoint.
type Try struct {
	ID         string
	EndpointID string
	EventID    string
	Number     int64 // counts the tries of this delivery from 1
	At         time.Time
	Took       time.Duration // in whole milliseconds
	Status     int64         // the HTTP status, 0 if there was no answer
	Error      string        // what went wrong, for people; "" after a 2xx
	Response   string        // the first 4 KB of the answer's body, as text
}

// OK reports whether the endpoint took the event.
func (t Try) OK() bool { return t.Status/100 == 2 }

// TryQuery says which tries of an endpoint to list.
type TryQuery struct {
	EndpointID string
	EventID    string // "" for all
	OK         *bool  // those that succeeded, or those that failed; nil for all
	Offset     int
	Limit      int // required
}

// EventQuery says which events of an account to list. Empty fields do not
// restrict.
type EventQuery struct {
	Account     int64
	Types       []EventType
	SessionID   string
	From, Until time.Time // created at or after From and before Until
	After       int64     // oldest first, those with a larger Seq; 0 begins with the first
	Before      int64     // with Newest, those with a smaller Seq; 0 begins with the last
	Newest      bool      // newest first
	Limit       int       // required
}
