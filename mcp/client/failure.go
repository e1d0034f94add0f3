package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// What a stranger reads of a server that did not answer as it should.
const (
	wordsUnreachable = "A backend of this server cannot be reached. Try again later."
	wordsRefused     = "A backend of this server refuses the credentials that it is given."
	wordsNonsense    = "A backend of this server gave no answer that can be understood."
	wordsTooLarge    = "The answer of a backend of this server is too large."
)

var errClosed = fault.New(fault.Unavailable, "The backend is closing.")

// unavailable is a failure as callers get it. The address of the server and
// what it is said to be stay inside.
func (s *Server) unavailable(err error) error {
	if e, ok := errors.AsType[*mcp.Error](err); ok {
		return e
	}
	if errors.Is(err, fault.Unavailable) || errors.Is(err, fault.TooMany) {
		return err // who opens lines has words of their own
	}
	if e, ok := errors.AsType[*wire.Refusal](err); ok && e.Message != nil && !e.RefusesUs() {
		return e.Message
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
	e, ok := errors.AsType[*wire.Refusal](err)
	if !ok {
		return errors.Is(err, wire.ErrTooLarge) || errors.Is(err, wire.ErrNonsense)
	}
	return !e.Unreached()
}

// unknown turns the refusal of a method that MCP does not have into what a
// server says that does not know it. Some answer with a bare status.
func unknown(method string, err error) error {
	e, ok := errors.AsType[*wire.Refusal](err)
	if !ok || e.Message != nil || !e.OtherWay() || e.Status >= http.StatusInternalServerError && e.Status != http.StatusNotImplemented {
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
	if errors.Is(err, wire.ErrTooLarge) {
		return wordsTooLarge
	}
	e, ok := errors.AsType[*wire.Refusal](err)
	switch {
	case ok && e.RefusesUs():
		return wordsRefused
	case ok && e.OtherWay(), errors.Is(err, wire.ErrNonsense):
		return wordsNonsense
	}
	return wordsUnreachable
}

// refused reports whether the server has answered with a failure.
func refused(err error) bool {
	_, ok := errors.AsType[*mcp.Error](err)
	return ok
}
