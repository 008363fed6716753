package simulator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/benbjohnson/clock"
)

// Delivery is how the messages of a simulated provider arrive.
type Delivery string

// The ways.
const (
	Once   Delivery = "once"
	Twice  Delivery = "twice"
	Never  Delivery = "never"
	Late   Delivery = "late"   // not before Release is called
	Forged Delivery = "forged" // with a signature that is wrong
	First  Delivery = "first"  // before the call of the API that caused it is answered
)

// Deliveries lists every [Delivery].
var Deliveries = []Delivery{Once, Twice, Never, Late, Forged, First}

// Message is one HTTP request that a simulated provider owes.
type Message struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte

	// Sign, if not nil, completes the header of each try at the time at which it
	// is sent: a signature of an earlier one may be too old to be believed.
	Sign func(h http.Header, at time.Time)

	// Forge is Sign for a message that is forged; nil if there is nothing to
	// forge in the header.
	Forge func(h http.Header, at time.Time)

	// ForgedBody, if not nil, is sent instead of Body when the message is
	// forged: for providers whose proof stands in the body.
	ForgedBody []byte
}

// tries is how long to wait before a message that was not accepted is sent
// again.
var tries = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 5 * time.Minute}

// Outbox holds the messages that a simulated provider owes.
type Outbox struct {
	client *http.Client
	clock  clock.Clock
	wake   chan struct{}
	turn   chan struct{}    // whoever puts a value in may send what is due until taking it out
	before func()           // nil for nothing
	due    func() time.Time // nil for never

	mu       sync.Mutex
	delivery Delivery
	pending  []*owed
	held     []*owed
	sent     int
}

type owed struct {
	Message
	tried int
	due   time.Time
}

func (o *Outbox) init(client *http.Client, now clock.Clock) {
	o.client, o.clock, o.delivery = client, now, Once
	o.wake, o.turn = make(chan struct{}, 1), make(chan struct{}, 1)
}

// Messages decides how the messages from now on arrive.
func (o *Outbox) Messages(d Delivery) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.delivery = d
}

// Owe takes a message. With First it is sent now, and whether it was accepted
// does not matter.
func (o *Outbox) Owe(m Message) {
	o.mu.Lock()
	d := o.delivery
	switch d {
	case Never:
	case Late:
		o.held = append(o.held, &owed{Message: m})
	case Twice:
		o.pending = append(o.pending, &owed{Message: m}, &owed{Message: m})
	case Forged:
		if m.Forge != nil {
			m.Sign = m.Forge
		}
		if m.ForgedBody != nil {
			m.Body = m.ForgedBody
		}
		o.pending = append(o.pending, &owed{Message: m, tried: len(tries)}) // nobody will accept it
	case Once:
		o.pending = append(o.pending, &owed{Message: m})
	}
	o.mu.Unlock()
	if d == First {
		_ = o.send(context.Background(), m)
		return
	}
	o.rouse()
}

// rouse lets Run look at what is owed.
func (o *Outbox) rouse() {
	select {
	case o.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Release makes what was held back with Late ready to be sent.
func (o *Outbox) Release() {
	o.mu.Lock()
	o.pending, o.held = append(o.pending, o.held...), nil
	o.mu.Unlock()
	o.rouse()
}

// Drop forgets all that is owed, as a provider does that tries only once.
func (o *Outbox) Drop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pending, o.held = nil, nil
}

// Owed returns how many messages are ready to be sent.
func (o *Outbox) Owed() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.pending)
}

// Sent returns how many messages were accepted with a status of 2xx.
func (o *Outbox) Sent() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sent
}

// Before has f called before each delivery, for what time has made happen by
// itself. It is for the simulated providers, and is called before they are used.
func (o *Outbox) Before(f func()) { o.before = f }

// Due has f say when time will next make something happen by itself, the zero
// time for never: a stopped clock that is moved further stops there. It goes with
// [Outbox.Before].
func (o *Outbox) Due(f func() time.Time) { o.due = f }

// Deliver sends every message that is due, in order, each once. What is not
// accepted stays owed, for a few tries; the faults are returned joined.
func (o *Outbox) Deliver(ctx context.Context) error {
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
		return o.deliver(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// deliver is Deliver for who has the turn.
func (o *Outbox) deliver(ctx context.Context) error {
	if o.before != nil {
		o.before()
	}
	o.mu.Lock()
	now := o.clock.Now()
	var due, rest []*owed
	for _, m := range o.pending {
		if m.due.After(now) {
			rest = append(rest, m)
		} else {
			due = append(due, m)
		}
	}
	o.pending = rest
	o.mu.Unlock()
	var faults []error
	for _, m := range due {
		err := o.send(ctx, m.Message)
		if err == nil {
			continue
		}
		faults = append(faults, err)
		if m.tried < len(tries) {
			m.due = now.Add(tries[m.tried])
			m.tried++
			o.mu.Lock()
			o.pending = append(o.pending, m)
			o.mu.Unlock()
		}
	}
	return errors.Join(faults...)
}

// send sends one message.
func (o *Outbox) send(ctx context.Context, m Message) error {
	r, err := http.NewRequestWithContext(ctx, m.Method, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return err
	}
	if r.Header = m.Header.Clone(); r.Header == nil {
		r.Header = http.Header{}
	}
	if m.Sign != nil {
		m.Sign(r.Header, o.clock.Now())
	}
	res, err := o.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("simulator: %s %s answered %d: %s", m.Method, m.URL, res.StatusCode, answer)
	}
	o.mu.Lock()
	o.sent++
	o.mu.Unlock()
	return nil
}
