package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// tell passes a notification of a client on to every backend that its token
// reaches, to all at once: one that hangs keeps it from no other. Nothing is
// done by it, so nothing is recorded; a backend that does not know it is none
// the worse.
func (g *Gateway) tell(ctx context.Context, who identity.Principal, req *mcp.Request) {
	cat := g.now.Load()
	if cat == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	var all sync.WaitGroup
	for i, m := range cat.mounts {
		if cat.parts[i] == nil || !who.Has(m.Scopes...) || !m.line.enter() {
			continue
		}
		all.Go(func() {
			defer m.line.leave(g.Log)
			if _, err := m.Backend.Call(ctx, who, req, nobody{}); err != nil {
				g.Log.DebugContext(ctx, "notification not delivered", "backend", m.Name, "method", req.Method, "err", err)
			}
		})
	}
	all.Wait()
}

// tellTime is how long a backend may take to take a notification.
const tellTime = 10 * time.Second

// nobody is the peer of what is no call.
type nobody struct{}

func (nobody) Notify(context.Context, string, jsontext.Value) error { return nil }

func (nobody) Ask(context.Context, string, jsontext.Value) (jsontext.Value, error) {
	return nil, mcp.ErrCannotAsk
}
