package bounds

import (
	"cmp"
	"time"
)

// Limits bound what a backend may cost, so that one that hangs harms nobody
// else. Zero members stand for the defaults.
type Limits struct {
	// Timeout is how long a call may take without a sign of life; each
	// progress notification begins it anew. The default is 60 seconds.
	Timeout time.Duration

	// MaxTime is how long a call may take in all, with any progress. The
	// default is ten times Timeout.
	MaxTime time.Duration

	Concurrency int // calls at once; the default is 64
	Queue       int // calls that wait for their turn, half of them of one person; the default is 256
}

// NoTimeout is the Timeout of a backend whose calls may take as long as they
// like.
const NoTimeout = time.Duration(-1)

const (
	defaultTimeout     = time.Minute
	maxTimeouts        = 10 // MaxTime, in Timeouts
	defaultConcurrency = 64
	defaultQueue       = 256
)

// whole are the limits with the defaults in their places.
func (l Limits) whole() Limits {
	l.Timeout = cmp.Or(l.Timeout, defaultTimeout)
	l.MaxTime = cmp.Or(l.MaxTime, maxTimeouts*l.Timeout)
	l.Concurrency = cmp.Or(l.Concurrency, defaultConcurrency)
	l.Queue = cmp.Or(l.Queue, defaultQueue)
	return l
}
