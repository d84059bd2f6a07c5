package jobs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPause_DoublesUpToAMinute(t *testing.T) {
	t.Parallel()
	tests := map[int]time.Duration{
		0: time.Second, 1: time.Second, 2: 2 * time.Second, 4: 8 * time.Second,
		6: 32 * time.Second, 7: time.Minute, 1000: time.Minute,
	}
	for attempt, want := range tests {
		for range 100 {
			require.InDelta(t, want, pause(attempt), float64(want)/10+1)
		}
	}
}
