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
