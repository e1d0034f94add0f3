//go:build unix

package h1

import "syscall"

// silent reports whether an idle connection is open and nothing has come on
// it: a server that is done with it has closed it, and one that speaks unasked
// is not to be trusted with a request.
func (c *conn) silent() bool {
	socket, ok := c.under.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return false
	}
	quiet := false
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK //nolint:errorlint // a bare number of the system
		return true
	})
	return err == nil && quiet
}
