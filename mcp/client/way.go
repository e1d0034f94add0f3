package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/mcp"
)

const (
	// probeTime is how long a server may take to answer server/discover. One
	// of an older revision may not answer at all.
	probeTime = 5 * time.Second

	// askAgain is how often the way is doubted at most.
	askAgain = 5 * time.Second
)

// way is how the server is spoken to, as far as that is known.
type way struct {
	mu        sync.Mutex
	found     bool // it stands, or stood when it was tried last
	modern    bool
	transport Transport
	alone     bool // the server keeps no sessions, though its revision has them
	doubted   time.Time
}

func (w *way) known() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.found
}

func (w *way) legacy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.found && !w.modern
}

// shared reports whether the server needs no session for each client.
func (w *way) shared() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.modern || w.alone
}

func (w *way) set(modern bool, t Transport, alone bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found, w.modern, w.transport, w.alone = true, modern, t, alone
}

// doubt has the way be found anew, unless that was so a moment ago.
func (w *way) doubt(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.doubted) < askAgain {
		return false
	}
	w.doubted, w.found = now, false
	return true
}

// mend does what can be done after a failure of a call of the session, and
// reports whether the call may be done again: the server has not begun it.
func (s *Server) mend(ctx context.Context, ss *session, err error) bool {
	switch {
	case ctx.Err() != nil:
		return false
	case errors.Is(err, errGone), errors.Is(err, errNotSent):
		s.lose(ss)
		return true
	case stale(err):
		s.offer.invalidate()
		_, offerErr := s.offer.renewed(ctx, s)
		return offerErr == nil
	case s.http != nil && ss.modern && changed(err), s.http != nil && !ss.modern && unmodern(err):
		if s.Revision != "" || !s.way.doubt(s.Now()) {
			return false
		}
		s.Log.WarnContext(ctx, "backend may have changed its revision", "backend", s.Name, "err", err)
		s.sessions.retireAll()
		return true
	}
	return false
}

// lose forgets a session that the server does not know any more.
func (s *Server) lose(ss *session) {
	s.sessions.retire(ss)
	ss.end()
	if ss.key == "" {
		s.way.mu.Lock()
		defer s.way.mu.Unlock()
		s.way.found = false // what comes back may be another server
	}
}

// stale reports whether a modern server refused a request for its headers: its
// tools have changed.
func stale(err error) bool {
	e, ok := errors.AsType[*mcp.Error](err)
	return ok && e.Code == mcp.CodeHeaderMismatch
}

// changed reports whether a failure is a sign that the server is not modern
// any more.
func changed(err error) bool {
	if e, ok := errors.AsType[*mcp.Error](err); ok {
		return e.Code == mcp.CodeUnsupportedRevision
	}
	e, ok := errors.AsType[*statusError](err)
	return ok && e.otherWay()
}

// unmodern reports whether a failure is a sign that the server has become a
// modern one.
func unmodern(err error) bool {
	e, ok := errors.AsType[*mcp.Error](err)
	return ok && (e.Code == mcp.CodeUnsupportedRevision || e.Code == mcp.CodeHeaderMismatch)
}

// otherWay reports whether the status says that the request went the wrong
// way, rather than that the server cannot answer now.
func (e *statusError) otherWay() bool {
	switch e.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return false
	}
	return e.status >= http.StatusBadRequest
}

// wrongWay reports whether a failure to open a session says that another way
// may do.
func wrongWay(err error) bool {
	if e, ok := errors.AsType[*statusError](err); ok {
		return e.otherWay()
	}
	_, told := errors.AsType[*mcp.Error](err)
	return told || errors.Is(err, errNonsense) || errors.Is(err, context.DeadlineExceeded)
}

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
	if known, ok := s.way.attempt(s); ok && ss.key != "" {
		return known.open(ctx, ss)
	}
	var errs []error
	for _, a := range s.attempts() {
		err := a.open(ctx, ss)
		if err == nil {
			s.way.set(a.modern, a.transport, !a.modern && a.transport == Streamable && ss.channel.(*stream).id == "")
			s.Log.InfoContext(ctx, "backend found", "backend", s.Name, "revision", ss.about.revision, "transport", a.transport)
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

func (w *way) attempt(s *Server) (attempt, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range s.attempts() {
		if w.found && a.modern == w.modern && a.transport == w.transport {
			return a, true
		}
	}
	return attempt{}, false
}
