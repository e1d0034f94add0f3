package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"gatehouse/internal/events"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
)

// What a stranger reads of a server that did not answer as it should.
const (
	wordsUnreachable = "A backend of this server cannot be reached. Try again later."
	wordsRefused     = "A backend of this server refuses the credentials that it is given."
	wordsNonsense    = "A backend of this server gave no answer that can be understood."
	wordsTooLarge    = "The answer of a backend of this server is too large."
)

var (
	errGone      = errors.New("the server does not know the session")
	errNotSent   = errors.New("the request could not be sent")
	errUncertain = errors.New("nobody knows whether the request was sent")
	errEnded     = errors.New("the server has ended")
	errClosed    = fault.New(fault.Unavailable, "The backend is closing.")
	errTooLarge  = events.ErrTooLarge // of any message
)

// statusError is an HTTP answer that is no answer to the request. Message is
// the failure that its body told, if it did.
type statusError struct {
	status  int
	message *mcp.Error
	other   string // where it would have us go instead; we do not
}

func (e *statusError) Error() string {
	s := fmt.Sprintf("status %d %s", e.status, http.StatusText(e.status))
	if e.other != "" {
		s += " to " + e.other
	}
	if e.message != nil {
		s += ": " + e.message.Error()
	}
	return s
}

// unavailable is a failure as callers get it. The address of the server and
// what it is said to be stay inside.
func (s *Server) unavailable(err error) error {
	if e, ok := errors.AsType[*mcp.Error](err); ok {
		return e
	}
	if errors.Is(err, fault.Unavailable) || errors.Is(err, fault.TooMany) {
		return err // who opens lines has words of their own
	}
	if e, ok := errors.AsType[*statusError](err); ok && e.message != nil && !e.refusesUs() {
		return e.message
	}
	inside := fmt.Errorf("backend %s: %w", s.Name, err)
	if isAnswer(err) {
		inside = answered{inside}
	}
	return fault.Wrap(inside, fault.Unavailable, words(err))
}

// answered is a failure of a server that was reached: it is no reason to leave
// the server alone, for whoever counts its failures.
type answered struct{ error }

// Answered says that the server was reached.
func (answered) Answered() bool { return true }

func (a answered) Unwrap() error { return a.error }

// isAnswer reports whether a failure is the server's answer to the request, if
// not one that can be understood.
func isAnswer(err error) bool {
	e, ok := errors.AsType[*statusError](err)
	switch {
	case !ok:
		return errors.Is(err, errTooLarge) || errors.Is(err, errNonsense)
	case e.status == http.StatusBadGateway, e.status == http.StatusServiceUnavailable, e.status == http.StatusGatewayTimeout:
		return false // nobody behind the one who answers
	}
	return true
}

// unknown turns the refusal of a method that MCP does not have into what a
// server says that does not know it. Some answer with a bare status.
func unknown(method string, err error) error {
	e, ok := errors.AsType[*statusError](err)
	if !ok || e.message != nil || !e.otherWay() || e.status >= http.StatusInternalServerError && e.status != http.StatusNotImplemented {
		return err
	}
	family, _, _ := strings.Cut(method, "/")
	switch family {
	case "tools", "prompts", "resources", "completion", "logging", mcp.MethodPing, mcp.MethodInitialize, "server", "subscriptions":
		return err
	}
	return mcp.MethodNotFound(method)
}

// words are what a stranger reads of a failure.
func words(err error) string {
	if errors.Is(err, errTooLarge) {
		return wordsTooLarge
	}
	e, ok := errors.AsType[*statusError](err)
	switch {
	case ok && e.refusesUs():
		return wordsRefused
	case ok && e.otherWay(), errors.Is(err, errNonsense):
		return wordsNonsense
	}
	return wordsUnreachable
}

// refusesUs reports whether the server does not take our credentials.
func (e *statusError) refusesUs() bool {
	return e.status == http.StatusUnauthorized || e.status == http.StatusForbidden
}

// errNonsense is the kind of failure of an answer that is none.
var errNonsense = errors.New("nonsense")

func nonsense(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errNonsense}, args...)...)
}

// refused reports whether the server has answered with a failure.
func refused(err error) bool {
	_, ok := errors.AsType[*mcp.Error](err)
	return ok
}
