// Package mtn collects payments with MTN MoMo: the customer gives a phone
// number, MTN asks on that phone, and the customer answers there with a PIN.
//
//	p, err := mtn.New(mtn.Config{
//		SubscriptionKey:   "…", // of the Collection product
//		APIUser:           "…",
//		APIKey:            "…",
//		TargetEnvironment: "mtnivorycoast",
//		Livemode:          true,
//	})
//
// MTN is known to us by one identifier, the X-Reference-Id. It is computed from
// the attempt's, so that a request whose answer was lost, or that was sent just
// before a crash, can be asked about and is never sent as a second one.
//
// MTN's messages are not signed, and whether they are repeated is not certain.
// They only ever lead to a question: what an attempt came to is what MTN answers
// when it is asked. Refunds go through another product of MTN, Disbursement,
// which pays them out of a float of its own; they are possible only if its
// credentials are configured.
//
// MTN's sandbox takes nothing but EUR. There, and only in test mode, an order of
// 1000 XOF is sent as 1000 EUR, and an answer of 1000 EUR is read as 1000 XOF.
//
// Package mtntest simulates MTN.
package mtn
