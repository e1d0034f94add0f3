package client

import (
	"time"

	"gatehouse/mcp"
)

// Status is how a server does, for its operator.
type Status struct {
	State    State
	Revision mcp.Revision // empty while it was not met
	Legacy   bool
	Good     time.Time // when it last said what it offers
	Failed   time.Time // since when it fails to, if it does
	Err      error     // of the last failure; nil if it was mended since
	Tools    int
}

// State is whether a server can be used.
type State string

// The states of a server.
const (
	Unknown State = "unknown" // nobody has needed it yet
	Up      State = "up"
	Stale   State = "stale" // it does not answer; what it offered last is shown
	Down    State = "down"
)

// Status tells how the server does. It does not ask it.
func (s *Server) Status() Status {
	o := &s.offer
	o.mu.Lock()
	st := Status{State: Unknown, Legacy: s.Legacy(), Failed: o.failed, Err: o.err}
	o.mu.Unlock()
	d := o.newest.Load()
	if d != nil {
		st.Revision, st.Good, st.Tools = d.Revision, d.got, len(d.Tools)
	}
	switch {
	case st.Err == nil && d != nil:
		st.State = Up
	case d != nil:
		st.State = Stale
	case st.Err != nil:
		st.State = Down
	}
	return st
}
