// Package stripe collects card payments with Stripe's hosted Checkout: the
// customer is sent to a page of Stripe's and comes back.
//
//	p, err := stripe.New(stripe.Config{
//		SecretKey:      "sk_live_…",
//		WebhookSecrets: []client.Secret{"whsec_…"},
//		Livemode:       true,
//	})
//
// In the dashboard, under Developers, an endpoint is made that sends the types
// of [Events] to /webhooks/stripe; its signing secret is the WebhookSecret.
//
// What is peculiar about Checkout:
//
//   - A card that is refused does not end an attempt. The page asks for another
//     one until the Checkout Session expires, so such a try is reported as
//     pending, with a Reason and a Try.
//   - A Checkout Session that is complete need not be paid: with bank debits and
//     vouchers the money comes days later, or not at all.
//   - Sums are integers of the minor unit, also for XOF, which has none, and
//     currencies are spelt in lower case.
//   - Our identifier is in the metadata of the Checkout Session and of the
//     payment, and only there it is believed: the client_reference_id, for
//     people who look into the dashboard, can be chosen by anybody who opens a
//     payment link of the same account.
//
// An attempt's Ref is the Checkout Session, cs_…, its Charge the PaymentIntent,
// pi_….
package stripe
