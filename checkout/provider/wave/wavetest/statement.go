package wavetest

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// transaction is a row of the statement. money is what the customer paid, or got
// back if it is negative, and fee what Wave kept of it.
type transaction struct {
	at         time.Time
	id, kind   string
	money, fee checkout.Money
	mobile     string
	session    string
	reference  string
}

// fee is Wave's: one percent, rounded up.
//
// Source: docs.wave.com/balance-api, sample of a transaction, read 2026-11-22:
// 100 paid are a change of 99 and a fee of 1.
func fee(m checkout.Money) checkout.Money {
	m.Amount = m.Amount/100 + min(m.Amount%100, 1)
	return m
}

// payment is the row of a session that was paid.
func payment(p *Session, mobile string) transaction {
	return transaction{
		at: p.Completed, id: p.TransactionID, kind: "api_checkout", money: p.Amount, fee: fee(p.Amount),
		mobile: mobile, session: p.ID, reference: p.ClientReference,
	}
}

// repayment is the row of a session that was given back, with its fee.
func repayment(p *Session, id string, now time.Time) transaction {
	t := payment(p, anybody)
	t.at, t.id, t.kind = now, id, "api_checkout_refund"
	t.money.Amount, t.fee.Amount = -t.money.Amount, -t.fee.Amount
	return t
}

// change is what the balance changed by.
func (t transaction) change() checkout.Money {
	m := t.money
	m.Amount -= t.fee.Amount
	return m
}

// held returns what the wallet holds once the first n transactions are done.
// s.mu must be held.
func (s *Server) held(n int, c checkout.Currency) checkout.Money {
	sum := checkout.Money{Currency: c}
	for _, t := range s.rows[:n] {
		if t.money.Currency == c {
			sum.Amount += t.change().Amount
		}
	}
	return sum
}

func (s *Server) balance(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.held(len(s.rows), checkout.XOF)
	answer(w, encode(map[string]any{"amount": decimal(held), "currency": held.Currency}))
}

// statement answers with a page of the transactions of one day, in UTC.
func (s *Server) statement(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	date := r.URL.Query().Get("date")
	if date == "" {
		date = s.Now().Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		refuse(w, http.StatusBadRequest, "request-validation-error", "date must be YYYY-MM-DD")
		return
	}
	from := 0
	if after := r.URL.Query().Get("after"); after != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(after, "row-"))
		if err != nil || n < 0 || n > len(s.rows) {
			refuse(w, http.StatusBadRequest, "request-validation-error", "after must be an end_cursor")
			return
		}
		from = n
	}
	items, end, more := []map[string]any{}, from, false
	for i := from; i < len(s.rows); i++ {
		if s.rows[i].at.UTC().Format(time.DateOnly) != date {
			continue
		}
		if more = len(items) == s.config.PageSize; more {
			break
		}
		items, end = append(items, s.item(i)), i+1
	}
	answer(w, encode(map[string]any{
		"date": date, "items": items,
		"page_info": map[string]any{"start_cursor": r.URL.Query().Get("after"), "end_cursor": "row-" + strconv.Itoa(end), "has_next_page": more},
	}))
}

// item is the ith transaction as the statement shows it. s.mu must be held.
func (s *Server) item(i int) map[string]any {
	t := s.rows[i]
	return map[string]any{
		"timestamp": stamp(t.at), "transaction_id": t.id, "transaction_type": t.kind,
		"amount": decimal(t.change()), "fee": decimal(t.fee), "balance": decimal(s.held(i+1, t.money.Currency)), "currency": t.money.Currency,
		"counterparty_name": "Test Customer", "counterparty_mobile": t.mobile,
		"client_reference": orNull(t.reference), "checkout_api_session_id": orNull(t.session),
		"is_reversal": t.money.Amount < 0,
	}
}
