package session

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// Record is a session as the store keeps it.
type Record struct {
	Subject       string         `json:"subject"`
	Resource      string         `json:"resource,omitzero"`
	Revision      mcp.Revision   `json:"revision"`
	Info          jsontext.Value `json:"info,omitzero"`
	Capabilities  jsontext.Value `json:"capabilities,omitzero"`
	LogLevel      string         `json:"log_level,omitzero"`
	Subscriptions []string       `json:"subscriptions,omitempty"`
	Created       time.Time      `json:"created"`
	Used          time.Time      `json:"used"`
}

// Session is a session in use. Its methods may be called concurrently.
type Session struct {
	id      string
	key     string // of its record; empty if it has none
	subject string

	used    atomic.Int64 // when a request last used it, in Unix seconds
	written atomic.Int64 // which such moment the store knows
	busy    atomic.Int32 // how much runs in it now

	mu     sync.Mutex
	record Record
	client *mcp.Client // made anew when the record changes
	onEnd  func()
	over   bool
}

func newSession(id, key string, rec Record) *Session {
	s := &Session{id: id, key: key, subject: rec.Subject, record: rec}
	s.used.Store(rec.Used.Unix())
	s.written.Store(rec.Used.Unix())
	s.client = s.newClient()
	return s
}

// ID returns the id that the client knows the session by.
func (s *Session) ID() string { return s.id }

// Volatile reports whether the session is in memory alone.
func (s *Session) Volatile() bool { return s.key == "" }

// Client returns what the other end said of itself. It is not to be changed.
func (s *Session) Client() *mcp.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client
}

// Subscriptions returns the URIs of the resources that the client wants to
// hear of.
func (s *Session) Subscriptions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.record.Subscriptions)
}

// OnEnd has f called when the session is over; if it is over already, now.
// There is one f; a second takes the place of the first.
func (s *Session) OnEnd(f func()) {
	s.mu.Lock()
	over := s.over
	s.onEnd = f
	s.mu.Unlock()
	if over {
		f()
	}
}

// Begin says that something runs in the session, until Done. A busy session
// does not end for want of use.
func (s *Session) Begin() { s.busy.Add(1) }

// Done takes one Begin back.
func (s *Session) Done() { s.busy.Add(-1) }

func (s *Session) end() {
	s.mu.Lock()
	first, f := !s.over, s.onEnd
	s.over = true
	s.mu.Unlock()
	if first && f != nil {
		f()
	}
}

// alter takes over what was written of the session.
func (s *Session) alter(change func(*Record)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.record)
	s.client = s.newClient()
}

func (s *Session) newClient() *mcp.Client {
	return &mcp.Client{
		Revision:     s.record.Revision,
		Info:         s.record.Info,
		Capabilities: s.record.Capabilities,
		Session:      s.id,
		LogLevel:     s.record.LogLevel,
	}
}

// live reports whether the session is still within its idle life.
func (s *Session) live(now time.Time, life time.Duration) bool {
	return s.busy.Load() > 0 || now.Unix()-s.used.Load() < int64(life/time.Second)
}
