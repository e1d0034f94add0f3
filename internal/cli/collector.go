//go:build !js

package cli

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// minHeap is the least that the runtime reckons with: it lets a heap grow to
// 4 MiB times GOGC/100 before it collects for the first time.
const minHeap = 4 << 20

// tune makes the collector wait for a heap of a quarter of the soft memory
// limit, or of twice what lives if that is more. A small server has a live heap
// of a few MiB, which at the default setting is collected hundreds of times a
// second under load: most of the CPU of a call. GOGC and GOMEMLIMIT in the
// environment go first. The function it returns ends the tuning.
func tune(limit int64, getenv func(string) string) (stop func()) {
	if set := debug.SetMemoryLimit(-1); set == math.MaxInt64 {
		debug.SetMemoryLimit(limit)
	} else {
		limit = set
	}
	if getenv("GOGC") != "" {
		return func() {}
	}
	var ended atomic.Bool
	var adjust func()
	adjust = func() {
		if ended.Load() {
			return
		}
		debug.SetGCPercent(gcPercent(liveHeap(), uint64(limit)/4))
		afterNextCollection(adjust)
	}
	adjust()
	return func() {
		ended.Store(true)
		debug.SetGCPercent(100)
	}
}

// gcPercent is the setting at which a heap with so much alive grows to the
// goal, and never less than the default.
func gcPercent(live, goal uint64) int {
	live = max(live, minHeap)
	return max(100, int((goal-min(live, goal))*100/live))
}

// liveHeap is what the last collection left.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

// afterNextCollection runs f once the collector has run.
func afterNextCollection(f func()) {
	type mark struct{ _ *byte }
	runtime.AddCleanup(&mark{new(byte)}, func(f func()) { f() }, f)
}
