package session

import (
	"context"
	"sync"
	"time"

	"gatehouse/internal/fault"
)

// longestTurn is how long a request waits to open a session of a person for
// whom others are being opened.
const longestTurn = 5 * time.Second

var errCrowd = fault.New(fault.TooMany, "Too many sessions of this person are being opened at once. Try again in a moment.")

// turns lets one request at a time open a session of a person. Several would
// see the same room, and all take it. The zero turns are ready.
type turns struct {
	mu    sync.Mutex
	taken map[string]chan struct{} // by person; closed when the turn is over
}

// take waits for the person's turn, and returns how to end it.
func (t *turns) take(ctx context.Context, subject string) (end func(), err error) {
	late := time.NewTimer(longestTurn)
	defer late.Stop()
	for {
		before := t.try(subject)
		if before == nil {
			return func() { t.end(subject) }, nil
		}
		select {
		case <-before:
		case <-late.C:
			return nil, errCrowd
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// try takes the turn, or returns who has it.
func (t *turns) try(subject string) (before chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if before = t.taken[subject]; before != nil {
		return before
	}
	if t.taken == nil {
		t.taken = make(map[string]chan struct{})
	}
	t.taken[subject] = make(chan struct{})
	return nil
}

func (t *turns) end(subject string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.taken[subject])
	delete(t.taken, subject)
}
