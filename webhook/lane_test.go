package webhook

import (
	"testing"
	"time"
)

func TestADeliveryRestsUntilThoseBeforeItAreGone(t *testing.T) {
	for _, c := range []struct {
		name string
		lane lane
		want time.Duration
	}{
		{"nothing is known yet", lane{busy: 16, waiting: 512}, 5 * time.Second},
		{"a fast endpoint", lane{busy: 16, waiting: 512, took: 5 * time.Millisecond}, time.Second},
		{"a slow one", lane{busy: 16, waiting: 512, took: 500 * time.Millisecond}, 16 * time.Second},
		{"one that hangs", lane{busy: 16, waiting: 512, took: 15 * time.Second}, 8 * time.Minute},
		{"none under way", lane{waiting: 2, took: time.Second}, 2 * time.Second},
	} {
		if got := c.lane.rest(); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
