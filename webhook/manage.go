package webhook

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// feedInterval is how often whoever waits for events looks for what another
// process, or a transaction of the host's own, has committed.
const feedInterval = time.Second

// CheckURL returns nil if raw may be the URL of an endpoint of account, by
// [Config].Rules. A nil Dispatcher has the rules of one that is not configured.
func (d *Dispatcher) CheckURL(raw string, account checkout.Account) error {
	var rules URLRules
	if d != nil {
		rules = d.rules
	}
	rules.Livemode = account.Livemode
	return CheckURL(raw, rules)
}

// PublicKey returns what checks the asymmetric signatures of an endpoint, "" if
// there are none, as with a nil Dispatcher.
func (d *Dispatcher) PublicKey(endpoint string) string {
	if d == nil || d.seed == nil {
		return ""
	}
	return PublicKey(EndpointKey(*d.seed, endpoint))
}

// Events returns events as q asks, with their bodies. If there are none it waits
// for up to the given time until there are, and then may return none.
func (d *Dispatcher) Events(ctx context.Context, q checkout.EventQuery, wait time.Duration) (list []checkout.Event, err error) {
	err = d.await(ctx, q.Account, wait, func() (bool, error) {
		if len(q.Types) > 0 || !q.From.IsZero() || !q.Until.IsZero() { // it may read many that it does not show: one at a time
			select {
			case d.scan <- struct{}{}:
				defer func() { <-d.scan }()
			case <-ctx.Done():
				return false, ctx.Err()
			}
		}
		err := d.store.View(ctx, func(tx checkout.Tx) (err error) {
			if list, err = tx.ListEvents(q); err != nil || len(list) > 0 || q.Newest {
				return err
			}
			// Whoever waits for what is rare need not read the same again and again.
			last, err := tx.ListEvents(checkout.EventQuery{Account: q.Account, Newest: true, Limit: 1})
			if len(last) > 0 {
				q.After = last[0].Seq
			}
			return err
		})
		return len(list) > 0, err
	})
	for i := range list {
		if err == nil {
			list[i], err = withBody(list[i])
		}
	}
	return list, err
}

// withBody returns e with its body, made anew if it was dropped.
func withBody(e checkout.Event) (_ checkout.Event, err error) {
	if len(e.Body) == 0 {
		e.Body, err = Body(e)
	}
	return e, err
}

// await calls look until it finds something or fails, the wait is over or ctx is
// done.
func (d *Dispatcher) await(ctx context.Context, account int64, wait time.Duration, look func() (found bool, err error)) error {
	deadline := d.clock.Now().Add(wait)
	for {
		changed := d.owed.next(account)
		found, err := look()
		left := deadline.Sub(d.clock.Now())
		if found || err != nil || left <= 0 {
			return err
		}
		timer := d.clock.Timer(min(left, feedInterval))
		select {
		case <-changed:
		case <-timer.C:
		case <-d.released:
			deadline = time.Time{}
		case <-ctx.Done():
		}
		timer.Stop()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// Release ends all waits for events, now and from now on: whoever waits gets what
// there is. It is for a server that stops.
func (d *Dispatcher) Release() { d.release() }

// Resend owes an event to an endpoint once more, whenever it happened. It is sent
// with the next deliveries, under the identifier and with the bytes it had.
//
// It returns a [checkout.Error] with CodeNotFound if the account has no such
// event or endpoint, and with CodeInvalid if the endpoint does not ask for the
// event's type.
func (d *Dispatcher) Resend(ctx context.Context, account checkout.Account, event, endpoint string) error {
	err := d.store.Update(ctx, func(tx checkout.Tx) error {
		e, err := checkout.EventOf(tx, account, event)
		if err != nil {
			return err
		}
		p, err := checkout.EndpointOf(tx, account, endpoint)
		if err != nil {
			return err
		}
		if !p.Wants(e.Type) {
			return unwanted(e.Type)
		}
		return oweIn(tx, e, endpoint, d.now())
	})
	if err == nil {
		d.owed.tell(account.Number) // if it is a listener
		d.Wake()
	}
	return err
}

func unwanted(t checkout.EventType) error {
	message := "webhook_id: this webhook does not ask for " + string(t)
	return &checkout.Error{
		Code: checkout.CodeInvalid, Message: message,
		Fields: []checkout.Field{{Name: "webhook_id", Message: message}},
	}
}

func oweIn(tx checkout.Tx, e checkout.Event, endpoint string, now time.Time) error {
	e, err := withBody(e)
	if err != nil {
		return err
	}
	return tx.Owe(e, endpoint, now)
}

// Range says which events to send once more: those from From on and before
// Until, in order, after the one with the identifier After.
type Range struct {
	From, Until time.Time
	After       string
	Limit       int  // how many at most; required
	Missed      bool // only those that the endpoint has not taken
}

// resendBatch is how many events one transaction owes once more: payments wait
// for it.
const resendBatch = 100

// ResendRange owes to an endpoint once more what happened in a range of time and
// is of a type that it asks for. It returns how many events that were, and the
// identifier of the last one that it looked at; "" if it looked at all. After an
// error a part of them may be owed.
func (d *Dispatcher) ResendRange(ctx context.Context, account checkout.Account, endpoint string, r Range) (n int, last string, err error) {
	for left := r.Limit; ; left -= r.Limit {
		r.Limit = min(left, resendBatch)
		var some int
		err = d.store.Update(ctx, func(tx checkout.Tx) (err error) {
			some, last, err = d.ResendRangeIn(tx, account, endpoint, r)
			return err
		})
		if err != nil {
			return n, last, err
		}
		n += some
		d.owed.tell(account.Number)
		d.Wake()
		if last == "" || left <= r.Limit {
			return n, last, nil
		}
		r.After = last
	}
}

// ResendRangeIn is ResendRange inside a transaction of the caller, who calls Wake
// afterwards.
func (d *Dispatcher) ResendRangeIn(tx checkout.Tx, account checkout.Account, endpoint string, r Range) (n int, last string, err error) {
	p, err := checkout.EndpointOf(tx, account, endpoint)
	if err != nil {
		return 0, "", err
	}
	q := checkout.EventQuery{Account: account.Number, Types: p.Events, From: r.From, Until: r.Until, Limit: r.Limit}
	if r.After != "" {
		after, err := checkout.EventOf(tx, account, r.After)
		if err != nil {
			return 0, "", err
		}
		q.After = after.Seq
	}
	events, err := tx.ListEvents(q)
	if err != nil {
		return 0, "", err
	}
	for _, e := range events {
		last = e.ID
		if e.Type == checkout.EventTest {
			continue // it was for one endpoint at one time
		}
		if r.Missed {
			was, err := tx.Delivery(p.ID, e.Seq)
			if err != nil && !errors.Is(err, checkout.ErrNotFound) {
				return 0, "", err
			}
			if was.Status == checkout.DeliveryDelivered {
				continue
			}
		}
		if err := oweIn(tx, e, p.ID, d.now()); err != nil {
			return 0, "", err
		}
		n++
	}
	if len(events) < r.Limit {
		last = ""
	}
	return n, last, nil
}

// Test sends an endpoint the event test.webhook, once, and returns what came of
// it. If the endpoint takes it after it had been disabled, it is enabled.
func (d *Dispatcher) Test(ctx context.Context, account checkout.Account, endpoint string) (checkout.Try, error) {
	var o checkout.Owed
	err := d.store.Update(ctx, func(tx checkout.Tx) error {
		p, err := checkout.EndpointOf(tx, account, endpoint)
		if err != nil {
			return err
		}
		if p.Listener {
			return fetches()
		}
		e := checkout.Event{Type: checkout.EventTest, Subject: p.ID, CreatedAt: d.now()}
		e.Transaction.Account = account
		if e.ID, err = checkout.NewID(checkout.PrefixEvent, e.CreatedAt, d.random); err != nil {
			return err
		}
		if e.Body, err = Body(e); err != nil {
			return err
		}
		o = checkout.Owed{Event: e, Endpoint: p}
		return tx.AppendEvent(e)
	})
	if err != nil {
		return checkout.Try{}, err
	}
	return d.sendTest(ctx, o)
}

// sendTest sends what is owed to nobody, and keeps the try.
func (d *Dispatcher) sendTest(ctx context.Context, o checkout.Owed) (checkout.Try, error) {
	ctx = context.WithoutCancel(ctx) // that the caller has gone is no fault of the endpoint
	a := d.post(ctx, o)
	now := d.now()
	try := a.try(o, now)
	var err error
	if try.ID, err = checkout.NewID(checkout.PrefixTry, now, d.random); err != nil {
		return try, err
	}
	var alert *checkout.Alert
	err = d.store.Update(ctx, func(tx checkout.Tx) error {
		alert = nil
		if err := tx.InsertTry(try); err != nil {
			return err
		}
		if !a.ok() && a.status != http.StatusGone {
			return nil // that a test failed disables nothing
		}
		alert, err = d.learn(tx, o.Endpoint.ID, 0, a, now)
		return err
	})
	if alert != nil {
		d.alert(*alert)
	}
	d.Wake()
	return try, err
}

// Retry sends what a try sent once more, at once and beside the schedule, and
// returns what came of it.
//
// It returns a [checkout.Error] with CodeNotFound if the endpoint has no such
// try, and with CodeConflict if the endpoint is not active, no longer asks for
// the event's type, or is being sent it just now.
func (d *Dispatcher) Retry(ctx context.Context, account checkout.Account, endpoint, try string) (checkout.Try, error) {
	var c claim
	err := d.store.Update(ctx, func(tx checkout.Tx) (err error) {
		c, err = d.claimRetry(tx, account, endpoint, try)
		return err
	})
	switch {
	case errors.Is(err, checkout.ErrStale):
		return checkout.Try{}, &checkout.Error{Code: checkout.CodeConflict, Message: "This event is being sent to the webhook just now"}
	case err != nil:
		return checkout.Try{}, err
	case c.until.IsZero():
		return d.sendTest(ctx, c.Owed)
	}
	d.tally.add(1)
	defer d.tally.add(-1)
	ctx = context.WithoutCancel(ctx)
	a := d.post(ctx, c.Owed)
	return a.try(c.Owed, d.now()), d.record(ctx, c, a)
}

// claimRetry claims the delivery that a try belongs to; of a test, which is owed
// to nobody, the claim has no end.
func (d *Dispatcher) claimRetry(tx checkout.Tx, account checkout.Account, endpoint, try string) (claim, error) {
	p, err := checkout.EndpointOf(tx, account, endpoint)
	if err != nil {
		return claim{}, err
	}
	t, err := tx.Try(try)
	if err == nil && t.EndpointID != endpoint {
		err = checkout.ErrNotFound
	}
	if errors.Is(err, checkout.ErrNotFound) {
		return claim{}, &checkout.Error{Code: checkout.CodeNotFound, Message: "Webhook delivery log not found"}
	}
	if err != nil {
		return claim{}, err
	}
	e, err := tx.Event(t.EventID)
	if err != nil {
		return claim{}, err
	}
	switch {
	case p.Listener:
		return claim{}, fetches()
	case p.Status != checkout.EndpointActive:
		return claim{}, &checkout.Error{Code: checkout.CodeConflict, Message: "This webhook is " + string(p.Status) + ": make it active first"}
	case e.Type == checkout.EventTest:
		if e, err = withBody(e); err != nil {
			return claim{}, err
		}
		return claim{Owed: checkout.Owed{Event: e, Endpoint: p, Delivery: checkout.Delivery{Tries: t.Number}}}, nil
	case !p.Wants(e.Type):
		return claim{}, &checkout.Error{Code: checkout.CodeConflict, Message: "This webhook does not ask for " + string(e.Type) + " any more"}
	}
	return d.claimOne(tx, endpoint, e.Seq, d.now())
}

// fetches is the error for what cannot be sent to a listener.
func fetches() error {
	return &checkout.Error{Code: checkout.CodeConflict, Message: "This webhook is a listener: it fetches what it is sent"}
}
