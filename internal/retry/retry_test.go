package retry

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestPausesGrowAndStayBounded(t *testing.T) {
	var p Pace
	for try := range 100 {
		whole := Most
		if try < 8 {
			whole = min(First<<try, Most)
		}
		if got := p.Next(); got < whole/2 || got > whole {
			t.Errorf("try %d: %v, want between %v and %v", try, got, whole/2, whole)
		}
	}
}

func TestAPauseIsAsLongAsItsBounds(t *testing.T) {
	const first, most = time.Second, time.Minute
	for n := 1; n < 100; n++ {
		full := min(first<<min(n-1, 10), most)
		if got := Pause(n, first, most); got < full/2 || got > full {
			t.Errorf("after %d failures: %v, want between %v and %v", n, got, full/2, full)
		}
	}
}

func TestNoTwoWaitAlike(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 100 {
		seen[Pause(7, time.Second, time.Minute)] = true
	}
	if len(seen) < 50 {
		t.Error("all who wait come back at the same time")
	}
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		if !Sleep(ctx, time.Second) || time.Since(began) != time.Second {
			t.Errorf("slept %v, want a second", time.Since(began))
		}
		if Sleep(ctx, time.Hour) || time.Since(began) != time.Minute {
			t.Errorf("slept %v, want until the context ended", time.Since(began))
		}
	})
}
