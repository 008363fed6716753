package torture

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// The headers of a message, as the dispatcher sets them.
const (
	headerContentType = "Content-Type"
	headerUserAgent   = "User-Agent"
	headerEvent       = "X-Lomi-Event"
	headerDelivery    = "X-Lomi-Delivery"
	headerMade        = "X-Lomi-Timestamp"
	headerLomi        = "X-Lomi-Signature"
	headerID          = "Webhook-Id"
	headerTime        = "Webhook-Timestamp"
	headerStandard    = "Webhook-Signature"
)

// alphabet is that of identifiers, which begin with the time.
const (
	alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	timeLen  = 10
	idLen    = 26
)

// newID returns an identifier as the service makes them.
func (r *runner) newID(prefix string, at time.Time) string {
	random := r.random(idLen - timeLen)
	for i, b := range random {
		random[i] = alphabet[int(b)%len(alphabet)]
	}
	return checkout.IDFloor(prefix, at)[:len(prefix)+timeLen] + string(random)
}

// newSecret returns a secret of nobody's.
func (r *runner) newSecret() string {
	return "whsec_" + base64.StdEncoding.EncodeToString(r.random(32))
}

// random returns n bytes by chance. Without chance the run stops.
func (r *runner) random(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(r.Random, b); err != nil {
		r.stop(fmt.Errorf("no chance: %w", err))
	}
	return b
}

// payment is one try to pay a session, neither of which ever was.
type payment struct {
	session checkout.Session
	attempt checkout.Attempt
}

// payment returns a new one, begun at a time.
func (r *runner) payment(at time.Time) payment {
	r.payments++
	return r.try(checkout.Session{
		ID: r.newID("cs_", at), Status: checkout.StatusOpen, Title: "Order #12345", Description: "Two woven baskets", Quantity: 1,
		Total:             checkout.Money{Amount: 10000, Currency: checkout.XOF},
		Customer:          checkout.Contact{Name: "Awa Diop", Email: "awa@example.com", Phone: "+221771234567", Country: "SN"},
		Metadata:          checkout.Metadata(strings.ReplaceAll(string(r.Metadata), "{n}", strconv.Itoa(r.payments))),
		IntegrationSource: "system", CreatedAt: at, UpdatedAt: at, ExpiresAt: at.Add(time.Hour),
	}, at)
}

// try returns a try to pay s, begun at a time.
func (r *runner) try(s checkout.Session, at time.Time) payment {
	id := r.newID("txn_", at)
	return payment{session: s, attempt: checkout.Attempt{
		ID: id, SessionID: s.ID, Status: checkout.AttemptOpen, Provider: "wave", Method: "wave", MethodCode: "MOBILE_MONEY",
		Amount: s.Total, Payer: s.Customer, Ref: "cos-" + strings.ToLower(strings.TrimPrefix(id, "txn_")),
		CreatedAt: at, UpdatedAt: at,
	}}
}

// event returns what is told about p at a time.
func (r *runner) event(p payment, kind checkout.EventType, at time.Time) checkout.Event {
	id := r.newID("evt_", at)
	tx := checkout.Transaction{Account: checkout.Account{Merchant: "mer_01KA0000000000000000000000", Name: "Torture"}, Session: p.session, Attempt: p.attempt}
	a := &tx.Attempt
	a.UpdatedAt = at
	switch kind {
	case checkout.EventPaymentCreated:
	case checkout.EventPaymentFailed:
		a.Status, a.Reason = checkout.AttemptFailed, "insufficient_funds"
	case checkout.EventRefundCompleted:
		a.Status, a.Received, a.Refunded = checkout.AttemptRefunded, a.Amount, a.Amount.Amount
		tx.Refund = &checkout.Refund{
			ID: "re_" + strings.TrimPrefix(id, "evt_"), AttemptID: a.ID, SessionID: p.session.ID,
			Status: checkout.RefundSucceeded, Amount: a.Amount, Origin: checkout.RefundByMerchant, CreatedAt: at, UpdatedAt: at,
		}
	default:
		a.Status, a.Received, a.PaidAt = checkout.AttemptPaid, a.Amount, at
		a.Charge = "T_" + strings.TrimPrefix(a.ID, "txn_")
		tx.Session.Status, tx.Session.TransactionID = checkout.StatusCompleted, a.ID
	}
	return checkout.Event{ID: id, Type: kind, CreatedAt: at, Transaction: tx}
}

// message is one request to the receiver.
type message struct {
	event  checkout.Event
	method string
	header http.Header
	body   []byte
	what   string // what is special about it, for people
}

// message returns e as it is sent at a time, good.
func (r *runner) message(e checkout.Event, at time.Time) message {
	body, err := webhook.Body(e)
	if err != nil {
		r.stop(err) // metadata that is no JSON
	}
	m := message{event: e, method: http.MethodPost, body: body, header: http.Header{}}
	m.header.Set(headerContentType, "application/json")
	m.header.Set(headerUserAgent, "Lomi-Webhook/1.0 checkoutd")
	m.header.Set(headerEvent, string(e.Type))
	m.header.Set(headerDelivery, e.ID)
	m.header.Set(headerMade, e.CreatedAt.UTC().Format("2006-01-02T15:04:05.000Z"))
	m.header.Set(headerID, e.ID)
	m.sign(r.Secret, at)
	return m
}

// sign puts the time and both signatures of the body as it is into the header.
func (m message) sign(secret string, at time.Time) {
	m.header.Set(headerTime, strconv.FormatInt(at.Unix(), 10))
	m.header.Set(headerLomi, webhook.SignLomi(secret, m.body))
	m.header.Set(headerStandard, webhook.Sign(secret, m.header.Get(headerID), at, m.body))
}

// as returns a copy of m that says what change makes of it.
func (m message) as(what string, change func(m *message)) message {
	m.what, m.header = what, m.header.Clone()
	change(&m)
	return m
}

// paid returns a good message about a new payment that has just succeeded.
func (r *runner) paid() message { return r.paidAt(r.now()) }

// paidAt is paid at another time.
func (r *runner) paidAt(at time.Time) message {
	return r.told(r.payment(at), checkout.EventPaymentSucceeded, at)
}

// told returns a good message about p.
func (r *runner) told(p payment, kind checkout.EventType, at time.Time) message {
	return r.message(r.event(p, kind, at), at)
}

func (r *runner) now() time.Time { return r.Clock.Now().UTC().Truncate(time.Millisecond) }
