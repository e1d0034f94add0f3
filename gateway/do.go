package gateway

import (
	"context"

	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/mcp/hold"
)

// do has the backend do a request, under the backend's own name. Where the
// backend asks in the middle of a call, the call may outlive the request.
func (g *Gateway) do(ctx context.Context, who identity.Principal, to route, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	if !to.mount.AsksInCall {
		return to.mount.Backend.Call(ctx, who, to.rewrite(req), peer)
	}
	return g.Held.Do(ctx, hold.Call{
		Who:     who,
		Server:  to.mount.Name,
		Request: req,
		Peer:    peer,
		Run: func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			return to.mount.Backend.Call(ctx, who, to.rewrite(req), peer)
		},
	})
}
