package contest

import (
	"math"
	"slices"
	"time"
)

// percentile returns the value below which p percent of the sorted values lie
// (nearest rank).
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// median returns the middle of the values, or the mean of the middle two.
func median[T int64 | float64 | time.Duration](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}

// sample is what one round came to.
type sample struct {
	calls    int
	took     time.Duration
	cpu      time.Duration // of the server process
	rss      int64         // of the server process at the end, in bytes
	p50, p99 time.Duration
}

func (s sample) rate() float64       { return float64(s.calls) / s.took.Seconds() }
func (s sample) cpuPerCall() float64 { return float64(s.cpu.Nanoseconds()) / 1000 / float64(s.calls) }

// collect reads one figure out of every sample.
func collect[T any](ss []sample, of func(sample) T) []T {
	values := make([]T, 0, len(ss))
	for _, s := range ss {
		values = append(values, of(s))
	}
	return values
}
