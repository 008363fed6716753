package torture

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxEffects bounds what is read of a list of effects.
const maxEffects = 4 << 20

// sayEffects is why checks are skipped that only effects could decide.
const sayEffects = "only the receiver's effects show it: say --effects URL (Config.EffectsURL)"

// Effect is one thing that a message made a receiver do to an order: an order
// fulfilled, a refund booked, an order cancelled or set back.
type Effect struct {
	Event         checkout.EventType `json:"event"`          // of the message
	TransactionID string             `json:"transaction_id"` // which the message was about
}

// readEffects asks EffectsURL.
func (r *runner) readEffects(ctx context.Context) ([]Effect, error) {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, r.EffectsURL, nil)
	if err != nil {
		return nil, err
	}
	res, err := r.client.Do(q)
	if err != nil {
		return nil, errors.New(explain(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered %s", res.Status)
	}
	var list struct {
		Effects *[]Effect `json:"effects"`
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxEffects))
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil || list.Effects == nil {
		return nil, errors.New(`it must answer {"effects":[{"event":"PAYMENT_SUCCEEDED","transaction_id":"txn_…"}]}`)
	}
	return *list.Effects, nil
}

// effects returns what the receiver has done, once it has had time to.
func (r *runner) effects() []Effect {
	r.wait(r.Settle)
	if r.stopped() != nil {
		return nil
	}
	list, err := r.Effects(r.ctx)
	if err != nil {
		r.stop(fmt.Errorf("read the effects: %w", err))
	}
	return list
}

// done returns how often the receiver acted on what m tells.
func done(list []Effect, m message) (n int) {
	for _, e := range list {
		if e == m.effect() {
			n++
		}
	}
	return n
}

// effect is what is seen if the receiver acts on m.
func (m message) effect() Effect {
	return Effect{m.event.Type, m.event.Transaction.Attempt.ID}
}

// undone returns what the receiver did to one of the tries of a session after it
// had acted on paid, "" if nothing: none of it may touch a paid order.
func undone(list []Effect, paid message, tries ...payment) checkout.EventType {
	from := slices.Index(list, paid.effect())
	for _, e := range list[from+1:] {
		for _, p := range tries {
			if e.TransactionID == p.attempt.ID && (e.Event == checkout.EventPaymentCreated || e.Event == checkout.EventPaymentFailed) {
				return e.Event
			}
		}
	}
	return ""
}
