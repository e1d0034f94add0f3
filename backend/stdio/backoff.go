//go:build !js

package stdio

import (
	"crypto/rand"
	"encoding/binary"
	"time"
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
func (d death) next(lived time.Duration, now time.Time, jitter float64) death {
	if lived >= steady {
		d.count = 0
	}
	d.count++
	if d.count == 1 {
		return death{count: 1, until: now}
	}
	pause := longest
	if doublings := d.count - 2; doublings < 6 {
		pause = min(firstPause<<doublings, longest)
	}
	// Up to a quarter less, so that what died together does not return together.
	d.until = now.Add(pause - time.Duration(jitter*float64(pause/4)))
	return d
}

// forgotten reports whether the past no longer counts.
func (d death) forgotten(now time.Time) bool { return now.After(d.until.Add(2 * longest)) }

// jitter returns a number of [0,1).
func jitter() float64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return float64(binary.LittleEndian.Uint64(b[:])>>11) / (1 << 53)
}

// roundUp returns the duration in whole seconds, as a caller should wait.
func roundUp(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}
