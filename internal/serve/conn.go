package serve

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/late"
)

// readSize is how much is read at once. A head that is larger is unusual.
const readSize = 8 << 10

// conn is a connection, which serves one request after the other.
type conn struct {
	server *Server
	line   net.Conn
	door   *door
	from   string // the client's address

	read       [readSize]byte
	begin, end int    // of what was read, and nobody has had yet
	out, held  []byte // scratch of the answers

	alarm late.Alarm // has the client watched

	mu     sync.Mutex // guards what follows
	phase  phase
	stood  time.Duration // in this phase, as far as the patrol has seen
	lifted bool          // the handler has set a time for its writes
	watch  watch
}

// phase is what a connection waits for.
type phase int

const (
	fresh   phase = iota // its first request
	serving              // its handler
	idle                 // another request
)

func newConn(s *Server, line net.Conn, door *door) *conn {
	c := &conn{server: s, line: line, door: door, from: line.RemoteAddr().String()}
	c.alarm.Ring = c.startWatch
	return c
}

// serve serves requests as long as they are usual.
func (c *conn) serve() {
	defer c.server.forget(c)
	for {
		// 1. What comes next. Nearly always it is a whole request.
		if c.begin == c.end && !c.fill() {
			c.line.Close()
			return
		}
		// 2. Its head, if it is all there and usual.
		var r http.Request
		if !c.parse(&r) {
			c.door.hand(c.line, slices.Clone(c.read[c.begin:c.end]))
			return
		}
		// 3. The answer.
		if !c.do(&r) {
			c.line.Close()
			return
		}
	}
}

// fill waits for something to read.
func (c *conn) fill() bool {
	n, err := c.line.Read(c.read[:])
	c.begin, c.end = 0, n
	return n > 0 && err == nil
}

// parse takes the head of a request from what was read. If it reports false,
// it has taken nothing.
func (c *conn) parse(r *http.Request) bool {
	size, most := headEnd(c.read[c.begin:c.end]), c.server.HTTP.MaxHeaderBytes
	if size == 0 || most > 0 && size > most || !parse(r, string(c.read[c.begin:c.begin+size])) {
		return false
	}
	c.begin += size
	return true
}

// do serves one request. It reports whether another may follow.
func (c *conn) do(head *http.Request) bool {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := head.WithContext(ctx)
	r.RemoteAddr, r.Body = c.from, http.NoBody
	b := &body{conn: c, left: r.ContentLength}
	if b.left > 0 {
		r.Body = b
	}
	a := &answer{conn: c, cancel: cancel, body: b, header: make(http.Header, 8)}

	c.enter(serving)
	c.mind(b, cancel)
	whole := c.call(a, r) && a.end()
	unharmed := c.unmind()
	b.finish()
	return whole && unharmed && c.enter(idle)
}

// call has the handler answer. One that panics has failed, and its connection
// with it: nobody knows how much of the answer is there.
func (c *conn) call(a *answer, r *http.Request) (returned bool) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // it is panicked with as it is
			slog.Error("panic in a handler", "from", c.from, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	c.server.HTTP.Handler.ServeHTTP(a, r)
	return true
}

// enter says what the connection waits for now. It reports whether the server
// goes on.
func (c *conn) enter(p phase) bool {
	c.mu.Lock()
	if c.lifted {
		c.line.SetWriteDeadline(time.Time{})
	}
	c.phase, c.stood, c.lifted = p, 0, false
	c.mu.Unlock()
	return !c.server.ending.Load()
}

// interrupt ends a connection that waits for a request.
func (c *conn) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase != serving {
		c.line.SetReadDeadline(past)
	}
}

// overdue reports whether the connection has waited too long for something. It
// is asked every so often.
func (c *conn) overdue(every time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stood += every
	limit := c.server.HTTP.ReadHeaderTimeout
	switch {
	case c.phase == idle:
		limit = c.server.HTTP.IdleTimeout
	case c.phase == serving && c.lifted:
		limit = 0
	case c.phase == serving:
		limit = c.server.HTTP.WriteTimeout
	}
	return limit > 0 && c.stood > limit
}

// lift has a write fail that is not over at a time of the handler's choice.
func (c *conn) lift(until time.Time) error {
	c.mu.Lock()
	c.lifted = true
	c.mu.Unlock()
	return c.line.SetWriteDeadline(until)
}

// past is a deadline that is over.
var past = time.Unix(1, 0)
