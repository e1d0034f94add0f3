package legacy

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/late"
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

// Handler serves legacy clients. Its methods are one for each route; their
// caller has authenticated the request, read its body and decoded it. They
// answer the request themselves, and return an error only if nothing is
// written and another must answer: an [*identity.ScopeError] wants a
// challenge.
type Handler struct {
	Gateway   Gateway
	Sessions  *session.Store
	KeepAlive time.Duration   // after which a silent stream gets a comment
	Streams   int             // open streams of one person; 32 if zero
	Closing   <-chan struct{} // when closed, streams end; nil is never

	Log *slog.Logger

	mu      sync.Mutex
	conns   map[*session.Session]*conn
	replay  replay
	orphans orphans
	streams streams
	slow    late.Clock // rings when an answer is to become a stream
}
