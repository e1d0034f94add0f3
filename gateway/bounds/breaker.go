package bounds

import (
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/retry"
)

// When a backend that cannot be reached is left alone, and for how long.
const (
	threshold  = 5 // failures in a row
	firstRest  = time.Second
	longRest   = time.Minute
	probeFirst = 10 * time.Second // before another call may try
)

// Breaker keeps calls from a backend that cannot be reached. After some
// failures in a row it is open, and calls fail at once; after a rest one call
// may try, and closes it if the backend answers. Only failures to reach the
// backend count: one that answers with an error is well.
//
// A call that is not answered in time may itself be to blame: somebody may ask
// for what takes for ever. So those of one person in a row count once, and
// keep nobody away until somebody else fares no better.
type Breaker struct {
	failures atomic.Int64
	rest     atomic.Int64 // until when, in nanoseconds of Unix; 0 if closed

	mu   sync.Mutex // held while a failure is counted, or all are forgotten
	late string     // whose call was the last that was late and counted
}

// Lets reports whether a call may try.
func (b *Breaker) Lets() bool {
	until := b.rest.Load()
	if until == 0 {
		return true
	}
	now := time.Now()
	return now.UnixNano() >= until && b.rest.CompareAndSwap(until, now.Add(probeFirst).UnixNano())
}

// Answered is told of each call that the backend has answered.
func (b *Breaker) Answered() {
	if b.failures.Load() == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures.Store(0)
	b.rest.Store(0)
	b.late = ""
}

// Failed is told of each call that did not reach the backend.
func (b *Breaker) Failed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count()
}

// TimedOut is told of each call of a person that the backend did not answer in
// time.
func (b *Breaker) TimedOut(person string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if person != b.late {
		b.late = person
		b.count()
	}
}

// count counts a failure. The caller holds the lock.
func (b *Breaker) count() {
	if n := b.failures.Add(1); n >= threshold {
		b.rest.Store(time.Now().Add(retry.Pause(int(n-threshold+1), firstRest, longRest)).UnixNano())
	}
}

// State is a word for operators.
func (b *Breaker) State() string {
	switch until := b.rest.Load(); {
	case until == 0:
		return "closed"
	case time.Now().UnixNano() < until:
		return "open"
	}
	return "half-open"
}
