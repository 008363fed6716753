package webhook_test

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// watch stands between the dispatcher and the store. It makes transactions fail,
// and keeps a model of what every endpoint is owed, made of nothing but what is
// promised in the comments of [checkout.Tx]: so it can say of each claim whether it
// is allowed and in time, and of each outcome whether it is the right one.
type watch struct {
	checkout.Store
	o *outage

	events    []checkout.Event
	debts     map[debtKey]*debt
	endpoints map[string]*ward
	last      *exchange // what is under way, or was last

	mu   sync.Mutex // guards what handlers touch: took, and taken and order of a debt
	took int
}

type debtKey struct {
	endpoint string
	event    int64
}

// debt is a delivery as it should be.
type debt struct {
	checkout.Delivery
	event *checkout.Event
	extra bool      // it is sent beside the schedule
	was   time.Time // when it was due before that
	body  string    // what the first try sent
	done  time.Time // when it was delivered or died
	died  bool      // it was dead for a while: others may have gone first
	sends int
	taken int // how often the receiver had it in full and said 200
	order int // when it was first taken
}

// ward is an endpoint as it should be.
type ward struct {
	checkout.Endpoint
	sendable time.Time // since when, if ever it was not
	back     time.Time // when it was first up again after the outage, if it had been away
}

// Update has the store fail now and then: before, instead of and after the commit.
func (w *watch) Update(ctx context.Context, fn func(tx checkout.Tx) error) error {
	mishap := 0
	if w.o.armed && w.o.odds(50) {
		mishap = 1 + w.o.chance.IntN(3)
		w.o.faults++
		w.o.printf("the store fails: %d", mishap)
	}
	if mishap == 1 {
		return errDisk
	}
	var s *spy
	err := w.Store.Update(ctx, func(tx checkout.Tx) error {
		s = &spy{Tx: tx, w: w}
		err := fn(s)
		if err == nil && mishap == 2 {
			err = errDisk
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, do := range s.done {
		do()
	}
	if mishap == 3 {
		return errDisk
	}
	return nil
}

// spy notes what a transaction does, for when it has been committed.
type spy struct {
	checkout.Tx
	w    *watch
	done []func()
}

func (s *spy) note(err error, do func()) error {
	if err == nil {
		s.done = append(s.done, do)
	}
	return err
}

func (s *spy) InsertEndpoint(e checkout.Endpoint) error {
	return s.note(s.Tx.InsertEndpoint(e), func() { s.w.endpoints[e.ID] = &ward{Endpoint: e} })
}

func (s *spy) PutEndpoint(e checkout.Endpoint) error {
	return s.note(s.Tx.PutEndpoint(e), func() { s.w.changed(e) })
}

func (s *spy) AppendEvent(e checkout.Event) error {
	return s.note(s.Tx.AppendEvent(e), func() {
		e.Seq = int64(len(s.w.events) + 1)
		s.w.events = append(s.w.events, e)
	})
}

func (s *spy) FanOut(e checkout.Event, to []checkout.Endpoint, at time.Time) error {
	return s.note(s.Tx.FanOut(e, to, at), func() { s.w.fanned(e, to, at) })
}

func (s *spy) ClaimDeliveries(endpoint string, now, until time.Time, limit int) ([]checkout.Owed, error) {
	list, err := s.Tx.ClaimDeliveries(endpoint, now, until, limit)
	return list, s.note(err, func() {
		for _, o := range list {
			s.w.claimed(o, now, until, false)
		}
	})
}

func (s *spy) ClaimDelivery(endpoint string, event int64, now, until time.Time) (checkout.Owed, error) {
	o, err := s.Tx.ClaimDelivery(endpoint, event, now, until)
	return o, s.note(err, func() { s.w.claimed(o, now, until, true) })
}

func (s *spy) PutDelivery(d checkout.Delivery, claimed time.Time) error {
	return s.note(s.Tx.PutDelivery(d, claimed), func() { s.w.put(d, claimed) })
}

func (s *spy) Hasten(endpoint string, since, now time.Time, often int64, limit int) (int, error) {
	n, err := s.Tx.Hasten(endpoint, since, now, often, limit)
	return n, s.note(err, func() { s.w.hastened(endpoint, since, now, often, n) })
}

// of returns what is owed to an endpoint, in order.
func (w *watch) of(endpoint string) (list []*debt) {
	for k, d := range w.debts {
		if k.endpoint == endpoint {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b *debt) int { return cmp.Compare(a.Event, b.Event) })
	return list
}

// fanned notes new debts. Each is due with what must be delivered before it.
func (w *watch) fanned(e checkout.Event, to []checkout.Endpoint, at time.Time) {
	for _, p := range to {
		d := &debt{event: &w.events[e.Seq-1], Delivery: checkout.Delivery{
			Event: e.Seq, EndpointID: p.ID, SessionID: e.Transaction.Session.ID, Status: checkout.DeliveryPending, DueAt: at, UpdatedAt: at,
		}}
		for _, earlier := range w.before(d) {
			if earlier.DueAt.After(d.DueAt) {
				d.DueAt = earlier.DueAt
			}
		}
		w.debts[debtKey{p.ID, e.Seq}] = d
	}
}

// before returns what must be delivered before d.
func (w *watch) before(d *debt) (list []*debt) {
	for _, other := range w.of(d.EndpointID) {
		if other.SessionID == d.SessionID && other.Event < d.Event && other.Status == checkout.DeliveryPending {
			list = append(list, other)
		}
	}
	return list
}

// follow moves what waits behind d, which is or was claimed until then.
func (w *watch) follow(d *debt, now, claimed time.Time) {
	stays := func(d *debt) bool {
		return d.DueAt.After(now) && (d.Held || d.Step > 0 && !d.DueAt.Equal(claimed))
	}
	for _, later := range w.of(d.EndpointID) {
		if later.SessionID != d.SessionID || later.Event <= d.Event || later.Status != checkout.DeliveryPending || later.Held {
			continue
		}
		switch holds := d.Status == checkout.DeliveryPending; {
		case holds && later.DueAt.Before(d.DueAt):
			later.DueAt = d.DueAt
		case !holds && later.DueAt.After(now) && !stays(later) && !slices.ContainsFunc(w.before(later), stays):
			later.DueAt = now
		}
	}
}

// changed notes from when on an endpoint can be sent something again.
func (w *watch) changed(e checkout.Endpoint) {
	p, now := w.endpoints[e.ID], w.o.clock.Now()
	if e.Status != p.Status {
		w.o.printf("%s is %s %s", e.ID, e.Status, e.Reason)
		if e.Reason == checkout.ReasonGone {
			w.o.gone++
			if w.last == nil || w.last.endpoint != e.ID || w.last.status != 410 {
				w.o.fail("%s is gone after %v", e.ID, w.last)
			}
		}
		if e.Status == checkout.EndpointActive {
			p.sendable = latest(p.sendable, now)
		}
	}
	w.returned(p, e, now)
	p.sendable = latest(p.sendable, e.QuietUntil)
	p.Endpoint = e
}

// returned demands that an endpoint which is up after it was away catches up.
func (w *watch) returned(p *ward, e checkout.Endpoint, now time.Time) {
	ill := func(e checkout.Endpoint) bool { return e.Status != checkout.EndpointActive || !e.FailingSince.IsZero() }
	if !ill(p.Endpoint) || ill(e) {
		return
	}
	away := p.Status != checkout.EndpointActive || p.Marks > 0 || p.Down && now.Sub(p.FailingSince) >= time.Minute
	if away && !e.CatchUp.Equal(now) {
		w.o.fail("%s is back and does not catch up: %+v", e.ID, e)
	}
	if away && p.back.IsZero() && !now.Before(start.Add(w.o.lasts)) {
		p.back = now
	}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// claimed demands that a claim is allowed, and not later than it could be.
func (w *watch) claimed(o checkout.Owed, now, until time.Time, extra bool) {
	d, p := w.debts[debtKey{o.Endpoint.ID, o.Event.Seq}], w.endpoints[o.Endpoint.ID]
	name := o.Event.ID + " to " + o.Endpoint.ID
	if d == nil {
		w.o.fail("%s is claimed and was never owed", name)
		return
	}
	d.was = d.DueAt
	switch blocking := w.before(d); {
	case d.Held && d.DueAt.After(now):
		w.o.fail("%s is claimed by two", name)
	case extra: // a probe
		if p.Status != checkout.EndpointDisabled || p.Reason != checkout.ReasonFailing {
			w.o.fail("%s is probed while it is %s %s", name, p.Status, p.Reason)
		}
	case d.Status != checkout.DeliveryPending:
		w.o.fail("%s is claimed while it is %s", name, d.Status)
	case p.Status != checkout.EndpointActive:
		w.o.fail("%s is claimed while the endpoint is %s", name, p.Status)
	case p.QuietUntil.After(now):
		w.o.fail("%s is claimed although the endpoint asked for quiet until %v", name, p.QuietUntil.Sub(start))
	case d.DueAt.After(now):
		w.o.fail("%s is claimed %v too early", name, d.DueAt.Sub(now))
	case len(blocking) > 0:
		w.o.fail("%s is claimed before %s", name, blocking[0].event.ID)
	default:
		if ready := latest(d.DueAt, latest(p.sendable, w.free(d))); ready.Before(now) {
			w.o.fail("%s is claimed %v too late", name, now.Sub(ready))
		}
	}
	d.Held, d.DueAt, d.extra = true, until, extra
	if extra {
		d.Status = checkout.DeliveryPending
	} else {
		w.follow(d, now, until)
	}
}

// free is when the last of what had to go before d was done.
func (w *watch) free(d *debt) (at time.Time) {
	for _, other := range w.of(d.EndpointID) {
		if other.SessionID == d.SessionID && other.Event < d.Event {
			at = latest(at, other.done)
		}
	}
	return at
}

// sent demands of each request that it is one that was claimed, for the account
// that it belongs to, signed, and the same as the one before.
func (w *watch) sent(x *exchange, header http.Header, body []byte) {
	now := w.o.clock.Now()
	w.last = x
	w.o.tries++
	w.o.printf("%s to %s: %v", x.event, x.endpoint, x)
	i := slices.IndexFunc(w.events, func(e checkout.Event) bool { return e.ID == x.event })
	if i < 0 || w.debts[debtKey{x.endpoint, w.events[i].Seq}] == nil {
		w.o.fail("%q is sent to %q, which is not owed it", x.event, x.endpoint)
		return
	}
	d, p := w.debts[debtKey{x.endpoint, w.events[i].Seq}], w.endpoints[x.endpoint]
	x.debt, x.body = d, string(body)
	if d.sends++; d.sends == 1 {
		d.body = string(body)
	}
	switch {
	case !d.Held || !d.DueAt.After(now):
		w.o.fail("%s is sent to %s without a claim", x.event, x.endpoint)
	case p.Account != d.event.Transaction.Account.Number:
		w.o.fail("%s is sent to %s of another account", x.event, x.endpoint)
	case d.body != string(body) || header.Get("Webhook-Id") != x.event:
		w.o.fail("%s is not the same at try %d", x.event, d.sends)
	case webhook.Verify(header, body, now, p.Secret) != nil || !webhook.VerifyLomi(p.Secret, body, header.Get("X-Lomi-Signature")):
		w.o.fail("the signatures of %s do not verify", x.event)
	}
}

// arrived is told by the receivers.
func (w *watch) arrived(x *exchange, endpoint string, body []byte) {
	if x.endpoint != endpoint {
		w.o.t.Errorf("%s, for %s, arrived at %s", x.event, x.endpoint, endpoint)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if string(body) != x.body {
		w.o.t.Errorf("%s arrived with other bytes than it was sent with", x.event)
	}
	if x.debt != nil && (plainStatus[x.fault]/100 == 2 || x.fault == faultTruncated || x.fault == faultSlowBody) {
		w.took++
		if x.debt.taken++; x.debt.taken == 1 {
			x.debt.order = w.took
		}
	}
}

// put demands that what is recorded is what happened, and that the next try is
// when it should be.
func (w *watch) put(v checkout.Delivery, claimed time.Time) {
	d, now := w.debts[debtKey{v.EndpointID, v.Event}], w.o.clock.Now()
	name, x := d.event.ID+" to "+v.EndpointID, w.last
	switch {
	case !d.Held:
		w.o.fail("%s is recorded without a claim", name)
	case x == nil || x.endpoint != v.EndpointID || x.event != d.event.ID || int64(x.status) != v.LastStatus:
		w.o.fail("%s is recorded as %d after %v", name, v.LastStatus, x)
	case v.Tries != d.Tries+1 || !v.UpdatedAt.Equal(now):
		w.o.fail("%s is recorded as try %d at %v after %d", name, v.Tries, v.UpdatedAt, d.Tries)
	case (v.Status == checkout.DeliveryDelivered) != (v.LastStatus/100 == 2):
		w.o.fail("%s is %s after %d", name, v.Status, v.LastStatus)
	case v.Passable:
		w.o.fail("%s may be passed after %d", name, v.LastStatus)
	case v.Status != checkout.DeliveryDelivered && d.extra:
		if v.Step != d.Step || !v.DueAt.Equal(d.was) {
			w.o.fail("a try beside the schedule has changed it: %+v after %+v", v, d.Delivery)
		}
	case v.Status != checkout.DeliveryDelivered:
		w.scheduled(name, d, v, x.retryAfter)
	}
	d.Delivery = v
	if d.Held = false; v.Status != checkout.DeliveryPending {
		d.done = now
	}
	w.follow(d, now, claimed)
}

// scheduled demands that the try after v is at its time, within a fifth.
func (w *watch) scheduled(name string, d *debt, v checkout.Delivery, retryAfter time.Duration) {
	if v.Step != d.Step+1 {
		w.o.fail("%s is at step %d after %d", name, v.Step, d.Step)
	}
	middle, again := webhook.Backoff(int(v.Step), 0)
	early, late := middle*4/5, middle*6/5
	if again != (v.Status == checkout.DeliveryPending) {
		w.o.fail("%s is %s at step %d", name, v.Status, v.Step)
	}
	if !again {
		w.o.died++
		d.died = true
		return
	}
	wait := v.DueAt.Sub(v.UpdatedAt)
	if wait < max(early, retryAfter)-time.Millisecond || wait > max(late, retryAfter) {
		w.o.fail("%s is due again after %v at step %d with Retry-After %v", name, wait, v.Step, retryAfter)
	}
}

// hastened notes that an endpoint catches up. It must be up.
func (w *watch) hastened(endpoint string, since, now time.Time, often int64, n int) {
	p := w.endpoints[endpoint]
	if p.Status != checkout.EndpointActive || !p.FailingSince.IsZero() || p.CatchUp.IsZero() || since.After(now) {
		w.o.fail("%s catches up while it is %+v", endpoint, p.Endpoint)
	}
	stays := func(d *debt) bool { return d.Held || d.UpdatedAt.After(since) || d.Tries >= often }
	waits := func(d *debt) bool { return stays(d) && d.DueAt.After(now) }
	for _, d := range w.of(endpoint) {
		if stays(d) {
			continue
		}
		switch {
		case d.Status == checkout.DeliveryPending && d.DueAt.After(now):
			if slices.ContainsFunc(w.before(d), waits) {
				continue // it must wait longer still
			}
			d.DueAt, d.Step = now, max(d.Step-1, 0)
		case d.Status == checkout.DeliveryDead:
			d.Status, d.DueAt, d.Step = checkout.DeliveryPending, now, 0
		default:
			continue
		}
		n--
		w.o.caught++
	}
	if n != 0 {
		w.o.fail("%s: %d more are brought forward than should be", endpoint, n)
	}
}

// audit compares the model with the store, and looks for what is due and was not
// sent, and for what arrived out of order.
func (w *watch) audit() {
	now := w.o.clock.Now()
	for _, id := range slices.Sorted(maps.Keys(w.endpoints)) {
		p, list := w.endpoints[id], w.of(id)
		for _, d := range list {
			idle := p.Status == checkout.EndpointActive && !p.QuietUntil.After(now)
			if idle && d.Status == checkout.DeliveryPending && !d.DueAt.After(now) && len(w.before(d)) == 0 {
				w.o.fail("%s to %s is due and nobody sends it", d.event.ID, id)
			}
			if w.o.armed || d.Status != checkout.DeliveryDelivered {
				continue
			}
			if !p.back.IsZero() && d.done.After(latest(p.back, p.sendable).Add(time.Minute)) {
				w.o.fail("%s took %s only %v after it was back", id, d.event.ID, d.done.Sub(p.back))
			}
			if late := d.done.Sub(start.Add(w.o.lasts)); late > w.o.slowest {
				w.o.slowest = late
			}
		}
		w.inOrder(id, list)
	}
}

// inOrder demands that what was taken of each session was first taken in the order
// in which it happened, but for what was passed because it had died.
func (w *watch) inOrder(id string, list []*debt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first := map[string]*debt{}
	for _, d := range list {
		before := first[d.SessionID]
		if before != nil && d.taken > 0 && (before.taken == 0 || before.order > d.order) && !before.died {
			w.o.fail("%s took %s before %s", id, d.event.ID, before.event.ID)
		}
		first[d.SessionID] = d
	}
}
