package gateway

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// What a client that reads slowly has still to hear, at most: how many notes,
// and how many bytes before the last of them.
const (
	mostNews  = 1024
	mostBytes = 1 << 20
)

// news is what a client has still to hear. One that reads slowly holds nobody
// up, and hears the same thing once. A goroutine runs while there is any.
type news struct {
	mu      sync.Mutex
	notes   []note
	size    int // bytes of their params
	telling bool
}

type note struct {
	method string
	params jsontext.Value
}

func (n note) is(other note) bool {
	return n.method == other.method && bytes.Equal(n.params, other.params)
}

// add has notify called with the note, until ctx ends.
func (n *news) add(ctx context.Context, notify Notify, what note) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if ctx.Err() != nil || len(n.notes) >= mostNews || n.size > mostBytes || slices.ContainsFunc(n.notes, what.is) {
		return
	}
	n.notes = append(n.notes, what)
	n.size += len(what.params)
	if !n.telling {
		n.telling = true
		go n.tell(ctx, notify)
	}
}

func (n *news) tell(ctx context.Context, notify Notify) {
	for {
		notes := n.take()
		if notes == nil {
			return
		}
		for _, what := range notes {
			if ctx.Err() == nil {
				notify(what.method, what.params)
			}
		}
	}
}

func (n *news) take() []note {
	n.mu.Lock()
	defer n.mu.Unlock()
	notes := n.notes
	n.notes, n.size = nil, 0
	n.telling = notes != nil
	return notes
}
