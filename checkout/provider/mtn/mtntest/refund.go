package mtntest

import (
	"net/http"
	"strings"
	"time"
)

// funds is what the Disbursement product starts with: refunds are paid from
// there.
const funds = "1000000000"

// Refund is a refund, as it is reported.
type Refund struct {
	Charge       string `json:"financialTransactionId,omitempty"`
	ExternalID   string `json:"externalId"`
	Amount       string `json:"amount"`
	Currency     string `json:"currency"`
	PayerMessage string `json:"payerMessage"`
	PayeeNote    string `json:"payeeNote"`
	Status       string `json:"status"`
	Reason       string `json:"reason,omitempty"`
}

// refund is a refund and what MTN knows of it besides.
type refund struct {
	Refund
	reference string
	of        *payment // nil for a reference that decides by itself
	units     int64    // the amount in minor units
	created   time.Time
	outcome   outcome
}

func (f *refund) final() bool { return f.Status == successful || f.Status == failed }

func (f *refund) due() time.Time { return f.created.Add(f.outcome.after) }

// settle makes f final if it is due.
func (f *refund) settle(_ *Server, now time.Time) bool {
	if !f.final() && now.Before(f.due()) {
		return true
	}
	if !f.final() {
		f.finish(f.outcome.status, f.outcome.reason)
	}
	return false
}

// finish gives f its last status.
func (f *refund) finish(status, reason string) {
	f.Status, f.Reason = status, reason
	if status == failed && f.of != nil {
		f.of.given -= f.units
	}
}

// requestRefund gives a payment back, or a part of it.
func (s *Server) requestRefund(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Refund
		Of string `json:"referenceIdToRefund"`
	}
	reference, err := newReference(r)
	if err == nil {
		err = decode(r, &q)
	}
	var units int64
	if err == nil {
		units, err = s.checkRefund(q.Refund)
	}
	if err == nil {
		q.Status, q.Reason, q.Charge = pending, "", ""
		f := &refund{Refund: q.Refund, reference: reference, units: units, created: s.Now()}
		err = s.do(func() error { return s.addRefund(f, strings.ToLower(q.Of)) })
	}
	finish(w, http.StatusAccepted, err)
}

// checkRefund returns the amount of a refund, or what is wrong with it.
func (s *Server) checkRefund(q Refund) (int64, error) {
	if q.Currency != s.currency {
		return 0, errCurrency
	}
	if q.ExternalID == "" {
		return 0, bad("externalId is missing")
	}
	if err := notes(q.PayerMessage, q.PayeeNote); err != nil {
		return 0, err
	}
	return minor(q.Amount, q.Currency)
}

// addRefund remembers a refund of a payment. That more than was paid is refused
// with NOT_ALLOWED is a guess. s.mu is held.
func (s *Server) addRefund(f *refund, of string) error {
	if s.refunds[f.reference] != nil {
		return errExists
	}
	n, magic := refundNumbers[of]
	if n.refused != nil {
		return n.refused
	}
	f.outcome = n.outcome
	if !magic {
		p := s.payments[of]
		if p == nil || p.Status != successful {
			return errNotFound
		}
		if paid, err := minor(p.Amount, p.Currency); err != nil || p.Currency != f.Currency || p.given+f.units > paid {
			return errAllowed
		}
		p.given += f.units
		f.of, f.outcome = p, outcome{successful, "", s.config.Delay}
	}
	s.refunds[f.reference], s.external[f.ExternalID] = f, f.reference
	s.waiting = append(s.waiting, f)
	return nil
}

// readRefund says how a refund stands.
func (s *Server) readRefund(w http.ResponseWriter, r *http.Request) {
	var view Refund
	err := s.do(func() error {
		f := s.refunds[strings.ToLower(r.PathValue("reference"))]
		if f == nil {
			return errNotFound
		}
		view = f.Refund
		return nil
	})
	if err != nil {
		finish(w, 0, err)
		return
	}
	write(w, http.StatusOK, view)
}

// balance says how much money there is: what was collected, or what is left to
// pay refunds from.
func (s *Server) balance(p product) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		units := s.Received()[s.currency]
		if p.name == "disbursement" {
			units, _ = minor(funds, s.currency)
			units -= s.Refunded()[s.currency]
		}
		write(w, http.StatusOK, map[string]string{"availableBalance": decimal(units, s.currency), "currency": s.currency})
	}
}
