// Package orange collects payments with Orange Money WebPay, the group's API at
// api.orange.com: the customer is sent to a page of Orange's, types a number and
// a one-time code there, and comes back.
//
//	p, err := orange.New(orange.Config{
//		ClientID: "…", ClientSecret: "…", MerchantKey: "…", Country: "ci", Livemode: true,
//	})
//
// What is peculiar about WebPay:
//
//   - Nothing is signed. A notification shows a token that was handed out with
//     the payment page, which names the attempt and proves nothing more:
//     [Provider.Parse] reports no state, and the service asks.
//   - No answer holds a sum. Who asks for a status must name the order, its sum
//     and its pay_token, and it is these three that bind a payment to what was
//     asked for.
//   - A status can only be asked for with the pay_token of the answer to Start.
//     If that answer was lost, so was the address of the page, the only way to
//     pay: [Provider.Poll] says that the provider never heard of it.
//   - A payment can neither be closed early nor given back through the API.
//   - The sandbox, country "dev", has a currency of its own, OUV. An order of
//     1200 XOF is sent there as 1200 OUV.
//
// Source: developer.orange.com, "Orange Money WebPay Dev, Getting started", read
// 2026-11-25 in a copy. It names most errors only by example: what is not
// certain is taken as unknown.
package orange
