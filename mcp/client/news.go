package client

import (
	"context"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// news is what one who watches has not been told yet. Of what has happened
// several times he is told once.
type news struct {
	ready chan struct{} // holds one if there is any

	mu      sync.Mutex
	waiting []mcp.Message
	size    int // bytes of their params
}

// What waits for who reads slowly, at most: how many notifications, and how
// many bytes before the last of them.
const (
	maxNews      = 1024
	maxNewsBytes = 1 << 20
)

func newNews() *news { return &news{ready: make(chan struct{}, 1)} }

func (n *news) hear(m *mcp.Message) {
	n.mu.Lock()
	defer n.mu.Unlock()
	same := func(w mcp.Message) bool { return w.Method == m.Method && string(w.Params) == string(m.Params) }
	if len(n.waiting) >= maxNews || n.size > maxNewsBytes || slices.ContainsFunc(n.waiting, same) {
		return
	}
	n.size += len(m.Params)
	n.waiting = append(n.waiting, m.Clone())
	select {
	case n.ready <- struct{}{}:
	default:
	}
}

func (n *news) take() []mcp.Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	waiting := n.waiting
	n.waiting, n.size = nil, 0
	return waiting
}

// tell passes the news on until one of the contexts ends.
func (n *news) tell(ctx, server context.Context, notify func(string, jsontext.Value)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-server.Done():
			return
		case <-n.ready:
		}
		for _, m := range n.take() {
			if ctx.Err() != nil {
				return
			}
			notify(m.Method, m.Params)
		}
	}
}
