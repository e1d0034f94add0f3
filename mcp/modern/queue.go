package modern

import (
	"bytes"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// maxWaiting is how many notifications wait for a client that reads slowly.
const maxWaiting = 256

// note is a notification.
type note struct {
	method string
	params jsontext.Value
}

// queue holds notifications between those who change something, who never
// wait, and the stream that tells of it. A notification that waits already is
// not added again: it says that something changed, and that is said once.
type queue struct {
	ready chan struct{} // receives when something waits

	mu      sync.Mutex
	waiting []note
	lost    bool
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

func (q *queue) add(method string, params jsontext.Value) {
	q.mu.Lock()
	defer q.mu.Unlock()
	same := func(n note) bool { return n.method == method && bytes.Equal(n.params, params) }
	switch {
	case slices.ContainsFunc(q.waiting, same):
	case len(q.waiting) == maxWaiting:
		q.lost = true
	default:
		q.waiting = append(q.waiting, note{method, bytes.Clone(params)})
	}
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take returns what waits, and whether that is all there was.
func (q *queue) take() (notes []note, all bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	notes, q.waiting = q.waiting, nil
	return notes, !q.lost
}
