package storetest

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// owe appends events and fans each out to the endpoints at(0).
func (b *bench) owe(to []checkout.Endpoint, events ...checkout.Event) {
	b.Helper()
	b.update(func(tx checkout.Tx) error {
		for _, e := range to {
			if err := tx.InsertEndpoint(e); err != nil {
				return err
			}
		}
		for _, e := range events {
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		list, err := tx.UnfannedEvents(len(events))
		for _, e := range list {
			e.Body = []byte("body of " + e.ID)
			if err := tx.FanOut(e, to, at(0)); err != nil {
				return err
			}
		}
		return err
	})
}

// claim claims one delivery of whatever endpoint has been owed longest, which
// there must be.
func (b *bench) claim(now, until time.Time) checkout.Owed {
	b.Helper()
	list := b.claims(now, until, 1)
	if len(list) != 1 {
		b.Fatalf("%d claims, want 1", len(list))
	}
	return list[0]
}

// claims claims up to limit deliveries of the endpoints that are due.
func (b *bench) claims(now, until time.Time, limit int) (list []checkout.Owed) {
	b.Helper()
	b.update(func(tx checkout.Tx) (err error) {
		list, err = claimAny(tx, now, until, limit)
		return err
	})
	return list
}

// claimAny claims up to limit deliveries of the endpoints that are due.
func claimAny(tx checkout.Tx, now, until time.Time, limit int) (list []checkout.Owed, err error) {
	due, err := tx.DueEndpoints(now, 0, 100)
	for _, e := range due {
		if err != nil || len(list) == limit {
			break
		}
		var some []checkout.Owed
		some, err = tx.ClaimDeliveries(e.ID, now, until, limit-len(list))
		list = append(list, some...)
	}
	return list, err
}

// nothing ends the test if a delivery can be claimed.
func (b *bench) nothing(now time.Time) {
	b.Helper()
	b.same("claims", b.claims(now, now.Add(time.Minute), 1), []checkout.Owed(nil))
}

// sent records that a claimed delivery has arrived.
func (b *bench) sent(d checkout.Delivery) {
	b.Helper()
	claimed := d.DueAt
	d.Status, d.Tries = checkout.DeliveryDelivered, d.Tries+1
	b.update(func(tx checkout.Tx) error { return tx.PutDelivery(d, claimed) })
}

func eventCases() []testCase {
	return []testCase{
		{"a provider's message is claimed once", func(b *bench) {
			claim := func(provider, id string, want bool) {
				b.Helper()
				b.update(func(tx checkout.Tx) error {
					fresh, err := tx.ClaimInbound(provider, id, at(1))
					b.same("fresh", fresh, want)
					return err
				})
			}
			claim("wave", "1", true)
			claim("wave", "1", false)
			claim("mtn", "1", true)
			b.fails(errBoom, func(tx checkout.Tx) error { _, _ = tx.ClaimInbound("wave", "2", at(1)); return errBoom })
			claim("wave", "2", true)
		}},
		{"every field of an event comes back, in the order of append", func(b *bench) {
			var first, second checkout.Event
			fill(&first, 2)
			fill(&second, 1)
			first.Body, second.Body = nil, nil
			b.update(func(tx checkout.Tx) error {
				if err := tx.AppendEvent(first); err != nil {
					return err
				}
				return tx.AppendEvent(second)
			})
			first.Seq, second.Seq = 1, 2
			events := func(limit int) []checkout.Event {
				return read(b, func(tx checkout.Tx) ([]checkout.Event, error) { return tx.UnfannedEvents(limit) })
			}
			b.same("events", events(5), []checkout.Event{first, second})
			b.same("limited", events(1), []checkout.Event{first})
			b.same("one", read(b, func(tx checkout.Tx) (checkout.Event, error) { return tx.Event(second.ID) }), second)
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Event("evt_none"); return err })
			made := event(3, session(3))
			made.Body = []byte("made")
			b.update(func(tx checkout.Tx) error { return tx.AppendEvent(made) })
			made.Seq = 3
			b.same("with a body", read(b, func(tx checkout.Tx) (checkout.Event, error) { return tx.Event(made.ID) }), made)
			b.same("owed to nobody", events(5), []checkout.Event{first, second})
		}},
		{"events are listed as asked", listEvents},
		{"an attempt has one event of a type", func(b *bench) {
			e := event(1, session(1))
			b.update(func(tx checkout.Tx) error { return tx.AppendEvent(e) })
			e.ID = "evt_other"
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.AppendEvent(e) })
			e.Type = checkout.EventPaymentFailed
			b.update(func(tx checkout.Tx) error { return tx.AppendEvent(e) })
			e.Transaction.Attempt.ID = "txn_other"
			b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.AppendEvent(e) })
		}},
		{"an event is fanned out once, its body fixed", func(b *bench) {
			b.owe([]checkout.Endpoint{endpoint(1), endpoint(2)}, event(1, session(1)))
			b.same("unfanned", read(b, func(tx checkout.Tx) ([]checkout.Event, error) { return tx.UnfannedEvents(9) }), []checkout.Event(nil))
			e := event(1, session(1))
			e.Seq = 1
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return tx.FanOut(e, nil, at(0)) })
			e.Body = []byte("body of " + e.ID)
			for n := 1; n <= 2; n++ {
				b.same("owed", b.claim(at(1), at(100)), checkout.Owed{
					Delivery: checkout.Delivery{
						Event: 1, EndpointID: endpoint(n).ID, SessionID: session(1).ID,
						Status: checkout.DeliveryPending, Held: true, DueAt: at(100), UpdatedAt: at(0),
					},
					Event: sent(e), Endpoint: endpoint(n),
				})
			}
			b.nothing(at(1))
		}},
		{"an event is fanned out at the epoch", func(b *bench) {
			b.update(func(tx checkout.Tx) error { return tx.AppendEvent(event(1, session(1))) })
			b.update(func(tx checkout.Tx) error { return tx.FanOut(checkout.Event{Seq: 1}, nil, time.UnixMilli(0)) })
			b.same("unfanned", read(b, func(tx checkout.Tx) ([]checkout.Event, error) { return tx.UnfannedEvents(9) }), []checkout.Event(nil))
		}},
		{"endpoints come back whole, newest first, one a URL", endpoints},
	}
}

func deliveryCases() []testCase {
	return []testCase{
		{"deliveries of a session and endpoint go out in order", deliveriesInOrder},
		{"the delivery that has been due longest goes first", func(b *bench) {
			b.owe([]checkout.Endpoint{endpoint(1)}, event(1, session(1)), event(2, session(2)), event(3, session(3)))
			first := b.claim(at(1), at(50))
			second := b.claim(at(1), at(40))
			b.same("next", b.claim(at(1), at(60)).Event.Seq, int64(3))
			b.same("due first", b.claim(at(100), at(200)).Event.Seq, second.Event.Seq)
			b.same("due second", b.claim(at(100), at(200)).Event.Seq, first.Event.Seq)
		}},
		{"claims are as many as asked for, one of a session", func(b *bench) {
			b.owe([]checkout.Endpoint{endpoint(1)}, event(1, session(1)), event(2, session(1)), event(3, session(2)), event(4, session(3)))
			claims := func(limit int) (seqs []int64) {
				for _, o := range b.claims(at(1), at(100), limit) {
					seqs = append(seqs, o.Event.Seq)
				}
				return seqs
			}
			b.same("two", claims(2), []int64{1, 3})
			b.same("the rest", claims(9), []int64{4})
		}},
		{"what may be passed holds nothing back", func(b *bench) {
			s := session(1)
			b.owe([]checkout.Endpoint{endpoint(1)}, event(1, s), event(2, s))
			d := b.claim(at(0), at(100)).Delivery
			d.Tries, d.Step, d.DueAt, d.UpdatedAt, d.Passable = 3, 3, at(500), at(50), true
			b.update(func(tx checkout.Tx) error { return tx.PutDelivery(d, at(100)) })
			next := b.claim(at(50), at(100))
			b.same("the next", next.Event.Seq, int64(2))
			b.sent(next.Delivery)
			b.same("then itself", b.claim(at(500), at(600)).Event.Seq, int64(1))
		}},
		{"one delivery is claimed whatever its status, but not from somebody", claimOne},
		{"an event is owed once more", oweAgain},
		{"what waits or is dead is hastened, but not what was tried since or often", hasten},
		{"what must wait is not hastened", hastenInOrder},
		{"what is dead goes first when it is hastened", deadFirst},
		{"endpoints are due as their deliveries are", dueEndpoints},
		{"endpoints are looked at when they ask for it", func(b *bench) {
			for n, check := range []time.Time{{}, at(300), at(200)} {
				e := endpoint(n)
				e.CheckAt = check
				b.update(func(tx checkout.Tx) error { return tx.InsertEndpoint(e) })
			}
			check := func(now time.Time, limit int) (urls []string) {
				for _, e := range read(b, func(tx checkout.Tx) ([]checkout.Endpoint, error) { return tx.CheckEndpoints(now, limit) }) {
					urls = append(urls, e.URL)
				}
				return urls
			}
			b.same("before", check(at(199), 9), []string(nil))
			b.same("one", check(at(300), 1), []string{endpoint(2).URL})
			b.same("both", check(at(300), 9), []string{endpoint(2).URL, endpoint(1).URL})
			b.same("next", read(b, func(tx checkout.Tx) (time.Time, error) { return tx.NextDue(at(200)) }), at(300))
		}},
		{"every field of a try comes back", tries},
		{"bodies that nobody is owed are pruned", pruneBodies},
		{"a claim lasts until its end", func(b *bench) {
			b.owe([]checkout.Endpoint{endpoint(1)}, event(1, session(1)))
			b.nothing(at(-1))
			b.claim(at(0), at(100))
			b.nothing(at(99))
			b.claim(at(100), at(200))
		}},
		{"a sender that lost its claim records nothing", func(b *bench) {
			b.owe([]checkout.Endpoint{endpoint(1)}, event(1, session(1)))
			late := b.claim(at(0), at(100)).Delivery
			b.sent(b.claim(at(100), at(200)).Delivery)
			late.LastError = "late"
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return tx.PutDelivery(late, at(100)) })
			b.fails(checkout.ErrStale, func(tx checkout.Tx) error { return tx.PutDelivery(checkout.Delivery{Status: "dead"}, at(100)) })
		}},
		{"a try is recorded whole and listed newest first", func(b *bench) {
			b.owe([]checkout.Endpoint{endpoint(1)}, event(1, session(1)), event(2, session(2)))
			d := b.claim(at(0), at(100)).Delivery
			d.Held, d.Tries, d.Step, d.DueAt, d.LastStatus, d.LastError, d.UpdatedAt = false, 3, 2, at(500), 503, "busy", at(90)
			b.update(func(tx checkout.Tx) error { return tx.PutDelivery(d, at(100)) })
			b.same("alone", read(b, func(tx checkout.Tx) (checkout.Delivery, error) { return tx.Delivery(endpoint(1).ID, 1) }), d)
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Delivery(endpoint(1).ID, 9); return err })
			got := read(b, func(tx checkout.Tx) ([]checkout.Delivery, error) { return tx.Deliveries(endpoint(1).ID, 9) })
			b.same("deliveries", len(got), 2)
			b.same("the older one", got[1], d)
			b.same("limited", len(read(b, func(tx checkout.Tx) ([]checkout.Delivery, error) { return tx.Deliveries(endpoint(1).ID, 1) })), 1)
		}},
		{"an endpoint goes with what it is owed, bit by bit", func(b *bench) {
			b.owe([]checkout.Endpoint{endpoint(1)}, event(1, session(1)), event(2, session(2)), event(3, session(3)))
			b.update(func(tx checkout.Tx) error {
				return tx.InsertTry(checkout.Try{ID: "try_1", EndpointID: endpoint(1).ID, At: at(0)})
			})
			gone := endpoint(1)
			gone.Status = checkout.EndpointDeleted
			b.update(func(tx checkout.Tx) error { return tx.PutEndpoint(gone) })
			b.nothing(at(1))
			prune := func(want int) {
				b.Helper()
				b.update(func(tx checkout.Tx) error {
					n, err := tx.PruneEndpoint(gone.ID, 2)
					b.same("pruned", n, want)
					return err
				})
			}
			prune(3)
			b.same("still there", read(b, func(tx checkout.Tx) (checkout.Endpoint, error) { return tx.Endpoint(gone.ID) }), gone)
			prune(2)
			b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { _, err := tx.Endpoint(gone.ID); return err })
			prune(0)
		}},
		{"what waits behind a failed delivery is due with it", func(b *bench) {
			s := session(1)
			b.owe([]checkout.Endpoint{endpoint(1)}, event(1, s), event(2, s), event(3, session(2)))
			d := b.claim(at(0), at(100)).Delivery
			d.Tries, d.Step, d.DueAt = 1, 1, at(500)
			b.update(func(tx checkout.Tx) error { return tx.PutDelivery(d, at(100)) })
			due := map[int64]time.Time{1: at(500), 2: at(500), 3: at(0)}
			for _, got := range read(b, func(tx checkout.Tx) ([]checkout.Delivery, error) { return tx.Deliveries(endpoint(1).ID, 9) }) {
				b.same("due", got.DueAt, due[got.Event])
			}
			b.update(func(tx checkout.Tx) error {
				e := event(5, s)
				if err := tx.AppendEvent(e); err != nil {
					return err
				}
				list, err := tx.UnfannedEvents(1)
				if err != nil {
					return err
				}
				return tx.FanOut(list[0], []checkout.Endpoint{endpoint(1)}, at(10))
			})
			newest := func() checkout.Delivery {
				return read(b, func(tx checkout.Tx) ([]checkout.Delivery, error) { return tx.Deliveries(endpoint(1).ID, 1) })[0]
			}
			b.same("fanned out behind it", newest().DueAt, at(500))
			b.same("of another session", b.claim(at(20), at(900)).Event.Seq, int64(3))
			again := b.claim(at(500), at(600))
			b.same("the first again", again.Event.Seq, int64(1))
			again.Delivery.UpdatedAt = at(505)
			b.sent(again.Delivery)
			b.same("then what waited", b.claim(at(505), at(700)).Event.Seq, int64(2))
			b.same("the last waits for it", newest().DueAt, at(700))
			b.nothing(at(505))
		}},
		{"what a clock put off beyond reach is brought back", func(b *bench) {
			b.owe([]checkout.Endpoint{endpoint(1)}, event(1, session(1)))
			d := b.claim(at(0), at(100)).Delivery
			d.Tries, d.DueAt = 1, at(90_000)
			b.update(func(tx checkout.Tx) error { return tx.PutDelivery(d, at(100)) })
			clamp := func(to time.Time) { b.update(func(tx checkout.Tx) error { return tx.ClampDue(to, to) }) }
			clamp(at(90_000))
			b.nothing(at(89_999))
			clamp(at(600))
			b.nothing(at(599))
			b.claim(at(600), at(700))
		}},
		{"a balance stops at the largest number", func(b *bench) {
			most := checkout.Money{Amount: 1<<63 - 1, Currency: checkout.XOF}
			for _, m := range []checkout.Money{{Amount: 700, Currency: checkout.XOF}, most, most} {
				b.update(func(tx checkout.Tx) error { return tx.AddBalance(1, m, at(0)) })
			}
			b.same("balance", read(b, func(tx checkout.Tx) ([]checkout.Balance, error) { return tx.Balances(1) })[0].Total, most)
		}},
		{"the next due instant is the earliest of all", nextDue},
	}
}

func endpoints(b *bench) {
	var e checkout.Endpoint
	fill(&e, 1)
	e.Account, e.Status = 1, checkout.EndpointDisabled
	b.update(func(tx checkout.Tx) error {
		for _, e := range []checkout.Endpoint{endpoint(1), endpoint(2), e} {
			if err := tx.InsertEndpoint(e); err != nil {
				return err
			}
		}
		foreign := endpoint(2)
		foreign.ID, foreign.Account = "we_foreign", 2
		return tx.InsertEndpoint(foreign)
	})
	b.same("endpoint", read(b, func(tx checkout.Tx) (checkout.Endpoint, error) { return tx.Endpoint(e.ID) }), e)
	got := read(b, func(tx checkout.Tx) ([]checkout.Endpoint, error) { return tx.ListEndpoints(1) })
	b.same("endpoints", got, []checkout.Endpoint{endpoint(2), endpoint(1), e})
	e.URL, e.Secret, e.Old, e.Status, e.FailingSince = "https://shop.example/new", "whsec_y", nil, checkout.EndpointPaused, time.Time{}
	b.update(func(tx checkout.Tx) error { return tx.PutEndpoint(e) })
	b.same("changed", read(b, func(tx checkout.Tx) (checkout.Endpoint, error) { return tx.Endpoint(e.ID) }), e)
	e.URL = endpoint(1).URL
	b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.PutEndpoint(e) })
	e.ID = "we_none"
	b.fails(checkout.ErrNotFound, func(tx checkout.Tx) error { return tx.PutEndpoint(e) })
	gone := endpoint(2)
	gone.URL, gone.Status = "deleted", checkout.EndpointDeleted
	b.update(func(tx checkout.Tx) error { return tx.PutEndpoint(gone) })
	b.same("without the deleted one", len(read(b, func(tx checkout.Tx) ([]checkout.Endpoint, error) { return tx.ListEndpoints(1) })), 2)
	taken := endpoint(3)
	taken.URL = endpoint(1).URL
	b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.InsertEndpoint(taken) })
	b.fails(checkout.ErrExists, func(tx checkout.Tx) error { return tx.InsertEndpoint(endpoint(1)) })
}

func deliveriesInOrder(b *bench) {
	s, other := session(1), session(2)
	b.owe([]checkout.Endpoint{endpoint(1)}, event(1, s), event(2, s), event(3, other))
	first := b.claim(at(1), at(100))
	b.same("first", first.Event.Seq, int64(1))
	b.same("past the one that waits", b.claim(at(1), at(100)).Event.Seq, int64(3))
	b.nothing(at(1))
	b.sent(first.Delivery)
	second := b.claim(at(1), at(100))
	b.same("after the first arrived", second.Event.Seq, int64(2))
	b.sent(second.Delivery)
	b.nothing(at(99))
}

func nextDue(b *bench) {
	next := func(after time.Time) time.Time {
		return read(b, func(tx checkout.Tx) (time.Time, error) { return tx.NextDue(after) })
	}
	b.same("nothing", next(at(0)), time.Time{})
	s := session(1)
	s.ExpiresAt = at(300)
	b.insert(s, stored(session(2), checkout.StatusCompleted))
	b.same("session", next(at(0)), at(300))
	b.same("not before", next(at(299)), at(300))
	b.same("behind it", next(at(300)), time.Time{})
	a := attempt(1, s)
	a.DueAt = at(200)
	b.update(func(tx checkout.Tx) error { return tx.InsertAttempt(a) })
	b.same("attempt", next(at(0)), at(200))
	b.owe([]checkout.Endpoint{endpoint(1)}, event(1, s))
	d := b.claim(at(0), at(100)).Delivery
	b.same("delivery", next(at(0)), at(100))
	b.sent(d)
	b.same("delivered", next(at(0)), at(200))
}
