package legacy

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/mcp/session"
)

// Gateway is what lies below this edge.
type Gateway interface {
	// Describe returns what initialize tells the caller of the server.
	Describe(ctx context.Context, who identity.Principal) (mcp.Description, error)

	// Call does one request. It returns when the request is over or ctx ends.
	Call(ctx context.Context, who identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error)

	// Watch calls notify with the notifications of those changes until ctx
	// ends. It returns once the watch stands, with the subset that is honoured.
	Watch(ctx context.Context, who identity.Principal, client *mcp.Client, changes mcp.Changes,
		notify func(method string, params jsontext.Value)) (mcp.Changes, error)

	// End says that a session is over.
	End(session string)
}

// Handler serves legacy clients. The caller has authenticated the request,
// read its body and decoded it; see [Handler.Post] and its siblings. A method
// answers the request itself, and returns an error only if it has written
// nothing and another must answer: an [*identity.ScopeError] wants a challenge.
type Handler struct {
	Gateway   Gateway
	Sessions  *session.Store
	KeepAlive time.Duration   // after which a silent stream gets a comment
	Closing   <-chan struct{} // when closed, streams end
	Log       *slog.Logger

	mu    sync.Mutex
	conns map[*session.Session]*conn
}

// conn is what goes on in one session now.
type conn struct {
	session *session.Session

	mu      sync.Mutex
	running map[mcp.ID]context.CancelFunc
}

// conn returns what goes on in the session.
func (h *Handler) conn(of *session.Session) *conn {
	h.mu.Lock()
	c, known := h.conns[of]
	if !known {
		if h.conns == nil {
			h.conns = make(map[*session.Session]*conn)
		}
		c = &conn{session: of, running: make(map[mcp.ID]context.CancelFunc)}
		h.conns[of] = c
	}
	h.mu.Unlock()
	if !known {
		of.OnEnd(func() { h.end(c) })
	}
	return c
}

// end forgets a session that is over, and cancels what runs in it.
func (h *Handler) end(c *conn) {
	h.mu.Lock()
	delete(h.conns, c.session)
	h.mu.Unlock()
	c.mu.Lock()
	for _, cancel := range c.running {
		cancel()
	}
	c.mu.Unlock()
	h.Gateway.End(c.session.ID())
}
