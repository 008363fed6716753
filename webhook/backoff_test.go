package webhook_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/webhook"
)

func TestTheScheduleIsTenTriesOverThreeDays(t *testing.T) {
	var total time.Duration
	want := []string{"0s", "5s", "5m0s", "30m0s", "2h0m0s", "5h0m0s", "10h0m0s", "14h0m0s", "20h0m0s", "24h0m0s"}
	for tries, w := range want {
		got, ok := webhook.Backoff(tries, 0)
		if !ok || got.String() != w {
			t.Errorf("Backoff(%d, 0) = %v, %v, want %s", tries, got, ok, w)
		}
		total += got
	}
	if total != 75*time.Hour+35*time.Minute+5*time.Second {
		t.Errorf("the schedule takes %v", total)
	}
}

func TestNoTryIsMadeOutsideTheSchedule(t *testing.T) {
	for _, tries := range []int{-1, 10, 11, 1 << 40} {
		if wait, ok := webhook.Backoff(tries, 0); ok {
			t.Errorf("Backoff(%d, 0) = %v, true", tries, wait)
		}
	}
}

func TestJitterMovesAWaitByUpToAFifth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tries := rapid.IntRange(0, 9).Draw(t, "tries")
		jitter := rapid.Float64Range(-1, 1).Draw(t, "jitter")
		exact, _ := webhook.Backoff(tries, 0)
		got, ok := webhook.Backoff(tries, jitter)
		if !ok || got < exact*8/10 || got > exact*12/10 {
			t.Fatalf("Backoff(%d, %v) = %v, %v, want %v ± 20 %%", tries, jitter, got, ok, exact)
		}
	})
	low, _ := webhook.Backoff(1, -1)
	high, _ := webhook.Backoff(1, 1)
	if low != 4*time.Second || high != 6*time.Second {
		t.Errorf("5 s move to %v and %v, want 4 s and 6 s", low, high)
	}
}
