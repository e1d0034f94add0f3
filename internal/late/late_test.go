package late_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/late"
)

const after = 20 * time.Millisecond

// ringing is alarms, and what they did.
type ringing struct {
	begun time.Time
	rang  chan rang
}

type rang struct {
	alarm int
	after time.Duration
}

func listen() *ringing {
	return &ringing{begun: time.Now(), rang: make(chan rang, 16)}
}

func (r *ringing) alarm(number int) *late.Alarm {
	return &late.Alarm{Ring: func() { r.rang <- rang{number, time.Since(r.begun)} }}
}

// heard is what rang, ordered by number.
func (r *ringing) heard() []rang {
	synctest.Wait()
	var all []rang
	for range len(r.rang) {
		all = append(all, <-r.rang)
	}
	slices.SortFunc(all, func(a, b rang) int { return a.alarm - b.alarm })
	return all
}

func TestRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := &late.Clock{After: after}, listen()
		first, second := r.alarm(0), r.alarm(1)
		c.Set(first)
		c.Set(first) // changes nothing
		time.Sleep(after / 2)
		c.Set(second)
		time.Sleep(10 * after)

		all := r.heard()
		if len(all) != 2 {
			t.Fatalf("rang: %v, want each alarm once", all)
		}
		for i, set := range []time.Duration{0, after / 2} {
			if took := all[i].after - set; took < after || took > 2*after {
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
		"just before it would ring": {2*after - 1, true},
		"after it has rung":         {3 * after, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, r := &late.Clock{After: after}, listen()
				a := r.alarm(0)
				c.Set(a)
				time.Sleep(tt.wait)
				stopped := c.Stop(a)
				time.Sleep(10 * after)
				if all := r.heard(); stopped != tt.stopped || len(all) == 1 == stopped || c.Stop(a) {
					t.Errorf("stopped %v and rang %v, want stopped %v and the other not", stopped, all, tt.stopped)
				}
			})
		})
	}
}

// An alarm in the middle of others can go, and can be set again.
func TestAmongOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := &late.Clock{After: after}, listen()
		alarms := make([]*late.Alarm, 5)
		for i := range alarms {
			alarms[i] = r.alarm(i)
			c.Set(alarms[i])
		}
		for _, i := range []int{2, 0, 4} {
			c.Stop(alarms[i])
		}
		c.Set(alarms[2])
		time.Sleep(10 * after)
		var numbers []int
		for _, one := range r.heard() {
			numbers = append(numbers, one.alarm)
		}
		if !slices.Equal(numbers, []int{1, 2, 3}) {
			t.Errorf("%v rang, want 1, 2 and 3", numbers)
		}
	})
}

// A clock that has stopped ticking, since it had nothing to wait for, begins
// again with the next alarm; and what was stopped stays silent.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := new(late.Clock), listen()
		silent := r.alarm(0)
		for range 3 {
			c.Set(silent)
			c.Stop(silent)
			time.Sleep(time.Hour)
		}
		c.Set(r.alarm(1))
		time.Sleep(time.Hour)
		if all := r.heard(); len(all) != 1 || all[0].alarm != 1 {
			t.Errorf("rang: %v, want the last alarm alone", all)
		}
	})
}

func BenchmarkSetAndStop(b *testing.B) {
	c, a := &late.Clock{After: after}, &late.Alarm{Ring: func() {}}
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
