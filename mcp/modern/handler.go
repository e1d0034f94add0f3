// Package modern serves revision 2026-07-28 to clients: one POST, one request,
// nothing remembered in between.
//
//	Post -> check the headers and _meta -> Gateway.Call -> finish the result
//	     -> listen: a stream of changes -> Gateway.Watch
//
// An answer is one JSON body. It becomes a stream of events when there is
// something to say before the end (progress, log messages), or when it takes
// long, so that nobody on the way cuts the connection.
package modern

import (
	"context"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/httpx"
	"gatehouse/internal/late"
	"gatehouse/mcp"
)

// Gateway is what lies behind this edge.
type Gateway interface {
	Describe(ctx context.Context, who identity.Principal) (mcp.Description, error)
	Call(ctx context.Context, who identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error)
	Watch(ctx context.Context, who identity.Principal, client *mcp.Client, changes mcp.Changes, notify func(method string, params jsontext.Value)) (mcp.Changes, error)
	ParamHeaders(ctx context.Context, who identity.Principal, tool string) []mcp.ParamHeader
}

// Handler answers modern requests. All it needs is in its fields, which are
// not changed once it serves.
type Handler struct {
	Gateway Gateway
	Info    jsontext.Value // Implementation of the host, for the _meta of results

	KeepAlive time.Duration   // between comments on a silent stream; 0 is 15 s
	TTL       time.Duration   // how long a client may keep lists and the description
	Streams   int             // how many streams of changes a person may hold; 0 is 32
	Closing   <-chan struct{} // closed when the host shuts down: streams of changes end

	held holders
	slow late.Clock // rings when an answer is to become a stream
}

// Post answers one message that who has sent. It returns an error only where
// it has written nothing and somebody else must answer: an
// [*identity.ScopeError], for which the guard has a challenge.
func (h *Handler) Post(w http.ResponseWriter, r *http.Request, who identity.Principal, m mcp.Message) error {
	// 1. Only requests are answered. A modern client has no notification that
	// changes anything: it cancels by going away.
	if m.IsNotification() {
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	if !m.IsRequest() {
		return refuse(w, m.ID, &mcp.Error{Code: mcp.CodeInvalidRequest, Message: "Invalid Request: only requests and notifications can be sent"})
	}

	// 2. The headers, _meta and the rest of the body must agree, for those on
	// the way have decided by the headers.
	x := exchange{w: w, r: r, who: who, m: m, params: mcp.ReadParams(m.Params)}
	if err := h.check(&x); err != nil {
		return refuse(w, m.ID, err)
	}

	// 3. Do it.
	if m.Method == mcp.MethodListen {
		return h.listen(&x)
	}
	return h.call(&x)
}

// exchange is one request on its way through the handler.
type exchange struct {
	w      http.ResponseWriter
	r      *http.Request
	who    identity.Principal
	m      mcp.Message
	params mcp.Params
	meta   mcp.Meta
}

// Refuse answers the methods of HTTP that legacy clients use at the same URL.
func Refuse(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Allow", http.MethodPost)
	w.WriteHeader(http.StatusMethodNotAllowed)
}

// refuse answers a request that nothing was done for.
func refuse(w http.ResponseWriter, id mcp.ID, err error) error {
	e := failure(err)
	code := status(e)
	if code == http.StatusOK {
		code = http.StatusBadRequest
	}
	return httpx.WriteRaw(w, code, mcp.AppendError(nil, id, e))
}
