package checkouttest

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func (t *memoryTx) ClaimInbound(provider, id string, _ time.Time) (bool, error) {
	k := [2]string{provider, id}
	if t.inbound[k] {
		return false, nil
	}
	t.write().inbound[k] = true
	return true, nil
}

func (t *memoryTx) NextDue(after time.Time) (next time.Time, err error) {
	sooner := func(at time.Time) {
		if at.After(after) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, s := range t.sessions {
		if s.Status == checkout.StatusOpen {
			sooner(s.ExpiresAt)
		}
	}
	for _, a := range t.attempts {
		if !a.DueAt.IsZero() {
			sooner(a.DueAt)
		}
	}
	for _, r := range t.refunds {
		if !r.DueAt.IsZero() {
			sooner(r.DueAt)
		}
	}
	for _, s := range t.subscriptions {
		if !s.DueAt.IsZero() {
			sooner(s.DueAt)
		}
	}
	for _, d := range t.owed {
		if e := t.endpoints[d.EndpointID]; d.Status == checkout.DeliveryPending && e.Status == checkout.EndpointActive && !e.Listener {
			sooner(d.DueAt)
			sooner(e.QuietUntil)
		}
	}
	for _, e := range t.endpoints {
		sooner(e.CheckAt)
	}
	return next, nil
}
