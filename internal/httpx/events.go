package httpx

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
	"time"

	"gatehouse/internal/fault"
)

// writeTime is how long a client may take to read what a stream writes.
const writeTime = 30 * time.Second

// Events writes a stream of server-sent events (WHATWG HTML, section 9.2). Its
// methods may be called concurrently, and fail once the stream is closed or
// the client is gone.
type Events struct {
	mu     sync.Mutex
	w      http.ResponseWriter
	rc     *http.ResponseController
	buf    bytes.Buffer
	closed bool

	keepAlive time.Duration
	timer     *time.Timer
}

// StartEvents begins an answer that is a stream of events. While nothing is
// sent for as long as keepAlive, it sends a comment, so that nobody on the way
// cuts the connection. The caller must Close it before its handler returns.
func StartEvents(w http.ResponseWriter, keepAlive time.Duration) (*Events, error) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	h.Set("X-Content-Type-Options", "nosniff")
	e := &Events{w: w, rc: http.NewResponseController(w), keepAlive: keepAlive}
	e.extend()
	w.WriteHeader(http.StatusOK)
	if err := e.rc.Flush(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if keepAlive > 0 {
		e.timer = time.AfterFunc(keepAlive, func() {
			e.write(func(b *bytes.Buffer) { b.WriteString(": keep-alive\n\n") })
		})
	}
	return e, nil
}

// Event is one event. Empty members are left out; Data must be one line, as
// JSON without indentation is.
type Event struct {
	ID    string
	Name  string
	Data  []byte
	Retry time.Duration
}

// Send writes an event and flushes it.
func (e *Events) Send(ev Event) error {
	return e.write(func(b *bytes.Buffer) { ev.appendTo(b) })
}

func (ev Event) appendTo(b *bytes.Buffer) {
	if ev.Name != "" {
		b.WriteString("event: " + ev.Name + "\n")
	}
	if ev.ID != "" {
		b.WriteString("id: " + ev.ID + "\n")
	}
	if ev.Retry > 0 {
		b.WriteString("retry: ")
		b.WriteString(strconv.FormatInt(ev.Retry.Milliseconds(), 10))
		b.WriteByte('\n')
	}
	for line := range bytes.Lines(ev.Data) {
		b.WriteString("data: ")
		b.Write(bytes.TrimRight(line, "\r\n"))
		b.WriteByte('\n')
	}
	if len(ev.Data) == 0 {
		b.WriteString("data:\n")
	}
	b.WriteByte('\n')
}

// Close ends the stream. The answer itself ends when the handler returns.
func (e *Events) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.rc.SetWriteDeadline(time.Time{}) // the connection may serve other requests
	if e.timer != nil {
		e.timer.Stop()
	}
}

func (e *Events) write(fill func(*bytes.Buffer)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return fault.New(fault.Unavailable, "The stream is closed.")
	}
	e.buf.Reset()
	fill(&e.buf)
	e.extend()
	if _, err := e.w.Write(e.buf.Bytes()); err != nil {
		return err
	}
	if e.timer != nil {
		e.timer.Reset(e.keepAlive)
	}
	return e.rc.Flush()
}

// extend gives the client time to take the next write. A stream has no end in
// sight, but a client that takes nothing must not hold up who writes. What is
// no connection, as in tests, has no deadline.
func (e *Events) extend() {
	e.rc.SetWriteDeadline(time.Now().Add(writeTime))
}
