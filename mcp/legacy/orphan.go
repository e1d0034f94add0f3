package legacy

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/mcp"
)

// How long a call goes on without its client, and how many do.
const (
	orphanLife = 5 * time.Minute
	maxOrphans = 256
)

var errAbandoned = &mcp.Error{Code: mcp.CodeUnavailable, Message: "The request was given up: its client is gone"}

// orphans counts the calls whose clients are gone. Such a call goes on, for a
// disconnect is not a cancellation (2025-11-25, transports, "Sending Messages
// to the Server"), but neither for ever nor in any number.
type orphans struct{ count atomic.Int32 }

// orphan is a call that may become one.
type orphan struct {
	mu     sync.Mutex
	over   bool
	timer  *time.Timer
	cancel context.CancelCauseFunc
	of     *orphans
}

// mind has the call of cancel end in time if its client goes away. The caller
// must call stop when the call is over.
func (o *orphans) mind(client context.Context, cancel context.CancelCauseFunc) (stop func()) {
	child := &orphan{of: o, cancel: cancel}
	forget := context.AfterFunc(client, child.left)
	return func() {
		if !forget() {
			child.end()
		}
	}
}

func (c *orphan) left() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	if c.of.count.Add(1) > maxOrphans {
		c.of.count.Add(-1)
		c.cancel(errAbandoned)
		return
	}
	c.timer = time.AfterFunc(orphanLife, func() { c.cancel(errAbandoned) })
}

func (c *orphan) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.timer != nil {
		c.timer.Stop()
		c.of.count.Add(-1)
	}
}
