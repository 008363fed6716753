package row

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// Event is a row of checkoutd_events.
type Event struct {
	Seq       int64
	ID        string
	Account   int64
	Type      string
	SessionID string
	AttemptID string
	Snapshot  string
	Body      []byte
	CreatedAt int64
	FannedAt  int64
	Subject   string
}

// FromEvent returns the row of e, without Seq, which the store gives, and
// without FannedAt, which comes later.
func FromEvent(e checkout.Event) (Event, error) {
	snapshot, err := object(e.Transaction)
	return Event{
		ID: e.ID, Account: e.Transaction.Account.Number, Type: string(e.Type),
		SessionID: e.Transaction.Session.ID, AttemptID: e.Transaction.Attempt.ID, Subject: e.Subject,
		Snapshot: snapshot, Body: Blob(e.Body), CreatedAt: Millis(e.CreatedAt),
	}, err
}

// Domain returns the event that r is the row of.
func (r Event) Domain() (checkout.Event, error) {
	t, err := parse[checkout.Transaction](r.Snapshot)
	e := checkout.Event{
		Seq: r.Seq, ID: r.ID, Type: checkout.EventType(r.Type), Subject: r.Subject,
		CreatedAt: At(r.CreatedAt), Transaction: t,
	}
	if len(r.Body) > 0 {
		e.Body = r.Body
	}
	return e, err
}

// Endpoint is a row of checkoutd_endpoints.
type Endpoint struct {
	ID           string
	Account      int64
	URL          string
	Events       string
	Secret       string
	Old          string
	Metadata     string
	Listener     int64
	Status       string
	Reason       string
	FailingSince int64
	FailingEvent int64
	Down         int64
	Marks        int64
	QuietUntil   int64
	CatchUp      int64
	CheckAt      int64
	DueAt        *int64
	CreatedAt    int64
	UpdatedAt    int64
}

// FromEndpoint returns the row of e, without DueAt, which follows from its
// deliveries.
func FromEndpoint(e checkout.Endpoint) (Endpoint, error) {
	old, err := texts(e.Old)
	return Endpoint{
		ID: e.ID, Account: e.Account, URL: e.URL, Events: list(e.Events), Secret: e.Secret, Old: old,
		Metadata: string(e.Metadata), Listener: Flag(e.Listener), Status: string(e.Status), Reason: e.Reason,
		FailingSince: Optional(e.FailingSince), FailingEvent: e.FailingEvent, Down: Flag(e.Down), Marks: e.Marks,
		QuietUntil: Optional(e.QuietUntil), CatchUp: Optional(e.CatchUp), CheckAt: Optional(e.CheckAt),
		CreatedAt: Millis(e.CreatedAt), UpdatedAt: Millis(e.UpdatedAt),
	}, err
}

// Domain returns the endpoint that r is the row of.
func (r Endpoint) Domain() (checkout.Endpoint, error) {
	old, err := parseTexts[checkout.OldSecret](r.Old)
	return checkout.Endpoint{
		ID: r.ID, Account: r.Account, URL: r.URL, Events: unlist[checkout.EventType](r.Events), Secret: r.Secret, Old: old,
		Metadata: checkout.Metadata(r.Metadata), Listener: r.Listener != 0, Status: checkout.EndpointStatus(r.Status), Reason: r.Reason,
		FailingSince: OptionalAt(r.FailingSince), FailingEvent: r.FailingEvent, Down: r.Down != 0, Marks: r.Marks,
		QuietUntil: OptionalAt(r.QuietUntil), CatchUp: OptionalAt(r.CatchUp), CheckAt: OptionalAt(r.CheckAt),
		CreatedAt: At(r.CreatedAt), UpdatedAt: At(r.UpdatedAt),
	}, err
}

// Delivery is a row of checkoutd_deliveries.
type Delivery struct {
	Event      int64
	EndpointID string
	SessionID  string
	Status     string
	Held       int64
	Passable   int64
	Tries      int64
	Step       int64
	DueAt      int64
	LastStatus int64
	LastError  string
	UpdatedAt  int64
}

// FromDelivery returns the row of d.
func FromDelivery(d checkout.Delivery) Delivery {
	return Delivery{
		Event: d.Event, EndpointID: d.EndpointID, SessionID: d.SessionID, Status: string(d.Status),
		Held: Flag(d.Held), Passable: Flag(d.Passable), Tries: d.Tries, Step: d.Step,
		DueAt: Millis(d.DueAt), LastStatus: d.LastStatus, LastError: d.LastError, UpdatedAt: Millis(d.UpdatedAt),
	}
}

// Domain returns the delivery that r is the row of.
func (r Delivery) Domain() checkout.Delivery {
	return checkout.Delivery{
		Event: r.Event, EndpointID: r.EndpointID, SessionID: r.SessionID, Status: checkout.DeliveryStatus(r.Status),
		Held: r.Held != 0, Passable: r.Passable != 0, Tries: r.Tries, Step: r.Step,
		DueAt: At(r.DueAt), LastStatus: r.LastStatus, LastError: r.LastError, UpdatedAt: At(r.UpdatedAt),
	}
}

// Try is a row of checkoutd_tries.
type Try struct {
	ID         string
	EndpointID string
	EventID    string
	Number     int64
	Ok         int64
	TriedAt    int64
	Took       int64
	Status     int64
	Error      string
	Response   string
}

// FromTry returns the row of t.
func FromTry(t checkout.Try) Try {
	return Try{
		ID: t.ID, EndpointID: t.EndpointID, EventID: t.EventID, Number: t.Number, Ok: Flag(t.OK()),
		TriedAt: Millis(t.At), Took: t.Took.Milliseconds(), Status: t.Status, Error: t.Error, Response: t.Response,
	}
}

// Domain returns the try that r is the row of.
func (r Try) Domain() checkout.Try {
	return checkout.Try{
		ID: r.ID, EndpointID: r.EndpointID, EventID: r.EventID, Number: r.Number,
		At: At(r.TriedAt), Took: time.Duration(r.Took) * time.Millisecond, Status: r.Status, Error: r.Error, Response: r.Response,
	}
}
