package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/store"
)

// TestStoresAgree does random things to both stores, and expects the same
// answers.
func TestStoresAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		file := openFile(t, store.Options{Readers: 1})
		defer file.Close()
		m := &model{file: file, memory: checkouttest.NewStore(), now: start}
		rt.Repeat(map[string]func(*rapid.T){
			"":         m.looksTheSame,
			"pass":     m.pass,
			"create":   m.create,
			"change":   m.change,
			"pay":      m.pay,
			"report":   m.report,
			"list":     m.list,
			"attempts": m.listAttempts,
			"owe":      m.owe,
			"endpoint": m.endpoint,
			"deliver":  m.deliver,
			"answer":   m.answer,
			"fail":     m.fail,
		})
	})
}

// model is two stores, and what is known to be in them.
type model struct {
	file, memory checkout.Store
	now          time.Time
	sessions     []checkout.Session // as last read; some are stale
	attempts     []checkout.Attempt
	endpoints    []string
	claimed      []checkout.Delivery
	made         int

	catalog
}

// pass lets time go by.
func (m *model) pass(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "ms")) * time.Millisecond)
}

// both runs fn on each store and returns what the file answered, which must be
// what memory answers.
func both[V any](t *rapid.T, m *model, what string, fn func(tx checkout.Tx) (V, error)) (V, error) {
	var values [2]V
	var faults [2]error
	for i, s := range []checkout.Store{m.file, m.memory} {
		faults[i] = s.Update(context.Background(), func(tx checkout.Tx) (err error) {
			values[i], err = fn(tx)
			return err
		})
	}
	if fmt.Sprint(faults[0]) != fmt.Sprint(faults[1]) {
		t.Fatalf("%s: the file says %v, memory %v", what, faults[0], faults[1])
	}
	v := reflect.ValueOf(values[0])
	empty := v.Kind() == reflect.Slice && v.Len() == 0 && reflect.ValueOf(values[1]).Len() == 0
	if faults[0] == nil && !empty && !reflect.DeepEqual(values[0], values[1]) {
		t.Fatalf("%s:\nfile   %+v\nmemory %+v", what, values[0], values[1])
	}
	return values[0], faults[0]
}

func (m *model) do(t *rapid.T, what string, fn func(tx checkout.Tx) error) error {
	_, err := both(t, m, what, func(tx checkout.Tx) (struct{}, error) { return struct{}{}, fn(tx) })
	return err
}

// id returns an identifier made now; those of one instant differ at the end.
func (m *model) id(prefix string) string {
	m.made++
	id := checkout.IDFloor(prefix, m.now)
	return id[:len(id)-4] + fmt.Sprintf("%04d", m.made)
}

var (
	statuses   = []checkout.Status{checkout.StatusOpen, checkout.StatusCompleted, checkout.StatusExpired}
	emails     = []string{"", "a@x.example", "A@X.example", "b@x.example"}
	references = []string{"", "ref", "REF"}
	metadata   = []checkout.Metadata{"", `{"k":"1"}`, `{"k":1,"l":"2"}`}
)

func draw[V any](t *rapid.T, from []V, label string) V { return rapid.SampledFrom(from).Draw(t, label) }

func (m *model) create(t *rapid.T) {
	s := newSession(0)
	s.ID, s.Account = m.id("cs_"), rapid.Int64Range(1, 2).Draw(t, "account")
	s.Customer.Email, s.ClientReference, s.Metadata = draw(t, emails, "email"), draw(t, references, "reference"), draw(t, metadata, "metadata")
	s.CreatedAt, s.UpdatedAt = m.now, m.now
	s.ExpiresAt = m.now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ttl")) * time.Millisecond)
	if len(m.sessions) > 0 && rapid.IntRange(0, 9).Draw(t, "again") == 0 {
		s = draw(t, m.sessions, "session")
	}
	if m.do(t, "InsertSession", func(tx checkout.Tx) error { return tx.InsertSession(s) }) == nil {
		m.sessions = append(m.sessions, s)
	}
}

func (m *model) change(t *rapid.T) {
	if len(m.sessions) == 0 {
		t.Skip("no session")
	}
	i := rapid.IntRange(0, len(m.sessions)-1).Draw(t, "session")
	s := m.sessions[i]
	if s.Status, s.TransactionID = draw(t, statuses, "status"), ""; s.Status == checkout.StatusCompleted {
		s.TransactionID = "txn_1"
	}
	s.Customer.Email, s.UpdatedAt = draw(t, emails, "email"), m.now
	if m.do(t, "PutSession", func(tx checkout.Tx) error { return tx.PutSession(s) }) == nil && rapid.Bool().Draw(t, "remember") {
		s.Version++
		m.sessions[i] = s
	}
}

func (m *model) pay(t *rapid.T) {
	if len(m.sessions) == 0 {
		t.Skip("no session")
	}
	s := draw(t, m.sessions, "session")
	a := checkout.Attempt{
		ID: m.id("txn_"), Account: s.Account, SessionID: s.ID, Status: checkout.AttemptCreated, Version: 1,
		Provider: draw(t, []string{"sandbox", "wave"}, "provider"), Method: draw(t, []string{"wallet", "card"}, "method"),
		Amount: s.Total, Next: checkout.Next{Kind: checkout.NextPrompt, Text: "+221…"}, Payer: s.Customer,
		CustomerID: draw(t, append([]string{""}, m.customers...), "customer"),
		DueAt:      m.now.Add(time.Second), CreatedAt: m.now, UpdatedAt: m.now,
	}
	if m.do(t, "InsertAttempt", func(tx checkout.Tx) error { return tx.InsertAttempt(a) }) == nil {
		m.attempts = append(m.attempts, a)
	}
}

func (m *model) report(t *rapid.T) {
	if len(m.attempts) == 0 {
		t.Skip("no attempt")
	}
	i := rapid.IntRange(0, len(m.attempts)-1).Draw(t, "attempt")
	a := m.attempts[i]
	a.Status = draw(t, []checkout.AttemptStatus{checkout.AttemptOpen, checkout.AttemptPaid, checkout.AttemptFailed}, "status")
	if a.UpdatedAt, a.DueAt = m.now, (time.Time{}); a.Status == checkout.AttemptPaid {
		a.Received, a.PaidAt = a.Amount, m.now
	}
	err := m.do(t, "PutAttempt", func(tx checkout.Tx) error {
		if err := tx.PutAttempt(a); err != nil || a.Status != checkout.AttemptPaid {
			return err
		}
		return tx.AddBalance(a.Account, a.Received, m.now)
	})
	if err == nil && rapid.Bool().Draw(t, "remember") {
		a.Version++
		m.attempts[i] = a
	}
}

func (m *model) list(t *rapid.T) {
	q := checkout.SessionQuery{
		Account: rapid.Int64Range(1, 2).Draw(t, "account"), Now: m.now,
		Status:        draw(t, append(statuses, ""), "status"),
		CustomerEmail: draw(t, emails, "email"), ClientReference: draw(t, references, "reference"),
		Nearest: rapid.Bool().Draw(t, "nearest"),
		Offset:  rapid.IntRange(0, 3).Draw(t, "offset"), Limit: rapid.IntRange(1, 5).Draw(t, "limit"),
		From: m.instant(t, "from"), Until: m.instant(t, "until"),
	}
	if rapid.Bool().Draw(t, "by metadata") {
		q.Metadata = map[string]string{"k": "1"}
	}
	if len(m.sessions) > 0 && rapid.Bool().Draw(t, "newer") {
		q.Newer = draw(t, m.sessions, "newer").ID
	}
	if len(m.sessions) > 0 && rapid.Bool().Draw(t, "older") {
		q.Older = draw(t, m.sessions, "older").ID
	}
	_, _ = both(t, m, fmt.Sprintf("ListSessions(%+v)", q), func(tx checkout.Tx) ([]checkout.Session, error) { return tx.ListSessions(q) })
}

// instant returns the zero time or one near the sessions' creation.
func (m *model) instant(t *rapid.T, label string) time.Time {
	if !rapid.Bool().Draw(t, label) {
		return time.Time{}
	}
	return m.now.Add(-time.Duration(rapid.IntRange(0, 6000).Draw(t, label)) * time.Millisecond)
}

func (m *model) listAttempts(t *rapid.T) {
	q := checkout.AttemptQuery{
		Account: rapid.Int64Range(1, 2).Draw(t, "account"),
		From:    m.instant(t, "from"), Until: m.instant(t, "until"),
		Offset: rapid.IntRange(0, 3).Draw(t, "offset"), Limit: rapid.IntRange(1, 5).Draw(t, "limit"),
	}
	if rapid.Bool().Draw(t, "by status") {
		q.Statuses = []checkout.AttemptStatus{checkout.AttemptCreated, checkout.AttemptPaid}
	}
	if rapid.Bool().Draw(t, "by method") {
		q.MethodCodes, q.Providers = []string{"card"}, []string{"wave", "sandbox"}
	}
	if len(m.sessions) > 0 && rapid.Bool().Draw(t, "by session") {
		q.SessionID = draw(t, m.sessions, "session").ID
	}
	_, _ = both(t, m, fmt.Sprintf("ListAttempts(%+v)", q), func(tx checkout.Tx) ([]checkout.Attempt, error) { return tx.ListAttempts(q) })
}

func (m *model) owe(t *rapid.T) {
	if len(m.attempts) == 0 {
		t.Skip("no attempt")
	}
	a := draw(t, m.attempts, "attempt")
	e := checkout.Event{
		ID: m.id("evt_"), Type: draw(t, checkout.EventTypes[:3], "type"), CreatedAt: m.now,
		Transaction: checkout.Transaction{Account: checkout.Account{Number: a.Account}, Session: checkout.Session{ID: a.SessionID}, Attempt: a},
	}
	_ = m.do(t, "AppendEvent", func(tx checkout.Tx) error { return tx.AppendEvent(e) })
	if rapid.Bool().Draw(t, "fan out") {
		_ = m.do(t, "FanOut", func(tx checkout.Tx) error {
			events, err := tx.UnfannedEvents(3)
			for _, e := range events {
				e.Body = []byte(e.ID)
				to, err := tx.ListEndpoints(e.Transaction.Account.Number)
				if err := errors.Join(err, tx.FanOut(e, to, m.now)); err != nil {
					return err
				}
			}
			return err
		})
	}
}

func (m *model) endpoint(t *rapid.T) {
	if len(m.endpoints) > 0 && rapid.Bool().Draw(t, "change") {
		m.tendEndpoint(t)
		return
	}
	e := checkout.Endpoint{
		ID: m.id("we_"), Account: rapid.Int64Range(1, 2).Draw(t, "account"), Secret: "whsec_", Status: checkout.EndpointActive, Metadata: `{"a":1}`,
		URL: "https://shop.example/" + draw(t, []string{"a", "b", "c"}, "url"), Events: checkout.EventTypes[:2],
		CreatedAt: m.now, UpdatedAt: m.now,
	}
	if m.do(t, "InsertEndpoint", func(tx checkout.Tx) error { return tx.InsertEndpoint(e) }) == nil {
		m.endpoints = append(m.endpoints, e.ID)
	}
}

// tendEndpoint does to an endpoint what a dispatcher does.
func (m *model) tendEndpoint(t *rapid.T) {
	id := draw(t, m.endpoints, "endpoint")
	switch draw(t, []string{"put", "hasten", "owe", "prune", "bodies"}, "what") {
	case "put":
		status := draw(t, []checkout.EndpointStatus{checkout.EndpointActive, checkout.EndpointActive, checkout.EndpointPaused, checkout.EndpointDeleted}, "status")
		_ = m.do(t, "PutEndpoint", func(tx checkout.Tx) error {
			e, err := tx.Endpoint(id)
			if err != nil {
				return err
			}
			if e.Status = status; status == checkout.EndpointDeleted {
				e.URL = "deleted:" + e.ID
			}
			e.CheckAt, e.QuietUntil = m.now.Add(time.Second), m.now.Add(-time.Second)
			return tx.PutEndpoint(e)
		})
	case "hasten":
		_, _ = both(t, m, "Hasten", func(tx checkout.Tx) (int, error) { return tx.Hasten(id, m.now, m.now, 5, 2) })
	case "owe":
		_ = m.do(t, "Owe", func(tx checkout.Tx) error {
			owed, err := tx.OldestOwed(id)
			if err != nil {
				return err
			}
			e := checkout.Event{Seq: owed, Body: []byte("again")}
			d, err := tx.Delivery(id, owed)
			e.Transaction.Session.ID = d.SessionID
			return errors.Join(err, tx.Owe(e, id, m.now))
		})
	case "prune":
		_, _ = both(t, m, "PruneEndpoint", func(tx checkout.Tx) (int, error) {
			if e, err := tx.Endpoint(id); err != nil || e.Status != checkout.EndpointDeleted {
				return 0, err
			}
			return tx.PruneEndpoint(id, 1000)
		})
	case "bodies":
		_, _ = both(t, m, "PruneBodies", func(tx checkout.Tx) (int, error) { return tx.PruneBodies(m.now.Add(-2*time.Second), 3) })
	}
}

func (m *model) deliver(t *rapid.T) {
	if len(m.claimed) == 0 || rapid.Bool().Draw(t, "claim") {
		until := m.now.Add(time.Duration(rapid.IntRange(0, 4000).Draw(t, "lease")) * time.Millisecond)
		limit := rapid.IntRange(1, 3).Draw(t, "limit")
		list, err := both(t, m, "ClaimDeliveries", func(tx checkout.Tx) (list []checkout.Owed, err error) {
			due, err := tx.DueEndpoints(m.now, 0, 1)
			if err != nil || len(due) == 0 {
				return nil, err
			}
			return tx.ClaimDeliveries(due[0].ID, m.now, until, limit)
		})
		for _, o := range list {
			if err == nil {
				m.claimed = append(m.claimed, o.Delivery)
			}
		}
		return
	}
	i := rapid.IntRange(0, len(m.claimed)-1).Draw(t, "claimed")
	d := m.claimed[i]
	claimed := d.DueAt
	d.Tries, d.Step, d.LastStatus, d.LastError, d.UpdatedAt = d.Tries+1, d.Step+1, 500, "no", m.now
	d.Passable = rapid.IntRange(0, 4).Draw(t, "passable") == 0
	d.DueAt = m.now.Add(time.Second)
	switch draw(t, []string{"failed", "delivered", "dead"}, "outcome") {
	case "delivered":
		d.Status, d.LastStatus = checkout.DeliveryDelivered, 200
	case "dead":
		d.Status = checkout.DeliveryDead
	}
	_ = m.do(t, "PutDelivery", func(tx checkout.Tx) error { return tx.PutDelivery(d, claimed) })
	m.claimed = slices.Delete(m.claimed, i, i+1)
}

func (m *model) answer(t *rapid.T) {
	k := checkout.Idempotency{Route: "r", Key: draw(t, []string{"a", "b", "c"}, "key"), Fingerprint: [32]byte{byte(m.made)}}
	_, err := both(t, m, "Answer", func(tx checkout.Tx) (checkout.KeptAnswer, error) { return tx.Answer(1, k, m.now.Add(-2*time.Second)) })
	if err != nil {
		_ = m.do(t, "PutAnswer", func(tx checkout.Tx) error { return tx.PutAnswer(1, k, []byte(m.now.String()), m.now) })
	}
	_, _ = both(t, m, "PruneAnswers", func(tx checkout.Tx) (int, error) { return tx.PruneAnswers(m.now.Add(-3*time.Second), 9) })
}

// fail does much and undoes it.
func (m *model) fail(t *rapid.T) {
	id := m.id("cs_")
	_ = m.do(t, "failing update", func(tx checkout.Tx) error {
		s := newSession(1)
		s.ID = id
		err := tx.InsertSession(s)
		due, claimErr := tx.DueEndpoints(m.now, 0, 1)
		if claimErr == nil && len(due) > 0 {
			_, claimErr = tx.ClaimDeliveries(due[0].ID, m.now, m.now.Add(time.Hour), 3)
		}
		return errors.Join(err, claimErr, tx.AddBalance(1, s.Total, m.now), errors.New("undo"))
	})
}

// looksTheSame compares what can be seen without arguments.
func (m *model) looksTheSame(t *rapid.T) {
	_, _ = both(t, m, "NextDue", func(tx checkout.Tx) (time.Time, error) { return tx.NextDue(m.now) })
	_, _ = both(t, m, "DueSessions", func(tx checkout.Tx) ([]checkout.Session, error) { return tx.DueSessions(m.now, 3) })
	_, _ = both(t, m, "DueAttempts", func(tx checkout.Tx) ([]checkout.Attempt, error) { return tx.DueAttempts("wave", m.now, 3) })
	_, _ = both(t, m, "DueSubscriptions", func(tx checkout.Tx) ([]checkout.Subscription, error) { return tx.DueSubscriptions(m.now, 3) })
	_, _ = both(t, m, "UnfannedEvents", func(tx checkout.Tx) ([]checkout.Event, error) { return tx.UnfannedEvents(3) })
	_, _ = both(t, m, "Balances", func(tx checkout.Tx) ([]checkout.Balance, error) { return tx.Balances(1) })
	_, _ = both(t, m, "ListEndpoints", func(tx checkout.Tx) ([]checkout.Endpoint, error) { return tx.ListEndpoints(1) })
	_, _ = both(t, m, "DueEndpoints", func(tx checkout.Tx) ([]checkout.Endpoint, error) { return tx.DueEndpoints(m.now, 0, 9) })
	_, _ = both(t, m, "CheckEndpoints", func(tx checkout.Tx) ([]checkout.Endpoint, error) { return tx.CheckEndpoints(m.now, 9) })
	_, _ = both(t, m, "ListEvents", func(tx checkout.Tx) ([]checkout.Event, error) {
		return tx.ListEvents(checkout.EventQuery{Account: 1, Newest: true, Limit: 9})
	})
	_, _ = both(t, m, "Backlog", func(tx checkout.Tx) (checkout.Backlog, error) { return tx.Backlog() })
	for _, id := range m.endpoints {
		_, _ = both(t, m, "OldestOwed", func(tx checkout.Tx) (int64, error) { return tx.OldestOwed(id) })
		_, _ = both(t, m, "Deliveries", func(tx checkout.Tx) ([]checkout.Delivery, error) { return tx.Deliveries(id, 9) })
	}
	if len(m.sessions) > 0 {
		id := m.sessions[m.made%len(m.sessions)].ID
		_, _ = both(t, m, "Session", func(tx checkout.Tx) (checkout.Session, error) { return tx.Session(id) })
		_, _ = both(t, m, "SessionAttempts", func(tx checkout.Tx) ([]checkout.Attempt, error) { return tx.SessionAttempts(id) })
	}
}
