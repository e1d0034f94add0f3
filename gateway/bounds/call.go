package bounds

import (
	"context"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// Call is one call that runs, and the client as its backend sees it: an
// [mcp.Peer]. [Gate.Enter] makes it. The deadline moves with each sign of
// progress, and stands still while a person is asked.
type Call struct {
	peer     mcp.Peer
	gate     *Gate
	person   string // who calls
	deadline deadline

	mu     sync.Mutex // guards what follows
	last   time.Time  // beyond which no progress helps; zero without a deadline
	inside bool       // it has a place
	asking int        // questions that are open
	paused time.Time  // when the first of them was asked
	over   bool
}

var _ mcp.Peer = (*Call)(nil)

// Context is that of the call: it ends with the context with which the call
// entered, when the call has taken too long, and when it is over.
func (c *Call) Context() context.Context { return &c.deadline }

// End gives back what the call has taken. It is to be called once.
func (c *Call) End() {
	c.deadline.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.inside {
		c.inside = false
		c.gate.leave(c.person)
	}
}

// Notify implements [mcp.Peer].
func (c *Call) Notify(ctx context.Context, method string, params jsontext.Value) error {
	if method == mcp.NoteProgress {
		c.extend()
	}
	return c.peer.Notify(ctx, method, params)
}

// Ask implements [mcp.Peer]. A call that waits for a person takes no place.
func (c *Call) Ask(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	c.pause()
	answer, err := c.peer.Ask(ctx, method, params)
	if resumed := c.resume(ctx); err == nil {
		err = resumed
	}
	return answer, err
}

// start begins the deadline. Nobody else knows of the call yet.
func (c *Call) start() {
	if limits := &c.gate.limits; limits.Timeout > 0 {
		now := time.Now()
		c.deadline.until = now.Add(limits.Timeout)
		c.last = now.Add(limits.MaxTime)
	}
}

// extend begins the deadline anew.
func (c *Call) extend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inside {
		c.allow()
	}
}

// allow gives the call as long as one may take without a sign of life. The
// caller holds the lock.
func (c *Call) allow() {
	if !c.last.IsZero() {
		c.deadline.allow(min(c.gate.limits.Timeout, time.Until(c.last)))
	}
}

// pause gives the place back when the first question is asked.
func (c *Call) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asking++
	if !c.inside {
		return
	}
	c.deadline.pause()
	c.paused = time.Now()
	c.inside = false
	c.gate.leave(c.person)
}

// resume takes a place again when the last question is answered.
func (c *Call) resume(ctx context.Context) error {
	c.mu.Lock()
	c.asking--
	last := c.asking == 0 && !c.over
	c.mu.Unlock()
	if !last {
		return nil
	}
	if err := c.gate.wait(ctx, c.person); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.asking > 0 || c.inside {
		c.gate.leave(c.person) // nobody needs the place any more, or not yet
		return nil
	}
	c.inside = true
	if !c.last.IsZero() {
		c.last = c.last.Add(time.Since(c.paused))
	}
	c.allow()
	return nil
}
