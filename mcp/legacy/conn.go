package legacy

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"gatehouse/mcp"
	"gatehouse/mcp/session"
)

var errEnded = &mcp.Error{Code: codeNoSession, Message: "The session is over"}

// conn is what goes on in one session of this process.
type conn struct {
	session *session.Session
	main    *stream // what the client opens by GET
	watch   watch
	expires atomic.Int64 // when its newest token ends, in Unix seconds; 0 is never

	mu        sync.Mutex
	over      bool
	running   []*running
	questions questions
}

// running is a request that the client can cancel. Clients that use an id twice
// at a time cancel both.
type running struct {
	id     mcp.ID
	cancel context.CancelCauseFunc
}

// conn returns what goes on in the session.
func (h *Handler) conn(of *session.Session) *conn {
	h.mu.Lock()
	c, known := h.conns[of]
	if !known {
		if h.conns == nil {
			h.conns = make(map[*session.Session]*conn)
		}
		c = &conn{session: of, main: newStream(&h.replay, of.ID(), mainStream)}
		h.conns[of] = c
	}
	h.mu.Unlock()
	if !known {
		of.OnEnd(func() { h.end(c) })
	}
	return c
}

// end forgets a session that is over, and ends what goes on in it.
func (h *Handler) end(c *conn) {
	h.mu.Lock()
	delete(h.conns, c.session)
	h.mu.Unlock()

	c.mu.Lock()
	c.over = true
	for _, r := range c.running {
		r.cancel(errEnded)
	}
	c.mu.Unlock()
	c.watch.end()
	c.main.finish()
	h.Gateway.End(c.session.ID())
}

// begin enters a request into the session, where the client can cancel it. It
// goes on without ctx, and must be done when it is over.
func (c *conn) begin(ctx context.Context, id mcp.ID) (context.Context, *running) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	r := &running{id, cancel}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = append(c.running, r)
	if c.over {
		cancel(errEnded)
	}
	return ctx, r
}

// done takes a request out of the session.
func (c *conn) done(r *running) {
	r.cancel(nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = slices.DeleteFunc(c.running, func(other *running) bool { return other == r })
}

// cancel cancels the request of that id, if it still runs.
func (c *conn) cancel(id mcp.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.running {
		if r.id == id {
			r.cancel(errCancelled)
		}
	}
}
