// Package stripetest is Stripe's Checkout as a server in memory: for tests, and
// to try a shop with. It takes the same calls as api.stripe.com and refuses what
// Stripe refuses, in the same words; it repeats an answer for an idempotency key;
// Checkout Sessions expire on its clock; and its events are signed as Stripe
// signs.
//
//	fake := stripetest.New(stripetest.Config{
//		SecretKey:      "sk_test_123",
//		WebhookURL:     "http://127.0.0.1:8080/webhooks/stripe",
//		WebhookSecrets: []string{"whsec_123"},
//	})
//	go fake.Run(ctx) // sends the events
//	go http.ListenAndServe("127.0.0.1:12111", fake)
//
// The url of a Checkout Session leads to a page that takes Stripe's test cards
// and has buttons for everything else. Programs play the customer with
// [Server.Pay], [Server.PayCard], [Server.Fail] and the other methods, or with
// POST /simulate/pay/{id}, fail, pay-async, settle, settle-failed, refund,
// dispute, dispute-won and dispute-lost. An id is that of the Checkout Session or
// of its payment, or the reference that was given with it.
//
// What it leaves out: everything but mode=payment with inline prices,
// settlement and fees, and the checks that depend on an account.
package stripetest
