package wire

import (
	"sync"

	"gatehouse/mcp"
)

// inbox is what the server has said of a request that goes over a line. The
// one who reads the line never waits for the client of a call.
type inbox struct {
	ready chan struct{} // holds one if there is something

	mu       sync.Mutex
	messages []mcp.Message
	size     int // bytes of their params
	answered bool
}

// What waits for a client that reads slowly, at most. What is more is lost, but
// for the answer.
const (
	maxInbox      = 256
	maxInboxBytes = 1 << 20 // and one message, however large
)

func newInbox() *inbox { return &inbox{ready: make(chan struct{}, 1)} }

// add takes a message, which it copies.
func (b *inbox) add(m *mcp.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	full := len(b.messages) >= maxInbox || b.size > maxInboxBytes
	if b.answered || full && !m.IsResponse() {
		return
	}
	b.size += len(m.Params)
	b.answered = m.IsResponse()
	b.messages = append(b.messages, m.Clone())
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

func (b *inbox) take() []mcp.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	messages := b.messages
	b.messages, b.size = nil, 0
	return messages
}
