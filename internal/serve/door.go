package serve

import (
	"net"
	"sync"
)

// door is the listener that the http.Server has: the connections it gets are
// those that were handed over. Since the http.Server also gets what fails
// while accepting, it decides when to try again.
type door struct {
	net.Listener
	handed chan net.Conn
	failed chan error
	closed chan struct{}
	once   sync.Once
}

func newDoor(l net.Listener) *door {
	return &door{Listener: l, handed: make(chan net.Conn), failed: make(chan error), closed: make(chan struct{})}
}

// accept welcomes the connections that come, until the door is closed.
func (d *door) accept(welcome func(net.Conn, *door)) {
	for {
		line, err := d.Listener.Accept()
		if err == nil {
			welcome(line, d)
			continue
		}
		select {
		case d.failed <- err: // taken when it is time for the next try
		case <-d.closed:
			return
		}
	}
}

// Accept implements [net.Listener].
func (d *door) Accept() (net.Conn, error) {
	select {
	case line := <-d.handed:
		return line, nil
	case err := <-d.failed:
		return nil, err
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (d *door) Close() error {
	d.once.Do(func() { close(d.closed) })
	return d.Listener.Close()
}

// hand has the http.Server serve a connection of which something was read.
func (d *door) hand(line net.Conn, read []byte) {
	select {
	case d.handed <- &begun{line, read}:
	case <-d.closed:
		line.Close()
	}
}

// begun is a connection of which something was read that is to be read again.
type begun struct {
	net.Conn
	read []byte
}

// Read implements [net.Conn].
func (b *begun) Read(p []byte) (int, error) {
	if len(b.read) == 0 {
		return b.Conn.Read(p)
	}
	n := copy(p, b.read)
	if b.read = b.read[n:]; len(b.read) == 0 {
		b.read = nil
	}
	return n, nil
}

// CloseWrite ends our side of the connection, as net/http does where a client
// may not have read the answer yet.
func (b *begun) CloseWrite() error { return closeWrite(b.Conn) }
