// Package checkout takes payments through hosted checkout sessions.
//
// A merchant opens a [Session] for one total, sends the customer to its page,
// and learns from an [Event] that it was paid. [Service] holds every rule, above
// two ports: a [Store] that remembers and a [Provider] that moves the money.
// The smallest working use, with the engine of package store and the simulated
// provider of package sandbox:
//
//	db, err := store.Open("shop.db")
//	svc, err := checkout.New(checkout.Config{
//		Store:     db,
//		Providers: []checkout.Provider{sandbox.New(sandbox.Config{})},
//	})
//	s, err := svc.CreateSession(ctx, checkout.CreateSessionParams{
//		Total: checkout.Money{Amount: 12500, Currency: checkout.XOF},
//	})
//
// What is guaranteed:
//
//   - Money is a whole number of minor units, see [Money]. Times are UTC and
//     whole milliseconds.
//   - There is one door to a completed session, whoever knocks: a provider's
//     message ([Service.Receive]), its answer when it is asked, or the program
//     ([Service.Settle], [Service.Accept]). The status, the proof and the event
//     that the merchant is owed are committed together, and what a method has
//     returned is on disk.
//   - An [Attempt] is on disk before its provider hears of it, and is asked about
//     until its end is known. What a provider took is what completed sessions, is
//     held for somebody to decide, or went back: nothing else, and nothing twice.
//   - A session past its time reads as expired to the millisecond, whether or
//     not a [Sweeper] runs.
//   - Time comes from one clock and chance from one reader, both injected, and
//     no goroutine starts unless somebody calls a Run: a program that holds the
//     clock decides everything that happens.
//   - A Service is safe for concurrent use; several may work on one store.
//
// Two things differ from how one might first draw them. The methods of [Tx] take
// no context: a transaction holds the one it was begun with, as a *sql.Tx does.
// And an idempotency key is not a parameter of each creating method: any of them
// is made repeatable by running its …In form inside [Service.Once].
package checkout
