package client

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// attempt is one way to open a session.
type attempt struct {
	modern    bool
	transport Transport
	open      func(context.Context, *session) error
}

// open opens a session: the way that is known, else whichever of the ways
// opens first.
func (s *Server) open(ctx context.Context, ss *session) error {
	if s.http == nil {
		return s.openLine(ctx, ss)
	}
	if is := s.way.now(); is.both && !ss.of.isHost() {
		err := s.openStream(ctx, ss)
		ss.way = is
		if err == nil || !wrongWay(err) {
			return err
		}
		s.way.single()
	}
	if known, ok := s.way.attempt(s); ok && !ss.of.isHost() {
		err := known.open(ctx, ss)
		ss.way = s.way.now()
		if err == nil || !wrongWay(err) || !s.way.doubt(s.Now()) {
			return err
		}
	}
	var errs []error
	for _, a := range s.attempts() {
		err := a.open(ctx, ss)
		if err == nil {
			ss.way = found{known: true, modern: a.modern, transport: a.transport, alone: ss.withoutID(), both: ss.about.Both && s.Revision == ""}
			s.way.set(ss.way)
			s.log.InfoContext(ctx, "backend found", "revision", ss.about.Revision, "transport", a.transport)
			return nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil || !wrongWay(err) {
			break
		}
	}
	err := errors.Join(errs...)
	return fault.Wrap(fmt.Errorf("backend %s: %w", s.Name, err), fault.Unavailable, words(err))
}

// attempts are the ways that the configuration allows, in their order.
func (s *Server) attempts() []attempt {
	var all []attempt
	for _, a := range []attempt{
		{true, Streamable, s.openModern},
		{false, Streamable, s.openStream},
		{false, SSE, s.openSSE},
	} {
		if s.Revision != "" && s.Revision.Modern() != a.modern || s.Transport != Auto && s.Transport != a.transport {
			continue
		}
		all = append(all, a)
	}
	return all
}

// attempt is the way that is known.
func (w *way) attempt(s *Server) (attempt, bool) {
	is := w.now()
	for _, a := range s.attempts() {
		if is.known && a.modern == is.modern && a.transport == is.transport {
			return a, true
		}
	}
	return attempt{}, false
}

// openModern asks a server whether it is a modern one.
func (s *Server) openModern(ctx context.Context, ss *session) error {
	ss.channel = wire.NewStream(ss.env(), s.http)
	return ss.discover(ctx)
}

// openStream opens a session by initialize.
func (s *Server) openStream(ctx context.Context, ss *session) error {
	ss.channel = wire.NewStream(ss.env(), s.http)
	if err := ss.initialize(ctx); err != nil {
		return err
	}
	if ss.client.CanBeAsked() && !ss.shared {
		s.work.Go(func() { _, _ = ss.hearAll(ss.ctx) })
	}
	return nil
}

// withoutID reports whether the server has opened a session that has no id, as
// one does that keeps none.
func (ss *session) withoutID() bool {
	h, ok := ss.channel.(*wire.Stream)
	return ok && !ss.modern && !h.HasID()
}

// openSSE opens a session with a server of 2024-11-05.
func (s *Server) openSSE(ctx context.Context, ss *session) error {
	conn, err := wire.DialEvents(ctx, ss.env(), s.http)
	if err != nil {
		return err
	}
	ss.take(conn)
	return ss.initialize(ctx)
}

// openLine opens a line to a server and finds its era by asking: that of the
// process before is asked for first.
func (s *Server) openLine(ctx context.Context, ss *session) error {
	conn, err := s.Dialer.Dial(ctx, ss.of.id)
	if err != nil {
		return err
	}
	ss.take(conn)
	if ss.of.older {
		err := ss.initialize(ctx)
		if err != nil && wrongWay(err) {
			s.way.single()
		}
		return err
	}
	if err := ss.greet(ctx); err != nil {
		return err
	}
	s.way.set(found{known: true, modern: ss.modern, both: ss.about.Both && s.Revision == ""})
	if ss.of.isHost() {
		s.offer.invalidate() // it may be another program than the last one
	}
	return nil
}

// take makes the line the channel of the session.
func (ss *session) take(conn wire.Conn) {
	ss.channel, ss.lined = wire.NewLine(ss.env(), conn), true
}

// greet finds the era of the server at the other end of the line.
func (ss *session) greet(ctx context.Context) error {
	s := ss.server
	switch {
	case s.Revision != "" && s.Revision.Modern():
		return ss.discover(ctx)
	case s.Revision != "":
		return ss.initialize(ctx)
	case s.way.legacy():
		err := ss.initialize(ctx)
		if err == nil || !wrongWay(err) {
			return err
		}
		return errors.Join(ss.discover(ctx), err)
	}
	err := ss.discover(ctx)
	if err == nil || !wrongWay(err) {
		return err
	}
	return ss.initialize(ctx)
}

// wrongWay reports whether a failure to open a session says that another way
// may do.
func wrongWay(err error) bool {
	if e, ok := errors.AsType[*wire.Refusal](err); ok {
		return e.OtherWay()
	}
	_, told := errors.AsType[*mcp.Error](err)
	return told || errors.Is(err, wire.ErrNonsense) || errors.Is(err, context.DeadlineExceeded)
}
