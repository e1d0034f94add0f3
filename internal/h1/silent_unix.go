//go:build unix

package h1

import "syscall"

// peek looks at a socket without reading. It is made once for a connection.
type peek struct {
	raw   syscall.RawConn
	at    func(fd uintptr)
	quiet bool // what was seen
}

// silent reports whether an idle connection is open and nothing has come on
// it: a server that is done with it has closed it, and one that speaks unasked
// is not to be trusted with a request.
func (c *conn) silent() bool {
	p := &c.peek
	if p.raw == nil {
		socket, ok := c.under.(syscall.Conn)
		if !ok {
			return true
		}
		raw, err := socket.SyscallConn()
		if err != nil {
			return false
		}
		p.raw, p.at = raw, p.look
	}
	return p.raw.Control(p.at) == nil && p.quiet
}

func (p *peek) look(fd uintptr) {
	var b [1]byte
	_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	p.quiet = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK //nolint:errorlint // a bare number of the system
}
