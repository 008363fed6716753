package webhook

import "time"

// waits is the schedule: how long to wait before each try. All of it together
// is 75 hours and 35 minutes, so that a receiver that broke on Friday evening
// gets everything when it is repaired on Monday.
//
// Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md,
// "Retry schedule", read 2026-11-23.
var waits = []time.Duration{
	0,
	5 * time.Second,
	5 * time.Minute,
	30 * time.Minute,
	2 * time.Hour,
	5 * time.Hour,
	10 * time.Hour,
	14 * time.Hour,
	20 * time.Hour,
	24 * time.Hour,
}

// spread is how far jitter moves a wait, at most.
const spread = 0.2

// Backoff returns how long to wait before the next try of a delivery that has
// been tried so often, and false if it must not be tried again. jitter, from -1
// to 1, moves the wait by up to 20 % down or up, so that what failed together is
// not repeated together.
func Backoff(tries int, jitter float64) (time.Duration, bool) {
	if tries < 0 || tries >= len(waits) {
		return 0, false
	}
	wait := waits[tries]
	return wait + time.Duration(float64(wait)*spread*jitter), true
}
