package gateway

import (
	"context"
	"sync/atomic"
)

const (
	defaultConcurrency = 64
	defaultQueue       = 256
)

// gate bounds how many calls a backend does at once, and how many wait for
// their turn. Those that wait take turns in the order in which they came.
type gate struct {
	places  chan struct{} // holds one for each call
	queue   int64
	waiting atomic.Int64
}

func newGate(l Limits) *gate {
	return &gate{
		places: make(chan struct{}, orDefault(l.Concurrency, defaultConcurrency)),
		queue:  int64(orDefault(l.Queue, defaultQueue)),
	}
}

// enter takes a place, or a turn. It reports false at once if too many wait.
func (g *gate) enter(ctx context.Context) (ok bool, err error) {
	select {
	case g.places <- struct{}{}:
		return true, nil
	default:
	}
	if g.waiting.Add(1) > g.queue {
		g.waiting.Add(-1)
		return false, nil
	}
	defer g.waiting.Add(-1)
	return true, g.wait(ctx)
}

// wait takes a turn, however many wait.
func (g *gate) wait(ctx context.Context) error {
	select {
	case g.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *gate) leave() { <-g.places }
