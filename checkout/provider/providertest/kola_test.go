package providertest_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
)

// kola is a provider with everything, in memory, to try the suite on. bug is
// what it does wrong, "" for nothing.
type kola struct {
	bug    string
	secret func() string
	now    *clock.Mock
	mail   *providertest.Mailbox

	mu       *sync.Mutex
	fault    *string
	payments map[string]*payment // by our identifier
	refunds  map[string]int64    // by the refund's
}

type payment struct {
	ID      string
	State   checkout.State
	Paid    checkout.Money
	At      time.Time
	asked   checkout.Money
	expires time.Time
	back    int64
}

func newKola(bug string) kola {
	k := kola{
		bug: bug, secret: func() string { return "kola_secret" }, now: clock.NewMock(), mail: &providertest.Mailbox{},
		mu: &sync.Mutex{}, fault: new(string), payments: map[string]*payment{}, refunds: map[string]int64{},
	}
	k.now.Set(providertest.Noon)
	return k
}

func (k kola) Name() string   { return "kola" }
func (k kola) Livemode() bool { return false }

func (k kola) Caps() checkout.Caps {
	c := checkout.Caps{
		Methods: []checkout.Method{{ID: "kola", Code: "MOBILE_MONEY", Takes: []checkout.Range{{Currency: checkout.XOF}}}},
		Polls:   checkout.Schedule{Waits: []time.Duration{time.Minute}, Life: time.Hour},
		Refunds: checkout.RefundPartial,
	}
	switch k.bug {
	case "no schedule":
		c.Polls.Waits = nil
	case "full refunds":
		c.Refunds = checkout.RefundFull
	}
	return c
}

// call does what a call of the API comes to: with a fault that comes before, it
// does nothing.
func (k kola) call(do func() error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	fault := *k.fault
	*k.fault = ""
	switch fault {
	case providertest.FaultThrottle:
		if k.bug == "throttled is unknown" {
			return errors.New("429")
		}
		return &checkout.Throttled{}
	case providertest.FaultRefuse:
		if k.bug == "credentials are a no" {
			return &checkout.Declined{Reason: "declined"}
		}
		return &checkout.BadCredentials{}
	case providertest.FaultNotFound:
		if strings.HasPrefix(k.bug, "a no is") {
			return nil
		}
		return &checkout.Declined{Reason: "declined"}
	case providertest.FaultBefore:
		if k.bug == "fault is a no" {
			return &checkout.Declined{Reason: "declined"}
		}
		return errors.New("500")
	case "":
		return do()
	}
	_ = do()
	if k.bug == "lost is not sent" {
		return fmt.Errorf("%w: lost", checkout.ErrNotSent)
	}
	return errors.New("the answer was lost")
}

func (k kola) Start(_ context.Context, o checkout.Order) (s checkout.Started, err error) {
	err = k.call(func() error {
		p := &payment{ID: o.Attempt.ID, State: checkout.StatePending, asked: o.Attempt.Amount, expires: k.now.Now().Add(time.Hour)}
		if k.bug != "forgets" {
			k.payments[p.ID] = p
		}
		s = checkout.Started{Ref: "kola_" + p.ID, Next: checkout.Next{Kind: checkout.NextPrompt, Text: "•••"}, Until: p.expires}
		return nil
	})
	if err != nil {
		return checkout.Started{}, err
	}
	if k.bug == "a no is a yes" {
		s.Ref = "kola_" + o.Attempt.ID
	}
	return s, nil
}

func (k kola) Poll(_ context.Context, a checkout.Attempt) (r checkout.Report, err error) {
	err = k.call(func() error {
		r = k.report(a.ID)
		if k.bug == "reports what was asked" && r.State == checkout.StatePaid {
			r.Paid = a.Amount
		}
		return nil
	})
	switch {
	case err == nil:
		return r, nil
	case k.bug == "error is pending":
		return checkout.Report{State: checkout.StatePending}, nil
	}
	return checkout.Report{}, err
}

// report says how a payment stands. k.mu must be held.
func (k kola) report(id string) checkout.Report {
	p := k.payments[id]
	switch {
	case p == nil && k.bug == "unknown is pending":
		return checkout.Report{State: checkout.StatePending}
	case p == nil:
		return checkout.Report{State: checkout.StateMissing}
	case p.State == checkout.StatePending && !k.now.Now().Before(p.expires) && k.bug != "never expires":
		return checkout.Report{State: checkout.StateExpired}
	case p.State != checkout.StatePaid:
		return checkout.Report{State: p.State}
	}
	r := checkout.Report{State: p.State, Paid: p.Paid, At: p.At, Charge: "ch_" + id}
	switch k.bug {
	case "arithmetic":
		r.Paid.Amount = int64(float32(r.Paid.Amount))
	case "no charge":
		r.Charge = ""
	}
	return r
}

func (k kola) Find(ctx context.Context, a checkout.Attempt) (checkout.Started, error) {
	r, err := k.Poll(ctx, a)
	if k.bug == "finds nothing" {
		r = checkout.Report{State: checkout.StateMissing}
	}
	return checkout.Started{Ref: "kola_" + a.ID, Report: r}, err
}

func (k kola) Close(_ context.Context, a checkout.Attempt) (r checkout.Report, err error) {
	err = k.call(func() error {
		if p := k.payments[a.ID]; p != nil && p.State == checkout.StatePending && k.bug != "closes nothing" {
			p.State = checkout.StateExpired
		}
		r = k.report(a.ID)
		if k.bug == "close hides money" {
			r = checkout.Report{State: checkout.StateExpired}
		}
		return nil
	})
	return r, err
}

func (k kola) Refund(_ context.Context, o checkout.RefundOrder) (r checkout.RefundReport, err error) {
	err = k.call(func() error {
		p := k.payments[o.Attempt.ID]
		if p == nil || p.State != checkout.StatePaid && k.bug != "refunds what was not paid" {
			return &checkout.Declined{Reason: "declined"}
		}
		if _, done := k.refunds[o.Refund.ID]; !done || k.bug == "refunds twice" {
			k.refunds[o.Refund.ID] = o.Refund.Amount.Amount
			p.back += o.Refund.Amount.Amount
		}
		r = checkout.RefundReport{State: checkout.RefundSucceeded, Ref: "re_" + o.Refund.ID}
		return nil
	})
	return r, err
}

func (k kola) List(_ context.Context, _ time.Time, yield func(checkout.Signal) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, p := range k.payments {
		if p.State != checkout.StatePaid || k.bug == "lists nothing" {
			continue
		}
		if err := yield(checkout.Signal{EventID: "list_" + id, Trust: checkout.TrustSigned, AttemptID: id, Report: k.report(id)}); err != nil {
			return err
		}
	}
	return nil
}

// sign is the proof of a message.
func (k kola) sign(t string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(k.secret()))
	mac.Write([]byte(t))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func (k kola) Parse(in checkout.Inbound) ([]checkout.Signal, error) {
	t, err := time.Parse(time.RFC3339, in.Header("Kola-Time"))
	if proof := k.sign(in.Header("Kola-Time"), in.Body); proof != in.Header("Kola-Proof") && k.bug != "believes everything" || err != nil {
		return nil, &checkout.Error{Code: checkout.CodeUnauthorized, Message: "Invalid webhook signature", Err: checkout.ErrSignature}
	}
	if in.Now.Sub(t).Abs() > time.Minute && k.bug != "believes old messages" {
		return nil, &checkout.Error{Code: checkout.CodeUnauthorized, Message: "Invalid webhook signature", Err: checkout.ErrSignature}
	}
	var p payment
	if err := json.Unmarshal(in.Body, &p); err != nil {
		return nil, &checkout.Error{Code: checkout.CodeInvalid, Message: "The event cannot be read", Err: err}
	}
	id := hex.EncodeToString(in.Body)
	if k.bug == "event by the clock" {
		id = in.Now.String()
	}
	if k.bug == "names nobody" {
		p.ID = ""
	}
	r := checkout.Report{State: p.State, Paid: p.Paid, At: p.At, Charge: "ch_" + p.ID}
	return []checkout.Signal{{EventID: id, Trust: checkout.TrustSigned, AttemptID: p.ID, Report: r}}, nil
}

// pay is the customer, and sends the message.
func (k kola) pay(id string, m checkout.Money) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.payments[id]
	if p == nil || k.report(id).State != checkout.StatePending {
		return errors.New("not to be paid")
	}
	p.State, p.Paid, p.At = checkout.StatePaid, m, k.now.Now().UTC()
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, "https://pay.example/webhooks/kola/token", bytes.NewReader(body))
	if err != nil {
		return err
	}
	t := p.At.Format(time.RFC3339)
	r.Header.Set("Kola-Time", t)
	r.Header.Set("Kola-Proof", k.sign(t, body))
	res, err := k.mail.Client().Do(r)
	if err != nil {
		return err
	}
	return res.Body.Close()
}
