package storetest

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// sent returns what a claim tells of an event.
func sent(e checkout.Event) checkout.Event {
	account := e.Transaction.Account.Number
	e.Transaction = checkout.Transaction{Account: checkout.Account{Number: account}}
	return e
}

func claimOne(b *bench) {
	b.owe([]checkout.Endpoint{endpoint(1)}, event(1, session(1)), event(2, session(2)))
	d := b.claim(at(0), at(100)).Delivery
	one := func(now, until time.Time) (o checkout.Owed, err error) {
		err = b.store.Update(b.Context(), func(tx checkout.Tx) (err error) {
			o, err = tx.ClaimDelivery(endpoint(1).ID, 1, now, until)
			return err
		})
		return o, err
	}
	_, err := one(at(99), at(300))
	b.same("held", err, error(checkout.ErrStale))
	b.sent(d)
	o, err := one(at(99), at(300))
	b.same("delivered", err, nil)
	b.same("as it was", o.Delivery.Status, checkout.DeliveryDelivered)
	b.same("to", o.Endpoint, endpoint(1))
	_, err = one(at(299), at(400))
	b.same("held again", err, error(checkout.ErrStale))
	o.Delivery.Tries++
	b.update(func(tx checkout.Tx) error { return tx.PutDelivery(o.Delivery, at(300)) })
	b.same("the other", b.claim(at(1000), at(2000)).Event.Seq, int64(2))
	b.nothing(at(1001))
	_, err = one(at(1000), at(2000))
	b.same("once more", err, nil)
	b.same("a sender that died", b.claim(at(2000), at(3000)).Event.Seq, int64(1))
	b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error {
		_, err := tx.ClaimDelivery(endpoint(1).ID, 9, at(0), at(1))
		return err
	})
}

func oweAgain(b *bench) {
	s := session(1)
	b.owe([]checkout.Endpoint{endpoint(1)}, event(1, s), event(2, s))
	e := event(1, s)
	e.Seq, e.Body = 1, []byte("another body")
	owe := func(now time.Time) {
		b.update(func(tx checkout.Tx) error { return tx.Owe(e, endpoint(1).ID, now) })
	}
	d := b.claim(at(0), at(100)).Delivery
	owe(at(50)) // it is being sent
	d.Step, d.Tries = 3, 3
	b.sent(d)
	owe(at(200))
	got := read(b, func(tx checkout.Tx) (checkout.Delivery, error) { return tx.Delivery(endpoint(1).ID, 1) })
	b.same("owed again", got, checkout.Delivery{
		Event: 1, EndpointID: endpoint(1).ID, SessionID: s.ID, Status: checkout.DeliveryPending, Tries: 4, DueAt: at(200), UpdatedAt: at(200),
	})
	again := b.claim(at(200), at(300))
	b.same("first", again.Event.Seq, int64(1))
	b.same("the body is the first", again.Event.Body, []byte("body of "+e.ID))
	b.nothing(at(200)) // the second waits behind it
	b.update(func(tx checkout.Tx) error { return tx.InsertEndpoint(endpoint(2)) })
	e.Seq = 2
	b.update(func(tx checkout.Tx) error { return tx.Owe(e, endpoint(2).ID, at(250)) })
	b.same("to one that never had it", b.claim(at(250), at(300)).Endpoint.URL, endpoint(2).URL)
}

func hasten(b *bench) {
	b.owe([]checkout.Endpoint{endpoint(1)}, event(1, session(1)), event(2, session(2)), event(3, session(3)), event(4, session(4)), event(5, session(5)))
	for i, o := range b.claims(at(0), at(100), 9) {
		d := o.Delivery
		d.Tries, d.Step, d.DueAt, d.UpdatedAt = 4, 4, at(9000), at(10)
		switch i {
		case 0:
			d.Status = checkout.DeliveryDead
		case 1:
			d.UpdatedAt = at(51) // tried since
		case 2:
			d.Tries = 30 // often
		case 3:
			d.Status = checkout.DeliveryDelivered
		}
		b.update(func(tx checkout.Tx) error { return tx.PutDelivery(d, at(100)) })
	}
	n := func(limit, want int) {
		b.Helper()
		b.update(func(tx checkout.Tx) error {
			n, err := tx.Hasten(endpoint(1).ID, at(50), at(200), 30, limit)
			b.same("hastened", n, want)
			return err
		})
	}
	n(1, 1)
	n(9, 1)
	n(9, 0)
	var seqs, steps []int64
	for _, o := range b.claims(at(200), at(300), 9) {
		seqs, steps = append(seqs, o.Event.Seq), append(steps, o.Delivery.Step)
	}
	b.same("due", seqs, []int64{1, 5})
	b.same("a dead one starts over, another gets its step back", steps, []int64{0, 3})
}

// hastenInOrder brings forward nothing that must wait all the same: its endpoint
// would seem to be owed something that nobody can claim.
func hastenInOrder(b *bench) {
	s := session(1)
	b.owe([]checkout.Endpoint{endpoint(1)}, event(1, s), event(2, s))
	first := b.claim(at(0), at(100)).Delivery
	n := func(since, now time.Time, want int) {
		b.Helper()
		b.update(func(tx checkout.Tx) error {
			n, err := tx.Hasten(endpoint(1).ID, since, now, 30, 9)
			b.same("hastened", n, want)
			return err
		})
	}
	n(at(50), at(50), 0) // the first is being sent
	b.same("due", len(read(b, func(tx checkout.Tx) ([]checkout.Endpoint, error) { return tx.DueEndpoints(at(50), 0, 9) })), 0)
	first.Tries, first.Step, first.DueAt, first.UpdatedAt = 1, 1, at(9000), at(60)
	b.update(func(tx checkout.Tx) error { return tx.PutDelivery(first, at(100)) })
	n(at(50), at(70), 0) // it was tried since
	n(at(60), at(70), 2)
	b.same("the first goes first", b.claim(at(70), at(100)).Event.Seq, int64(1))
	b.nothing(at(70))
}

// deadFirst has the first event of a session die, be brought forward and be sent,
// while the one behind it has tries and a schedule of its own.
func deadFirst(b *bench) {
	s := session(1)
	b.owe([]checkout.Endpoint{endpoint(1)}, event(1, s), event(2, s), event(3, s), event(4, session(2)))
	oldest := func(want int64) {
		b.Helper()
		b.same("oldest", read(b, func(tx checkout.Tx) (int64, error) { return tx.OldestOwed(endpoint(1).ID) }), want)
	}
	put := func(d checkout.Delivery, claimed time.Time) {
		b.update(func(tx checkout.Tx) error { return tx.PutDelivery(d, claimed) })
	}
	oldest(1)
	b.sent(b.claims(at(0), at(50), 9)[1].Delivery) // of the other session
	first := read(b, func(tx checkout.Tx) (checkout.Delivery, error) { return tx.Delivery(endpoint(1).ID, 1) })
	first.Status, first.UpdatedAt = checkout.DeliveryDead, at(10)
	put(first, at(50))
	second := b.claim(at(10), at(60)).Delivery
	b.same("after the dead one", second.Event, int64(2))
	second.Step, second.DueAt, second.UpdatedAt = 5, at(9000), at(20)
	put(second, at(60))
	oldest(1)
	b.update(func(tx checkout.Tx) error {
		_, err := tx.Hasten(endpoint(1).ID, at(30), at(30), 30, 9)
		return err
	})
	first = b.claim(at(30), at(90)).Delivery
	b.same("the dead one", first.Event, int64(1))
	b.nothing(at(30))
	first.Status, first.UpdatedAt = checkout.DeliveryDelivered, at(40)
	put(first, at(90))
	second = b.claim(at(40), at(90)).Delivery
	b.same("what had waited for it, though it had been tried", second.Event, int64(2))
	second.DueAt, second.UpdatedAt = at(9000), at(50)
	put(second, at(90))
	_, err := try(b, func(tx checkout.Tx) (checkout.Owed, error) {
		return tx.ClaimDelivery(endpoint(1).ID, 1, at(55), at(95))
	})
	b.same("once more", err, nil)
	put(first, at(95))
	b.same("due", len(read(b, func(tx checkout.Tx) ([]checkout.Endpoint, error) { return tx.DueEndpoints(at(60), 0, 9) })), 0)
}

// try is one update.
func try[V any](b *bench, fn func(tx checkout.Tx) (V, error)) (v V, err error) {
	err = b.store.Update(b.Context(), func(tx checkout.Tx) (err error) {
		v, err = fn(tx)
		return err
	})
	return v, err
}

func dueEndpoints(b *bench) {
	listener := endpoint(3)
	listener.Listener = true
	b.owe([]checkout.Endpoint{endpoint(1), endpoint(2), listener}, event(1, session(1)))
	due := func(now time.Time) (urls []string) {
		for _, e := range read(b, func(tx checkout.Tx) ([]checkout.Endpoint, error) { return tx.DueEndpoints(now, 0, 9) }) {
			urls = append(urls, e.URL)
		}
		return urls
	}
	first, second := endpoint(1), endpoint(2)
	put := func(e checkout.Endpoint) { b.update(func(tx checkout.Tx) error { return tx.PutEndpoint(e) }) }
	b.same("before", due(at(-1)), []string(nil))
	b.same("both", due(at(0)), []string{first.URL, second.URL})
	b.same("paged", read(b, func(tx checkout.Tx) ([]checkout.Endpoint, error) { return tx.DueEndpoints(at(0), 1, 9) })[0].URL, second.URL)
	second.QuietUntil = at(5)
	put(second)
	b.same("quiet", due(at(4)), []string{first.URL})
	b.same("next", read(b, func(tx checkout.Tx) (time.Time, error) { return tx.NextDue(at(1)) }), at(5))
	b.same("quiet no more", due(at(5)), []string{first.URL, second.URL})
	first.Status = checkout.EndpointPaused
	put(first)
	b.same("paused", due(at(5)), []string{second.URL})
	b.same("the listener fetches", len(b.fetch(listener.ID, at(0))), 1)
	b.claim(at(5), at(100))
	b.same("claimed", due(at(99)), []string(nil))
	b.same("not the paused one", read(b, func(tx checkout.Tx) (time.Time, error) { return tx.NextDue(at(5)) }), at(100))
	first.Status = checkout.EndpointActive
	put(first)
	b.same("active again", due(at(99)), []string{first.URL})
	backlog := read(b, func(tx checkout.Tx) (checkout.Backlog, error) { return tx.Backlog() })
	b.same("pending", backlog.Deliveries, int64(3))
	b.same("oldest", backlog.OldestDelivery, at(0))
}

// fetch claims deliveries of one endpoint.
func (b *bench) fetch(endpoint string, now time.Time) (list []checkout.Owed) {
	b.update(func(tx checkout.Tx) (err error) {
		list, err = tx.ClaimDeliveries(endpoint, now, now.Add(time.Minute), 9)
		return err
	})
	return list
}

func tries(b *bench) {
	list := make([]checkout.Try, 3)
	b.update(func(tx checkout.Tx) error {
		for i := range list {
			fill(&list[i], i+1)
			v := &list[i]
			v.ID, v.EndpointID, v.Took = checkout.IDFloor(checkout.PrefixTry, at(i)), endpoint(i/2).ID, time.Duration(i)*time.Millisecond
			if v.Status = 500; i == 0 {
				v.Status = 204
			}
			if err := tx.InsertTry(*v); err != nil {
				return err
			}
		}
		return nil
	})
	b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.InsertTry(list[0]) })
	b.same("one", read(b, func(tx checkout.Tx) (checkout.Try, error) { return tx.Try(list[1].ID) }), list[1])
	b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Try("try_none"); return err })
	yes, no := true, false
	for _, c := range []struct {
		q    checkout.TryQuery
		want []checkout.Try
	}{
		{checkout.TryQuery{Limit: 9}, []checkout.Try{list[1], list[0]}},
		{checkout.TryQuery{Limit: 1}, []checkout.Try{list[1]}},
		{checkout.TryQuery{Limit: 9, Offset: 1}, []checkout.Try{list[0]}},
		{checkout.TryQuery{Limit: 9, OK: &yes}, []checkout.Try{list[0]}},
		{checkout.TryQuery{Limit: 9, OK: &no}, []checkout.Try{list[1]}},
		{checkout.TryQuery{Limit: 9, EventID: list[0].EventID}, []checkout.Try{list[0]}},
	} {
		c.q.EndpointID = endpoint(0).ID
		b.same("tries", read(b, func(tx checkout.Tx) ([]checkout.Try, error) { return tx.ListTries(c.q) }), c.want)
	}
	prune := func(before time.Time, limit, want int) {
		b.update(func(tx checkout.Tx) error {
			n, err := tx.PruneTries(before, limit)
			b.same("pruned", n, want)
			return err
		})
	}
	prune(at(2), 1, 1)
	prune(at(2), 9, 1)
	prune(at(2), 9, 0)
	b.same("kept", read(b, func(tx checkout.Tx) (checkout.Try, error) { return tx.Try(list[2].ID) }), list[2])
}

func pruneBodies(b *bench) {
	b.owe([]checkout.Endpoint{endpoint(1)}, event(1, session(1)), event(2, session(2)), event(3, session(3)), event(4, session(4)), event(5, session(5)))
	for i, o := range b.claims(at(0), at(100), 4) {
		d := o.Delivery
		d.Status = []checkout.DeliveryStatus{
			checkout.DeliveryDelivered, checkout.DeliveryDead, checkout.DeliveryDropped, checkout.DeliveryDelivered,
		}[i]
		b.update(func(tx checkout.Tx) error { return tx.PutDelivery(d, at(100)) })
	}
	prune := func(before time.Time, limit, want int) {
		b.Helper()
		b.update(func(tx checkout.Tx) error {
			n, err := tx.PruneBodies(before, limit)
			b.same("pruned", n, want)
			return err
		})
	}
	prune(at(1), 9, 0)
	prune(at(4), 1, 1)
	prune(at(4), 9, 1)
	prune(at(4), 9, 0)
	for n, kept := range []bool{false, true, false, true, true} {
		e := read(b, func(tx checkout.Tx) (checkout.Event, error) { return tx.Event(event(n+1, session(1)).ID) })
		b.same("kept", len(e.Body) > 0, kept)
	}
	e := event(1, session(1))
	e.Seq, e.Body = 1, []byte("made again")
	b.update(func(tx checkout.Tx) error { return tx.Owe(e, endpoint(1).ID, at(9)) })
	b.same("made again", b.claims(at(9), at(100), 9)[0].Event.Body, e.Body)
}

func listEvents(b *bench) {
	var all []checkout.Event
	for n := 1; n <= 4; n++ {
		e := event(n, session(n%2))
		if n == 4 {
			e.Type, e.Transaction.Account.Number = checkout.EventPaymentFailed, 1
		}
		if n == 3 {
			e.Transaction.Account.Number = 2
		}
		b.update(func(tx checkout.Tx) error { return tx.AppendEvent(e) })
		e.Seq = int64(n)
		all = append(all, e)
	}
	// A clock that had run ahead was put right.
	late := event(-20*60*1000, session(5))
	b.update(func(tx checkout.Tx) error { return tx.AppendEvent(late) })
	late.Seq = 5
	all = append(all, late)
	for _, c := range []struct {
		q    checkout.EventQuery
		want []int64
	}{
		{checkout.EventQuery{}, []int64{1, 2, 4, 5}},
		{checkout.EventQuery{Newest: true}, []int64{5, 4, 2, 1}},
		{checkout.EventQuery{Limit: 1}, []int64{1}},
		{checkout.EventQuery{After: 1}, []int64{2, 4, 5}},
		{checkout.EventQuery{After: 5}, nil},
		{checkout.EventQuery{Newest: true, Before: 4}, []int64{2, 1}},
		{checkout.EventQuery{Types: []checkout.EventType{checkout.EventPaymentFailed, checkout.EventPaymentHeld}}, []int64{4}},
		{checkout.EventQuery{SessionID: session(1).ID}, []int64{1}},
		{checkout.EventQuery{From: at(2)}, []int64{2, 4}},
		{checkout.EventQuery{From: at(9)}, nil},
		{checkout.EventQuery{From: at(2), After: 2}, []int64{4}},
		{checkout.EventQuery{Until: at(2)}, []int64{1, 5}},
		{checkout.EventQuery{Newest: true, From: at(2), Until: at(4)}, []int64{2}},
	} {
		if c.q.Account = 1; c.q.Limit == 0 {
			c.q.Limit = 9
		}
		var want []checkout.Event
		for _, seq := range c.want {
			want = append(want, all[seq-1])
		}
		b.same("events", read(b, func(tx checkout.Tx) ([]checkout.Event, error) { return tx.ListEvents(c.q) }), want)
	}
}
