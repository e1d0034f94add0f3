package serve

import (
	"errors"
	"io"
	"net"
	"time"
)

// lingering is how long a client has to read the answer before its connection
// is closed with something unread on it, which may take the answer away
// (RFC 9112, section 9.6).
const lingering = 500 * time.Millisecond

// linger ends our side of the connection, and reads on for a moment.
func (c *conn) linger() {
	if closeWrite(c.line) != nil {
		return
	}
	c.line.SetReadDeadline(time.Now().Add(lingering))
	io.Copy(io.Discard, c.line) //nolint:errcheck // there is nothing to do about it
}

// closeWrite ends our side of a connection, if it has sides.
func closeWrite(line net.Conn) error {
	if half, ok := line.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
