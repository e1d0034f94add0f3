package client

import (
	"context"
	"errors"
	"net/http"

	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// mend does what can be done after a failure of a call of the session, and
// reports whether the call may be done again: the server has not begun it.
func (s *Server) mend(ctx context.Context, ss *session, err error) bool {
	switch {
	case ctx.Err() != nil:
		return false
	case errors.Is(err, wire.ErrGone), errors.Is(err, wire.ErrNotSent):
		s.lose(ss)
		return true
	case stale(err):
		s.offer.invalidate()
		_, offerErr := s.offer.renewed(ctx, s)
		return offerErr == nil
	case changed(err):
		return s.askAgain(ctx, ss)
	}
	return false
}

// askAgain asks a server that may have changed what it is now, and reports
// whether the session is of another.
func (s *Server) askAgain(ctx context.Context, ss *session) bool {
	if s.http == nil || s.Revision != "" {
		return false
	}
	s.asking.Lock()
	defer s.asking.Unlock()
	if !s.way.now().like(ss.way) {
		return true // somebody else has asked
	}
	if !s.way.doubt(s.Now()) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	probe := newSession(s, owner{}, s.self())
	defer probe.close()
	defer close(probe.opened)
	if s.open(ctx, probe) != nil || s.way.now().like(ss.way) {
		return false
	}
	s.sessions.retireAll()
	return true
}

// lose forgets a session that the server does not know any more.
func (s *Server) lose(ss *session) {
	s.sessions.retire(ss)
	ss.end()
	if ss.of.isHost() {
		s.way.forget() // what comes back may be another server
	}
}

// stale reports whether a modern server refused a request for its headers: its
// tools have changed.
func stale(err error) bool {
	e, ok := errors.AsType[*mcp.Error](err)
	return ok && e.Code == mcp.CodeHeaderMismatch
}

// changed reports whether a failure is a sign that the server has become
// another: it does not know the kind of request at all.
func changed(err error) bool {
	if e, ok := errors.AsType[*mcp.Error](err); ok {
		return e.Code == mcp.CodeUnsupportedRevision
	}
	e, ok := errors.AsType[*wire.Refusal](err)
	if !ok || !e.OtherWay() || e.Status >= http.StatusInternalServerError {
		return false
	}
	return e.Message == nil || e.Message.Code == mcp.CodeUnsupportedRevision || e.Message.Code == mcp.CodeHeaderMismatch
}
