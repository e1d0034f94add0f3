package wire

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"gatehouse/mcp"
)

// Channel carries the messages of one session.
type Channel interface {
	// Speak says by which revision the session goes from now on.
	Speak(mcp.Revision)

	// Do sends a request and returns the answer.
	Do(ctx context.Context, r *Request) (mcp.Message, error)

	// Send sends a notification, or the answer to a question.
	Send(ctx context.Context, message []byte) error

	// Follow has the server say what belongs to no request, for as long as the
	// session goes on. It returns once that stands. gone is closed when nothing
	// can be heard any more. The error is [ErrNoStream] if the server does not
	// offer it.
	Follow() (gone <-chan struct{}, err error)

	// Listen does a modern request whose answer is a stream of changes. It
	// returns with the first message of it, and has hear take those that
	// follow, until ctx ends. gone is closed when no more come.
	Listen(ctx context.Context, r *Request, hear func(*mcp.Message)) (first mcp.Message, gone <-chan struct{}, err error)

	// Close ends the session.
	Close()
}

// Request is one request on its way to the server.
type Request struct {
	ID      mcp.ID
	Method  string
	Message []byte      // the request as it is sent
	Name    string      // what Mcp-Name says; modern only
	Args    http.Header // what headers repeat; modern only
	Caller  Caller

	inbox  *inbox    // nil unless it goes over a line
	listen bool      // its answer is a stream of changes
	values [2]string // of headers
	body   content
}

// Caller waits for the answer to a request.
type Caller interface {
	// Hear takes what the server says on the request's own stream. It may wait.
	Hear(*mcp.Message)

	// Tell takes what the server has said elsewhere, and [Session.Hear] found
	// to be of the request. It may wait.
	Tell(*mcp.Message)
}

// Session is whose messages a channel carries. Its methods do not wait.
type Session interface {
	// Hear takes what the server says that came on no request's own stream, and
	// is no answer that somebody waits for. It returns the request that is to
	// be told of it, if there is one.
	Hear(*mcp.Message) *Request

	// Missed is called when something may not have been heard.
	Missed()

	// Cancel tells the server that a request is not wanted any more.
	Cancel(mcp.ID)

	// Ended is called when nothing comes of the server any more.
	Ended()
}

// Env is what a channel shares with all else of its session.
type Env struct {
	Session Session
	Context context.Context // ends with the session
	Work    *sync.WaitGroup // of all that goes on in the background
	Log     *slog.Logger
}
