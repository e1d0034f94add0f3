package serve

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/late"
)

// soon is how long a handler may take until its client is watched.
const soon = 50 * time.Millisecond

// Server serves connections before an http.Server, whose Handler, time limits
// and MaxHeaderBytes are its own too.
type Server struct {
	HTTP *http.Server

	late   late.Clock
	date   date
	once   sync.Once   // the patrol begins
	ending atomic.Bool // no connection begins another request

	mu    sync.Mutex
	conns map[*conn]struct{}
	ended chan struct{} // closed when the server is ending, and no connection is left
}

// New makes a server of what is usual. All else h serves.
func New(h *http.Server) *Server {
	return &Server{
		HTTP:  h,
		late:  late.Clock{After: soon},
		conns: make(map[*conn]struct{}),
		ended: make(chan struct{}),
	}
}

// Serve serves the connections of l until Shutdown or Close, and returns
// http.ErrServerClosed then. If it is l that fails, there may be connections
// left, which Shutdown or Close end.
func (s *Server) Serve(l net.Listener) error {
	door := newDoor(l)
	go door.accept(s.welcome)
	s.once.Do(func() { go s.patrol() })
	return s.HTTP.Serve(door)
}

// Shutdown ends the server as that of http.Server does: idle connections are
// closed, and those with a request when it is answered. It returns when all
// are gone, or ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	ended := s.end(func(c *conn) { c.interrupt() })
	err := s.HTTP.Shutdown(ctx)
	select {
	case <-ended:
	case <-ctx.Done():
		err = ctx.Err()
	}
	return err
}

// Close closes all connections at once.
func (s *Server) Close() error {
	s.end(func(c *conn) { c.line.Close() })
	return s.HTTP.Close()
}

// end keeps connections from beginning another request, and does what is said
// to each of them. What it returns is closed when none is left.
func (s *Server) end(each func(*conn)) (ended <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ending.Swap(true) {
		s.endIfLast()
	}
	for c := range s.conns {
		each(c)
	}
	return s.ended
}

func (s *Server) endIfLast() {
	if s.ending.Load() && len(s.conns) == 0 {
		close(s.ended)
	}
}

// welcome serves a new connection, if none of the server's time is over.
func (s *Server) welcome(line net.Conn, door *door) {
	c := newConn(s, line, door)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending.Load() {
		line.Close()
		return
	}
	s.conns[c] = struct{}{}
	go c.serve()
}

// forget says that a connection is gone, or served by another.
func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.endIfLast()
}
