package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// NoTimeout is the Timeout of a backend whose calls may take as long as they
// like.
const NoTimeout = time.Duration(-1)

const (
	defaultTimeout = time.Minute
	maxTimeouts    = 10 // MaxTime, in Timeouts
)

// running is one call that runs, and the client as its backend sees it. The
// deadline moves with each sign of progress, and stands still while a person
// is asked.
type running struct {
	mcp.Peer
	mount  *mount
	person string // who calls
	ids    taskIDs
	limit  limit // the context of the call

	mu     sync.Mutex // guards what follows
	last   time.Time  // beyond which no progress helps; zero without a deadline
	inside bool       // it has a place
	asking int        // questions that are open
	paused time.Time  // when the first of them was asked
	over   bool
}

// begin starts the deadline of a call.
func (g *Gateway) begin(ctx context.Context, who identity.Principal, to route, peer mcp.Peer) *running {
	c := &running{Peer: peer, mount: to.mount, person: who.Subject, ids: g.taskIDs(who, to), limit: limit{parent: ctx}}
	if timeout := orDefault(to.mount.Limits.Timeout, defaultTimeout); timeout > 0 {
		now := time.Now()
		c.limit.until = now.Add(timeout)
		c.last = now.Add(orDefault(to.mount.Limits.MaxTime, maxTimeouts*timeout))
	}
	return c
}

// arrive says that the call has a place. Nobody else knows of the call yet.
func (c *running) arrive() { c.inside = true }

// end gives back what the call has taken.
func (c *running) end() {
	c.limit.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.inside {
		c.inside = false
		c.mount.gate.leave(c.person)
	}
}

// Notify implements [mcp.Peer].
func (c *running) Notify(ctx context.Context, method string, params jsontext.Value) error {
	if method == mcp.NoteProgress {
		c.extend()
	}
	return c.Peer.Notify(ctx, method, c.ids.note(method, params))
}

// extend begins the deadline anew.
func (c *running) extend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inside && !c.last.IsZero() {
		c.limit.allow(c.left())
	}
}

// left is how long the call may go on from now without a sign of life.
func (c *running) left() time.Duration {
	return min(orDefault(c.mount.Limits.Timeout, defaultTimeout), time.Until(c.last))
}

// Ask implements [mcp.Peer]. A call that waits for a person takes no place.
func (c *running) Ask(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	c.pause()
	answer, err := c.Peer.Ask(ctx, method, c.ids.note(method, params))
	if resumed := c.resume(ctx); err == nil {
		err = resumed
	}
	return c.ids.answer(answer), err
}

// pause gives the place back when the first question is asked.
func (c *running) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asking++
	if !c.inside {
		return
	}
	c.limit.pause()
	c.paused = time.Now()
	c.inside = false
	c.mount.gate.leave(c.person)
}

// resume takes a place again when the last question is answered.
func (c *running) resume(ctx context.Context) error {
	c.mu.Lock()
	c.asking--
	last := c.asking == 0 && !c.over
	c.mu.Unlock()
	if !last {
		return nil
	}
	if err := c.mount.gate.wait(ctx, c.person); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.asking > 0 || c.inside {
		c.mount.gate.leave(c.person) // nobody needs the place any more, or not yet
		return nil
	}
	c.inside = true
	if !c.last.IsZero() {
		c.last = c.last.Add(time.Since(c.paused))
		c.limit.allow(c.left())
	}
	return nil
}
