package serve

import (
	"io"
	"time"
)

// lingering is how long a client has to read the answer before its connection
// is closed with something unread on it, which may take the answer away
// (RFC 9112, section 9.6).
const lingering = 500 * time.Millisecond

// linger ends our side of the connection, and reads on for a moment.
func (c *conn) linger() {
	half, ok := c.line.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.line.SetReadDeadline(time.Now().Add(lingering))
	io.Copy(io.Discard, c.line) //nolint:errcheck // there is nothing to do about it
}
