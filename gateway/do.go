package gateway

import (
	"context"
	"errors"

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
	if !m.line.breaker.lets() {
		return mcp.Result{}, m.unavailable("did not answer lately. Try again later.", nil)
	}

	// 2. A place among its calls, and a deadline.
	c := g.begin(ctx, who, to, peer)
	defer c.end()
	if ok, err := m.gate.enter(&c.limit, who.Subject); !ok {
		return mcp.Result{}, fault.New(fault.TooMany, "The backend %q has too many calls to do. Try again later.", m.Name)
	} else if err != nil {
		return mcp.Result{}, c.late(err)
	}
	c.arrive()

	// 3. The call.
	res, err := m.Backend.Call(&c.limit, who, to.rewrite(req), c)
	if err != nil {
		return res, c.judge(err)
	}
	m.line.breaker.answered()
	return c.ids.result(req, res), nil
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
func (c *running) judge(err error) error {
	m := c.mount
	if _, answered := errors.AsType[*mcp.Error](err); answered {
		m.line.breaker.answered()
		return err
	}
	if c.limit.parent.Err() != nil {
		return err // the client has gone; that says nothing of the backend
	}
	if c.limit.Err() != nil {
		m.line.breaker.timedOut(c.person)
		return c.late(err)
	}
	if errors.Is(err, fault.Unavailable) {
		if a, ok := errors.AsType[answered](err); ok && a.Answered() {
			m.line.breaker.answered()
		} else {
			m.line.breaker.failed()
		}
		if f, ok := errors.AsType[*fault.Error](err); ok {
			return &fault.Error{Kind: fault.Unavailable, Public: "Backend \"" + m.Name + "\": " + f.Public, Err: err}
		}
		return m.unavailable("cannot be reached. Try again later.", err)
	}
	return err
}

// late is the failure of a call whose context has ended.
func (c *running) late(err error) error {
	if c.limit.parent.Err() != nil {
		return err
	}
	return c.mount.unavailable("did not answer in time.", err)
}

// unavailable is a failure in words that name the mount and nothing else of
// the backend.
func (m *mount) unavailable(what string, err error) error {
	return &fault.Error{Kind: fault.Unavailable, Public: "The backend \"" + m.Name + "\" " + what, Err: err}
}
