package wire

import "context"

// Conn is a line to a server that carries whole messages both ways, such as
// the standard input and output of a child process.
type Conn interface {
	// Send writes one message, which is one JSON text without line breaks.
	// It may be called concurrently, and keeps nothing of message.
	Send(ctx context.Context, message []byte) error

	// Receive returns the next message, which is good until the next Receive.
	// One goroutine calls it. The error is [io.EOF] when the server has ended.
	Receive() ([]byte, error)

	// Close ends the line and the server behind it, and makes Receive return.
	// It may be called more than once.
	Close() error
}
