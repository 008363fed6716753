package decisions

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// tripper is a way to a provider that a test stands in.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// on returns the way to one provider through f; those to others are straight.
func on(provider string, f func(to http.RoundTripper, r *http.Request) (*http.Response, error)) func(string, http.RoundTripper) http.RoundTripper {
	return func(name string, to http.RoundTripper) http.RoundTripper {
		if name != provider {
			return to
		}
		return tripper(func(r *http.Request) (*http.Response, error) { return f(to, r) })
	}
}

// instead answers a request in the place of the provider.
func instead(r *http.Request, status int, body string) (*http.Response, error) {
	return simulator.Transport(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, body)
	})).RoundTrip(r)
}

// refundsMTN reports whether r asks MTN for money to be given back.
func refundsMTN(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/v1_0/refund")
}

// mtnRefunds is an MTN whose answers to refunds are lost or refused as a test
// wants it.
type mtnRefunds struct {
	lost    bool   // it does what it is asked for, and the answer is lost
	refusal string // what it says instead, if it is asked
	calls   int
}

func (m *mtnRefunds) via(to http.RoundTripper, r *http.Request) (*http.Response, error) {
	if !refundsMTN(r) {
		return to.RoundTrip(r)
	}
	m.calls++
	if m.refusal != "" {
		return instead(r, http.StatusInternalServerError, m.refusal)
	}
	res, err := to.RoundTrip(r)
	if m.lost && err == nil {
		_ = res.Body.Close()
		return nil, errDead
	}
	return res, err
}

// firstRefund returns the first refund there was.
func (w *world) firstRefund() checkout.Refund {
	w.t.Helper()
	list, err := w.service.Refunds(ctx, w.account, checkout.RefundQuery{Page: checkout.Page{Limit: 9}})
	w.must(err)
	if len(list) == 0 {
		w.t.Fatal("there is no refund")
	}
	return list[len(list)-1]
}

// TestMTNRefundWhoseAnswerIsLostGoesBackOnce restarts the server without the
// product that gives money back, and then with it.
func TestMTNRefundWhoseAnswerIsLostGoesBackOnce(t *testing.T) {
	m := &mtnRefunds{lost: true}
	w := newWorld(t, options{refunds: true, via: on("mtn", m.via)})
	id := w.create(12500)
	a := w.start(id, "mtn")
	w.pay(a)
	w.deliver()
	w.pass(time.Minute)
	w.post(http.StatusCreated, "/refunds", map[string]any{"transaction_id": a, "amount": 5000})
	m.lost = false
	w.opts.refunds = false
	w.boot()
	w.pass(time.Minute)
	if r, got := w.firstRefund(), w.attempt(a); r.Status != checkout.RefundCreated || got.Refunding != 5000 {
		t.Errorf("without the product it is %s (%s), %d on the way", r.Status, r.Failure, got.Refunding)
	}
	w.opts.refunds = true
	w.boot()
	w.pass(time.Hour)
	got := w.attempt(a)
	if back := w.mtn.GivenBack(a); back != 5000 || got.Refunded != back || got.Refunding != 0 || w.balance() != 7500 {
		t.Errorf("MTN gave back %d; %d are recorded, %d on the way, balance %d", back, got.Refunded, got.Refunding, w.balance())
	}
	w.post(http.StatusCreated, "/refunds", map[string]any{"transaction_id": a, "amount": 5000})
	w.pass(time.Hour)
	got = w.attempt(a)
	if back := w.mtn.GivenBack(a); back != 10000 || got.Refunded != back || got.Refunding != 0 || w.balance() != 2500 {
		t.Errorf("after another one MTN gave back %d; %d are recorded, %d on the way, balance %d", back, got.Refunded, got.Refunding, w.balance())
	}
	w.wantTold(id, "PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED", "REFUND_CREATED", "REFUND_COMPLETED")
}

// TestMTNRefundWhoseRepetitionWouldBeRefused loses an answer and empties the
// float: a no to the same refund again says nothing of the money that went back.
func TestMTNRefundWhoseRepetitionWouldBeRefused(t *testing.T) {
	m := &mtnRefunds{lost: true}
	w := newWorld(t, options{refunds: true, via: on("mtn", m.via)})
	id := w.create(2500)
	a := w.start(id, "mtn")
	w.pay(a)
	w.deliver()
	w.pass(time.Minute)
	w.post(http.StatusCreated, "/refunds", map[string]any{"transaction_id": a})
	m.refusal = `{"code":"NOT_ENOUGH_FUNDS","message":"float is empty"}`
	w.pass(time.Hour)
	w.want(id, "completed", a, checkout.AttemptRefunded)
	w.wantTold(id, "PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED")
	if back := w.mtn.GivenBack(a); back != 2500 || m.calls != 1 || w.balance() != 0 || w.alerted(checkout.AlertRefund) != 0 {
		t.Errorf("%d were given back in %d calls, balance %d, %d alerts", back, m.calls, w.balance(), w.alerted(checkout.AlertRefund))
	}
}

// TestMTNRefundThatNeverArrivedIsRefused has the first call lost before MTN heard
// of it: its no to the second is one.
func TestMTNRefundThatNeverArrivedIsRefused(t *testing.T) {
	m := &mtnRefunds{refusal: `{"code":"INTERNAL_PROCESSING_ERROR","message":"try again"}`}
	w := newWorld(t, options{refunds: true, via: on("mtn", m.via)})
	id := w.create(2500)
	a := w.start(id, "mtn")
	w.pay(a)
	w.deliver()
	w.pass(time.Minute)
	w.post(http.StatusCreated, "/refunds", map[string]any{"transaction_id": a})
	m.refusal = `{"code":"NOT_ENOUGH_FUNDS","message":"float is empty"}`
	w.pass(time.Hour)
	w.want(id, "completed", a, checkout.AttemptPaid)
	w.wantTold(id, "PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_FAILED")
	if back := w.mtn.GivenBack(a); back != 0 || m.calls != 2 || w.balance() != 2500 || w.alerted(checkout.AlertRefund) != 1 {
		t.Errorf("%d were given back in %d calls, balance %d, %d alerts", back, m.calls, w.balance(), w.alerted(checkout.AlertRefund))
	}
}

// unreadable is a row of Wave's statement of which the sum cannot be told.
const unreadable = `{"timestamp":"2099-01-01T00:00:00Z","transaction_id":"T_X","transaction_type":"api_checkout",` +
	`"amount":"0.5","fee":"","currency":"XOF","client_reference":"of another system"}`

// spoiled returns an answer with the unreadable row before its others.
func spoiled(res *http.Response, err error) (*http.Response, error) {
	if err != nil {
		return res, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	all := []byte(`"items":[`)
	with := append(all[:len(all):len(all)], unreadable...)
	if !bytes.Contains(body, append(all[:len(all):len(all)], ']')) {
		with = append(with, ',')
	}
	body = bytes.Replace(body, all, with, 1)
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return res, nil
}

func TestRowOfWaveThatCannotBeReadHidesNoOther(t *testing.T) {
	bad := false
	w := newWorld(t, options{via: on("wave", func(to http.RoundTripper, r *http.Request) (*http.Response, error) {
		if bad && r.URL.Path == "/v1/transactions" {
			return spoiled(to.RoundTrip(r))
		}
		return to.RoundTrip(r)
	})})
	id := w.create(2500)
	a := w.start(id, "wave")
	w.pay(a)
	w.deliver()
	w.pass(time.Hour)
	bad = true
	w.must(w.wave.Refund(a))
	w.drop()
	w.clock.Add(time.Hour)
	if err := w.work(); err == nil || !strings.Contains(err.Error(), "T_X") {
		t.Errorf("the row is told nobody: %v", err)
	}
	w.want(id, "completed", a, checkout.AttemptRefunded)
	w.wantTold(id, "PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED")
	if w.balance() != 0 {
		t.Errorf("balance %d", w.balance())
	}
}

// TestStripeRefundThatFailsWhileNobodyListens has a refund succeed and come back,
// of which we hear some messages, in any order, or only the list of all, which is
// newest first.
func TestStripeRefundThatFailsWhileNobodyListens(t *testing.T) {
	for _, c := range []struct {
		name        string
		portal      bool
		first, last bool // whether the messages of its success, and of its failure, arrive
		told        []string
	}{
		{"in the portal, all lost", true, false, false, []string{"PAYMENT_SUCCEEDED"}},
		{"in the portal, and its success is lost", true, false, true, []string{"PAYMENT_SUCCEEDED"}},
		{"in the portal, and its failure is lost", true, true, false, []string{"PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED", "REFUND_FAILED"}},
		{"our own, all lost", false, false, false, []string{"PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED", "REFUND_FAILED"}},
		{"our own, and its success is lost", false, false, true, []string{"PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED", "REFUND_FAILED"}},
		{"our own, and its failure is lost", false, true, false, []string{"PAYMENT_SUCCEEDED", "REFUND_CREATED", "REFUND_COMPLETED", "REFUND_FAILED"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, options{})
			w.must(w.work()) // the list has been read
			id := w.create(12500)
			a := w.start(id, "card")
			w.pay(a)
			w.deliver()
			w.pass(2 * time.Hour)
			arrive := func(yes bool) {
				if yes {
					w.deliver()
				}
				w.drop()
			}
			ref := ""
			if c.portal {
				var err error
				ref, err = w.stripe.RefundInPortal(a, 12500)
				w.must(err)
			} else {
				w.post(http.StatusCreated, "/refunds", map[string]any{"transaction_id": a})
				ref = w.firstRefund().Ref
			}
			arrive(c.first)
			w.clock.Add(10 * time.Minute)
			w.must(w.stripe.SettleRefund(ref, false))
			arrive(c.last)
			w.pass(3 * time.Hour)
			w.want(id, "completed", a, checkout.AttemptPaid)
			if got := w.attempt(a); got.Refunded != 0 || got.Refunding != 0 || w.balance() != 12500 {
				t.Errorf("%d back, %d on the way, balance %d", got.Refunded, got.Refunding, w.balance())
			}
			w.wantTold(id, c.told...)
		})
	}
}

// TestMTNPaymentThatIsHeardOfLateWasInTime has the customer approve in the first
// minute, and MTN not say so for hours: the merchant who wants no late money takes
// this.
func TestMTNPaymentThatIsHeardOfLateWasInTime(t *testing.T) {
	down := false
	w := newWorld(t, options{refunds: true, policy: checkout.Policy{Late: checkout.RuleRefund}, via: on("mtn", func(to http.RoundTripper, r *http.Request) (*http.Response, error) {
		if down {
			return instead(r, http.StatusServiceUnavailable, "")
		}
		return to.RoundTrip(r)
	})})
	id := w.create(2500)
	a := w.start(id, "mtn")
	w.clock.Add(3 * time.Second)
	w.pay(a)
	w.drop()
	down = true
	w.pass(2 * time.Hour)
	if got := w.attempt(a); got.Received != (checkout.Money{}) || w.session(id) != "expired" {
		t.Fatalf("heard of too early: %s, %s", got.Status, w.session(id))
	}
	down = false
	w.pass(3 * time.Hour)
	w.want(id, "completed", a, checkout.AttemptPaid)
	w.wantTold(id, "PAYMENT_SUCCEEDED")
	got := w.attempt(a)
	if back := w.mtn.GivenBack(a); back != 0 || got.Refunded != 0 || got.Refunding != 0 || w.balance() != 2500 {
		t.Errorf("%d were given back, %d are recorded, %d on the way, balance %d", back, got.Refunded, got.Refunding, w.balance())
	}
	if got.Until.IsZero() || got.PaidAt.After(got.Until) {
		t.Errorf("paid at %v, possible until %v", got.PaidAt, got.Until)
	}
}

// TestRowOfWaveThatCannotBeReadHidesNoLaterDay has the refund made a day after
// the bad row.
func TestRowOfWaveThatCannotBeReadHidesNoLaterDay(t *testing.T) {
	day := ""
	w := newWorld(t, options{via: on("wave", func(to http.RoundTripper, r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/v1/transactions" && r.URL.Query().Get("date") == day {
			return spoiled(to.RoundTrip(r))
		}
		return to.RoundTrip(r)
	})})
	id := w.create(2500)
	a := w.start(id, "wave")
	w.pay(a)
	w.deliver()
	w.pass(time.Hour)
	day = w.clock.Now().UTC().Format(time.DateOnly)
	w.pass(24 * time.Hour)
	w.must(w.wave.Refund(a))
	w.drop()
	w.pass(24 * time.Hour)
	if got := w.attempt(a); got.Status != checkout.AttemptRefunded {
		t.Errorf("a day later it is %s", got.Status)
	}
}
