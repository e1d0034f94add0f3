package h1

import (
	"context"
	"errors"
	"os"
	"time"
)

// begin prepares the connection for a request.
func (c *conn) begin(ctx context.Context) {
	c.ctx = ctx
	c.line.SetReadDeadline(time.Now().Add(soon))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over, c.stop = false, nil
}

// heed has the end of the request's context end what goes on over the
// connection.
func (c *conn) heed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.stop != nil {
		return
	}
	c.line.SetReadDeadline(time.Time{})
	c.stop = context.AfterFunc(c.ctx, func() { c.line.SetDeadline(time.Unix(1, 0)) })
}

// done ends what begin began. It reports whether the connection is unharmed:
// else its deadline is over, or will be.
func (c *conn) done() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	return c.stop == nil || c.stop()
}

// slowly is a connection as it is read: an answer that does not come soon is
// waited for only as long as the request's context lasts.
type slowly conn

// Read implements [io.Reader].
func (s *slowly) Read(p []byte) (int, error) {
	c := (*conn)(s)
	n, err := c.line.Read(p)
	if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) && c.ctx.Err() == nil {
		c.heed()
		return c.line.Read(p)
	}
	return n, err
}
