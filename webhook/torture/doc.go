// Package torture finds out what a webhook receiver does with the messages that
// it should refuse, and how often it acts on those that it gets twice. It sends
// what [webhook.Dispatcher] would send about payments that never were, and the
// same forged, stale, cut short, doubled, out of order and slowly.
//
//	report, err := torture.Run(ctx, torture.Config{
//		URL: "http://127.0.0.1:8090/webhooks", Secret: "whsec_…",
//		EffectsURL: "http://127.0.0.1:8090/effects",
//	})
//
// What a receiver accepted, its answers show. What it did, only its effects do: a
// list in JSON, the oldest first, of everything that a message made it do to an
// order, such as fulfilling it, booking a refund or taking it back:
//
//	{"effects":[{"event":"PAYMENT_SUCCEEDED","transaction_id":"txn_…"}]}
//
// Without it the checks of what was done are skipped, never passed.
//
// Some messages are good, so that a receiver acts on them: torture one that is
// connected to nothing real. [Run] sends to the named URL alone, fewer than 150
// requests, and refuses hosts outside of this machine and of private networks
// unless [Config.Remote] is set. The packages goodshop and badshop below this one
// are receivers to read and to try it on: one passes, the other has any of nineteen
// faults.
package torture
