package mtntest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// party is the payer.
type party struct {
	Type string `json:"partyIdType"`
	ID   string `json:"partyId"`
}

// Payment is a request to pay, as it is reported.
type Payment struct {
	Charge       string `json:"financialTransactionId,omitempty"`
	ExternalID   string `json:"externalId"`
	Amount       string `json:"amount"`
	Currency     string `json:"currency"`
	Payer        party  `json:"payer"`
	PayerMessage string `json:"payerMessage"`
	PayeeNote    string `json:"payeeNote"`
	Status       string `json:"status"`
	Reason       string `json:"reason,omitempty"`
}

// payment is a request to pay and what MTN knows of it besides.
type payment struct {
	Payment
	reference string
	callback  string // where to tell what became of it; "" for nowhere
	created   time.Time
	outcome   outcome
	given     int64 // refunded or being refunded, in minor units
}

func (p *payment) final() bool { return p.Status == successful || p.Status == failed }

func (p *payment) due() time.Time { return p.created.Add(p.outcome.after) }

// settle makes p final if it is due.
func (p *payment) settle(s *Server, now time.Time) bool {
	if !p.final() && now.Before(p.due()) {
		return true
	}
	if !p.final() {
		s.finishPayment(p, p.outcome.status, p.outcome.reason)
	}
	return false
}

// finishPayment gives p its last status and owes the callback. s.mu is held.
func (s *Server) finishPayment(p *payment, status, reason string) {
	p.Status, p.Reason = status, reason
	if status == successful {
		s.serial++
		p.Charge = fmt.Sprint(1_000_000_000 + s.serial)
	}
	if p.callback == "" {
		return
	}
	body, err := json.Marshal(p.Payment)
	if err != nil {
		panic(err) // strings can be marshalled
	}
	method := http.MethodPost
	if s.config.Put {
		method = http.MethodPut
	}
	s.owed = append(s.owed, simulator.Message{
		Method: method, URL: p.callback, Header: http.Header{"Content-Type": {"application/json"}}, Body: body,
	})
}

// requestToPay sends a prompt to a phone.
func (s *Server) requestToPay(w http.ResponseWriter, r *http.Request) {
	reference, err := newReference(r)
	var q Payment
	if err == nil {
		err = decode(r, &q)
	}
	if err == nil {
		err = s.checkPayment(q)
	}
	callback := r.Header.Get("X-Callback-Url")
	u, _ := s.caller(product{name: "collection"}, r)
	if err == nil {
		err = s.checkCallback(callback, u)
	}
	if err == nil {
		err = s.do(func() error { return s.addPayment(reference, callback, q) })
	}
	finish(w, http.StatusAccepted, err)
}

// addPayment remembers a request to pay. s.mu is held.
func (s *Server) addPayment(reference, callback string, q Payment) error {
	if s.payments[reference] != nil {
		return errExists
	}
	n := s.number(q.Payer.ID)
	if n.refused != nil {
		return n.refused
	}
	q.Status, q.Reason, q.Charge = cmp.Or(n.first, pending), "", ""
	p := &payment{Payment: q, reference: reference, callback: callback, created: s.Now(), outcome: n.outcome}
	s.payments[reference], s.external[q.ExternalID] = p, reference
	if n.outcome.status != "" {
		s.waiting = append(s.waiting, p)
	}
	return nil
}

// checkPayment returns what is wrong with a request to pay.
func (s *Server) checkPayment(q Payment) error {
	if q.Currency != s.currency {
		return errCurrency
	}
	if _, err := minor(q.Amount, q.Currency); err != nil {
		return err
	}
	if q.Payer.Type != "MSISDN" || !msisdnForm.MatchString(q.Payer.ID) {
		return bad("payer must be an MSISDN: the calling code and the number, digits only")
	}
	if q.ExternalID == "" {
		return bad("externalId is missing")
	}
	return notes(q.PayerMessage, q.PayeeNote)
}

// checkCallback returns what is wrong with a callback URL of u.
func (s *Server) checkCallback(text string, u user) error {
	if text == "" {
		return nil
	}
	to, err := url.Parse(text)
	switch {
	case err != nil || to.Hostname() == "" || to.Scheme != "http" && to.Scheme != "https" || strings.Contains(to.Path, "//"):
		return bad("X-Callback-Url is not a URL")
	case u.host != "" && !strings.EqualFold(to.Hostname(), u.host):
		return errCallback
	}
	return nil
}

// readPayment says how a request to pay stands.
func (s *Server) readPayment(w http.ResponseWriter, r *http.Request) {
	var view Payment
	err := s.do(func() error {
		p := s.payments[strings.ToLower(r.PathValue("reference"))]
		if p == nil {
			return errNotFound
		}
		view = p.Payment
		return nil
	})
	if err != nil {
		finish(w, 0, err)
		return
	}
	write(w, http.StatusOK, view)
}

// holder says whether a number is a wallet.
func (s *Server) holder(w http.ResponseWriter, r *http.Request) {
	msisdn := r.PathValue("number")
	write(w, http.StatusOK, map[string]bool{"result": msisdnForm.MatchString(msisdn) && numbers[msisdn].outcome.reason != "PAYER_NOT_FOUND"})
}
