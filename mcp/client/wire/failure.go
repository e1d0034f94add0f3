package wire

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"gatehouse/internal/events"
	"gatehouse/mcp"
)

// What can go wrong on the way, beside a [*Refusal] and what the network says.
var (
	// ErrGone says that the server does not know the session any more.
	ErrGone = errors.New("the server does not know the session")

	// ErrNotSent says that the server has not got the request, nor any of it.
	ErrNotSent = errors.New("the request could not be sent")

	// ErrNoStream says that a server has no stream for what belongs to no
	// request.
	ErrNoStream = errors.New("the server has no stream for what belongs to no call")

	// ErrNonsense is the kind of failure of an answer that is none.
	ErrNonsense = errors.New("nonsense")

	// ErrTooLarge says that a message, or the stream that it is in, is larger
	// than it may be.
	ErrTooLarge = events.ErrTooLarge

	errUncertain = errors.New("nobody knows whether the request was sent")
	errEnded     = errors.New("the server has ended")
)

// Nonsense returns a failure of the kind [ErrNonsense].
func Nonsense(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrNonsense}, args...)...)
}

// Refusal is an HTTP answer that is no answer to the request.
type Refusal struct {
	Status  int
	Message *mcp.Error // what its body told, if it did
	other   string     // where it would have us go instead; we do not
}

func (e *Refusal) Error() string {
	s := fmt.Sprintf("status %d %s", e.Status, http.StatusText(e.Status))
	if e.other != "" {
		s += " to " + e.other
	}
	if e.Message != nil {
		s += ": " + e.Message.Error()
	}
	return s
}

// RefusesUs reports whether the server does not take our credentials.
func (e *Refusal) RefusesUs() bool {
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
}

// OtherWay reports whether the status says that the request went the wrong
// way, rather than that the server cannot answer now.
func (e *Refusal) OtherWay() bool {
	return e.Status >= http.StatusBadRequest && !e.RefusesUs() && e.Status != http.StatusTooManyRequests && !e.Unreached()
}

// Unreached reports whether a proxy says that nobody stands behind it.
func (e *Refusal) Unreached() bool {
	switch e.Status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// endsSession reports whether a refusal says that the server does not know the
// session. The specification has it say so by 404; servers made after an
// example of the TypeScript SDK answer 400 instead.
func (e *Refusal) endsSession() bool {
	if e.Status == http.StatusNotFound {
		return e.Message == nil || e.Message.Code != mcp.CodeMethodNotFound
	}
	return e.Status == http.StatusBadRequest && e.Message != nil &&
		strings.Contains(strings.ToLower(e.Message.Message), "session")
}

// decode reads a message of the server, or a batch of them as 2025-03-26 has
// it. They point into data.
func decode(data []byte) ([]mcp.Message, error) {
	messages, _, err := mcp.DecodeBatch(data, mcp.DefaultLimits)
	if err != nil {
		return nil, Nonsense("%v", err)
	}
	return messages, nil
}
