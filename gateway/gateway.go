package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/audit"
	"gatehouse/gateway/pins"
	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/hold"
	"gatehouse/store"
)

// Recorder is the part of the audit that the gateway uses. A call that cannot
// be recorded is not done.
type Recorder interface {
	Record(ctx context.Context, ev audit.Event) error
}

// Gateway finds, checks, records and does the requests of clients. All it
// needs is in its fields, which are not changed once it serves. Which backends
// it has says [Gateway.SetMounts], at any time.
type Gateway struct {
	Info  jsontext.Value // Implementation of the host itself
	Audit Recorder
	Log   *slog.Logger

	// Keys bind the ids of tasks to those whose tasks they are. Mounts that
	// have tasks need them.
	Keys *store.Keyring

	// Held are the calls that wait for answers. Mounts that ask in the middle
	// of a call need it; others do not.
	Held *hold.Calls

	// Pins remember approved tools. Mounts that pin need them.
	Pins *pins.Table

	// PageSize is how many entries a list shows at once; 0 is 1,000.
	PageSize int

	// Patience is how long a request waits for backends that were never asked
	// before, to know what they offer; 0 is 5 seconds.
	Patience time.Duration

	now atomic.Pointer[catalog]

	mu       sync.Mutex // guards what follows, and the changes of now
	watchers map[*watcher]struct{}
	round    *time.Timer // runs while there are watchers
	closed   bool
}

// Call does one request for who. Failures that a client may see are
// [*mcp.Error]; missing scopes are an [*identity.ScopeError], upon which
// nothing was done.
func (g *Gateway) Call(ctx context.Context, who identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	if kind, ok := listed[req.Method]; ok {
		return g.current(ctx).list(kind, req.Params, cmp.Or(g.PageSize, defaultPageSize))
	}
	if mcp.IsNotificationMethod(req.Method) {
		g.tell(ctx, who, req)
		return mcp.Result{Raw: jsontext.Value(`{}`)}, nil
	}

	res, err := g.route(ctx, who, req, peer)
	if errors.Is(err, errGone) { // it was taken away just now, and another may stand in its place
		res, err = g.route(ctx, who, req, peer)
	}
	return res, err
}

// route has a request done by whom it is for.
func (g *Gateway) route(ctx context.Context, who identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	// 1. Find who serves it.
	to, others, err := g.find(ctx, req)
	if err != nil {
		return mcp.Result{}, err
	}
	if req, to, others, err = goesOn(req, to, others); err != nil {
		return mcp.Result{}, err
	}
	to.guessed = to.guessed || len(others) > 0
	res, err := g.serve(ctx, who, to, req, peer)

	// 2. Where nothing says who does, the others are asked, too.
	for _, next := range others {
		if !elsewhere(err, req) {
			break
		}
		next.guessed = true
		var second error
		if res, second = g.serve(ctx, who, next, req, peer); second == nil || !elsewhere(second, req) || isUnknown(err, req) {
			err = second
		}
	}
	return res, err
}

// serve has one backend do a request.
func (g *Gateway) serve(ctx context.Context, who identity.Principal, to route, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	// 1. A task that is not this person's does not exist.
	req, err := g.taskIDs(who, to).Request(req)
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
	return to.asking(res), err
}

// Describe says what the mounted backends offer together.
func (g *Gateway) Describe(ctx context.Context, _ identity.Principal) (mcp.Description, error) {
	cat := g.current(ctx)
	return mcp.Description{Info: g.Info, Capabilities: cat.capabilities, Instructions: cat.instructions}, nil
}

// ParamHeaders returns the parameters of a tool that its schema wants repeated
// in HTTP headers.
func (g *Gateway) ParamHeaders(ctx context.Context, _ identity.Principal, tool string) []mcp.ParamHeader {
	cat := g.now.Load()
	if cat == nil {
		cat = g.current(ctx)
	}
	return cat.tools[tool].headers
}

// End says that a legacy session is over.
func (g *Gateway) End(session string) {
	if cat := g.now.Load(); cat != nil {
		for _, m := range cat.mounts {
			m.Backend.End(session)
		}
	}
}

// Close ends every backend, and the calls that are held for them.
func (g *Gateway) Close() error {
	if g.Held != nil {
		g.Held.Close()
	}
	g.mu.Lock()
	g.closed = true
	if g.round != nil {
		g.round.Stop()
	}
	cat := g.now.Load()
	g.mu.Unlock()
	if cat == nil {
		return nil
	}
	errs := make([]error, len(cat.mounts))
	var all sync.WaitGroup
	for i, m := range cat.mounts { // at once, for each may take its time
		all.Go(func() { errs[i] = m.line.close() })
	}
	all.Wait()
	return errors.Join(errs...)
}

// elsewhere reports whether another backend may know what this one does not,
// or may not be asked for.
func elsewhere(err error, req *mcp.Request) bool {
	if _, scope := errors.AsType[*identity.ScopeError](err); scope {
		return true
	}
	return isUnknown(err, req) || errors.Is(err, fault.Unavailable)
}

// isUnknown reports whether a backend does not know what was asked for.
func isUnknown(err error, req *mcp.Request) bool {
	e, ok := errors.AsType[*mcp.Error](err)
	switch {
	case !ok:
		return false
	case e.Code == mcp.CodeMethodNotFound, e.Code == mcp.CodeResourceNotFound:
		return true
	}
	return req.Method == mcp.MethodResourcesRead && e.Code == mcp.CodeInvalidParams
}

const defaultPageSize = 1000
