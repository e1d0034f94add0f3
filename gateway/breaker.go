package gateway

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

// breaker keeps calls from a backend that cannot be reached. After some
// failures in a row it is open, and calls fail at once; after a rest one call
// may try, and closes it if the backend answers. Only failures to reach the
// backend count: one that answers with an error is well.
//
// A call that is not answered in time may itself be to blame: somebody may ask
// for what takes for ever. So those of one person in a row count once, and
// keep nobody away until somebody else fares no better.
type breaker struct {
	failures atomic.Int64
	rest     atomic.Int64 // until when, in nanoseconds of Unix; 0 if closed

	mu   sync.Mutex // held while a failure is counted, or all are forgotten
	late string     // whose call was the last that was late and counted
}

// lets reports whether a call may try.
func (b *breaker) lets() bool {
	until := b.rest.Load()
	if until == 0 {
		return true
	}
	now := time.Now()
	return now.UnixNano() >= until && b.rest.CompareAndSwap(until, now.Add(probeFirst).UnixNano())
}

// answered is told of each call that the backend has answered.
func (b *breaker) answered() {
	if b.failures.Load() == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures.Store(0)
	b.rest.Store(0)
	b.late = ""
}

// failed is told of each call that did not reach the backend.
func (b *breaker) failed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count()
}

// timedOut is told of each call of a person that the backend did not answer in
// time.
func (b *breaker) timedOut(person string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if person != b.late {
		b.late = person
		b.count()
	}
}

// count counts a failure. The caller holds the lock.
func (b *breaker) count() {
	if n := b.failures.Add(1); n >= threshold {
		b.rest.Store(time.Now().Add(retry.Pause(int(n-threshold+1), firstRest, longRest)).UnixNano())
	}
}

// state is a word for operators.
func (b *breaker) state() string {
	switch until := b.rest.Load(); {
	case until == 0:
		return "closed"
	case time.Now().UnixNano() < until:
		return "open"
	}
	return "half-open"
}
