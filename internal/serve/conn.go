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
	posted     bool   // the last request was a POST
	out, held  []byte // scratch of the answers

	alarm late.Alarm // has the client watched

	mu     sync.Mutex // guards what follows
	phase  phase
	stood  time.Duration // in this phase, as far as the patrol has seen
	lifted bool          // the handler has set a time for its writes
	told   bool          // to end
	watch  watch
}

// phase is what a connection waits for.
type phase int

const (
	fresh   phase = iota // its first request
	serving              // its handler
	idle                 // another request
	handed               // nothing: it is that of net/http
)

func newConn(s *Server, line net.Conn, door *door) *conn {
	c := &conn{server: s, line: line, door: door, from: line.RemoteAddr().String()}
	c.alarm.Ring = c.startWatch
	return c
}

// serve serves requests as long as they are usual.
func (c *conn) serve() {
	defer c.leave()
	for {
		// 1. What comes next. Nearly always it is a whole request.
		if c.begin == c.end && !c.fill() {
			return
		}
		if c.posted && c.skipEmpty() {
			continue
		}
		// 2. Its head, if it is all there and usual.
		ctx, cancel := context.WithCancel(context.Background())
		r := blank.WithContext(ctx)
		if !c.parse(r) {
			cancel()
			c.hand()
			return
		}
		// 3. The answer.
		if !c.do(r, cancel) {
			return
		}
	}
}

// blank is a request to begin with: its context can only be given to a copy.
var blank = new(http.Request)

// leave ends the connection, unless net/http has it, also when a handler has
// ended the goroutine.
func (c *conn) leave() {
	if c.phase != handed {
		c.line.Close()
	}
	c.server.forget(c)
}

// fill waits for something to read.
func (c *conn) fill() bool {
	n, err := c.line.Read(c.read[:])
	c.begin, c.end = 0, n
	return n > 0 && err == nil
}

// spare is how many line ends are skipped at once, as net/http does it.
const spare = 4

// skipEmpty skips the line ends that some clients send behind the body of a
// POST (RFC 9112, section 2.2). It reports whether there was nothing else.
func (c *conn) skipEmpty() bool {
	for range spare {
		if c.begin < c.end && (c.read[c.begin] == '\r' || c.read[c.begin] == '\n') {
			c.begin++
		}
	}
	return c.begin == c.end
}

// parse takes the head of a request from what was read. If it reports false,
// it has taken nothing.
func (c *conn) parse(r *http.Request) bool {
	size, most := headEnd(c.read[c.begin:c.end]), c.server.HTTP.MaxHeaderBytes
	if size == 0 || most > 0 && size > most || !parse(r, string(c.read[c.begin:c.begin+size])) {
		return false
	}
	c.begin += size
	c.posted = r.Method == http.MethodPost
	return true
}

// hand gives the connection to net/http.
func (c *conn) hand() {
	if c.enter(handed) {
		c.door.hand(c.line, slices.Clone(c.read[c.begin:c.end]))
	}
}

// do serves one request. It reports whether another may follow.
func (c *conn) do(r *http.Request, cancel context.CancelFunc) bool {
	defer cancel()
	if !c.enter(serving) {
		return false
	}
	a := &answer{conn: c, cancel: cancel, header: make(http.Header, 8)}
	a.body.conn, a.body.left = c, r.ContentLength
	r.RemoteAddr, r.Body = c.from, http.NoBody
	if r.ContentLength > 0 {
		r.Body = &a.body
	}

	c.mind(&a.body, cancel)
	whole := c.call(a, r) && a.end()
	unharmed := c.unmind()
	a.body.Close()
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

// enter says what the connection waits for now. It reports false if it is to
// end instead, and then nothing is begun.
func (c *conn) enter(p phase) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.told || c.server.ending.Load() {
		return false
	}
	c.phase, c.stood = p, 0
	return true
}

// interrupt ends a connection that waits for a request.
func (c *conn) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase == fresh || c.phase == idle {
		c.tell()
	}
}

// tell ends a connection before its next request, which may be there already
// and is then not begun. The caller holds the lock.
func (c *conn) tell() {
	c.told = true
	c.line.SetReadDeadline(past)
}

// past is a deadline that is over.
var past = time.Unix(1, 0)
