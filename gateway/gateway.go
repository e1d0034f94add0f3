// Package gateway carries one client request to the backend that serves it.
//
//	edge -> Gateway.Call -> catalog -> scopes -> audit -> Backend.Call
//
// A call goes down this line once and its result comes back as a return
// value. What the backend wants to tell the client meanwhile goes through the
// [mcp.Peer] that came down with the call.
//
// The gateway knows no revision, no session and no transport: those are the
// affair of the edges and of the backends.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/audit"
	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/hold"
)

// Recorder is the part of the audit that the gateway uses. A call that cannot
// be recorded is not done.
type Recorder interface {
	Record(ctx context.Context, ev audit.Event) error
}

// Gateway finds, checks, records and does the requests of clients. All it
// needs is in its fields, which are not changed once it serves.
type Gateway struct {
	Info   jsontext.Value // Implementation of the host itself
	Mounts []Mount
	Audit  Recorder
	Log    *slog.Logger

	// Held are the calls that wait for answers. Mounts that ask in the middle
	// of a call need it; others do not.
	Held *hold.Calls

	// PageSize is how many entries a list shows at once; 0 is 1,000.
	PageSize int

	merged atomic.Pointer[catalog]
}

// Call does one request for who. Failures that a client may see are
// [*mcp.Error]; missing scopes are an [*identity.ScopeError], upon which
// nothing was done.
func (g *Gateway) Call(ctx context.Context, who identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	cat, err := g.catalog(ctx)
	if err != nil {
		return mcp.Result{}, err
	}
	if kind, ok := listed[req.Method]; ok {
		return cat.list(kind, req.Params, g.pageSize())
	}

	// 1. Find who serves it.
	to, err := cat.find(req)
	if err != nil {
		return mcp.Result{}, err
	}

	// 2. Ask whether this token allows it.
	if !who.Has(to.scopes...) {
		return mcp.Result{}, &identity.ScopeError{Need: to.scopes}
	}

	// 3. Write down that it starts. What cannot be recorded is not done.
	ev := event(ctx, who, req, to)
	if err := g.Audit.Record(ctx, ev); err != nil {
		return mcp.Result{}, fmt.Errorf("record call: %w", err)
	}

	// 4. Do it, under the backend's own name.
	res, err := g.do(ctx, who, to, req, peer)

	// 5. Write down what came of it, even if the client has gone meanwhile.
	done := ev.Finish(time.Now(), err)
	if rerr := g.Audit.Record(context.WithoutCancel(ctx), done); rerr != nil {
		g.Log.ErrorContext(ctx, "call done but not recorded", "err", rerr, "request", ev.Request, "target", ev.Target)
	}
	return res, err
}

// Describe says what the mounted backends offer together.
func (g *Gateway) Describe(ctx context.Context, _ identity.Principal) (mcp.Description, error) {
	cat, err := g.catalog(ctx)
	if err != nil {
		return mcp.Description{}, err
	}
	return mcp.Description{Info: g.Info, Capabilities: cat.capabilities, Instructions: cat.instructions}, nil
}

// ParamHeaders returns the parameters of a tool that its schema wants repeated
// in HTTP headers.
func (g *Gateway) ParamHeaders(ctx context.Context, _ identity.Principal, tool string) []mcp.ParamHeader {
	cat, err := g.catalog(ctx)
	if err != nil {
		return nil
	}
	return cat.tools[tool].headers
}

// End says that a legacy session is over.
func (g *Gateway) End(session string) {
	for _, m := range g.Mounts {
		m.Backend.End(session)
	}
}

// Close ends every backend, and the calls that are held for them.
func (g *Gateway) Close() error {
	if g.Held != nil {
		g.Held.Close()
	}
	var errs []error
	for _, m := range g.Mounts {
		errs = append(errs, m.Backend.Close())
	}
	return errors.Join(errs...)
}

func (g *Gateway) pageSize() int {
	if g.PageSize > 0 {
		return g.PageSize
	}
	return 1000
}

// catalog returns the merged catalog, made anew if a backend's has changed.
func (g *Gateway) catalog(ctx context.Context) (*catalog, error) {
	old := g.merged.Load()
	same := old != nil
	var parts []*Catalog
	for i, m := range g.Mounts {
		part, err := m.Backend.Catalog(ctx)
		if err != nil {
			return nil, fault.Wrap(fmt.Errorf("catalog of %s: %w", m.Name, err), fault.Unavailable,
				"A backend of this server cannot be reached. Try again later.")
		}
		if same && part == old.parts[i] {
			continue // as nearly always: nothing is allocated
		}
		if same {
			same, parts = false, slices.Clone(old.parts[:i])
		}
		parts = append(parts, part)
	}
	if same {
		return old, nil
	}
	cat := merge(g.Mounts, parts, g.Log)
	g.merged.Store(cat)
	return cat, nil
}
