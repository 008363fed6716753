// Package decisions holds tests of everything together: what becomes of money,
// from the API of a provider to the webhook of the merchant, whatever is lost,
// late, doubled, reordered or forged on the way.
//
// table_test.go has a test for each row of the table of decisions, through HTTP
// against the simulated providers; schedule_test.go has random schedules of
// everything that can happen, with crashes and faults:
//
//	go test ./checkout/decisions -run Schedules -schedules 100000
//
// A schedule that fails prints its seed; -seed N runs that one alone.
package decisions
