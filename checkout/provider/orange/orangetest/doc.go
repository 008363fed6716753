// Package orangetest is a simulated Orange Money WebPay: its token endpoint, its
// API, its payment page and its notifications. It keeps its state in memory, and
// its time is that of a clock that a test can hold.
//
// A test plays the customer by [Server.Pay], [Server.Fail] and [Server.Cancel], a
// person by the buttons of the payment page, and a program in another language by
// POST /simulate/pay/{id}, with confirm, fail, cancel and notify alike. An id is
// the order_id, the pay_token, or what package orange keeps as the attempt's Ref.
//
// What the real one is not documented to answer, such as the exact refusal of an
// order_id that was used before, is made up in the shape of what is.
//
// Source: developer.orange.com, "Orange Money WebPay Dev, Getting started", read
// 2026-11-25 in a copy.
package orangetest
