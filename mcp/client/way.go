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

	// doubtEvery is how often the way is doubted at most.
	doubtEvery = 5 * time.Second
)

// way is how the server is spoken to, as far as that is known.
type way struct {
	mu      sync.Mutex
	is      found
	doubted time.Time
}

// found is what was found. Its zero value is nothing.
type found struct {
	known     bool
	modern    bool
	transport Transport
	alone     bool // the server keeps no sessions, though its revision has them
	both      bool // it serves the other era, too
}

// like reports whether requests go the same way in both.
func (f found) like(other found) bool {
	f.both = other.both
	return f == other
}

func (w *way) now() found {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.is
}

func (w *way) known() bool { return w.now().known }

func (w *way) legacy() bool {
	is := w.now()
	return is.known && !is.modern
}

// shared reports whether the server needs no session for a client. To one that
// serves both eras, a client speaks in its own: what a server asks in the
// middle of a call has no equal in the other.
func (w *way) shared(client *mcp.Client) bool {
	is := w.now()
	if is.both && !client.Revision.Modern() && client.Session != "" {
		return false
	}
	return is.modern || is.alone
}

// single notes that the server does not serve the older era, whatever it says.
func (w *way) single() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.is.both = false
}

func (w *way) set(is found) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.is = is
}

// forget has the way be found anew by the next who needs it.
func (w *way) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.is.known = false
}

// doubt reports whether it is time to ask again.
func (w *way) doubt(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.doubted) < doubtEvery {
		return false
	}
	w.doubted = now
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
	probe := newSession(s, "", s.self())
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
	if ss.key == "" {
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
	e, ok := errors.AsType[*statusError](err)
	if !ok || !e.otherWay() || e.status >= http.StatusInternalServerError {
		return false
	}
	return e.message == nil || e.message.Code == mcp.CodeUnsupportedRevision || e.message.Code == mcp.CodeHeaderMismatch
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
	if is := s.way.now(); is.both && ss.key != "" {
		err := s.openStream(ctx, ss)
		ss.way = is
		if err == nil || !wrongWay(err) {
			return err
		}
		s.way.single()
	}
	if known, ok := s.way.attempt(s); ok && ss.key != "" {
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
			ss.way = found{known: true, modern: a.modern, transport: a.transport, alone: ss.withoutID(), both: ss.about.both && s.Revision == ""}
			s.way.set(ss.way)
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
