package late_test

import (
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/late"
)

const after = 20 * time.Millisecond

func TestRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &late.Clock{After: after}
		begun := time.Now()
		var rang []time.Duration
		a := &late.Alarm{Ring: func() { rang = append(rang, time.Since(begun)) }}
		b := &late.Alarm{Ring: func() { rang = append(rang, time.Since(begun)) }}

		c.Set(a)
		c.Set(a) // changes nothing
		time.Sleep(after / 2)
		c.Set(b)
		time.Sleep(10 * after)

		if len(rang) != 2 {
			t.Fatalf("rang after %v, want each alarm once", rang)
		}
		for i, set := range []time.Duration{0, after / 2} {
			if took := rang[i] - set; took < after || took > 2*after {
				t.Errorf("alarm %d took %v, want %v to %v", i, took, after, 2*after)
			}
		}
	})
}

func TestStop(t *testing.T) {
	tests := map[string]struct {
		wait    time.Duration
		stopped bool
	}{
		"at once":                   {0, true},
		"in the middle":             {after + after/2, true},
		"after it has rung":         {3 * after, false},
		"just before it would ring": {2*after - 1, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &late.Clock{After: after}
				rang := 0
				a := &late.Alarm{Ring: func() { rang++ }}
				c.Set(a)
				time.Sleep(tt.wait)
				stopped := c.Stop(a)
				time.Sleep(10 * after)
				if stopped != tt.stopped || (rang == 1) == stopped || c.Stop(a) {
					t.Errorf("stopped %v and rang %d times, want stopped %v and the other not", stopped, rang, tt.stopped)
				}
			})
		})
	}
}

// An alarm in the middle of others can go, and can be set again.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &late.Clock{After: after}
		var rang []int
		alarms := make([]*late.Alarm, 5)
		for i := range alarms {
			alarms[i] = &late.Alarm{Ring: func() { rang = append(rang, i) }}
			c.Set(alarms[i])
		}
		for _, i := range []int{2, 0, 4} {
			c.Stop(alarms[i])
		}
		c.Set(alarms[2])
		time.Sleep(10 * after)
		if len(rang) != 3 || rang[0] != 1 || rang[1] != 3 || rang[2] != 2 {
			t.Errorf("rang %v, want 1, 3 and 2", rang)
		}
	})
}

// A clock that has stopped ticking, since it had nothing to wait for, begins
// again with the next alarm; and what was stopped stays silent.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &late.Clock{After: time.Hour}
		a := &late.Alarm{Ring: func() { t.Error("a stopped alarm rang") }}
		for range 3 {
			c.Set(a)
			c.Stop(a)
			time.Sleep(3 * time.Hour)
		}
		rang := false
		c.Set(&late.Alarm{Ring: func() { rang = true }})
		time.Sleep(3 * time.Hour)
		if !rang {
			t.Error("the clock has stopped for good")
		}
	})
}

// A thousand alarms that are set and stopped take the timer once.
func BenchmarkSetAndStop(b *testing.B) {
	c := &late.Clock{After: after}
	a := &late.Alarm{Ring: func() {}}
	b.ReportAllocs()
	for b.Loop() {
		c.Set(a)
		c.Stop(a)
	}
}

// What it replaces.
func BenchmarkTimer(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		time.AfterFunc(after, func() {}).Stop()
	}
}
