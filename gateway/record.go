package gateway

import (
	"context"
	"time"

	"gatehouse/audit"
	"gatehouse/identity"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
)

// event is what is written down of a call: who, through what, did what to
// which. Never the arguments.
func event(ctx context.Context, who identity.Principal, req *mcp.Request, to route) audit.Event {
	ev := audit.By(who)
	ev.Time, ev.Phase = time.Now(), audit.Started
	ev.Request = httpx.RequestID(ctx)
	ev.Action, ev.Backend, ev.Target = req.Method, to.mount.Name, to.name
	if uri := mcp.StringMember(req.Params, "uri"); ev.Target == "" && len(uri) <= longestTarget {
		ev.Target = uri // of what no list names
	}
	return ev
}

// longestTarget bounds what a client can have written down of what no list names.
const longestTarget = 8 << 10
