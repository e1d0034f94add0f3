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
	d := min(First<<min(p.tries, 16), Most)
	p.tries++
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
