package client

import (
	"context"

	"gatehouse/mcp"
)

// channel carries the messages of one session.
type channel interface {
	// do sends the request of a call and returns the answer. What the server
	// says of the call meanwhile goes to the session. When ctx ends, the server
	// is told that the call is cancelled.
	do(ctx context.Context, c *call) (mcp.Message, error)

	// send sends a notification, or the answer to a question.
	send(ctx context.Context, message []byte) error

	// stream has the server say what belongs to no call, to the session, until
	// ctx ends. It returns once that stands. gone is closed when nothing can be
	// heard any more.
	stream(ctx context.Context) (gone <-chan struct{}, err error)

	// listen does a modern request whose answer is a stream of changes. It
	// returns with the first message of it; gone is closed when no more come.
	listen(ctx context.Context, c *call, hear func(*mcp.Message)) (first mcp.Message, gone <-chan struct{}, err error)

	// close ends the session.
	close()
}
