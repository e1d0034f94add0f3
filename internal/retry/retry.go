// Package retry is the patience of who tries again: ever longer, and never in
// step with all others who wait for the same.
package retry

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"
)

// The first pause, and the longest.
const (
	First = 200 * time.Millisecond
	Most  = 30 * time.Second
)

// Pace says how long to wait before another try. Its zero value is that of who
// has not failed yet.
type Pace struct{ tries int }

// Next returns the next pause: at least half of First the first time, and twice
// as long each time until it is Most.
func (p *Pace) Next() time.Duration {
	p.tries++
	return Pause(p.tries, First, Most)
}

// Pause returns how long to wait after so many failures in a row: at least half
// of first after one, and twice as long each time until it is most.
func Pause(failures int, first, most time.Duration) time.Duration {
	d := most
	if doublings := failures - 1; doublings < 16 && first<<doublings < most {
		d = first << doublings
	}
	return d/2 + jitter(d/2)
}

// jitter is a random part of d.
func jitter(d time.Duration) time.Duration {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return time.Duration(binary.LittleEndian.Uint64(b[:]) % uint64(d+1))
}

// Sleep waits, and reports whether ctx still goes on.
func Sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
