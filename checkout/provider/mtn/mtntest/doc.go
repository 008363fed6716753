// Package mtntest simulates MTN MoMo: tokens that end, requests to pay and the
// prompt on the customer's phone, callbacks that nobody signs, and refunds by
// the Disbursement product. It behaves as MTN's sandbox, which takes EUR only,
// or with [Config.XOF] as production in Côte d'Ivoire.
//
//	fake := mtntest.New(mtntest.Config{Manual: true})
//	p, err := mtn.New(mtn.Config{
//		SubscriptionKey: mtntest.SubscriptionKey,
//		APIUser:         mtntest.APIUser,
//		APIKey:          mtntest.APIKey,
//		Transport:       simulator.Transport(fake),
//	})
//	// … start an attempt, then answer the prompt:
//	err = fake.Approve(attempt.ID)
//	err = fake.Deliver(ctx) // the callback
//
// The phone numbers of MTN's sandbox decide by themselves what a payment comes
// to, see numbers.go. Any other number pays, at once or after [Config.Delay]; with
// [Config.Manual] it waits for the customer, who is played by [Server.Approve],
// [Server.Reject] and their like, by POST /simulate/pay/{id}, or by a person on
// the page at /. A prompt that nobody answers fails after five minutes.
//
// What callbacks look like and how the API answers is as MTN documents it and as
// it was seen to be; where that is open, the comment says so.
package mtntest
