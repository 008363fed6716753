package row

import "github.com/checkoutd/checkoutd/checkout"

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
// without Body and FannedAt, which come later.
func FromEvent(e checkout.Event) (Event, error) {
	snapshot, err := object(e.Transaction)
	return Event{
		ID: e.ID, Account: e.Transaction.Account.Number, Type: string(e.Type),
		SessionID: e.Transaction.Session.ID, AttemptID: e.Transaction.Attempt.ID, Subject: e.Subject,
		Snapshot: snapshot, CreatedAt: Millis(e.CreatedAt),
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
	ID        string
	Account   int64
	URL       string
	Events    string
	Secret    string
	Metadata  string
	CreatedAt int64
	UpdatedAt int64
}

// FromEndpoint returns the row of e.
func FromEndpoint(e checkout.Endpoint) Endpoint {
	return Endpoint{
		ID: e.ID, Account: e.Account, URL: e.URL, Events: list(e.Events), Secret: e.Secret,
		Metadata: string(e.Metadata), CreatedAt: Millis(e.CreatedAt), UpdatedAt: Millis(e.UpdatedAt),
	}
}

// Domain returns the endpoint that r is the row of.
func (r Endpoint) Domain() checkout.Endpoint {
	return checkout.Endpoint{
		ID: r.ID, Account: r.Account, URL: r.URL, Events: unlist[checkout.EventType](r.Events), Secret: r.Secret,
		Metadata: checkout.Metadata(r.Metadata), CreatedAt: At(r.CreatedAt), UpdatedAt: At(r.UpdatedAt),
	}
}

// Delivery is a row of checkoutd_deliveries.
type Delivery struct {
	Event      int64
	EndpointID string
	SessionID  string
	Status     string
	Tries      int64
	DueAt      int64
	LastStatus int64
	LastError  string
	UpdatedAt  int64
}

// FromDelivery returns the row of d.
func FromDelivery(d checkout.Delivery) Delivery {
	return Delivery{
		Event: d.Event, EndpointID: d.EndpointID, SessionID: d.SessionID, Status: string(d.Status),
		Tries: d.Tries, DueAt: Millis(d.DueAt), LastStatus: d.LastStatus, LastError: d.LastError,
		UpdatedAt: Millis(d.UpdatedAt),
	}
}

// Domain returns the delivery that r is the row of.
func (r Delivery) Domain() checkout.Delivery {
	return checkout.Delivery{
		Event: r.Event, EndpointID: r.EndpointID, SessionID: r.SessionID, Status: checkout.DeliveryStatus(r.Status),
		Tries: r.Tries, DueAt: At(r.DueAt), LastStatus: r.LastStatus, LastError: r.LastError,
		UpdatedAt: At(r.UpdatedAt),
	}
}
