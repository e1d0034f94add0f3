package h1

import (
	"context"
	"time"
)

// begin prepares the connection for a request.
func (c *conn) begin(ctx context.Context) {
	c.mu.Lock()
	c.ctx, c.over, c.stop = ctx, false, nil
	c.mu.Unlock()
	c.late.Set(&c.alarm)
}

// heed has the end of the request's context end what goes on over the
// connection.
func (c *conn) heed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.stop != nil {
		return
	}
	c.stop = context.AfterFunc(c.ctx, func() { c.line.SetDeadline(time.Unix(1, 0)) })
}

// done ends what begin began. It reports whether the connection is unharmed:
// else its deadline is over, or will be.
func (c *conn) done() bool {
	c.late.Stop(&c.alarm)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	return c.stop == nil || c.stop()
}
