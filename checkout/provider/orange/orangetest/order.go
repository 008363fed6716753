package orangetest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// Status is where an order stands, in the words of transactionstatus.
type Status string

// The statuses.
const (
	Initiated Status = "INITIATED" // nobody has confirmed
	Pending   Status = "PENDING"   // the customer has confirmed
	Success   Status = "SUCCESS"
	Failed    Status = "FAILED"
	Expired   Status = "EXPIRED" // nobody confirmed in time
)

// Order is a payment as the simulated Orange knows it.
type Order struct {
	OrderID    string
	Amount     int64
	Currency   string // OUV or XOF
	Reference  string // whom the page says that the customer pays
	Lang       string
	Status     Status
	TxnID      string // "" until the money moved, or failed to
	PayToken   string
	NotifToken string
	CreatedAt  time.Time
}

// order is an Order and where its news go.
type order struct {
	Order
	returnURL, cancelURL, notifURL string
}

// find returns the order that id names, as it stands now, or nil. The caller
// holds s.mu.
func (s *Server) find(id string) *order {
	for _, o := range s.orders {
		sum := sha256.Sum256([]byte(o.NotifToken))
		if id != o.OrderID && id != o.PayToken && id != hex.EncodeToString(sum[:]) {
			continue
		}
		if o.Status == Initiated && !s.config.Untouched && s.over(o) {
			o.Status = Expired
		}
		return o
	}
	return nil
}

// over reports whether an order is too old to be confirmed.
func (s *Server) over(o *order) bool { return !s.Now().Before(o.CreatedAt.Add(orderLife)) }

// Order returns the order that id names.
func (s *Server) Order(id string) (Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.find(id)
	if o == nil {
		return Order{}, unknown(id)
	}
	return o.Order, nil
}

// Orders returns all orders, oldest first.
func (s *Server) Orders() []Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Order
	for _, o := range s.orders {
		all = append(all, s.find(o.OrderID).Order)
	}
	return all
}

// Received returns the money of the orders that were paid, by currency.
func (s *Server) Received() map[string]int64 {
	sums := map[string]int64{}
	for _, o := range s.Orders() {
		if o.Status == Success {
			sums[o.Currency] += o.Amount
		}
	}
	return sums
}

func unknown(id string) error { return fmt.Errorf("orangetest: no order %q", id) }

// Pay lets the customer pay an order, and owes its notification.
func (s *Server) Pay(id string) error { return s.finish(id, Success) }

// Fail lets a payment fail, and owes its notification. Orange tells nobody why:
// the code is ignored.
func (s *Server) Fail(id, _ string) error { return s.finish(id, Failed) }

// Confirm lets the customer press the button of the page: the payment is in
// progress, and no time limit ends it any more, until Pay or Fail.
func (s *Server) Confirm(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.confirm(id)
	if err == nil {
		o.Status = Pending
	}
	return err
}

// Cancel lets the customer follow the page's link back. Nothing is notified and
// nothing ends: an order that nobody confirms stays INITIATED, and the customer
// may come back to the page.
func (s *Server) Cancel(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.find(id)
	switch {
	case o == nil:
		return unknown(id)
	case o.Status != Initiated:
		return fmt.Errorf("orangetest: order %s is %s", o.OrderID, o.Status)
	}
	return nil
}

// Notify owes the notification of a finished order once more: the same may come
// more than once.
func (s *Server) Notify(id string) error {
	s.mu.Lock()
	o := s.find(id)
	if o == nil {
		s.mu.Unlock()
		return unknown(id)
	}
	if o.Status != Success && o.Status != Failed {
		defer s.mu.Unlock()
		return fmt.Errorf("orangetest: order %s is %s, of which Orange notifies nobody", o.OrderID, o.Status)
	}
	m := notification(o)
	s.mu.Unlock()
	s.Owe(m) // unlocked: it may be sent at once
	return nil
}

// confirm returns the order that id names if it can be confirmed. The caller
// holds s.mu.
func (s *Server) confirm(id string) (*order, error) {
	o := s.find(id)
	if o == nil {
		return nil, unknown(id)
	}
	if o.Status == Initiated && s.over(o) {
		o.Status = Expired
	}
	if o.Status != Initiated {
		return nil, fmt.Errorf("orangetest: order %s is %s", o.OrderID, o.Status)
	}
	return o, nil
}

// finish ends an order and owes its notification.
func (s *Server) finish(id string, to Status) error {
	s.mu.Lock()
	o := s.find(id)
	if o == nil || o.Status != Pending {
		var err error
		if o, err = s.confirm(id); err != nil {
			s.mu.Unlock()
			return err
		}
	}
	o.Status, o.TxnID = to, s.txnID()
	s.mu.Unlock()
	return s.Notify(id)
}

// txnID returns the identifier of the next movement of money, like
// MP150709.1341.A00073. The caller holds s.mu.
func (s *Server) txnID() string {
	n := 1
	for _, o := range s.orders {
		if o.TxnID != "" {
			n++
		}
	}
	return fmt.Sprintf("MP%s.A%05d", s.Now().Format("060102.1504"), n)
}

// notification returns what is posted to notif_url.
func notification(o *order) simulator.Message {
	body := func(token string) []byte {
		b, _ := json.Marshal(struct { // texts always can
			Status     Status `json:"status"`
			NotifToken string `json:"notif_token"`
			TxnID      string `json:"txnid"`
		}{o.Status, token, o.TxnID})
		return b
	}
	return simulator.Message{
		Method: http.MethodPost, URL: o.notifURL, Header: http.Header{"Content-Type": {"application/json"}},
		Body: body(o.NotifToken), ForgedBody: body("00000000000000000000000000000000"),
	}
}
