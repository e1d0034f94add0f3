package gosdk

import (
	"context"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/gateway"
)

// news is what a watch has still to tell. The SDK tells all sessions in turn,
// so a client that reads slowly must not be waited for. What it has not heard
// yet it is told once, however often it happens.
type news struct {
	ready chan struct{} // holds one if there is any

	mu      sync.Mutex
	changes []change
}

// change is a notification, of a resource if it has a URI.
type change struct {
	method, uri string
}

func newNews() *news { return &news{ready: make(chan struct{}, 1)} }

func (n *news) add(c change) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if slices.Contains(n.changes, c) {
		return
	}
	n.changes = append(n.changes, c)
	select {
	case n.ready <- struct{}{}:
	default:
	}
}

func (n *news) take() []change {
	n.mu.Lock()
	defer n.mu.Unlock()
	changes := n.changes
	n.changes = nil
	return changes
}

// tell passes the news on until ctx ends or the source is done.
func (n *news) tell(ctx context.Context, done <-chan struct{}, notify gateway.Notify) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-done:
			return
		case <-n.ready:
		}
		for _, c := range n.take() {
			if ctx.Err() != nil {
				return
			}
			var params jsontext.Value
			if c.uri != "" {
				params = uriParams(c.uri)
			}
			notify(c.method, params)
		}
	}
}
