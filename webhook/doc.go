// Package webhook tells merchants what they are owed: it turns events into the
// bytes that are sent, signs them, and delivers them until the endpoint has
// answered with a 2xx status.
//
// The parts, from pure to busy: [Sign] and [Verify] are the signatures, [Body]
// and [NewTransaction] the wire form, which [Catalogue] describes event by event,
// [Backoff] the schedule, [CheckURL] and [NewClient] the guard against URLs that
// lead into our own network, and [Dispatcher] the worker that pays the debts in
// the store.
//
//	d, err := webhook.New(webhook.Config{Store: db})
//	svc, err := checkout.New(checkout.Config{Store: db, Wake: d.Wake})
//	go d.Run(ctx)
//
// A receiver written in Go checks a request like this:
//
//	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
//	if err != nil || webhook.Verify(r.Header, body, now, secret) != nil { // now is your clock's
//		http.Error(w, "bad signature", http.StatusUnauthorized)
//		return
//	}
//
// What is guaranteed: an event is delivered at least once to each endpoint that
// asked for its type, every try carries the same identifier and the same bytes,
// and the events of one session reach an endpoint in the order in which they
// happened, but that one which its receiver itself refuses holds up the others
// for three tries only. A delivery that was sent but whose outcome could not be
// recorded, because the process died or the disk failed, is sent again: receivers
// must drop what they have seen, by the envelope's id.
//
// Each endpoint has a queue of its own in the store and a health, see
// [checkout.Endpoint]. What has failed ten times stays there, and goes out again
// when the endpoint is back after an outage, is enabled or resumed: nothing that
// is owed is dropped. Somebody who cannot be reached reads [Dispatcher.Events], or
// takes what an endpoint would be sent from [Dispatcher.Fetch].
//
// All types are safe for concurrent use. Nothing that is owed is sent unless
// [Dispatcher.Run], [Dispatcher.RunOnce] or [Dispatcher.Drain] is called;
// [Dispatcher.Test] and [Dispatcher.Retry] send by themselves.
package webhook
