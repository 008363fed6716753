package checkout

import "context"

// EventState is an event and what became of it.
type EventState struct {
	Event
	Deliveries []Delivery // to the endpoints that there are
}

// Event returns the account's event with the given identifier.
func (s *Service) Event(ctx context.Context, account Account, id string) (state EventState, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		state = EventState{}
		if state.Event, err = EventOf(tx, account, id); err != nil {
			return err
		}
		endpoints, err := tx.ListEndpoints(account.Number)
		if err != nil {
			return err
		}
		for _, e := range endpoints {
			d, err := tx.Delivery(e.ID, state.Seq)
			if CodeOf(err) == CodeNotFound {
				continue
			}
			if err != nil {
				return err
			}
			state.Deliveries = append(state.Deliveries, d)
		}
		return nil
	})
	return state, err
}

// EventOf returns the account's event with the given identifier, inside a
// transaction.
func EventOf(tx Tx, account Account, id string) (Event, error) {
	e, err := tx.Event(id)
	if err == nil && e.Transaction.Account.Number != account.Number {
		err = ErrNotFound
	}
	return e, notFound(err, "Event not found")
}

// SentTry is a try with the event that was sent and the delivery it belongs to.
type SentTry struct {
	Try
	Event    Event
	Delivery *Delivery // nil for a test
}

// Tries returns tries of the account's endpoint as q asks. Lists that may read
// many that they do not show run one at a time, see [Service.Sessions].
func (s *Service) Tries(ctx context.Context, account Account, q TryQuery) (list []SentTry, err error) {
	if q.EventID != "" || q.OK != nil || q.Offset > farOffset {
		release, err := s.alone(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	err = s.store.View(ctx, func(tx Tx) error {
		if _, err := EndpointOf(tx, account, q.EndpointID); err != nil {
			return err
		}
		tries, err := tx.ListTries(q)
		list = make([]SentTry, len(tries))
		for i, t := range tries {
			if list[i], err = sentTry(tx, t); err != nil {
				return err
			}
		}
		return err
	})
	return list, err
}

// Try returns the account's try with the given identifier.
func (s *Service) Try(ctx context.Context, account Account, id string) (sent SentTry, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		t, err := tx.Try(id)
		if err == nil {
			_, err = EndpointOf(tx, account, t.EndpointID)
		}
		if err != nil {
			return notFound(err, "Webhook delivery log not found")
		}
		sent, err = sentTry(tx, t)
		return err
	})
	return sent, err
}

func sentTry(tx Tx, t Try) (sent SentTry, err error) {
	sent.Try = t
	if sent.Event, err = tx.Event(t.EventID); err != nil {
		return sent, err
	}
	d, err := tx.Delivery(t.EndpointID, sent.Event.Seq)
	if CodeOf(err) == CodeNotFound {
		return sent, nil
	}
	sent.Delivery = &d
	return sent, err
}
