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
