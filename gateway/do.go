package gateway

import (
	"context"
	"errors"

	"gatehouse/gateway/bounds"
	"gatehouse/gateway/tasks"
	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/hold"
)

// do has the backend do a request, under the backend's own name.
func (g *Gateway) do(ctx context.Context, who identity.Principal, to route, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	if to.mount.asks() {
		return g.hold(ctx, who, to, req, peer)
	}
	return g.run(ctx, who, to, req, peer)
}

// hold is do for a backend that asks in the middle of a call, which may then
// outlive the request.
func (g *Gateway) hold(ctx context.Context, who identity.Principal, to route, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	return g.Held.Do(ctx, hold.Call{
		Who:     who,
		Server:  to.mount.Name,
		Request: req,
		Peer:    peer,
		Run: func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			return g.run(ctx, who, to, req, peer)
		},
	})
}

// errGone is the cause of a call's failure whose backend was taken away before
// it could begin.
var errGone = errors.New("the backend is closed")

// run does one call over the line of a backend.
func (g *Gateway) run(ctx context.Context, who identity.Principal, to route, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	m := to.mount

	// 1. The backend must be there, and to be reached for all we know.
	if !m.line.enter() {
		return mcp.Result{}, m.unavailable("is no longer here.", errGone)
	}
	defer m.line.leave(g.Log)
	if !m.line.breaker.Lets() {
		return mcp.Result{}, m.unavailable("did not answer lately. Try again later.", nil)
	}

	// 2. A place among its calls, and a deadline.
	ids := g.taskIDs(who, to)
	c, err := m.gate.Enter(ctx, who.Subject, ids.Client(peer))
	if errors.Is(err, bounds.ErrFull) {
		return mcp.Result{}, fault.New(fault.TooMany, "The backend %q has too many calls to do. Try again later.", m.Name)
	} else if err != nil {
		return mcp.Result{}, m.late(ctx, err)
	}
	defer c.End()

	// 3. The call.
	res, err := m.Backend.Call(c.Context(), who, to.rewrite(req), c)
	if err != nil {
		return res, m.judge(ctx, c, who, err)
	}
	m.line.breaker.Answered()
	return ids.Result(req, res), nil
}

// taskIDs are the ids of tasks that who sees on the way to a backend. What that
// says of a task to a person is of that person's task.
func (g *Gateway) taskIDs(who identity.Principal, to route) tasks.IDs {
	if !to.tasks {
		return tasks.IDs{}
	}
	return tasks.IDs{Keys: g.Keys, Server: to.mount.Name, Owner: who.Subject}
}

// answered is a failure that can tell that the backend was reached. Else one
// client that asks for what a server cannot answer would keep all others from
// the server.
type answered interface {
	error
	Answered() bool
}

// judge is the failure of a call as the client may see it, after the breaker
// has learned from it.
func (m *mount) judge(ctx context.Context, c *bounds.Call, who identity.Principal, err error) error {
	breaker := &m.line.breaker
	if _, answered := errors.AsType[*mcp.Error](err); answered {
		breaker.Answered()
		return err
	}
	if ctx.Err() != nil {
		return err // the client has gone; that says nothing of the backend
	}
	if c.Context().Err() != nil {
		breaker.TimedOut(who.Subject)
		return m.late(ctx, err)
	}
	if !errors.Is(err, fault.Unavailable) {
		return err
	}
	if a, ok := errors.AsType[answered](err); ok && a.Answered() {
		breaker.Answered()
	} else {
		breaker.Failed()
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return &fault.Error{Kind: fault.Unavailable, Public: "Backend \"" + m.Name + "\": " + f.Public, Err: err}
	}
	return m.unavailable("cannot be reached. Try again later.", err)
}

// late is the failure of a call whose context has ended.
func (m *mount) late(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return m.unavailable("did not answer in time.", err)
}

// unavailable is a failure in words that name the mount and nothing else of
// the backend.
func (m *mount) unavailable(what string, err error) error {
	return &fault.Error{Kind: fault.Unavailable, Public: "The backend \"" + m.Name + "\" " + what, Err: err}
}
