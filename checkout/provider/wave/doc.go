// Package wave collects payments through Wave's Checkout API: the customer is
// sent to a page of Wave's, which opens the app, or scans its address from a
// desktop.
//
// Wave says what happened in three ways, and each alone is enough: messages,
// which it signs; answers to questions, by its identifier of a checkout session
// or by our reference; and the statements of the wallet's days, which also show
// what was refunded in the portal. It takes XOF only here, gives all of a payment
// back or nothing, and has no public test system: package wavetest plays one.
//
// A session of Wave's lives for 30 minutes and outlives failed tries, so a
// failed try is never the end of an attempt.
package wave
