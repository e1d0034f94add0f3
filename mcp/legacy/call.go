package legacy

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
)

// do carries out a request that came by POST, and returns the message that
// answers it, or none if the client cancelled it. err says that the caller's
// token does not reach far enough; the message then says it too, for where no
// challenge can be sent any more.
func (h *Handler) do(client context.Context, c *conn, who identity.Principal, m *mcp.Message, a *answer) (message []byte, err error) {
	if result, err, ok := h.local(client, c, m); ok {
		return respond(client, m.ID, result, err)
	}
	ctx, running := c.begin(client, m.ID)
	defer c.done(running)
	defer h.last(client, running.cancel, a).end()

	result, err := h.call(ctx, c, who, m, a.say)
	return respond(client, m.ID, result, err)
}

// errCancelled is the failure of a request that the client cancelled. Such a
// request is not answered (2025-11-25, cancellation, "Behavior Requirements").
var errCancelled = errors.New("cancelled by the client")

// call has the gateway do a request of the session. One that panics has
// failed, and the process lives.
func (h *Handler) call(ctx context.Context, c *conn, who identity.Principal, m *mcp.Message, send func([]byte) error) (result jsontext.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v\n%s", fault.Internal, p, debug.Stack())
		}
	}()
	req := &mcp.Request{Method: m.Method, Params: m.Params, Client: c.session.Client()}
	result, err = h.complete(ctx, who, req, &peer{ctx: ctx, c: c, send: send})
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return result, err
}

// respond makes the message that answers a request.
func respond(ctx context.Context, id mcp.ID, result jsontext.Value, err error) ([]byte, error) {
	if err == nil {
		return mcp.AppendResult(make([]byte, 0, len(result)+len(id)+40), id, result), nil
	}
	if errors.Is(err, errCancelled) {
		return nil, nil
	}
	if scope, ok := errors.AsType[*identity.ScopeError](err); ok {
		return mcp.AppendError(nil, id, &mcp.Error{Code: mcp.CodeInvalidRequest, Message: scope.Error()}), err
	}
	failure := mcp.Failure(err)
	if failure.Err != nil {
		httpx.Note(ctx, failure)
	}
	return mcp.AppendError(nil, id, failure), nil
}
