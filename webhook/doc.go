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
//	if err != nil || !webhook.VerifyLomi(secret, body, r.Header.Get("X-Lomi-Signature")) {
//		http.Error(w, "bad signature", http.StatusUnauthorized)
//		return
//	}
//
// What is guaranteed: an event is delivered at least once to each endpoint that
// asked for its type, every try carries the same identifier and the same bytes,
// and the events of one session reach an endpoint in the order in which they
// happened. A delivery that was sent but whose outcome could not be recorded,
// because the process died or the disk failed, is sent again: receivers must
// drop what they have seen, by the envelope's id.
//
// All types are safe for concurrent use. Nothing runs unless [Dispatcher.Run],
// [Dispatcher.RunOnce] or [Dispatcher.Drain] is called.
package webhook
