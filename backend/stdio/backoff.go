//go:build !js

package stdio

import (
	"time"

	"gatehouse/internal/retry"
)

// death is how the processes of one person have ended of late.
type death struct {
	count int       // one after the other, each soon after its start
	until time.Time // when the next may start
}

const (
	steady     = 30 * time.Second // a process that lived so long died of something new
	firstPause = time.Second
	longest    = time.Minute
)

// next returns the state after another death. The first is forgiven: the next
// process may start at once. Then the pauses double, up to the longest.
func (d death) next(lived time.Duration, now time.Time) death {
	if lived >= steady {
		d.count = 0
	}
	d.count++
	d.until = now
	if d.count > 1 {
		d.until = now.Add(retry.Pause(d.count-1, firstPause, longest))
	}
	return d
}

// forgotten reports whether the past no longer counts.
func (d death) forgotten(now time.Time) bool { return now.After(d.until.Add(2 * longest)) }

// roundUp returns the duration in whole seconds, as a caller should wait.
func roundUp(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}
