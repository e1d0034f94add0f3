package gateway

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// tell passes a notification of a client on to every backend that its token
// reaches. Nothing is done by it, so nothing is recorded; a backend that does
// not know it is none the worse.
func (g *Gateway) tell(ctx context.Context, who identity.Principal, req *mcp.Request) {
	cat := g.now.Load()
	if cat == nil {
		return
	}
	for i, m := range cat.mounts {
		if cat.parts[i] == nil || !who.Has(m.Scopes...) || !m.line.enter() {
			continue
		}
		if _, err := m.Backend.Call(ctx, who, req, nobody{}); err != nil {
			g.Log.DebugContext(ctx, "notification not delivered", "backend", m.Name, "method", req.Method, "err", err)
		}
		m.line.leave(g.Log)
	}
}

// nobody is the peer of what is no call.
type nobody struct{}

func (nobody) Notify(context.Context, string, jsontext.Value) error { return nil }

func (nobody) Ask(context.Context, string, jsontext.Value) (jsontext.Value, error) {
	return nil, mcp.ErrCannotAsk
}
