package serve

import (
	"context"
	"errors"
	"os"
	"time"
)

// watch notices that a client leaves while its request is served. It reads
// ahead, which only fails or finds the beginning of another request.
type watch struct {
	on      bool // a request is served
	cancel  context.CancelFunc
	awaited int64         // of the body: what nobody has read from the line
	due     bool          // it begins when nothing is awaited
	done    chan struct{} // closed when reading ahead is over; nil if it has not begun
	ahead   [1]byte
	found   bool  // ahead has a byte
	failed  error // the line has ended
}

// mind has the client watched, if its request takes a moment.
func (c *conn) mind(b *body, cancel context.CancelFunc) {
	c.mu.Lock()
	c.watch = watch{on: true, cancel: cancel, awaited: max(0, b.left-int64(c.end-c.begin))}
	c.mu.Unlock()
	c.server.late.Set(&c.alarm)
}

// startWatch reads ahead until something comes, or the request is over.
func (c *conn) startWatch() {
	c.mu.Lock()
	w := &c.watch
	if !w.on || w.done != nil {
		c.mu.Unlock()
		return
	}
	if w.awaited > 0 { // who reads the body will notice
		w.due = true
		c.mu.Unlock()
		return
	}
	w.done = make(chan struct{})
	c.mu.Unlock()

	n, err := c.line.Read(w.ahead[:])
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		w.failed = err
		w.cancel()
	}
	w.found = n > 0
	close(w.done)
}

// unmind ends the watch. It reports whether the connection can go on.
func (c *conn) unmind() bool {
	c.server.late.Stop(&c.alarm)
	c.mu.Lock()
	w := &c.watch
	w.on = false
	begun := w.done != nil
	c.mu.Unlock()
	if !begun {
		return true
	}
	c.line.SetReadDeadline(past)
	<-w.done
	c.line.SetReadDeadline(time.Time{})
	if w.found {
		c.unread(w.ahead[0])
	}
	return w.failed == nil
}

// unread puts a byte behind what was read.
func (c *conn) unread(b byte) {
	copy(c.read[:], c.read[c.begin:c.end])
	c.begin, c.end = 0, c.end-c.begin
	c.read[c.end] = b // there is room: the head of the request was here
	c.end++
}
